"""The roster against a plain set, and the promise of SCAN under any mixture of changes."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redislab.values.roster import Roster

NAMES = [b"%d" % number for number in range(40)]


def change(roster: Roster, present: set[bytes], name: bytes, dice: Random) -> None:
    """Brings a name in or takes it out; now and then a random one is popped instead."""
    if present and dice.random() < 0.2:
        present.remove(roster.pop(dice))
    elif name in present:
        roster.discard(name)
        present.remove(name)
    else:
        roster.add(name)
        present.add(name)


@given(st.sets(st.sampled_from(NAMES)), st.lists(st.sampled_from(NAMES), max_size=120), st.integers(0, 9))
def test_it_holds_what_a_set_holds(start: set[bytes], names: list[bytes], seed: int) -> None:
    roster, present, dice = Roster(start), set(start), Random(seed)
    for name in names:
        change(roster, present, name, dice)
        assert len(roster) == len(present)
        assert Counter(roster.elements()) == Counter(present)
        if present:
            assert roster.pick(dice) in present
    for count in (1, 3, 50):
        sample = roster.sample(dice, count)
        assert len(sample) == len(set(sample)) == min(count, len(present))
        assert set(sample) <= present


@settings(max_examples=300)
@given(
    st.sets(st.sampled_from(NAMES)),
    st.lists(st.sampled_from(NAMES), max_size=60),
    st.lists(st.lists(st.sampled_from(NAMES), max_size=12), max_size=30),
    st.integers(1, 7),
    st.integers(0, 9),
)
def test_a_scan_returns_whatever_was_there_all_the_time(
    start: set[bytes], before: list[bytes], during: list[list[bytes]], count: int, seed: int
) -> None:
    roster, present, dice = Roster(start), set(start), Random(seed)
    for name in before:
        change(roster, present, name, dice)
    always, ever, found = set(present), set(present), set()
    cursor, calls = 0, 0
    while cursor or not calls:
        cursor, page = roster.scan(cursor, count)
        assert len(page) == len(set(page)) <= count
        assert set(page) <= present
        found.update(page)
        for name in during[calls] if calls < len(during) else []:
            change(roster, present, name, dice)
            always &= present
            ever |= present
        calls += 1
        assert calls < 500
    assert always <= found <= ever


def test_a_scan_without_changes_returns_everything_once() -> None:
    roster = Roster(NAMES)
    for name in NAMES[5:22]:
        roster.discard(name)
    cursor, page = roster.scan(0, 10)
    pages = [page]
    while cursor:
        cursor, page = roster.scan(cursor, 10)
        pages.append(page)
    assert Counter(name for page in pages for name in page) == Counter(NAMES[:5] + NAMES[22:])


def test_a_small_collection_comes_in_order_in_one_page() -> None:
    assert Roster(NAMES[:10]).scan(0, 10) == (0, NAMES[:10])


def test_no_empty_page_follows_when_only_dead_elements_are_below() -> None:
    roster = Roster(NAMES)
    for name in NAMES[:15]:
        roster.discard(name)
    assert roster.scan(0, 25) == (0, NAMES[15:])


def test_the_order_stays_and_what_returns_soon_takes_its_old_place() -> None:
    roster = Roster(NAMES)
    for name in NAMES[:20]:
        roster.discard(name)
    roster.add(NAMES[7])
    assert roster.elements() == [NAMES[7], *NAMES[20:]]
    for name in NAMES[20:25]:
        roster.discard(name)
    roster.add(NAMES[0])
    assert roster.elements() == [NAMES[7], *NAMES[25:], NAMES[0]]


def test_a_cursor_beyond_the_end_starts_at_the_end() -> None:
    assert Roster(NAMES).scan(1 << 63, 2) == (38, NAMES[38:])


def test_picks_are_even_although_some_elements_are_dead() -> None:
    roster, dice = Roster(NAMES), Random(1)
    for name in NAMES[::3]:
        roster.discard(name)
    counts = Counter(roster.pick(dice) for _ in range(26_000))
    assert len(counts) == 26
    assert max(counts.values()) < 1.3 * min(counts.values())


def test_nothing_can_be_picked_from_nothing() -> None:
    for take in (Roster([]).pick, Roster([]).pop):
        with pytest.raises(IndexError):
            take(Random(1))
