"""The set against Python's set; the order and the end of an intset; picks and scans."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.values.base import Limits
from redislab.values.set import Set, is_integer

NUMBERS = st.integers(-6, 6).map(lambda number: b"%d" % number)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "add", "remove", "pop", "pick"]), NUMBERS), max_size=60)


def numbered(count: int, limits: Limits | None = None) -> Set:
    return Set.from_members((b"%d" % number for number in range(count)), limits or Limits())


def scanned(value: Set, count: int) -> list[bytes]:
    cursor, found = value.scan(0, count)
    while cursor:
        cursor, more = value.scan(cursor, count)
        found += more
    return found


@given(STEPS, st.booleans(), st.integers(0, 9))
def test_it_behaves_like_a_set(steps: list[tuple[str, bytes]], words: bool, seed: int) -> None:
    value, model, limits, dice, intset = Set(), set[bytes](), Limits(), Random(seed), True
    limits.set_max_intset_entries = 7
    for what, number in steps:
        member = b"word " + number if words and number > b"3" else number
        if what == "add":
            assert value.add(member, limits) == (member not in model)
            model.add(member)
            intset = intset and len(model) <= 7 and member == number
        elif what == "remove":
            assert value.remove(member) == (member in model)
            model.discard(member)
        elif what == "pop" and model:
            model.remove(value.pop(dice))
        elif model:
            assert value.pick(dice) in model
        assert Counter(value.members()) == Counter(value) == Counter(model)
        assert value.contains(member) == (member in value) == (member in model)
        assert (len(value), value.is_empty()) == (len(model), not model)
        assert value.encoding() == ("intset" if intset else "hashtable")
        assert not intset or value.members() == sorted(model, key=int)
    assert Counter(scanned(value, 3)) == Counter(model)


@given(st.integers())
def test_what_redis_would_write_as_a_64_bit_integer(number: int) -> None:
    assert is_integer(b"%d" % number) == (-(2**63) <= number < 2**63)


@pytest.mark.parametrize("text", [b"", b"-", b"-0", b"01", b"+1", b" 1", b"1 ", b"1_0", b"1.0", b"9223372036854775808",
                                  b"-9223372036854775809", b"1e3", b"\xd9\xa1", b"1\n", b"0x1", b"1" * 5000])
def test_what_is_no_integer(text: bytes) -> None:
    assert not is_integer(text)
    assert Set.from_members([text], Limits()).encoding() == "hashtable"


def test_an_intset_is_sorted_by_value_and_scanned_at_once() -> None:
    value = Set.from_members([b"10", b"-9223372036854775808", b"9", b"9223372036854775807"], Limits())
    expected = [b"-9223372036854775808", b"9", b"10", b"9223372036854775807"]
    assert value.members() == list(value) == expected
    assert value.scan(0, 1) == (0, expected)


def test_the_513th_integer_makes_a_hash_table_of_it_for_good() -> None:
    value = numbered(512)
    assert value.encoding() == "intset"
    value.add(b"512", Limits())
    assert value.encoding() == "hashtable"
    for member in value.members()[1:]:
        value.remove(member)
    assert value.encoding() == "hashtable"


def test_adding_a_member_again_never_converts() -> None:
    value, limits = numbered(3), Limits()
    limits.set_max_intset_entries = 1
    assert value.add(b"1", limits) is False
    assert value.encoding() == "intset"


@pytest.mark.parametrize(("count", "encoding"), [(499, "hashtable"), (500, "intset"), (599, "intset")])
def test_popping_nearly_all_of_a_hash_table_builds_a_new_set(count: int, encoding: str) -> None:
    value = numbered(600)
    popped = value.pop_many(Random(1), count, Limits())
    assert len(set(popped)) == count
    assert set(popped) | set(value) == set(numbered(600)) and len(value) == 600 - count
    assert value.encoding() == encoding


def test_popping_more_than_there_is() -> None:
    value = numbered(3)
    assert value.pop_many(Random(1), 4, Limits()) == [b"0", b"1", b"2"]
    assert value.is_empty()


def test_samples() -> None:
    value = numbered(600)
    assert value.sample(Random(1), 600) == value.members()
    for count in (1, 100, 400):
        sample = value.sample(Random(1), count)
        assert len(sample) == len(set(sample)) == count and set(sample) <= set(value)


def test_a_copy_is_independent() -> None:
    value = numbered(3)
    value.used = 7
    value.members(), value.pick(Random(1))
    twin = value.copy()
    twin.add(b"word", Limits())
    twin.remove(b"0")
    assert value.members() == [b"0", b"1", b"2"] and value.encoding() == "intset" and twin.used == 7
    assert twin.members() == [b"1", b"2", b"word"] and twin.encoding() == "hashtable"


@given(st.lists(st.lists(NUMBERS, max_size=10), max_size=15), st.integers(1, 4), st.integers(0, 9))
def test_a_scan_returns_whatever_was_there_all_the_time(during: list[list[bytes]], count: int, seed: int) -> None:
    limits, dice = Limits(), Random(seed)
    limits.set_max_intset_entries = 0
    value = Set.from_members((b"%d" % number for number in range(-6, 20)), limits)
    always, found, cursor = set(value), set(), 0
    for members in [*during, *[[]] * 30]:
        cursor, page = value.scan(cursor, count)
        found.update(page)
        if not cursor:
            break
        for member in members:
            if not value.remove(member):
                value.add(member, limits)
            always &= set(value)
        if len(members) > 7:
            always -= set(value.pop_many(dice, len(value) - 3, limits))
    assert cursor == 0
    assert always <= found
