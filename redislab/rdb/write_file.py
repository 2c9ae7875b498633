"""A whole RDB file of version 10 as pieces of bytes, in the order in which they stand in it.

It begins with a few facts about the server, then come the libraries of functions, then the keys of each database, each
with its time to live and, under an eviction policy, how long or how often it was used; a checksum ends it. Where the
pieces go is the caller's affair.

Long strings are compressed as Redis does it, byte for byte, until so many bytes of them are that it would take too
long; what follows is written as it is, which any reader takes as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from struct import Struct

from redislab.rdb.strings import Compressor, length, plain_string
from redislab.rdb.write_value import saved_value
from redislab.values.base import Limits, Value
from redislab.values.crc64 import crc64
from redislab.values.divided import Table
from redislab.values.string import String

__all__ = ["Content", "SavedDatabase", "rdb_pieces"]

FUNCTION, IDLE, FREQUENCY, FACT, SIZES, EXPIRES_MS, SELECT, END = 245, 248, 249, 250, 251, 252, 254, 255
MILLISECONDS = Struct("<q").pack
KEYS_A_PIECE = 512
RECENT = [bytes((IDLE, seconds)) for seconds in range(64)]


class SavedDatabase:
    """One database: values by key, and moments of expiry in ms since 1970."""

    def __init__(self, index: int, values: Table[Value], expires: Table[int]) -> None:
        self.index = index
        self.values = values
        self.expires = expires


class Content:
    """What goes into a file. `now_second` and `policy` say how `Value.used` is to be read: "lru", "lfu" or neither.

    `effort` says how many bytes of strings are worth being compressed.
    """

    def __init__(
        self,
        databases: list[SavedDatabase],
        limits: Limits,
        facts: Mapping[str, str | bytes] | None = None,
        libraries: Iterable[bytes] = (),
        policy: str = "",
        now_second: int = 0,
        checksum: bool = True,
        effort: int = 0,
    ) -> None:
        self.databases = databases
        self.limits = limits
        self.facts: dict[str, str | bytes] = dict(facts or {})
        self.libraries = libraries
        self.policy = policy
        self.now_second = now_second
        self.checksum = checksum
        self.effort = effort


def rdb_pieces(content: Content) -> Iterator[bytes]:
    """The file, piece after piece."""
    checksum = 0
    for piece in unsealed(content):
        if content.checksum:
            checksum = crc64(piece, checksum)
        yield piece
    yield checksum.to_bytes(8, "little")


def unsealed(content: Content) -> Iterator[bytes]:
    """The file without its checksum."""
    yield b"REDIS%04d" % content.limits.rdb_version + b"".join(
        bytes((FACT,)) + plain_string(name.encode()) + plain_string(value.encode() if isinstance(value, str) else value)
        for name, value in content.facts.items()
    )
    text = Compressor(content.effort)
    for code in content.libraries:
        yield bytes((FUNCTION,)) + text(code)
    for db in content.databases:
        if db.values:
            yield bytes((SELECT,)) + length(db.index) + bytes((SIZES,)) + length(len(db.values)) + length(
                len(db.expires)
            )
            yield from keys(db, content, text)
    yield bytes((END,))


def keys(db: SavedDatabase, content: Content, text: Compressor) -> Iterator[bytes]:
    """The keys of one database."""
    plain = text.plain_below
    expires, limits = db.expires, content.limits
    now = content.now_second
    piece: list[bytes] = []
    add = piece.append
    for key, value in db.values.items():
        if expires and (when := expires.get(key)) is not None:
            add(b"\xfc" + MILLISECONDS(when))
        if content.policy:
            idle = now - value.used
            add(RECENT[idle] if 0 <= idle < 64 and content.policy != "lfu" else use(value, content))
        size = len(key)
        name = b"%c%b" % (size, key) if 11 < size < plain else text(key)
        if value.__class__ is String and (body := value.data).__class__ is bytes and 11 < len(body) < plain:
            add(b"\0%b%c%b" % (name, len(body), body))  # the usual case, without a call
        else:
            kind, body = saved_value(value, limits, text)
            add(b"%c%b%b" % (kind, name, body))
        if len(piece) >= KEYS_A_PIECE or len(body) > 1 << 16:
            yield b"".join(piece)
            piece.clear()
            plain = text.plain_below
    yield b"".join(piece)


def use(value: Value, content: Content) -> bytes:
    """How long ago, or how often, a value was used."""
    if content.policy == "lfu":
        return bytes((FREQUENCY, value.used & 255))
    return bytes((IDLE,)) + length(max(0, content.now_second - value.used))
