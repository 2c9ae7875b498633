"""How many bytes Redis' building blocks take: what the allocator hands out, strings, listpack entries, hash tables.

Pure arithmetic, without keys or values: memory_model.py puts it together. The figures are those of Redis 7.0.15 on
64 bits with jemalloc, which rounds every request up to a size class.

    1 … 8        8                     129 … 160    160        then four classes between each power of two
    9 … 16      16                     161 … 192    192        and the next: 1024, 1280, 1536, 1792, 2048, …
    17 … 128    the next multiple      193 … 224    224        so that at most a fifth of a large block is wasted
                of 16                  225 … 256    256

A string (sds) is a header that grows with its length, the bytes, and a zero byte.
"""

from __future__ import annotations

from redislab.values.numbers import parse_int64

__all__ = ["allocated", "listpack_entry", "listpack_number", "slots", "string"]

_TABLE_STEP = 16
_SMALL = 4096
_SIGNS = b"-0123456789"


def _size_class(size: int) -> int:
    if size <= 128:
        return 8 if size <= 8 else (size + 15) & ~15
    step = 1 << ((size - 1).bit_length() - 3)
    return (size + step - 1) & -step


_CLASSES = [_size_class(max(size, 9)) for size in range(0, _SMALL + 1, _TABLE_STEP)]
"""The classes of small sizes, one for each multiple of 16: a look is quicker than the arithmetic."""


def allocated(size: int) -> int:
    """The bytes that the allocator sets aside for a request of so many."""
    if 8 < size <= _SMALL:
        return _CLASSES[(size + 15) >> 4]
    return _size_class(size)


def string(length: int) -> int:
    """The bytes of a string (sds) of a length: a key, a field, a member, a raw value."""
    if length < 32:
        # An empty string gets the header of the next kind, because it is likely to grow.
        size = length + 2 if length else 4
    else:
        size = length + (4 if length < 256 else 6 if length < 65536 else 10 if length < 1 << 32 else 18)
    return _CLASSES[(size + 15) >> 4] if 8 < size <= _SMALL else _size_class(size)


def sds_header(length: int) -> int:
    """The header and the closing zero of a raw string that may grow."""
    return 4 if length < 256 else 6 if length < 65536 else 10 if length < 1 << 32 else 18


# -- listpacks ---------------------------------------------------------------------------------------------------

LISTPACK_FRAME = 7
"""The header of a listpack and the byte that ends it."""


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


# -- hash tables -------------------------------------------------------------------------------------------------

FIRST_TABLE = 4
OCCUPIED = 0.632
"""The part of the buckets of a full table that hold anything: 1 - 1/e."""


def table(count: int) -> int:
    """The buckets of a hash table that grew to so many elements: a power of two."""
    return 1 << (count - 1).bit_length() if count > FIRST_TABLE else FIRST_TABLE


def slots(count: int, steps: int, presized: int = 0) -> int:
    """The buckets of a hash table that grew one element at a time, of the old table too while it is being emptied.

    A table doubles when it is full, and the elements move over bucket by bucket, one with each look into the table:
    `steps` looks go with an element that is added. `presized` is how many elements it was made for at the start.
    """
    buckets = table(max(count, presized))
    before = buckets // 2
    if count <= before or buckets == FIRST_TABLE or (presized and buckets <= table(presized)):
        return buckets
    return buckets + before if (count - before) * steps <= before * OCCUPIED else buckets
