"""What each command changed: pre-images, and the ring of steps that undo and redo go over (`time_travel`).

Before a key is first changed within a command, its old value and time to live are kept: by reference where the
value is replaced, as a copy where it is changed in place. Swapping kept and present state undoes the step;
swapping again redoes it. FLUSHALL keeps the old dictionaries themselves. EXEC is one step.

What happens by itself (expiry found by the cron) makes steps too, marked as automatic. Past a step that held a value
too big to copy nothing can be undone.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from redislab.engine import dataset
from redislab.resp.words import join
from redislab.values.base import Value

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database

__all__ = ["Changes", "Entry", "KeyEntry", "Step", "UndoError"]

MAX_STEPS = 1000
MAX_BYTES = 64 << 20
MAX_VALUE_BYTES = 1 << 20


class UndoError(Exception):
    """A step that cannot be taken; the text says why and what can be done."""


class Entry(Protocol):
    """One thing that a step changed."""

    def swap(self, engine: Engine) -> None:
        """Exchange what is kept with what is there."""
        ...

    def weight(self) -> int:
        """Bytes held, roughly."""
        ...


class KeyEntry:
    """A key's other state: the old one after the command, the new one after undo. None means absent."""

    __slots__ = ("database", "evicted", "expired", "expires", "fields_expired", "key", "too_big", "value")

    def __init__(self, database: int, key: bytes, value: Value | None, expires: int | None) -> None:
        self.database = database
        self.key = key
        self.value = value
        self.expires = expires
        self.too_big = self.expired = self.evicted = False
        self.fields_expired = 0
        """When the first of the fields that went by themselves was due, in ms; 0 if none did."""

    @property
    def fate(self) -> str:
        """What took the key, if nobody deleted it: expired or evicted."""
        return "expired" if self.expired else "evicted" if self.evicted else ""

    def swap(self, engine: Engine) -> None:
        db = engine.databases[self.database]
        value, expires = db.values.get(self.key), db.expires.get(self.key)
        _set_state(db, self.key, self.value, self.expires)
        self.value, self.expires = value, expires

    def weight(self) -> int:
        return 100 + len(self.key) + (self.value.weight() if self.value is not None else 0)


class FlushEntry:
    """A whole database, as it was before it was emptied."""

    __slots__ = ("database", "deadlines", "expires", "values")

    def __init__(self, db: Database) -> None:
        self.database = db.index
        self.values, self.expires, self.deadlines = db.values, db.expires, db.deadlines

    def swap(self, engine: Engine) -> None:
        db = engine.databases[self.database]
        db.values, self.values = self.values, db.values
        db.expires, self.expires = self.expires, db.expires
        db.deadlines, self.deadlines = self.deadlines, db.deadlines
        db.roster = None
        engine.memory.replaced(self.database)

    def weight(self) -> int:
        return 100 * len(self.values)


class SwapEntry:
    """Two databases that changed places."""

    __slots__ = ("first", "second")

    def __init__(self, first: int, second: int) -> None:
        self.first, self.second = first, second

    def swap(self, engine: Engine) -> None:
        dataset.exchange(engine, self.first, self.second)

    def weight(self) -> int:
        return 50


class ConfigEntry:
    """A parameter's other value, as text."""

    __slots__ = ("name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def swap(self, engine: Engine) -> None:
        present = engine.config.get_text(self.name)
        engine.config.restore_text(self.name, self.text)
        self.text = present

    def weight(self) -> int:
        return 100


class Step:
    """All that one command changed.

    `argv` is the command, `session` the client's id (0: the lab itself), `at_ms` when it ran. `automatic` steps nobody
    asked for.
    """

    __slots__ = ("argv", "at_ms", "automatic", "clock_after", "clock_before", "entries", "held", "number", "session")

    def __init__(
        self,
        number: int,
        argv: tuple[bytes, ...],
        session: int,
        at_ms: int,
        entries: list[Entry],
        automatic: bool = False,
        clock_before: Any = None,
    ) -> None:
        self.number, self.argv, self.session, self.at_ms = number, argv, session, at_ms
        self.entries, self.automatic = entries, automatic
        self.clock_before = clock_before
        self.clock_after: Any = None
        self.held = 0

    @property
    def label(self) -> str:
        """The command as a line to type."""
        return join(list(self.argv))

    @property
    def too_big(self) -> bytes | None:
        """The key of a value that was too big to keep, if there is one."""
        for entry in self.entries:
            if isinstance(entry, KeyEntry) and entry.too_big:
                return entry.key
        return None


def _set_state(db: Database, key: bytes, value: Value | None, expires: int | None) -> None:
    """Put a key into a known state past the gate: only undo may do this."""
    present = key in db.values
    memory = db.engine.memory
    if memory.counting:
        if present:
            memory.left(db.index, db.values[key])
        memory.changed.add((db.index, key))
    if value is None:
        db.values.pop(key, None)
        db.expires.pop(key, None)
        if present and db.roster is not None:
            db.roster.discard(key)
        return
    db.values[key] = value
    if not present and db.roster is not None:
        db.roster.add(key)
    if expires is None:
        db.expires.pop(key, None)
    else:
        db.restore_expiry(key, expires)


class Changes:
    """The recorder of one engine: the step being made, the steps done, and the steps undone."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.entries: list[Entry] = []
        self.kept: dict[tuple[int, bytes], KeyEntry] = {}
        self.touched: set[tuple[int, bytes]] = set()
        self.done: deque[Step] = deque()
        self.undone: list[Step] = []
        self.last: Step | None = None
        self.count = 0
        self.bytes = 0
        self.clock_before: Any = None

    # -- recording, called by the gate -----------------------------------------------------------------------

    def keep(self, db: Database, key: bytes) -> None:
        """Keep the state of a key by reference: its value will be replaced or removed, not changed."""
        self.engine.unsettled = True
        name = (db.index, key)
        if name not in self.kept:
            entry = KeyEntry(db.index, key, db.values.get(key), db.expires.get(key))
            self.kept[name] = entry
            self.entries.append(entry)

    def keep_copy(self, db: Database, key: bytes, value: Value) -> None:
        """Keep a copy of a value that is about to be changed in place."""
        self.engine.unsettled = True
        name = (db.index, key)
        entry = self.kept.get(name)
        if entry is None:
            entry = KeyEntry(db.index, key, None, db.expires.get(key))
            self.kept[name] = entry
            self.entries.append(entry)
        elif entry.value is not value:
            return
        if value.weight() > MAX_VALUE_BYTES:
            entry.value, entry.too_big = None, True
        else:
            entry.value = value.copy()

    def keep_all(self, db: Database) -> None:
        """Keep the dictionaries of a database that is being emptied."""
        self.engine.unsettled = True
        self.entries.append(FlushEntry(db))
        self._forget(db.index)

    def keep_swap(self, first: int, second: int) -> None:
        """Note that two databases change places."""
        self.engine.unsettled = True
        self.entries.append(SwapEntry(first, second))
        self._forget(first)
        self._forget(second)

    def keep_config(self, name: str, text: str) -> None:
        """Keep the old text of a parameter."""
        self.engine.unsettled = True
        self.entries.append(ConfigEntry(name, text))

    def note_expiry(self, db: Database, key: bytes) -> None:
        """Mark that a key went because its time was over."""
        self.kept[(db.index, key)].expired = True

    def note_field_expiry(self, db: Database, key: bytes, when: int) -> None:
        """Note that fields went because their time was over, the first one at `when`."""
        self.kept[(db.index, key)].fields_expired = when

    def note_eviction(self, db: Database, key: bytes) -> None:
        """Mark that a key went because memory was full."""
        self.kept[(db.index, key)].evicted = True

    def _forget(self, index: int) -> None:
        for name in [name for name in self.kept if name[0] == index]:
            del self.kept[name]

    # -- closing a step --------------------------------------------------------------------------------------

    def close(self, argv: tuple[bytes, ...], session: int, *, automatic: bool = False) -> Step | None:
        """End the step: what was kept becomes a step of the ring, if it changed anything."""
        entries = self._effective()
        clock_before, self.clock_before = self.clock_before, None
        self.entries, self.kept, self.touched = [], {}, set()
        if not entries and clock_before is None:
            self.last = None if not automatic else self.last
            return None
        self.count += 1
        step = Step(self.count, argv, session, self.engine.now, entries, automatic, clock_before)
        step.held = sum(entry.weight() for entry in entries) + 200
        if not automatic or self.undone:
            self.undone.clear()
        self.done.append(step)
        self.bytes += step.held
        while len(self.done) > MAX_STEPS or (self.bytes > MAX_BYTES and len(self.done) > 1):
            self.bytes -= self.done.popleft().held
        if not automatic:
            self.last = step
        return step

    def _effective(self) -> list[Entry]:
        """The entries that changed anything; what came before a flush or a swap is kept in any case."""
        whole = [place for place, entry in enumerate(self.entries) if isinstance(entry, FlushEntry | SwapEntry)]
        last = whole[-1] if whole else 0
        return [entry for place, entry in enumerate(self.entries) if place < last or self._differs(entry)]

    def _differs(self, entry: Entry) -> bool:
        """Whether the entry's state is another than the present one."""
        if isinstance(entry, FlushEntry):
            return bool(entry.values) or bool(self.engine.databases[entry.database].values)
        if not isinstance(entry, KeyEntry):
            return True
        db = self.engine.databases[entry.database]
        value = db.values.get(entry.key)
        if value is None or (entry.value is None and not entry.too_big):
            return value is not entry.value or entry.too_big
        return (entry.database, entry.key) in self.touched or db.expires.get(entry.key) != entry.expires
