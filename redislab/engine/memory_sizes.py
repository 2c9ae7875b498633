"""How many bytes Redis' building blocks take: strings, listpack entries, hash tables.

Pure arithmetic, without keys or values: memory_model.py puts it together. The figures are those of Redis 7.0.15 on
64 bits with jemalloc (values/allocation.py).
"""

from __future__ import annotations

from redislab.values.allocation import CLASSES, SMALL, allocated, frame
from redislab.values.listpack_size import listpack_entry, listpack_number

__all__ = ["GIVEN_ENTRY", "allocated", "listpack_entry", "listpack_number", "slots", "string", "table"]


def string(length: int) -> int:
    """The bytes of a string (sds) of a length: a key, a field, a member, a raw value.

    It is a header, the bytes and a zero. A short one that is not meant to grow has the shortest header.
    """
    size = length + (2 if 0 < length < 32 else frame(length))
    return CLASSES[(size + 15) >> 4] if 8 < size <= SMALL else allocated(size)


# -- listpacks ---------------------------------------------------------------------------------------------------

LISTPACK_FRAME = 7
"""The header of a listpack and the byte that ends it."""


# -- hash tables -------------------------------------------------------------------------------------------------

GIVEN_ENTRY = 32
"""What the allocator gives for an entry of 24 bytes (dictEntry)."""
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
