"""Times to live: EXPIRE, TTL, PERSIST and their kin.

All times are kept as milliseconds since 1970; the commands differ in the unit they speak and in what they count from.
"""

from __future__ import annotations

from redislab.commands.shapes import Integer
from redislab.commands.spec import command
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.numbers import INT64_MAX

GROUP = "generic"

CONDITIONS = {b"NX": 1, b"XX": 2, b"GT": 4, b"LT": 8}
NX, XX, GT, LT = CONDITIONS.values()

_SET = Integer("1 if the time was set, 0 if the key does not exist or the condition does not hold")
_HISTORY = {"7.0.0": "NX, XX, GT and LT."}


# -- setting -------------------------------------------------------------------------------------------------


def _expire(session: Session, command_name: str, key: bytes, when: bytes, options: tuple[bytes, ...], base: int,
            unit: int) -> int:
    """The common part: `base` (ms) is what the time counts from, `unit` how many ms one of it has."""
    condition = _condition(options) if options else 0
    moment = integer(when)
    if unit != 1 and not -INT64_MAX // unit <= moment <= INT64_MAX // unit:
        raise ReplyError(f"ERR invalid expire time in '{command_name}' command")
    moment *= unit
    if moment > INT64_MAX - base:
        raise ReplyError(f"ERR invalid expire time in '{command_name}' command")
    moment += base
    db = session.db
    if db.view_any(key) is None or (condition and not _holds(condition, moment, db.expiry(key))):
        return 0
    engine = session.engine
    if moment <= engine.now and not engine.loading:
        db.remove(key)
        db.touched(key, "del", notify.GENERIC)
        engine.effect(session, engine.deletion, key)
    else:
        db.expire_at(key, moment)
        db.touched(key, "expire", notify.GENERIC)
        if command_name != "pexpireat":
            engine.effect(session, b"PEXPIREAT", key, b"%d" % moment, *options)
    return 1


def _condition(options: tuple[bytes, ...]) -> int:
    """The conditions as bits; raises ReplyError for what is none and for those that exclude each other."""
    found = 0
    for option in options:
        bit = CONDITIONS.get(option.upper())
        if bit is None:
            raise ReplyError(f"ERR Unsupported option {shown(option)}")
        found |= bit
    if found & NX and found & (XX | GT | LT):
        raise ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible")
    if found & GT and found & LT:
        raise ReplyError("ERR GT and LT options at the same time are not compatible")
    return found


def _holds(condition: int, moment: int, present: int | None) -> bool:
    """Whether the new time may replace the present one; no time to live counts as the latest of all."""
    if present is None:
        return not condition & (XX | GT)
    if condition & NX or (condition & GT and moment <= present):
        return False
    return not (condition & LT and moment >= present)


@command(
    "EXPIRE key seconds:int condition=[NX | XX | GT | LT]@7.0.0",
    since="1.0.0",
    told="expire",
    complexity="O(1)",
    flags="write fast",
    keys="RW update",
    history=_HISTORY,
    reply=_SET,
)
def expire(session: Session, key: bytes, seconds: bytes, *options: bytes) -> Reply:
    """Let a key vanish after some seconds.

    NX sets the time only if there is none, XX only if there is one, GT only if the new one is later, LT only if it is
    earlier. Writing a new value with SET removes the time to live; changing the value in place keeps it. Zero or
    less deletes the key at once.

    > SET coupon 10%
    OK
    > EXPIRE coupon 60
    (integer) 1
    > EXPIRE coupon 90 NX
    (integer) 0
    > EXPIRE coupon 30 GT
    (integer) 0
    > EXPIRE coupon -1
    (integer) 1
    > EXISTS coupon
    (integer) 0
    """
    return _expire(session, "expire", key, seconds, options, session.engine.now, 1000)


@command(
    "PEXPIRE key milliseconds:int condition=[NX | XX | GT | LT]@7.0.0",
    since="2.6.0",
    told="expire",
    complexity="O(1)",
    flags="write fast",
    keys="RW update",
    history=_HISTORY,
    reply=_SET,
)
def pexpire(session: Session, key: bytes, milliseconds: bytes, *options: bytes) -> Reply:
    """Let a key vanish after some milliseconds; see EXPIRE.

    > SET coupon 10%
    OK
    > PEXPIRE coupon 60000
    (integer) 1
    """
    return _expire(session, "pexpire", key, milliseconds, options, session.engine.now, 1)


@command(
    "EXPIREAT key unix-time-seconds:time condition=[NX | XX | GT | LT]@7.0.0",
    since="1.2.0",
    told="expire",
    complexity="O(1)",
    flags="write fast",
    keys="RW update",
    history=_HISTORY,
    reply=_SET,
)
def expireat(session: Session, key: bytes, seconds: bytes, *options: bytes) -> Reply:
    """Let a key vanish at a moment, given in seconds since 1970; see EXPIRE.

    A moment in the past deletes the key at once.

    > SET offer tea
    OK
    > EXPIREAT offer 33177117420
    (integer) 1
    > EXPIRETIME offer
    (integer) 33177117420
    """
    return _expire(session, "expireat", key, seconds, options, 0, 1000)


@command(
    "PEXPIREAT key unix-time-milliseconds:time condition=[NX | XX | GT | LT]@7.0.0",
    since="2.6.0",
    told="expire",
    complexity="O(1)",
    flags="write fast",
    keys="RW update",
    history=_HISTORY,
    reply=_SET,
)
def pexpireat(session: Session, key: bytes, milliseconds: bytes, *options: bytes) -> Reply:
    """Let a key vanish at a moment, given in milliseconds since 1970; see EXPIRE.

    > SET offer tea
    OK
    > PEXPIREAT offer 33177117420000
    (integer) 1
    > PEXPIRETIME offer
    (integer) 33177117420000
    """
    return _expire(session, "pexpireat", key, milliseconds, options, 0, 1)


@command(
    "PERSIST key",
    since="2.2.0",
    complexity="O(1)",
    flags="write fast",
    keys="RW update",
    reply=Integer("1 if a time to live was removed, 0 if there is no such key or it has none"),
)
def persist(session: Session, key: bytes) -> Reply:
    """Let a key live on: remove its time to live.

    > SET coupon 10% EX 60
    OK
    > PERSIST coupon
    (integer) 1
    > TTL coupon
    (integer) -1
    """
    db = session.db
    if db.view_any(key) is None or db.expiry(key) is None:
        return 0
    db.expire_at(key, None)
    db.touched(key, "persist", notify.GENERIC)
    return 1


# -- asking --------------------------------------------------------------------------------------------------


def _moment(session: Session, key: bytes) -> int | None:
    """When a key expires: ms since 1970, -1 for never, None where there is no key."""
    db = session.db
    if db.view_any(key, touch=False, announce=True) is None:
        return None
    when = db.expiry(key)
    return -1 if when is None else when


@command(
    "TTL key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    tips=["nondeterministic_output"],
    history={"2.8.0": "A missing key answers -2."},
    reply=Integer("seconds, -1 if the key has no time to live, -2 if it does not exist"),
)
def ttl(session: Session, key: bytes) -> Reply:
    """Tell how many seconds a key has left.

    The seconds are rounded. -1 means that the key never expires, -2 that there is no such key.

    > SET coupon 10%
    OK
    > TTL coupon
    (integer) -1
    > TTL nothing
    (integer) -2
    """
    when = _moment(session, key)
    if when is None:
        return -2
    return when if when < 0 else (max(0, when - session.engine.now) + 500) // 1000


@command(
    "PTTL key",
    since="2.6.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    tips=["nondeterministic_output"],
    history={"2.8.0": "A missing key answers -2."},
    reply=Integer("milliseconds, -1 if the key has no time to live, -2 if it does not exist"),
)
def pttl(session: Session, key: bytes) -> Reply:
    """Tell how many milliseconds a key has left; see TTL.

    > SET coupon 10%
    OK
    > PTTL coupon
    (integer) -1
    """
    when = _moment(session, key)
    if when is None:
        return -2
    return when if when < 0 else max(0, when - session.engine.now)


@command(
    "EXPIRETIME key",
    since="7.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=Integer("seconds since 1970, -1 if the key has no time to live, -2 if it does not exist"),
)
def expiretime(session: Session, key: bytes) -> Reply:
    """Tell when a key expires, in seconds since 1970.

    > SET offer tea EXAT 33177117420
    OK
    > EXPIRETIME offer
    (integer) 33177117420
    """
    when = _moment(session, key)
    if when is None:
        return -2
    return when if when < 0 else (when + 500) // 1000


@command(
    "PEXPIRETIME key",
    since="7.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=Integer("milliseconds since 1970, -1 if the key has no time to live, -2 if it does not exist"),
)
def pexpiretime(session: Session, key: bytes) -> Reply:
    """Tell when a key expires, in milliseconds since 1970.

    > SET offer tea PXAT 33177117420000
    OK
    > PEXPIRETIME offer
    (integer) 33177117420000
    """
    when = _moment(session, key)
    return -2 if when is None else when
