"""BITFIELD and BITFIELD_RO: integers of any width within a string.

All operations of a call are read before the first is carried out, so that an error in the last changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from redislab.commands.bitmap import bit_offset
from redislab.commands.shapes import Array, Integer, Null, OneOf
from redislab.commands.spec import command
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, syntax_error
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values import bits
from redislab.values.bits import Overflow
from redislab.values.numbers import parse_int64
from redislab.values.string import String

GROUP = "bitmap"

TYPE_ERROR = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
WORDS_NEEDED = {b"GET": 2, b"SET": 3, b"INCRBY": 3, b"OVERFLOW": 1}


class Operation(NamedTuple):
    """One GET, SET or INCRBY: `offset` and `width` in bits, `amount` the value or increment."""

    name: bytes
    signed: bool
    width: int
    offset: int
    amount: int
    overflow: Overflow


@command(
    "BITFIELD key operation=[(GET encoding offset:int) | write=([OVERFLOW (WRAP | SAT | FAIL)] "
    "write_operation=((SET encoding offset:int value:int) | (INCRBY encoding offset:int "
    "increment:int)))]...",
    since="3.2.0",
    told="setbit",
    complexity="O(1) for each subcommand specified",
    flags="write denyoom",
    keys="RW access update variable_flags # may both read and change the key",
    reply=Array(
        "of each GET the value, of SET the one before, of INCRBY the new one; null where FAIL kept it",
        OneOf(Integer(), Null()),
    ),
)
def bitfield(session: Session, key: bytes, *words: bytes) -> Reply:
    """Read and change integers of any width within a string.

    An encoding is i (signed) or u (unsigned) and the width: u1 to u63, i1 to i64. The offset is one of bits, or with a
    # before it one of fields of this width. What does not fit wraps around; OVERFLOW SAT stops at the largest or
    smallest value instead, and OVERFLOW FAIL answers null and changes nothing, for the operations that follow it.

    > BITFIELD scores SET u8 #0 250 INCRBY u8 #0 3
    1) (integer) 0
    2) (integer) 253
    > BITFIELD scores INCRBY u8 #0 10 OVERFLOW SAT INCRBY u8 #1 300 OVERFLOW FAIL INCRBY u8 #1 1
    1) (integer) 7
    2) (integer) 255
    3) (nil)
    > BITFIELD scores GET u4 0 GET i8 8
    1) (integer) 0
    2) (integer) -1
    """
    operations = parse(session, words)
    if all(operation.name == b"GET" for operation in operations):
        return read(session, key, operations)
    return change(session, key, operations)


@command(
    "BITFIELD_RO key [GET encoding offset:int]...*",
    since="6.0.0",
    complexity="O(1) for each subcommand specified",
    flags="readonly fast",
    keys="RO access",
    reply=Array("the values", Integer()),
)
def bitfield_ro(session: Session, key: bytes, *words: bytes) -> Reply:
    """Read integers of any width within a string: BITFIELD with nothing but GET.

    > SET letters ab
    OK
    > BITFIELD_RO letters GET u8 0 GET u8 #1
    1) (integer) 97
    2) (integer) 98
    > BITFIELD_RO letters SET u8 0 99
    (error) ERR BITFIELD_RO only supports the GET subcommand
    """
    operations = parse(session, words)
    if any(operation.name != b"GET" for operation in operations):
        raise ReplyError("ERR BITFIELD_RO only supports the GET subcommand")
    return read(session, key, operations)


def parse(session: Session, words: tuple[bytes, ...]) -> list[Operation]:
    """The operations of a call. OVERFLOW holds for those after it."""
    operations: list[Operation] = []
    overflow = Overflow.WRAP
    place = 0
    while place < len(words):
        name = words[place].partition(b"\0")[0].upper()
        needed = WORDS_NEEDED.get(name, len(words))
        rest = words[place + 1 : place + 1 + needed]
        if len(rest) < needed:
            raise syntax_error()
        if name == b"OVERFLOW":
            overflow = parse_overflow(rest[0])
        else:
            signed, width = parse_encoding(rest[0])
            offset = bit_offset(session, rest[1], width)
            amount = integer(rest[2]) if needed == 3 else 0
            operations.append(Operation(name, signed, width, offset, amount, overflow))
        place += 1 + needed
    return operations


def parse_overflow(word: bytes) -> Overflow:
    name = word.partition(b"\0")[0].upper()
    for overflow in Overflow:
        if name == overflow.name.encode():
            return overflow
    raise ReplyError("ERR Invalid OVERFLOW type specified")


def parse_encoding(word: bytes) -> tuple[bool, int]:
    """Whether the field is signed, and its width in bits."""
    width = parse_int64(word[1:])
    signed = word[:1] == b"i"
    if word[:1] not in (b"i", b"u") or width is None or not 1 <= width <= 63 + signed:
        raise ReplyError(TYPE_ERROR)
    return signed, width


def read(session: Session, key: bytes, operations: list[Operation]) -> list[Reply]:
    """Carry out operations that only read."""
    value = session.db.view(key, String)
    data = b"" if value is None else value.data
    return [bits.get_field(data, each.offset, each.width, each.signed) for each in operations]


def change(session: Session, key: bytes, operations: list[Operation]) -> list[Reply]:
    """Carry out operations that may write.

    The string first grows to the end of the last field to be written, and that counts as a change of each one
    that is. Where all of them fail, a new key is there nevertheless, unannounced.
    """
    db = session.db
    value = db.edit(key, String)
    data = value.editable()
    size = len(data)
    bits.grow(data, max(each.offset + each.width + 7 >> 3 for each in operations if each.name != b"GET"))
    grown = len(data) > size
    if grown and (size or key in db.values):
        value.grew(size)
    replies: list[Reply] = []
    changes = 0
    for operation in operations:
        reply, changed = apply(data, operation)
        replies.append(reply)
        changes += changed or (grown and reply is not None and operation.name != b"GET")
    if changes:
        db.touched(key, "setbit", notify.STRING)
        session.engine.dirty += changes - 1
    elif grown and not db.exists(key):
        db.put(key, value)
    return replies


def apply(data: bytearray, operation: Operation) -> tuple[int | None, bool]:
    """Carry out one operation: its reply, and whether the field is another than before."""
    name, signed, width, offset, amount, overflow = operation
    old = bits.get_field(data, offset, width, signed)
    if name == b"GET":
        return old, False
    if name == b"SET":
        new = bits.fit_field(amount, width, signed, overflow)
    else:
        new = bits.add_field(old, amount, width, signed, overflow)
    if new is None:
        return None, False
    bits.set_field(data, offset, width, new)
    return (old if name == b"SET" else new), new != old
