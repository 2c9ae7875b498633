"""The form that sandboxes had before they were RDB files. It is only read: the next time they are written as RDB.

A head names the version, the length and a checksum of what follows; the content is columns, for each database its keys,
their types, and all their elements one after another. A column is a letter for its kind, a count, and the items:
numbers in little-endian order, or the lengths of words followed by the words. No file is touched here.
"""

from __future__ import annotations

import gc
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from redislab.engine.config_kinds import ConfigError
from redislab.persist.forms import CODECS, EXPIRING_HASH
from redislab.values.base import Value

if TYPE_CHECKING:
    from redislab.lab import Lab

__all__ = ["MAGIC", "BadSandbox", "load"]

MAGIC = b"redislab sandbox\n"
VERSION = 1
HEAD = struct.Struct("<17sHIQ")
COLUMN_HEAD = struct.Struct("<cQ")
NEVER = -(1 << 63)
"""Stands for no time to live."""
BYTES, LENGTHS, INTEGERS, DOUBLES = "B", "I", "q", "d"
"""What a column of numbers holds, in the letters of the `array` module: 8, 32 and 64 bits, and doubles."""
SIZES = {BYTES: 1, LENGTHS: 4, INTEGERS: 8, DOUBLES: 8}


class BadSandbox(ValueError):
    """Bytes that are no sandbox, or a damaged one; the text says which."""


class BadColumns(ValueError):
    """Bytes that are not the columns that were asked for."""


def load(lab: Lab, data: bytes) -> None:
    """Fill a lab, whose databases must be empty. Keys whose time is over are left out. Raises BadSandbox."""
    reader = _checked(data)
    collecting = gc.isenabled()
    gc.disable()  # So many new objects, none of them garbage: collecting takes longer than loading.
    try:
        names = [name.decode() for name in reader.words()]
        texts = [text.decode("utf-8", "surrogateescape") for text in reader.words()]
        now = lab.engine.read_time()
        databases = [
            (lab.engine.databases[index], list(_read_database(reader, now))) for index in reader.integers(BYTES)
        ]
    except (IndexError, ValueError) as error:
        raise BadSandbox(f"its content cannot be read: {error}") from error
    finally:
        if collecting:
            gc.enable()
    for name, text in zip(names, texts, strict=True):
        if name in lab.engine.config.parameters:
            try:
                lab.engine.config.restore_text(name, text)
            except ConfigError as error:
                raise BadSandbox(f"its content cannot be read: {name}: {error}") from error
    for db, entries in databases:
        db.roster = None
        db.refresh()
        for key, value, expires in entries:
            db.values[key] = value
            db.form(key, value)
            if expires is not None:
                db.restore_expiry(key, expires)


def _checked(data: bytes) -> ColumnReader:
    if len(data) < HEAD.size or not data.startswith(MAGIC):
        raise BadSandbox("it is not a sandbox file")
    _, version, checksum, length = HEAD.unpack_from(data)
    if version != VERSION:
        raise BadSandbox(f"it has version {version}, and this redislab reads version {VERSION}")
    content = data[HEAD.size :]
    if len(content) != length:
        raise BadSandbox(f"it should have {length} bytes of content and has {len(content)}")
    if zlib.crc32(content) != checksum:
        raise BadSandbox("its checksum is wrong: it was damaged")
    return ColumnReader(content)


def _read_database(reader: ColumnReader, now_ms: int) -> Iterator[tuple[bytes, Value, int | None]]:
    keys, numbers, forms = reader.words(), reader.integers(BYTES), reader.integers(BYTES)
    expires, used, counts = reader.integers(INTEGERS), reader.integers(INTEGERS), reader.integers(INTEGERS)
    words, scores = reader.words(), reader.numbers(DOUBLES)
    at = score_at = 0
    for key, number, form, end, access, count in zip(keys, numbers, forms, expires, used, counts, strict=True):
        mine = None
        if number == 4:
            mine, score_at = scores[score_at : score_at + count], score_at + count
        value = (EXPIRING_HASH if number == 6 else CODECS[number]).build(words[at : at + count], form, mine)
        value.used = access
        at += count
        if end == NEVER:
            yield key, value, None
        elif end > now_ms:
            yield key, value, end


class ColumnReader:
    """Takes columns off in the order in which they were written. Everything raises BadColumns."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def numbers(self, kind: str) -> Sequence[float]:
        """The numbers of the next column."""
        start = self.position + COLUMN_HEAD.size
        if start > len(self.data):
            raise BadColumns("the data ends early")
        letter, count = COLUMN_HEAD.unpack_from(self.data, self.position)
        end = start + count * SIZES[kind]
        if letter != kind.encode() or end > len(self.data):
            raise BadColumns(f"a column of {count} numbers cannot be read at {self.position}")
        column = array(kind)
        column.frombytes(self.data[start:end])
        if sys.byteorder == "big":
            column.byteswap()
        self.position = end
        return column

    def integers(self, kind: str) -> list[int]:
        """As `numbers`, for whole ones."""
        return self.numbers(kind).tolist()  # type: ignore[attr-defined, no-any-return]

    def words(self) -> list[bytes]:
        """The words of the next column."""
        ends = list(accumulate(self.integers(LENGTHS), initial=self.position))
        if ends[-1] > len(self.data):
            raise BadColumns("the data ends within a word")
        self.position, data = ends[-1], self.data
        return [data[start:end] for start, end in pairwise(ends)]
