"""Pops from the first of several sorted sets, waiting or not: BZPOPMIN, BZPOPMAX, ZMPOP, BZMPOP.

A session that waits leaves behind a function that is tried for each of its keys that appears, in the order in which
the sessions came. A key that appears with another type than a sorted set wakes nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from redislab.commands.many_pop import ManyPop, read_many_pop
from redislab.commands.shapes import Array, NullArrayReply, OneOf
from redislab.commands.sorted_set_remove import take
from redislab.commands.spec import command
from redislab.engine.arguments import block_timeout
from redislab.engine.session import Session
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.sorted_set import SortedSet

GROUP = "sorted-set"
ENDS = (b"MIN", b"MAX")

Pop = Callable[[bytes, SortedSet], Reply]

TRIPLE = OneOf(Array("the key, the member and its score"), NullArrayReply("the time is over"))


def _pop_first(session: Session, keys: Sequence[bytes], pop: Pop) -> Reply | None:
    """What `pop` answers for the first of the keys that holds a sorted set; None when none does. Raises WRONGTYPE."""
    for key in keys:
        target = session.db.edit(key, SortedSet)
        if len(target):
            return pop(key, target)
    return None


def _pop_or_wait(session: Session, keys: Sequence[bytes], wait_ms: int, pop: Pop) -> Reply:
    reply = _pop_first(session, keys, pop)
    if reply is not None:
        return reply

    def serve(key: bytes) -> Reply | None:
        db = session.db
        return None if db.view_if(key, SortedSet) is None else pop(key, db.edit(key, SortedSet))

    return session.block(keys, wait_ms, serve, NULL_ARRAY, kind="zset")


def _pop_one_or_wait(session: Session, words: tuple[bytes, ...], highest: bool) -> Reply:
    """BZPOPMIN and BZPOPMAX."""
    *keys, timeout = words
    wait_ms = block_timeout(timeout, session.engine)
    return _pop_or_wait(session, keys, wait_ms, partial(_take_one, session, highest))


def _take_one(session: Session, highest: bool, key: bytes, target: SortedSet) -> Reply:
    """BZPOPMIN's reply, flat."""
    reply = [key, *take(session.db, key, target, highest, 1)[0]]
    session.engine.effect(session, b"ZPOPMAX" if highest else b"ZPOPMIN", key)
    return reply


def _take_many(session: Session, call: ManyPop, key: bytes, target: SortedSet) -> Reply:
    """ZMPOP's reply: pairs in arrays of their own, in RESP2 too."""
    taken = take(session.db, key, target, not call.first, call.most)
    session.engine.effect(session, b"ZPOPMAX" if not call.first else b"ZPOPMIN", key, b"%d" % len(taken))
    return [key, [list(pair) for pair in taken]]


@command(
    "BZPOPMIN key... timeout:float",
    since="5.0.0",
    told="zpopmin@2 del",
    complexity="O(log(N)) for N members",
    flags="write noscript blocking fast",
    keys="RW access delete",
    history={"6.0.0": "The timeout may be a fraction of a second."},
    reply=TRIPLE,
)
def bzpopmin(session: Session, *words: bytes) -> Reply:
    """Take the lowest member of the first of several sorted sets that has one; wait for one if all are empty.

    The timeout is in seconds; 0 waits for ever. Of several clients waiting on a key, the one that came first is
    served first. Inside MULTI nothing waits.

    > ZADD later 2 sweep 1 cook
    (integer) 2
    > BZPOPMIN now later 1
    1) "later"
    2) "cook"
    3) "1"
    """
    return _pop_one_or_wait(session, words, False)


@command(
    "BZPOPMAX key... timeout:float",
    since="5.0.0",
    told="zpopmax@2 del",
    complexity="O(log(N)) for N members",
    flags="write noscript blocking fast",
    keys="RW access delete",
    history={"6.0.0": "The timeout may be a fraction of a second."},
    reply=TRIPLE,
)
def bzpopmax(session: Session, *words: bytes) -> Reply:
    """Take the highest member of the first of several sorted sets that has one; wait for one if all are empty.

    See BZPOPMIN for the timeout.

    > ZADD bids 90 ada 120 bob
    (integer) 2
    > BZPOPMAX bids 1
    1) "bids"
    2) "bob"
    3) "120"
    """
    return _pop_one_or_wait(session, words, True)


@command(
    "ZMPOP numkeys:int key... where=(MIN | MAX) [COUNT count:int]",
    since="7.0.0",
    told="zpopmin@3 zpopmax@3 del",
    complexity="O(K) + O(M*log(N)) for K keys and M members taken out of N",
    flags="write",
    keys="RW access delete",
    reply=OneOf(Array("the key, and an array of members with scores"), NullArrayReply("all are empty")),
)
def zmpop(session: Session, *words: bytes) -> Reply:
    """Take members from one end of the first of several sorted sets that has any.

    > ZADD later 2 sweep 1 cook
    (integer) 2
    > ZMPOP 2 now later MIN COUNT 5
    1) "later"
    2) 1) 1) "cook"
          2) "1"
       2) 1) "sweep"
          2) "2"
    > ZMPOP 2 now later MAX
    (nil)
    """
    call = read_many_pop(words[0], words[1:], ENDS)
    reply = _pop_first(session, call.keys, partial(_take_many, session, call))
    return NULL_ARRAY if reply is None else reply


@command(
    "BZMPOP timeout:float numkeys:int key... where=(MIN | MAX) [COUNT count:int]",
    since="7.0.0",
    told="zpopmin@3 zpopmax@3 del",
    complexity="O(K) + O(M*log(N)) for K keys and M members taken out of N",
    flags="write blocking",
    keys="RW access delete",
    reply=OneOf(Array("the key, and an array of members with scores"), NullArrayReply("the time is over")),
)
def bzmpop(session: Session, timeout: bytes, *words: bytes) -> Reply:
    """Take members from one end of the first of several sorted sets that has any; wait if all are empty.

    The timeout, in seconds, comes first here; 0 waits for ever.

    > ZADD later 2 sweep 1 cook
    (integer) 2
    > BZMPOP 1 2 now later MAX
    1) "later"
    2) 1) 1) "sweep"
          2) "2"
    """
    call = read_many_pop(words[0], words[1:], ENDS)
    wait_ms = block_timeout(timeout, session.engine)
    return _pop_or_wait(session, call.keys, wait_ms, partial(_take_many, session, call))
