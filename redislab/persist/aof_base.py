"""All data of an engine as commands that make it: the base of an append only file without an RDB part.

Collections come in pieces of 64 elements, as Redis tells them, so that no command grows without end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from redislab.persist.rdb import AT_ONCE, replaced, write_rdb
from redislab.values.base import of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["told", "write_aof_base"]

Command = tuple[bytes, ...]
ITEMS_AT_ONCE = 64
SEQUENCE = (1 << 64) - 1


def write_aof_base(engine: Engine, path: str, *, effort: int = AT_ONCE) -> None:
    """Write a base, in the form that aof-use-rdb-preamble says. Raises OSError."""
    if engine.config["aof-use-rdb-preamble"]:
        write_rdb(engine, path, aof_base=True, effort=effort)
        return
    with replaced(path) as file:
        if engine.config["aof-timestamp-enabled"]:
            file.write(b"#TS:%d\r\n" % (engine.now // 1000))
        for command in everything(engine):
            file.write(encoded(command))


def encoded(argv: Command) -> bytes:
    """A command as it stands in the file."""
    return b"*%d\r\n" % len(argv) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in argv])


def everything(engine: Engine) -> Iterator[Command]:
    """The commands, in order."""
    if engine.functions is not None:
        for library in engine.functions.libraries.values():
            yield b"FUNCTION", b"LOAD", library.code
    for db in engine.databases:
        if not db.values:
            continue
        yield b"SELECT", b"%d" % db.index
        for key, value in db.values.items():
            yield from told(key, value)
            if (when := db.expires.get(key)) is not None:
                yield b"PEXPIREAT", key, b"%d" % when


def told(key: bytes, value: Any) -> Iterator[Command]:
    """The commands that make one key."""
    teller = TELLERS.get(type(value)) or of_kind(TELLERS, type(value))
    assert teller is not None
    return teller(key, value)


def tell_string(key: bytes, value: String) -> Iterator[Command]:
    yield b"SET", key, value.get()


def in_pieces(name: bytes, key: bytes, words: Iterator[Command]) -> Iterator[Command]:
    """The same command for a few elements at a time."""
    while piece := list(islice(words, ITEMS_AT_ONCE)):
        yield (name, key, *(word for element in piece for word in element))


def tell_list(key: bytes, value: List) -> Iterator[Command]:
    return in_pieces(b"RPUSH", key, ((element,) for element in value))


def tell_set(key: bytes, value: Set) -> Iterator[Command]:
    return in_pieces(b"SADD", key, ((member,) for member in value))


def tell_hash(key: bytes, value: Hash) -> Iterator[Command]:
    yield from in_pieces(b"HMSET", key, iter(value.items()))
    for field, when in getattr(value, "times", dict)().items():  # a later version's hash has some
        yield b"HPEXPIREAT", key, b"%d" % when, b"FIELDS", b"1", field


def tell_sorted_set(key: bytes, value: SortedSet) -> Iterator[Command]:
    return in_pieces(b"ZADD", key, ((b"%.17g" % score, name) for name, score in value.pairs()))


# -- streams -----------------------------------------------------------------------------------------------------


def tell_stream(key: bytes, value: Stream) -> Iterator[Command]:
    if len(value):
        for entry_id, words in value.entries():
            yield (b"XADD", key, shown(entry_id), *words)
    else:
        # An entry that is trimmed at once leaves an empty stream.
        yield b"XADD", key, b"MAXLEN", b"0", shown(value.last_id or 1), b"x", b"y"
    yield (
        b"XSETID", key, shown(value.last_id), b"ENTRIESADDED", b"%d" % value.added,
        b"MAXDELETEDID", shown(value.deleted_id),
    )  # fmt: skip
    for group in value.groups():
        read = -1 if group.entries_read is None else group.entries_read
        yield b"XGROUP", b"CREATE", key, group.name, shown(group.last_id), b"ENTRIESREAD", b"%d" % read
        for consumer in group.in_order():
            yield b"XGROUP", b"CREATECONSUMER", key, group.name, consumer.name
            for entry_id in consumer.pending.ids():
                pending = consumer.pending.held[entry_id]
                yield (
                    b"XCLAIM", key, group.name, consumer.name, b"0", shown(entry_id), b"TIME",
                    b"%d" % pending.delivered_ms, b"RETRYCOUNT", b"%d" % pending.deliveries, b"JUSTID", b"FORCE",
                )  # fmt: skip


def shown(entry_id: int) -> bytes:
    return b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE)


TELLERS: dict[type, Callable[[bytes, Any], Iterator[Command]]] = {
    String: tell_string,
    List: tell_list,
    Set: tell_set,
    Hash: tell_hash,
    SortedSet: tell_sorted_set,
    Stream: tell_stream,
}
