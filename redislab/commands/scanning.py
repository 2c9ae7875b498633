"""What HSCAN, SSCAN and ZSCAN share, and a bound for random picks. Owns no command and looks at no key."""

from __future__ import annotations

from collections.abc import Sequence

from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.values import glob
from redislab.values.glob import Matcher

__all__ = ["MOST_PICKS", "match_and_count", "page", "too_many_picks"]

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


def too_many_picks() -> ReplyError:
    """For a negative count beyond MOST_PICKS."""
    return ReplyError(f"ERR redislab picks at most {MOST_PICKS} random elements at a time")
