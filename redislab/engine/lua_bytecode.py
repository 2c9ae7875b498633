"""What happens to the byte code of a script before it runs: two changes, and one thing is found out.

What it returns by a tail call of a wrapped function, it calls plainly.

A tail call forgets the line it came from. It does not do so for C functions, and where Redis has C functions the
sandbox has some that are written in Lua; so `return pairs(nil)` would lose the line its error belongs to. All other
tail calls stay what they are, for scripts may recurse by them without end. What is called is told from the instruction
that put it into the register: a global's name, or a field's or method's.

Minus zero loses its sign on the way from Lua to Python, so whoever calls a command has to look for it; where nothing in
the code could make one out of other numbers, nobody has to.

A function with several parameters and then `...` is rewritten, because Lua 5.1 forgets to make room for some of them:
see `lua_parameters`, which is loaded for that. One that leaves no register for it is refused.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container
from struct import unpack_from

__all__ = ["TooManyParameters", "settled"]

HEADER = 12
GET_GLOBAL, GET_TABLE, SELF, CALL, TAIL_CALL, CLOSURE = 5, 6, 11, 28, 29, 36
ARITHMETIC = frozenset(range(12, 19))
MAKE_NUMBERS = frozenset((b"tonumber", b"math", b"cjson", b"cmsgpack", b"struct", b"double", b"_G"))
"""Where a number may come from that no arithmetic has made: functions, and a double among replies."""
MINUS_ZERO = b"\0" * 7 + b"\x80"
CONSTANT = 256
"""An operand from here on is a constant, not a register."""
NUMBER, BOOLEAN, STRING = 3, 1, 4
SAFE_PARAMETERS = 3
"""So many before `...` need nothing."""


class TooManyParameters(Exception):
    """A function has so many parameters before its `...` that they cannot be held."""


def settled(dumped: bytes, wrapped: Container[bytes]) -> tuple[bytes, bool]:
    """The output of string.dump (Lua 5.1, 64 bits, little-endian), changed, and whether there may be a minus zero.

    Raises TooManyParameters.
    """
    function = _Function(bytearray(dumped), wrapped)
    function.change(HEADER)
    if function.crowded:
        from redislab.engine.lua_parameters import TooManyRegisters, with_room

        try:
            function = _Function(bytearray(with_room(dumped)), wrapped)
        except TooManyRegisters as error:
            raise TooManyParameters(
                f"redislab: the function at line {error} has too many parameters before '...', which Lua here cannot "
                "hold"
            ) from None
        function.change(HEADER)
    return bytes(function.code), function.signed


class _Function:
    """Goes over the functions in a piece of byte code."""

    def __init__(self, code: bytearray, wrapped: Container[bytes]) -> None:
        self.code = code
        self.wrapped = wrapped
        self.crowded = False
        """A function has more than `SAFE_PARAMETERS` before its `...`."""
        self.signed = False
        """A minus zero may come about."""

    def change(self, place: int) -> int:
        """Change the function that begins at a place, and those within; returns where it ends."""
        place = self._string(place)[1]
        self.crowded = self.crowded or (self.code[place + 10] > 0 and self.code[place + 9] > SAFE_PARAMETERS)
        place += 12
        first, place = place + 4, place + 4 + 4 * self._count(place)
        last = place
        constants, place = self._constants(place)
        count, place = self._count(place), place + 4
        upvalues: list[int] = []
        for _ in range(count):
            upvalues.append(self.code[self._string(place)[1] + 8])
            place = self.change(place)
        self.signed = self.signed or not ARITHMETIC.isdisjoint(byte & 0x3F for byte in self.code[first:last:4])
        tail_calls = [at for at in range(first, last, 4) if self.code[at] & 0x3F == TAIL_CALL]
        code = self._without_bindings(first, last, upvalues) if tail_calls else []
        for instruction in tail_calls:
            if self._called(code, bisect_left(code, instruction), constants) in self.wrapped:
                self.code[instruction] = self.code[instruction] & ~0x3F | CALL
        return self._past_debug(place)

    def _without_bindings(self, first: int, last: int, upvalues: list[int]) -> list[int]:
        """The places of instructions, without those after CLOSURE that only say what its upvalues are."""
        places, place = [], first
        while place < last:
            places.append(place)
            word = self._count(place)
            place += 4 + (4 * upvalues[word >> 14] if word & 0x3F == CLOSURE else 0)
        return places

    def _called(self, places: list[int], index: int, constants: list[bytes | None]) -> bytes | None:
        """The name of what one of the instructions calls, where it can be told."""
        register = self._count(places[index]) >> 6 & 0xFF
        for before in range(index - 1, -1, -1):
            word = self._count(places[before])
            operation = word & 0x3F
            if word >> 6 & 0xFF != register:
                continue
            if operation == GET_GLOBAL:
                return constants[word >> 14]
            if operation in (GET_TABLE, SELF):
                key = word >> 14 & 0x1FF
                return constants[key - CONSTANT] if key >= CONSTANT else None
            if operation < 13:
                return None
        return None

    def _count(self, place: int) -> int:
        return int(unpack_from("<I", self.code, place)[0])

    def _string(self, place: int) -> tuple[bytes, int]:
        length = unpack_from("<Q", self.code, place)[0]
        end = place + 8 + length
        return bytes(self.code[place + 8 : end - 1]), end

    def _constants(self, place: int) -> tuple[list[bytes | None], int]:
        count, place = self._count(place), place + 4
        found: list[bytes | None] = []
        for _ in range(count):
            kind, place = self.code[place], place + 1
            text = None
            if kind == STRING:
                text, place = self._string(place)
                self.signed = self.signed or text in MAKE_NUMBERS
            elif kind == NUMBER:
                self.signed = self.signed or self.code[place : place + 8] == MINUS_ZERO
                place += 8
            elif kind == BOOLEAN:
                place += 1
            found.append(text)
        return found, place

    def _past_debug(self, place: int) -> int:
        """Past lines, names of locals and names of upvalues."""
        place += 4 + 4 * self._count(place)
        count, place = self._count(place), place + 4
        for _ in range(count):
            place = self._string(place)[1] + 8
        count, place = self._count(place), place + 4
        for _ in range(count):
            place = self._string(place)[1]
        return place
