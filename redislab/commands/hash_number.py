"""Numbers in the fields of a hash: HINCRBY, HINCRBYFLOAT."""

from __future__ import annotations

from redislab.commands.shapes import Bulk, Integer
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.hash import Hash
from redislab.values.numbers import (
    INT64_MAX,
    INT64_MIN,
    Extended,
    add_long_double,
    format_long_double,
    parse_int64,
    parse_long_double,
)

GROUP = "hash"


@command(
    "HINCRBY key field increment:int",
    since="2.0.0",
    told="hincrby",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Integer("the value of the field after the change"),
)
def hincrby(session: Session, key: bytes, field: bytes, increment: bytes) -> Reply:
    """Add a whole number to a field of a hash.

    A missing key or field counts as 0. The text in the field must be a 64-bit integer, and so must the sum.
    A negative increment subtracts.

    > HINCRBY cart:9 apples 3
    (integer) 3
    > HINCRBY cart:9 apples -1
    (integer) 2
    > HSET cart:9 note fragile
    (integer) 1
    > HINCRBY cart:9 note 1
    (error) ERR hash value is not an integer
    """
    addend = integer(increment)
    db = session.db
    target = db.edit(key, Hash)
    held = target.get(field)
    total = addend if held is None else _sum(held, addend)
    target.update(field, b"%d" % total, session.engine.limits)
    db.touched(key, "hincrby", notify.HASH)
    return total


def _sum(held: bytes, addend: int) -> int:
    """The text in a field plus a number. Raises ReplyError for no integer and for one beyond 64 bits."""
    value = parse_int64(held)
    if value is None:
        raise ReplyError(errors.HASH_NOT_AN_INTEGER)
    total = value + addend
    if not INT64_MIN <= total <= INT64_MAX:
        raise ReplyError(errors.INCREMENT_OVERFLOW)
    return total


@command(
    "HINCRBYFLOAT key field increment:float",
    since="2.6.0",
    told="hincrbyfloat",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Bulk("the value of the field after the change"),
)
def hincrbyfloat(session: Session, key: bytes, field: bytes, increment: bytes) -> Reply:
    """Add a decimal number to a field of a hash.

    The reply is text, written without exponent and without needless zeros; so is the field afterwards.

    > HSET tank litres 10.50
    (integer) 1
    > HINCRBYFLOAT tank litres 0.1
    "10.6"
    > HINCRBYFLOAT tank litres -5.0e-1
    "10.1"
    """
    addend = parse_long_double(increment)
    if addend is None:
        raise ReplyError(errors.NOT_A_FLOAT)
    if addend.infinite:
        raise ReplyError("ERR value is NaN or Infinity")
    db = session.db
    target = db.edit(key, Hash)
    held = target.get(field)
    text = format_long_double(addend if held is None else _long_double_sum(held, addend))
    target.update(field, text, session.engine.limits)
    db.touched(key, "hincrbyfloat", notify.HASH)
    if session.engine.version < (8, 0):
        session.engine.effect(session, b"HSET", key, field, text)
    else:  # which would take the field's time away
        session.engine.effect(session, b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", field, text)
    return text


def _long_double_sum(held: bytes, addend: Extended) -> Extended:
    """The text in a field plus a long double. Raises ReplyError for no number and for a sum out of range."""
    value = parse_long_double(held)
    if value is None:
        raise ReplyError(errors.HASH_NOT_A_FLOAT)
    total = add_long_double(value, addend)
    if total is None or total.infinite:
        raise ReplyError(errors.INCREMENT_NAN)
    return total
