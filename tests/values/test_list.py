"""The list against Python's list, with chunks so small that short tests cross many of them."""

from __future__ import annotations

import builtins

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from redislab.values import list as list_module
from redislab.values.list import List

ELEMENTS = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
INDEXES = st.integers(-30, 30)


class Model(RuleBasedStateMachine):
    """Every call is made on both."""

    @initialize(elements=st.lists(ELEMENTS, max_size=30))
    def start(self, elements: list[bytes]) -> None:
        self.patch = pytest.MonkeyPatch()
        for name, size in [("FULL", 3), ("OUTER", 1), ("LARGEST_END", 4)]:
            self.patch.setattr(list_module, name, size)
        self.value, self.model = List.from_elements(elements), list(elements)

    def teardown(self) -> None:
        self.patch.undo()

    @rule(elements=st.lists(ELEMENTS, max_size=8), left=st.booleans())
    def push(self, elements: list[bytes], left: bool) -> None:
        for element in elements:
            if left:
                self.value.push_left(element)
                self.model.insert(0, element)
            else:
                self.value.push_right(element)
                self.model.append(element)

    @rule(count=st.integers(0, 8), left=st.booleans())
    def pop(self, count: int, left: bool) -> None:
        for _ in range(min(count, len(self.model))):
            if left:
                assert self.value.pop_left() == self.model.pop(0)
            else:
                assert self.value.pop_right() == self.model.pop()

    @rule(index=INDEXES, element=ELEMENTS)
    def set(self, index: int, element: bytes) -> None:
        exists = -len(self.model) <= index < len(self.model)
        assert self.value.get(index) == (self.model[index] if exists else None)
        assert self.value.set(index, element) == exists
        if exists:
            self.model[index] = element

    @rule(start=INDEXES, stop=INDEXES)
    def range(self, start: int, stop: int) -> None:
        expected = self.between(start, stop)
        assert self.value.range(start, stop) == expected
        kept = self.value.copy()
        kept.trim(start, stop)
        assert list(kept) == expected
        assert [kept.get(index) for index in builtins.range(len(expected))] == expected

    @rule(start=st.integers(0, 5), stop=st.integers(-5, -1))
    def trim(self, start: int, stop: int) -> None:
        self.value.trim(start, stop)
        self.model = self.between(start, stop)

    def between(self, start: int, stop: int) -> list[bytes]:
        first = max(start + len(self.model), 0) if start < 0 else start
        end = (stop + len(self.model) if stop < 0 else stop) + 1
        return self.model[first : max(end, 0)]

    @rule(pivot=ELEMENTS, element=ELEMENTS, before=st.booleans())
    def insert(self, pivot: bytes, element: bytes, before: bool) -> None:
        assert self.value.insert(pivot, element, before) == (pivot in self.model)
        if pivot in self.model:
            self.model.insert(self.model.index(pivot) + (not before), element)

    @rule(element=ELEMENTS, count=st.integers(-4, 4))
    def remove(self, element: bytes, count: int) -> None:
        places = [place for place, held in enumerate(self.model) if held == element]
        doomed = places[count:] if count < 0 else places[:count] if count else places
        assert self.value.remove(element, count) == len(doomed)
        self.model = [held for place, held in enumerate(self.model) if place not in doomed]

    @rule(element=ELEMENTS, rank=st.integers(-4, 4).filter(bool), count=st.integers(0, 3), most=st.integers(0, 30))
    def positions(self, element: bytes, rank: int, count: int, most: int) -> None:
        looked_at = list(enumerate(self.model))
        if rank < 0:
            looked_at.reverse()
        places = [place for place, held in looked_at[: most or None] if held == element][abs(rank) - 1 :]
        assert self.value.positions(element, rank, count, most) == places[: count or None]

    @rule()
    def copy(self) -> None:
        left, self.value = self.value, self.value.copy()
        left.push_left(b"x")
        left.push_right(b"x")
        left.set(len(left) // 2, b"x")
        left.remove(b"a", 0)

    @invariant()
    def same(self) -> None:
        if hasattr(self, "model"):
            assert list(self.value) == self.model
            assert [self.value.get(index) for index in range(len(self.model))] == self.model
            assert (len(self.value), self.value.is_empty()) == (len(self.model), not self.model)


Model.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestModel = Model.TestCase


def test_positions_as_lpos_finds_them() -> None:
    value = List.from_elements([b"a", b"b", b"c", b"a", b"b", b"c", b"a"])
    assert value.positions(b"a") == [0]
    assert value.positions(b"a", -1) == [6]
    assert value.positions(b"a", 2, 0) == [3, 6]
    assert value.positions(b"a", -2, 0, 5) == [3]
    assert value.positions(b"a", -1, 0, 4) == [6, 3]
    assert value.positions(b"a", 1 << 62, 1 << 62, 1 << 62) == value.positions(b"z") == []
    assert value.positions(b"a", 1, 1 << 62, 1 << 62) == [0, 3, 6]


def test_nothing_can_be_popped_from_nothing() -> None:
    value = List()
    for pop in (value.pop_left, value.pop_right):
        with pytest.raises(IndexError):
            pop()
    assert len(value) == 0 and value.get(0) is None


def test_a_queue_that_wanders_through_many_chunks() -> None:
    value = List.from_elements([b"%d" % number for number in range(3000)])
    for number in range(3000, 9000):
        value.push_right(b"%d" % number)
        assert value.pop_left() == b"%d" % (number - 3000)
    assert value.range(1500, 1502) == [b"7500", b"7501", b"7502"]
    for number in range(9000, 12000):
        value.push_left(b"%d" % number)
    assert [value.get(index) for index in (0, 2999, 3000, -1)] == [b"11999", b"9000", b"6000", b"8999"]


def test_it_is_always_a_quicklist_and_keeps_what_the_keyspace_noted() -> None:
    value = List()
    value.used = 7
    assert (value.type, value.encoding(), value.copy().used) == ("list", "quicklist", 7)
