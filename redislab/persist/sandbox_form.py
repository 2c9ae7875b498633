"""The sandbox as an RDB file, which any Redis can load, with what RDB has no place for in facts of our own.

Those are the parameters that were changed, and the encodings that loading would not give again: a value keeps the one
it has, though it was reached under other thresholds, or by a change in place. Redis passes over facts it does not know.
Files of the form that redislab had before are read as well; they are written as RDB the next time.

The first fact is a CRC-32 of all that follows, in place of the CRC-64 at the end, which may be left out: there is a
CRC-32 in the standard library, and what computes the other takes longer to load than a single command takes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.engine.config_kinds import ConfigError
from redislab.engine.deadlines import Deadlines
from redislab.persist.forms import codec_of
from redislab.persist.interim import MAGIC, BadSandbox
from redislab.persist.interim import load as load_interim
from redislab.persist.rdb import content_of, load_rdb
from redislab.rdb.listpack import is_integer_text
from redislab.rdb.read_file import facts_of
from redislab.rdb.strings import Source, length, plain_string
from redislab.rdb.write_file import rdb_pieces
from redislab.values.base import Value
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.lab import Lab

__all__ = ["BadSandbox", "dump", "load"]

PARAMETERS, FORMS = "redislab-parameters", "redislab-forms"
UNKNOWN = -1
SIGNATURE = 9
"""Bytes of the name and version with which an RDB file begins."""
CHECKSUM_FACT = b"\xfa" + plain_string(b"redislab-crc32") + b"\x09x"
"""The fact up to its eight digits; the x keeps them from being written as a number."""


# --- to bytes


def dump(lab: Lab) -> bytes:
    """All data of a lab. Times to live are kept as the time that is left, if its clock has been moved."""
    engine = lab.engine
    content = content_of(engine)
    content.checksum = False
    content.effort = 0
    content.policy = "lfu" if engine.lfu else "lru"  # When a value was used is kept under any policy.
    content.facts |= {PARAMETERS: parameters_of(lab), FORMS: forms_of(lab)}
    moved = round(lab.clock_offset * 1000)
    if moved:
        for db in content.databases:
            db.expires = {key: when - moved for key, when in db.expires.items()}
    data = b"".join(rdb_pieces(content))
    return data[:SIGNATURE] + CHECKSUM_FACT + b"%08x" % zlib.crc32(data[SIGNATURE:]) + data[SIGNATURE:]


def parameters_of(lab: Lab) -> bytes:
    """The names and values of what was changed, one after another."""
    config = lab.engine.config
    words: list[bytes] = []
    for name in changed_parameters(lab):
        words += name.encode(), config.get_text(name).encode("utf-8", "surrogateescape")
    return b"".join(map(plain_string, words))


def changed_parameters(lab: Lab) -> list[str]:
    """The names of the parameters that are kept, in an order that is always the same.

    Passwords never go to the disk, and the machine's own settings stay with the machine.
    """
    config = lab.engine.config
    return [
        name
        for name, parameter in config.parameters.items()
        if name == parameter.name and parameter.live and not parameter.secret and not parameter.machine
        and config.values[name] != config.beginning(name)
    ]  # fmt: skip


def forms_of(lab: Lab) -> bytes:
    """Database, key and form of each value that loading would give another form."""
    limits = lab.engine.limits
    parts: list[bytes] = []
    for db in lab.engine.databases:
        index = length(db.index)
        for key, value in db.values.items():
            if value.__class__ is String and value.data.__class__ is bytes:
                continue
            form = int(codec_of(value).form(value))
            if form != form_when_loaded(value, limits):
                parts += index, plain_string(key), bytes((form,))
    return b"".join(parts)


def form_when_loaded(value: Any, limits: Any) -> int:
    """The form that a value has after it was saved and loaded, under the same limits; UNKNOWN if that is not sure."""
    kind = value.__class__
    if kind is Hash:
        small = len(value) <= limits.hash_max_listpack_entries
        if small and value.encoding() != "listpack":
            most = limits.hash_max_listpack_value
            small = all(len(field) <= most and len(text) <= most for field, text in value.items())
        return int(small)
    if kind is SortedSet:
        small = len(value) <= limits.zset_max_listpack_entries
        if small and value.encoding() != "listpack":
            small = all(len(member) <= limits.zset_max_listpack_value for member, _ in value.pairs())
        return int(small)
    if kind is Set:
        small = len(value) <= limits.set_max_intset_entries
        return int(small and (value.encoding() == "intset" or all(map(is_integer_text, value))))
    return 0 if kind in (String, List, Stream) else UNKNOWN


# --- from bytes


def load(lab: Lab, data: bytes) -> None:
    """Fill a lab, whose databases must be empty. Keys whose time is over are left out. Raises BadSandbox."""
    if data.startswith(MAGIC):
        load_interim(lab, data)
        return
    if not data.startswith(b"REDIS"):
        raise BadSandbox("it is not a sandbox file")
    engine = lab.engine
    check(data)
    try:
        facts = facts_of(data, engine.limits)
        restore_parameters(lab, facts.get(PARAMETERS.encode(), b""))
        load_rdb(engine, data)
        for index, key, form in read_forms(facts.get(FORMS.encode(), b"")):
            restore_form(engine.databases[index], key, form)
    except (ConfigError, ValueError, IndexError) as error:
        for db in engine.databases:
            db.values, db.expires, db.deadlines = {}, {}, Deadlines()
        raise BadSandbox(f"its content cannot be read: {error}") from error


def check(data: bytes) -> None:
    """Compare the checksum; files of a Redis have one of their own. Raises BadSandbox."""
    start = SIGNATURE + len(CHECKSUM_FACT)
    if data[SIGNATURE:start] == CHECKSUM_FACT and data[start : start + 8] != b"%08x" % zlib.crc32(data[start + 8 :]):
        raise BadSandbox("its checksum is wrong: it was damaged")


def restore_parameters(lab: Lab, saved: bytes) -> None:
    """Before the data, whose encodings follow from some of them. Raises RdbError, ConfigError."""
    config, source = lab.engine.config, Source(saved)
    while source.at < source.end:
        name, text = source.string().decode(), source.string().decode("utf-8", "surrogateescape")
        if name in config.parameters:
            config.restore_text(name, text)


def read_forms(saved: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Raises RdbError."""
    source = Source(saved)
    while source.at < source.end:
        yield source.length(), source.string(), source.byte()


def restore_form(db: Any, key: bytes, form: int) -> None:
    """Give the value of a key the form that it had; keys whose time was over are not there any more."""
    value: Value | None = db.values.get(key)
    if value is None:
        return
    codec = codec_of(value)
    scores = [score for _, score in value.pairs()] if isinstance(value, SortedSet) else None
    found = codec.build(list(codec.elements(value)), form, scores)
    found.used = value.used
    db.values[key] = found
