"""The words that LMPOP and ZMPOP and their waiting twins have in common: from several keys, one end, so many elements.

Owns how they are read, and in which order mistakes are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from redislab.engine import errors
from redislab.engine.arguments import integer_in
from redislab.engine.errors import ReplyError
from redislab.values.numbers import INT64_MAX

__all__ = ["ManyPop", "read_many_pop"]


class ManyPop(NamedTuple):
    """What is asked for: at most `most` elements from one end of the first key that has any."""

    keys: Sequence[bytes]
    first: bool
    """The end at which the elements stand first: LEFT or MIN."""
    most: int


def read_many_pop(numkeys: bytes, words: Sequence[bytes], ends: tuple[bytes, bytes]) -> ManyPop:
    """Read them; `ends` are the words for the first and the last. Raises ReplyError as Redis does."""
    number = integer_in(numkeys, 1, INT64_MAX, errors.NUMKEYS_NOT_POSITIVE)
    if number >= len(words):
        raise ReplyError(errors.SYNTAX)
    end = words[number].upper()
    if end not in ends:
        raise ReplyError(errors.SYNTAX)
    tail = words[number + 1 :]
    most = 1
    if len(tail) >= 2 and tail[0].upper() == b"COUNT":
        most = integer_in(tail[1], 1, INT64_MAX, errors.COUNT_NOT_POSITIVE)
        tail = tail[2:]
    if tail:
        raise ReplyError(errors.SYNTAX)
    return ManyPop(words[:number], end == ends[0], most)
