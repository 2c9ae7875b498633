"""The sandbox as bytes: databases with encodings, times to live and accesses, and the parameters that were changed.

The form of redislab before it used those of Redis: it is only read now, by `sandbox_form`. A head names the version,
the length and a checksum of what follows; the content is columns (columns.py), for each database its keys, their types,
and all their elements one after another. Values are rebuilt with the encodings they had, because a list of thresholds
cannot bring back an encoding that was reached under other thresholds. No file is touched here.
"""

from __future__ import annotations

import gc
import struct
import zlib
from array import array
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from redislab.persist.columns import BYTES, DOUBLES, INTEGERS, BadColumns, ColumnReader, ColumnWriter
from redislab.values.base import Value, of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.lab import Lab

__all__ = ["MAGIC", "BadSandbox", "changed_parameters", "codec_of", "dump", "load"]

MAGIC = b"redislab sandbox\n"
VERSION = 1
HEAD = struct.Struct("<17sHIQ")
NEVER = -(1 << 63)
"""Stands for no time to live."""


class BadSandbox(ValueError):
    """Bytes that are no sandbox, or a damaged one; the text says which."""


class Codec:
    """How one type goes into columns. `form` is a small number for what its elements do not tell (the encoding)."""

    def __init__(
        self,
        number: int,
        kind: type[Value],
        form: Callable[[Any], int],
        elements: Callable[[Any], Any],
        build: Callable[[list[bytes], int, Any], Value],
    ) -> None:
        self.number, self.kind, self.form = number, kind, form
        self.elements = elements
        """The words that make it up, a sequence."""
        self.build = build
        """From elements, form and scores."""


def string_of(elements: list[bytes], form: int, scores: Any) -> String:
    return String.of_form(elements[0], form)


def list_of(elements: list[bytes], form: int, scores: Any) -> List:
    if form:
        from redislab.values.list_packed import NewerList  # only where there are lists of a later version

        return NewerList.restored(elements, listpack=form == 1)
    return List.from_elements(elements)


def list_form(value: List) -> int:
    return 0 if value.__class__ is List else 1 if value.encoding() == "listpack" else 2


def hash_of(elements: list[bytes], form: int, scores: Any) -> Hash:
    return Hash.restored(dict(zip(elements[::2], elements[1::2], strict=True)), listpack=bool(form))


def expiring_hash_words(value: Any) -> list[bytes]:
    """Field, value and time of each; no time is an empty word."""
    times = value.times()
    return [w for f, v in value.items() for w in (f, v, b"%d" % times[f] if f in times else b"")]


def expiring_hash_of(elements: list[bytes], form: int, scores: Any) -> Hash:
    from redislab.values.hash_expiring import ExpiringHash

    fields = dict(zip(elements[::3], elements[1::3], strict=True))
    value = ExpiringHash.restored(fields, listpack=bool(form))
    for field, when in zip(elements[::3], elements[2::3], strict=True):
        if when:
            value.expire(field, int(when))
    return value


def set_of(elements: list[bytes], form: int, scores: Any) -> Set:
    if form > 1:
        from redislab.values.set_packed import NewerSet

        return NewerSet.restored(elements, intset=False, listpack=form == 2)
    return Set.restored(elements, intset=form == 1)


def set_form(value: Set) -> int:
    if value.encoding() == "intset":
        return 1
    return 0 if value.__class__ is Set else 2 if value.encoding() == "listpack" else 3


def sorted_set_of(elements: list[bytes], form: int, scores: Any) -> SortedSet:
    return SortedSet.restored(elements, scores, listpack=bool(form))


def stream_words(value: Stream) -> tuple[bytes]:
    """A stream as one word, in the form of an RDB file: it has more to it than elements."""
    from redislab.rdb.stream_form import stream_body  # only where there are streams

    return (stream_body(value),)


def stream_of(elements: list[bytes], form: int, scores: Any) -> Stream:
    from redislab.rdb.stream_form import FORM, load_stream
    from redislab.rdb.strings import Source

    return load_stream(Source(elements[0]), FORM)


def is_listpack(value: Any) -> bool:
    return bool(value.encoding() == "listpack")


CODECS = (
    Codec(0, String, lambda value: value.form, lambda value: (value.data,), string_of),
    Codec(1, List, list_form, list, list_of),
    Codec(2, Hash, is_listpack, lambda value: [w for p in value.items() for w in p], hash_of),
    Codec(3, Set, set_form, list, set_of),
    Codec(4, SortedSet, is_listpack, list, sorted_set_of),
    Codec(5, Stream, lambda value: 0, stream_words, stream_of),
)
BY_TYPE: dict[type[Value], Codec] = {codec.kind: codec for codec in CODECS}
EXPIRING_HASH = Codec(
    6, Hash, lambda value: value.encoding() == "listpackex", expiring_hash_words, expiring_hash_of
)


def codec_of(value: Value) -> Codec:
    """The codec of a value, or that of the type that it is a later version's form of."""
    if value.type == "hash" and hasattr(value, "times"):
        return EXPIRING_HASH
    codec = of_kind(BY_TYPE, type(value))
    assert codec is not None
    return codec


# --- to bytes


def dump(lab: Lab) -> bytes:
    """All data of a lab. Times to live are kept as the time that is left, if its clock has been moved."""
    writer = ColumnWriter()
    _write_parameters(writer, lab)
    moved = round(lab.clock_offset * 1000)
    used = [db for db in lab.engine.databases if db.values]
    writer.numbers(BYTES, [db.index for db in used])
    for db in used:
        _write_database(writer, db, moved)
    content = writer.content()
    return HEAD.pack(MAGIC, VERSION, zlib.crc32(content), len(content)) + content


def changed_parameters(lab: Lab) -> list[str]:
    """The names of the parameters that are kept, in an order that is always the same."""
    config = lab.engine.config
    return [
        name
        for name, parameter in config.parameters.items()
        if name == parameter.name and parameter.live and not parameter.secret and not parameter.machine
        and config.values[name] != config.beginning(name)
    ]  # fmt: skip


def _write_parameters(writer: ColumnWriter, lab: Lab) -> None:
    """What has been set; but passwords never go to the disk, and the machine's own settings stay with the machine."""
    config, changed = lab.engine.config, changed_parameters(lab)
    writer.words([name.encode() for name in changed])
    writer.words([config.get_text(name).encode("utf-8", "surrogateescape") for name in changed])


def _write_database(writer: ColumnWriter, db: Any, moved_ms: int) -> None:
    values, expires = list(db.values.values()), db.expires
    codecs = [BY_TYPE.get(type(value)) or codec_of(value) for value in values]
    words: list[bytes] = []
    scores = array("d")
    counts = []
    for value, codec in zip(values, codecs, strict=True):
        elements = codec.elements(value)
        words += elements
        counts.append(len(elements))
        if codec.kind is SortedSet:
            scores.extend(score for _, score in value.pairs())
    writer.words(list(db.values))
    writer.numbers(BYTES, [codec.number for codec in codecs])
    writer.numbers(BYTES, [codec.form(value) for value, codec in zip(values, codecs, strict=True)])
    writer.numbers(INTEGERS, [expires[key] - moved_ms if key in expires else NEVER for key in db.values])
    writer.numbers(INTEGERS, [value.used for value in values])
    writer.numbers(INTEGERS, counts)
    writer.words(words)
    writer.numbers(DOUBLES, scores)


# --- from bytes


def load(lab: Lab, data: bytes) -> None:
    """Fill a lab, whose databases must be empty. Keys whose time is over are left out. Raises BadSandbox."""
    reader = _checked(data)
    collecting = gc.isenabled()
    gc.disable()  # So many new objects, none of them garbage: collecting takes longer than loading.
    try:
        names, texts = reader.words(), reader.words()
        now = lab.engine.read_time()
        databases = [
            (lab.engine.databases[index], list(_read_database(reader, now))) for index in reader.integers(BYTES)
        ]
    except (BadColumns, IndexError, ValueError) as error:
        raise BadSandbox(f"its content cannot be read: {error}") from error
    finally:
        if collecting:
            gc.enable()
    for name, text in zip(names, texts, strict=True):
        if name.decode() in lab.engine.config.parameters:
            lab.engine.config.restore_text(name.decode(), text.decode("utf-8", "surrogateescape"))
    for db, entries in databases:
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
