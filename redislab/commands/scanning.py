"""What HSCAN, SSCAN and ZSCAN share, and HRANDFIELD, SRANDMEMBER and ZRANDMEMBER. Owns no command, looks at no key."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from redislab.engine import errors
from redislab.engine.arguments import integer, long_in
from redislab.engine.errors import ReplyError
from redislab.values import glob
from redislab.values.glob import Matcher
from redislab.values.numbers import INT64_MAX

__all__ = ["match_and_count", "page", "pick_count", "picks"]

DEFAULT_COUNT = 10

MOST_PICKS = 10_000_000
"""How many random picks with repetition one reply may hold. Redis has no bound and runs out of memory."""


def match_and_count(words: Sequence[bytes]) -> tuple[Matcher | None, int]:
    """The pattern's matcher (None for everything) and COUNT out of the words after the cursor.

    A later option overrides an earlier one. Raises ReplyError as Redis does, for the first bad word.
    """
    pattern, count = b"*", DEFAULT_COUNT
    for place in range(0, len(words), 2):
        option = words[place].upper()
        if place + 1 == len(words) or option not in (b"MATCH", b"COUNT"):
            raise ReplyError(errors.SYNTAX)
        if option == b"MATCH":
            pattern = words[place + 1]
        else:
            count = integer(words[place + 1])
            if count < 1:
                raise ReplyError(errors.SYNTAX)
    return (None if pattern == b"*" else glob.compile(pattern)), count


def page(cursor: int, elements: list[bytes]) -> list[object]:
    """The reply: where to go on (0 at the end), and what was found."""
    return [b"%d" % cursor, elements]


class Pickable(Protocol):
    """A hash, set or sorted set, for random picks."""

    def sample(self, dice: Random, count: int) -> list[bytes]:
        """Different elements."""
        ...

    def pick(self, dice: Random) -> bytes:
        """Any one element."""
        ...


def pick_count(words: Sequence[bytes], option: bytes) -> tuple[int, bool]:
    """The count of HRANDFIELD or ZRANDMEMBER, and whether `option` follows it. Raises ReplyError."""
    count = long_in(words[0], -INT64_MAX, INT64_MAX)
    paired = len(words) == 2 and words[1].upper() == option
    if len(words) > 1 and not paired:
        raise ReplyError(errors.SYNTAX)
    if paired and abs(count) > INT64_MAX // 2:
        raise ReplyError(errors.OUT_OF_RANGE)
    return count, paired


def picks(value: Pickable, count: int, dice: Random) -> list[bytes]:
    """Different elements for a positive count, any for a negative one. Raises ReplyError beyond MOST_PICKS."""
    if count >= 0:
        return value.sample(dice, count)
    if -count > MOST_PICKS:
        raise ReplyError(f"ERR redislab picks at most {MOST_PICKS} random elements at a time")
    return [value.pick(dice) for _ in range(-count)]
