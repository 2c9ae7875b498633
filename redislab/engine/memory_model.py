"""What a value would take in a real server: the model behind MEMORY USAGE and used_memory.

Nothing here measures Python's memory. Each type is taken apart into the structures that Redis 7.0.15 keeps it in, and
their sizes are added up, as a real server's MEMORY USAGE does: of a large collection it looks at a few elements and
takes the rest to be like them. A table in the tests holds the result against the figures of a real server.

There are two ways of counting. MEMORY USAGE adds the structures as the C compiler sees them (`SIZEOF`), though the
allocator gives more for some; used_memory counts what is given (`GIVEN`).

Some of it depends on what a value went through before. What is left of that in a string, a hash table, or a list
whose middle was changed, the value knows; else the model takes the likeliest: the nodes of a list are as full as
pushing to the end makes them, and the levels of a skip list are those of the average. The inner nodes of a list that
list-compress-depth has compressed are counted as if they were not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from redislab.engine.memory_sizes import GIVEN_ENTRY, listpack_entry, listpack_number, string
from redislab.values.allocation import allocated, frame, grown_room
from redislab.values.base import Limits, Value, of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.list_nodes import ESTIMATE, LISTPACK_FRAME, list_nodes, room_of
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.string import String

__all__ = ["GIVEN", "GIVEN_UNSHARED", "SIZEOF", "Structures", "key_size", "list_nodes", "value_size"]


T = TypeVar("T")


class Structures(NamedTuple):
    """The sizes of the C structures in bytes."""

    entry: int
    """dictEntry: one element of a hash table."""
    dict: int
    quicklist: int
    quicklist_node: int
    rounds: bool
    """Whether it is the allocator's bytes that count: arrays of hash tables are rounded up to them."""
    shares: bool
    """Whether the integers below 10000 cost nothing, because keys share them."""


SIZEOF = Structures(entry=24, dict=56, quicklist=40, quicklist_node=40, rounds=False, shares=False)
GIVEN = Structures(entry=GIVEN_ENTRY, dict=64, quicklist=48, quicklist_node=48, rounds=True, shares=True)
GIVEN_UNSHARED = GIVEN._replace(shares=False)

OBJECT = 16
"""robj: what every value begins with."""
EMBEDDED = 20
"""What a short string needs beside its bytes where it lies in its object."""
LONGEST_EMBEDDED = 44
SORTED_SET = 16 + 32
"""zset and zskiplist."""
SKIPLIST_HEADER = 640
"""The first node of a skip list has all 32 levels."""
SKIPLIST_NODE = 53.33
"""A node has a level more with a probability of a quarter, and each is 16 bytes: 48 with one level, 64 with two, …"""
INTSET_FRAME = 8
EMPTY_SKETCH, DENSE_SKETCH = 18, 12304
"""The bytes of a HyperLogLog. A sparse one doubles each time it is full."""
FAR = 100_000
LOOKED_AT = 64
"""Elements to look at, and how far to go for them, where somebody asks."""
LARGE = 64
NEAR = 1000
FEW = 16
"""The same for keeping count, which happens after each change of a key."""


def key_size(key: bytes, structures: Structures = SIZEOF) -> int:
    """What a key takes in the hash table of its database, the table itself not counted."""
    return structures.entry + string(len(key))


def value_size(value: Value, limits: Limits, samples: int = 5, structures: Structures = SIZEOF) -> int:
    """The bytes of a value. `samples` elements of a large one are looked at (nodes of a list or stream); 0: all."""
    measure = _BY_TYPE.get(type(value)) or of_kind(_BY_TYPE, type(value)) or _other
    return measure(value, limits, samples, structures)


# -- strings -----------------------------------------------------------------------------------------------------


def _string_size(value: String, limits: Limits, samples: int, structures: Structures) -> int:
    data = value.data
    length = len(data)
    if type(data) is bytearray:
        return OBJECT + _in_place(value, data, length, limits)
    if length <= 20 and value.encoding() == "int":
        return 0 if structures.shares and length <= 4 and type(data) is bytes and data[0] != 45 else OBJECT
    return allocated(length + EMBEDDED) if length <= LONGEST_EMBEDDED else OBJECT + string(length)


def _in_place(value: String, data: bytearray, length: int, limits: Limits) -> int:
    """A string that was made or changed in place."""
    room = getattr(value, "room", 0)
    if data[:4] == b"HYLL" and EMPTY_SKETCH < length < DENSE_SKETCH:
        while room <= length:
            full = max(room, EMPTY_SKETCH)
            room = min(grown_room(full, full + 2, full), max(limits.hll_sparse_max_bytes, length + 1))
    return allocated(room + frame(room)) if room else string(length)


# -- lists -------------------------------------------------------------------------------------------------------


def _list_size(value: List, limits: Limits, samples: int, structures: Structures) -> int:
    kept = value.nodes()
    if kept is not None:
        return OBJECT + structures.quicklist + _kept_nodes(kept.sizes, samples, structures)
    if structures.rounds and len(value) > LARGE:
        return _large_list_size(value, limits.list_max_listpack_size, structures)
    nodes = elements = used = given = 0
    for count, size in list_nodes(value, limits.list_max_listpack_size):
        nodes += 1
        elements += count
        used += size - LISTPACK_FRAME
        given += structures.quicklist_node + allocated(size)
        if nodes == samples:
            break
    size = OBJECT + structures.quicklist + given
    left = len(value) - elements
    if not left:
        return size
    rest = _average_entry(value, elements, LOOKED_AT) * left
    # MEMORY USAGE takes the last node to be as large as the others.
    return size + max(1, -int(-rest * nodes // used)) * given // nodes


def _kept_nodes(sizes: list[int], samples: int, structures: Structures) -> int:
    """The nodes of a list whose middle was changed: the first ones stand for the others."""
    looked = sizes[:samples] if samples else sizes
    return (structures.quicklist_node * len(looked) + sum(map(allocated, looked))) * len(sizes) // len(looked)


def _average_entry(value: List, start: int, count: int) -> float:
    """The bytes of an entry, after a look at so many elements from an index on, spread evenly."""
    looked = [value.get(place) or b"" for place in range(start, len(value), max(1, (len(value) - start) // count))]
    return sum(map(listpack_entry, looked)) / len(looked)


def _large_list_size(value: List, most: int, structures: Structures) -> int:
    """The same in little time however long the list is, for keeping count."""
    entry = _average_entry(value, 0, FEW)
    each = max(1, int((room_of(most) - LISTPACK_FRAME - ESTIMATE + 2) / entry))
    full, rest = divmod(len(value), min(each, most) if most > 0 else each)
    size = OBJECT + structures.quicklist + full * (structures.quicklist_node + _node(each, entry))
    return size + structures.quicklist_node + _node(rest, entry) if rest else size


def _node(count: int, entry: float) -> int:
    return allocated(LISTPACK_FRAME + int(count * entry))


# -- hashes, sets and sorted sets --------------------------------------------------------------------------------


def _hash_size(value: Hash, limits: Limits, samples: int, structures: Structures) -> int:
    size = len(value)
    if value.encoding() == "listpack":
        return OBJECT + _listpack(
            value.items(), size, structures, lambda pair: listpack_entry(pair[0]) + listpack_entry(pair[1])
        )
    return OBJECT + _table(value.buckets(), structures) + _elements(
        value.items(), size, samples, structures, lambda pair: string(len(pair[0])) + string(len(pair[1]))
    )


def _set_size(value: Set, limits: Limits, samples: int, structures: Structures) -> int:
    size = len(value)
    if value.encoding() == "intset":
        return OBJECT + allocated(INTSET_FRAME + size * _integer_width(value))
    table = _table(value.buckets(), structures)
    return OBJECT + table + _elements(value, size, samples, structures, lambda member: string(len(member)))


def _integer_width(value: Set) -> int:
    """The bytes of each number of an intset: as many as the widest needs."""
    members = value.members()
    if not members:
        return 2
    bits = max((number if number >= 0 else ~number).bit_length() for number in (int(members[0]), int(members[-1])))
    return 2 if bits < 16 else 4 if bits < 32 else 8


def _sorted_set_size(value: SortedSet, limits: Limits, samples: int, structures: Structures) -> int:
    size = len(value)
    if value.encoding() == "listpack":
        return OBJECT + _listpack(
            value.pairs(), size, structures, lambda pair: listpack_entry(pair[0]) + _score(pair[1])
        )
    table = _table(value.buckets(), structures)
    members = value.members_by_rank(0, samples - 1)
    each = _elements(members, len(members), 0, structures, lambda member: string(len(member)))
    return OBJECT + SORTED_SET + SKIPLIST_HEADER + table + int((each / max(1, len(members)) + SKIPLIST_NODE) * size)


def _score(score: float) -> int:
    """A score in a listpack: a number if it is whole and not beyond half of what 64 bits hold, else its text."""
    if abs(score) <= 2.0**62 and score == int(score):
        return listpack_number(int(score))
    return listpack_entry(b"%.17g" % score)


def _other(value: Any, limits: Limits, samples: int, structures: Structures) -> int:
    """A stream. Its model is loaded with the first of them."""
    from redislab.engine.memory_streams import stream_size

    return stream_size(value, limits, samples, structures.rounds)


def _table(buckets: int, structures: Structures) -> int:
    """A hash table without its elements."""
    return structures.dict + (allocated(8 * buckets) if structures.rounds else 8 * buckets)


def _elements(
    elements: Iterable[T], count: int, samples: int, structures: Structures, size: Callable[[T], int]
) -> int:
    """The bytes of all elements of a hash table, after a look at some of them, spread evenly."""
    if not samples or count <= samples:
        return structures.entry * count + sum(map(size, elements))
    far = min(count, NEAR if structures.rounds else FAR)
    looked = list(islice(elements, 0, far, far // samples))[:samples]
    return structures.entry * count + sum(map(size, looked)) * count // len(looked)


def _listpack(elements: Iterable[T], count: int, structures: Structures, size: Callable[[T], int]) -> int:
    """The bytes of a listpack; where count is kept, after a look at some elements of a large one."""
    if structures.rounds and count > LOOKED_AT:
        total = sum(map(size, islice(elements, 0, count, count // FEW)))
        return allocated(LISTPACK_FRAME + total * count // -(-count // (count // FEW)))
    return allocated(LISTPACK_FRAME + sum(map(size, elements)))


_BY_TYPE: dict[type[Value], Callable[..., int]] = {
    String: _string_size,
    List: _list_size,
    Hash: _hash_size,
    Set: _set_size,
    SortedSet: _sorted_set_size,
}
