"""What a step changed, in words: for each key what came, went or became different.

Owns which keys a step changed, and the lines about each; differences.py compares the values. The recorder
(engine/changes.py) keeps the states before; the states after are those of the next step that changed the same key, or
the present ones. Only reads. Large collections are compared too, but what is told of one key is bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from redislab.differences import Detail, contents, differences, shown, span, summary, word
from redislab.engine.changes import ConfigEntry, FlushEntry, KeyEntry, SwapEntry
from redislab.engine.functions import FunctionsEntry, functions_of
from redislab.values.base import Value

if TYPE_CHECKING:
    from redislab.lab import Lab, Step

__all__ = [
    "Change", "Detail", "changes_in_short", "changes_of", "each_change", "key_history", "shown", "span", "touched_keys",
]  # fmt: skip

MOST_DETAILS = 12
MOST_TOLD_APART = 20
"""Keys up to which each has a line of its own, where it matters."""
MOST_NAMED = 8
MOST_SORTED = 10_000
LONGEST_NAME = 40


@dataclass
class Change:
    """What happened to one key (or, by its kind, to many keys, to databases, to a parameter, to the clock)."""

    db: int
    key: bytes
    kind: str
    """created, changed, deleted, expired, evicted; many, moved, config, library or clock."""
    type: str = ""
    """The type it has now, or had when it went."""
    details: list[Detail] = field(default_factory=list)
    more: int = 0
    """Differences that `details` leaves out."""
    ttl_before: int | None = None
    ttl_after: int | None = None
    """Milliseconds that were left at the time of the step; None for no end."""
    text: str = ""
    """The whole sentence, for the kinds without a key and for values that are too big."""

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
        if self.kind in ("deleted", "expired", "evicted"):
            how = "" if self.kind == "deleted" else f"{self.kind} "
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
    return list(each_change(lab, step, step.entries))


def changes_in_short(lab: Lab, step: Step) -> list[Change]:
    """The same, where many keys that came, changed or went are told in one line each way."""
    single = [entry for entry in step.entries if isinstance(entry, KeyEntry)]
    if len(single) <= MOST_TOLD_APART:
        return changes_of(lab, step)
    later = _later(lab, step)
    groups: dict[tuple[str, int, str], list[bytes]] = {}
    for entry in single:
        sign = _sign(entry.value, _after(lab, later, entry)[0])
        if sign:
            groups.setdefault((sign, entry.database, f" {entry.fate}" if entry.fate else ""), []).append(entry.key)
    told = [
        Change(db, b"", "many", text=f"{sign} {in_words(keys, db, how)}") for (sign, db, how), keys in groups.items()
    ]
    return told + list(each_change(lab, step, [entry for entry in step.entries if not isinstance(entry, KeyEntry)]))


def each_change(lab: Lab, step: Step, entries: Iterable[Any]) -> Iterator[Change]:
    """The changes of some entries of a step, one by one, for those who want only the first of very many."""
    undone = step.number > lab.position
    at_ms, later = lab.now_ms if undone else step.at_ms, _later(lab, step)
    for entry in entries:
        if isinstance(entry, KeyEntry):
            change = _of_key(entry, at_ms, *_after(lab, later, entry))
            if change is not None:
                yield change
        elif isinstance(entry, FlushEntry):
            yield from _came_back(lab, entry) if undone else _of_flush(entry)
        elif isinstance(entry, SwapEntry):
            yield Change(0, b"", "moved", text=f"~ databases {entry.first} and {entry.second} changed places")
            if not later:
                yield from (_what_is_there(lab, database) for database in (entry.first, entry.second))
        elif isinstance(entry, ConfigEntry):
            yield _of_config(lab, later, entry)
        elif isinstance(entry, FunctionsEntry):
            yield from _of_functions(lab, later, entry)
    if step.clock_before is not None:
        yield Change(0, b"", "clock", text=f"~ clock {step.label.removeprefix(':clock ')}")


def _later(lab: Lab, step: Step) -> list[Any]:
    """What the steps after a step hold; nothing for the last step, and for those that are undone."""
    if step.number >= lab.position:
        return []
    return [entry for later in lab.steps if later.number > step.number for entry in later.entries]


def _after(lab: Lab, later: list[Any], entry: KeyEntry) -> tuple[Value | None, int | None]:
    """The value and the end of a key right after the step of an entry."""
    for other in later:
        if isinstance(other, KeyEntry) and (other.database, other.key) == (entry.database, entry.key):
            return other.value, other.expires
        if isinstance(other, FlushEntry) and other.database == entry.database:
            return other.values.get(entry.key), other.expires.get(entry.key)
        if isinstance(other, SwapEntry) and entry.database in (other.first, other.second):
            place = other.second if entry.database == other.first else other.first
            db = lab.engine.databases[place]
            return db.values.get(entry.key), db.expires.get(entry.key)
    db = lab.engine.databases[entry.database]
    return db.values.get(entry.key), db.expires.get(entry.key)


def _sign(before: Value | None, after: Value | None) -> str:
    if before is None:
        return "" if after is None else "+"
    return "-" if after is None else "~"


def in_words(keys: Collection[bytes], database: int, how: str = "") -> str:
    """Keys by number and name, the first few of many: `3 keys: board, greeting, user:1`."""
    some = sorted(keys) if len(keys) <= MOST_SORTED else list(islice(keys, MOST_NAMED))
    names = [cut_word(key) for key in some[:MOST_NAMED]]
    where = f" of database {database}" if database else ""
    more = ", …" if len(keys) > MOST_NAMED else ""
    return f"{len(keys):,} key{'' if len(keys) == 1 else 's'}{where}{how}: {', '.join(names)}{more}"


def cut_word(key: bytes) -> str:
    return word(key) if len(key) <= LONGEST_NAME else shown(key, LONGEST_NAME)


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
        big = Change(entry.database, entry.key, "changed", value.type)
        big.text = f"~ {big.name} {value.type}, too big to compare"
        return big
    if before is None and value is None:
        return None
    if before is None and value is not None:
        change = Change(entry.database, entry.key, "created", value.type)
        _fill(change, contents(value))
    elif value is None and before is not None:
        change = Change(entry.database, entry.key, entry.fate or "deleted", before.type, summary(before))
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


def _of_flush(entry: FlushEntry) -> list[Change]:
    if len(entry.values) > MOST_TOLD_APART:
        return [Change(entry.database, b"", "many", text=f"- {in_words(entry.values, entry.database)}")]
    return [Change(entry.database, key, "deleted", value.type, summary(value)) for key, value in entry.values.items()]


def _came_back(lab: Lab, entry: FlushEntry) -> Iterator[Change]:
    """The keys that are there again after an undone flush."""
    values = lab.engine.databases[entry.database].values
    if values:
        yield Change(entry.database, b"", "many", text=f"+ {in_words(values, entry.database)}")


def _what_is_there(lab: Lab, database: int) -> Change:
    """What a database holds after it changed places with another."""
    values = lab.engine.databases[database].values
    held = in_words(values, 0) if values else "no keys"
    return Change(database, b"", "moved", text=f"    database {database} now has {held}")


def _of_config(lab: Lab, later: list[Any], entry: ConfigEntry) -> Change:
    after = next(
        (other.text for other in later if isinstance(other, ConfigEntry) and other.name == entry.name),
        lab.engine.config.get_text(entry.name),
    )
    secret = lab.engine.config.parameters[entry.name].secret
    old, new = ("(secret)", "(secret)") if secret else (f'"{entry.text}"', f'"{after}"')
    return Change(0, entry.name.encode(), "config", text=f"~ config {entry.name} {old} → {new}")


def _of_functions(lab: Lab, later: list[Any], entry: FunctionsEntry) -> Iterator[Change]:
    """Libraries of functions that came, changed or went."""
    present = functions_of(lab.engine).catalogue
    after = next((other.catalogue for other in later if isinstance(other, FunctionsEntry)), present).libraries
    before = entry.catalogue.libraries
    for name in {**before, **after}:
        if before.get(name) is not after.get(name):
            sign = "+" if name not in before else "-" if name not in after else "~"
            yield Change(0, name, "library", text=f"{sign} library {word(name)}")
