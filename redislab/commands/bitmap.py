"""Strings as rows of bits: GETBIT, SETBIT, BITCOUNT, BITPOS, BITOP. BITFIELD is in `bitfield`."""

from __future__ import annotations

from redislab.commands.shapes import Integer
from redislab.commands.spec import changed, command
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, syntax_error
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import Reply
from redislab.values import bits
from redislab.values.bits import Unit
from redislab.values.numbers import parse_int64
from redislab.values.string import String

__all__ = ["bit_offset"]

GROUP = "bitmap"

BIT_ERROR = "ERR bit is not an integer or out of range"
OFFSET_ERROR = "ERR bit offset is not an integer or out of range"
BITS = {b"0": 0, b"1": 1}
OPERATIONS = (b"AND", b"OR", b"XOR", b"NOT")


def bit_offset(session: Session, word: bytes, width: int = 0) -> int:
    """The place of a bit; a `#` before the number counts in fields of `width` bits, where there is one.

    Raises an error for a place beyond the longest string.
    """
    counted = width > 0 and word.startswith(b"#")
    number = parse_int64(word[1:] if counted else word)
    if number is None:
        raise ReplyError(OFFSET_ERROR)
    if counted:
        # The product wraps around at 64 bits on the server, and may so become a good place again.
        number = (number * width + (1 << 63)) % (1 << 64) - (1 << 63)
    if not 0 <= number >> 3 < session.engine.limits.proto_max_bulk_len:
        raise ReplyError(OFFSET_ERROR)
    return number


@command(
    "GETBIT key offset:int",
    since="2.2.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=Integer("the bit, 0 or 1"),
)
def getbit(session: Session, key: bytes, offset: bytes) -> Reply:
    """Read one bit of a string.

    Bit 0 is the highest of the first byte. Past the end all bits are 0.

    > SET letter a
    OK
    > GETBIT letter 1
    (integer) 1
    > GETBIT letter 100
    (integer) 0
    """
    place = bit_offset(session, offset)
    value = session.db.view(key, String)
    return 0 if value is None else bits.get_bit(value.data, place)


@command(
    "SETBIT key offset:int value:int",
    since="2.2.0",
    complexity="O(1)",
    flags="write denyoom",
    keys="RW access update",
    reply=Integer("the bit that was there before"),
)
def setbit(session: Session, key: bytes, offset: bytes, value: bytes) -> Reply:
    """Set one bit of a string to 0 or 1.

    The string grows with zeros as far as it needs: a high offset on a new key takes its memory at once.

    > SETBIT days 7 1
    (integer) 0
    > SETBIT days 7 0
    (integer) 1
    > STRLEN days
    (integer) 1
    """
    place = bit_offset(session, offset)
    bit = BITS.get(value)
    if bit is None:
        raise ReplyError(BIT_ERROR)
    db = session.db
    string = db.edit(key, String)
    data = string.data
    if not isinstance(data, bytearray):
        data = string.editable()
    size = len(data)
    old = bits.set_bit(data, place, bit)
    if len(data) > size:
        if size or key in db.values:
            string.grew(size)
    elif old == bit:
        return old
    db.touched(key, "setbit", notify.STRING)
    return old


def unit_of(word: bytes) -> Unit:
    """BYTE or BIT."""
    name = word.partition(b"\0")[0].upper()
    if name not in (b"BYTE", b"BIT"):
        raise syntax_error()
    return Unit.BIT if name == b"BIT" else Unit.BYTE


@command(
    "BITCOUNT key index=[start:int end:int index_unit=[BYTE | BIT]@7.0.0]",
    since="2.6.0",
    complexity="O(N)",
    flags="readonly",
    keys="RO access",
    history={"7.0.0": "BYTE and BIT"},
    reply=Integer("how many bits are 1"),
)
def bitcount(session: Session, key: bytes, *words: bytes) -> Reply:
    """Count the bits that are 1.

    A range has both its ends in it; negative ends count from the end of the string. It is one of bytes unless BIT
    says otherwise.

    > SET word foobar
    OK
    > BITCOUNT word
    (integer) 26
    > BITCOUNT word 0 0
    (integer) 4
    > BITCOUNT word 5 30 BIT
    (integer) 17
    """
    if words and session.engine.version > DEFAULT:  # before the key is looked at
        _check_range(words)
    value = session.db.view(key, String)
    if value is None:
        return 0
    if not words:
        return bits.count_bits(value.data)
    if len(words) not in (2, 3):
        raise syntax_error()
    start, end = integer(words[0]), integer(words[1])
    if start < 0 and end < 0 and start > end:
        return 0
    unit = unit_of(words[2]) if len(words) == 3 else Unit.BYTE
    return bits.count_bits(value.data, start, end, unit)


def _check_range(words: tuple[bytes, ...]) -> None:
    """Refuse what is no start and end, with or without what they count, for BITCOUNT."""
    if len(words) not in (2, 3):
        raise syntax_error()
    integer(words[0]), integer(words[1])
    if len(words) == 3:
        unit_of(words[2])


@command(
    "BITPOS key bit:int index=[start:int end_index=[end:int index_unit=[BYTE | BIT]@7.0.0]]",
    since="2.8.7",
    complexity="O(N)",
    flags="readonly",
    keys="RO access",
    history={"7.0.0": "BYTE and BIT"},
    reply=Integer("the place of the first such bit, counted from the start of the string; -1 if there is none"),
)
def bitpos(session: Session, key: bytes, bit: bytes, *words: bytes) -> Reply:
    """Find the first bit that is 1, or 0.

    Without an end, a string of ones goes on in zeros: the first 0 is right behind it. With an end, there is none.

    > BITFIELD row SET u12 0 4095
    1) (integer) 0
    > BITPOS row 0
    (integer) 12
    > BITPOS row 1 1
    (integer) 8
    > BITPOS row 0 0 0
    (integer) -1
    > BITPOS row 1 3 9 BIT
    (integer) 3
    """
    wanted = integer(bit)
    if wanted not in (0, 1):
        raise ReplyError("ERR The bit argument must be 1 or 0.")
    if words and session.engine.version > DEFAULT:  # before the key is looked at
        search_range(words)
    value = session.db.view(key, String)
    if value is None:
        return -wanted
    start, end, unit = search_range(words)
    return bits.find_bit(value.data, wanted, start, end, unit)


def search_range(words: tuple[bytes, ...]) -> tuple[int, int | None, Unit]:
    """BITPOS's start, end (None where it is left out) and what they count."""
    if not words:
        return 0, None, Unit.BYTE
    if len(words) > 3:
        raise syntax_error()
    start = integer(words[0])
    unit = unit_of(words[2]) if len(words) == 3 else Unit.BYTE
    return start, integer(words[1]) if len(words) > 1 else None, unit


@command(
    "BITOP operation destkey:key key...",
    since="2.6.0",
    complexity="O(N)",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=Integer("the length of the result in bytes: that of the longest source"),
)
def bitop(session: Session, operation: bytes, destkey: bytes, *keys: bytes) -> Reply:
    r"""Combine strings bit by bit with AND, OR or XOR, or turn the bits of one with NOT, and keep the result.

    Shorter strings count as filled up with zeros, missing keys as nothing but zeros. An empty result deletes the
    destination.

    > MSET one abc two ABCD
    OK
    > BITOP AND both one two
    (integer) 4
    > GET both
    "ABC\x00"
    > BITOP NOT both one two
    (error) ERR BITOP NOT must be called with a single source key.
    """
    name = operation.partition(b"\0")[0].upper()
    if name not in OPERATIONS:
        raise syntax_error()
    if name == b"NOT" and len(keys) != 1:
        raise ReplyError("ERR BITOP NOT must be called with a single source key.")
    db = session.db
    sources = [db.view(key, String) for key in keys]
    texts = [b"" if source is None else source.data for source in sources]
    result = bits.invert(texts[0]) if name == b"NOT" else bits.combine(name.decode(), texts)
    return _store_bits(session, destkey, result)


def _store_bits(session: Session, destkey: bytes, result: bytes) -> int:
    db = session.db
    if result:
        db.put(destkey, String.raw(result))
        db.touched(destkey, "set", notify.STRING)
    elif db.drop(destkey):
        db.touched(destkey, "del", notify.GENERIC)
    return len(result)


LATER_OPERATIONS = frozenset((b"DIFF", b"DIFF1", b"ANDOR", b"ONE"))


@changed(
    "bitop",
    since="8.2.0",
    line="BITOP operation=(AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE) destkey:key key...",
)
def _bitop(session: Session, operation: bytes, destkey: bytes, *keys: bytes) -> Reply:
    r"""Combine strings bit by bit, and keep the result.

    AND, OR, XOR and NOT as ever. DIFF keeps the bits of the first string that none of the others has, DIFF1 those of
    the others that the first has not, ANDOR those of the first that any other has, ONE those that exactly one string
    has. Shorter strings count as filled up with zeros; an empty result deletes the destination.

    > MSET one abc two ABCD
    OK
    > BITOP DIFF both one two
    (integer) 4
    > GET both
    "   \x00"
    > BITOP DIFF both one
    (error) ERR BITOP DIFF must be called with at least two source keys.
    """
    name = operation.partition(b"\0")[0].upper()
    if name not in LATER_OPERATIONS:
        return bitop(session, operation, destkey, *keys)
    if name != b"ONE" and len(keys) < 2:
        raise ReplyError(f"ERR BITOP {name.decode()} must be called with at least two source keys.")
    sources = [session.db.view(key, String) for key in keys]
    texts = [b"" if source is None else source.get() for source in sources]
    return _store_bits(session, destkey, bits.combine_later(name.decode(), texts))
