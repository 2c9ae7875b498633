"""Reads replies, RESP2 and RESP3, from a stream of bytes into the shapes of `types`.

`ReplyReader` is what a client needs: it is fed pieces and gives whole replies, linear in the bytes however
they are cut. It does not know what was asked, so it cannot tell RESP2's flat array of pairs from any other
array. Attributes (`|`) are read and dropped: no command of Redis 7.0 sends one but DEBUG PROTOCOL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from redislab.resp.encode import format_double
from redislab.resp.reading import cut, whole_number
from redislab.resp.types import (
    NO_REPLY,
    NULL_ARRAY,
    OK,
    BigNumber,
    LongDouble,
    Map,
    Members,
    ProtocolError,
    Push,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)

__all__ = ["ReplyReader"]

DOUBLE = re.compile(rb"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan)", re.IGNORECASE)
BIG_NUMBER = re.compile(rb"[+-]?\d+")
BIG_NUMBER_DIGITS = 4300
"""Python turns no longer text into an integer, because that takes quadratic time."""


class Frame:
    """An aggregate whose items are still coming."""

    __slots__ = ("items", "kind", "missing")

    def __init__(self, kind: str, missing: int) -> None:
        self.kind = kind
        self.missing = missing
        self.items: list[Any] = []


class ReplyReader:
    """Bytes in, replies out: `feed` takes any piece, `next` gives one reply or NO_REPLY when it needs more."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.position = 0
        self.scanned = 0
        """How far the line at `position` is known to have no end."""
        self.bulk: tuple[str, int] | None = None
        """Type byte and length of the string whose bytes come next."""
        self.frames: list[Frame] = []
        self.failure: ProtocolError | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next piece of the stream."""
        if self.position:
            del self.buffer[: self.position]
            self.scanned = max(self.scanned - self.position, 0)
            self.position = 0
        self.buffer += data

    def next(self) -> Reply:
        """The next whole reply, or NO_REPLY until more bytes are fed. An error reply is returned, not raised.

        A map is a dict, or a Map if a key repeats or cannot be a dict's; a double whose text is not the one
        Redis 7.0 writes is a LongDouble. Raises ProtocolError, and again on every later call.
        """
        if self.failure is not None:
            raise self.failure
        while self.position < len(self.buffer):
            item = self.read_bulk() if self.bulk else self.read_line()
            if item is NO_REPLY:
                return NO_REPLY
            if isinstance(item, Frame):
                self.frames.append(item)
                item = OPEN
            reply = self.place(item)
            if reply is not OPEN:
                return reply
        return NO_REPLY

    def __iter__(self) -> Iterator[Reply]:
        """The whole replies there are now; iterate again after the next `feed`."""
        while (reply := self.next()) is not NO_REPLY:
            yield reply

    def place(self, item: Any) -> Any:
        """Put an item where it belongs and close what is full; the whole reply, or OPEN if more must come."""
        while self.frames:
            frame = self.frames[-1]
            if item is not OPEN:
                frame.items.append(item)
                frame.missing -= 1
            if frame.missing:
                return OPEN
            self.frames.pop()
            item = CLOSE[frame.kind](frame.items)
            if item is OPEN:
                return OPEN
        return item

    def read_line(self) -> Any:
        """Read a line and what it says: an item, an empty Frame, OPEN if a string follows, or NO_REPLY."""
        end = self.buffer.find(b"\r\n", max(self.scanned, self.position))
        if end < 0:
            self.check_type(self.buffer[self.position])
            self.scanned = max(len(self.buffer) - 1, self.position)
            return NO_REPLY
        kind = self.check_type(self.buffer[self.position])
        text = bytes(self.buffer[self.position + 1 : end])
        self.position = self.scanned = end + 2
        if kind in LEAVES:
            return self.read_leaf(kind, text)
        length = whole_number(text)
        if kind in "$=!":
            return self.start_bulk(kind, length)
        return self.start_aggregate(kind, length)

    def check_type(self, first: int) -> str:
        kind = chr(first)
        if kind not in KINDS:
            raise self.refuse(f'Protocol error, got "{shown(first)}" as reply type byte')
        return kind

    def read_leaf(self, kind: str, text: bytes) -> Any:
        item = LEAVES[kind](text)
        if item is OPEN:
            raise self.refuse(BAD_VALUE[kind])
        return item

    def start_bulk(self, kind: str, length: int | None) -> Any:
        if length is None:
            raise self.refuse("Bad bulk string length")
        if length < -1:
            raise self.refuse("Bulk string length out of range")
        if length == -1:
            return None
        self.bulk = kind, length
        return self.read_bulk()

    def start_aggregate(self, kind: str, length: int | None) -> Any:
        if length is None:
            raise self.refuse("Bad multi-bulk length")
        if length < -1:
            raise self.refuse("Multi-bulk length out of range")
        if length == -1:
            return NULL_ARRAY
        return Frame(kind, length * 2 if kind in "%|" else length)

    def read_bulk(self) -> Any:
        assert self.bulk is not None
        kind, length = self.bulk
        end = self.position + length
        if len(self.buffer) < end + 2:
            return NO_REPLY
        text = cut(self.buffer, self.position, end)
        self.position = self.scanned = end + 2
        self.bulk = None
        if kind == "$":
            return text
        if kind == "!":
            return ReplyError(decoded(text))
        if text[3:4] != b":":
            raise self.refuse("Verbatim string 4 bytes of content type are missing or incorrectly encoded.")
        return Verbatim(text[4:], text[:3].decode("latin-1"))

    def refuse(self, problem: str) -> ProtocolError:
        self.failure = ProtocolError(problem)
        return self.failure


class Open:
    """No item, but not the end of the bytes either."""


OPEN = Open()


def shown(byte: int) -> str:
    """A byte as hiredis quotes it in its complaint."""
    escapes = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}
    return escapes.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")


def decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def read_simple(text: bytes) -> Any:
    if b"\r" in text or b"\n" in text:
        return OPEN
    return OK if text == b"OK" else Simple(decoded(text))


def read_error(text: bytes) -> Any:
    return OPEN if b"\r" in text or b"\n" in text else ReplyError(decoded(text))


def read_integer(text: bytes) -> Any:
    number = whole_number(text)
    return OPEN if number is None else number


def read_double(text: bytes) -> Any:
    if not DOUBLE.fullmatch(text):
        return OPEN
    number = float(text)
    if format_double(number) == text:
        return number
    return LongDouble(text)


def read_big_number(text: bytes) -> Any:
    return BigNumber(text, text) if BIG_NUMBER.fullmatch(text) and len(text) <= BIG_NUMBER_DIGITS else OPEN


def read_boolean(text: bytes) -> Any:
    return text in (b"t", b"T") if text in (b"t", b"f", b"T", b"F") else OPEN


def close_map(items: list[Any]) -> Any:
    pairs = Map(zip(items[::2], items[1::2], strict=True))
    try:
        mapping = dict(pairs)
    except TypeError:
        return pairs
    return mapping if len(mapping) == len(pairs) else pairs


LEAVES: dict[str, Callable[[bytes], Any]] = {
    "+": read_simple,
    "-": read_error,
    ":": read_integer,
    "_": lambda text: OPEN if text else None,
    ",": read_double,
    "(": read_big_number,
    "#": read_boolean,
}
BAD_VALUE = {
    "+": "Bad simple string value",
    "-": "Bad simple string value",
    ":": "Bad integer value",
    "_": "Bad nil value",
    ",": "Bad double value",
    "(": "Bad bignum value",
    "#": "Bad bool value",
}
CLOSE: dict[str, Callable[[list[Any]], Any]] = {
    "*": lambda items: items,
    "%": close_map,
    "~": Members,
    ">": Push,
    "|": lambda items: OPEN,
}
KINDS = frozenset(LEAVES) | frozenset(CLOSE) | frozenset("$=!")
