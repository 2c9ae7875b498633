"""How many bytes Redis' building blocks take: strings, listpack entries, hash tables.

Pure arithmetic, without keys or values: memory_model.py puts it together. The figures are those of Redis 7.0.15 on
64 bits with jemalloc (values/allocation.py).
"""

from __future__ import annotations

from redislab.values.allocation import CLASSES, SMALL, allocated, frame
from redislab.values.buckets import table
from redislab.values.listpack_size import listpack_entry, listpack_number

__all__ = ["GIVEN_ENTRY", "allocated", "listpack_entry", "listpack_number", "string", "table"]


def string(length: int) -> int:
    """The bytes of a string (sds) of a length: a key, a field, a member, a raw value.

    It is a header, the bytes and a zero. A short one that is not meant to grow has the shortest header.
    """
    size = length + (2 if 0 < length < 32 else frame(length))
    return CLASSES[(size + 15) >> 4] if 8 < size <= SMALL else allocated(size)


# -- hash tables -------------------------------------------------------------------------------------------------

GIVEN_ENTRY = 32
"""What the allocator gives for an entry of 24 bytes (dictEntry)."""
