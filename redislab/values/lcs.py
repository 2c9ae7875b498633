"""The longest common subsequence of two strings, as LCS answers it.

Owns which of several equally long ones is chosen: the one the server's walk back through its table finds.
It must never know of keys or limits; see below what memory a caller lets it take.

The server fills a table of lengths, one 32-bit number per pair of positions. Next to each other in a row
these numbers differ by 0 or 1, so a row is kept here as one long integer with a bit per position of the
second string: 0 where the length grows. One addition computes the next row for all positions at once
(Crochemore and others, "A fast and practical bit-vector algorithm for the longest common subsequence
problem", 2001). A bit is also all that the walk back needs: where two bytes differ, it steps up if the
length grew at this position of the row, else left.

Time is len(a) additions of len(b)-bit integers. `length` keeps one row; `matches` and `common` keep len(a)
rows, len(a) * len(b) / 7 bytes at most, where the server takes 4 bytes a pair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Match", "common", "length", "matches"]


class Match(NamedTuple):
    """A stretch that both strings share: first and last position in each, both included."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int

    @property
    def length(self) -> int:
        return self.a_end - self.a_start + 1


def length(a: bytes, b: bytes) -> int:
    """How long the longest common subsequence is (LCS … LEN)."""
    if len(a) > len(b):
        a, b = b, a
    last = deque(rows(a, b), maxlen=1)
    return len(b) - last[0].bit_count() if last else 0


def common(a: bytes, b: bytes) -> bytes:
    """The subsequence itself."""
    return b"".join(reversed([a[match.a_start : match.a_end + 1] for match in trace(a, b)]))


def matches(a: bytes, b: bytes, minimum: int = 0) -> tuple[list[Match], int]:
    """The shared stretches of at least `minimum` bytes, last first, and the length of the whole (LCS … IDX).

    The length counts the stretches that are too short as well.
    """
    found = list(trace(a, b))
    return [match for match in found if match.length >= minimum], sum(match.length for match in found)


def rows(a: bytes, b: bytes) -> Iterator[int]:
    """The row of the table after each byte of `a`; bit j is 0 if b[j] makes the subsequence longer."""
    places: dict[int, int] = {}
    for byte in set(b):
        # One byte per position, then one bit: the positions of this byte as the digits of a binary number.
        digits = b.translate(BINARY_DIGITS[byte])[::-1]
        places[byte] = int(digits, 2)
    row = full = (1 << len(b)) - 1
    for byte in a:
        here = row & places.get(byte, 0)
        if here:
            row = (row + here | row - here) & full
        yield row


def trace(a: bytes, b: bytes) -> Iterator[Match]:
    """The shared stretches from the last to the first, found by the server's walk from the table's corner."""
    table = list(rows(a, b))
    i, j = len(a), len(b)
    bits = b""
    bits_of = -1
    while i and j:
        if a[i - 1] == b[j - 1]:
            a_end, b_end = i, j
            while i and j and a[i - 1] == b[j - 1]:
                i -= 1
                j -= 1
            yield Match(i, a_end - 1, j, b_end - 1)
            continue
        if bits_of != i:
            bits, bits_of = table[i - 1].to_bytes((len(b) + 7) // 8, "little"), i
        if bits[j - 1 >> 3] >> (j - 1 & 7) & 1:
            j -= 1
        else:
            i -= 1


ZEROS = b"0" * 256
BINARY_DIGITS = [ZEROS[:byte] + b"1" + ZEROS[byte + 1 :] for byte in range(256)]
"""For each byte the translation that makes it 1 and every other 0, as text."""
