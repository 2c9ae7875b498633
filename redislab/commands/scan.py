"""SCAN: walking through the keys in pages."""

from __future__ import annotations

from redislab.commands.scanning import DEFAULT_COUNT, page
from redislab.commands.shapes import Array
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import cursor, integer
from redislab.engine.errors import ReplyError
from redislab.engine.keyspace import Database
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.glob import compile as compile_pattern

GROUP = "generic"


@command(
    "SCAN cursor:int [MATCH pattern:pattern] [COUNT count:int] [TYPE type]@6.0.0",
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a whole walk, where N is the number of keys.",
    flags="readonly",
    tips=["nondeterministic_output", "request_policy:special"],
    history={"6.0.0": "TYPE."},
    reply=Array(meaning="the next cursor, 0 at the end, and a page of keys"),
)
def scan(session: Session, place: bytes, *options: bytes) -> Reply:
    """Walk through the keys of the database, a page at a time.

    Begin with cursor 0 and pass the cursor of each reply to the next call, until it is 0 again. A key that is there
    all the time is returned at least once; one may come twice, and a page may be empty before the end. COUNT says
    about how many keys are looked at for a page; MATCH and TYPE choose among those.

    > SET tea green
    OK
    > SCAN 0 MATCH t* COUNT 100
    1) "0"
    2) 1) "tea"
    """
    position = cursor(place, session.engine)
    pattern, count, kind = _options(options)
    db = session.db
    position, found = db.index_of_keys().scan(position, count)
    if pattern != b"*":
        found = list(filter(compile_pattern(pattern), found))
    if kind is not None:
        found = [key for key in found if _is_a(db, key, kind)]
    elif db.expires:
        found = [key for key in found if db.exists(key)]
    return page(position, found)


def _is_a(db: Database, key: bytes, kind: bytes) -> bool:
    value = db.view_any(key, touch=False, announce=True)
    return value is not None and value.type.encode() == kind


def _options(words: tuple[bytes, ...]) -> tuple[bytes, int, bytes | None]:
    """The pattern, the count and the type (or None)."""
    pattern, count, kind = b"*", DEFAULT_COUNT, None
    for place in range(0, len(words), 2):
        option = words[place].upper()
        if place + 1 == len(words) or option not in (b"MATCH", b"COUNT", b"TYPE"):
            raise ReplyError(errors.SYNTAX)
        word = words[place + 1]
        if option == b"MATCH":
            pattern = word
        elif option == b"TYPE":
            kind = word.lower()
        else:
            count = integer(word)
            if count < 1:
                raise ReplyError(errors.SYNTAX)
    return pattern, count, kind
