"""The keys of a database in order, so that a prefix finds its keys at once however many there are.

Owns sorted lists beside the databases, made when first asked for and kept up with the steps that the recorder notes.
Keys that went stay in a list until it is made anew and are left out of answers. No keystroke costs more than a search
and a bounded walk; a list of very many keys is sorted in a thread, and until it is there the old one answers.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from threading import Thread
from typing import Any

from redislab.changes_view import touched_keys
from redislab.lab import Lab

__all__ = ["KeyIndex"]

MOST_LOOKED_AT = 2000
MOST_STEPS = 300
SORTED_AT_ONCE = 50_000


class OneDatabase:
    """The list of one database, and up to where it is true."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.values: Any = None
        """The dictionary that was sorted: a flush puts another in its place."""
        self.count = -1
        self.undone = 0
        self.sorting = False


class KeyIndex:
    """Keys by prefix, for one lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.databases: dict[int, OneDatabase] = {}

    def forget(self) -> None:
        """Everything changed past the recorder (a sandbox was loaded)."""
        self.databases.clear()

    def prepare(self, database: int) -> None:
        """Sort now, in whatever thread this is."""
        self._sort(self.databases.setdefault(database, OneDatabase()), self.lab.engine.databases[database])

    def find(self, database: int, prefix: bytes, kind: str = "", most: int = 50) -> list[bytes]:
        """Up to `most` keys that begin with the prefix and hold this type (any, if ""), in order."""
        one = self._current(database)
        values = self.lab.engine.databases[database].values
        found: list[bytes] = []
        start = bisect_left(one.keys, prefix)
        for key in one.keys[start : start + MOST_LOOKED_AT]:
            if not key.startswith(prefix) or len(found) >= most:
                break
            value = values.get(key)
            if value is not None and (not kind or value.type == kind):
                found.append(key)
        return found

    def _current(self, database: int) -> OneDatabase:
        """The list, brought up to date as far as that is cheap."""
        one = self.databases.setdefault(database, OneDatabase())
        db, changes = self.lab.engine.databases[database], self.lab.engine.changes
        if changes is not None and one.values is db.values and one.undone == len(changes.undone):
            if one.count == changes.count:
                return one
            if changes.count - one.count <= MOST_STEPS and len(one.keys) <= 2 * len(db.values) + 1000:
                self._follow(one, db)
                return one
        if len(db.values) <= SORTED_AT_ONCE:
            self._sort(one, db)
        elif not one.sorting:
            one.sorting = True
            Thread(target=self._sort, args=(one, db), daemon=True).start()
        return one

    def _follow(self, one: OneDatabase, db: Any) -> None:
        """Add the keys of the steps since."""
        changes = self.lab.engine.changes
        assert changes is not None
        for step in reversed(changes.done):
            if step.number <= one.count:
                break
            for key in touched_keys(step, db.index):
                if key in db.values:
                    place = bisect_left(one.keys, key)
                    if place == len(one.keys) or one.keys[place] != key:
                        insort(one.keys, key)
        one.count = changes.count

    def _sort(self, one: OneDatabase, db: Any) -> None:
        changes = self.lab.engine.changes
        count, undone = (changes.count, len(changes.undone)) if changes is not None else (0, 0)
        values = db.values
        keys = list(values)
        keys.sort()
        one.keys, one.values, one.count, one.undone, one.sorting = keys, values, count, undone, False
