"""The active expire cycle: removes keys whose time is over although nobody asks for them.

Redis samples at random within a time budget; here each database keeps its deadlines in a heap, so the keys that are
due are known and go in the order of their times. Where very many are due at once, a tick ends when its time is
over, and the next one goes on. A clock that stands still lets it finish at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["expire_cycle", "expire_due"]

KEYS_A_CYCLE = 500
TICK_NS = 10_000_000
"""For how long a tick removes keys."""


def expire_due(engine: Engine, now: int) -> bool:
    """Remove what is due at `now` (ms), as far as the time of a tick goes; whether that was all."""
    end = engine.read_clock() + TICK_NS
    while expire_cycle(engine, now):
        if engine.read_clock() > end:
            return False
    return True


def expire_cycle(engine: Engine, now: int, limit: int = KEYS_A_CYCLE) -> int:
    """Remove keys that are due at `now` (ms) after a look at up to `limit` deadlines; returns at how many."""
    looked = 0
    for db in engine.databases:
        if len(db.deadlines):
            keys, count = db.deadlines.due(now, db.expires, limit - looked)
            looked += count
            for key in keys:
                if key in db.expires:  # it may have had the same deadline twice
                    db.expire_now(key)
        looked += db.expire_fields(now, limit - looked)
    return looked
