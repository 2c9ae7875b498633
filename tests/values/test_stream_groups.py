"""Pending entries in order, however they come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from redislab.values.stream_groups import Group, Pending, PendingList

ONE = Pending(b"c", 0, 1)


@given(st.lists(st.tuples(st.sampled_from(["put", "remove", "copy"]), st.integers(1, 60)), max_size=300))
def test_a_pending_list_is_a_sorted_dictionary(steps: list[tuple[str, int]]) -> None:
    pending, model = PendingList(), dict[int, Pending]()
    for what, number in steps:
        if what == "put":
            pending.put(number, Pending(b"c", number, 1))
            model[number] = Pending(b"c", number, 1)
        elif what == "copy":
            pending = pending.copy()
        elif number in model:
            pending.remove(number)
            del model[number]
        assert list(pending.ids(number)) == sorted(each for each in model if each >= number)
        if model:
            assert (next(pending.ids()), pending.last()) == (min(model), max(model))
    assert list(pending.ids()) == sorted(model)
    assert pending.held == model and len(pending) == len(model)


def test_taking_from_the_front_forgets_what_is_gone() -> None:
    """What was acknowledged in order leaves no list of ids behind that grows with it."""
    pending = PendingList()
    for number in range(10_000):
        pending.put(number, ONE)
        if number >= 10:
            pending.remove(number - 10)
    assert list(pending.ids()) == list(range(9_990, 10_000))
    assert len(pending._order) < 200


def test_an_entry_has_one_consumer() -> None:
    group = Group(b"g", 0, None)
    assert group.see(b"ann", 5) and group.see(b"ben", 6) and not group.see(b"ann", 7)
    group.give(1, b"ann", 10, 1)
    group.give(1, b"ben", 20, 2)
    assert len(group.consumers[b"ann"].pending) == 0
    assert group.pending.held == {1: Pending(b"ben", 20, 2)} == group.consumers[b"ben"].pending.held
    assert group.acknowledge(1) == Pending(b"ben", 20, 2)
    assert group.acknowledge(1) is None
    assert len(group.consumers[b"ben"].pending) == 0


def test_a_consumer_goes_with_what_it_has() -> None:
    group = Group(b"g", 0, None)
    for name in (b"ann", b"ben"):
        group.see(name, 0)
    group.give(1, b"ann", 0, 1)
    group.give(2, b"ben", 0, 1)
    assert group.remove_consumer(b"ann") == 1
    assert group.remove_consumer(b"ann") is None
    assert list(group.pending.ids()) == [2]
    assert [one.name for one in group.in_order()] == [b"ben"]
