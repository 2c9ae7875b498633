"""Reading one word of a command as a number, with the exact errors of Redis.

Handlers call these at the point where Redis does: which of several errors a call gets depends on the order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.version import DEFAULT
from redislab.values.numbers import INT64_MAX, parse_float, parse_int64, parse_long_double, rounded

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["block_timeout", "cursor", "integer", "integer_in", "long_in", "number", "small_integer", "until_end"]

INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
SMALL_INTEGERS = {b"%d" % value: value for value in range(-1, 256)}
"""Those that most arguments are: to look one up takes half as long as to read it."""


def integer(word: bytes, error: str = errors.NOT_AN_INTEGER) -> int:
    """A 64-bit integer. Raises ReplyError with `error`."""
    value = SMALL_INTEGERS.get(word)
    if value is None:
        value = parse_int64(word)
    if value is None:
        raise ReplyError(error)
    return value


def integer_in(word: bytes, low: int, high: int, error: str) -> int:
    """An integer within bounds; one text for what is no integer and what is out of them."""
    value = parse_int64(word)
    if value is None or not low <= value <= high:
        raise ReplyError(error)
    return value


def long_in(word: bytes, low: int, high: int) -> int:
    """An integer within bounds, where what is out of them has a text of its own that names the bounds."""
    value = integer(word)
    if not low <= value <= high:
        raise ReplyError(f"ERR value is out of range, value must between {low} and {high}")
    return value


def small_integer(word: bytes) -> int:
    """An integer that fits a C int, as the number of a database."""
    return long_in(word, INT_MIN, INT_MAX)


def number(word: bytes, error: str = errors.NOT_A_FLOAT) -> float:
    """A double, never nan. Raises ReplyError with `error`."""
    value = parse_float(word)
    if value is None:
        raise ReplyError(error)
    return value


def cursor(word: bytes, engine: Engine) -> int:
    """A SCAN cursor: an unsigned 64-bit number as C's strtoul reads it (a sign wraps, a NUL ends it, no text is 0)."""
    if engine.version >= (7, 4):
        word = word if word.isdigit() else _strict_cursor(word)
    else:
        word = word.partition(b"\0")[0]
    sign, digits = (word[:1], word[1:]) if word[:1] in (b"+", b"-") else (b"", word)
    if word and not (digits.isdigit() and digits.isascii()):
        raise ReplyError(errors.INVALID_CURSOR)
    value = int(digits or b"0")
    if value >= 1 << 64:
        raise ReplyError(errors.INVALID_CURSOR)
    return -value % (1 << 64) if sign == b"-" else value


def _strict_cursor(word: bytes) -> bytes:
    """A cursor for `cursor` that is none but digits, as later versions look at it: blanks before a number are fine."""
    value = parse_int64(word)
    if not word or (value is not None and value < 0):
        raise ReplyError(errors.INVALID_CURSOR)
    return word.lstrip(b" \t\n\v\f\r") or b"x"


def block_timeout(word: bytes, engine: Engine) -> int:
    """A timeout in seconds as milliseconds, rounded up; 0 waits for ever.

    In 7.0 what does not fit 64 bits is called negative, because that is what it becomes in C, and what does not fit
    together with the present time waits for ever, for the same reason; later versions call both out of range. Less than
    a millisecond below zero is rounded up to 0.
    """
    too_long = errors.TIMEOUT_NEGATIVE if engine.version == DEFAULT else errors.TIMEOUT_OUT_OF_RANGE
    seconds = parse_long_double(word)
    if seconds is None:
        raise ReplyError(errors.TIMEOUT_NOT_A_FLOAT)
    if seconds.infinite:
        raise ReplyError(errors.TIMEOUT_NEGATIVE if seconds.significand < 0 else too_long)
    significand, exponent, _ = rounded(seconds.significand * 1000, seconds.exponent)
    whole = significand << exponent if exponent >= 0 else -(-significand >> -exponent)
    if not 0 <= whole <= INT64_MAX:
        raise ReplyError(errors.TIMEOUT_NEGATIVE if whole < 0 else too_long)
    return until_end(whole, engine)


def until_end(milliseconds: int, engine: Engine) -> int:
    """A time to wait that may not fit together with the present one: no end in 7.0, later an error."""
    if milliseconds <= INT64_MAX - engine.now:
        return milliseconds
    if engine.version > DEFAULT:
        raise ReplyError(errors.TIMEOUT_OUT_OF_RANGE)
    return 0
