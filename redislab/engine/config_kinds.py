"""The kinds of configuration values: how the words of a setting are read, shown, and written into a file.

A kind knows texts and Python values and nothing of parameters, engines or replies. Errors are ConfigError with the text
that ends CONFIG SET's error, word for word as Redis says it. Values are immutable, so that they can be shared and
kept for undo: bool, int, str (bytes that are no UTF-8 as surrogates), and tuples of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from redislab.resp.words import quote
from redislab.values.numbers import parse_int64

__all__ = [
    "BOOL",
    "SDS",
    "ConfigError",
    "Kind",
    "as_bytes",
    "as_text",
    "choice",
    "choices",
    "forced_string",
    "integer",
    "memory",
    "memory_bytes",
    "memory_or_percent",
    "octal",
    "quoted",
    "refusing_yes",
    "string",
]

Read = Callable[[Sequence[bytes], Any], Any]
Lines = Callable[[str, Any, Any], list[tuple[str, bool]]]
INT_MAX = (1 << 31) - 1
LONG_MAX = (1 << 63) - 1
UNSIGNED_LONG_MAX = (1 << 64) - 1

NOT_AN_INTEGER = "argument couldn't be parsed into an integer"
NOT_MEMORY = "argument must be a memory value"
NOT_MEMORY_OR_PERCENT = "argument must be a memory or percent value"
NOT_OCTAL = "argument couldn't be parsed as an octal number"
NOT_YES_OR_NO = "argument must be 'yes' or 'no'"


class ConfigError(Exception):
    """A value that a parameter does not take; the text is the end of CONFIG SET's error."""


class Kind:
    """How the words of a parameter become its value, and what text stands for a value.

    `read` is given the words and the present value, and raises ConfigError. `show` gives the text of CONFIG GET,
    `write` one that reads as the same value where what is shown does not, `in_file` what stands behind the name in a
    configuration file. `lines` is for kinds of more than one line, or of none: from name, value and default to the
    lines of a file, each with whether a file without such a line needs it. `multiple` kinds take several words; all
    others exactly one. `accumulates` says that each line of a file adds to the lines before it. `options` are the words
    to choose from, where there are some.
    """

    __slots__ = ("accumulates", "in_file", "lines", "multiple", "name", "options", "read", "show", "write")

    def __init__(
        self,
        name: str,
        read: Read,
        show: Callable[[Any], str] = str,
        *,
        write: Callable[[Any], str] | None = None,
        in_file: Callable[[Any], str] | None = None,
        lines: Lines | None = None,
        multiple: bool = False,
        accumulates: bool = False,
        options: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.read = read
        self.show = show
        self.write = write or show
        self.in_file = in_file or show
        self.lines = lines or self.one_line
        self.multiple = multiple
        self.accumulates = accumulates
        self.options = options

    def one_line(self, parameter: str, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The line that most kinds have, needed where the value is not the default."""
        return [(f"{parameter} {self.in_file(value)}", value != default)]

    def words(self, text: bytes) -> list[bytes]:
        """The words of a text as CONFIG SET takes it: only kinds of several words are split, at each space."""
        if not self.multiple:
            return [text]
        return text.split(b" ") if text else []


# -- texts ---------------------------------------------------------------------------------------------------


def as_text(word: bytes) -> str:
    """Bytes as the text that is kept for them."""
    return word.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """The bytes of a text."""
    return text.encode("utf-8", "surrogateescape")


def c_string(word: bytes) -> bytes:
    """What of a word C sees: all before its first NUL."""
    return word.partition(b"\0")[0]


def quoted(text: str) -> str:
    """A text in double quotes, as Redis writes strings into its files: anything but ASCII is escaped."""
    return quote(as_bytes(text))


def _line_if_there(parameter: str, value: str, default: str) -> list[tuple[str, bool]]:
    return [(f"{parameter} {quoted(value)}", value != default)] if value else []


def string(check: Callable[[str], None] | None = None, *, null: bool = True) -> Kind:
    """A C string, which ends at a NUL. Without `null` an empty one is a value like others, not the lack of one."""

    def read(words: Sequence[bytes], present: Any) -> str:
        text = as_text(c_string(words[0]))
        if check is not None:
            check(text)
        return text

    return Kind("string", read, in_file=quoted, lines=_line_if_there if null else None)


def forced_string() -> Kind:
    """A string that every rewritten file says."""
    read = string(null=False).read
    return Kind("string", read, lines=lambda name, value, default: [(f"{name} {quoted(value)}", True)])


SDS = Kind("string", lambda words, present: as_text(words[0]), lines=_line_if_there)
"""A string of any bytes."""


# -- numbers -------------------------------------------------------------------------------------------------


def in_range(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ConfigError(f"argument must be between {low} and {high} inclusive")
    return value


def integer(low: int, high: int, *, least: int | None = None, most: int | None = None, zero: bool = False) -> Kind:
    """A whole number within bounds. What is outside `least` and `most` is moved there, but for 0 where `zero`."""

    def read(words: Sequence[bytes], present: Any) -> int:
        value = parse_int64(words[0])
        if value is None:
            raise ConfigError(NOT_AN_INTEGER)
        in_range(value, low, high)
        if zero and not value:
            return value
        if least is not None:
            value = max(value, least)
        return min(value, most) if most is not None else value

    return Kind("integer", read)


_UNITS = {b"": 1, b"b": 1, b"k": 1000, b"kb": 1024, b"m": 10**6, b"mb": 1 << 20, b"g": 10**9, b"gb": 1 << 30}
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def memory_bytes(word: bytes) -> int | None:
    """Bytes with an optional unit: 64, 1kb, 2mb; None for anything else.

    As in Redis no digits are 0, what exceeds 64 bits is the largest number, and a product that does wraps.
    """
    text = c_string(word)
    digits = text.rstrip(_LETTERS)
    unit = _UNITS.get(text[len(digits) :].lower())
    if unit is None or (digits and not digits.isdigit()) or len(digits) > 127:
        return None
    return min(int(digits or b"0"), UNSIGNED_LONG_MAX) * unit % (1 << 64)


def memory_text(value: int) -> str:
    """Bytes as a file says them: in the largest unit that leaves no rest."""
    if value > 0:
        for bits, unit in ((30, "gb"), (20, "mb"), (10, "kb")):
            if value % (1 << bits) == 0:
                return f"{value >> bits}{unit}"
    return str(value)


def memory(low: int, high: int) -> Kind:
    """Bytes, with an optional unit."""

    def read(words: Sequence[bytes], present: Any) -> int:
        value = memory_bytes(words[0])
        if value is None:
            raise ConfigError(NOT_MEMORY)
        return in_range(value, low, high)

    return Kind("memory", read, in_file=memory_text)


def _read_memory_or_percent(words: Sequence[bytes], present: Any) -> int:
    word = words[0]
    value = memory_bytes(word)
    if value is None:
        percent = parse_int64(word[:-1]) if word.endswith(b"%") else None
        if percent is None or percent < 0:
            raise ConfigError(NOT_MEMORY_OR_PERCENT)
        value = -percent
    elif value > LONG_MAX:
        value -= 1 << 64
    if value < -100:
        raise ConfigError("percentage argument must be less or equal to 100")
    return value


def _show_percent(value: int) -> str:
    return f"{-value}%" if value < 0 else str(value)


def memory_or_percent() -> Kind:
    """Bytes, or a share of maxmemory: 5% is kept as -5."""
    return Kind(
        "memory or percent",
        _read_memory_or_percent,
        _show_percent,
        in_file=lambda value: _show_percent(value) if value < 0 else memory_text(value),
    )


OCTAL = rb"[ \t\n\v\f\r]*([+-]?[0-7]+)"
"""Compiled when first needed, as every pattern here: this module is imported at each start."""


def octal(high: int) -> Kind:
    """File permissions, read and shown in base eight."""

    def read(words: Sequence[bytes], present: Any) -> int:
        found = re.fullmatch(OCTAL, c_string(words[0]))
        if found is None:
            raise ConfigError(NOT_OCTAL)
        value = int(found[1], 8)
        if not 0 <= value <= high:
            raise ConfigError(f"argument must be between 0 and {high:o} inclusive")
        return value

    return Kind("octal", read, "{:o}".format)


# -- words ---------------------------------------------------------------------------------------------------


def _read_bool(words: Sequence[bytes], present: Any) -> bool:
    word = c_string(words[0]).lower()
    if word not in (b"yes", b"no"):
        raise ConfigError(NOT_YES_OR_NO)
    return word == b"yes"


def _show_bool(value: bool) -> str:
    return "yes" if value else "no"


BOOL = Kind("bool", _read_bool, _show_bool, options=("yes", "no"))


def refusing_yes(why: str) -> Kind:
    """A bool that only ever is no."""

    def read(words: Sequence[bytes], present: Any) -> bool:
        if _read_bool(words, present):
            raise ConfigError(why)
        return False

    return Kind("bool", read, _show_bool)


def _one_of(words: Sequence[str]) -> str:
    return "argument(s) must be one of the following: " + ", ".join(words)


def choice(*names: str, **same: str) -> Kind:
    """One of some words, in any case. `same` are further words for one of them, told of in the error as well."""
    known = {name: same.get(name, name) for name in names}

    def read(words: Sequence[bytes], present: Any) -> str:
        value = known.get(c_string(words[0]).decode("latin-1").lower())
        if value is None:
            raise ConfigError(_one_of(names))
        return value

    return Kind("one of " + ", ".join(names), read, options=names)


def choices(*names: str, check: Callable[[Sequence[str]], None]) -> Kind:
    """Any of some words, kept as a tuple in their order; the first of them means none and is only shown alone."""

    def read(words: Sequence[bytes], present: Any) -> tuple[str, ...]:
        given = {c_string(word).decode("latin-1").lower() for word in words}
        if not given or not given.issubset(names):
            raise ConfigError(_one_of(names))
        value = tuple(name for name in names[1:] if name in given)
        check(value)
        return value

    return Kind(
        "some of " + ", ".join(names), read, lambda value: " ".join(value or names[:1]), multiple=True, options=names
    )
