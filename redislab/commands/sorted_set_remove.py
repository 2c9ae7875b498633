"""Taking members out of a sorted set by their place: ZPOPMIN, ZPOPMAX, ZREMRANGEBYRANK, -BYSCORE, -BYLEX."""

from __future__ import annotations

from redislab.commands.shapes import Array, Integer, OneOf, PairList
from redislab.commands.sorted_set_bounds import lex_bounds, score_bounds
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer, integer_in
from redislab.engine.errors import ReplyError
from redislab.engine.keyspace import Database
from redislab.engine.session import Session
from redislab.resp.types import Pairs, Reply
from redislab.values.numbers import INT64_MAX
from redislab.values.sorted_set import Pair, SortedSet

__all__ = ["take"]

GROUP = "sorted-set"

POPPED = OneOf(
    Array("the member and its score, empty when there is none; without count"),
    PairList("members and scores, with count"),
)


def take(db: Database, key: bytes, target: SortedSet, highest: bool, count: int) -> list[Pair]:
    """Remove members at one end of a sorted set got by `edit` and announce it; `count` is positive."""
    popped = target.pop_max(count) if highest else target.pop_min(count)
    db.engine.dirty += len(popped) - 1
    db.shrunk(key, "zpopmax" if highest else "zpopmin", notify.ZSET)
    return popped


def _pop(session: Session, key: bytes, words: tuple[bytes, ...], highest: bool) -> Reply:
    if len(words) > 1:
        raise ReplyError(errors.SYNTAX)
    count = integer_in(words[0], 0, INT64_MAX, errors.NOT_POSITIVE) if words else 1
    db = session.db
    target = db.edit(key, SortedSet)
    if not len(target) or not count:
        return []
    popped = take(db, key, target, highest, count)
    return Pairs(popped) if words else list(popped[0])


@command(
    "ZPOPMIN key [count:int]",
    since="5.0.0",
    told="zpopmin@1 del",
    complexity="O(log(N)*M) for M members taken out of N",
    flags="write fast",
    keys="RW access delete",
    reply=POPPED,
)
def zpopmin(session: Session, key: bytes, *count: bytes) -> Reply:
    """Remove the member with the lowest score and return both; with a count, several.

    A sorted set used so is a priority queue.

    > ZADD todo 2 sweep 1 cook 3 read
    (integer) 3
    > ZPOPMIN todo
    1) "cook"
    2) "1"
    > ZPOPMIN todo 5
    1) "sweep"
    2) "2"
    3) "read"
    4) "3"
    > ZPOPMIN todo
    (empty array)
    """
    return _pop(session, key, count, False)


@command(
    "ZPOPMAX key [count:int]",
    since="5.0.0",
    told="zpopmax@1 del",
    complexity="O(log(N)*M) for M members taken out of N",
    flags="write fast",
    keys="RW access delete",
    reply=POPPED,
)
def zpopmax(session: Session, key: bytes, *count: bytes) -> Reply:
    """Remove the member with the highest score and return both; with a count, several, the highest first.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZPOPMAX board
    1) "ada"
    2) "120"
    """
    return _pop(session, key, count, True)


@command(
    "ZREMRANGEBYRANK key start:int stop:int",
    since="2.0.0",
    complexity="O(log(N)+M) for M members removed out of N",
    flags="write",
    keys="RW delete",
    reply=Integer("how many members were removed"),
)
def zremrangebyrank(session: Session, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Remove the members from one place to another, counted from the lowest score; -1 is the highest.

    > ZADD board 120 ada 90 bob 150 eve
    (integer) 3
    > ZREMRANGEBYRANK board 0 -2
    (integer) 2
    > ZRANGE board 0 -1
    1) "eve"
    """
    low, high = integer(start), integer(stop)
    removed = session.db.edit(key, SortedSet).remove_by_rank(low, high)
    return _removed(session.db, key, removed, "zremrangebyrank")


@command(
    "ZREMRANGEBYSCORE key min:float max:float",
    since="1.2.0",
    complexity="O(log(N)+M) for M members removed out of N",
    flags="write",
    keys="RW delete",
    reply=Integer("how many members were removed"),
)
def zremrangebyscore(session: Session, key: bytes, low: bytes, high: bytes) -> Reply:
    """Remove the members whose score lies between two bounds, written as for ZRANGE with BYSCORE.

    With times as scores this drops what is too old.

    > ZADD seen 100 ada 200 bob 300 eve
    (integer) 3
    > ZREMRANGEBYSCORE seen -inf (300
    (integer) 2
    > ZRANGE seen 0 -1
    1) "eve"
    """
    bounds = score_bounds(low, high)
    removed = session.db.edit(key, SortedSet).remove_by_score(*bounds)
    return _removed(session.db, key, removed, "zremrangebyscore")


@command(
    "ZREMRANGEBYLEX key min max",
    since="2.8.9",
    complexity="O(log(N)+M) for M members removed out of N",
    flags="write",
    keys="RW delete",
    reply=Integer("how many members were removed"),
)
def zremrangebylex(session: Session, key: bytes, low: bytes, high: bytes) -> Reply:
    """Remove the members between two names, for a sorted set whose scores are all equal.

    > ZADD names 0 ada 0 bob 0 carl
    (integer) 3
    > ZREMRANGEBYLEX names - (c
    (integer) 2
    """
    bounds = lex_bounds(low, high)
    target = session.db.edit(key, SortedSet)
    removed = [] if bounds is None else target.remove_by_lex(*bounds)
    return _removed(session.db, key, removed, "zremrangebylex")


def _removed(db: Database, key: bytes, removed: list[Pair], event: str) -> int:
    if removed:
        db.engine.dirty += len(removed) - 1
        db.shrunk(key, event, notify.ZSET)
    return len(removed)
