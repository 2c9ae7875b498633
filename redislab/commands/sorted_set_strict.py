"""Bounds of scores since Redis 8.2: no blanks in front of a number, where strtod, which 7.0 uses, skips them.

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
    """A handler that is given no number where a bound begins with a blank: it says so when its time comes."""

    def run(session: Session, *words: bytes) -> Reply:
        bounds = (NO_NUMBER if word.lstrip(b"(")[:1].isspace() else word for word in words[keys : keys + 2])
        return handler(session, *words[:keys], *bounds, *words[keys + 2 :])

    return run


for _handler, _keys in (
    (zcount, 1), (zrange, 1), (zrangebyscore, 1), (zrevrangebyscore, 1), (zremrangebyscore, 1), (zrangestore, 2),
):  # fmt: skip
    changed(_handler.__name__, since="8.2.0")(_strict(_handler, _keys))
