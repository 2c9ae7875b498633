"""Turns a Python reply into the bytes Redis 7.0.15 sends for it, in RESP2 or RESP3.

One table for each protocol says which function writes which type; the functions they share are written
once. This module decides nothing about a reply: which shape a command answers with is the handler's
affair. Text that came from a client travels in `str` with surrogate escapes, so every byte survives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from redislab.resp.types import (
    OK,
    Attributed,
    BigNumber,
    Bulks,
    LongDouble,
    Map,
    Members,
    NullArray,
    Pairs,
    Push,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)

__all__ = ["encode", "encode_all", "encode_into", "error_bytes", "format_double", "line_bytes"]

SMALL_INTEGERS = tuple(b":%d\r\n" % number for number in range(1024))
HEADERS = tuple(b"$%d" % length for length in range(256))
BULK_HEADERS = tuple(header + b"\r\n" for header in HEADERS)
INNER_HEADERS = tuple(b"\r\n" + header for header in BULK_HEADERS)
"""The same after a line that is still open."""
OK_LINE = b"+OK\r\n"
MANY = 24
LONG = 256
"""So many texts, and none as long as this, are looked at together."""
LINE_BREAKS = str.maketrans("\r\n", "  ")


def encode(reply: Reply, protocol: int) -> bytes:
    """The bytes of one reply in protocol 2 or 3.

    Raises TypeError for what is no reply: `str`, BLOCKED, NO_REPLY, or any other object.
    """
    table = PROTOCOLS[protocol]
    return table[type(reply)](reply, table)


def encode_into(buffer: bytearray, reply: Reply, protocol: int) -> None:
    """Append the bytes of one reply to `buffer`; on an error the buffer is as it was."""
    table = PROTOCOLS[protocol]
    buffer += table[type(reply)](reply, table)


def encode_all(replies: Sequence[Reply], protocol: int) -> bytes:
    """The bytes of several replies. Those of a pipeline are often alike, and then written all at once."""
    count = len(replies)
    if count > 3:
        if replies[0] is OK and replies.count(OK) == count:
            return OK_LINE * count
        kinds = {*map(type, replies)}
        if len(kinds) == 1:
            if bytes in kinds:
                return bulks(replies)
            if int in kinds:
                return b":%d\r\n" * count % tuple(replies)
    table = PROTOCOLS[protocol]
    return b"".join([table[reply.__class__](reply, table) for reply in replies])


def format_double(number: float) -> bytes:
    """The text of a double as Redis 7.0 replies it: 17 significant digits, `inf`, `-inf`, `nan`, `-nan`."""
    if number != number and math.copysign(1.0, number) < 0:
        return b"-nan"
    return b"%.17g" % number


def line_bytes(text: str) -> bytes:
    """The text of an error or a status as one line: each CR and LF becomes a space."""
    if "\r" in text or "\n" in text:
        text = text.translate(LINE_BREAKS)
    return text.encode("utf-8", "surrogateescape")


def error_bytes(failure: ReplyError) -> bytes:
    """The text of an error as the wire has it, without its `-`: line breaks at its end are dropped."""
    return line_bytes(failure.text.rstrip("\r\n"))


class Table(dict[type, Callable[[Any, Any], bytes]]):
    """Type -> the function that writes it. A subclass is written as its nearest base and then remembered."""

    def __missing__(self, kind: type) -> Callable[[Any, Any], bytes]:
        for base in kind.__mro__[1:-1]:
            if base in self:
                self[kind] = self[base]
                return self[base]
        raise TypeError(f"not a reply: {kind.__name__}")


def bulk(text: bytes, table: Table) -> bytes:
    length = len(text)
    return BULK_HEADERS[length] + text + b"\r\n" if length < 256 else b"$%d\r\n%b\r\n" % (length, text)


def integer(number: int, table: Table) -> bytes:
    return SMALL_INTEGERS[number] if 0 <= number < 1024 else b":%d\r\n" % number


def simple(status: Simple, table: Table) -> bytes:
    return OK_LINE if status is OK else b"+%b\r\n" % line_bytes(status)


def error(failure: ReplyError, table: Table) -> bytes:
    return b"-%b\r\n" % error_bytes(failure)


def bulks(texts: Any) -> bytes:
    """Several bulk strings, one after the other."""
    count, length = len(texts), len(texts[0])
    asked = count < MANY or length >= LONG
    if [*map(len, texts)].count(length) == count if asked else len(texts[-1]) == length:
        # Often all are of one length; then one header stands between them.
        header = b"\r\n$%d\r\n" % length
        written = b"".join((header[2:], header.join(texts), b"\r\n"))
        if asked or (len(written) == count * (length + len(header)) and not is_any_shorter(texts, length)):
            return written
    parts = [b""] * (2 * count + 1)
    parts[:-1:2] = [HEADERS[size] if size < 256 else b"$%d" % size for size in map(len, texts)]
    parts[1::2] = texts
    return b"\r\n".join(parts)


def is_any_shorter(texts: Any, length: int) -> bool:
    """Whether any of these texts is shorter than this."""
    # To ask each for its length takes longer than to pack them all, and a short one is filled up with zero bytes.
    if b"\0" not in fields(length, len(texts))(*texts):
        return False
    return min(map(len, texts)) < length


@lru_cache(maxsize=64)
def fields(length: int, count: int) -> Callable[..., bytes]:
    """What packs so many texts into fields of this length."""
    return Struct(f"{length}s" * count).pack


def array_of_bulks(items: Any, table: Table) -> bytes:
    return b"*%d\r\n%b" % (len(items), bulks(items)) if items else b"*0\r\n"


def array(items: Any, table: Table) -> bytes:
    """Most arrays hold short bulk strings only: those are put together without a call for each."""
    count = len(items)
    if count > 7 and [*map(type, items)].count(bytes) == count:
        return b"*%d\r\n%b" % (count, bulks(items))
    parts = [b"*%d" % count]
    append = parts.append
    for item in items:
        if item.__class__ is not bytes or (length := len(item)) > 255:
            return b"*%d\r\n" % count + b"".join([table[type(item)](item, table) for item in items])
        append(INNER_HEADERS[length])
        append(item)
    append(b"\r\n")
    return b"".join(parts)


def flat(pairs: Any, table: Table) -> bytes:
    """Two-item tuples one after the other, as RESP2 has them."""
    body = [table[type(part)](part, table) for pair in pairs for part in pair]
    return b"*%d\r\n" % len(body) + b"".join(body)


def flat_dict(mapping: dict[Any, Any], table: Table) -> bytes:
    return flat(mapping.items(), table)


def map_of(pairs: Any, table: Table) -> bytes:
    body = [table[type(part)](part, table) for pair in pairs for part in pair]
    return b"%%%d\r\n" % len(pairs) + b"".join(body)


def map_dict(mapping: dict[Any, Any], table: Table) -> bytes:
    return map_of(mapping.items(), table)


def set_of(members: Members, table: Table) -> bytes:
    return b"~" + array(members, table)[1:]


def push(items: Push, table: Table) -> bytes:
    return b">" + array(items, table)[1:]


def double_bulk(number: float, table: Table) -> bytes:
    return bulk(format_double(number), table)


def double(number: float, table: Table) -> bytes:
    return b",%b\r\n" % format_double(number)


def long_double_bulk(number: LongDouble, table: Table) -> bytes:
    return bulk(number.text, table)


def long_double(number: LongDouble, table: Table) -> bytes:
    return b",%b\r\n" % number.text


def big_number_bulk(number: BigNumber, table: Table) -> bytes:
    return bulk(number.text, table)


def big_number(number: BigNumber, table: Table) -> bytes:
    return b"(%b\r\n" % number.text


def verbatim(text: Verbatim, table: Table) -> bytes:
    return b"=%d\r\n%b:%b\r\n" % (len(text) + 4, text.format.encode("latin-1"), text)


def attributed_only(reply: Attributed, table: Table) -> bytes:
    """The reply without its attributes, which RESP2 does not have."""
    return table[type(reply.reply)](reply.reply, table)


def attributed(reply: Attributed, table: Table) -> bytes:
    return b"|" + map_dict(reply.attributes, table)[1:] + attributed_only(reply, table)


def constant(line: bytes) -> Callable[[Any, Any], bytes]:
    return lambda reply, table: line


SHARED: dict[type, Callable[[Any, Any], bytes]] = {
    bytes: bulk,
    int: integer,
    Simple: simple,
    ReplyError: error,
    list: array,
    Bulks: array_of_bulks,
    tuple: array,
}
RESP2 = Table(SHARED)
RESP2.update({
    type(None): constant(b"$-1\r\n"),
    NullArray: constant(b"*-1\r\n"),
    bool: lambda truth, table: b":1\r\n" if truth else b":0\r\n",
    float: double_bulk,
    LongDouble: long_double_bulk,
    BigNumber: big_number_bulk,
    Verbatim: bulk,
    dict: flat_dict,
    Map: flat,
    Pairs: flat,
    Members: array,
    Push: array,
    Attributed: attributed_only,
})
RESP3 = Table(SHARED)
RESP3.update({
    type(None): constant(b"_\r\n"),
    NullArray: constant(b"_\r\n"),
    bool: lambda truth, table: b"#t\r\n" if truth else b"#f\r\n",
    float: double,
    LongDouble: long_double,
    BigNumber: big_number,
    Verbatim: verbatim,
    dict: map_dict,
    Map: map_of,
    Pairs: array,
    Members: set_of,
    Push: push,
    Attributed: attributed,
})
PROTOCOLS = {2: RESP2, 3: RESP3}
