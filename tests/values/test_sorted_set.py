"""The sorted set against a sorted Python list; its encodings, ranges, scores of zero, picks and scans."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from redislab.values import chunks
from redislab.values.base import Limits
from redislab.values.sorted_set import ADDED, CHANGED, SAME, SortedSet

SCORES = st.sampled_from([-math.inf, -1.5, 0.0, 1.0, 1.0, 2.0, 3.0, 4.25, math.inf])
MEMBERS = st.integers(0, 60).map(lambda number: b"%d" % number)
RANKS = st.integers(-70, 70)
LIMIT = st.tuples(st.sampled_from([0, 0, 1, 5, -1]), st.sampled_from([-1, -1, 0, 1, 7]))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few members, so that short tests split and join them and fill several blocks."""
    use_small_chunks(monkeypatch)


def use_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in [("LARGEST", 4), ("FULL", 3), ("SMALLEST", 2), ("BLOCK_SHIFT", 1), ("BLOCK", 2)]:
        monkeypatch.setattr(chunks, name, size)


def window(found: list, reverse: bool, offset: int, count: int) -> list:
    if reverse:
        found = found[::-1]
    found = found[offset:] if offset >= 0 else []
    return found if count < 0 else found[:count]


class Model(RuleBasedStateMachine):
    """Every call is made on a sorted set and on a dictionary that is sorted anew for each answer."""

    @initialize(pairs=st.dictionaries(MEMBERS, SCORES, max_size=40), entries=st.sampled_from([0, 10, 1000]))
    def start(self, pairs: dict[bytes, float], entries: int) -> None:
        self.patch = pytest.MonkeyPatch()
        use_small_chunks(self.patch)
        self.limits = Limits()
        self.limits.zset_max_listpack_entries = entries
        self.value = SortedSet.from_pairs(pairs.items(), self.limits)
        self.model = dict(pairs)
        self.listpack = len(pairs) <= entries

    def teardown(self) -> None:
        self.patch.undo()

    def ordered(self) -> list[tuple[bytes, float]]:
        return sorted(self.model.items(), key=lambda pair: (pair[1], pair[0]))

    @rule(member=MEMBERS, score=SCORES)
    def set(self, member: bytes, score: float) -> None:
        old = self.model.get(member)
        expected = ADDED if old is None else SAME if old == score else CHANGED
        assert self.value.set(member, score, self.limits) == expected
        self.model[member] = score
        self.listpack = self.listpack and len(self.model) <= self.limits.zset_max_listpack_entries

    @rule(member=MEMBERS)
    def remove(self, member: bytes) -> None:
        assert self.value.remove(member) == (self.model.pop(member, None) is not None)

    @rule(member=MEMBERS)
    def rank(self, member: bytes) -> None:
        names = [name for name, _ in self.ordered()]
        assert self.value.rank(member) == (names.index(member) if member in names else None)
        assert self.value.rank(member, True) == (names[::-1].index(member) if member in names else None)
        assert self.value.score(member) == self.model.get(member)
        assert (member in self.value) == (member in self.model)

    @rule(start=RANKS, stop=RANKS, reverse=st.booleans(), remove=st.booleans())
    def by_rank(self, start: int, stop: int, reverse: bool, remove: bool) -> None:
        pairs = self.ordered()[::-1] if reverse else self.ordered()
        first = max(start + len(pairs), 0) if start < 0 else start
        end = (stop + len(pairs) if stop < 0 else stop) + 1
        expected = pairs[first : max(end, 0)]
        assert self.value.by_rank(start, stop, reverse) == expected
        if remove and not reverse:
            assert self.value.remove_by_rank(start, stop) == expected
            self.forget(expected)

    @rule(low=SCORES, a=st.booleans(), high=SCORES, b=st.booleans(), reverse=st.booleans(), limit=LIMIT,
          drop=st.booleans())
    def by_score(
        self, low: float, a: bool, high: float, b: bool, reverse: bool, limit: tuple[int, int], drop: bool
    ) -> None:
        expected = [
            (name, score) for name, score in self.ordered()
            if (score > low if a else score >= low) and (score < high if b else score <= high)
        ]
        assert self.value.by_score(low, a, high, b, reverse, *limit) == window(expected, reverse, *limit)
        assert self.value.count_score(low, a, high, b) == len(expected)
        if drop and len(expected) < 8:
            assert self.value.remove_by_score(low, a, high, b) == expected
            self.forget(expected)

    @rule(count=st.integers(0, 5), highest=st.booleans())
    def pop(self, count: int, highest: bool) -> None:
        expected = (self.ordered()[::-1] if highest else self.ordered())[:count]
        assert (self.value.pop_max if highest else self.value.pop_min)(count) == expected
        self.forget(expected)

    @rule()
    def copy(self) -> None:
        left, self.value = self.value, self.value.copy()
        left.set(b"new in the old one", 1.0, Limits())
        left.pop_min(30)

    @rule(count=st.integers(1, 90), seed=st.integers(0, 99))
    def pick(self, count: int, seed: int) -> None:
        sample = self.value.sample(Random(seed), count)
        assert len(sample) == len(set(sample)) == min(count, len(self.model))
        assert set(sample) <= set(self.model)
        if self.model:
            assert self.value.pick(Random(seed)) in self.model

    @rule(count=st.integers(1, 20))
    def scan(self, count: int) -> None:
        cursor, found = self.value.scan(0, count)
        while cursor:
            cursor, more = self.value.scan(cursor, count)
            found += more
        assert Counter(found) == Counter(self.model.items())

    def forget(self, pairs: list[tuple[bytes, float]]) -> None:
        for member, _ in pairs:
            del self.model[member]

    @invariant()
    def same(self) -> None:
        if hasattr(self, "model"):
            assert self.value.pairs() == self.ordered()
            assert list(self.value) == [name for name, _ in self.ordered()]
            assert (len(self.value), self.value.is_empty()) == (len(self.model), not self.model)
            assert self.value.encoding() == ("listpack" if self.listpack else "skiplist")


Model.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestModel = Model.TestCase


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sets(MEMBERS), st.sampled_from([0, 1000]), st.none() | MEMBERS, st.booleans(), st.none() | MEMBERS,
    st.booleans(), st.booleans(), LIMIT,
)
def test_ranges_of_names_among_equal_scores(
    members: set[bytes], entries: int, low: bytes | None, a: bool, high: bytes | None, b: bool,
    reverse: bool, limit: tuple[int, int],
) -> None:
    limits = Limits()
    limits.zset_max_listpack_entries = entries
    value = SortedSet.from_pairs(((member, 5.0) for member in members), limits)
    expected = [
        (member, 5.0) for member in sorted(members)
        if (low is None or (member > low if a else member >= low))
        and (high is None or (member < high if b else member <= high))
    ]
    assert value.by_lex(low, a, high, b, reverse, *limit) == window(expected, reverse, *limit)
    assert value.count_lex(low, a, high, b) == len(expected)
    assert value.remove_by_lex(low, a, high, b) == expected
    assert set(value) == members - {member for member, _ in expected}


def test_ranges_of_names_among_unequal_scores_are_those_of_a_walk() -> None:
    value = SortedSet.from_pairs([(b"d", 0.0), (b"f", 0.0), (b"b", 1.0), (b"e", 2.0)], Limits())
    names = [member for member, _ in value.by_lex(b"a", True, b"e", False)]
    assert names == [b"d"]
    assert [member for member, _ in value.by_lex(b"a", True, b"e", False, False, 2)] == [b"b", b"e"]
    assert [member for member, _ in value.by_lex(b"b", False, b"e", False, True)] == [b"e", b"b", b"f", b"d"]
    assert value.by_lex(b"f", False, None, False) == []


def test_a_listpack_forgets_the_sign_of_zero_and_a_skiplist_keeps_it() -> None:
    limits = Limits()
    small = SortedSet()
    small.set(b"a", -0.0, limits)
    assert math.copysign(1, small.by_rank(0, 0)[0][1]) == 1 == math.copysign(1, small.score(b"a") or 0.0)
    small.set(b"b", 1.0, limits)
    assert small.set(b"b", -0.0, limits) == CHANGED
    assert math.copysign(1, small.score(b"b") or 0.0) == math.copysign(1, small.by_rank(1, 1)[0][1]) == 1
    large = SortedSet()
    large.set(b"a" * 65, -0.0, limits)
    assert math.copysign(1, large.by_rank(0, 0)[0][1]) == -1
    assert large.set(b"a" * 65, 0.0, limits) == SAME


def test_zeros_of_both_signs_are_ordered_by_name() -> None:
    limits = Limits()
    limits.zset_max_listpack_entries = 0
    value = SortedSet()
    for member, score in [(b"b", -0.0), (b"c", 0.0), (b"a", 0.0), (b"d", -0.0)]:
        value.set(member, score, limits)
    assert list(value) == [b"a", b"b", b"c", b"d"]
    assert [value.rank(member) for member in value] == [0, 1, 2, 3]


def numbered(count: int, limits: Limits | None = None) -> SortedSet:
    value = SortedSet()
    for number in range(count):
        value.set(b"%d" % number, float(number), limits or Limits())
    return value


def test_the_129th_member_makes_a_skiplist_of_it_for_good() -> None:
    value = numbered(128)
    assert value.encoding() == "listpack"
    value.set(b"last", 1.0, Limits())
    assert value.encoding() == "skiplist"
    value.pop_min(128)
    assert value.encoding() == value.copy().encoding() == "skiplist"


def test_65_bytes_are_too_long_for_a_listpack() -> None:
    for member, encoding in [(b"m" * 64, "listpack"), (b"m" * 65, "skiplist")]:
        value = SortedSet()
        value.set(member, 1.0, Limits())
        assert value.encoding() == SortedSet.from_pairs([(member, 1.0)], Limits()).encoding() == encoding


def test_only_a_new_member_looks_at_the_limits() -> None:
    value, limits = numbered(3), Limits()
    limits.zset_max_listpack_entries = 2
    value.set(b"1", 9.0, limits)
    assert value.encoding() == "listpack"
    value.set(b"new", 9.0, limits)
    assert value.encoding() == "skiplist"


def test_samples_come_in_the_orders_of_redis() -> None:
    value = numbered(100)
    assert value.sample(Random(1), 100) == list(value)[::-1]
    third = value.sample(Random(1), 33)
    assert third == sorted(third, key=int)
    half = value.sample(Random(1), 50)
    assert half != sorted(half, key=int)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(MEMBERS, st.none() | SCORES), max_size=8), max_size=20), st.integers(1, 6))
def test_a_scan_returns_whatever_was_there_all_the_time(
    during: list[list[tuple[bytes, float | None]]], count: int
) -> None:
    limits = Limits()
    limits.zset_max_listpack_entries = 0
    value = numbered(30, limits)
    always, found, cursor = set(value), set(), 0
    for steps in [*during, *[[]] * 60]:
        cursor, page = value.scan(cursor, count)
        found.update(member for member, _ in page)
        if not cursor:
            break
        for member, score in steps:
            if score is None:
                value.remove(member)
                always.discard(member)
            else:
                value.set(member, score, limits)
    assert cursor == 0
    assert always <= found


def test_many_equal_scores_in_many_chunks() -> None:
    dice, value, model = Random(5), SortedSet(), dict[bytes, float]()
    for _ in range(3000):
        member, score = b"%d" % dice.randrange(40), float(dice.randrange(3))
        if dice.random() < 0.5:
            value.set(member, score, Limits())
            model[member] = score
        else:
            assert value.remove(member) == (model.pop(member, None) is not None)
        expected = sorted(model, key=lambda name: (model[name], name))
        assert list(value) == expected
        assert [value.rank(name) for name in expected[::5]] == list(range(0, len(expected), 5))


def test_a_long_way_up_and_down_at_the_true_chunk_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    dice, limits = Random(3), Limits()
    value, model = SortedSet(), {}
    for number in range(6000):
        member, score = b"%d" % number, float(dice.randrange(2000))
        value.set(member, score, limits)
        model[member] = score
    expected = [member for member, _ in sorted(model.items(), key=lambda pair: (pair[1], pair[0]))]
    assert list(value) == expected
    assert [value.rank(member) for member in expected[::37]] == list(range(0, 6000, 37))
    for member in expected[::2] + expected[1:5000:2]:
        value.remove(member)
    assert list(value) == expected[5001::2]
    assert value.by_rank(100, 109) == [(member, model[member]) for member in expected[5201:5221:2]]
