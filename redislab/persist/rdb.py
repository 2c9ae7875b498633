"""The data of an engine in RDB files: what goes in, what comes out, and how a file replaces another one.

A file is written aside, flushed to the disk and moved into its place, so that a crash leaves the old one or the new one
and never a half. `load_rdb` fills an engine past its gate, because what is loaded is no change.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from redislab.engine.errors import ReplyError
from redislab.rdb.read_file import Key, RdbReader
from redislab.rdb.strings import EndsEarly, RdbError
from redislab.rdb.write_file import Content, SavedDatabase, rdb_pieces
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["AT_ONCE", "IN_A_CHILD", "Loaded", "content_of", "load_rdb", "refusal", "replaced", "write_rdb"]

OF_REDIS = ("Wrong RDB", "Wrong signature", "Can't handle", "RDB has", "FATAL")
"""Beginnings of errors that are in the words of Redis as they are."""
WRITE_AT = 1 << 18
"""Bytes that are handed to the file at once."""
AT_ONCE = 1 << 19
"""Bytes of strings that are compressed while everybody waits: a megabyte takes half a second."""
IN_A_CHILD = 4 << 20
"""The same in a copy of the process, for which nobody waits."""


# -- saving ------------------------------------------------------------------------------------------------------


def content_of(engine: Engine, *, aof_base: bool = False, effort: int = AT_ONCE) -> Content:
    """What an RDB file of this engine holds. `effort` is for compressing, if rdbcompression asks for that."""
    values = engine.config.values
    policy = values["maxmemory-policy"]
    return Content(
        databases=[SavedDatabase(db.index, db.values, db.expires) for db in engine.databases],
        limits=engine.limits,
        facts={
            "redis-ver": engine.redis_version,
            "redis-bits": "64",
            "ctime": str(engine.now // 1000),
            "used-mem": str(engine.host.resident_memory()),
            "aof-base": str(int(aof_base)),
        },
        libraries=[library.code for library in engine.functions.libraries.values()] if engine.functions else [],
        policy="lfu" if policy.endswith("-lfu") else "lru" if policy.endswith("-lru") else "",
        now_second=engine.lru_second,
        checksum=bool(values["rdbchecksum"]),
        effort=effort if values["rdbcompression"] else 0,
    )


def write_rdb(engine: Engine, path: str, *, aof_base: bool = False, effort: int = AT_ONCE) -> int:
    """Save everything to a file, aside first and then in its place; returns its size in bytes. Raises OSError."""
    size = 0
    with replaced(path) as file:
        waiting: list[bytes] = []
        held = 0
        for piece in rdb_pieces(content_of(engine, aof_base=aof_base, effort=effort)):
            waiting.append(piece)
            held += len(piece)
            if held >= WRITE_AT:
                file.write(b"".join(waiting))
                size += held
                waiting, held = [], 0
        file.write(b"".join(waiting))
        size += held
    return size


@contextmanager
def replaced(path: str, aside: str = "") -> Iterator[IO[bytes]]:
    """A file that takes the place of another one when it is whole; on an error nothing is left. Raises OSError."""
    folder = os.path.dirname(path) or "."
    aside = aside or os.path.join(folder, f"temp-{os.getpid()}.rdb")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        # Through a buffer: a file without one may write a part of what it is given, and say so in its reply only.
        with os.fdopen(descriptor, "wb", buffering=WRITE_AT) as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Let a move within a folder reach the disk, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


# -- loading -----------------------------------------------------------------------------------------------------


class Loaded:
    """What loading found: keys loaded, keys whose time was over, keys left out as empty, and where the file ended."""

    def __init__(self) -> None:
        self.keys = 0
        self.expired = 0
        self.empty: list[bytes] = []
        self.checked = True
        self.end = 0
        self.facts: dict[bytes, bytes] = {}

    def origin(self, now: int) -> list[str]:
        """What the log says of where the file came from; `now` is in s."""
        facts, told = self.facts, []
        if b"redis-ver" in facts:
            told.append(f"Loading RDB produced by version {facts[b'redis-ver'].decode('latin-1')}")
        if facts.get(b"ctime", b"").isdigit():
            told.append(f"RDB age {max(0, now - int(facts[b'ctime']))} seconds")
        if facts.get(b"used-mem", b"").isdigit():
            told.append(f"RDB memory usage when created {int(facts[b'used-mem']) / (1 << 20):.2f} Mb")
        return [*told, "RDB is base AOF"] if facts.get(b"aof-base") == b"1" else told

    def lines(self, now: int) -> list[tuple[str, str]]:
        """What the log says of it, each line after its level; `now` is in s."""
        told = [("notice", line) for line in self.origin(now)]
        for key in self.empty[:10]:
            told.append(("warning", f"rdbLoadObject skipping empty key: {key.decode('utf-8', 'replace')}"))
        if not self.checked:
            told.append(("warning", "RDB file was saved with checksum disabled: no check performed."))
        done = f"Done loading RDB, keys loaded: {self.keys}, keys expired: {self.expired}"
        if self.empty:
            return [*told, ("warning", f"{done}, empty keys skipped: {len(self.empty)}.")]
        return [*told, ("notice", f"{done}.")]


def load_rdb(
    engine: Engine, data: bytes, *, keep_expired: bool = False, merge: bool = False, instead: bool = False
) -> Loaded:
    """Fill an engine, whose databases must be empty, with the content of a file.

    Keys whose time is over are left out, but for `keep_expired` (an AOF's beginning, whose rest may change them). With
    `merge` databases may hold keys, and those of the file win. Raises RdbError for a damaged file; what was read before
    is there then. But with `instead` the file is read to its end first, and only then goes what the databases held.
    """
    found = Loaded()
    reader = RdbReader(data, engine.limits, verify=engine.config["rdbchecksum"])
    now = engine.read_time()
    collecting = gc.isenabled()
    gc.disable()  # So many new objects, none of them garbage: collecting takes longer than loading.
    try:
        entries: Iterable[Key] = reader.entries()
        if instead:
            entries = whole(engine, entries)
            load_libraries(engine, reader.libraries)
            for db in engine.databases:
                db.clear()
        for key in entries:
            if key.expires is not None and key.expires < now and not keep_expired:
                found.expired += 1
            else:
                put(engine, key, merge)
                found.keys += 1
    finally:
        for db in engine.databases:
            db.roster = None
            db.refresh()
        if collecting:
            gc.enable()
    if not instead:
        load_libraries(engine, reader.libraries)
    found.empty, found.end, found.facts = reader.empty_keys, reader.end, reader.facts
    found.checked = reader.checked
    return found


def whole(engine: Engine, entries: Iterable[Key]) -> list[Key]:
    """All entries, none of which may be refused any more. Raises RdbError."""
    found = list(entries)
    seen: set[tuple[int, bytes]] = set()
    for entry in found:
        if entry.database >= len(engine.databases):
            raise no_such_database(engine)
        if (entry.database, entry.key) in seen:
            raise duplicate(entry)
        seen.add((entry.database, entry.key))
    return found


def load_libraries(engine: Engine, codes: Sequence[bytes]) -> None:
    """All of them, or none. Raises RdbError for code that cannot be loaded."""
    if not codes:
        return
    from redislab.engine.functions import functions_of  # only where there are functions

    functions = functions_of(engine)
    before = functions.catalogue
    try:
        for code in codes:
            functions.load_saved(code)
    except ReplyError as error:
        functions.catalogue = before
        raise RdbError(f"Failed creating the library: {error.text}") from None


def refusal(error: RdbError) -> str:
    """Why a file was refused, with the words of Redis before our own."""
    if isinstance(error, EndsEarly):
        return f"Short read or OOM loading DB. Unrecoverable error, aborting now. ({error})"
    text = str(error)
    if text.startswith(OF_REDIS):
        return text
    return f"Internal error in RDB reading: {text}. Terminating server after rdb file reading failure."


def put(engine: Engine, entry: Key, merge: bool) -> None:
    """Give a key its value past the gate. Raises RdbError for a key that is there already, unless they are merged."""
    key, value = entry.key, entry.value
    try:
        db = engine.databases[entry.database]
    except IndexError:
        raise no_such_database(engine) from None
    values = db.values
    if key in values and not merge:
        raise duplicate(entry)
    if engine.lfu:
        value.used = (engine.now // 60_000 & 0xFFFF) << 8 | (entry.frequency if entry.frequency >= 0 else 5)
    else:
        value.used = engine.lru_second - entry.idle if entry.idle > 0 else engine.lru_second
    values[key] = value
    if value.__class__ is not String:
        db.form(key, value)
    if entry.expires is not None:
        db.restore_expiry(key, entry.expires)


def no_such_database(engine: Engine) -> RdbError:
    return RdbError(
        f"FATAL: Data file was created with a Redis server configured to handle more than {len(engine.databases)}"
        " databases. Exiting"
    )


def duplicate(entry: Key) -> RdbError:
    return RdbError(f"RDB has duplicated key '{entry.key.decode('utf-8', 'replace')}' in DB {entry.database}")
