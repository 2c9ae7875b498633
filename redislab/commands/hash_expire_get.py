"""Reading and setting fields of hashes along with their times, since Redis 8.0: HGETEX, HSETEX, HGETDEL.

Imported only by later versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from redislab.commands.hash_expire import database_of, fields_of, moment, told_as_deleted
from redislab.commands.shapes import Array, Bulk, Integer, Null, OneOf
from redislab.commands.spec import command
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, wrong_arity
from redislab.engine.newer import NewerDatabase
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.hash import Hash

GROUP = "hash"
UNITS = {b"EX": (1000, False), b"PX": (1, False), b"EXAT": (1000, True), b"PXAT": (1, True)}
VALUES = Array("the value of each field in the order asked, nil where there is none", OneOf(Bulk(), Null()))


# -- HGETDEL, HGETEX -----------------------------------------------------------------------------------------


@command(
    "HGETDEL key fields=(FIELDS numfields:int field...)",
    since="8.0.0",
    complexity="O(N) for N fields",
    flags="write fast",
    keys="RW access delete",
    reply=VALUES,
)
def hgetdel(session: Session, key: bytes, *words: bytes) -> Reply:
    """Read fields of a hash and delete them. When the last field goes, the key goes with it.

    > HSET job:7 worker ada state done
    (integer) 2
    > HGETDEL job:7 FIELDS 2 state owner
    1) "done"
    2) (nil)
    > HGETALL job:7
    1) "worker"
    2) "ada"
    """
    db = session.db
    present = db.view_to_write(key, Hash)
    fields = fields_of(words)
    if present is None:
        return [None] * len(fields)
    target = db.edit(key, Hash)
    values = [(target.get(field), target.delete(field))[0] for field in fields]
    gone = [field for field, value in zip(fields, values, strict=True) if value is not None]
    if gone:
        session.engine.effect(session, b"HDEL", key, *fields)
        db.shrunk(key, "hdel", notify.HASH)
    return values


@command(
    "HGETEX key expiration=[EX seconds:int | PX milliseconds:int | EXAT unix-time-seconds:time"
    " | PXAT unix-time-milliseconds:time | PERSIST] fields=(FIELDS numfields:int field...)",
    since="8.0.0",
    complexity="O(N) for N fields",
    flags="write fast",
    keys="RW access update",
    reply=VALUES,
)
def hgetex(session: Session, key: bytes, *words: bytes) -> Reply:
    """Read fields of a hash and set when they expire, or with PERSIST that they do not. Without either it only reads.

    > HSET session:1 user ada
    (integer) 1
    > HGETEX session:1 EX 600 FIELDS 1 user
    1) "ada"
    > HTTL session:1 FIELDS 1 user
    1) (integer) 600
    """
    db = database_of(session)
    present = db.view_to_write(key, Hash)
    mode, when = b"", None
    if (option := words[0].upper()) in UNITS:
        unit, absolute = UNITS[option]
        mode, when = b"EX", moment(session, words[1], "hgetex", unit, absolute=absolute)
        words = words[2:]
    elif option == b"PERSIST":
        mode, words = option, words[1:]
    if len(words) == 1 and words[0].upper() == b"FIELDS":
        raise wrong_arity("hgetex")
    fields = fields_of(words)
    if present is None:
        return [None] * len(fields)
    if not mode:
        return [present.get(field) for field in fields]
    values = [present.get(field) for field in fields]
    found = [field for field, value in zip(fields, values, strict=True) if value is not None]
    if when is not None and when <= session.engine.now:  # named twice, a field is gone the second time
        values = [
            None if field in fields[:place] else value
            for place, (field, value) in enumerate(zip(fields, values, strict=True))
        ]
    _set_times(session, db, key, found, when)
    if when is not None and found and when > session.engine.now:
        session.engine.effect(session, b"HPEXPIREAT", key, b"%d" % when, b"FIELDS", b"%d" % len(fields), *fields)
    elif mode == b"PERSIST":
        session.engine.effect(session, b"HPERSIST", key, b"FIELDS", b"%d" % len(fields), *fields)
    elif when is not None:
        told_as_deleted(session, key, dict.fromkeys(found))
    return values


def _set_times(session: Session, db: NewerDatabase, key: bytes, fields: Sequence[bytes], when: int | None) -> None:
    """Give fields that are there a time, or none, and announce it; a time that is past deletes them."""
    target, engine = db.edit_times(key), session.engine
    if when is None:
        timed = [field for field in fields if target.time(field) is not None]
        for field in timed:
            target.expire(field, None)
        if timed:
            db.touched(key, "hpersist", notify.HASH)
    elif not fields:
        return
    elif when <= engine.now:
        for field in fields:
            target.delete(field)
        db.shrunk(key, "hdel", notify.HASH)
    else:
        for field in fields:
            target.expire(field, when)
        db.touched(key, "hexpire", notify.HASH)


# -- HSETEX --------------------------------------------------------------------------------------------------


class _Setting(NamedTuple):
    """What HSETEX is asked to do."""

    condition: bytes
    keep: bool
    when: int | None
    pairs: Sequence[bytes]


def _setting(session: Session, words: Sequence[bytes]) -> _Setting:
    """Read the arguments, in any order but with the fields at the end. Raises ReplyError."""
    condition, expiration, when, place = b"", b"", None, 0
    while place < len(words):
        option = words[place].upper()
        if option == b"FIELDS":
            if place + 3 >= len(words):
                raise wrong_arity("hsetex")
            count = integer(words[place + 1], "ERR invalid number of fields")
            if not 1 <= count < 1 << 31:
                raise ReplyError("ERR invalid number of fields")
            pairs = words[place + 2 :]
            if len(pairs) != 2 * count:
                raise wrong_arity("hsetex")
            return _Setting(condition, expiration == b"KEEPTTL", when, pairs)
        if option in (b"FNX", b"FXX"):
            if condition:
                raise ReplyError("ERR Only one of FXX or FNX arguments can be specified")
            condition = option
        elif option == b"KEEPTTL" or option in UNITS:
            if expiration:
                raise ReplyError("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
            expiration = option
            if option in UNITS:
                place += 1
                if place == len(words):
                    raise wrong_arity("hsetex")
                unit, absolute = UNITS[option]
                when = moment(session, words[place], "hsetex", unit, absolute=absolute)
        else:
            raise ReplyError(f"ERR unknown argument: {words[place].decode('utf-8', 'surrogateescape')}")
        place += 1
    raise wrong_arity("hsetex")


@command(
    "HSETEX key condition=[FNX | FXX] expiration=[EX seconds:int | PX milliseconds:int | EXAT unix-time-seconds:time"
    " | PXAT unix-time-milliseconds:time | KEEPTTL] fields=(FIELDS numfields:int data=(field value)...)",
    since="8.0.0",
    complexity="O(N) for N fields to set",
    flags="write denyoom fast",
    keys="RW update",
    reply=Integer("1 if the fields were set, 0 if the condition was not met and none was"),
)
def hsetex(session: Session, key: bytes, *words: bytes) -> Reply:
    """Set fields of a hash and when they expire, in one step.

    FNX sets them only if none of them is there, FXX only if all are. KEEPTTL leaves times that they have; without it
    and without a time they expire no more.

    > HSETEX session:1 EX 600 FIELDS 2 user ada theme dark
    (integer) 1
    > HTTL session:1 FIELDS 1 user
    1) (integer) 600
    > HSETEX session:1 FNX FIELDS 1 user bob
    (integer) 0
    """
    db = database_of(session)
    setting = _setting(session, words)
    fields = setting.pairs[::2]
    present = db.view_to_write(key, Hash)
    there = [field in present for field in fields] if present is not None else [False]
    if (setting.condition == b"FNX" and any(there)) or (setting.condition == b"FXX" and not all(there)):
        return 0
    target, limits = db.edit(key, Hash) if setting.when is None else db.edit_times(key), session.limits
    put = target.update if setting.keep else target.set
    for field, value in zip(fields, setting.pairs[1::2], strict=True):
        put(field, value, limits)
    db.touched(key, "hset", notify.HASH)
    if setting.when is not None:
        if setting.when > session.engine.now:
            session.engine.effect(session, b"", key, *_with_moment(words, setting.when))
        else:
            told_as_deleted(session, key, fields)
        _set_times(session, db, key, list(dict.fromkeys(fields)), setting.when)
    return 1


def _with_moment(words: Sequence[bytes], when: int) -> list[bytes]:
    """HSETEX's words with the moment at which the fields expire, in whatever way it was given."""
    told = list(words)
    place = next(place for place, word in enumerate(words) if word.upper() in UNITS)
    if told[place].upper() != b"PXAT":
        told[place : place + 2] = b"PXAT", b"%d" % when
    return told
