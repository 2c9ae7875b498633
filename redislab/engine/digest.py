"""Digests of values and of the whole dataset, equal to those of DEBUG DIGEST: two servers with equal data agree.

Every value is folded into twenty bytes with SHA-1. What has an order is mixed in (the digest so far goes into the
next hash); what has none is joined with exclusive or, so that the order of a hash table does not show. Nothing here
changes data, notes an access, or removes a key whose time is over: such keys are part of the data until they are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from redislab.resp.types import ReplyError
from redislab.values.base import Value, of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.stream_node import SEQUENCE
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database

__all__ = ["dataset_digest", "value_digest"]

SIZE = 20
TYPE_NUMBERS = {"string": 0, "list": 1, "set": 2, "zset": 3, "hash": 4, "stream": 6}


def _hash(data: bytes) -> int:
    from hashlib import sha1  # only here, because hashlib takes milliseconds to load

    return int.from_bytes(sha1(data, usedforsecurity=False).digest(), "big")


def _mix(digest: int, *parts: bytes) -> int:
    """Fold parts into a digest so that their order matters."""
    for part in parts:
        digest = _hash((digest ^ _hash(part)).to_bytes(SIZE, "big"))
    return digest


def _join(digest: int, elements: Iterable[tuple[bytes, bytes]]) -> int:
    """Fold pairs into a digest so that their order does not matter."""
    for pair in elements:
        digest ^= _hash(_mix(0, *pair).to_bytes(SIZE, "big"))
    return digest


def _string(digest: int, value: String) -> int:
    return _mix(digest, value.get())


def _list(digest: int, value: List) -> int:
    return _mix(digest, *value)


def _set(digest: int, value: Set) -> int:
    for member in value:
        digest ^= _hash(member)
    return digest


def _sorted_set(digest: int, value: SortedSet) -> int:
    return _join(digest, ((member, b"%.17g" % score) for member, score in value.pairs()))


def _hash_table(digest: int, value: Hash) -> int:
    if value.__class__ is Hash:
        return _join(digest, value.items())
    from redislab.values.hash_expiring import ExpiringHash  # which only later versions have

    times = value.times() if isinstance(value, ExpiringHash) else {}
    for field, content in value.items():
        pair = _mix(0, field, content)
        if field in times:
            pair ^= _hash(b"!!hexpire!!")
        digest ^= _hash(pair.to_bytes(SIZE, "big"))
    return digest


def _stream(digest: int, value: Stream) -> int:
    """Entries with their ids; groups and counters do not count."""
    for entry_id, words in value.entries():
        digest = _mix(digest, b"%d.%d" % (entry_id >> 64, entry_id & SEQUENCE), *words)
    return digest


FOLDS: dict[type[Value], Callable[[int, Any], int]] = {
    String: _string, List: _list, Set: _set, SortedSet: _sorted_set, Hash: _hash_table, Stream: _stream,
}  # fmt: skip


def _fold(digest: int, value: Value, expires: bool) -> int:
    """A digest with one value folded in; `expires` says whether its key has a time to live, not when it ends."""
    fold = of_kind(FOLDS, type(value))
    if fold is None:
        raise ReplyError(f"ERR redislab has no digest of the type {value.type}")
    digest = fold(_mix(digest, TYPE_NUMBERS[value.type].to_bytes(4, "big")), value)
    return digest ^ _hash(b"!!expire!!") if expires else digest


def value_digest(db: Database, key: bytes) -> str:
    """The digest of a key's value as 40 hexadecimal digits, all 0 for a missing key. Raises ReplyError for a type
    that has none here."""
    value = db.values.get(key)
    return f"{0 if value is None else _fold(0, value, key in db.expires):040x}"


def dataset_digest(engine: Engine) -> str:
    """The digest of all keys of all databases as 40 hexadecimal digits, all 0 when there is none."""
    digest = 0
    for db in engine.databases:
        if db.values:
            digest = _mix(digest, db.index.to_bytes(4, "big"))
            for key, value in db.values.items():
                digest ^= _hash(_fold(_mix(0, key), value, key in db.expires).to_bytes(SIZE, "big"))
    return f"{digest:040x}"
