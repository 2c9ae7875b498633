"""Random members of a set, taken or only looked at, and the walk through it: SPOP, SRANDMEMBER, SSCAN."""

from __future__ import annotations

from redislab.commands.scanning import match_and_count, page, picks
from redislab.commands.shapes import Array, Bulk, Null, OneOf, SetReply
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import cursor, integer_in, long_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Members, Reply
from redislab.values.numbers import INT64_MAX
from redislab.values.set import Set

GROUP = "set"
TOLD_AT_ONCE = 1024
"""Members that one SREM names, when a draw is handed on."""


@command(
    "SPOP key [count:int]@3.2.0",
    since="1.0.0",
    told="del",
    complexity="O(1), with count O(N) for N members taken",
    flags="write fast",
    keys="RW access delete",
    tips=["nondeterministic_output"],
    history={"3.2.0": "Takes a count."},
    reply=OneOf(
        Bulk("the member"), Null("there is no set, without count"), SetReply("the members, with count")
    ),
)
def spop(session: Session, key: bytes, *count: bytes) -> Reply:
    """Take random members out of a set and return them: a draw without putting back.

    > SADD hat ada
    (integer) 1
    > SPOP hat
    "ada"
    > SPOP hat
    (nil)
    > SPOP hat 3
    (empty array)
    """
    if count:
        return _pop_several(session, key, count)
    db = session.db
    target = db.edit(key, Set)
    if not target:
        return None
    member = target.pop(session.engine.random)
    db.shrunk(key, "spop", notify.SET)
    session.engine.effect(session, b"SREM", key, member)
    return member


def _pop_several(session: Session, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """SPOP with a count."""
    if len(words) > 1:
        raise ReplyError(errors.SYNTAX)
    count = integer_in(words[0], 0, INT64_MAX, errors.NOT_POSITIVE)
    db, engine = session.db, session.engine
    target = db.edit(key, Set)
    if not target or not count:
        return Members()
    if count >= len(target):
        engine.hits += 1  # the whole set is read as SUNION reads it, and then deleted
    popped = target.pop_many(engine.random, count, engine.limits)
    db.shrunk(key, "spop", notify.SET)
    if engine.propagation is not None:
        _tell(session, key, popped, not target)
    return Members(popped)


def _tell(session: Session, key: bytes, popped: list[bytes], all_gone: bool) -> None:
    """Hand on what was drawn, because another draw would be another one."""
    engine = session.engine
    if all_gone:
        engine.effect(session, b"UNLINK" if engine.config["lazyfree-lazy-server-del"] else b"DEL", key)
        return
    for start in range(0, len(popped), TOLD_AT_ONCE):
        engine.effect(session, b"SREM", key, *popped[start : start + TOLD_AT_ONCE])


@command(
    "SRANDMEMBER key [count:int]@2.6.0",
    since="1.0.0",
    complexity="O(1), with count O(N) for N members returned",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    history={"2.6.0": "Takes a count."},
    reply=OneOf(
        Bulk("a member"), Null("there is no set, without count"), Array("the members, with count", Bulk())
    ),
)
def srandmember(session: Session, key: bytes, *count: bytes) -> Reply:
    """Look at random members of a set; they stay in it.

    A positive count answers with different members, at most all of them. A negative count answers with exactly as
    many as it says, and the same member may come again and again.

    > SADD hat ada
    (integer) 1
    > SRANDMEMBER hat
    "ada"
    > SRANDMEMBER hat 5
    1) "ada"
    > SRANDMEMBER hat -2
    1) "ada"
    2) "ada"
    """
    if count:
        return _several(session, key, count)
    value = session.db.view(key, Set)
    return None if value is None else value.pick(session.engine.random)


def _several(session: Session, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """SRANDMEMBER with a count."""
    if len(words) > 1:
        raise ReplyError(errors.SYNTAX)
    count = long_in(words[0], -INT64_MAX, INT64_MAX)
    value = session.db.view(key, Set)
    return [] if value is None else picks(value, count, session.engine.random)


@command(
    "SSCAN key cursor:int [MATCH pattern:pattern] [COUNT count:int]",
    since="2.8.0",
    complexity="O(1) for every call, O(N) for a whole walk over N members",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=Array("the next cursor, and an array of members"),
)
def sscan(session: Session, key: bytes, at: bytes, *words: bytes) -> Reply:
    """Walk through a set a page at a time, so that nobody waits long.

    Begin with cursor 0, go on with the cursor of each reply, stop when it is 0 again. COUNT is a wish, not a limit,
    and a small set of whole numbers comes at once. A page may be empty, and a member may come twice.

    > SADD primes 2 3 5 7 11
    (integer) 5
    > SSCAN primes 0 MATCH 1*
    1) "0"
    2) 1) "11"
    """
    position = cursor(at, session.engine)
    value = session.db.view(key, Set)
    if value is None:
        return page(0, [])
    matcher, count = match_and_count(words)
    position, members = value.scan(position, count)
    return page(position, [member for member in members if matcher is None or matcher(member)])
