"""Random picks from a hash, and the walk through it: HRANDFIELD and HSCAN."""

from __future__ import annotations

from redislab.commands.scanning import match_and_count, page, pick_count, picks
from redislab.commands.shapes import Array, Bulk, Null, OneOf, PairList
from redislab.commands.spec import changed, command
from redislab.engine.arguments import cursor
from redislab.engine.session import Session
from redislab.resp.types import Pairs, Reply
from redislab.values.hash import Hash

GROUP = "hash"


@command(
    "HRANDFIELD key options=[count:int [WITHVALUES]]",
    since="6.2.0",
    complexity="O(N) for N fields returned",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=OneOf(
        Bulk("a field, without count"),
        Null("there is no hash, without count"),
        Array("fields, with count", Bulk()),
        PairList("fields and values, with WITHVALUES"),
    ),
)
def hrandfield(session: Session, key: bytes, *words: bytes) -> Reply:
    """Pick fields of a hash at random, without removing them.

    A positive count picks different fields, at most all of them. A negative count picks as many as it says, and may
    pick the same field again and again.

    > HSET lucky seven 7
    (integer) 1
    > HRANDFIELD lucky
    "seven"
    > HRANDFIELD lucky -2
    1) "seven"
    2) "seven"
    > HRANDFIELD lucky 5 WITHVALUES
    1) "seven"
    2) "7"
    """
    if words:
        return _several(session, key, words)
    value = session.db.view(key, Hash)
    return None if value is None else value.pick(session.engine.random)


def _several(session: Session, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """HRANDFIELD with a count."""
    count, with_values = pick_count(words, b"WITHVALUES")
    value = session.db.view(key, Hash)
    if value is None:
        return []
    fields = picks(value, count, session.engine.random)
    if not with_values:
        return fields
    return Pairs((field, value.get(field)) for field in fields)


@command(
    "HSCAN key cursor:int [MATCH pattern:pattern] [COUNT count:int] [NOVALUES@7.4.0]",
    since="2.8.0",
    complexity="O(1) for every call, O(N) for a whole walk over N fields",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=Array("the next cursor, and an array of fields and values"),
)
def hscan(session: Session, key: bytes, at: bytes, *words: bytes) -> Reply:
    """Walk through a hash a page at a time, so that nobody waits long.

    Begin with cursor 0, go on with the cursor of each reply, stop when it is 0 again. COUNT is a wish, not a limit:
    a small hash comes at once. A page may be empty, and a field may come twice while the hash changes.

    > HSET user:1 name Ada born 1815 town London
    (integer) 3
    > HSCAN user:1 0 MATCH *n
    1) "0"
    2) 1) "born"
       2) "1815"
       3) "town"
       4) "London"
    """
    position = cursor(at, session.engine)
    value = session.db.view(key, Hash)
    if value is None:
        return page(0, [])
    matcher, count = match_and_count(words)
    position, pairs = value.scan(position, count)
    return page(position, [text for pair in pairs if matcher is None or matcher(pair[0]) for text in pair])


@changed("hscan", since="7.4.0")
def _hscan(session: Session, key: bytes, at: bytes, *words: bytes) -> Reply:
    """Walk through a hash a page at a time, so that nobody waits long.

    As before 7.4; with NOVALUES the page has the fields alone.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HSCAN user:1 0 NOVALUES
    1) "0"
    2) 1) "name"
       2) "born"
    """
    options = tuple(word.upper() for word in words)
    if b"NOVALUES" not in options:
        return hscan(session, key, at, *words)
    position = cursor(at, session.engine)
    value = session.db.view(key, Hash)
    if value is None:
        return page(0, [])
    matcher, count = match_and_count(_without_novalues(words))
    position, pairs = value.scan(position, count)
    return page(position, [field for field, _ in pairs if matcher is None or matcher(field)])


def _without_novalues(words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The options without NOVALUES, which may stand where an option may, not where a pattern does."""
    kept: list[bytes] = []
    for word in words:
        if word.upper() != b"NOVALUES" or len(kept) % 2:
            kept.append(word)
    return tuple(kept)
