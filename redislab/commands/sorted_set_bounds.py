"""The bounds of score and name ranges as commands write them: `5`, `(5`, `-inf`, `[a`, `(a`, `-`, `+`.

Owns their grammar and nothing else: no key is looked at here, and no command is declared.
"""

from __future__ import annotations

import math
import re

from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.values.numbers import SPACES

__all__ = ["LexBounds", "ScoreBounds", "lex_bounds", "score_bounds"]

HEXADECIMAL = re.compile(rb"\s*[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?")

ScoreBounds = tuple[float, bool, float, bool]
"""Low, is it left out, high, is it left out: in the order in which the methods of SortedSet take them."""

LexBounds = tuple[bytes | None, bool, bytes | None, bool]
"""The same for names; None is an open bound (`-` below, `+` above)."""

OPEN = {b"-inf": -math.inf, b"+inf": math.inf, b"inf": math.inf}
"""The commonest words for no bound."""


def score_bounds(low: bytes, high: bytes) -> ScoreBounds:
    """Read `min` and `max`. Raises ReplyError when one of them is no number."""
    first, last = _score_bound(low), _score_bound(high)
    return first[0], first[1], last[0], last[1]


def _score_bound(word: bytes) -> tuple[float, bool]:
    """C's strtod reads this, not the strict reader of scores: an empty text is 0, and 1e999 infinity."""
    if word.isdigit():
        return float(word), False
    if word in OPEN:
        return OPEN[word], False
    exclusive = word[:1] == b"("
    text = word[1:] if exclusive else word
    if b"\0" in text:
        text = text.partition(b"\0")[0]
    try:
        value = float(text)
    except ValueError:
        value = _unusual_number(text)
    if value != value or b"_" in text or (text and text[-1] in SPACES):
        raise ReplyError(errors.MIN_MAX_NOT_A_FLOAT)
    return value, exclusive


def _unusual_number(text: bytes) -> float:
    """What strtod takes and Python does not; nan for anything else."""
    if not text:
        return 0.0
    if not HEXADECIMAL.fullmatch(text):
        return math.nan
    try:
        return float.fromhex(text.decode())
    except OverflowError:
        return -math.inf if text.strip().startswith(b"-") else math.inf


def lex_bounds(low: bytes, high: bytes) -> LexBounds | None:
    """Read `min` and `max`; None when `+` is the lower or `-` the upper bound, where nothing can lie between.

    Raises ReplyError for a bound without `[`, `(`, `-` or `+`.
    """
    first, last = _lex_bound(low), _lex_bound(high)
    if first[0] == b"+" or last[0] == b"-":
        return None
    return first[1], first[2], last[1], last[2]


def _lex_bound(word: bytes) -> tuple[bytes, bytes | None, bool]:
    sign = word[:1]
    if sign in (b"[", b"("):
        return sign, word[1:], sign == b"("
    if sign in (b"-", b"+") and word[1:2] in (b"", b"\0"):
        return sign, None, True
    raise ReplyError(errors.MIN_MAX_NOT_A_RANGE)
