"""How many bytes an element takes in a listpack. Nothing here builds one."""

from __future__ import annotations

from redislab.values.numbers import parse_int64

__all__ = ["listpack_entry", "listpack_number"]

_SIGNS = b"-0123456789"


def listpack_number(number: int) -> int:
    """The bytes of a whole number in a listpack, its own length behind it included."""
    if 0 <= number < 128:
        return 2
    bits = (number if number >= 0 else ~number).bit_length() + 1
    return 3 if bits <= 13 else 4 if bits <= 16 else 5 if bits <= 24 else 6 if bits <= 32 else 10


def listpack_entry(text: bytes) -> int:
    """The bytes of a text in a listpack, which keeps whole numbers as such."""
    length = len(text)
    if length <= 20 and length and text[0] in _SIGNS and (number := parse_int64(text)) is not None:
        return listpack_number(number)
    if length < 64:
        return length + 2
    length += 2 if length < 4096 else 5
    return length + (1 if length <= 127 else 2 if length < 16383 else 3 if length < 2097151 else 4)
