"""How long a value is when saved, for DEBUG OBJECT.

Two things depend on what a value held before and are not known here: the nodes of a list that does not fit into one,
and whether an intset keeps wide numbers although those that needed them are gone. The first is refused; the second is
taken to be as narrow as the numbers allow.
"""

from __future__ import annotations

from collections.abc import Iterable

from redislab.engine.errors import ReplyError
from redislab.rdb.listpack import entry, intset, listpack
from redislab.rdb.stream_form import stream_body
from redislab.rdb.strings import length, string
from redislab.rdb.write_value import (
    ENTRY_ESTIMATE,
    HASHES_WITH_TIMES,
    MOMENT_BYTES,
    NODE_SIZES,
    SAFE_NODE_SIZE,
    saved_value,
    score_entry,
)  # fmt: skip
from redislab.values.base import Limits, Value
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

__all__ = ["list_node", "saved_length"]

RDB_OF_70 = 10


def list_node(value: List, limits: Limits, packed: int) -> tuple[int, int]:
    """The size of a list's only node, and its size when saved. `packed` bytes and more make a node of their own.

    Raises ReplyError for a list whose elements Redis may keep in several nodes: where one ends depends on the order
    in which elements came and went.
    """
    elements = list(value)
    if len(elements) == 1 and len(elements[0]) >= packed:
        return len(elements[0]), 2 + len(string(elements[0]))
    blob = listpack(elements)
    if not fits_one_node(elements, len(blob), limits.list_max_listpack_size, packed):
        raise ReplyError(
            "ERR redislab does not keep the nodes of a quicklist and knows them only of a list that fits into one"
        )
    return len(blob), 2 + len(string(blob))


def fits_one_node(elements: list[bytes], size: int, most: int, packed: int) -> bool:
    """Whether elements of that size in all go into one node, whichever end the last one was pushed to."""
    if len(elements) > 1 and (max(map(len, elements)) >= packed or (0 <= most < len(elements))):
        return False
    room = SAFE_NODE_SIZE if most >= 0 else NODE_SIZES[max(most, -5)]
    last = (elements[0], elements[-1])
    return len(elements) == 1 or all(size - len(entry(end)) + len(end) + ENTRY_ESTIMATE <= room for end in last)


def strings_length(parts: Iterable[bytes]) -> int:
    return sum(len(string(part)) for part in parts)


def saved_length(value: Value, limits: Limits, packed: int) -> int:
    """How many bytes a value takes in an RDB file, type and key not counted. Raises ReplyError where it is unknown."""
    if isinstance(value, String):
        return len(string(value.get()))
    if isinstance(value, List):
        return list_node(value, limits, packed)[1]
    if limits.rdb_version > RDB_OF_70:  # there are forms that only later versions have
        kind, body = saved_value(value, limits, string)
        return len(body) - (MOMENT_BYTES if kind in HASHES_WITH_TIMES else 0)
    small = value.encoding() in ("listpack", "intset")
    if isinstance(value, Hash):
        flat = [part for pair in value.items() for part in pair]
        return len(string(listpack(flat))) if small else len(length(len(value))) + strings_length(flat)
    if isinstance(value, Set):
        return len(string(intset(value))) if small else len(length(len(value))) + strings_length(value)
    if isinstance(value, SortedSet):
        if small:
            return len(string(listpack(part for name, score in value.pairs() for part in (name, score_entry(score)))))
        return len(length(len(value))) + strings_length(value) + 8 * len(value)
    if isinstance(value, Stream):
        return len(stream_body(value, string))
    raise ReplyError(f"ERR redislab does not know the saved length of the type {value.type}")
