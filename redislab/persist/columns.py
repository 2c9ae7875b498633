"""Columns of numbers and words as bytes: what the sandbox file is made of.

A column is a letter for its kind, a count, and the items: numbers in little-endian order, or the lengths of words
followed by the words. Whole columns are packed and unpacked at once, which is why 100,000 keys take a fraction of a
second. Nothing here knows a key or a value.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

__all__ = ["BYTES", "DOUBLES", "INTEGERS", "BadColumns", "ColumnReader", "ColumnWriter"]

BYTES, LENGTHS, INTEGERS, DOUBLES = "B", "I", "q", "d"
"""What a column of numbers holds, in the letters of the `array` module: 8, 32 and 64 bits, and doubles."""

SIZES = {BYTES: 1, LENGTHS: 4, INTEGERS: 8, DOUBLES: 8}
HEAD = struct.Struct("<cQ")


class BadColumns(ValueError):
    """Bytes that are not the columns that were asked for."""


class ColumnWriter:
    """Collects columns; `content` is their bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def numbers(self, kind: str, values: Iterable[float]) -> None:
        """Add numbers of one of the kinds above. Raises OverflowError for one that does not fit."""
        column = array(kind, values)
        if sys.byteorder == "big":
            column.byteswap()
        self.parts += HEAD.pack(kind.encode(), len(column)), column.tobytes()

    def words(self, words: Sequence[bytes | bytearray]) -> None:
        """Add words of any bytes."""
        self.numbers(LENGTHS, map(len, words))
        self.parts.append(b"".join(words))

    def content(self) -> bytes:
        return b"".join(self.parts)


class ColumnReader:
    """Takes columns off in the order in which they were written. Everything raises BadColumns."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def numbers(self, kind: str) -> Sequence[float]:
        """The numbers of the next column."""
        start = self.position + HEAD.size
        if start > len(self.data):
            raise BadColumns("the data ends early")
        letter, count = HEAD.unpack_from(self.data, self.position)
        end = start + count * SIZES[kind]
        if letter != kind.encode() or end > len(self.data):
            raise BadColumns(f"a column of {count} numbers cannot be read at {self.position}")
        column = array(kind)
        column.frombytes(self.data[start:end])
        if sys.byteorder == "big":
            column.byteswap()
        self.position = end
        return column

    def integers(self, kind: str) -> list[int]:
        """As `numbers`, for whole ones."""
        return self.numbers(kind).tolist()  # type: ignore[attr-defined, no-any-return]

    def words(self) -> list[bytes]:
        """The words of the next column."""
        ends = list(accumulate(self.integers(LENGTHS), initial=self.position))
        if ends[-1] > len(self.data):
            raise BadColumns("the data ends within a word")
        self.position, data = ends[-1], self.data
        return [data[start:end] for start, end in pairwise(ends)]
