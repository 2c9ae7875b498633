"""Streams in RDB: their nodes as listpacks, the counters, and the groups with what they have pending.

The form of 7.0 is number 19. Number 15, of versions before, has no counters of entries ever added or deleted and is
only read; 21, of 7.2, has one more time for each consumer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from redislab.rdb.listpack import listpack, read_listpack
from redislab.rdb.strings import RdbError, Source, length, plain_string
from redislab.values.stream import Stream
from redislab.values.stream_groups import Group
from redislab.values.stream_node import Node

__all__ = ["FORM", "FORM_OF_72", "load_stream", "stream_body"]

FORM = 19
FIRST_FORM, FORM_OF_72 = 15, 21
SEQUENCE = (1 << 64) - 1
DELETED, SAME_FIELDS = 1, 2
LARGEST = (1 << 128) - 1
UNKNOWN = (1 << 64) - 1
"""Stands for a number of entries read that is not known."""


# -- writing -----------------------------------------------------------------------------------------------------


def stream_body(stream: Stream, text: Callable[[bytes], bytes] = plain_string, form: int = FORM) -> bytes:
    """What follows the number of the form."""
    parts = [length(len(stream.nodes))]
    for first, node in zip(stream.firsts, stream.nodes, strict=True):
        parts += (text(first.to_bytes(16, "big")), text(listpack(node.listpack())))
    parts.append(length(len(stream)))
    for entry_id in (stream.last_id, stream.first_id, stream.deleted_id):
        parts.append(saved_id(entry_id))
    groups = stream.groups()
    parts += (length(stream.added), length(len(groups)), *(saved_group(group, text, form) for group in groups))
    return b"".join(parts)


def saved_id(entry_id: int) -> bytes:
    return length(entry_id >> 64) + length(entry_id & SEQUENCE)


def saved_group(group: Group, text: Callable[[bytes], bytes], form: int) -> bytes:
    read = UNKNOWN if group.entries_read is None else group.entries_read
    parts = [text(group.name), saved_id(group.last_id), length(read), length(len(group.pending))]
    for entry_id in group.pending.ids():
        pending = group.pending.held[entry_id]
        parts += (
            entry_id.to_bytes(16, "big"),
            pending.delivered_ms.to_bytes(8, "little", signed=True),
            length(pending.deliveries),
        )
    parts.append(length(len(group.consumers)))
    for consumer in group.in_order():
        parts += (
            text(consumer.name),
            consumer.seen_ms.to_bytes(8, "little", signed=True),
            consumer.active_ms.to_bytes(8, "little", signed=True) if form == FORM_OF_72 else b"",
            length(len(consumer.pending)),
            *(entry_id.to_bytes(16, "big") for entry_id in consumer.pending.ids()),
        )
    return b"".join(parts)


# -- reading -----------------------------------------------------------------------------------------------------


def load_stream(source: Source, form: int) -> Stream:
    """A stream of one of the three forms. Raises RdbError."""
    nodes = [load_node(source) for _ in range(source.length())]
    if any(one.ids[-1] >= other.ids[0] for one, other in zip(nodes, islice(nodes, 1, None), strict=False)):
        raise RdbError("a stream is not in order")
    count, last_id = source.length(), load_id(source)
    first_id = deleted_id = 0
    added = count
    if form == FIRST_FORM:
        # Without entries Redis takes the largest id there is for the first one.
        first_id = next((node.ids[node.places(0, len(node.ids))[0]] for node in nodes if node.live), LARGEST)
    else:
        first_id, deleted_id, added = load_id(source), load_id(source), source.length()
    stream = Stream.restored(nodes, last_id, first_id, deleted_id, added, {})
    if len(stream) != count or (nodes and nodes[-1].ids[-1] > last_id):
        raise RdbError("a stream has another length than it says")
    groups = [load_group(source, form, stream) for _ in range(source.length())]
    restored = {group.name: group for group in groups}
    if len(restored) != len(groups):
        raise RdbError("a stream has a group twice")
    return Stream.restored(nodes, last_id, first_id, deleted_id, added, restored)


def load_id(source: Source) -> int:
    return source.length() << 64 | source.length()


def load_node(source: Source) -> Node:
    """A node from its first id and its listpack."""
    name = source.string()
    if len(name) != 16:
        raise RdbError("a node of a stream has an id of another length than 16")
    items = read_listpack(source.string())
    try:
        return node_of(int.from_bytes(name, "big"), items)
    except (IndexError, ValueError):
        raise RdbError("a node of a stream is not whole") from None


def node_of(first: int, items: list[bytes]) -> Node:
    """A node of the elements of its listpack. Raises IndexError or ValueError where there is something else."""
    live, dead, width = int(items[0]), int(items[1]), int(items[2])
    if width < 0:
        raise ValueError
    fields = tuple(items[3 : 3 + width])
    at = 4 + width
    node = Node.begun(None, fields)
    while at < len(items):
        flags = int(items[at])
        ms, sequence = (first >> 64) + int(items[at + 1]), (first & SEQUENCE) + int(items[at + 2])
        entry_id = (ms & SEQUENCE) << 64 | sequence & SEQUENCE
        at += 3
        if flags & SAME_FIELDS:
            values = items[at : at + width]
            words = tuple(word for pair in zip(fields, values, strict=True) for word in pair)
            at += width
        else:
            count = int(items[at])
            words = tuple(items[at + 1 : at + 1 + 2 * count])
            if count < 0 or len(words) != 2 * count:
                raise ValueError
            at += 1 + 2 * count
        at += 1
        if node.ids and entry_id <= node.ids[-1]:
            raise ValueError
        node.append(entry_id, words)
        if flags & DELETED:
            node.delete(len(node.ids) - 1)
    if at != len(items) or node.live != live or len(node.dead) != dead or not node.ids:
        raise ValueError
    return node


def load_group(source: Source, form: int, stream: Stream) -> Group:
    name, last_id = source.string(), load_id(source)
    read = stream.entries_up_to(last_id) if form == FIRST_FORM else source.length()
    group = Group(name, last_id, None if read == UNKNOWN else read)
    delivered: dict[int, tuple[int, int]] = {}
    for _ in range(source.length()):
        entry_id = int.from_bytes(source.take(16), "big")
        delivered[entry_id] = (int.from_bytes(source.take(8), "little", signed=True), source.length())
    for _ in range(source.length()):
        load_consumer(source, form, group, delivered)
    if len(group.pending) != len(delivered):
        raise RdbError("a pending entry of a stream belongs to no consumer")
    return group


def load_consumer(source: Source, form: int, group: Group, delivered: dict[int, tuple[int, int]]) -> None:
    name = source.string()
    seen_ms = int.from_bytes(source.take(8), "little", signed=True)
    active_ms = int.from_bytes(source.take(8), "little", signed=True) if form == FORM_OF_72 else seen_ms
    if name in group.consumers:
        raise RdbError("a group of a stream has a consumer twice")
    group.see(name, seen_ms)
    group.consumers[name].active_ms = active_ms
    for _ in range(source.length()):
        entry_id = int.from_bytes(source.take(16), "big")
        if entry_id not in delivered or entry_id in group.pending.held:
            raise RdbError("a pending entry of a stream is not known to its group")
        group.give(entry_id, name, *delivered[entry_id])
