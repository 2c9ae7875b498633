"""What every value of the keyspace has in common.

Values are the data types and nothing else: they know no key, session, reply, clock or error text.
Thresholds and random numbers are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

__all__ = ["Limits", "Value", "of_kind"]

T = TypeVar("T")


class Limits:
    """The configured thresholds at which an encoding changes, in the units of the parameters they mirror."""

    __slots__ = (
        "hash_max_listpack_entries",
        "hash_max_listpack_value",
        "hll_sparse_max_bytes",
        "list_compress_depth",
        "list_max_listpack_size",
        "proto_max_bulk_len",
        "rdb_version",
        "set_max_intset_entries",
        "set_max_listpack_entries",
        "set_max_listpack_value",
        "stream_node_max_bytes",
        "stream_node_max_entries",
        "zset_max_listpack_entries",
        "zset_max_listpack_value",
    )

    def __init__(self) -> None:
        self.hash_max_listpack_entries = 512
        self.hash_max_listpack_value = 64
        self.hll_sparse_max_bytes = 3000
        self.list_compress_depth = 0
        self.list_max_listpack_size = -2
        self.proto_max_bulk_len = 512 * 1024 * 1024
        self.rdb_version = 10
        """Of what DUMP and RDB files hold: no parameter, but a limit to what can be read."""
        self.set_max_intset_entries = 512
        self.set_max_listpack_entries = 128
        self.set_max_listpack_value = 64
        self.stream_node_max_bytes = 4096
        self.stream_node_max_entries = 100
        self.zset_max_listpack_entries = 128
        self.zset_max_listpack_value = 64


class Value:
    """One value. `used` is kept by the keyspace: the second of the last access (LRU) or the LFU word."""

    __slots__ = ("size", "used")

    type: ClassVar[str]
    """The word that TYPE answers: string, list, set, zset, hash, stream."""

    used: int

    size: int
    """Kept by engine/memory.py: the bytes counted for the key and its value, above a beginning; maybe missing."""

    def copy(self) -> Value:
        """An independent copy with the same content, order and encoding (`used` included)."""
        raise NotImplementedError

    def rebuilt(self) -> None:
        """Forget what only its past explains: it takes as little memory now as one that COPY or RESTORE makes."""

    def is_empty(self) -> bool:
        """True for an aggregate without elements, which the keyspace removes; never for a string."""
        raise NotImplementedError

    def encoding(self) -> str:
        """The word that OBJECT ENCODING answers."""
        raise NotImplementedError

    def weight(self) -> int:
        """A cheap estimate in bytes, for bounding how much is copied and kept for undo."""
        raise NotImplementedError


def of_kind(table: Mapping[type[Value], T], kind: type[Value]) -> T | None:
    """What a table by kinds of values has for one, or for the kind that it is a form of."""
    for each in kind.__mro__:
        if (found := table.get(each)) is not None:
            return found
    return None
