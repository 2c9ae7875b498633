"""How stream commands read ids, and how they write ids and entries.

An id is one number here, milliseconds times 2**64 plus sequence. What counts as an id is decided by C's functions in
Redis: leading zeros, spaces and even a sign before the sequence go through, and a text ends at its first NUL.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redislab.engine.errors import ReplyError
from redislab.values.numbers import SPACES, parse_int64
from redislab.values.stream import MAX_ID
from redislab.values.stream_node import SEQUENCE, Node

__all__ = [
    "end_of", "entry_replies", "entry_reply", "id_text", "interval", "is_word", "new_id", "range_id", "run_replies",
    "start_of", "stream_id",
]  # fmt: skip

INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
INVALID_START = "ERR invalid start ID for the interval"
INVALID_END = "ERR invalid end ID for the interval"
LONGEST_ID = 127
SHORT = 20
"""Fewer digits than these are no number beyond 64 bits."""


def id_text(entry_id: int) -> bytes:
    """An id as text: `1700000000000-0`."""
    return b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE)


def entry_reply(entry: tuple[int, tuple[bytes, ...]]) -> list[Any]:
    """An entry as replies show it: its id, then an array of fields and values."""
    entry_id, words = entry
    return [b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE), [*words]]


def unsigned(text: bytes) -> int:
    """A 64-bit number without a sign. Raises ReplyError."""
    if text.isdigit():
        value = int(text)
    else:
        digits = text.lstrip(SPACES)
        sign, digits = (digits[:1], digits[1:]) if digits[:1] in (b"+", b"-") else (b"", digits)
        if not digits.isdigit() or (sign == b"-" and parse_int64(text) is not None):
            raise ReplyError(INVALID_ID)
        value = int(digits)
        if sign == b"-" and value <= SEQUENCE:
            value = -value & SEQUENCE
    if value > SEQUENCE:
        raise ReplyError(INVALID_ID)
    return value


def stream_id(word: bytes, missing: int = 0) -> int:
    """A complete or incomplete id; `missing` is its sequence where none is given. Raises ReplyError."""
    milliseconds, dash, sequence = word.partition(b"-")
    if milliseconds.isdigit() and len(milliseconds) < SHORT:  # as nearly all are; the rest is for the odd ones
        if sequence.isdigit() and len(sequence) < SHORT:
            return int(milliseconds) << 64 | int(sequence)
        if not dash:
            return int(milliseconds) << 64 | missing
    if len(word) > LONGEST_ID:
        raise ReplyError(INVALID_ID)
    milliseconds, dash, sequence = word.partition(b"\0")[0].partition(b"-")
    return unsigned(milliseconds) << 64 | (unsigned(sequence) if dash else missing)


def range_id(word: bytes, missing: int = 0) -> int:
    """The same, where `-` and `+` stand for the smallest and the greatest id."""
    if is_word(word, b"-"):
        return 0
    return MAX_ID if is_word(word, b"+") else stream_id(word, missing)


def is_word(word: bytes, special: bytes) -> bool:
    """Whether a word is a special id of one character; a NUL ends it."""
    return word == special or (word[:2] == special + b"\0" and len(word) <= LONGEST_ID)


def new_id(word: bytes) -> tuple[int, bool]:
    """The id of a new entry, and whether its sequence is given: `5-*` leaves it open. Raises ReplyError."""
    text = word.partition(b"\0")[0]
    if text.endswith(b"-*") and len(word) <= LONGEST_ID and text.count(b"-") == 1:
        return unsigned(text[:-2]) << 64, False
    return stream_id(word), True


def start_of(word: bytes) -> int:
    """Where an interval begins; `(` before an id leaves that one out. Raises ReplyError."""
    milliseconds, _, sequence = word.partition(b"-")
    if sequence.isdigit() and milliseconds.isdigit() and len(word) <= SHORT:
        return int(milliseconds) << 64 | int(sequence)
    if word[:1].isdigit():
        return stream_id(word)
    if len(word) > 1 and word[:1] == b"(":
        start = stream_id(word[1:])
        if start == MAX_ID:
            raise ReplyError(INVALID_START)
        return start + 1
    return range_id(word)


def end_of(word: bytes) -> int:
    """Where an interval ends. Raises ReplyError."""
    milliseconds, _, sequence = word.partition(b"-")
    if sequence.isdigit() and milliseconds.isdigit() and len(word) <= SHORT:
        return int(milliseconds) << 64 | int(sequence)
    if word[:1].isdigit():
        return stream_id(word, SEQUENCE)
    if len(word) > 1 and word[:1] == b"(":
        end = stream_id(word[1:], SEQUENCE)
        if end == 0:
            raise ReplyError(INVALID_END)
        return end - 1
    return range_id(word, SEQUENCE)


def interval(start: bytes, end: bytes) -> tuple[int, int]:
    """Both ends of an interval, read in this order. Raises ReplyError."""
    return start_of(start), end_of(end)


def run_replies(runs: Iterable[tuple[Node, int, int]]) -> list[Any]:
    """Runs of entries as replies show them."""
    return [
        [text, [*words]]
        for node, low, high in runs
        for text, words in zip(node.id_texts(low, high), node.entries[low:high])  # noqa: B905, which takes its time
    ]


def entry_replies(entries: Iterable[tuple[int, tuple[bytes, ...]]]) -> list[Any]:
    """Entries as replies show them."""
    return [[b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE), [*words]] for entry_id, words in entries]
