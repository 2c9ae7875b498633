"""Parts of strings: APPEND, GETRANGE, SETRANGE, STRLEN, SUBSTR, and LCS."""

from __future__ import annotations

from redislab.commands.shapes import Bulk, Integer, Map, OneOf
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, syntax_error
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values import lcs as subsequence
from redislab.values.bits import grow
from redislab.values.string import String

GROUP = "string"

LCS_CELL = 4
"""Bytes that the server's table of lengths takes for each pair of positions."""


@command(
    "APPEND key value",
    since="2.0.0",
    complexity="O(1) on average: the room for a string doubles when it is used up",
    flags="write denyoom fast",
    keys="RW insert",
    reply=Integer("the new length in bytes"),
)
def append(session: Session, key: bytes, value: bytes) -> Reply:
    """Add bytes at the end of a string.

    A missing key counts as empty.

    > APPEND log one
    (integer) 3
    > APPEND log ,two
    (integer) 7
    > GET log
    "one,two"
    """
    db = session.db
    string = db.edit(key, String)
    if key in db.values:
        check_length(session, len(string.data), value)
        length = string.append(value)
    else:
        string.data = value
        length = len(value)
    db.touched(key, "append", notify.STRING)
    return length


def check_length(session: Session, offset: int, tail: bytes) -> None:
    """Raise an error if a string that ends with `tail` at this offset would be too long."""
    if offset + len(tail) > session.limits.proto_max_bulk_len:
        raise ReplyError(errors.STRING_TOO_LONG)


@command(
    "STRLEN key",
    since="2.2.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("the length in bytes; 0 if the key does not exist"),
)
def strlen(session: Session, key: bytes) -> Reply:
    """Tell the length of a string, in bytes.

    Letters beyond ASCII take more than one byte.

    > SET tea green
    OK
    > STRLEN tea
    (integer) 5
    > STRLEN coffee
    (integer) 0
    """
    value = session.db.view(key, String)
    return 0 if value is None else len(value.data)


@command(
    "GETRANGE key start:int end:int",
    since="2.4.0",
    complexity="O(N) where N is the length of the part",
    flags="readonly",
    keys="RO access",
    reply=Bulk("the part; empty if there is none"),
)
def getrange(session: Session, key: bytes, start: bytes, end: bytes) -> Reply:
    """Read a part of a string.

    Both ends are included and count from 0; negative ones count from the end of the string, -1 being its last byte.
    Ends beyond the string are cut to it.

    > SET quote "to be or not"
    OK
    > GETRANGE quote 0 4
    "to be"
    > GETRANGE quote -3 -1
    "not"
    > GETRANGE quote 20 30
    ""
    """
    first, last = integer(start), integer(end)
    value = session.db.view(key, String)
    return b"" if value is None else cut(value.data, first, last)


def cut(data: bytes | bytearray, first: int, last: int) -> bytes:
    """The bytes of an inclusive range whose ends may be negative or beyond the data."""
    if first < 0 and last < 0 and first > last:
        return b""
    size = len(data)
    if first < 0:
        first = max(0, first + size)
    if last < 0:
        last = max(0, last + size)
    return bytes(data[first : last + 1])


@command(
    "SUBSTR key start:int end:int",
    since="1.0.0",
    complexity="O(N) where N is the length of the part",
    flags="readonly",
    keys="RO access",
    deprecated_since="2.0.0",
    replaced_by="`GETRANGE`",
    reply=Bulk("the part; empty if there is none"),
)
def substr(session: Session, key: bytes, start: bytes, end: bytes) -> Reply:
    """Read a part of a string: the old name of GETRANGE.

    > SET tea green
    OK
    > SUBSTR tea 0 2
    "gre"
    """
    return getrange(session, key, start, end)


@command(
    "SETRANGE key offset:int value",
    since="2.2.0",
    complexity="O(N) where N is the length of the value, not counting the growth of the string",
    flags="write denyoom",
    keys="RW update",
    reply=Integer("the new length in bytes"),
)
def setrange(session: Session, key: bytes, offset: bytes, value: bytes) -> Reply:
    r"""Overwrite a part of a string, beginning at an offset.

    The string grows as needed; a gap is filled with zero bytes. An empty value changes nothing, and makes no key.

    > SET greeting "hello world"
    OK
    > SETRANGE greeting 6 redis
    (integer) 11
    > GET greeting
    "hello redis"
    > SETRANGE new 2 x
    (integer) 3
    > GET new
    "\x00\x00x"
    """
    first = integer(offset)
    if first < 0:
        raise ReplyError("ERR offset is out of range")
    db = session.db
    string = db.edit(key, String)
    if not value:
        return len(string.data)
    check_length(session, first, value)
    data = string.editable()
    size = len(data)
    grow(data, first)
    data[first : first + len(value)] = value
    if len(data) > size and (size or key in db.values):
        string.grew(size)
    db.touched(key, "setrange", notify.STRING)
    return len(data)


@command(
    "LCS key1:key#0 key2:key#0 [LEN] [IDX] [MINMATCHLEN len:int] [WITHMATCHLEN]",
    since="7.0.0",
    complexity="O(N*M) where N and M are the lengths of the strings",
    flags="readonly",
    keys="RO access @1 1/1",
    reply=OneOf(
        Bulk("the subsequence"),
        Integer("its length, with LEN"),
        Map("with IDX: `matches`, each with its range in both strings, last first, and `len`, the whole length"),
    ),
)
def lcs(session: Session, key1: bytes, key2: bytes, *words: bytes) -> Reply:
    """Find the longest common subsequence of two strings: bytes that both have, in the same order.

    The bytes need not stand together. IDX tells where they stand; MINMATCHLEN leaves out shorter matches, and
    WITHMATCHLEN adds the length of each. A missing key counts as empty.

    > MSET one ohmytext two mynewtext
    OK
    > LCS one two
    "mytext"
    > LCS one two LEN
    (integer) 6
    > LCS one two IDX MINMATCHLEN 4
    1) "matches"
    2) 1) 1) 1) (integer) 4
             2) (integer) 7
          2) 1) (integer) 5
             2) (integer) 8
    3) "len"
    4) (integer) 6
    """
    one, two = lcs_texts(session, (key1, key2))
    options = lcs_options(words)
    if b"IDX" in options and b"LEN" in options:
        raise ReplyError("ERR If you want both the length and indexes, please just use IDX.")
    if (len(one) + 1) * (len(two) + 1) * LCS_CELL > session.limits.proto_max_bulk_len:
        raise ReplyError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    if b"IDX" in options:
        return lcs_matches(one, two, options)
    return subsequence.length(one, two) if b"LEN" in options else subsequence.common(one, two)


def lcs_texts(session: Session, keys: tuple[bytes, bytes]) -> list[bytes]:
    """The two strings, empty for missing keys; both are looked up before a wrong type is told."""
    db = session.db
    found = [db.view_any(key, announce=True) for key in keys]
    texts = [b"" if value is None else value.get() for value in found if value is None or isinstance(value, String)]
    if len(texts) < len(keys):
        raise ReplyError("ERR The specified keys must contain string values")
    return texts


def lcs_options(words: tuple[bytes, ...]) -> dict[bytes, int]:
    """The options given; MINMATCHLEN with its number."""
    options: dict[bytes, int] = {}
    rest = iter(words)
    for word in rest:
        option = word.partition(b"\0")[0].upper()
        amount = next(rest, None) if option == b"MINMATCHLEN" else b"0"
        if option not in (b"IDX", b"LEN", b"WITHMATCHLEN", b"MINMATCHLEN") or amount is None:
            raise syntax_error()
        options[option] = integer(amount)
    return options


def lcs_matches(one: bytes, two: bytes, options: dict[bytes, int]) -> dict[bytes, Reply]:
    """What IDX answers."""
    matches, length = subsequence.matches(one, two, options.get(b"MINMATCHLEN", 0))
    shown: list[Reply] = []
    for match in matches:
        shown.append([[match.a_start, match.a_end], [match.b_start, match.b_end]])
        if b"WITHMATCHLEN" in options:
            shown[-1].append(match.length)
    return {b"matches": shown, b"len": length}
