"""Sorted sets, member by member: ZADD, ZINCRBY, ZREM, ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK."""

from __future__ import annotations

from redislab.commands.shapes import Array, Double, Integer, Null, OneOf
from redislab.commands.spec import changed, command
from redislab.engine import errors, notify
from redislab.engine.arguments import number
from redislab.engine.errors import ReplyError, wrong_arity
from redislab.engine.session import Session
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.numbers import parse_float
from redislab.values.sorted_set import ADDED, SAME, SortedSet

__all__ = ["add", "add_all"]

GROUP = "sorted-set"

ADD_OPTIONS = frozenset((b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"))
SCORE_NAN = "ERR resulting score is not a number (NaN)"


@command(
    "ZADD key condition=[NX | XX]@3.0.2 comparison=[GT | LT]@6.2.0 change=[CH]@3.0.2 "
    "increment=[INCR]@3.0.2 (score:float member)...",
    since="1.2.0",
    told="zadd zincr",
    complexity="O(log(N)) for each member, N members in the sorted set",
    flags="write denyoom fast",
    keys="RW update",
    history={
        "2.4.0": "Takes several members at once.",
        "3.0.2": "The options XX, NX, CH and INCR.",
        "6.2.0": "The options GT and LT.",
    },
    reply=OneOf(
        Integer("how many members were added; with CH, how many were added or got another score"),
        Double("the new score, with INCR"),
        Null("nothing was done because of an option, with INCR"),
    ),
)
def zadd(session: Session, key: bytes, first: bytes, member: bytes, *more: bytes) -> Reply:
    """Add members to a sorted set, or give them other scores.

    NX only adds, XX only changes; GT and LT change a score only upwards or downwards, but add new members all the
    same. The reply counts added members, so it is 0 for a change unless CH is given. INCR adds to the score as
    ZINCRBY does.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZADD board 130 bob
    (integer) 0
    > ZADD board CH GT 100 bob 150 ada
    (integer) 1
    > ZADD board NX INCR 5 ada
    (nil)
    > ZRANGE board 0 -1 WITHSCORES
    1) "bob"
    2) "130"
    3) "ada"
    4) "150"
    """
    if not more:
        score = parse_float(first)
        if score is not None:
            db = session.db
            done = db.edit(key, SortedSet).set(member, score, session.engine.limits)
            if done:
                db.touched(key, "zadd", notify.ZSET)
            return 1 if done == ADDED else 0
    return add(session, key, (first, member, *more), set())


def add(session: Session, key: bytes, words: tuple[bytes, ...], options: set[bytes]) -> Reply:
    """ZADD with everything it takes: the words after the key, and options that are set beforehand."""
    place = 0
    while place < len(words) and (option := words[place].upper()) in ADD_OPTIONS:
        options.add(option)
        place += 1
    pairs = words[place:]
    if not pairs or len(pairs) % 2:
        raise ReplyError(errors.SYNTAX)
    _check_options(options, len(pairs) // 2)
    scores = [number(word) for word in pairs[::2]]
    if b"INCR" in options:
        return _increment(session, key, pairs[1], scores[0], options)
    return add_all(session, key, pairs[1::2], scores, options)


def _check_options(options: set[bytes], pairs: int) -> None:
    """Which options cannot go together, in the order in which Redis looks."""
    if b"NX" in options and b"XX" in options:
        raise ReplyError("ERR XX and NX options at the same time are not compatible")
    if len(options & {b"NX", b"GT", b"LT"}) > 1:
        raise ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible")
    if b"INCR" in options and pairs > 1:
        raise ReplyError("ERR INCR option supports a single increment-element pair")


def add_all(
    session: Session, key: bytes, members: tuple[bytes, ...], scores: list[float], options: set[bytes]
) -> int:
    """Give each member its score where the options (NX, XX, GT, LT) let it; counts as ZADD does, with CH or not."""
    db, limits = session.db, session.engine.limits
    target = db.edit(key, SortedSet)
    added = changed = 0
    for member, score in zip(members, scores, strict=True):
        done = target.set(member, score, limits) if _may_set(target, member, score, options) else SAME
        if done == ADDED:
            added += 1
        elif done:
            changed += 1
    if added or changed:
        db.engine.dirty += added + changed - 1
        db.touched(key, "zadd", notify.ZSET)
    return added + changed if b"CH" in options else added


def _may_set(target: SortedSet, member: bytes, score: float, options: set[bytes]) -> bool:
    """Whether NX, XX, GT and LT let a member have this score."""
    if not options:
        return True
    old = target.score(member)
    if old is None:
        return b"XX" not in options
    if b"NX" in options:
        return False
    return not ((b"LT" in options and score >= old) or (b"GT" in options and score <= old))


def _increment(session: Session, key: bytes, member: bytes, by: float, options: set[bytes]) -> float | None:
    db = session.db
    target = db.edit(key, SortedSet)
    old = target.score(member)
    if old is not None and b"NX" in options:
        return None
    score = by if old is None else old + by
    if score != score:
        raise ReplyError(SCORE_NAN)
    if not _may_set(target, member, score, options):
        return None
    if target.set(member, score, session.engine.limits):
        db.touched(key, "zincr", notify.ZSET)
    return score


@command(
    "ZINCRBY key increment:int member",
    since="1.2.0",
    told="zincr",
    complexity="O(log(N)) for N members in the sorted set",
    flags="write denyoom fast",
    keys="RW access update",
    reply=OneOf(Double("the new score"), Null()),
)
def zincrby(session: Session, key: bytes, increment: bytes, member: bytes) -> Reply:
    """Add to the score of a member; a negative increment takes away.

    A member that is not there yet starts from 0.

    > ZADD board 120 ada
    (integer) 1
    > ZINCRBY board 5.5 ada
    "125.5"
    > ZINCRBY board -2 bob
    "-2"
    """
    return add(session, key, (increment, member), {b"INCR"})


@command(
    "ZREM key member...",
    since="1.2.0",
    complexity="O(M*log(N)) for M members to be removed out of N",
    flags="write fast",
    keys="RW delete",
    history={"2.4.0": "Takes several members."},
    reply=Integer("how many members were removed"),
)
def zrem(session: Session, key: bytes, *members: bytes) -> Reply:
    """Remove members; the key goes with the last one.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZREM board bob eve
    (integer) 1
    > ZREM board ada
    (integer) 1
    > EXISTS board
    (integer) 0
    """
    db = session.db
    target = db.edit(key, SortedSet)
    removed = sum(map(target.remove, members))
    if removed:
        db.engine.dirty += removed - 1
        db.shrunk(key, "zrem", notify.ZSET)
    return removed


@command(
    "ZCARD key",
    since="1.2.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("the number of members, 0 when there is no sorted set"),
)
def zcard(session: Session, key: bytes) -> Reply:
    """Count the members.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZCARD board
    (integer) 2
    > ZCARD nothing
    (integer) 0
    """
    value = session.db.view(key, SortedSet)
    return 0 if value is None else len(value)


@command(
    "ZSCORE key member",
    since="1.2.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=OneOf(Double("the score"), Null("there is no such member")),
)
def zscore(session: Session, key: bytes, member: bytes) -> Reply:
    """Read the score of a member.

    Scores are doubles: some decimal fractions have none of their own and show their nearest neighbour.

    > ZADD prices 0.1 tea 3 cake
    (integer) 2
    > ZSCORE prices cake
    "3"
    > ZSCORE prices tea
    "0.10000000000000001"
    > ZSCORE prices soup
    (nil)
    """
    value = session.db.view(key, SortedSet)
    return None if value is None else value.score(member)


@command(
    "ZMSCORE key member...",
    since="6.2.0",
    complexity="O(N) for N members asked for",
    flags="readonly fast",
    keys="RO access",
    reply=Array("a score, or nil, for each member asked for", OneOf(Double(), Null())),
)
def zmscore(session: Session, key: bytes, *members: bytes) -> Reply:
    """Read the scores of several members at once, nil for those who are none.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZMSCORE board bob eve
    1) "90"
    2) (nil)
    """
    value = session.db.view(key, SortedSet)
    if value is None:
        return [None] * len(members)
    return [value.score(member) for member in members]


@command(
    "ZRANK key member [WITHSCORE]@7.2.0",
    since="2.0.0",
    complexity="O(log(N))",
    flags="readonly fast",
    keys="RO access",
    history={"7.2.0": "WITHSCORE."},
    reply=OneOf(Integer("how many members come before it"), Null("there is no such member")),
)
def zrank(session: Session, key: bytes, member: bytes) -> Reply:
    """Tell the place of a member, counted from the lowest score; the first is 0.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZRANK board bob
    (integer) 0
    > ZRANK board eve
    (nil)
    """
    value = session.db.view(key, SortedSet)
    return None if value is None else value.rank(member)


@changed("zrank", since="7.2.0")
def _zrank(session: Session, key: bytes, member: bytes, *option: bytes) -> Reply:
    return _rank_with_score(session, key, member, option, False) if option else zrank(session, key, member)


def _rank_with_score(session: Session, key: bytes, member: bytes, option: tuple[bytes, ...], reverse: bool) -> Reply:
    """Place and score of a member. Raises ReplyError."""
    if len(option) > 1:
        raise wrong_arity("zrevrank" if reverse else "zrank")
    if option[0].upper() != b"WITHSCORE":
        raise ReplyError(errors.SYNTAX)
    value = session.db.view(key, SortedSet)
    rank = None if value is None else value.rank(member, reverse)
    return NULL_ARRAY if value is None or rank is None else [rank, value.score(member)]


@command(
    "ZREVRANK key member [WITHSCORE]@7.2.0",
    since="2.0.0",
    complexity="O(log(N))",
    flags="readonly fast",
    keys="RO access",
    history={"7.2.0": "WITHSCORE."},
    reply=OneOf(Integer("how many members come after it"), Null("there is no such member")),
)
def zrevrank(session: Session, key: bytes, member: bytes) -> Reply:
    """Tell the place of a member, counted from the highest score: what a leaderboard asks.

    > ZADD board 120 ada 90 bob
    (integer) 2
    > ZREVRANK board bob
    (integer) 1
    """
    value = session.db.view(key, SortedSet)
    return None if value is None else value.rank(member, True)


@changed("zrevrank", since="7.2.0")
def _zrevrank(session: Session, key: bytes, member: bytes, *option: bytes) -> Reply:
    return _rank_with_score(session, key, member, option, True) if option else zrevrank(session, key, member)
