"""A dictionary in parts beside a plain one, and its roster: the promise of SCAN while keys come, go and are moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redislab.values.divided import PARTS, Divided
from redislab.values.roster_divided import DividedRoster

NAMES = [b"key:%d" % number for number in range(60)]
VALUES = st.integers(1, 9)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(NAMES), VALUES),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), VALUES),
        st.tuples(st.just("pop"), st.sampled_from(NAMES), VALUES),
        st.tuples(st.just("move"), st.sampled_from(NAMES), VALUES),
    ),
    max_size=60,
)


def change(table: Any, what: str, name: bytes, number: int) -> object:
    """One change, as a dictionary takes it too, and what came of it."""
    try:
        if what == "set":
            table[name] = number
        elif what == "delete":
            del table[name]
        elif what == "pop":
            return table.pop(name, None)
        elif isinstance(table, Divided):
            table.move(number)
    except KeyError:
        return KeyError
    return None


def outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except KeyError:
        return KeyError


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), CHANGES)
def test_it_answers_as_a_dictionary(start: dict[bytes, int], changes: list[tuple[str, bytes, int]]) -> None:
    plain, divided = dict(start), Divided(dict(start))
    for what, name, number in changes:
        assert change(divided, what, name, number) == change(plain, what, name, number)
        assert len(divided) == len(plain)
        assert bool(divided) == bool(plain)
        assert (name in divided) == (name in plain)
        assert divided.get(name) == plain.get(name)
        assert outcome(lambda name=name: divided[name]) == outcome(lambda name=name: plain[name])
        assert list(divided) == list(divided.keys()) == [key for key, _ in divided.items()]
        assert sorted(divided.items()) == sorted(plain.items())
        assert list(divided.values()) == [value for _, value in divided.items()]
        assert dict(divided.items()) == dict(divided) == plain
        assert sorted(key for keys in divided.chunks() for key in keys) == sorted(plain)
        assert divided.isdisjoint([name]) == plain.keys().isdisjoint([name])


def test_the_order_of_the_keys_is_the_same_in_every_run() -> None:
    divided = Divided(dict.fromkeys(NAMES[:6], 1))
    divided.move(4)
    assert list(divided) == [b"key:0", b"key:1", b"key:2", b"key:4", b"key:3", b"key:5"]


def test_moving_ends() -> None:
    divided = Divided(dict.fromkeys(NAMES, 1))
    assert sorted(divided.move(20) + divided.move(20) + divided.move(21)) == sorted(NAMES)
    assert divided.move(5) == []
    assert divided.old == {}
    assert sum(map(len, divided.parts)) == len(divided) == 60


def test_keys_are_spread_evenly() -> None:
    divided = Divided({b"user:%d:name" % number: 1 for number in range(PARTS * 100)})
    divided.move(len(divided))
    assert 50 < min(map(len, divided.parts)) <= max(map(len, divided.parts)) < 150


# -- the roster --------------------------------------------------------------------------------------------------


def tell(divided: Divided[int], roster: DividedRoster, what: str, name: bytes, number: int) -> None:
    """A change, and what the keyspace tells the roster of it."""
    present = name in divided
    if what == "move":
        for moved in divided.move(number):
            roster.add(moved)
        return
    change(divided, what, name, number)
    if what == "set" and not present:
        roster.add(name)
    elif what != "set" and present:
        roster.discard(name)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES), CHANGES, st.lists(CHANGES, max_size=30),
    st.integers(1, 7), st.integers(0, 9),
)  # fmt: skip
def test_a_scan_returns_whatever_was_there_all_the_time(
    start: dict[bytes, int], before: list[Any], during: list[list[Any]], count: int, seed: int
) -> None:
    divided = Divided(dict(start))
    roster, dice = DividedRoster(divided), Random(seed)
    for one in before:
        tell(divided, roster, *one)
    always, ever, found = set(divided), set(divided), set()
    cursor, calls = 0, 0
    while cursor or not calls:
        cursor, page = roster.scan(cursor, count)
        assert len(page) <= count
        assert set(page) <= set(divided)
        assert cursor < 1 << 64
        found |= set(page)
        for one in during[calls] if calls < len(during) else ():
            tell(divided, roster, *one)
            always &= set(divided)
            ever |= set(divided)
            if divided:
                assert roster.pick(dice) in divided
        calls += 1
        assert calls < 1000
    assert always <= found <= ever
    assert len(roster) == len(divided)


@pytest.mark.parametrize("cursor", [1, 17, 1 << 40, (1 << 64) - 1])
def test_a_cursor_from_elsewhere_misses_nothing(cursor: int) -> None:
    divided = Divided(dict.fromkeys(NAMES, 1))
    divided.move(30)
    roster = DividedRoster(divided)
    found: list[bytes] = []
    while cursor:
        cursor, page = roster.scan(cursor, 10)
        found += page
    assert sorted(found) == sorted(NAMES)


@pytest.mark.parametrize("moved", [0, 20, 60])
def test_every_key_is_picked_as_often_as_the_next(moved: int) -> None:
    divided = Divided(dict.fromkeys(NAMES, 1))
    divided.move(moved)
    roster, dice = DividedRoster(divided), Random(5)
    times = Counter(roster.pick(dice) for _ in range(12_000))
    assert set(times) == set(NAMES)
    assert 130 < min(times.values()) <= max(times.values()) < 280


def test_there_is_nothing_to_pick_from_an_empty_one() -> None:
    with pytest.raises(IndexError):
        DividedRoster(Divided({})).pick(Random(1))
