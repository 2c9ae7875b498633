"""The form in which a value is kept: its elements as words, and a small number for its encoding, which they do not
tell.

A value keeps the encoding it has, though it was reached under other thresholds or by a change in place; a list of
thresholds could not bring it back. Who saves a sandbox keeps the forms beside the data and rebuilds values with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redislab.values.base import Value, of_kind
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.stream import Stream
from redislab.values.string import String

__all__ = ["CODECS", "EXPIRING_HASH", "codec_of"]


class Codec:
    """How values of one type are taken apart and rebuilt. `form` is a small number for the encoding."""

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
