"""HyperLogLog sketches as Redis stores them: a string of its own making, byte for byte.

Owns the layout, the hash and the estimate. It must never keep a sketch: the string is the whole state, so
GET, SETRANGE and RESTORE on the key see what the real server would show.

A sketch counts distinct elements in 16384 registers. An element's hash names a register with its low 14
bits; the place of the lowest set bit in the other 50, counted from one, is kept there if it is larger than
what the register holds. Rare places mean many elements, and the estimate reads them back (Otmar Ertl, "New
cardinality estimation algorithms for HyperLogLog sketches", 2017).

The string is a header of 16 bytes (`HYLL`, the encoding, three zeros, and the last estimate as 8 bytes,
little-endian, whose top bit says that it is out of date) and then either all registers with 6 bits each
(dense), or runs (sparse): `00nnnnnn` n+1 zeros, `01nnnnnn nnnnnnnn` the same with 14 bits, and `1vvvvvnn`
the value v+1 n+1 times. A sketch starts sparse and becomes dense for good when a value exceeds 32 or the
string would exceed a configured size.

Functions that change a sketch take a `bytearray` and change it in place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from itertools import accumulate
from struct import unpack_from

__all__ = [
    "CorruptSketch",
    "add",
    "add_all",
    "cached_count",
    "count",
    "count_union",
    "describe",
    "get_register",
    "invalidate",
    "is_dense",
    "is_sketch",
    "merge",
    "new_sketch",
    "registers",
    "self_test",
    "set_register",
    "store_count",
    "to_dense",
]

Sketch = bytes | bytearray

REGISTERS = 16384
INDEX_BITS = 14
LAST_REGISTER = REGISTERS - 1
HASH_BITS = 64 - INDEX_BITS
BEYOND = 1 << HASH_BITS
"""Where the search for a set bit ends when there is none."""
MAGIC = b"HYLL"
HEADER = 16
ENCODING = 4
DENSE, SPARSE = 0, 1
DENSE_START = MAGIC + bytes((DENSE,))
CACHE, STALE = 15, 0x80
DENSE_SIZE = HEADER + REGISTERS * 6 // 8

ZERO_MAX = 64
VALUE_MAX = 32
VALUE_RUN_MAX = 4
MERGE_SCAN = 5
"""How many opcodes are looked at for merging after a change, from the one before it on."""

RUNS = re.compile(rb"[\x40-\x7f].?|[^\x40-\x7f]{1,128}", re.DOTALL)
"""One long run of zeros, or some opcodes of one byte each: what can be skipped at once."""
SPANS = bytes((op & 3) + 1 if op & 0x80 else (op & 0x3F) + 1 for op in range(256))
"""How many registers an opcode of one byte covers."""

EXPANSIONS = [bytes(((op >> 2 & 31) + 1 if op & 0x80 else 0,)) * SPANS[op] for op in range(256)]
"""Those registers, a byte each."""

OVERFLOW = -(2**63)
SHORT_SPANS = [0 if op & 0xC0 == 0x40 else SPANS[op] for op in range(256)]
"""The same, with 0 for the first byte of a long run of zeros."""
SHORT_SKETCH = 900
"""Below this size, and so with long zeros between most opcodes, going one by one beats skipping runs."""

ALPHA = 0.721347520444481703680
UP_TO = [(1 << min(held, HASH_BITS)) - 1 << INDEX_BITS for held in range(64)]
"""The bits of a hash among which the lowest set one is, if its place is no larger than what a register holds."""
SEED, FACTOR, WORD = 0xADC83B19, 0xC6A4A7935BD1E995, 2**64 - 1
STARTS = [SEED ^ (size * FACTOR) for size in range(16)]
"""What the hash of a short text starts with, by its length."""
from_bytes = int.from_bytes
LOW_HALVES = int.from_bytes(b"\x7f" * REGISTERS, "little")
HIGH_BITS = int.from_bytes(b"\x80" * REGISTERS, "little")


class CorruptSketch(ValueError):
    """The header is right but the runs do not add up to 16384 registers."""


def new_sketch() -> bytearray:
    """An empty sparse sketch: one run of zeros, the estimate 0 up to date."""
    return bytearray(MAGIC + bytes((SPARSE,)) + bytes(11) + zero_run(REGISTERS))


def is_sketch(text: Sketch) -> bool:
    """Whether header and length are those of a sketch. Runs are not looked at."""
    size = len(text)
    if size == DENSE_SIZE and text.startswith(DENSE_START):
        return True
    return size >= HEADER and text.startswith(MAGIC) and text[ENCODING] == SPARSE


def is_dense(sketch: Sketch) -> bool:
    return sketch[ENCODING] == DENSE


def cached_count(sketch: Sketch) -> int | None:
    """The estimate kept in the header, or None when it is out of date."""
    return None if sketch[CACHE] & STALE else int.from_bytes(sketch[8:HEADER], "little")


def store_count(sketch: bytearray, estimate: int) -> None:
    sketch[8:HEADER] = (estimate & WORD).to_bytes(8, "little")


def invalidate(sketch: bytearray) -> None:
    """Mark the estimate in the header as out of date."""
    sketch[CACHE] |= STALE


def murmur64(data: bytes) -> int:
    """MurmurHash64A with Redis' seed. Only the masks that matter are applied: high bits never flow down."""
    size = len(data)
    if size < 16:
        state, rest = STARTS[size], from_bytes(data, "little")
        if size > 7:
            word = rest * FACTOR & WORD
            state = (state ^ ((word ^ (word >> 47)) * FACTOR)) * FACTOR & WORD
            rest >>= 64
    else:
        whole = size & ~7
        state = SEED ^ (size * FACTOR)
        for word in unpack_from(f"<{whole >> 3}Q", data):
            word = word * FACTOR & WORD
            state = (state ^ ((word ^ (word >> 47)) * FACTOR)) * FACTOR & WORD
        rest = from_bytes(data[whole:], "little")
    if size & 7:
        state = (state ^ rest) * FACTOR & WORD
    state = (state ^ (state >> 47)) * FACTOR & WORD
    return state ^ (state >> 47)


def add(sketch: bytearray, element: bytes, sparse_max_bytes: int) -> bool:
    """Count an element. True if a register grew; the estimate is then marked out of date. Raises CorruptSketch."""
    return add_all(sketch, (element,), sparse_max_bytes) > 0


def add_all(sketch: bytearray, elements: Iterable[bytes], sparse_max_bytes: int) -> int:
    """Count elements: how many of them made a register grow; the estimate is then marked out of date.

    Raises CorruptSketch when the runs do not reach an element's register; those before it are counted.
    """
    grown = 0
    for element in elements:
        hashed = murmur64(element)
        register = hashed & LAST_REGISTER
        dense = sketch[ENCODING] == DENSE
        if dense:
            bit = register * 6
            position, shift = HEADER + (bit >> 3), bit & 7
            held = sketch[position] if shift <= 2 else sketch[position] | sketch[position + 1] << 8
            if hashed & UP_TO[held >> shift & 63]:  # as nearly always: the element's place is no larger
                continue
        places = hashed >> INDEX_BITS | BEYOND
        value = (places & -places).bit_length()
        if set_dense(sketch, register, value) if dense else set_sparse(sketch, register, value, sparse_max_bytes):
            sketch[CACHE] |= STALE
            grown += 1
    return grown


def get_register(sketch: Sketch, register: int) -> int:
    """One register, 0 to 63, of a dense sketch."""
    position, shift = divmod(register * 6, 8)
    position += HEADER
    return (int.from_bytes(sketch[position : position + 2], "little") >> shift) & 63


def set_register(sketch: bytearray, register: int, value: int, sparse_max_bytes: int) -> bool:
    """Raise a register to `value` (1 to 63); False when it holds as much already.

    A sparse sketch becomes dense when the value is above 32 or the string would exceed `sparse_max_bytes`.
    Raises CorruptSketch.
    """
    if sketch[ENCODING] == DENSE:
        return set_dense(sketch, register, value)
    return set_sparse(sketch, register, value, sparse_max_bytes)


def set_dense(sketch: bytearray, register: int, value: int) -> bool:
    bit = register * 6
    position, shift = HEADER + (bit >> 3), bit & 7
    low = sketch[position]
    if shift <= 2:
        if (low >> shift) & 63 >= value:
            return False
        sketch[position] = low & ~(63 << shift) | value << shift
        return True
    pair = low | sketch[position + 1] << 8
    if (pair >> shift) & 63 >= value:
        return False
    pair = pair & ~(63 << shift) | value << shift
    sketch[position] = pair & 255
    sketch[position + 1] = pair >> 8
    return True


def set_sparse(sketch: bytearray, register: int, value: int, sparse_max_bytes: int) -> bool:
    """As the server does it: replace one opcode by up to three, then merge equal values near by."""
    if value > VALUE_MAX:
        to_dense(sketch)
        return set_dense(sketch, register, value)
    position, first, span, previous = find_opcode(sketch, register)
    opcode = sketch[position]
    if opcode & 0x80 and (opcode >> 2 & 31) + 1 >= value:
        return False
    left, right = register - first, first + span - 1 - register
    middle = value_run(value, 1)
    if opcode & 0x80:
        old = (opcode >> 2 & 31) + 1
        changed = value_run(old, left) + middle + value_run(old, right)
    else:
        changed = zero_run(left) + middle + zero_run(right)
    length = 2 if opcode & 0xC0 == 0x40 else 1
    if len(changed) > length and len(sketch) + len(changed) - length > sparse_max_bytes:
        to_dense(sketch)
        return set_dense(sketch, register, value)
    sketch[position : position + length] = changed
    merge_values(sketch, previous)
    return True


def find_opcode(sketch: bytearray, register: int) -> tuple[int, int, int, int]:
    """The opcode that covers a register: position, first register, span, and the position of the one before
    (its own if it is the first). Raises CorruptSketch when there is none."""
    if len(sketch) < SHORT_SKETCH:
        return find_by_walking(sketch, register)
    first, previous = 0, HEADER
    for match in RUNS.finditer(sketch, HEADER):
        run, position = match[0], match.start()
        if run[0] & 0xC0 == 0x40:
            span = long_zero_length(run)
            if register < first + span:
                return position, first, span, previous
            previous = position
        else:
            spans = run.translate(SPANS)
            span = sum(spans)
            if register < first + span:
                for step, reached in enumerate(accumulate(spans, initial=first)):
                    if register < reached + spans[step]:
                        return position + step, reached, spans[step], position + step - 1 if step else previous
            previous = match.end() - 1
        first += span
    raise CorruptSketch


def find_by_walking(sketch: bytearray, register: int) -> tuple[int, int, int, int]:
    """The same as `find_opcode`, one opcode after the other."""
    reached, position, previous = 0, HEADER, HEADER
    bytes_left = iter(sketch[HEADER:])
    for opcode in bytes_left:
        span = SHORT_SPANS[opcode]
        if span:
            reached += span
            if reached > register:
                return position, reached - span, span, previous
            previous = position
            position += 1
        else:
            span = ((opcode & 0x3F) << 8 | next(bytes_left, 0)) + 1
            reached += span
            if reached > register:
                return position, reached - span, span, previous
            previous = position
            position += 2
    raise CorruptSketch


def merge_values(sketch: bytearray, position: int) -> None:
    """Join neighbours of the same value, looking at a few opcodes from `position` on."""
    for _ in range(MERGE_SCAN):
        if position >= len(sketch):
            return
        opcode = sketch[position]
        if not opcode & 0x80:
            position += 2 if opcode & 0x40 else 1
            continue
        if position + 1 < len(sketch) and sketch[position + 1] & 0xFC == opcode & 0xFC:
            together = SPANS[opcode] + SPANS[sketch[position + 1]]
            if together <= VALUE_RUN_MAX:
                sketch[position : position + 2] = bytes((opcode & 0xFC | (together - 1),))
                continue
        position += 1


def zero_run(length: int) -> bytes:
    """The opcode for so many zeros; nothing for none."""
    if length > ZERO_MAX:
        return bytes((0x40 | (length - 1) >> 8, (length - 1) & 255))
    return bytes((length - 1,)) if length else b""


def value_run(value: int, length: int) -> bytes:
    """The opcode for a value of 1 to 32, up to four times; nothing for no times."""
    return bytes((0x80 | (value - 1) << 2 | (length - 1),)) if length else b""


def long_zero_length(opcode: bytes) -> int:
    # A cut-off opcode reads the NUL that ends every string of the server.
    return ((opcode[0] & 0x3F) << 8 | (opcode[1] if len(opcode) > 1 else 0)) + 1


def opcodes(sketch: Sketch) -> Iterable[tuple[str, int, int]]:
    """The runs of a sparse sketch as (kind, value, length), kind being DECODE's letter: z, Z or v."""
    for match in RUNS.finditer(sketch, HEADER):
        run = match[0]
        if run[0] & 0xC0 == 0x40:
            yield "Z", 0, long_zero_length(run)
            continue
        for opcode in run:
            if opcode & 0x80:
                yield "v", (opcode >> 2 & 31) + 1, (opcode & 3) + 1
            else:
                yield "z", 0, opcode + 1


def describe(sketch: Sketch) -> str:
    """The runs of a sparse sketch as PFDEBUG DECODE prints them, corrupt or not: `Z:100 v:2,1 z:5`."""
    runs = opcodes(sketch)
    return " ".join(f"{kind}:{value},{length}" if value else f"{kind}:{length}" for kind, value, length in runs)


def registers(sketch: Sketch) -> bytes:
    """All 16384 registers, a byte each. Raises CorruptSketch."""
    if is_dense(sketch):
        return unpack(sketch[HEADER:])
    runs: list[bytes] = []
    for match in RUNS.finditer(sketch, HEADER):
        run = match[0]
        if run[0] & 0xC0 == 0x40:
            runs.append(bytes(long_zero_length(run)))
        else:
            runs += map(EXPANSIONS.__getitem__, run)
    unpacked = b"".join(runs)
    if len(unpacked) != REGISTERS:
        raise CorruptSketch
    return unpacked


def to_dense(sketch: bytearray) -> bool:
    """Make a sparse sketch dense, header kept. False if it is dense already. Raises CorruptSketch."""
    if is_dense(sketch):
        return False
    sketch[HEADER:] = pack(registers(sketch))
    sketch[ENCODING] = DENSE
    return True


# Four registers fill three bytes. The bytes of the same place are taken together, so that a few operations on
# long strings do what would be thousands on single registers.

LOW6 = bytes(byte & 63 for byte in range(256))
TOP2 = bytes(byte >> 6 for byte in range(256))
LOW4_UP2 = bytes((byte & 15) << 2 for byte in range(256))
TOP4 = bytes(byte >> 4 for byte in range(256))
LOW2_UP4 = bytes((byte & 3) << 4 for byte in range(256))
TOP6 = bytes(byte >> 2 for byte in range(256))
LOW2_UP6 = bytes((byte & 3) << 6 for byte in range(256))
BITS2_4 = bytes(byte >> 2 & 15 for byte in range(256))
LOW4_UP4 = bytes((byte & 15) << 4 for byte in range(256))
BITS4_2 = bytes(byte >> 4 & 3 for byte in range(256))
LOW6_UP2 = bytes((byte & 63) << 2 for byte in range(256))


def either(left: Sketch, right: Sketch) -> bytes:
    """Bitwise OR of two strings of the same length."""
    return (int.from_bytes(left, "little") | int.from_bytes(right, "little")).to_bytes(len(left), "little")


def unpack(packed: Sketch) -> bytes:
    """6 bits each, lowest bits first, to a byte each."""
    one, two, three = packed[0::3], packed[1::3], packed[2::3]
    unpacked = bytearray(REGISTERS)
    unpacked[0::4] = one.translate(LOW6)
    unpacked[1::4] = either(one.translate(TOP2), two.translate(LOW4_UP2))
    unpacked[2::4] = either(two.translate(TOP4), three.translate(LOW2_UP4))
    unpacked[3::4] = three.translate(TOP6)
    return bytes(unpacked)


def pack(unpacked: bytes) -> bytes:
    """A byte each to 6 bits each."""
    one, two, three, four = (unpacked[place::4] for place in range(4))
    packed = bytearray(REGISTERS * 6 // 8)
    packed[0::3] = either(one, two.translate(LOW2_UP6))
    packed[1::3] = either(two.translate(BITS2_4), three.translate(LOW4_UP4))
    packed[2::3] = either(three.translate(BITS4_2), four.translate(LOW6_UP2))
    return bytes(packed)


def larger(left: bytes, right: bytes) -> bytes:
    """The larger of each two registers (all are below 128): one subtraction on very long integers."""
    first, second = int.from_bytes(left, "little"), int.from_bytes(right, "little")
    reached = ((first | HIGH_BITS) - second) & HIGH_BITS
    choose = (reached - (reached >> 7)) & LOW_HALVES
    return (first & choose | second & ~choose).to_bytes(REGISTERS, "little")


def union(sketches: Iterable[Sketch]) -> bytes:
    """The largest value of each register over all sketches, a byte each. Raises CorruptSketch."""
    highest = b""
    for sketch in sketches:
        highest = larger(highest, registers(sketch)) if highest else registers(sketch)
    return highest or bytes(REGISTERS)


def merge(destination: bytearray, sources: Iterable[Sketch], sparse_max_bytes: int) -> None:
    """PFMERGE: raise the destination's registers to the largest of its own and the sources'.

    It becomes dense if any source is, else only when it grows too large. The estimate is marked out of date.
    Raises CorruptSketch before anything is changed.
    """
    sketches = [destination, *sources]
    highest = union(sketches)
    if any(map(is_dense, sketches)):
        destination[HEADER:] = pack(highest)
        destination[ENCODING] = DENSE
    else:
        own = registers(destination)
        for register in range(REGISTERS):
            if highest[register] > own[register]:
                set_register(destination, register, highest[register], sparse_max_bytes)
    invalidate(destination)


def count(sketch: Sketch) -> int:
    """A fresh estimate of how many distinct elements were added. Raises CorruptSketch."""
    return estimate(registers(sketch))


def count_union(sketches: Iterable[Sketch]) -> int:
    """The estimate for all elements of several sketches together. Raises CorruptSketch."""
    return estimate(union(sketches))


def estimate(unpacked: bytes) -> int:
    """Ertl's estimate from how often each value occurs, the float operations in the server's order.

    Registers that no hash could have left so full give -2**63, as the server's conversion to an integer does.
    """
    often = [0] * (HASH_BITS + 2)
    left = unpacked
    for value in range(len(often)):
        # Each value halves what is left, or thereabouts: cheaper than counting each over all registers.
        rest = left.translate(None, bytes((value,)))
        often[value] = len(left) - len(rest)
        if not rest:
            break
        left = rest
    z = REGISTERS * tau((REGISTERS - often[HASH_BITS + 1]) / REGISTERS)
    for value in range(HASH_BITS, 0, -1):
        z = (z + often[value]) * 0.5
    z += REGISTERS * sigma(often[0] / REGISTERS)
    exact = ALPHA * REGISTERS * REGISTERS / z if z else math.inf
    if exact >= 2.0**63:
        return OVERFLOW
    below = math.floor(exact)
    return below + (exact - below >= 0.5)


def self_test(random_value: Callable[[], int], cycles: int = 3) -> str | None:
    """Check registers and estimates on themselves (PFSELFTEST); None, or what is wrong.

    `random_value` gives integers from 0 to 63. Every register of a dense sketch is raised to a random value and
    read back, alone and unpacked; then the estimates of a sparse and of a dense sketch of the same elements
    must agree and be near the truth.
    """
    for _ in range(cycles):
        sketch = new_sketch()
        to_dense(sketch)
        wanted = bytes(random_value() for _ in range(REGISTERS))
        for register, value in enumerate(wanted):
            set_dense(sketch, register, value)
        for register, value in enumerate(wanted):
            if get_register(sketch, register) != value:
                return f"Register {register} should be {value} but is {get_register(sketch, register)}"
        if registers(sketch) != wanted:
            return "Registers differ when unpacked"
    sparse, dense = new_sketch(), new_sketch()
    to_dense(dense)
    for number in range(1000):
        element = number.to_bytes(8, "little")
        add(sparse, element, DENSE_SIZE)
        add(dense, element, DENSE_SIZE)
    if count(sparse) != count(dense) or abs(count(dense) - 1000) > 50:
        return f"1000 elements are {count(sparse)} (sparse) and {count(dense)} (dense)"
    return None


def sigma(x: float) -> float:
    if x == 1.0:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x *= x
        before = z
        z += x * y
        y += y
    return z


def tau(x: float) -> float:
    if x in (0.0, 1.0):
        return 0.0
    y, z, before = 1.0, 1.0 - x, -1.0
    while z != before:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1.0 - x) ** 2 * y
    return z / 3.0
