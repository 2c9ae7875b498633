"""The active expire cycle: removes keys whose time is over although nobody asks for them.

Redis samples at random within a time budget; here each database keeps its deadlines in a heap, so the keys that are
due are known and go in the order of their times. A bound on each call keeps a tick short.
"""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["expire_cycle"]

KEYS_A_CYCLE = 2000


def expire_cycle(engine: Engine, now: int, limit: int = KEYS_A_CYCLE) -> int:
    """Remove up to `limit` keys that are due at `now` (ms); returns how many went."""
    removed = 0
    for db in engine.databases:
        deadlines = db.deadlines
        while deadlines and deadlines[0][0] <= now and removed < limit:
            when, key = heappop(deadlines)
            if db.expires.get(key) == when:
                db.expire_now(key)
                removed += 1
        removed += db.expire_fields(now, limit - removed)
    return removed
