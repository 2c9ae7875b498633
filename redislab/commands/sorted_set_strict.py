"""Bounds of scores since Redis 8.2: no blanks in front of a number and no hexadecimal ones, which strtod takes in 7.0.

Imported only by later versions.
"""

from __future__ import annotations

from collections.abc import Callable

from redislab.commands.sorted_set_range import zcount, zrange, zrangebyscore, zrangestore, zrevrangebyscore
from redislab.commands.sorted_set_remove import zremrangebyscore
from redislab.commands.spec import changed
from redislab.engine.session import Session
from redislab.resp.types import Reply

NO_NUMBER = b"x"


def _strict(handler: Callable[..., Reply], keys: int) -> Callable[..., Reply]:
    """A handler that is given no number where a bound is none any more: it says so when its time comes."""

    def run(session: Session, *words: bytes) -> Reply:
        if any(map(_refused, words[keys : keys + 2])) and b"BYLEX" not in (word.upper() for word in words):
            bounds = (NO_NUMBER if _refused(word) else word for word in words[keys : keys + 2])
            words = (*words[:keys], *bounds, *words[keys + 2 :])
        return handler(session, *words)

    return run


def _refused(word: bytes) -> bool:
    """Whether a bound is one that only strtod takes for a number."""
    text = word[1:] if word[:1] == b"(" else word
    return text[:1].isspace() or text.lstrip(b"+-")[:2].lower() == b"0x"


for _handler, _keys in (
    (zcount, 1), (zrange, 1), (zrangebyscore, 1), (zrevrangebyscore, 1), (zremrangebyscore, 1), (zrangestore, 2),
):  # fmt: skip
    changed(_handler.__name__, since="8.2.0")(_strict(_handler, _keys))
