"""Random members of a sorted set, and the walk through it: ZRANDMEMBER and ZSCAN."""

from __future__ import annotations

from redislab.commands.scanning import match_and_count, page, pick_count, picks
from redislab.commands.shapes import Array, Bulk, Null, OneOf, PairList
from redislab.commands.spec import command
from redislab.engine.arguments import cursor
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import Pairs, Reply
from redislab.values.doubles import shortest
from redislab.values.numbers import format_double
from redislab.values.sorted_set import SortedSet

GROUP = "sorted-set"

LISTPACK_INTEGER = 2.0**62
"""A listpack keeps whole scores up to this as integers."""


@command(
    "ZRANDMEMBER key options=[count:int [WITHSCORES]]",
    since="6.2.0",
    complexity="O(N) for N members returned",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=OneOf(
        Bulk("a member, without count"),
        Null("there is no sorted set, without count"),
        Array("members, with count", Bulk()),
        PairList("members and scores, with WITHSCORES"),
    ),
)
def zrandmember(session: Session, key: bytes, *words: bytes) -> Reply:
    """Pick members at random, without removing them.

    A positive count picks different members, at most all of them. A negative count picks as many as it says, and may
    pick the same member again and again. Scores do not make a member more likely.

    > ZADD hat 7 ada
    (integer) 1
    > ZRANDMEMBER hat
    "ada"
    > ZRANDMEMBER hat -2
    1) "ada"
    2) "ada"
    > ZRANDMEMBER hat 5 WITHSCORES
    1) "ada"
    2) "7"
    """
    if words:
        return _several(session, key, words)
    value = session.db.view(key, SortedSet)
    return None if value is None else value.pick(session.engine.random)


def _several(session: Session, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """ZRANDMEMBER with a count."""
    count, with_scores = pick_count(words, b"WITHSCORES")
    value = session.db.view(key, SortedSet)
    if value is None:
        return []
    members = picks(value, count, session.engine.random)
    return Pairs((member, value.score(member)) for member in members) if with_scores else members


@command(
    "ZSCAN key cursor:int [MATCH pattern:pattern] [COUNT count:int]",
    since="2.8.0",
    complexity="O(1) for every call, O(N) for a whole walk over N members",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=Array("the next cursor, and an array of members and scores"),
)
def zscan(session: Session, key: bytes, at: bytes, *words: bytes) -> Reply:
    """Walk through a sorted set a page at a time, so that nobody waits long.

    Begin with cursor 0, go on with the cursor of each reply, stop when it is 0 again. COUNT is a wish, not a limit:
    a small sorted set comes at once, in order. The order of a big one means nothing.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZSCAN board 0 MATCH a*
    1) "0"
    2) 1) "ada"
       2) "120"
    """
    position = cursor(at, session.engine)
    value = session.db.view(key, SortedSet)
    if value is None:
        return page(0, [])
    matcher, count = match_and_count(words)
    position, pairs = value.scan(position, count)
    shown = _listpack_text if value.encoding() == "listpack" else format_double
    if session.engine.version > DEFAULT:
        shown = shortest
    found = [pair for pair in pairs if matcher is None or matcher(pair[0])]
    return page(position, [text for member, score in found for text in (member, shown(score))])


def _listpack_text(score: float) -> bytes:
    """A score as ZSCAN finds it in a listpack, which keeps whole numbers as integers: 1e17 with all its zeros."""
    return b"%d" % score if abs(score) <= LISTPACK_INTEGER and score == int(score) else format_double(score)
