"""Strings as a whole: GET, SET and their kin. Numbers are in `string_number`, parts of strings in `string_range`."""

from __future__ import annotations

from redislab.commands import string_options
from redislab.commands.shapes import Array, Bulk, Integer, Null, Ok, OneOf
from redislab.commands.spec import command
from redislab.commands.told import told_mget, told_set
from redislab.engine import notify
from redislab.engine.errors import wrong_arity
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import OK, Reply
from redislab.values.string import String

GROUP = "string"


@command(
    "GET key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=OneOf(Bulk("the value"), Null("the key does not exist")),
)
def get(session: Session, key: bytes) -> Reply:
    """Read a string.

    > SET tea green
    OK
    > GET tea
    "green"
    > GET coffee
    (nil)
    """
    value = session.db.view(key, String)
    if value is None:
        return None
    data = value.data
    return data if data.__class__ is bytes else bytes(data)


@command(
    "SET key value condition=[NX | XX]@2.6.12 [GET]@6.2.0 expiration=[(EX seconds:int)@2.6.12 | (PX "
    "milliseconds:int)@2.6.12 | (EXAT unix-time-seconds:time)@6.2.0 | (PXAT "
    "unix-time-milliseconds:time)@6.2.0 | KEEPTTL@6.0.0]",
    since="1.0.0",
    told=told_set,
    complexity="O(1)",
    flags="write denyoom",
    keys="RW access update variable_flags # reads the key if GET is given",
    history={
        "2.6.12": "EX, PX, NX and XX",
        "6.0.0": "KEEPTTL",
        "6.2.0": "GET, EXAT and PXAT",
        "7.0.0": "NX and GET may stand together",
    },
    reply=OneOf(
        Ok("the value is set"),
        Null("NX or XX stood against it; or, with GET, there was no value before"),
        Bulk("the value before, with GET, whether or not it was replaced"),
    ),
)
def set_(session: Session, key: bytes, value: bytes, *words: bytes) -> Reply:
    """Write a string.

    Whatever the key held before is replaced, of any type, and its time to live is gone unless KEEPTTL says
    otherwise. NX writes only where there is no key, XX only where there is one. EX and PX give a time to live in
    seconds or milliseconds, EXAT and PXAT the moment of its end. GET answers the value that was there before, and is
    the only option that minds its type.

    > SET lamp off
    OK
    > SET lamp on NX
    (nil)
    > SET lamp on XX GET
    "off"
    > SET door open EX 0
    (error) ERR invalid expire time in 'set' command
    """
    if words:
        return set_with_options(session, key, value, words)
    db = session.db
    held = db.reuse(key, String)
    if held is not None:
        held.data = value
        return OK
    db.put(key, String(value))
    db.touched(key, "set", notify.STRING)
    return OK


def set_with_options(session: Session, key: bytes, value: bytes, words: tuple[bytes, ...]) -> Reply:
    options = string_options.parse(words, string_options.SET_OPTIONS)
    when = string_options.deadline_of(options, session.engine.now, "set")
    reply: Reply = OK
    if b"GET" in options:
        old = session.db.view(key, String)
        reply = None if old is None else old.get()
    if not allowed(session, key, options):
        return reply if b"GET" in options else None
    as_given = words if b"PXAT" in options and session.engine.version > DEFAULT else ()
    write(session, key, value, when, keep_ttl=b"KEEPTTL" in options, told=as_given)
    if b"GET" in options and when is None:
        # All but GET, because who repeats the command is not asked for the value.
        session.engine.effect(session, b"", key, value, *(word for word in words if word.upper() != b"GET"))
    return reply


def allowed(session: Session, key: bytes, options: dict[bytes, bytes]) -> bool:
    """Whether NX or XX lets the key be written."""
    if b"NX" in options:
        return session.db.view_any(key) is None
    return b"XX" not in options or session.db.view_any(key, touch=False) is not None


def write(
    session: Session,
    key: bytes,
    value: bytes,
    when: int | None,
    *,
    keep_ttl: bool = False,
    told: tuple[bytes, ...] = (),
) -> None:
    """Set a string that expires at `when`, in ms since 1970, or never. `told` are words of SET to hand on as they are.

    A moment that is over already is no reason to do otherwise: the key then goes when it is next looked at.
    """
    db = session.db
    db.put(key, String(value), keep_ttl=keep_ttl)
    if when is not None:
        db.expire_at(key, when)
    db.touched(key, "set", notify.STRING)
    if when is not None:
        db.notify(key, "expire", notify.GENERIC)
        if told:
            session.engine.effect(session, b"", key, value, *told)
        else:
            session.engine.effect(session, b"SET", key, value, b"PXAT", b"%d" % when)


@command(
    "SETNX key value",
    since="1.0.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="OW insert",
    reply=Integer("1 if the value was set, 0 if the key was there"),
)
def setnx(session: Session, key: bytes, value: bytes) -> Reply:
    """Write a string only if the key does not exist.

    A key of any type is in the way. SET with NX does the same and can set a time to live with it.

    > SETNX lock alice
    (integer) 1
    > SETNX lock bob
    (integer) 0
    > GET lock
    "alice"
    """
    if session.db.view_any(key) is not None:
        return 0
    write(session, key, value, None)
    return 1


@command(
    "SETEX key seconds:int value",
    since="2.0.0",
    complexity="O(1)",
    flags="write denyoom",
    keys="OW update",
    reply=Ok(),
)
def setex(session: Session, key: bytes, seconds: bytes, value: bytes) -> Reply:
    """Write a string with a time to live in seconds.

    The time stands before the value. SET with EX does the same.

    > SETEX session 60 alice
    OK
    > TTL session
    (integer) 60
    > SETEX session 0 alice
    (error) ERR invalid expire time in 'setex' command
    """
    write(session, key, value, string_options.deadline(seconds, b"EX", session.engine.now, "setex"))
    return OK


@command(
    "PSETEX key milliseconds:int value",
    since="2.6.0",
    complexity="O(1)",
    flags="write denyoom",
    keys="OW update",
    reply=Ok(),
)
def psetex(session: Session, key: bytes, milliseconds: bytes, value: bytes) -> Reply:
    """Write a string with a time to live in milliseconds.

    > PSETEX session 60000 alice
    OK
    > TTL session
    (integer) 60
    """
    write(session, key, value, string_options.deadline(milliseconds, b"PX", session.engine.now, "psetex"))
    return OK


@command(
    "GETSET key value",
    since="1.0.0",
    told="new set",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    deprecated_since="6.2.0",
    replaced_by="`SET` with the `!GET` argument",
    reply=OneOf(Bulk("the value before"), Null("the key did not exist")),
)
def getset(session: Session, key: bytes, value: bytes) -> Reply:
    """Write a string and answer the one before.

    The time to live of the key is gone afterwards. SET with GET does the same.

    > GETSET visits 1
    (nil)
    > GETSET visits 0
    "1"
    """
    old = session.db.view(key, String)
    reply = None if old is None else old.get()
    write(session, key, value, None)
    session.engine.effect(session, b"SET", key, value)
    return reply


@command(
    "GETDEL key",
    since="6.2.0",
    told="del",
    complexity="O(1)",
    flags="write fast",
    keys="RW access delete",
    reply=OneOf(Bulk("the value"), Null("the key does not exist")),
)
def getdel(session: Session, key: bytes) -> Reply:
    """Read a string and delete it.

    > SET ticket 17
    OK
    > GETDEL ticket
    "17"
    > GETDEL ticket
    (nil)
    """
    db = session.db
    value = db.view(key, String)
    if value is None:
        return None
    db.remove(key)
    db.touched(key, "del", notify.GENERIC)
    session.engine.effect(session, b"DEL", key)
    return value.get()


@command(
    "GETEX key expiration=[(EX seconds:int) | (PX milliseconds:int) | (EXAT unix-time-seconds:time) | "
    "(PXAT unix-time-milliseconds:time) | PERSIST]",
    since="6.2.0",
    told="del expire persist",
    complexity="O(1)",
    flags="write fast",
    keys="RW access update # changes the time to live",
    reply=OneOf(Bulk("the value"), Null("the key does not exist")),
)
def getex(session: Session, key: bytes, *words: bytes) -> Reply:
    """Read a string and change its time to live.

    EX and PX count from now, EXAT and PXAT name the moment; one that is over deletes the key. PERSIST takes the time
    to live away. Without an option this is GET.

    > SET code 4711
    OK
    > GETEX code EX 60
    "4711"
    > TTL code
    (integer) 60
    > GETEX code PERSIST
    "4711"
    > TTL code
    (integer) -1
    """
    options = string_options.parse(words, string_options.GETEX_OPTIONS)
    value = session.db.view(key, String)
    if value is None:
        return None
    reply = value.get()
    when = string_options.deadline_of(options, session.engine.now, "getex")
    if when is not None:
        expire(session, key, when)
    elif b"PERSIST" in options and session.db.expiry(key) is not None:
        session.db.expire_at(key, None)
        session.db.touched(key, "persist", notify.GENERIC)
        session.engine.effect(session, b"PERSIST", key)
    return reply


def expire(session: Session, key: bytes, when: int) -> None:
    """Let a key end at `when`, or at once if that is over."""
    db, engine = session.db, session.engine
    if when > engine.now or engine.loading:
        db.expire_at(key, when)
        db.touched(key, "expire", notify.GENERIC)
        engine.effect(session, b"PEXPIREAT", key, b"%d" % when)
    else:
        db.remove(key)
        db.touched(key, "del", notify.GENERIC)
        engine.effect(session, engine.deletion, key)


@command(
    "MGET key...",
    since="1.0.0",
    told=told_mget,
    complexity="O(N) where N is the number of keys to retrieve.",
    flags="readonly fast",
    keys="RO access",
    tips=["request_policy:multi_shard"],
    reply=Array("the value of each key; null where it is missing or no string", OneOf(Bulk(), Null())),
)
def mget(session: Session, *keys: bytes) -> Reply:
    """Read several strings at once.

    A key of another type is no error here: it counts as missing.

    > MSET red 1 blue 2
    OK
    > MGET red green blue
    1) "1"
    2) (nil)
    3) "2"
    """
    db = session.db
    found = []
    for key in keys:
        value = db.view_any(key, announce=True)
        found.append(value.get() if value.__class__ is String else None)
    return found


@command(
    "MSET (key value)...",
    since="1.0.1",
    complexity="O(N) where N is the number of keys to set.",
    flags="write denyoom",
    keys="OW update",
    tips=["request_policy:multi_shard", "response_policy:all_succeeded"],
    reply=Ok(),
)
def mset(session: Session, *words: bytes) -> Reply:
    """Write several strings at once.

    Nobody sees some of them written and others not. Values that were there are replaced, of whatever type; of a key
    named twice the last value stays.

    > MSET red 1 blue 2
    OK
    > GET blue
    "2"
    """
    if len(words) % 2:
        raise wrong_arity("mset")
    write_all(session, words)
    return OK


@command(
    "MSETNX (key value)...",
    since="1.0.1",
    complexity="O(N) where N is the number of keys to set.",
    flags="write denyoom",
    keys="OW insert",
    tips=["request_policy:multi_shard", "response_policy:agg_min"],
    reply=Integer("1 if all were set, 0 if none, because one of the keys was there"),
)
def msetnx(session: Session, *words: bytes) -> Reply:
    """Write several strings, but only if none of the keys exists.

    > MSETNX red 1 blue 2
    (integer) 1
    > MSETNX blue 3 green 4
    (integer) 0
    > EXISTS green
    (integer) 0
    """
    if len(words) % 2:
        raise wrong_arity("msetnx")
    if any(session.db.view_any(key) is not None for key in words[::2]):
        return 0
    write_all(session, words)
    return 1


def write_all(session: Session, words: tuple[bytes, ...]) -> None:
    """Set strings from keys and values that take turns."""
    db, keys, values = session.db, words[::2], words[1::2]
    if db.refill(keys, values):
        return
    for key, value in zip(keys, values, strict=True):
        db.put(key, String(value))
        db.touched(key, "set", notify.STRING)
