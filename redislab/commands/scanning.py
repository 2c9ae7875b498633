"""What SCAN and its kin share: reading MATCH and COUNT, and the reply of one page.

Owns no command and looks at no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.values import glob
from redislab.values.glob import Matcher

__all__ = ["match_and_count", "page"]

DEFAULT_COUNT = 10


def match_and_count(words: Sequence[bytes]) -> tuple[Matcher | None, int]:
    """The pattern's matcher (None for everything) and COUNT out of the words after the cursor.

    A later option overrides an earlier one. Raises ReplyError as Redis does, the first bad word first.
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
    return (None if pattern == b"*" else partial(glob.matches, pattern)), count


def page(cursor: int, elements: list[bytes]) -> list[object]:
    """The reply: where to go on (0 at the end), and what was found."""
    return [b"%d" % cursor, elements]
