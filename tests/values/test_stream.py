"""The stream as a value: nodes with the sizes of listpacks, trimming, deleting, and copies that share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.rdb.listpack import listpack
from redislab.values.base import Limits
from redislab.values.stream import MAX_ID, Stream
from redislab.values.stream_node import radix_nodes

MS = 1 << 64
PAIR = (b"f", b"v")


def filled(count: int, limits: Limits | None = None) -> Stream:
    stream = Stream()
    for number in range(1, count + 1):
        assert stream.append(number * MS, PAIR, limits or Limits())
    return stream


def numbers(stream: Stream) -> list[int]:
    return [entry_id >> 64 for entry_id, _ in stream.entries()]


def small() -> Limits:
    limits = Limits()
    limits.stream_node_max_entries = 3
    return limits


def test_entries_between_two_ids() -> None:
    stream = filled(10, small())
    assert [entry >> 64 for entry, _ in stream.entries(3 * MS, 7 * MS)] == [3, 4, 5, 6, 7]
    assert [entry >> 64 for entry, _ in stream.entries_backward(3 * MS, 7 * MS)] == [7, 6, 5, 4, 3]
    assert [entry >> 64 for entry, _ in stream.entries(3 * MS + 1, 5 * MS - 1)] == [4]
    assert list(stream.entries(11 * MS)) == []
    assert list(stream.entries(0, 1)) == []
    assert list(Stream().entries_backward()) == []


def test_a_node_ends_at_its_number_of_entries() -> None:
    assert [len(node.ids) for node in filled(250).nodes] == [100, 100, 50]
    limits = Limits()
    limits.stream_node_max_entries = 0
    assert len(filled(250, limits).nodes) == 1


def test_a_node_ends_at_its_size() -> None:
    limits = Limits()
    limits.stream_node_max_entries, limits.stream_node_max_bytes = 0, 100
    sizes = [node.size() for node in filled(60, limits).nodes]
    assert len(sizes) > 5
    # What decides is the size before an entry, and the length of its words.
    assert all(size >= 100 - 2 for size in sizes[:-1])


WORDS = st.one_of(
    st.binary(max_size=20),
    st.integers(-(2**64), 2**64).map(lambda number: b"%d" % number),
    st.sampled_from([0, 63, 64, 125, 126, 127, 128, 4095, 4096, 16378, 16384]).map(lambda size: b"x" * size),
)


@given(st.lists(st.tuples(st.integers(1, 2**70), st.lists(WORDS, min_size=1, max_size=5)), max_size=20), st.data())
def test_the_size_is_that_of_the_listpack(entries: list[tuple[int, list[bytes]]], data: st.DataObject) -> None:
    """With integers of every width, long words, the same fields and others, and deleted entries."""
    limits = Limits()
    limits.stream_node_max_entries, limits.stream_node_max_bytes = 150, 0
    stream = Stream()
    for step, values in entries:
        fields = (b"a", b"b") if len(values) == 2 else tuple(b"%d" % place for place in range(len(values)))
        words = tuple(word for pair in zip(fields, values, strict=True) for word in pair)
        assert stream.append(min(stream.last_id + step, MAX_ID), words, limits)
    for entry_id in [entry_id for entry_id, _ in stream.entries()]:
        if data.draw(st.booleans()):
            assert stream.delete(entry_id)
    for node in stream.nodes:
        assert node.size() == len(listpack(node.listpack()))


def test_counts_of_two_bytes() -> None:
    limits = Limits()
    limits.stream_node_max_entries = 0
    limits.stream_node_max_bytes = 0
    stream = filled(300, limits)
    (node,) = stream.nodes
    assert node.size() == len(listpack(node.listpack()))
    stream.trim(most=100)
    assert node.size() == len(listpack(node.listpack()))


def test_approximate_trimming_takes_whole_nodes() -> None:
    stream = filled(10, small())
    assert stream.trim(most=5, approximate=True) == 3
    assert numbers(stream) == [4, 5, 6, 7, 8, 9, 10]
    assert stream.trim(most=0, approximate=True, limit=4) == 3
    assert stream.trim(below=10 * MS, approximate=True) == 3
    assert stream.trim(below=10 * MS, approximate=True) == 0
    assert numbers(stream) == [10]


def test_exact_trimming() -> None:
    stream = filled(10, small())
    assert stream.trim(most=5) == 5
    assert stream.first_id == 6 * MS
    assert stream.trim(below=8 * MS) == 2
    assert numbers(stream) == [8, 9, 10]
    assert stream.trim(most=5) == 0
    assert stream.trim(most=0) == 3
    assert (len(stream), stream.first_id, stream.last_id, stream.nodes) == (0, 0, 10 * MS, [])


def test_a_node_can_be_left_without_entries() -> None:
    """Where its last entry was deleted, trimming by id leaves the node, as real Redis does."""
    stream = filled(5, small())
    assert stream.delete(3 * MS)
    assert stream.trim(below=3 * MS) == 2
    assert stream.radix_tree()[0] == 2
    assert numbers(stream) == [4, 5]
    assert stream.trim(most=1, approximate=True) == 0
    assert stream.radix_tree()[0] == 1


def test_deleting() -> None:
    stream = filled(7, small())
    assert not stream.delete(9 * MS)
    assert stream.delete(4 * MS) and not stream.delete(4 * MS)
    assert stream.get(4 * MS) is None and stream.get(5 * MS) == PAIR
    assert 5 * MS in stream
    assert stream.delete(6 * MS) and stream.delete(5 * MS)
    assert stream.firsts == [1 * MS, 7 * MS]
    assert stream.deleted_id == 6 * MS
    assert stream.delete(1 * MS)
    stream.settle_first()
    assert stream.first_id == 2 * MS


def test_what_is_too_large_changes_nothing() -> None:
    stream = filled(1)
    half = b"x" * (1 << 20)
    assert not stream.append(2 * MS, (half,) * 1025, Limits())
    assert len(stream) == 1


def test_nodes_of_a_radix_tree() -> None:
    assert radix_nodes([]) == 1
    assert radix_nodes([MS]) == 2
    # Ids that differ in the last byte only: a run, a fork, two ends.
    assert radix_nodes([1, 2]) == 4
    # They differ in the first byte: a fork, two runs, two ends.
    assert radix_nodes([1, 1 | 1 << 127]) == 5
    assert radix_nodes([1, 2, 256 + 1]) == 1 + 1 + 1 + 2 + 2


@given(st.lists(st.sampled_from(["append", "delete", "trim", "group", "read", "ack"]), max_size=30), st.randoms())
def test_copies_are_independent(steps: list[str], dice: object) -> None:
    """Whatever is done to one of two copies does not show in the other."""
    from random import Random

    assert isinstance(dice, Random)
    twins = [filled(5, small())]
    for step in steps:
        if len(twins) < 4 and dice.random() < 0.3:
            twins.append(dice.choice(twins).copy())
        chosen = dice.choice(twins)
        before = [(list(twin.entries()), shown(twin)) for twin in twins]
        change(chosen, step, dice.randint(1, 9))
        for twin, kept in zip(twins, before, strict=True):
            if twin is not chosen:
                assert (list(twin.entries()), shown(twin)) == kept


def change(stream: Stream, step: str, number: int) -> None:
    if step == "append":
        stream.append(stream.last_id + MS, PAIR, small())
    elif step == "delete":
        stream.delete(number * MS)
    elif step == "trim":
        stream.trim(most=number)
    elif step == "group":
        stream.create_group(b"g", 0, 0) or stream.destroy_group(b"g")
    elif (group := stream.edit_group(b"g")) is not None:
        group.see(b"c", number)
        if step == "read":
            group.give(number, b"c", 1, 1)
            stream.advance(group, number * MS)
        else:
            group.acknowledge(number)


def shown(stream: Stream) -> object:
    return [
        (group.name, group.last_id, group.entries_read, dict(group.pending.held), list(group.pending.ids()),
         [(one.name, one.seen_ms, list(one.pending.ids())) for one in group.in_order()])
        for group in stream.groups()
    ]  # fmt: skip


def test_a_copy_keeps_everything() -> None:
    stream = filled(5, small())
    stream.delete(2 * MS)
    stream.create_group(b"g", 3 * MS, None)
    twin = stream.copy()
    assert (len(twin), twin.last_id, twin.first_id, twin.deleted_id, twin.added) == (4, 5 * MS, MS, 2 * MS, 5)
    assert list(twin.entries()) == list(stream.entries())
    assert shown(twin) == shown(stream)


@pytest.mark.parametrize(("read", "deleted", "expected"), [(0, 0, 5), (5, 0, 0), (None, 0, 5), (0, 3, None), (2, 1, 3)])
def test_lag(read: int | None, deleted: int, expected: int | None) -> None:
    stream = filled(5)
    if deleted:
        stream.delete(deleted * MS)
        stream.settle_first()
    stream.create_group(b"g", (read or 0) * MS, read)
    group = stream.view_group(b"g")
    assert group is not None
    assert stream.lag(group) == expected
