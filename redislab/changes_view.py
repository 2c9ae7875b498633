"""What a step changed, in words: for each key what came, went or became different.

Owns which keys a step changed, and the lines about each; differences.py compares the values. The recorder
(engine/changes.py) keeps the states before; the states after are those of the next step that changed the same key, or
the present ones. Only reads. Large collections are compared too, but what is told of one key is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redislab.differences import Detail, contents, differences, shown, span, summary, word
from redislab.engine.changes import ConfigEntry, FlushEntry, KeyEntry, SwapEntry
from redislab.values.base import Value

if TYPE_CHECKING:
    from redislab.lab import Lab, Step

__all__ = ["Change", "Detail", "changes_of", "key_history", "shown", "span", "touched_keys"]

MOST_DETAILS = 12
MOST_FLUSHED = 20


@dataclass
class Change:
    """What happened to one key (or, with kind "moved" and "config", to databases and parameters)."""

    db: int
    key: bytes
    kind: str
    """created, changed, deleted, expired, flushed, moved or config."""
    type: str = ""
    """The type it has now, or had when it went."""
    details: list[Detail] = field(default_factory=list)
    more: int = 0
    """Differences that `details` leaves out."""
    ttl_before: int | None = None
    ttl_after: int | None = None
    """Milliseconds that were left at the time of the step; None for no end."""
    text: str = ""
    """For the kinds without a key: the whole sentence."""

    @property
    def name(self) -> str:
        """The key as it is shown, with the database unless that is 0."""
        return f"[{self.db}] {word(self.key)}" if self.db else word(self.key)

    def __str__(self) -> str:
        head, *parts = self.lines()
        return f"{head} {', '.join(part.strip() for part in parts)}" if parts else head

    def lines(self) -> list[str]:
        """Lines that begin with +, ~ or -: `+ user:1 hash field name "Ann"`."""
        if self.text:
            return [self.text]
        if self.kind in ("deleted", "expired"):
            how = "expired " if self.kind == "expired" else ""
            was = ", ".join([self.type, *(f"was {detail.old}" for detail in self.details[:1])])
            return [f"- {self.name} {how}({was})"]
        head = f"+ {self.name} {self.type}" if self.kind == "created" else f"~ {self.name}"
        parts = [self._part(detail) for detail in self.details]
        if self.more:
            parts.append(f"… and {self.more:,} more")
        if len(parts) <= 1:
            return [" ".join([head, *parts])]
        return [head, *(f"    {part}" for part in parts)]

    def _part(self, detail: Detail) -> str:
        """A difference; what came or went inside a key that stays has its own sign."""
        return f"{detail.sign} {detail}" if self.kind == "changed" and detail.sign != "~" else str(detail)


# --- from a step to changes


def changes_of(lab: Lab, step: Step) -> list[Change]:
    """What a step changed, in its order; for the step that was undone last, what undoing it changed."""
    at_ms = step.at_ms if step.number <= lab.position else lab.now_ms
    found: list[Change] = []
    for entry in step.entries:
        if isinstance(entry, KeyEntry):
            change = _of_key(entry, at_ms, *_after(lab, step, entry))
            if change is not None:
                found.append(change)
        elif isinstance(entry, FlushEntry):
            found += _of_flush(lab, step, entry)
        elif isinstance(entry, SwapEntry):
            found.append(Change(0, b"", "moved", text=f"~ databases {entry.first} and {entry.second} changed places"))
        elif isinstance(entry, ConfigEntry):
            found.append(_of_config(lab, step, entry))
    if step.clock_before is not None:
        label = step.label
        found.append(Change(0, b"", "moved", text=f"~ clock {label.removeprefix(':clock ')}"))
    return found


def _later(lab: Lab, step: Step) -> Iterator[Any]:
    for later in lab.steps:
        if later.number > step.number:
            yield from later.entries


def _after(lab: Lab, step: Step, entry: KeyEntry) -> tuple[Value | None, int | None]:
    """The value and the end of a key right after a step."""
    last = lab.steps[-1] if lab.steps else None
    for later in _later(lab, step) if step is not last else ():
        if isinstance(later, KeyEntry) and (later.database, later.key) == (entry.database, entry.key):
            return later.value, later.expires
        if isinstance(later, FlushEntry) and later.database == entry.database:
            return later.values.get(entry.key), later.expires.get(entry.key)
        if isinstance(later, SwapEntry) and entry.database in (later.first, later.second):
            other = later.second if entry.database == later.first else later.first
            db = lab.engine.databases[other]
            return db.values.get(entry.key), db.expires.get(entry.key)
    db = lab.engine.databases[entry.database]
    return db.values.get(entry.key), db.expires.get(entry.key)


def touched_keys(step: Step, database: int) -> Iterator[bytes]:
    """The keys of a database that a step changed one by one."""
    return (entry.key for entry in step.entries if isinstance(entry, KeyEntry) and entry.database == database)


def key_history(lab: Lab, database: int, key: bytes) -> Iterator[tuple[Step, Any, Any, bool]]:
    """Steps that changed a key, newest first: the step, the value before and after it, and whether the key expired."""
    after: Any = lab.engine.databases[database].values.get(key)
    for step in reversed(lab.steps):
        for entry in reversed(step.entries):
            if isinstance(entry, KeyEntry) and (entry.database, entry.key) == (database, key):
                yield step, entry.value, after, entry.expired
                after = entry.value
            elif isinstance(entry, FlushEntry) and entry.database == database and key in entry.values:
                yield step, entry.values[key], after, False
                after = entry.values[key]


def _of_key(entry: KeyEntry, at_ms: int, value: Value | None, expires: int | None) -> Change | None:
    before = None if entry.value is None else entry.value
    ends = [None if end is None else end - at_ms for end in (entry.expires, expires)]
    if entry.too_big and value is not None:
        return Change(
            entry.database, entry.key, "changed", value.type, [Detail(value.type, None, "too big to compare")]
        )
    if before is None and value is None:
        return None
    if before is None and value is not None:
        change = Change(entry.database, entry.key, "created", value.type)
        _fill(change, contents(value))
    elif value is None and before is not None:
        kind = "expired" if entry.expired else "deleted"
        change = Change(entry.database, entry.key, kind, before.type, summary(before))
    else:
        assert before is not None and value is not None
        change = Change(entry.database, entry.key, "changed", value.type)
        _fill(change, differences(before, value))
    change.ttl_before, change.ttl_after = ends
    if value is not None and entry.expires != expires:
        change.details.append(Detail("ttl", None if before is None else span(ends[0]), span(ends[1])))
    return change if change.kind != "changed" or change.details else None


def _fill(change: Change, details: Iterator[Detail]) -> None:
    for detail in details:
        if len(change.details) < MOST_DETAILS:
            change.details.append(detail)
        else:
            change.more += 1


def _of_flush(lab: Lab, step: Step, entry: FlushEntry) -> list[Change]:
    count = len(entry.values)
    if not count:
        return []
    if count <= MOST_FLUSHED:
        return [
            Change(entry.database, key, "deleted", value.type, summary(value)) for key, value in entry.values.items()
        ]
    return [Change(entry.database, b"", "flushed", text=f"- all {count:,} keys of database {entry.database}")]


def _of_config(lab: Lab, step: Step, entry: ConfigEntry) -> Change:
    after = next(
        (later.text for later in _later(lab, step) if isinstance(later, ConfigEntry) and later.name == entry.name),
        lab.engine.config.get_text(entry.name),
    )
    hidden = "pass" in entry.name
    old, new = ("(secret)", "(secret)") if hidden else (f'"{entry.text}"', f'"{after}"')
    return Change(0, entry.name.encode(), "config", text=f"~ config {entry.name} {old} → {new}")
