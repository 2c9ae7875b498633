"""Lengths and strings of RDB, written and read.

A length takes one, two, five or nine bytes; its first two bits say which, or that a string follows in a special form: a
small integer, or compressed by LZF. `Source` reads from bytes in memory and refuses to go beyond their end.
"""

from __future__ import annotations

from struct import Struct, pack

from redislab.rdb.lzf import compress, decompress
from redislab.values.numbers import parse_int64

__all__ = ["Compressor", "EndsEarly", "RdbError", "Source", "integer_string", "length", "plain_string", "string"]

COMPRESSED = b"\xc3"
LONGEST_INTEGER_TEXT = 11
SHORTEST_COMPRESSED = 21
LARGEST_STRING = 1 << 40
SHORT = Struct(">H").unpack_from
LONG = Struct(">I").unpack_from
LONGER = Struct(">Q").unpack_from


class RdbError(ValueError):
    """Bytes that are not what Redis saves; the text says what is wrong, and where if that is known."""


class EndsEarly(RdbError):
    """Bytes that end before what they hold does."""

    def __init__(self, text: str = "it ends too early") -> None:
        super().__init__(text)


# -- writing -----------------------------------------------------------------------------------------------------


def length(number: int) -> bytes:
    """A length as it stands before what it counts."""
    if number < 64:
        return bytes((number,))
    if number < 16384:
        return pack(">H", number | 0x4000)
    return b"\x80" + pack(">I", number) if number < 1 << 32 else b"\x81" + pack(">Q", number)


def integer_string(number: int) -> bytes | None:
    """A string that is this integer, in as few bytes as can be; None if it takes more than 32 bits."""
    if -128 <= number < 128:
        return b"\xc0" + pack("<b", number)
    if -32768 <= number < 32768:
        return b"\xc1" + pack("<h", number)
    return b"\xc2" + pack("<i", number) if -(1 << 31) <= number < 1 << 31 else None


def plain_string(text: bytes) -> bytes:
    """A string: as an integer if it is a small one, or as it is."""
    size = len(text)
    if size <= LONGEST_INTEGER_TEXT and text[:1] <= b"9" and (number := parse_int64(text)) is not None:
        found = integer_string(number)
        if found is not None:
            return found
    return bytes((size,)) + text if size < 64 else length(size) + text


def string(text: bytes) -> bytes:
    """The same, compressed if that is shorter, byte for byte as Redis does it. Takes some 300 ns a byte."""
    if len(text) >= SHORTEST_COMPRESSED and (small := compress(text, len(text) - 4)) is not None:
        return COMPRESSED + length(len(small)) + length(len(text)) + small
    return plain_string(text)


class Compressor:
    """Writes strings compressed, as `string` does, until it has had so many bytes of them; then as they are."""

    __slots__ = ("left",)

    def __init__(self, effort: int) -> None:
        self.left = effort

    def __call__(self, text: bytes) -> bytes:
        size = len(text)
        if size < SHORTEST_COMPRESSED or size > self.left:
            return plain_string(text)
        self.left -= size
        return string(text)

    @property
    def plain_below(self) -> int:
        """Strings of fewer bytes, down to those that look like integers, have one byte of length before them."""
        return SHORTEST_COMPRESSED if self.left >= SHORTEST_COMPRESSED else 64


# -- reading -----------------------------------------------------------------------------------------------------


class Source:
    """Bytes that are being read. Whatever is not there raises RdbError."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    def take(self, size: int) -> bytes:
        """The next bytes."""
        at = self.at
        stop = self.at = at + size
        if stop > self.end:
            raise EndsEarly()
        return self.data[at:stop]

    def byte(self) -> int:
        at = self.at
        if at >= self.end:
            raise EndsEarly()
        self.at = at + 1
        return self.data[at]

    def length(self) -> int:
        """A length. Raises RdbError for a string's special form."""
        number, special = self.any_length()
        if special:
            raise RdbError("a length is of no known form")
        return number

    def any_length(self) -> tuple[int, bool]:
        """A length, or the number of a special form of string and True."""
        first = self.byte()
        kind = first >> 6
        if kind == 0:
            return first, False
        if kind == 1:
            return (first & 63) << 8 | self.byte(), False
        if kind == 3:
            return first & 63, True
        if first == 0x80:
            return LONG(self.take(4))[0], False
        if first == 0x81:
            return LONGER(self.take(8))[0], False
        raise RdbError("a length is of no known form")

    def string(self) -> bytes:
        """A string of any form."""
        at = self.at
        if at < self.end and (size := self.data[at]) < 64:  # the usual case, without a call
            stop = self.at = at + 1 + size
            if stop > self.end:
                raise EndsEarly()
            return self.data[at + 1 : stop]
        size, special = self.any_length()
        if not special:
            return self.take(size)
        if size <= 2:
            width = 1 << size
            return b"%d" % int.from_bytes(self.take(width), "little", signed=True)
        if size != 3:
            raise RdbError("a string is of no known form")
        packed, full = self.length(), self.length()
        try:
            return decompress(self.take(packed), full)
        except ValueError as error:
            raise RdbError(str(error)) from None
