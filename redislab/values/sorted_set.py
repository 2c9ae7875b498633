"""The sorted set: members with scores, in the order of the scores.

A dictionary answers for the score of a member, and a ranking (chunks.py) for the order. Every range, whether by rank,
score or name, is first made a range of ranks and then cut out of the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from redislab.values.base import Limits, Value
from redislab.values.buckets import GROWN, NO_TABLE, buckets, built_for, copied, grown, removed
from redislab.values.chunks import Ranking
from redislab.values.roster import Roster

if TYPE_CHECKING:
    from random import Random

__all__ = ["ADDED", "CHANGED", "SAME", "SortedSet"]

SAME: Final = 0
CHANGED: Final = 1
ADDED: Final = 2
"""What `set` did. SAME is false, the others are true."""

STEPS = 2
"""How often Redis looks into a hash table to add a member."""

Pair = tuple[bytes, float]


class SortedSet(Value):
    """Members (bytes) with scores (never NaN). A listpack while it is small, and a skiplist from then on.

    A listpack writes -0 as the integer 0, so there the sign is lost, as it is in Redis; a skiplist keeps it.
    """

    __slots__ = ("_buckets", "_listpack", "_ranking", "_roster", "_scores")

    type: ClassVar[str] = "zset"

    def __init__(self) -> None:
        self.used = 0
        self._scores: dict[bytes, float] = {}
        self._ranking = Ranking()
        self._listpack = True
        self._roster: Roster | None = None
        self._buckets = GROWN

    @classmethod
    def from_pairs(cls, pairs: Iterable[Pair], limits: Limits) -> SortedSet:
        """A new sorted set at once, as the STORE commands make it: encoded by what it holds in the end."""
        result = cls()
        scores = dict(pairs)
        longest = max(map(len, scores), default=0)
        fits = len(scores) <= limits.zset_max_listpack_entries and longest <= limits.zset_max_listpack_value
        result._scores = {member: score + 0.0 for member, score in scores.items()} if fits else scores
        result._listpack = fits
        result._ranking = Ranking.from_pairs(sorted((score, member) for member, score in result._scores.items()))
        if not fits:
            result._buckets = grown(len(scores), 1, STEPS)
        return result

    @classmethod
    def restored(cls, members: Sequence[bytes], scores: Sequence[float], *, listpack: bool) -> SortedSet:
        """A sorted set as it was saved, in its order, whatever the limits are now."""
        value = cls()
        value._scores = dict(zip(members, scores, strict=True))
        value._ranking = Ranking.from_pairs(list(zip(scores, members, strict=True)))
        value._listpack = listpack
        value.rebuilt()
        return value

    # -- reading ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._scores)

    def __contains__(self, member: bytes) -> bool:
        return member in self._scores

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._ranking)

    def score(self, member: bytes) -> float | None:
        """The score of a member, None when it is none."""
        return self._scores.get(member)

    def rank(self, member: bytes, reverse: bool = False) -> int | None:
        """How many come before a member, or after it with `reverse`; None when it is none."""
        score = self._scores.get(member)
        if score is None:
            return None
        rank = self._ranking.rank(score, member)
        return len(self._scores) - 1 - rank if reverse else rank

    def pairs(self) -> list[Pair]:
        """All members with their scores, in order."""
        return self._ranking.slice(0, len(self._scores))

    # -- changing one member ----------------------------------------------------------------------

    def set(self, member: bytes, score: float, limits: Limits) -> int:
        """Gives a member a score; answers ADDED, CHANGED or SAME. Only a new member can change the encoding."""
        old = self._scores.get(member)
        if old is None:
            self._add(member, score, limits)
            return ADDED
        if old == score:
            return SAME
        if self._listpack:
            score += 0.0
        self._scores[self._ranking.move(old, score, member)] = score
        return CHANGED

    def _add(self, member: bytes, score: float, limits: Limits) -> None:
        if self._listpack:
            most, longest = limits.zset_max_listpack_entries, limits.zset_max_listpack_value
            if len(self._scores) >= most or len(member) > longest:
                self.become_skiplist()
            else:
                score += 0.0
        self._scores[member] = score
        self._ranking.insert(score, member)
        if self._roster is not None:
            self._roster.add(member)

    def remove(self, member: bytes) -> bool:
        """Removes a member; False when it is none."""
        scores = self._scores
        score = scores.pop(member, None)
        if score is None:
            return False
        self._ranking.remove(score, member)
        known = self._buckets
        if not known.low <= len(scores) < known.high:
            self._shrank()
        if self._roster is not None:
            self._roster.discard(member)
        return True

    def become_skiplist(self) -> None:
        """Takes the larger encoding for good, whatever it holds: SORT does so."""
        self._listpack = False
        self._buckets = GROWN

    # -- ranges -----------------------------------------------------------------------------------

    def by_rank(self, start: int, stop: int, reverse: bool = False) -> list[Pair]:
        """Ranks from start to stop, both included, negative ones from the end; `reverse` counts from the highest."""
        low, high = self._rank_range(start, stop)
        if not reverse:
            return self._ranking.slice(low, high)
        size = len(self._scores)
        return self._cut(size - high, size - low, True, 0, -1)

    def members_by_rank(self, start: int, stop: int) -> list[bytes]:
        """As `by_rank`, but without the scores."""
        size = len(self._scores)
        if start < 0:
            start = start + size if start + size > 0 else 0
        if stop < 0:
            stop += size
        return self._ranking.members(start, stop + 1 if stop < size else size)

    def by_score(
        self, low: float, low_exclusive: bool, high: float, high_exclusive: bool,
        reverse: bool = False, offset: int = 0, count: int = -1,
    ) -> list[Pair]:
        """Scores from low to high. `offset` and `count` as in LIMIT: a negative count means all."""
        start, stop = self._score_range(low, low_exclusive, high, high_exclusive)
        return self._cut(start, stop, reverse, offset, count)

    def between(self, low: float, high: float) -> Iterable[Pair]:
        """Scores from low up to high, without it: the pairs as they are now, for one walk."""
        return self._ranking.between(low, high)

    def by_lex(
        self, low: bytes | None, low_exclusive: bool, high: bytes | None, high_exclusive: bool,
        reverse: bool = False, offset: int = 0, count: int = -1,
    ) -> list[Pair]:
        """Members from low to high, for a set whose scores are all equal; None is no bound (`-` below, `+` above).

        With unequal scores the answer is what the walk through a listpack finds, as in Redis; for a skiplist it has no
        meaning in either.
        """
        start, stop = self._lex_range(low, low_exclusive, high, high_exclusive, reverse, offset)
        return self._cut(start, stop, reverse, 0 if self._listpack else offset, count)

    def count_score(self, low: float, low_exclusive: bool, high: float, high_exclusive: bool) -> int:
        """How many scores lie from low to high."""
        start, stop = self._score_range(low, low_exclusive, high, high_exclusive)
        return stop - start

    def count_lex(self, low: bytes | None, low_exclusive: bool, high: bytes | None, high_exclusive: bool) -> int:
        """How many members lie from low to high (see `by_lex`)."""
        start, stop = self._lex_range(low, low_exclusive, high, high_exclusive)
        return stop - start

    def remove_by_rank(self, start: int, stop: int) -> list[Pair]:
        """Removes what `by_rank` would show and returns it."""
        return self._delete(*self._rank_range(start, stop))

    def remove_by_score(self, low: float, low_exclusive: bool, high: float, high_exclusive: bool) -> list[Pair]:
        """Removes what `by_score` would show and returns it."""
        return self._delete(*self._score_range(low, low_exclusive, high, high_exclusive))

    def remove_by_lex(
        self, low: bytes | None, low_exclusive: bool, high: bytes | None, high_exclusive: bool
    ) -> list[Pair]:
        """Removes what `by_lex` would show and returns it."""
        return self._delete(*self._lex_range(low, low_exclusive, high, high_exclusive))

    def pop_min(self, count: int = 1) -> list[Pair]:
        """Removes the `count` lowest and returns them, the lowest first."""
        return self._delete(0, min(count, len(self._scores)), one_by_one=True)

    def pop_max(self, count: int = 1) -> list[Pair]:
        """Removes the `count` highest and returns them, the highest first."""
        size = len(self._scores)
        return self._delete(max(size - count, 0), size, one_by_one=True)[::-1]

    def _cut(self, start: int, stop: int, reverse: bool, offset: int, count: int) -> list[Pair]:
        """A window on a range of ranks: skip `offset`, take `count`. Redis skips everything for a negative offset."""
        if offset < 0 or start + offset >= stop:
            return []
        if not reverse:
            start += offset
            return self._ranking.slice(start, stop if count < 0 else min(stop, start + count))
        stop -= offset
        return self._ranking.slice(start if count < 0 else max(start, stop - count), stop)[::-1]

    def _delete(self, start: int, stop: int, one_by_one: bool = False) -> list[Pair]:
        """Removes a range of ranks. Redis looks only in the end whether that leaves too large a hash table."""
        gone = self._ranking.delete(start, stop)
        for member, _ in gone:
            del self._scores[member]
            if self._roster is not None:
                self._roster.discard(member)
        if gone and not self._listpack:
            self._shrink(len(gone), one_by_one)
        return gone

    def _shrink(self, gone: int, one_by_one: bool) -> None:
        left = len(self._scores)
        if not one_by_one or gone == 1:
            self._buckets = removed(self._buckets, left, STEPS, 1, gone=gone)
            return
        for count in range(left + gone - 1, left - 1, -1):
            self._buckets = removed(self._buckets, count, STEPS, 1)

    # -- from what a command asks for to ranks: the first, and the one after the last -------------

    def _rank_range(self, start: int, stop: int) -> tuple[int, int]:
        size = len(self._scores)
        if start < 0:
            start = start + size if start + size > 0 else 0
        if stop < 0:
            stop += size
        high = stop + 1 if stop < size else size
        return (start, high) if start < high else (0, 0)

    def _score_range(self, low: float, low_exclusive: bool, high: float, high_exclusive: bool) -> tuple[int, int]:
        ranking = self._ranking
        start = ranking.through(low) if low_exclusive else ranking.below(low)
        stop = ranking.below(high) if high_exclusive else ranking.through(high)
        return (start, stop) if start < stop else (0, 0)

    def _lex_range(
        self, low: bytes | None, low_exclusive: bool, high: bytes | None, high_exclusive: bool,
        reverse: bool = False, offset: int = 0,
    ) -> tuple[int, int]:
        """For a skiplist the whole range, for a listpack what is left of it after the offset (see `lex_walk`)."""
        if self._listpack:
            return lex_walk(list(self._ranking), low, low_exclusive, high, high_exclusive, reverse, offset)
        ranking = self._ranking
        start, stop = 0, len(self._scores)
        if low is not None:
            start = ranking.through_member(low) if low_exclusive else ranking.below_member(low)
        if high is not None:
            stop = ranking.below_member(high) if high_exclusive else ranking.through_member(high)
        return (start, stop) if start < stop else (0, 0)

    # -- picking and scanning ---------------------------------------------------------------------

    def pick(self, dice: Random) -> bytes:
        """A random member. IndexError when there is none."""
        rank = int(dice.random() * len(self._scores))
        return self._ranking.slice(rank, rank + 1)[0][0]

    def sample(self, dice: Random, count: int) -> list[bytes]:
        """`count` different members, or all of them, the highest first, when there are not that many.

        Up to a third of a listpack comes in order, because Redis walks through it; all else in a random order.
        """
        size = len(self._scores)
        if count >= size:
            return list(self._ranking)[::-1]
        ranks = dice.sample(range(size), count)
        if count * 3 > size:
            members = list(self._ranking)
            return [members[rank] for rank in ranks]
        return [self._ranking.slice(rank, rank + 1)[0][0] for rank in (sorted(ranks) if self._listpack else ranks)]

    def scan(self, cursor: int, count: int) -> tuple[int, list[Pair]]:
        """The next cursor and some pairs (see Roster); from a listpack everything at once, in order."""
        if self._listpack:
            return 0, self.pairs()
        if self._roster is None:
            self._roster = Roster(self._scores)
        cursor, found = self._roster.scan(cursor, count)
        return cursor, [(member, self._scores[member]) for member in found]

    # -- what every value has ---------------------------------------------------------------------

    def copy(self) -> SortedSet:
        """An independent sorted set with the same members; the index for scans is not taken along."""
        twin = SortedSet.__new__(SortedSet)
        twin.used = self.used
        twin._scores = self._scores.copy()
        twin._ranking = self._ranking.copy()
        twin._listpack = self._listpack
        twin._roster = None
        twin._buckets = copied(self._buckets)
        return twin

    def _shrank(self, looks: int = 1) -> None:
        """An element was removed, with so many looks, and that may have changed the hash table."""
        known = self._buckets
        self._buckets = NO_TABLE if self._listpack else removed(known, len(self._scores), STEPS, looks)

    def rebuilt(self) -> None:
        self._buckets = GROWN if self._listpack else built_for(len(self._scores), STEPS)

    def buckets(self) -> int:
        """How many buckets the hash table has, if it is a skiplist."""
        return buckets(self._buckets, len(self._scores), STEPS)

    def is_empty(self) -> bool:
        """True when no member is left."""
        return not self._scores

    def encoding(self) -> str:
        """`listpack` or `skiplist`; a sorted set never goes back."""
        return "listpack" if self._listpack else "skiplist"

    def weight(self) -> int:
        """An estimate in bytes for short members."""
        return 400 + 150 * len(self._scores)


def lex_walk(
    members: list[bytes], low: bytes | None, low_exclusive: bool, high: bytes | None, high_exclusive: bool,
    reverse: bool, offset: int,
) -> tuple[int, int]:
    """The range of ranks that Redis finds in a listpack, walking from one end: it matters when scores are unequal.

    It gives up when the last member is too low or the first too high; else it goes to the first that passes the near
    bound, gives up when that one fails the far bound, skips the offset, and takes members while the far bound holds.
    """
    def low_enough(member: bytes) -> bool:
        return high is None or (member < high if high_exclusive else member <= high)

    def high_enough(member: bytes) -> bool:
        return low is None or (member > low if low_exclusive else member >= low)

    if not members or not high_enough(members[-1]) or not low_enough(members[0]):
        return 0, 0
    near, far = (low_enough, high_enough) if reverse else (high_enough, low_enough)
    walk = members[::-1] if reverse else members
    size = len(walk)
    first = next((place for place in range(size) if near(walk[place])), size)
    if offset < 0 or first == size or not far(walk[first]):
        return 0, 0
    first = min(first + offset, size)
    end = next((place for place in range(first, size) if not far(walk[place])), size)
    return (size - end, size - first) if reverse else (first, end)
