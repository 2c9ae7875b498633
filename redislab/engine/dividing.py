"""When the dictionaries of a database are divided (values/divided.py), and when they are one again.

Asked at every tick, so that no command pays for the question, and neither does who has few keys. Dividing takes many
ticks for a large database, and nobody waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from redislab.values.divided import Divided, Table
from redislab.values.roster_divided import DividedRoster

if TYPE_CHECKING:
    from redislab.engine.keyspace import Database

__all__ = ["tend"]

DIVIDED_ABOVE, UNITED_BELOW = 100_000, 10_000
"""Keys. A dictionary of 87,000 is made anew in some 3 ms, the next larger one in 6."""
MOVED_AT_A_TICK = 4_000

V = TypeVar("V")


def tend(db: Database) -> None:
    """Divide what has grown large, go on with it, and unite what has become small."""
    values = _tended(db.values)
    if values is not db.values:
        db.values = values
        db.roster = None
    elif isinstance(values, Divided) and values.old:
        _move(db, values)
    db.expires = _tended(db.expires)
    if isinstance(db.expires, Divided):
        db.expires.move(MOVED_AT_A_TICK)
    db.deadlines.tick(db.expires)


def _tended(table: Table[V]) -> Table[V]:
    """The same keys, in another kind of dictionary where it is time for that."""
    if isinstance(table, Divided):
        return table if len(table) >= UNITED_BELOW else dict(table.items())
    return table if len(table) <= DIVIDED_ABOVE else Divided(table)


def _move(db: Database, values: Divided[V]) -> None:
    moved = values.move(MOVED_AT_A_TICK)
    if isinstance(db.roster, DividedRoster):
        for key in moved:
            db.roster.add(key)
