"""Reads RDB files of version 1 to 10.

`RdbReader` gives what stands in a file, thing by thing: keys with values, libraries of functions, facts. A damaged or
foreign file raises RdbError with the place where it is wrong; what came before it was given already, so the caller
decides what to do with it. No file is opened here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from redislab.rdb.read_value import EmptyValue, loaded_value
from redislab.rdb.strings import EndsEarly, RdbError, Source
from redislab.values.base import Limits, Value
from redislab.values.crc64 import crc64
from redislab.values.string import String

__all__ = ["Key", "RdbReader"]

FUNCTION, FUNCTION_TRIAL, MODULE, IDLE, FREQUENCY, FACT, SIZES = 245, 246, 247, 248, 249, 250, 251
EXPIRES_MS, EXPIRES_S, SELECT, END = 252, 253, 254, 255
MODULE_TYPES = (6, 7)
DATABASES = 1 << 31


class Key(NamedTuple):
    """A key of a file. `expires` is in ms since 1970; `idle` (s) and `frequency` are -1 where the file has none."""

    database: int
    key: bytes
    value: Value
    expires: int | None
    idle: int
    frequency: int


def facts_of(data: bytes, limits: Limits) -> dict[bytes, bytes]:
    """The facts at the beginning of a file. Raises RdbError."""
    reader = RdbReader(data, limits)
    while data[reader.source.at : reader.source.at + 1] == bytes((FACT,)):
        reader.read_other(reader.source.byte())
    return reader.facts


class RdbReader:
    """One file. Iterate over `entries`; the facts and libraries that stood before a key are there when it is given."""

    def __init__(self, data: bytes, limits: Limits, *, verify: bool = True) -> None:
        self.source = Source(data)
        self.limits = limits
        self.verify = verify
        self.facts: dict[bytes, bytes] = {}
        self.libraries: list[bytes] = []
        self.empty_keys: list[bytes] = []
        """Keys that were left out because they have no elements."""
        self.end = 0
        """Where the file ends within the bytes: an AOF goes on there."""
        self.checked = True
        """The file has a checksum."""
        self.version = self.read_version()

    def read_version(self) -> int:
        head = self.source.data[:9]
        if len(head) < 9:
            raise EndsEarly()
        if head[:5] != b"REDIS":
            raise RdbError("Wrong signature trying to load DB from file")
        if not head[5:].isdigit() or not 1 <= int(head[5:]) <= self.limits.rdb_version:
            number = int(head[5:]) if head[5:].isdigit() else 0
            raise RdbError(f"Can't handle RDB format version {number}")
        self.source.at = 9
        return int(head[5:])

    def entries(self) -> Iterator[Key]:
        """The keys, in the order of the file. Raises RdbError."""
        try:
            yield from self.read_keys()
        except RdbError as error:
            raise type(error)(f"{error} (at byte {self.source.at})") from None

    def read_keys(self) -> Iterator[Key]:
        source, limits = self.source, self.limits
        read, read_value = source.string, self.read_value
        database, idle, frequency = 0, -1, -1
        expires: int | None = None
        while (kind := source.byte()) != END:
            if kind == 0:  # most keys of most files are strings
                yield Key(database, read(), String(read()), expires, idle, frequency)
                expires, idle, frequency = None, -1, -1
            elif kind < FUNCTION:
                key = read()
                try:
                    yield Key(database, key, read_value(kind, limits), expires, idle, frequency)
                except EmptyValue:
                    self.empty_keys.append(key)
                expires, idle, frequency = None, -1, -1
            elif kind == EXPIRES_MS:
                expires = int.from_bytes(source.take(8), "little", signed=True)
            elif kind == EXPIRES_S:
                expires = int.from_bytes(source.take(4), "little", signed=True) * 1000
            elif kind == FREQUENCY:
                frequency = source.byte()
            elif kind == IDLE:
                idle = source.length()
            elif kind == SELECT:
                database = source.length()
                if database >= DATABASES:
                    raise RdbError("a database has too high a number")
            else:
                self.read_other(kind)
        self.check_end()

    def read_value(self, kind: int, limits: Limits) -> Value:
        if kind in MODULE_TYPES:
            raise RdbError("a value belongs to a module, and redislab has none")
        return loaded_value(kind, self.source, limits)

    def read_other(self, kind: int) -> None:
        """What is no key and belongs to none."""
        source = self.source
        if kind == SIZES:
            source.length()
            source.length()
        elif kind == FACT:
            name = source.string()
            self.facts[name] = source.string()
        elif kind == FUNCTION:
            self.libraries.append(source.string())
        elif kind == MODULE:
            raise RdbError("it holds data of a module, and redislab has none")
        else:
            raise RdbError("it holds functions in a form that no released version reads")

    def check_end(self) -> None:
        """The checksum, if the version has one and it was not switched off."""
        source = self.source
        stop = source.at
        if self.version >= 5:
            checksum = int.from_bytes(source.take(8), "little")
            self.checked = bool(checksum)
            found = crc64(source.data[:stop]) if self.verify and checksum else checksum
            if found != checksum:
                raise RdbError(f"Wrong RDB checksum expected: ({found:016x}) but got ({checksum:016x}). Aborting now.")
        self.end = source.at
