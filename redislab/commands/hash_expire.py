"""Fields of hashes that expire, since Redis 7.4: HEXPIRE, HTTL, HPERSIST and their kin.

What reads or sets fields along with their times is in `hash_expire_get`. Imported only by later versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redislab.commands.shapes import Array, Integer
from redislab.commands.spec import command
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.newer import NewerDatabase
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.hash import Hash
from redislab.values.hash_expiring import ExpiringHash

__all__ = ["LATEST", "database_of", "fields_of", "moment"]

GROUP = "hash"
LATEST = (1 << 46) - 1
"""The last moment that a field can expire at, in ms since 1970."""
NO_FIELD, UNMET, SET, DELETED = -2, 0, 1, 2
NO_FIELDS_WORD = "ERR Mandatory argument FIELDS is missing or not at the right position"
WRONG_COUNT = "ERR The `numfields` parameter must match the number of arguments"
BAD_COUNT = "ERR Number of fields must be a positive integer"
BAD_COUNT_OF_EXPIRE = "ERR Parameter `numFields` should be greater than 0"

TIMES = {
    "reply": Array(
        "for each field: 1 if the time was set, 2 if the field was deleted because the time is past, 0 if the"
        " condition was not met, -2 if there is no such field",
        Integer(),
    ),
    "complexity": "O(N) for N fields",
    "flags": "write fast",
    "keys": "RW update",
}


# -- arguments -----------------------------------------------------------------------------------------------


def fields_of(words: Sequence[bytes], bad_count: str = BAD_COUNT) -> Sequence[bytes]:
    """The fields of `FIELDS numfields field…`, which must be all there is. Raises ReplyError."""
    if not words or words[0].upper() != b"FIELDS":
        raise ReplyError(NO_FIELDS_WORD)
    count = integer(words[1], bad_count) if len(words) > 1 else 0
    if count < 1:
        raise ReplyError(bad_count)
    if count != len(words) - 2:
        raise ReplyError(WRONG_COUNT)
    return words[2:]


def moment(session: Session, word: bytes, name: str, unit: int, *, absolute: bool) -> int:
    """The ms since 1970 that a time in units of `unit` ms means. Raises ReplyError."""
    value = integer(word)
    if value < 0:
        raise ReplyError("ERR invalid expire time, must be >= 0")
    when = value * unit + (0 if absolute else session.engine.now)
    if when > LATEST:
        raise ReplyError(f"ERR invalid expire time in '{name}' command")
    return when


_CONDITIONS: dict[bytes, Callable[[int | None, int], bool]] = {
    b"NX": lambda present, when: present is None,
    b"XX": lambda present, when: present is not None,
    b"GT": lambda present, when: present is not None and when > present,
    b"LT": lambda present, when: present is None or when < present,
}


def database_of(session: Session) -> NewerDatabase:
    """The session's database, which in these versions knows of fields that expire."""
    db = session.db
    assert isinstance(db, NewerDatabase)
    return db


# -- setting -------------------------------------------------------------------------------------------------


def _expire(session: Session, key: bytes, words: Sequence[bytes], name: str, unit: int, absolute: bool) -> Reply:
    """The four commands that set times: `words` begin with the time."""
    db = database_of(session)
    present = db.view_to_write(key, Hash)
    when = moment(session, words[0], name, unit, absolute=absolute)
    condition = _CONDITIONS.get(words[1].upper())
    fields = fields_of(words[1 if condition is None else 2 :], BAD_COUNT_OF_EXPIRE)
    if present is None:
        return [NO_FIELD] * len(fields)
    target = db.edit_times(key)
    past = when <= session.engine.now
    replies = [_expire_field(target, field, when, past, condition) for field in fields]
    changed = [field for field, reply in zip(fields, replies, strict=True) if reply > 0]
    if past and changed:
        told_as_deleted(session, key, changed)
        db.shrunk(key, "hdel", notify.HASH)
    elif changed:
        until_fields = words[1 : 2 if condition is None else 3]  # a condition, and FIELDS, as they were given
        told = b"" if name == "hpexpireat" else b"HPEXPIREAT"
        session.engine.effect(session, told, key, b"%d" % when, *until_fields, b"%d" % len(changed), *changed)
        db.touched(key, "hexpire", notify.HASH)
    return replies


def told_as_deleted(session: Session, key: bytes, fields: Iterable[bytes]) -> None:
    """Hand on that fields were deleted instead of given a time that is past: one by one."""
    for field in fields:
        session.engine.effect(session, b"HDEL", key, field)


def _expire_field(
    target: ExpiringHash, field: bytes, when: int, past: bool, condition: Callable[[int | None, int], bool] | None
) -> int:
    if field not in target:
        return NO_FIELD
    if condition is not None and not condition(target.time(field), when):
        return UNMET
    if past:
        target.delete(field)
        return DELETED
    target.expire(field, when)
    return SET


@command(
    "HEXPIRE key seconds:int condition=[NX | XX | GT | LT] fields=(FIELDS numfields:int field...)",
    since="7.4.0",
    **TIMES,
)
def hexpire(session: Session, key: bytes, *words: bytes) -> Reply:
    """Let fields of a hash expire in so many seconds; the other fields stay.

    NX sets a time only where there is none, XX only where there is one, GT only a later one, LT only an earlier one (no
    time at all counts as for ever). Setting a field again with HSET takes its time away. When the last field goes, the
    key goes with it.

    > HSET cart:1 apples 2 pears 3
    (integer) 2
    > HEXPIRE cart:1 60 FIELDS 2 apples plums
    1) (integer) 1
    2) (integer) -2
    > HEXPIRE cart:1 30 GT FIELDS 1 apples
    1) (integer) 0
    """
    return _expire(session, key, words, "hexpire", 1000, absolute=False)


@command(
    "HPEXPIRE key milliseconds:int condition=[NX | XX | GT | LT] fields=(FIELDS numfields:int field...)",
    since="7.4.0",
    **TIMES,
)
def hpexpire(session: Session, key: bytes, *words: bytes) -> Reply:
    """Let fields of a hash expire in so many milliseconds; see HEXPIRE.

    > HSET cart:1 apples 2
    (integer) 1
    > HPEXPIRE cart:1 60000 FIELDS 1 apples
    1) (integer) 1
    """
    return _expire(session, key, words, "hpexpire", 1, absolute=False)


@command(
    "HEXPIREAT key unix-time-seconds:time condition=[NX | XX | GT | LT] fields=(FIELDS numfields:int field...)",
    since="7.4.0",
    **TIMES,
)
def hexpireat(session: Session, key: bytes, *words: bytes) -> Reply:
    """Let fields of a hash expire at a moment, in seconds since 1970. A moment that is past deletes them at once.

    > HSET cart:1 apples 2 pears 3
    (integer) 2
    > HEXPIREAT cart:1 4102444800 FIELDS 1 apples
    1) (integer) 1
    > HEXPIREAT cart:1 1 FIELDS 1 pears
    1) (integer) 2
    """
    return _expire(session, key, words, "hexpireat", 1000, absolute=True)


@command(
    "HPEXPIREAT key unix-time-milliseconds:time condition=[NX | XX | GT | LT] fields=(FIELDS numfields:int field...)",
    since="7.4.0",
    **TIMES,
)
def hpexpireat(session: Session, key: bytes, *words: bytes) -> Reply:
    """Let fields of a hash expire at a moment, in milliseconds since 1970; see HEXPIREAT.

    > HSET cart:1 apples 2
    (integer) 1
    > HPEXPIREAT cart:1 4102444800000 FIELDS 1 apples
    1) (integer) 1
    """
    return _expire(session, key, words, "hpexpireat", 1, absolute=True)


@command(
    "HPERSIST key fields=(FIELDS numfields:int field...)",
    since="7.4.0",
    complexity="O(N) for N fields",
    flags="write fast",
    keys="RW update",
    reply=Array("for each field: 1 if it lost its time, -1 if it had none, -2 if there is no such field", Integer()),
)
def hpersist(session: Session, key: bytes, *words: bytes) -> Reply:
    """Take the time to live away from fields of a hash: they stay until they are deleted.

    > HSET cart:1 apples 2 pears 3
    (integer) 2
    > HEXPIRE cart:1 60 FIELDS 1 apples
    1) (integer) 1
    > HPERSIST cart:1 FIELDS 2 apples pears
    1) (integer) 1
    2) (integer) -1
    """
    db = database_of(session)
    present = db.view_to_write(key, Hash)
    fields = fields_of(words)
    if not isinstance(present, ExpiringHash):
        return [NO_FIELD if present is None or field not in present else -1 for field in fields]
    target = db.edit_times(key)
    replies = []
    for field in fields:
        timed = target.time(field) is not None
        if timed:
            target.expire(field, None)
        replies.append(1 if timed else -1 if field in target else NO_FIELD)
    if 1 in replies:
        db.touched(key, "hpersist", notify.HASH)
    return replies


# -- asking --------------------------------------------------------------------------------------------------


def _times(session: Session, key: bytes, words: Sequence[bytes], shown: Callable[[int], int]) -> Reply:
    present = session.db.view(key, Hash)
    fields = fields_of(words)
    if present is None:
        return [NO_FIELD] * len(fields)
    times = present.times() if isinstance(present, ExpiringHash) else {}
    return [shown(times[field]) if field in times else -1 if field in present else NO_FIELD for field in fields]


def _asking(what: str, **facts: Any) -> dict[str, Any]:
    return {
        "since": "7.4.0",
        "complexity": "O(N) for N fields",
        "flags": "readonly fast",
        "keys": "RO access",
        "reply": Array(f"for each field: {what}, -1 if it has no time, -2 if there is no such field", Integer()),
        **facts,
    }


@command(
    "HTTL key fields=(FIELDS numfields:int field...)", **_asking("the seconds left", tips=["nondeterministic_output"])
)
def httl(session: Session, key: bytes, *words: bytes) -> Reply:
    """Tell how many seconds fields of a hash have left.

    > HSET cart:1 apples 2
    (integer) 1
    > HTTL cart:1 FIELDS 2 apples plums
    1) (integer) -1
    2) (integer) -2
    """
    now = session.engine.now
    return _times(session, key, words, lambda when: (when - now + 999) // 1000)


@command(
    "HPTTL key fields=(FIELDS numfields:int field...)",
    **_asking("the milliseconds left", tips=["nondeterministic_output"]),
)
def hpttl(session: Session, key: bytes, *words: bytes) -> Reply:
    """Tell how many milliseconds fields of a hash have left.

    > HSET cart:1 apples 2
    (integer) 1
    > HPTTL cart:1 FIELDS 1 apples
    1) (integer) -1
    """
    now = session.engine.now
    return _times(session, key, words, lambda when: when - now)


@command("HEXPIRETIME key fields=(FIELDS numfields:int field...)", **_asking("the moment, in seconds since 1970"))
def hexpiretime(session: Session, key: bytes, *words: bytes) -> Reply:
    """Tell when fields of a hash expire, in seconds since 1970.

    > HSET cart:1 apples 2
    (integer) 1
    > HEXPIREAT cart:1 4102444800 FIELDS 1 apples
    1) (integer) 1
    > HEXPIRETIME cart:1 FIELDS 1 apples
    1) (integer) 4102444800
    """
    return _times(session, key, words, lambda when: (when + 999) // 1000)


@command("HPEXPIRETIME key fields=(FIELDS numfields:int field...)", **_asking("the moment, in ms since 1970"))
def hpexpiretime(session: Session, key: bytes, *words: bytes) -> Reply:
    """Tell when fields of a hash expire, in milliseconds since 1970.

    > HSET cart:1 apples 2
    (integer) 1
    > HPEXPIREAT cart:1 4102444800000 FIELDS 1 apples
    1) (integer) 1
    > HPEXPIRETIME cart:1 FIELDS 1 apples
    1) (integer) 4102444800000
    """
    return _times(session, key, words, lambda when: when)
