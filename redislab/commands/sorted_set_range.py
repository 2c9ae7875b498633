"""Ranges of a sorted set: ZRANGE with all its options, the older commands it replaces, ZRANGESTORE, ZCOUNT, ZLEXCOUNT.

All of the ZRANGE family run through one function; a command differs only in what is fixed beforehand.
"""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, OneOf, PairList
from redislab.commands.sorted_set_bounds import lex_bounds, score_bounds
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.keyspace import Database
from redislab.engine.session import Session
from redislab.resp.types import Pairs, Reply
from redislab.values.base import Limits
from redislab.values.sorted_set import Pair, SortedSet

__all__ = ["store"]

GROUP = "sorted-set"

MEMBERS_OR_PAIRS = OneOf(Array("the members in order", Bulk()), PairList("members and scores, with WITHSCORES"))


class Query:
    """What is asked for. `by` is rank, score or lex, `reverse` a direction; None where the call may still say."""

    __slots__ = ("by", "count", "offset", "reverse", "storing", "with_scores")

    def __init__(self, by: str | None, reverse: bool | None, storing: bool = False) -> None:
        self.by, self.reverse, self.storing = by, reverse, storing
        self.with_scores = False
        self.offset, self.count = 0, -1

    def read_options(self, words: tuple[bytes, ...]) -> None:
        """Take the words after the bounds. Raises ReplyError for the first that does not fit."""
        place = 0
        while place < len(words):
            place += self._read_option(words[place].upper(), words[place + 1 : place + 3])
        self.by = self.by or "rank"
        self.reverse = bool(self.reverse)
        if self.count != -1 and self.by == "rank":
            raise ReplyError(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
            )
        if self.with_scores and self.by == "lex":
            raise ReplyError("ERR syntax error, WITHSCORES not supported in combination with BYLEX")

    def _read_option(self, option: bytes, after: tuple[bytes, ...]) -> int:
        """Note one option; returns how many words it took."""
        if option == b"WITHSCORES" and not self.storing:
            self.with_scores = True
        elif option == b"LIMIT" and len(after) == 2:
            self.offset, self.count = integer(after[0]), integer(after[1])
            return 3
        elif option == b"REV" and self.reverse is None:
            self.reverse = True
        elif option in (b"BYSCORE", b"BYLEX") and self.by is None:
            self.by = "score" if option == b"BYSCORE" else "lex"
        else:
            raise ReplyError(errors.SYNTAX)
        return 1

    def run(self, db: Database, key: bytes, first: bytes, second: bytes) -> list[Pair] | None:
        """The pairs found, None where there is no sorted set. Raises ReplyError for bad bounds."""
        reverse = bool(self.reverse)
        low, high = (second, first) if reverse and self.by != "rank" else (first, second)
        if self.by == "rank":
            start, stop = integer(low), integer(high)
            value = db.view(key, SortedSet)
            return None if value is None else value.by_rank(start, stop, reverse)
        if self.by == "score":
            scores = score_bounds(low, high)
            value = db.view(key, SortedSet)
            return None if value is None else value.by_score(*scores, reverse, self.offset, self.count)
        names = lex_bounds(low, high)
        value = db.view(key, SortedSet)
        if value is None or names is None:
            return None
        return value.by_lex(*names, reverse, self.offset, self.count)


def _reply(session: Session, query: Query, words: tuple[bytes, ...]) -> Reply:
    """What a reading command of the family answers to its words: key, two bounds, options."""
    query.read_options(words[3:])
    found = query.run(session.db, words[0], words[1], words[2])
    if found is None:
        return []
    return Pairs(found) if query.with_scores else [pair[0] for pair in found]


@command(
    "ZRANGE key start stop sortby=[BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 [LIMIT offset:int count:int]@6.2.0 "
    "[WITHSCORES]",
    since="1.2.0",
    complexity="O(log(N)+M) for M members returned out of N",
    flags="readonly",
    keys="RO access",
    history={"6.2.0": "The options REV, BYSCORE, BYLEX and LIMIT."},
    reply=MEMBERS_OR_PAIRS,
)
def zrange(session: Session, key: bytes, start: bytes, stop: bytes, *options: bytes) -> Reply:
    """List members in the order of their scores: by place, by score or by name.

    Places count from 0, and from -1 at the end; both bounds are included. With BYSCORE the bounds are scores,
    `(5` leaves 5 itself out, and `-inf` and `+inf` are open. With BYLEX, for members with equal scores, they are
    names: `[a`, `(b`, `-` and `+`. REV turns the order around; by score or by name the higher bound is then the first.
    LIMIT offset count takes a part of what BYSCORE or BYLEX found. Equal scores are ordered by the members' bytes.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZRANGE board 0 -1
    1) "bob"
    2) "ada"
    3) "eve"
    > ZRANGE board 0 0 REV WITHSCORES
    1) "eve"
    2) "150"
    > ZRANGE board (90 +inf BYSCORE LIMIT 0 1
    1) "ada"
    > ZRANGE board +inf 100 BYSCORE REV
    1) "eve"
    2) "ada"
    """
    if not options:
        low, high = integer(start), integer(stop)
        value = session.db.view(key, SortedSet)
        return [] if value is None else value.members_by_rank(low, high)
    return _reply(session, Query(None, None), (key, start, stop, *options))


@command(
    "ZREVRANGE key start:int stop:int [WITHSCORES]",
    since="1.2.0",
    complexity="O(log(N)+M) for M members returned out of N",
    flags="readonly",
    keys="RO access",
    deprecated_since="6.2.0",
    replaced_by="`ZRANGE` with the `REV` argument",
    reply=MEMBERS_OR_PAIRS,
)
def zrevrange(session: Session, *words: bytes) -> Reply:
    """List members by place, the highest score first.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZREVRANGE board 0 1
    1) "eve"
    2) "ada"
    """
    return _reply(session, Query("rank", True), words)


@command(
    "ZRANGEBYSCORE key min:float max:float [WITHSCORES]@2.0.0 [LIMIT offset:int count:int]",
    since="1.0.5",
    complexity="O(log(N)+M) for M members returned out of N, and the offset of LIMIT besides",
    flags="readonly",
    keys="RO access",
    history={"2.0.0": "The option WITHSCORES."},
    deprecated_since="6.2.0",
    replaced_by="`ZRANGE` with the `BYSCORE` argument",
    reply=MEMBERS_OR_PAIRS,
)
def zrangebyscore(session: Session, *words: bytes) -> Reply:
    """List members whose score lies between two bounds, the lowest first.

    The bounds are included unless written with `(` in front; `-inf` and `+inf` are open.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZRANGEBYSCORE board 90 120
    1) "bob"
    2) "ada"
    > ZRANGEBYSCORE board (90 +inf WITHSCORES LIMIT 1 5
    1) "eve"
    2) "150"
    """
    return _reply(session, Query("score", False), words)


@command(
    "ZREVRANGEBYSCORE key max:float min:float [WITHSCORES] [LIMIT offset:int count:int]",
    since="2.2.0",
    complexity="O(log(N)+M) for M members returned out of N, and the offset of LIMIT besides",
    flags="readonly",
    keys="RO access",
    history={"2.1.6": "The bounds may be left out with `(`."},
    deprecated_since="6.2.0",
    replaced_by="`ZRANGE` with the `REV` and `BYSCORE` arguments",
    reply=MEMBERS_OR_PAIRS,
)
def zrevrangebyscore(session: Session, *words: bytes) -> Reply:
    """List members whose score lies between two bounds, the highest first.

    The higher bound comes first here.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZREVRANGEBYSCORE board +inf 100
    1) "eve"
    2) "ada"
    > ZREVRANGEBYSCORE board 100 +inf
    (empty array)
    """
    return _reply(session, Query("score", True), words)


@command(
    "ZRANGEBYLEX key min max [LIMIT offset:int count:int]",
    since="2.8.9",
    complexity="O(log(N)+M) for M members returned out of N, and the offset of LIMIT besides",
    flags="readonly",
    keys="RO access",
    deprecated_since="6.2.0",
    replaced_by="`ZRANGE` with the `BYLEX` argument",
    reply=Array("the members in order", Bulk()),
)
def zrangebylex(session: Session, *words: bytes) -> Reply:
    """List members between two names, for a sorted set whose scores are all equal.

    A bound begins with `[` (included) or `(` (left out), or is `-` or `+` for the very first and last. Names are
    compared byte by byte, so capitals come before small letters.

    > ZADD names 0 ada 0 bob 0 carl 0 dora
    (integer) 4
    > ZRANGEBYLEX names [b (d
    1) "bob"
    2) "carl"
    > ZRANGEBYLEX names - + LIMIT 0 1
    1) "ada"
    """
    return _reply(session, Query("lex", False), words)


@command(
    "ZREVRANGEBYLEX key max min [LIMIT offset:int count:int]",
    since="2.8.9",
    complexity="O(log(N)+M) for M members returned out of N, and the offset of LIMIT besides",
    flags="readonly",
    keys="RO access",
    deprecated_since="6.2.0",
    replaced_by="`ZRANGE` with the `REV` and `BYLEX` arguments",
    reply=Array("the members, the last first", Bulk()),
)
def zrevrangebylex(session: Session, *words: bytes) -> Reply:
    """List members between two names from the last to the first; the higher bound comes first.

    > ZADD names 0 ada 0 bob 0 carl
    (integer) 3
    > ZREVRANGEBYLEX names + [b
    1) "carl"
    2) "bob"
    """
    return _reply(session, Query("lex", True), words)


@command(
    "ZRANGESTORE dst:key src:key min max sortby=[BYSCORE | BYLEX] [REV] [LIMIT offset:int count:int]",
    since="6.2.0",
    told="zrangestore del",
    complexity="O(log(N)+M) for M members stored out of N",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=Integer("how many members the destination has now"),
)
def zrangestore(session: Session, destination: bytes, source: bytes, low: bytes, high: bytes, *options: bytes) -> Reply:
    """Store what ZRANGE would list, with the scores, as a sorted set of its own.

    Whatever the destination was is replaced; when nothing is found, it is deleted.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZRANGESTORE podium board 0 1 REV
    (integer) 2
    > ZRANGE podium 0 -1 WITHSCORES
    1) "ada"
    2) "120"
    3) "eve"
    4) "150"
    """
    query = Query(None, None, storing=True)
    query.read_options(options)
    found = query.run(session.db, source, low, high) or []
    limits = session.engine.limits
    if query.by == "rank" and len(found) > limits.zset_max_listpack_entries:
        result = SortedSet.from_pairs(found, limits)
    else:
        result = _one_by_one(found, limits)
    return store(session.db, destination, result, "zrangestore")


def _one_by_one(pairs: list[Pair], limits: Limits) -> SortedSet:
    """A sorted set that began as a listpack: the sign of a zero gets lost on the way, as it does in Redis."""
    result = SortedSet()
    for member, score in pairs:
        result.set(member, score, limits)
    return result


def store(db: Database, destination: bytes, result: SortedSet, event: str) -> int:
    """Make a result the value of a key, whatever that was, or delete the key where there is none; returns its size."""
    if len(result):
        db.put(destination, result)
        db.touched(destination, event, notify.ZSET)
    elif db.drop(destination):
        db.touched(destination, "del", notify.GENERIC)
    return len(result)


@command(
    "ZCOUNT key min:float max:float",
    since="2.0.0",
    complexity="O(log(N)) for N members",
    flags="readonly fast",
    keys="RO access",
    reply=Integer("how many members have a score within the bounds"),
)
def zcount(session: Session, key: bytes, low: bytes, high: bytes) -> Reply:
    """Count the members whose score lies between two bounds, without listing them.

    The bounds are written as for ZRANGE with BYSCORE.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZCOUNT board (90 +inf
    (integer) 2
    """
    bounds = score_bounds(low, high)
    value = session.db.view(key, SortedSet)
    return 0 if value is None else value.count_score(*bounds)


@command(
    "ZLEXCOUNT key min max",
    since="2.8.9",
    complexity="O(log(N)) for N members",
    flags="readonly fast",
    keys="RO access",
    reply=Integer("how many members lie between the names"),
)
def zlexcount(session: Session, key: bytes, low: bytes, high: bytes) -> Reply:
    """Count the members between two names, for a sorted set whose scores are all equal.

    The bounds are written as for ZRANGE with BYLEX.

    > ZADD names 0 ada 0 bob 0 carl
    (integer) 3
    > ZLEXCOUNT names [b +
    (integer) 2
    """
    bounds = lex_bounds(low, high)
    value = session.db.view(key, SortedSet)
    return 0 if value is None or bounds is None else value.count_lex(*bounds)
