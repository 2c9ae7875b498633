"""Strings as numbers: INCR and its kin."""

from __future__ import annotations

from redislab.commands.shapes import Bulk, Integer
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.numbers import (
    INT64_MAX,
    INT64_MIN,
    SAFE_DIGITS,
    Extended,
    add_long_double,
    format_long_double,
    parse_int64,
    parse_long_double,
)
from redislab.values.string import String

GROUP = "string"

ZERO = 48
"""The digit: no number of more than one begins with it."""


@command(
    "INCR key",
    since="1.0.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Integer("the new value"),
)
def incr(session: Session, key: bytes) -> Reply:
    """Add one to a number.

    A missing key counts as 0. The string must be a 64-bit integer in its plain form. The time to live stays.

    > INCR visits
    (integer) 1
    > SET visits many
    OK
    > INCR visits
    (error) ERR value is not an integer or out of range
    """
    return add(session, key, 1)


@command(
    "DECR key",
    since="1.0.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Integer("the new value"),
)
def decr(session: Session, key: bytes) -> Reply:
    """Take one from a number.

    A missing key counts as 0. The result may be negative.

    > DECR seats
    (integer) -1
    """
    return add(session, key, -1)


@command(
    "INCRBY key increment:int",
    since="1.0.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Integer("the new value"),
)
def incrby(session: Session, key: bytes, increment: bytes) -> Reply:
    """Add a whole number to a number.

    > SET stars 10
    OK
    > INCRBY stars 5
    (integer) 15
    > INCRBY stars 9223372036854775807
    (error) ERR increment or decrement would overflow
    """
    return add(session, key, integer(increment))


@command(
    "DECRBY key decrement:int",
    since="1.0.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Integer("the new value"),
)
def decrby(session: Session, key: bytes, decrement: bytes) -> Reply:
    """Take a whole number from a number.

    > SET stars 10
    OK
    > DECRBY stars 3
    (integer) 7
    """
    amount = integer(decrement)
    if amount == INT64_MIN:
        raise ReplyError("ERR decrement would overflow")
    return add(session, key, -amount)


def add(session: Session, key: bytes, amount: int) -> int:
    """Add to the integer in a key; all four commands announce it as `incrby`."""
    db = session.db
    value = db.edit(key, String)
    # A new string is empty and counts as 0; one that is there and empty is no number.
    data = value.data
    old: int | None
    if data.isdigit() and data[0] != ZERO and len(data) <= SAFE_DIGITS:  # as most numbers do
        old = int(data)
    else:
        old = parse_int64(bytes(data)) if data or key in db.values else 0
        if old is None:
            raise ReplyError(errors.NOT_AN_INTEGER)
    total = old + amount
    if not INT64_MIN <= total <= INT64_MAX:
        raise ReplyError(errors.INCREMENT_OVERFLOW)
    value.data = b"%d" % total
    db.touched(key, "incrby", notify.STRING)
    return total


@command(
    "INCRBYFLOAT key increment:float",
    since="2.6.0",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW access update",
    reply=Bulk("the new value"),
)
def incrbyfloat(session: Session, key: bytes, increment: bytes) -> Reply:
    """Add a number that may have a fraction.

    A missing key counts as 0. The sum is made with 80 bits and written with up to 17 decimals, never with an
    exponent, so tenths come out as one expects. A negative increment subtracts.

    > SET price 10.50
    OK
    > INCRBYFLOAT price 0.1
    "10.6"
    > INCRBYFLOAT price -5.0e1
    "-39.4"
    """
    db = session.db
    value = db.edit(key, String)
    left = parse_long_double(value.get()) if key in db.values else Extended(0, 0)
    right = parse_long_double(increment)
    if left is None or right is None:
        raise ReplyError(errors.NOT_A_FLOAT)
    total = add_long_double(left, right)
    if total is None or total.infinite:
        raise ReplyError(errors.INCREMENT_NAN)
    text = format_long_double(total)
    value.assign(text, not_int=True)
    db.touched(key, "incrbyfloat", notify.STRING)
    session.engine.effect(session, b"SET", key, text, b"KEEPTTL")
    return text
