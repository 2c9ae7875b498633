"""What a stream would take in a real server: the part of memory_model.py that deals with radix trees.

MEMORY USAGE in Redis guesses the nodes of a radix tree generously, at 30 pointers each, and so does the figure here.
What they really take is far less, and used_memory counts that.
"""

from __future__ import annotations

from itertools import islice

from redislab.engine.memory_sizes import allocated, string
from redislab.values.base import Limits
from redislab.values.stream import Stream
from redislab.values.stream_groups import Group, PendingList
from redislab.values.stream_node import radix_nodes

__all__ = ["stream_size"]

OBJECT = 16
STREAM = 80
GROUP, CONSUMER, PENDING = 40, 24, 24
TRUE_GROUP, TRUE_CONSUMER = 144, 72
"""With the heads of the trees that hang on them."""
STREAM_ID = 16
GUESSED_NODE = 4 + 30 * 8
TRUE_NODE = 28
"""A node with its pointer in the one above, on average: most are the ends of keys, with nothing but a pointer."""
FIRST_GIVEN = 4096
"""The bytes that a node of a stream begins with. It gives back what it did not need when the next one begins."""
FAR, NEAR = 1000, 64
"""Of a larger tree so many keys are looked at, and where count is kept."""


def stream_size(value: Stream, limits: Limits, samples: int, true: bool) -> int:
    """The bytes of a stream, as MEMORY USAGE reckons or what is truly given. `samples` nodes are looked at, 0: all."""
    size = OBJECT + STREAM + _tree(value.firsts, true) + _nodes(value, limits, samples)
    for group in value.groups():
        size += _group(group, true)
    return size


def _nodes(value: Stream, limits: Limits, samples: int) -> int:
    """The listpacks: the first ones stand for all but the last, which may have room to spare."""
    nodes = value.nodes
    if not nodes:
        return 0
    begin = min(limits.stream_node_max_bytes or FIRST_GIVEN, FIRST_GIVEN) if value.roomy == value.firsts[-1] else 0
    last = allocated(max(nodes[-1].size(), begin))
    before = len(nodes) - 1
    looked = [allocated(node.size()) for node in islice(nodes, 0, min(samples or before, before))]
    return last + (sum(looked) * before // len(looked) if looked else 0)


def _group(group: Group, true: bool) -> int:
    size = TRUE_GROUP + allocated(PENDING) * len(group.pending) if true else GROUP + PENDING * len(group.pending)
    size += _pending(group.pending, true)
    for name, consumer in group.consumers.items():
        size += (TRUE_CONSUMER + string(len(name)) if true else CONSUMER + len(name)) + _pending(consumer.pending, true)
    return size


def _pending(pending: PendingList, true: bool) -> int:
    ids = list(islice(pending.ids(), NEAR if true else FAR))
    return _tree(ids, true) * max(1, len(pending)) // max(1, len(ids))


def _tree(ids: list[int], true: bool) -> int:
    """A radix tree of stream ids."""
    some = ids[: NEAR if true else FAR]
    nodes = radix_nodes(some) * max(1, len(ids)) // max(1, len(some))
    return TRUE_NODE * nodes if true else STREAM_ID * len(ids) + GUESSED_NODE * nodes
