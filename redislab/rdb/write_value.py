"""Values as RDB version 10 saves them: the number of a type, and the bytes that follow it.

Every type has one form for its small encoding and one for the other. The nodes of a quicklist are those that a list
gets whose elements were pushed in their order, unless it has kept others since its middle was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from struct import Struct
from typing import Any

from redislab.rdb.listpack import END, MANY, entry, intset, listpack
from redislab.rdb.stream_form import FORM, FORM_OF_72, stream_body
from redislab.rdb.strings import integer_string, length, plain_string
from redislab.values.base import Limits, Value, of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

__all__ = ["HASHES_WITH_TIMES", "MOMENT_BYTES", "NODE_SIZES", "saved_value", "score_entry"]

TEXT, SET, HASH, SORTED_SET, INTSET, HASH_LISTPACK, SORTED_SET_LISTPACK, QUICKLIST = 0, 2, 4, 5, 11, 16, 17, 18
SET_LISTPACK, HASH_WITH_TIMES, HASH_LISTPACK_WITH_TIMES = 20, 24, 25
HASHES_WITH_TIMES = (HASH_WITH_TIMES, HASH_LISTPACK_WITH_TIMES)
MOMENT_BYTES = 8
"""What the soonest time takes, which stands before hashes with times."""
"""Those of Redis 7.2 and 7.4."""
PLAIN_NODE, PACKED_NODE = b"\1", b"\2"
PACKED_LIMIT = 1 << 30
RDB_OF_72 = 11
"""Bytes of an element that gets a node of its own, as it is."""
NODE_SIZES = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
SAFE_NODE_SIZE = 8192
ENTRY_ESTIMATE = 8
"""What Redis adds to the size of an element when it estimates whether a node has room for it."""
DOUBLE = Struct("<d").pack

Text = Callable[[bytes], bytes]
"""How a string is written: `string` compresses, `plain_string` does not."""


def saved_value(value: Value, limits: Limits, text: Text = plain_string) -> tuple[int, bytes]:
    """The number of the type and the bytes of a value."""
    writer = WRITERS.get(type(value)) or of_kind(WRITERS, type(value))
    assert writer is not None
    return writer(value, limits, text)


def save_string(value: String, limits: Limits, text: Text) -> tuple[int, bytes]:
    if value.encoding() == "int":
        number = int(value.data)
        return TEXT, integer_string(number) or length(len(value.data)) + bytes(value.data)
    return TEXT, text(value.get())


def save_hash(value: Hash, limits: Limits, text: Text) -> tuple[int, bytes]:
    # A later version's hash has some, and its class is loaded only there.
    times: dict[bytes, int] = getattr(value, "times", dict)()
    if times:
        return save_expiring_hash(value, times, text)
    flat = [part for pair in value.items() for part in pair]
    if value.encoding() != "hashtable":
        return HASH_LISTPACK, text(listpack(flat))
    return HASH, length(len(value)) + b"".join(map(text, flat))


def save_expiring_hash(value: Hash, times: Mapping[bytes, int], text: Text) -> tuple[int, bytes]:
    """Times are saved as what they are beyond the soonest one, plus one; in a listpack as they are; 0 for none."""
    soonest = min(times.values())
    if value.encoding() == "listpackex":
        flat = [part for field, content in value.items() for part in (field, content, b"%d" % times.get(field, 0))]
        return HASH_LISTPACK_WITH_TIMES, soonest.to_bytes(8, "little") + text(listpack(flat))
    parts = [soonest.to_bytes(8, "little"), length(len(value))]
    for field, content in value.items():
        when = times.get(field)
        parts += (length(0 if when is None else when - soonest + 1), text(field), text(content))
    return HASH_WITH_TIMES, b"".join(parts)


def save_set(value: Set, limits: Limits, text: Text) -> tuple[int, bytes]:
    if value.encoding() == "intset":
        return INTSET, text(intset(value))
    if value.encoding() == "listpack" and limits.rdb_version > 10:
        return SET_LISTPACK, text(listpack(value))
    return SET, length(len(value)) + b"".join(map(text, value))


def save_sorted_set(value: SortedSet, limits: Limits, text: Text) -> tuple[int, bytes]:
    """A skiplist is saved from its end, because adding at the head is quicker when it is loaded."""
    pairs = value.pairs()
    if value.encoding() == "listpack":
        return SORTED_SET_LISTPACK, text(listpack(part for name, score in pairs for part in (name, score_entry(score))))
    body = [part for name, score in reversed(list(pairs)) for part in (text(name), DOUBLE(score))]
    return SORTED_SET, length(len(value)) + b"".join(body)


def score_entry(score: float) -> bytes | int:
    """A score as a listpack keeps it: whole numbers as such, within half the range of 64 bits."""
    if abs(score) <= 2.0**62 and score == int(score):
        return int(score)
    return b"%.17g" % score


def save_stream(value: Stream, limits: Limits, text: Text) -> tuple[int, bytes]:
    form = FORM if limits.rdb_version < RDB_OF_72 else FORM_OF_72
    return form, stream_body(value, text, form)


def save_list(value: List, limits: Limits, text: Text) -> tuple[int, bytes]:
    kept = value.nodes()
    most = limits.list_max_listpack_size
    nodes = [
        PLAIN_NODE + text(node) if kind is PLAIN_NODE else PACKED_NODE + text(node)
        for kind, node in (list_nodes(value, most) if kept is None else kept_nodes(value, kept.counts))
    ]
    return QUICKLIST, length(len(nodes)) + b"".join(nodes)


def list_nodes(elements: Iterable[bytes], most: int) -> Iterator[tuple[bytes, bytes]]:
    """The nodes of a quicklist: the kind of each and its content."""
    room = SAFE_NODE_SIZE if most >= 0 else NODE_SIZES[max(most, -5)]
    body: list[bytes] = []
    size = 7
    for element in elements:
        if len(element) >= PACKED_LIMIT:
            if body:
                yield PACKED_NODE, packed(body, size)
            yield PLAIN_NODE, element
            body, size = [], 7
            continue
        if body and (size + len(element) + ENTRY_ESTIMATE > room or 0 <= most <= len(body)):
            yield PACKED_NODE, packed(body, size)
            body, size = [], 7
        body.append(entry(element))
        size += len(body[-1])
    if body:
        yield PACKED_NODE, packed(body, size)


def kept_nodes(value: List, counts: list[int]) -> Iterator[tuple[bytes, bytes]]:
    """The same of a list whose middle was changed, so that it is known how many elements are in each node."""
    elements = iter(value)
    for count in counts:
        body = list(map(entry, islice(elements, count)))
        yield PACKED_NODE, packed(body, 7 + sum(map(len, body)))


def packed(body: list[bytes], size: int) -> bytes:
    """A listpack of entries that are ready."""
    head = size.to_bytes(4, "little") + min(len(body), MANY).to_bytes(2, "little")
    return head + b"".join(body) + bytes((END,))


WRITERS: dict[type, Callable[[Any, Limits, Text], tuple[int, bytes]]] = {
    String: save_string,
    Hash: save_hash,
    Set: save_set,
    SortedSet: save_sorted_set,
    List: save_list,
    Stream: save_stream,
}
