"""DUMP and RESTORE: a value as bytes, to be taken to another key or another server."""

from __future__ import annotations

from typing import NamedTuple

from redislab.commands.shapes import Bulk, Null, Ok, OneOf
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply
from redislab.values.base import Value

GROUP = "generic"


@command(
    "DUMP key",
    since="2.6.0",
    complexity="O(1) to reach the key, and O(N*M) for N elements of M bytes.",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    reply=OneOf(Bulk("the value as bytes"), Null("the key does not exist")),
)
def dump(session: Session, key: bytes) -> Reply:
    """Give the value of a key as bytes that RESTORE turns into a value again, here or on another server.

    The bytes hold the value with its encoding, a version and a checksum, but not the time to live.

    > SET tea green
    OK
    > DUMP tea
    "\\x00\\x05green\\n\\x00)\\x84\\xce\\x1dz\\xc5\\x96/"
    > DUMP coffee
    (nil)
    """
    value = session.db.view_any(key, announce=True)
    if value is None:
        return None
    from redislab.rdb.payload import pack_value

    return pack_value(value, session.limits, compress=session.engine.config["rdbcompression"])


class Options(NamedTuple):
    """What follows the payload of RESTORE: `idle` in seconds, -1 where it is not given, as with `frequency`."""

    replace: bool
    absolute: bool
    idle: int
    frequency: int


def _options(words: tuple[bytes, ...]) -> Options:
    replace = absolute = False
    idle = frequency = -1
    place = 0
    while place < len(words):
        word, more = words[place].upper(), place + 1 < len(words)
        if word == b"REPLACE":
            replace = True
        elif word == b"ABSTTL":
            absolute = True
        elif word == b"IDLETIME" and more and frequency == -1:
            place += 1
            idle = integer(words[place])
            if idle < 0:
                raise ReplyError("ERR Invalid IDLETIME value, must be >= 0")
        elif word == b"FREQ" and more and idle == -1:
            place += 1
            frequency = integer(words[place])
            if not 0 <= frequency <= 255:
                raise ReplyError("ERR Invalid FREQ value, must be >= 0 and <= 255")
        else:
            raise ReplyError(errors.SYNTAX)
        place += 1
    return Options(replace, absolute, idle, frequency)


def _value_of(session: Session, payload: bytes) -> Value:
    """The value of a payload. Raises ReplyError."""
    from redislab.rdb.payload import BadPayload, checked_body, unpack_value
    from redislab.rdb.strings import RdbError

    trust, limits = session.engine.switches.trust_payloads, session.limits
    try:
        return unpack_value(checked_body(payload, trust=trust, most=limits.rdb_version), limits)
    except BadPayload:
        raise ReplyError(errors.BAD_PAYLOAD) from None
    except RdbError:
        raise ReplyError("ERR Bad data format") from None


_RESTORE_HISTORY = {
    "3.0.0": "REPLACE.",
    "5.0.0": "ABSTTL, IDLETIME and FREQ.",
}


@command(
    "RESTORE key ttl:int serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 [IDLETIME seconds:int]@5.0.0 "
    "[FREQ frequency:int]@5.0.0",
    since="2.6.0",
    complexity="O(1) to make the key, and O(N*M) for N elements of M bytes; O(N*M*log(N)) for a sorted set.",
    flags="write denyoom",
    keys="OW update",
    acl="dangerous",
    history=_RESTORE_HISTORY,
    reply=Ok(),
)
def restore(session: Session, key: bytes, ttl: bytes, payload: bytes, *words: bytes) -> Reply:
    """Make a key from the bytes that DUMP gave.

    The time to live is in milliseconds, 0 for none; with ABSTTL it is the moment at which the key expires, in
    milliseconds since 1970. A key that exists is only replaced with REPLACE. IDLETIME and FREQ set what OBJECT IDLETIME
    and OBJECT FREQ tell.

    > RESTORE tea 0 "\\x00\\x05green\\n\\x00)\\x84\\xce\\x1dz\\xc5\\x96/"
    OK
    > GET tea
    "green"
    > RESTORE tea 0 "\\x00\\x05green\\n\\x00)\\x84\\xce\\x1dz\\xc5\\x96/"
    (error) BUSYKEY Target key name already exists.
    > RESTORE coffee 0 "something else"
    (error) ERR DUMP payload version or checksum are wrong
    """
    options = _options(words)
    db, now = session.db, session.engine.now
    # Since 8.2 what is replaced is looked up, which deletes it if its time is over.
    before = db.view_any(key, touch=False) if options.replace and session.engine.version >= (8, 2) else None
    if not options.replace and db.exists(key):
        raise ReplyError("BUSYKEY Target key name already exists.")
    when = integer(ttl)
    if when < 0:
        raise ReplyError("ERR Invalid TTL value, must be >= 0")
    value = _value_of(session, payload)
    if when and not options.absolute:
        when += now
    deleted = options.replace and db.drop(key)
    engine = session.engine
    if when and when <= now:
        if deleted:
            engine.effect(session, b"UNLINK" if engine.config["lazyfree-lazy-server-del"] else b"DEL", key)
            db.touched(key, "del", notify.GENERIC)
        return OK
    db.put(key, value)
    if when:
        db.expire_at(key, when)
        if not options.absolute:
            engine.effect(session, b"", key, b"%d" % when, payload, *words, b"ABSTTL")
    _note_use(session, value, options)
    db.touched(key, "restore", notify.GENERIC)
    if before is not None:
        db.overwritten(key, before)
    return OK


def _note_use(session: Session, value: Value, options: Options) -> None:
    """Let a value look as if it had been used as long ago, or as often, as is asked for."""
    engine = session.engine
    if engine.lfu and options.frequency >= 0:
        value.used = (engine.now // 60_000 & 0xFFFF) << 8 | options.frequency
    elif not engine.lfu and options.idle >= 0:
        value.used = engine.lru_second - options.idle


@command(
    "RESTORE-ASKING key ttl:int serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 [IDLETIME "
    "seconds:int]@5.0.0 [FREQ frequency:int]@5.0.0",
    since="3.0.0",
    complexity="O(1) to make the key, and O(N*M) for N elements of M bytes; O(N*M*log(N)) for a sorted set.",
    flags="write denyoom asking",
    group="server",
    keys="OW update",
    acl="dangerous keyspace",
    history=_RESTORE_HISTORY,
    doc_flags=["syscmd"],
    reply=Ok(),
)
def restore_asking(session: Session, key: bytes, ttl: bytes, payload: bytes, *words: bytes) -> Reply:
    """RESTORE for a key that is moving to this node of a cluster: what MIGRATE sends.

    > RESTORE-ASKING tea 0 "\\x00\\x05green\\n\\x00)\\x84\\xce\\x1dz\\xc5\\x96/"
    OK
    """
    return restore(session, key, ttl, payload, *words)
