"""Functions with several parameters and then `...`, rewritten so that Lua 5.1 has room for them on its stack.

Lua makes room for what a function uses, but forgets those parameters before `...` that a call leaves out: it writes as
many values past the end of its stack, if the call happens to lie there. Redis mended that in its own Lua. Three values
find room in what Lua keeps free beyond the end, however full that gets.

So a function keeps three parameters here; it takes the others from `...` when it begins, and wherever it uses `...` it
leaves them out, with `select` where nobody knows how many values follow. `arg`, the table that a function has which
does not mention `...`, it makes itself. All of this has the line of what it stands for.
"""

from __future__ import annotations

from struct import pack, unpack_from

__all__ = ["SAFE_PARAMETERS", "TooManyRegisters", "with_room"]

SAFE_PARAMETERS = 3
HEADER = 12
MOST_REGISTERS = 250
NUMBER, BOOLEAN, STRING = 3, 1, 4
MOVE, LOADK, GET_GLOBAL, SET_TABLE, NEW_TABLE, JUMP, CALL, FOR_LOOP, FOR_PREP = 0, 1, 5, 9, 10, 22, 28, 31, 32
SET_LIST, CLOSURE, VARARG = 34, 36, 37
NEEDS_ARG = 4
"""The bit of a function that has `arg`."""
NO_JUMP = (1 << 17) - 1
SELECT = b"\0select"
"""The name of `select` among the globals: a library that is being loaded has none of the usual ones."""


class TooManyRegisters(Exception):
    """A function uses so much of what it has that nothing is left for this; the text is its line."""


def with_room(dumped: bytes) -> bytes:
    """The output of string.dump (Lua 5.1, 64 bits, little-endian), rewritten. Raises TooManyRegisters."""
    function = Function(dumped, HEADER)
    function.make_room()
    return dumped[:HEADER] + function.written()


def plain(operation: int, a: int, b: int = 0, c: int = 0) -> int:
    """An instruction with three operands."""
    return operation | a << 6 | c << 14 | b << 23


def wide(operation: int, a: int, b: int) -> int:
    """An instruction with two operands, the second of which may be great."""
    return operation | a << 6 | b << 14


class Function:
    """A function of byte code with those within."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.end = place
        self.source = self.string()
        self.facts = bytearray(self.take(12))
        """First line, last line, and a byte each: upvalues, parameters, kinds of `...`, registers."""
        self.code = self.numbers()
        self.constants = [self.constant() for _ in range(self.number())]
        self.functions: list[Function] = []
        for _ in range(self.number()):
            self.functions.append(Function(data, self.end))
            self.end = self.functions[-1].end
        self.lines = self.numbers()
        self.locals = [(self.string(), self.number(), self.number()) for _ in range(self.number())]
        self.upvalues = [self.string() for _ in range(self.number())]
        self.taken = 0
        """Parameters that are among what `...` holds now."""
        self.registers = self.free = 0
        """Registers that are used now, and those that the script uses."""

    # -- reading and writing ---------------------------------------------------------------------------------

    def take(self, size: int) -> bytes:
        start = self.end
        self.end = start + size
        return self.data[start : self.end]

    def number(self) -> int:
        return int(unpack_from("<I", self.take(4))[0])

    def numbers(self) -> list[int]:
        count = self.number()
        return list(unpack_from(f"<{count}I", self.take(4 * count)))

    def string(self) -> bytes:
        """A string with its length."""
        size = unpack_from("<Q", self.data, self.end)[0]
        return self.take(8 + size)

    def constant(self) -> bytes:
        kind = self.take(1)
        if kind[0] == STRING:
            return kind + self.string()
        return kind + self.take(8 if kind[0] == NUMBER else 1 if kind[0] == BOOLEAN else 0)

    def written(self) -> bytes:
        count = len(self.code)
        return b"".join((
            self.source, self.facts, pack(f"<I{count}I", count, *self.code),
            pack("<I", len(self.constants)), *self.constants,
            pack("<I", len(self.functions)), *(function.written() for function in self.functions),
            pack(f"<I{len(self.lines)}I", len(self.lines), *self.lines),
            pack("<I", len(self.locals)), *(name + pack("<II", start, stop) for name, start, stop in self.locals),
            pack("<I", len(self.upvalues)), *self.upvalues,
        ))  # fmt: skip

    # -- rewriting -------------------------------------------------------------------------------------------

    def make_room(self) -> None:
        """Rewrite this function and those within, where that is needed."""
        for function in self.functions:
            function.make_room()
        parameters, further = self.facts[9], self.facts[10]
        if not further or parameters <= SAFE_PARAMETERS:
            return
        self.taken = parameters - SAFE_PARAMETERS
        self.registers = self.free = self.facts[11]
        beginning = [plain(VARARG, SAFE_PARAMETERS, self.taken + 1)]
        if further & NEEDS_ARG:
            beginning += self.argument_table(parameters)
        self.replace(beginning)
        self.facts[9], self.facts[10] = SAFE_PARAMETERS, further & ~NEEDS_ARG
        if self.registers > MOST_REGISTERS:
            raise TooManyRegisters(str(unpack_from("<I", self.facts)[0]))
        self.facts[11] = self.registers

    def place_of(self, constant: bytes) -> int:
        """The place of a constant, which is added where there is none."""
        if constant not in self.constants:
            self.constants.append(constant)
        return self.constants.index(constant)

    def text(self, text: bytes) -> int:
        return self.place_of(bytes((STRING,)) + pack("<Q", len(text) + 1) + text + b"\0")

    def use(self, registers: int) -> None:
        self.registers = max(self.registers, registers)

    def rest(self, register: int) -> list[int]:
        """Put into registers from this one on what `...` stands for in the script, however much that is."""
        self.use(register + 3)
        number = self.place_of(bytes((NUMBER,)) + pack("<d", self.taken + 1))
        return [
            wide(GET_GLOBAL, register, self.text(SELECT)), wide(LOADK, register + 1, number),
            plain(VARARG, register + 2, 0), plain(CALL, register, 0, 0),
        ]  # fmt: skip

    def argument_table(self, register: int) -> list[int]:
        """Make `arg`: a list with its length as `n`."""
        first = register + 1
        self.use(first + 2)
        return [
            plain(NEW_TABLE, register, 0, 1), *self.rest(first), plain(SET_LIST, register, 0, 1),
            wide(GET_GLOBAL, first, self.text(SELECT)), wide(LOADK, first + 1, self.text(b"#")),
            *self.rest(first + 2), plain(CALL, first, 0, 2),
            wide(LOADK, first + 1, self.text(b"n")), plain(SET_TABLE, register, first + 1, first),
        ]  # fmt: skip

    def few(self, register: int, count: int) -> list[int]:
        """Put the first values of what `...` stands for in the script into registers."""
        start = self.free
        self.use(start + self.taken + count)
        moves = [plain(MOVE, register + place, start + self.taken + place) for place in range(count)]
        return [plain(VARARG, start, self.taken + count + 1), *moves]

    def replace(self, beginning: list[int]) -> None:
        """Begin with these instructions, and replace those that use `...`; what tells of places is told anew."""
        pieces: list[list[int]] = []
        skip = 0
        for word in self.code:
            operation, a, b = word & 0x3F, word >> 6 & 0xFF, word >> 23
            if skip:
                skip -= 1
            elif operation == VARARG and b != 1:
                pieces.append(self.few(a, b - 1) if b else self.rest(a))
                continue
            elif operation == CLOSURE:
                skip = self.functions[word >> 14].facts[8]
            elif operation == SET_LIST and not word >> 14 & 0x1FF:
                skip = 1
            pieces.append([word])
        starts = [len(beginning)]
        for piece in pieces:
            starts.append(starts[-1] + len(piece))
        self.mend_jumps(pieces, starts)
        lines = [line for line, piece in zip(self.lines, pieces, strict=True) for _ in piece]
        self.lines = self.lines[:1] * len(beginning) + lines
        self.locals = [(name, starts[start], starts[stop]) for name, start, stop in self.locals]
        self.code = beginning + [word for piece in pieces for word in piece]

    def mend_jumps(self, pieces: list[list[int]], starts: list[int]) -> None:
        """Let jumps lead where they led: to the beginning of what an instruction has become."""
        skip = 0
        for place, word in enumerate(self.code):
            operation = word & 0x3F
            if skip:
                skip -= 1
            elif operation in (JUMP, FOR_LOOP, FOR_PREP):
                target = place + 1 + (word >> 14) - NO_JUMP
                pieces[place] = [word & 0x3FFF | (starts[target] - starts[place] - 1 + NO_JUMP) << 14]
            elif operation == CLOSURE:
                skip = self.functions[word >> 14].facts[8]
            elif operation == SET_LIST and not word >> 14 & 0x1FF:
                skip = 1
