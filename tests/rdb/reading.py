"""Everything that a client can read of a server's data, to compare two servers key by key."""

from __future__ import annotations

from typing import Any

from servers import Running

__all__ = ["content", "differences"]

READERS = {
    "string": [[b"GET"]],
    "list": [[b"LRANGE", b"0", b"-1"]],
    "hash": [[b"HGETALL"]],
    "set": [[b"SMEMBERS"]],
    "zset": [[b"ZRANGE", b"0", b"-1", b"WITHSCORES"]],
    "stream": [[b"XINFO", b"STREAM"], [b"XRANGE", b"-", b"+"]],
}
HIDDEN = {b"radix-tree-keys", b"radix-tree-nodes"}
"""What is told of a stream's memory."""


def content(server: Running) -> dict[tuple[int, bytes], Any]:
    """By database and key: type, encoding, moment of expiry, and the whole value."""
    found: dict[tuple[int, bytes], Any] = {}
    for database in range(16):
        server("SELECT", database)
        keys = sorted(server("KEYS", "*"))
        for key in keys:
            kind = str(server("TYPE", key))
            facts = [server("OBJECT", "FREQ", key), idle_minutes(server, key)]
            facts += [kind, server("OBJECT", "ENCODING", key), server("PEXPIRETIME", key)]
            found[database, key] = facts + [value_of(server, kind, key, words) for words in READERS[kind]]
            if kind == "stream":
                found[database, key] += groups_of(server, key)
    server("SELECT", 0)
    return found


def value_of(server: Running, kind: str, key: bytes, words: list[bytes]) -> Any:
    if words[0] == b"XINFO":
        facts = server("XINFO", "STREAM", key, "FULL", "COUNT", 0)
        return [pair for pair in zip(facts[::2], facts[1::2], strict=True) if pair[0] not in HIDDEN]
    reply = server(words[0], key, *words[1:])
    if kind == "hash":
        return sorted(zip(reply[::2], reply[1::2], strict=True))
    return sorted(reply) if kind == "set" else reply


def idle_minutes(server: Running, key: bytes) -> Any:
    """How long ago a key was used: seconds would pass while two servers are compared."""
    found = server("OBJECT", "IDLETIME", key)
    return found // 60 if isinstance(found, int) else found


def groups_of(server: Running, key: bytes) -> list[Any]:
    return [server("XPENDING", key, group[1], "-", "+", 10_000) and group for group in server("XINFO", "GROUPS", key)]


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> list[str]:
    """What two contents do not have in common, in words."""
    missing = [f"only in one of them: {key}" for key in one.keys() ^ other.keys()]
    return missing + [
        f"{key}: {str(one[key])[:1500]} / {str(other[key])[:1500]}"
        for key in one.keys() & other.keys()
        if one[key] != other[key]
    ]
