"""Reads what is in a database with ordinary commands: one key, or everything.

Owns the way from keys to plain Python values, the same on the embedded engine and on a real server. It judges nothing
and writes nothing; give it a client that is not the learner's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redislab.resp.types import ReplyError

__all__ = ["Image", "Reader", "dump", "image", "pairs_of"]

Reader = Callable[..., Any]
"""Calls one command and returns its reply; an error reply is returned as a ReplyError, not raised."""


@dataclass(frozen=True)
class Image:
    """A key at one moment. `value` by type: bytes; list of bytes; set of bytes; {field: value}; [(member, score)] in
    order of rank; [(id, [(field, value)])]. `expires_ms` is a unix time, or None for a key that stays."""

    type: str
    value: Any
    expires_ms: int | None


def image(call: Reader, key: bytes | str) -> Image | None:
    """The key as it is, or None when there is none."""
    kind = text_of(call("TYPE", key))
    if kind == "none":
        return None
    expires = call("PEXPIRETIME", key)
    if isinstance(expires, ReplyError):
        # Before 7.0 only the time left can be asked for; whether there is one is all that is compared then.
        expires = -1 if call("PTTL", key) == -1 else 0
    return Image(kind, _value(call, key, kind), None if expires < 0 else expires)


def dump(call: Reader, databases: list[int]) -> dict[tuple[int, bytes], Image]:
    """Every key of these databases. Leaves `call`'s client in the last of them."""
    found: dict[tuple[int, bytes], Image] = {}
    for database in databases:
        call("SELECT", database)
        for key in call("KEYS", "*"):
            one = image(call, key)
            if one is not None:
                found[database, key] = one
    return found


def pairs_of(reply: Any) -> list[tuple[Any, Any]]:
    """The pairs of a reply that is a map, a list of pairs, or a flat array of them."""
    if isinstance(reply, dict):
        return list(reply.items())
    items = list(reply)
    if items and all(isinstance(item, (list, tuple)) and len(item) == 2 for item in items):
        return [(first, second) for first, second in items]
    return list(zip(items[::2], items[1::2], strict=True))


def text_of(value: Any) -> str:
    """A reply that is text, as str; bytes that are not UTF-8 keep their number as \\xNN."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _value(call: Reader, key: bytes | str, kind: str) -> Any:
    if kind == "string":
        return call("GET", key)
    if kind == "list":
        return list(call("LRANGE", key, 0, -1))
    if kind == "set":
        return set(call("SMEMBERS", key))
    if kind == "hash":
        return dict(pairs_of(call("HGETALL", key)))
    if kind == "zset":
        return [(member, float(score)) for member, score in pairs_of(call("ZRANGE", key, 0, -1, "WITHSCORES"))]
    if kind == "stream":
        return [(text_of(entry[0]), pairs_of(entry[1])) for entry in call("XRANGE", key, "-", "+")]
    return call("DUMP", key)
