"""Compares a reply as a learner types it with the reply that Redis gave.

Owns the notation in which replies are typed and what counts as the same reply. A learner may write all that redis-cli
prints, `(integer) 1` or `1) "a" 2) "b"`, or less: `1`, `a b`, `[a, b]`, `nil`, `WRONGTYPE`. What is left out is
forgiven and named afterwards (a bare 1 can be an integer or a string); what is written wrongly is not: `"1"` is not
`(integer) 1`. It never runs a command.

Texts are handled as strings with one character for each byte (latin-1), so that `"\\xff"` can be typed and compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redislab.resp.seen import as_seen
from redislab.resp.types import Members, ReplyError, Simple
from redislab.resp.words import quote

__all__ = ["Verdict", "Word", "compare", "kind_of", "one_line", "reply_of", "shown", "words_of"]

WORD = re.compile(
    r"""[\s\[\]]*(?:\d+[)~\#]\s*)*(?:=>\s*)?        # brackets, the numbers 1) 2) of arrays, the arrows of maps
        (?: (?P<error>\(error\)\s*.*?)(?=\s+\d+\)\s|\s*$)
          | (?P<integer>\(integer\)\s*[+-]?\d+)
          | (?P<nil>\(nil\))
          | (?P<empty>\((?:empty[^)]*)\))
          | "(?P<quoted>(?:[^"\\]|\\.)*)"
          | '(?P<single>[^']*)'
          | (?P<bare>[^\s,\[\]"']+) )
        \s*[,;]?""",
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
UNESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
NOTHING = {"nil", "null", "none", "(nil)", "(null)", "(none)"}
EMPTY = {
    "empty",
    "[]",
    "{}",
    "(empty)",
    "empty array",
    "(empty array)",
    "(empty set)",
    "(empty hash)",
    "(empty list or set)",
    "(empty push)",
}
RESP3_MARKS = (("(double) ", ""), ("(big number) ", ""), ("(true)", "1"), ("(false)", "0"))


@dataclass(frozen=True)
class Verdict:
    """Is the typed reply right, and a sentence on what was loose or nearly right about it (may be empty)."""

    right: bool
    note: str = ""


@dataclass(frozen=True)
class Word:
    """One scalar as typed; `kind` is integer, string, nil, error, empty or bare (no sign of its kind was written)."""

    kind: str
    text: str


def shown(reply: Any, protocol: int = 2) -> str:
    """The reply as redis-cli prints it on a terminal, without the final line break."""
    from redislab.shell.show import formatted

    return formatted(reply, protocol).decode("utf-8", "replace").removesuffix("\n")


def one_line(reply: Any, protocol: int = 2) -> str:
    """The same in one line, for a list of choices: `1) "a" 2) "b"`."""
    return " ".join(line.strip() for line in shown(reply, protocol).splitlines())


def kind_of(reply: Any) -> str:
    """A reply's kind in words, for hints and remarks: `an integer`, `an array of 3`."""
    plain = as_seen(reply, 2)
    if isinstance(plain, list):
        return f"an array of {len(plain)}" if plain else "an empty array"
    kinds = ((ReplyError, "an error"), (Simple, "a status"), (int, "an integer"), (bytes, "a string"))
    return next((name for kind, name in kinds if isinstance(plain, kind)), "nil, nothing")


def compare(typed: str, reply: Any, protocol: int = 2) -> Verdict:
    """Is `typed` this reply? Arrays that come from a set may be in any order."""
    plain, answer = as_seen(reply, 2), typed.strip()
    for mark, text in RESP3_MARKS if protocol == 3 else ():
        answer = answer.replace(mark, text)
    if isinstance(plain, ReplyError):
        return _compare_error(answer, plain)
    if isinstance(plain, list):
        return _compare_array(answer, plain, any_order=isinstance(reply, Members))
    if re.match(r"\(error\)|error\b", answer, re.IGNORECASE) and not _is_text(answer, plain):
        return Verdict(False, f"It is no error, the reply is {kind_of(plain)}.")
    words = words_of(answer)
    if len(words) != 1 or _is_text(answer, plain):
        return Verdict(_is_text(answer, plain))
    return _compare_scalar(words[0], plain)


def reply_of(text: str) -> Any:
    """The reply that a text in redis-cli's notation stands for; words without a sign of a kind are a status."""
    if text.strip().lower() in EMPTY:
        return []
    replies = [_reply_of_word(word) for word in words_of(text)]
    if re.match(r"\s*(\d+[)~#]|\[)", text):
        return replies
    return replies[0] if len(replies) == 1 else Simple(text.strip())


def words_of(typed: str) -> list[Word]:
    """The scalars of a typed reply; the numbers and brackets of arrays are left out."""
    return [_word(found) for found in WORD.finditer(typed)]


def _word(found: re.Match[str]) -> Word:
    kind = str(found.lastgroup)
    text = found[kind]
    if kind == "bare" and text.lower() in NOTHING:
        return Word("nil", _byte_text(_bytes(text)))
    if kind == "integer":
        return Word("integer", text.removeprefix("(integer)").strip())
    if kind == "quoted":
        return Word("string", _byte_text(ESCAPE.sub(_unescaped, _bytes(text))))
    return Word("string" if kind == "single" else kind, _byte_text(_bytes(text)))


def _reply_of_word(word: Word) -> Any:
    if word.kind == "error":
        return ReplyError(word.text.removeprefix("(error)").strip())
    if word.kind in ("nil", "empty"):
        return None if word.kind == "nil" else []
    if word.kind == "integer":
        return int(word.text)
    return word.text.encode("latin-1") if word.kind == "string" else Simple(word.text)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)]) if found[1] else UNESCAPED.get(found[2], found[2])


def _bytes(text: str) -> bytes:
    """What was typed, as bytes; a terminal may send some that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _byte_text(value: bytes) -> str:
    return value.decode("latin-1")


def _is_text(answer: str, plain: Any) -> bool:
    """Was the whole of a text typed without quotation marks, spaces and all?"""
    return isinstance(plain, bytes) and bool(plain) and _bytes(answer) == plain and not answer.isdecimal()


def _compare_scalar(word: Word, plain: Any) -> Verdict:
    if plain is None:
        return Verdict(
            word.kind == "nil", "An empty array is something else than (nil)." if word.kind == "empty" else ""
        )
    if isinstance(plain, list):
        return Verdict(word.kind == "empty")
    if isinstance(plain, ReplyError):
        return _compare_error(word.text, plain)
    if isinstance(plain, int):
        return _compare_integer(word, plain)
    if isinstance(plain, Simple):
        return _compare_status(word, plain)
    return _compare_string(word, _byte_text(plain))


def _compare_status(word: Word, status: Simple) -> Verdict:
    right = word.text.lower() == status.lower()
    note = f"Precisely: a status, {status}, printed without quotation marks."
    return Verdict(right, note if right and word.kind == "string" else "")


def _compare_string(word: Word, text: str) -> Verdict:
    quoted, same = quote(text.encode("latin-1")), word.text == text
    if word.kind == "integer":
        return Verdict(False, f"The value is right, the kind is not: Redis replies a string, {quoted}." if same else "")
    loose = same and word.kind == "bare" and _is_integer(text)
    return Verdict(same, f"Precisely: a string, {quoted}, though it looks like a number." if loose else "")


def _compare_integer(word: Word, number: int) -> Verdict:
    same = _is_integer(word.text) and int(word.text) == number
    if word.kind == "string":
        return Verdict(False, f"The value is right, the kind is not: this is (integer) {number}." if same else "")
    loose = same and word.kind == "bare"
    return Verdict(same, f"Precisely: (integer) {number}, a number and not a string." if loose else "")


def _compare_array(answer: str, items: list[Any], any_order: bool) -> Verdict:
    if not items:
        confused = answer.lower() in NOTHING
        return Verdict(
            answer.lower() in EMPTY, "An array with nothing in it is not the same as (nil)." if confused else ""
        )
    words, flat = words_of(answer), list(_flat(items))
    if len(words) != len(flat):
        return Verdict(False, f"The array has {len(flat)} elements." if len(words) > 1 else "")
    if any_order:
        words, flat = sorted(words, key=lambda word: word.text), sorted(flat, key=_sorting_text)
    verdicts = [_compare_scalar(word, item) for word, item in zip(words, flat, strict=True)]
    if all(verdict.right for verdict in verdicts):
        return Verdict(True)
    if sorted(word.text for word in words) == sorted(map(_sorting_text, flat)) and not any_order:
        return Verdict(False, _first_note(verdicts) or "The elements are right, their order is not.")
    return Verdict(False, _first_note(verdicts))


def _first_note(verdicts: list[Verdict]) -> str:
    return next((verdict.note for verdict in verdicts if verdict.note and not verdict.right), "")


def _compare_error(answer: str, error: ReplyError) -> Verdict:
    """`error`, its code, or some words of its text are enough; a wrong code or a word that is not in it is not."""
    bare = re.sub(r"^(\(error\)|error\b):?\s*", "", answer, flags=re.IGNORECASE)
    said_error, whole = bare != answer, f"The whole text: {error.text}"
    if not bare:
        return Verdict(said_error, whole if said_error else "")
    spoken, there = _plain_words(bare), _plain_words(error.text)
    if spoken and set(spoken) <= set(there) and (spoken[0] == there[0] or len(spoken) > 1):
        return Verdict(True, "" if spoken == there else whole)
    return Verdict(False, "An error it is, but another one." if said_error else "The reply is an error.")


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_']+", text.lower())


def _flat(items: list[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list) and item:
            yield from _flat(item)
        else:
            yield item


def _is_integer(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[0-9]{1,20}", text))


def _sorting_text(item: Any) -> str:
    return _byte_text(item) if isinstance(item, bytes) else str(item)
