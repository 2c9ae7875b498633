"""Bits of a string: single ones, counts, positions, bitwise operations, and BITFIELD's integers.

Owns the numbering (bit 0 is the highest bit of byte 0) and the overflow rules. It must never know about keys
or replies: ranges and texts that do not parse are the caller's.

Whole-string work is done on one long Python integer, so that it costs a few passes in C and not a step per
byte. Functions that change a string take a `bytearray`, let it grow as needed, and change it in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

__all__ = [
    "Overflow",
    "Unit",
    "add_field",
    "combine",
    "count_bits",
    "find_bit",
    "fit_field",
    "get_bit",
    "get_field",
    "grow",
    "invert",
    "set_bit",
    "set_field",
]

Text = bytes | bytearray


class Unit(Enum):
    """What the start and end of a range count."""

    BYTE = 8
    BIT = 1


class Overflow(Enum):
    """What BITFIELD does with a value that does not fit."""

    WRAP = "wrap"
    SAT = "sat"
    FAIL = "fail"


def get_bit(text: Text, offset: int) -> int:
    """The bit at `offset`, 0 past the end."""
    position = offset >> 3
    return text[position] >> (7 - (offset & 7)) & 1 if position < len(text) else 0


def set_bit(text: bytearray, offset: int, bit: int) -> int:
    """Set one bit, growing the string with zeros as far as it needs; answers the bit that was there."""
    position, shift = offset >> 3, 7 - (offset & 7)
    if position >= len(text):
        grow(text, position + 1)
    old = text[position] >> shift & 1
    if old != bit:
        text[position] ^= 1 << shift
    return old


def grow(text: bytearray, size: int) -> None:
    """Append zeros until the string has `size` bytes; does nothing if it has."""
    if size > len(text):
        text.extend(bytes(size - len(text)))


def bit_range(size: int, start: int, end: int, unit: Unit) -> tuple[int, int] | None:
    """First and last bit of an inclusive range over `size` bytes, or None when it is empty.

    Negative ends count from the end of the string, as everywhere in Redis, and are cut to it.
    """
    total = size * 8 // unit.value
    if start < 0:
        start = max(0, start + total)
    if end < 0:
        end = max(0, end + total)
    end = min(end, total - 1)
    if start > end:
        return None
    return start * unit.value, end * unit.value + unit.value - 1


def cut(text: Text, first: int, last: int) -> int:
    """The bits first to last, both included, as an integer whose highest place is `first`."""
    low, high = first >> 3, last >> 3
    value = int.from_bytes(text[low : high + 1], "big") >> (7 - (last & 7))
    return value & ((1 << (last - first + 1)) - 1) if first & 7 else value


def count_bits(text: Text, start: int = 0, end: int = -1, unit: Unit = Unit.BYTE) -> int:
    """How many bits are set in an inclusive range of bytes or bits (BITCOUNT)."""
    # Both negative and reversed is empty before the ends are cut; `bit_range` alone would see byte 0 twice.
    if start < 0 and end < 0 and start > end:
        return 0
    limits = bit_range(len(text), start, end, unit)
    return cut(text, *limits).bit_count() if limits else 0


def find_bit(text: Text, bit: int, start: int = 0, end: int | None = None, unit: Unit = Unit.BYTE) -> int:
    """The position of the first bit of that kind in a range, counted from the start of the string, or -1 (BITPOS).

    With no `end` the string is thought to go on in zeros, so a search for 0 that finds none answers the first
    bit past it. `text` must not be empty unless the key exists: a missing key is the caller's.
    """
    limits = bit_range(len(text), start, -1 if end is None else end, unit)
    if limits is None:
        return -1
    first, last = limits
    width = last - first + 1
    value = cut(text, first, last)
    if not bit:
        value ^= (1 << width) - 1
    if value:
        return first + width - value.bit_length()
    return len(text) * 8 if not bit and end is None else -1


def combine(operation: str, texts: Sequence[Text]) -> bytes:
    """BITOP AND, OR or XOR over strings, shorter ones filled up with zeros to the longest.

    Raises ValueError for another operation.
    """
    size = max(map(len, texts), default=0)
    numbers = [int.from_bytes(text.ljust(size, b"\0"), "big") for text in texts]
    result = numbers[0] if numbers else 0
    for number in numbers[1:]:
        if operation == "AND":
            result &= number
        elif operation == "OR":
            result |= number
        elif operation == "XOR":
            result ^= number
        else:
            raise ValueError(operation)
    return result.to_bytes(size, "big")


def invert(text: Text) -> bytes:
    """BITOP NOT: every bit turned."""
    size = len(text)
    return (int.from_bytes(text, "big") ^ ((1 << 8 * size) - 1)).to_bytes(size, "big")


def get_field(text: Text, offset: int, width: int, signed: bool) -> int:
    """The integer of `width` bits at a bit offset, highest bit first; zeros past the end (BITFIELD GET)."""
    last = offset + width - 1
    low, high = offset >> 3, last >> 3
    part = text[low : high + 1]
    missing = high - low + 1 - len(part)
    value = int.from_bytes(part, "big") << 8 * missing >> (7 - (last & 7)) & ((1 << width) - 1)
    if signed and value >> (width - 1):
        value -= 1 << width
    return value


def set_field(text: bytearray, offset: int, width: int, value: int) -> None:
    """Write the low `width` bits of `value` at a bit offset, growing the string with zeros as needed."""
    last = offset + width - 1
    low, high = offset >> 3, last >> 3
    grow(text, high + 1)
    shift = 7 - (last & 7)
    mask = (1 << width) - 1
    whole = int.from_bytes(text[low : high + 1], "big")
    whole = whole & ~(mask << shift) | (value & mask) << shift
    text[low : high + 1] = whole.to_bytes(high - low + 1, "big")


def fit_field(value: int, width: int, signed: bool, overflow: Overflow) -> int | None:
    """What BITFIELD SET writes into `width` bits for a value, None when it does not fit and is to FAIL.

    `value` is a signed 64-bit integer. Two readings of the server show with SAT: a negative value is a huge
    one to an unsigned field, and the very lowest values overflow upwards in a signed one, because their
    distance to the field's maximum does not fit 64 bits.
    """
    low, high = field_range(width, signed)
    if low <= value <= high:
        return value
    upwards = value > high or not signed or (width < 64 and high - value >= 1 << 63)
    return overflowed(value, width, signed, overflow, upwards)


def add_field(value: int, increment: int, width: int, signed: bool, overflow: Overflow) -> int | None:
    """The new value of a field after adding to it (BITFIELD INCRBY), None on overflow with FAIL.

    WRAP keeps the low bits, SAT stops at the end of the range it left by.
    """
    low, high = field_range(width, signed)
    total = value + increment
    if low <= total <= high:
        return total
    return overflowed(total, width, signed, overflow, total > high)


def field_range(width: int, signed: bool) -> tuple[int, int]:
    """The lowest and highest value of a field."""
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)


def overflowed(value: int, width: int, signed: bool, overflow: Overflow, upwards: bool) -> int | None:
    if overflow is Overflow.FAIL:
        return None
    low, high = field_range(width, signed)
    if overflow is Overflow.SAT:
        return high if upwards else low
    value &= (1 << width) - 1
    return value - (1 << width) if signed and value > high else value


def combine_later(operation: str, texts: Sequence[bytes]) -> bytes:
    """The operations of Redis 8.2 on two texts or more (ONE: on any number), as long as the longest of them.

    DIFF: bits of the first that no other has; DIFF1: of the others that the first has not; ANDOR: of the first that
    any other has; ONE: those that exactly one has.
    """
    longest = max(map(len, texts))
    first, *others = (int.from_bytes(text.ljust(longest, b"\0"), "big") for text in texts)
    any_other = once = twice = 0
    for number in others:
        any_other |= number
    for number in (first, *others):
        once, twice = once | number, twice | (once & number)
    result = {
        "DIFF": first & ~any_other, "DIFF1": any_other & ~first, "ANDOR": first & any_other, "ONE": once & ~twice,
    }[operation]  # fmt: skip
    return result.to_bytes(longest, "big")
