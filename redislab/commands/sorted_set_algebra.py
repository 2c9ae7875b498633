"""Sorted sets put together: ZUNION, ZINTER, ZDIFF, what stores their results, and ZINTERCARD.

Plain sets may take part: each of their members has the score 1. Weights and sums are reckoned in the server's order,
from the smallest set to the largest, because the last digit of a sum depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from redislab.commands.shapes import Array, Bulk, Integer, OneOf, PairList
from redislab.commands.sorted_set_range import store
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer, integer_in, number
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Pairs, Reply
from redislab.values.numbers import INT64_MAX
from redislab.values.set import Set
from redislab.values.sorted_set import Pair, SortedSet

GROUP = "sorted-set"

MEMBERS_OR_PAIRS = OneOf(Array("the members in order", Bulk()), PairList("members and scores, with WITHSCORES"))
STORED = Integer("how many members the destination has now")


def _sum(one: float, other: float) -> float:
    """Infinity and minus infinity together are 0 here."""
    total = one + other
    return total if total == total else 0.0


def _lower(one: float, other: float) -> float:
    return other if other < one else one


def _higher(one: float, other: float) -> float:
    return other if other > one else one


AGGREGATES: dict[bytes, Callable[[float, float], float]] = {b"SUM": _sum, b"MIN": _lower, b"MAX": _higher}


class Operand(NamedTuple):
    """One input: a sorted set, a set, or nothing where the key is missing."""

    value: SortedSet | Set | None
    weight: float

    def __len__(self) -> int:
        return 0 if self.value is None else len(self.value)

    def pairs(self) -> list[Pair]:
        """Members with their own scores, not yet weighted."""
        if isinstance(self.value, SortedSet):
            return self.value.pairs()
        return [(member, 1.0) for member in self.value or ()]

    def score(self, member: bytes) -> float | None:
        if isinstance(self.value, SortedSet):
            return self.value.score(member)
        return 1.0 if self.value is not None and member in self.value else None


class Call:
    """A call as read: its inputs and options."""

    __slots__ = ("aggregate", "allowed", "limit", "operands", "with_scores")

    def __init__(self, operands: list[Operand], allowed: set[bytes]) -> None:
        self.operands, self.allowed = operands, allowed
        self.aggregate: Callable[[float, float], float] = _sum
        self.with_scores = False
        self.limit = 0

    def read_options(self, words: tuple[bytes, ...]) -> None:
        """Take the words after the keys, of which only the `allowed` are known. Raises ReplyError."""
        place = 0
        while place < len(words):
            option = words[place].upper()
            if option not in self.allowed:
                raise ReplyError(errors.SYNTAX)
            place += 1 + self._read_option(option, words[place + 1 :])

    def _read_option(self, option: bytes, rest: tuple[bytes, ...]) -> int:
        """Note one option; returns how many words after it belong to it."""
        if option == b"WITHSCORES":
            self.with_scores = True
            return 0
        if option == b"WEIGHTS" and len(rest) >= len(self.operands):
            weights = [number(word, "ERR weight value is not a float") for word in rest[: len(self.operands)]]
            self.operands = [Operand(each.value, weight) for each, weight in zip(self.operands, weights, strict=True)]
            return len(weights)
        if option == b"AGGREGATE" and rest and rest[0].upper() in AGGREGATES:
            self.aggregate = AGGREGATES[rest[0].upper()]
        elif option == b"LIMIT" and rest:
            self.limit = integer_in(rest[0], 0, INT64_MAX, errors.LIMIT_NEGATIVE)
        else:
            raise ReplyError(errors.SYNTAX)
        return 1

    # -- results, in no order --------------------------------------------------------------------------------

    def union(self) -> dict[bytes, float]:
        """All members of all inputs."""
        scores: dict[bytes, float] = {}
        for operand in sorted(self.operands, key=len):
            for member, score in operand.pairs():
                weighted = _weighted(score, operand.weight)
                old = scores.get(member)
                scores[member] = weighted if old is None else self.aggregate(old, weighted)
        return scores

    def intersection(self) -> dict[bytes, float]:
        """The members that all inputs have; no more than the limit, if there is one."""
        smallest, *others = sorted(self.operands, key=len)
        scores: dict[bytes, float] = {}
        for member, score in smallest.pairs():
            total = self._total(member, _weighted(score, smallest.weight), others)
            if total is not None:
                scores[member] = total
                if len(scores) == self.limit:
                    break
        return scores

    def _total(self, member: bytes, total: float, others: list[Operand]) -> float | None:
        for operand in others:
            score = operand.score(member)
            if score is None:
                return None
            # Not _weighted: Redis lets 0 times infinity through here, and the aggregate deals with it.
            total = self.aggregate(total, score * operand.weight)
        return total

    def difference(self) -> dict[bytes, float]:
        """The members of the first input that no other has."""
        first, *others = self.operands
        return {
            member: score
            for member, score in first.pairs()
            if not any(operand.score(member) is not None for operand in others)
        }


def _weighted(score: float, weight: float) -> float:
    """0 times infinity is 0 here."""
    product = score * weight
    return product if product == product else 0.0


def _read(session: Session, name: str, words: tuple[bytes, ...], *allowed: bytes) -> Call:
    """A call from its words: numkeys, keys, options. The keys are looked up before the options are read."""
    count = integer(words[0])
    if count < 1:
        raise ReplyError(f"ERR at least 1 input key is needed for '{name}' command")
    if count > len(words) - 1:
        raise ReplyError(errors.SYNTAX)
    operands = [Operand(_operand(session, key), 1.0) for key in words[1 : count + 1]]
    call = Call(operands, allowed=set(allowed))
    call.read_options(words[count + 1 :])
    return call


def _operand(session: Session, key: bytes) -> SortedSet | Set | None:
    """A sorted set or a set; a miss is announced as for any reading. Raises WRONGTYPE."""
    value = session.db.view_any(key, announce=True)
    if value is None:
        return None
    if not isinstance(value, SortedSet | Set):
        raise ReplyError(errors.WRONG_TYPE)
    return value


def _reply(call: Call, scores: dict[bytes, float]) -> Reply:
    """The result in order of scores, then of members."""
    ranked = sorted((score, member) for member, score in scores.items())
    if call.with_scores:
        return Pairs((member, score) for score, member in ranked)
    return [member for _, member in ranked]


def _store(session: Session, destination: bytes, scores: dict[bytes, float], event: str) -> int:
    result = SortedSet.from_pairs(scores.items(), session.engine.limits)
    if event == "zunionstore":
        result.rebuilt()  # of a union Redis knows the size before it builds the result
    return store(session.db, destination, result, event)


@command(
    "ZUNION numkeys:int key... [WEIGHTS weight:int]... aggregate=[AGGREGATE (SUM | MIN | MAX)] "
    "[WITHSCORES]",
    since="6.2.0",
    complexity="O(N)+O(M*log(M)) for N members in all the sets and M in the result",
    flags="readonly",
    keys="RO access",
    reply=MEMBERS_OR_PAIRS,
)
def zunion(session: Session, *words: bytes) -> Reply:
    """List the members of several sorted sets together; a member of more than one gets the sum of its scores.

    WEIGHTS multiplies the scores of each set first, one factor for each key. AGGREGATE takes the lowest or the
    highest score in place of the sum. Plain sets may be among the keys; their members count 1.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada 1 eve
    (integer) 2
    > ZUNION 2 monday tuesday WITHSCORES
    1) "eve"
    2) "1"
    3) "bob"
    4) "5"
    5) "ada"
    6) "7"
    > ZUNION 2 monday tuesday WEIGHTS 10 1 AGGREGATE MAX
    1) "eve"
    2) "ada"
    3) "bob"
    """
    call = _read(session, "zunion", words, b"WEIGHTS", b"AGGREGATE", b"WITHSCORES")
    return _reply(call, call.union())


@command(
    "ZINTER numkeys:int key... [WEIGHTS weight:int]... aggregate=[AGGREGATE (SUM | MIN | MAX)] "
    "[WITHSCORES]",
    since="6.2.0",
    complexity="O(N*K)+O(M*log(M)) at worst, for K sets, N members in the smallest and M in the result",
    flags="readonly",
    keys="RO access",
    reply=MEMBERS_OR_PAIRS,
)
def zinter(session: Session, *words: bytes) -> Reply:
    """List the members that all of several sorted sets have; the scores are those of ZUNION.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada 1 eve
    (integer) 2
    > ZINTER 2 monday tuesday WITHSCORES
    1) "ada"
    2) "7"
    """
    call = _read(session, "zinter", words, b"WEIGHTS", b"AGGREGATE", b"WITHSCORES")
    return _reply(call, call.intersection())


@command(
    "ZDIFF numkeys:int key... [WITHSCORES]",
    since="6.2.0",
    complexity="O(L + (N-K)*log(N)) at worst, for L members in all sets, N in the first and K in the result",
    flags="readonly",
    keys="RO access",
    reply=MEMBERS_OR_PAIRS,
)
def zdiff(session: Session, *words: bytes) -> Reply:
    """List the members of the first sorted set that none of the others has, with the scores they have there.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada
    (integer) 1
    > ZDIFF 2 monday tuesday WITHSCORES
    1) "bob"
    2) "5"
    """
    call = _read(session, "zdiff", words, b"WITHSCORES")
    return _reply(call, call.difference())


@command(
    "ZUNIONSTORE destination:key numkeys:int key... [WEIGHTS weight:int]... aggregate=[AGGREGATE (SUM | "
    "MIN | MAX)]",
    since="2.0.0",
    told="zunionstore del",
    complexity="O(N)+O(M*log(M)) for N members in all the sets and M in the result",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=STORED,
)
def zunionstore(session: Session, destination: bytes, *words: bytes) -> Reply:
    """Store the union of several sorted sets; see ZUNION. The destination may be one of them.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada
    (integer) 1
    > ZUNIONSTORE week 2 monday tuesday
    (integer) 2
    > ZSCORE week ada
    "7"
    """
    call = _read(session, "zunionstore", words, b"WEIGHTS", b"AGGREGATE")
    return _store(session, destination, call.union(), "zunionstore")


@command(
    "ZINTERSTORE destination:key numkeys:int key... [WEIGHTS weight:int]... aggregate=[AGGREGATE (SUM | "
    "MIN | MAX)]",
    since="2.0.0",
    told="zinterstore del",
    complexity="O(N*K)+O(M*log(M)) at worst, for K sets, N members in the smallest and M in the result",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=STORED,
)
def zinterstore(session: Session, destination: bytes, *words: bytes) -> Reply:
    """Store the intersection of several sorted sets; see ZINTER. An empty result deletes the destination.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada
    (integer) 1
    > ZINTERSTORE both 2 monday tuesday AGGREGATE MIN
    (integer) 1
    > ZSCORE both ada
    "3"
    """
    call = _read(session, "zinterstore", words, b"WEIGHTS", b"AGGREGATE")
    return _store(session, destination, call.intersection(), "zinterstore")


@command(
    "ZDIFFSTORE destination:key numkeys:int key...",
    since="6.2.0",
    told="zdiffstore del",
    complexity="O(L + (N-K)*log(N)) at worst, for L members in all sets, N in the first and K in the result",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=STORED,
)
def zdiffstore(session: Session, destination: bytes, *words: bytes) -> Reply:
    """Store what the first sorted set has and the others have not; see ZDIFF.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada
    (integer) 1
    > ZDIFFSTORE only:monday 2 monday tuesday
    (integer) 1
    """
    call = _read(session, "zdiffstore", words)
    return _store(session, destination, call.difference(), "zdiffstore")


@command(
    "ZINTERCARD numkeys:int key... [LIMIT limit:int]",
    since="7.0.0",
    complexity="O(N*K) at worst, for K sets and N members in the smallest",
    flags="readonly",
    keys="RO access",
    reply=Integer("how many members all the sets have, at most the limit"),
)
def zintercard(session: Session, *words: bytes) -> Reply:
    """Count the members that all of several sorted sets have, without listing them.

    With LIMIT it stops counting there, which saves time when only "many or few" matters. LIMIT 0 is no limit.

    > ZADD monday 3 ada 5 bob
    (integer) 2
    > ZADD tuesday 4 ada 2 bob
    (integer) 2
    > ZINTERCARD 2 monday tuesday
    (integer) 2
    > ZINTERCARD 2 monday tuesday LIMIT 1
    (integer) 1
    """
    return len(_read(session, "zintercard", words, b"LIMIT").intersection())
