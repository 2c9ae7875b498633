"""What a step changed, in words: for each key what came, went or became different.

Owns the comparison of a value before and after, type by type. The recorder (engine/changes.py) keeps the states before;
the states after are those of the next step that changed the same key, or the present ones. Only reads. Large
collections are compared too, but what is told of one key is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redislab.engine.changes import ConfigEntry, FlushEntry, KeyEntry, SwapEntry
from redislab.resp.words import quote
from redislab.values.base import Value

if TYPE_CHECKING:
    from redislab.lab import Lab, Step

__all__ = ["Change", "Detail", "changes_of", "key_history", "shown", "span", "touched_keys"]

MOST_DETAILS = 12
MOST_FLUSHED = 20
LONGEST_TEXT = 60
LARGEST_LIST = 20_000
"""Elements up to which lists are compared; of longer ones only the lengths are told."""

ABSENT: Any = None


@dataclass(frozen=True)
class Detail:
    """One difference inside a value. `what` is a word for it (`field name`, `member`, `ttl`, `encoding`, `value`).

    `old` is None for what came, `new` for what went.
    """

    what: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        what = f"{self.what} " if self.what else ""
        if self.old is None:
            return f"{what}{self.new}"
        if self.new is None:
            return f"{what}{self.old}"
        return f"{what}{self.old} → {self.new}"

    @property
    def sign(self) -> str:
        return "+" if self.old is None else "-" if self.new is None else "~"


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
        return "; ".join(self.lines())

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
        change = Change(entry.database, entry.key, kind, before.type, _summary(before))
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
            Change(entry.database, key, "deleted", value.type, _summary(value)) for key, value in entry.values.items()
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


# --- values in words


def word(value: bytes) -> str:
    """Bytes without quotes where they need none."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return quote(value)
    return text if text and text.isprintable() and not set(text) & set(" \"'") else shown(value, 1 << 30)


def shown(value: bytes | bytearray, longest: int = LONGEST_TEXT) -> str:
    """Bytes in quotes, readable where they are UTF-8, and cut where they are long."""
    value = bytes(value)
    cut = value[: longest * 4]
    try:
        text = cut.decode()
    except UnicodeDecodeError as error:
        text = cut[: error.start].decode() if error.start >= len(cut) - 3 and len(cut) < len(value) else ""
    readable = bool(text) and text.isprintable()
    text = text.replace("\\", "\\\\").replace('"', '\\"') if readable else quote(cut)[1:-1]
    if len(text) > longest:
        return f'"{text[:longest]}…" ({len(value):,} bytes)'
    return f'"{text}"'


def span(milliseconds: int | None) -> str:
    """A time to live in words: `60 s`, `2 h`, `none`."""
    if milliseconds is None:
        return "none"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    seconds = round(milliseconds / 1000)
    for size, unit in ((86400, "d"), (3600, "h")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds:,} s"


def number(score: float) -> str:
    return f"{score:.17g}"


def contents(value: Any) -> Iterator[Detail]:
    """Everything in a value, as things that came."""
    match value.type:
        case "string":
            yield Detail("", None, shown(value.data))
        case "hash":
            for name, content in value.items():
                yield Detail(f"field {word(name)}", None, shown(content))
        case "zset":
            for member, score in value.pairs():
                yield Detail("member", None, f"{shown(member)} {number(score)}")
        case "set":
            for member in value:
                yield Detail("member", None, shown(member))
        case "list":
            for position, element in enumerate(value):
                yield Detail(f"[{position}]", None, shown(element))
        case _:
            yield Detail("", None, f"{len(value)} entries" if hasattr(value, "__len__") else "")


def _summary(value: Any) -> list[Detail]:
    """What a value was, in one detail."""
    if value.type == "string":
        return [Detail("", shown(value.data), None)]
    words = {"hash": "field", "list": "element", "set": "member", "zset": "member", "stream": "entry"}
    one, count = words.get(value.type, "item"), len(value)
    many = "entries" if one == "entry" else one + "s"
    return [Detail("", f"{count:,} {one if count == 1 else many}", None)]


def differences(before: Any, after: Any) -> Iterator[Detail]:
    """How a value differs from what it was."""
    if type(before) is not type(after):
        yield Detail("", f"{before.type} {_summary(before)[0].old}", f"{after.type} {_summary(after)[0].old}")
        return
    compare = COMPARISONS.get(after.type)
    if compare is not None and before is not after:
        yield from compare(before, after)
    if before.encoding() != after.encoding():
        yield Detail("encoding", before.encoding(), after.encoding())


def string_differences(before: Any, after: Any) -> Iterator[Detail]:
    old, new = before.get(), after.get()
    if old == new:
        return
    if is_number(old) and is_number(new):
        yield Detail("", old.decode(), new.decode())
    else:
        yield Detail("", shown(old), shown(new))


def is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return len(text) <= 24 and text.strip() == text


def hash_differences(before: Any, after: Any) -> Iterator[Detail]:
    for name, value in after.items():
        old = before.get(name)
        if old != value:
            plain = old is not None and is_number(old) and is_number(value)
            texts = [None if text is None else text.decode() if plain else shown(text) for text in (old, value)]
            yield Detail(f"field {word(name)}", *texts)
    for name, value in before.items():
        if name not in after:
            yield Detail(f"field {word(name)}", shown(value), None)


def set_differences(before: Any, after: Any) -> Iterator[Detail]:
    for member in after:
        if member not in before:
            yield Detail("member", None, shown(member))
    for member in before:
        if member not in after:
            yield Detail("member", shown(member), None)


def sorted_set_differences(before: Any, after: Any) -> Iterator[Detail]:
    for member, score in after.pairs():
        old = before.score(member)
        if old is None:
            yield Detail("member", None, f"{shown(member)} {number(score)}")
        elif old != score:
            yield Detail(f"member {shown(member)}", number(old), number(score))
    for member, score in before.pairs():
        if member not in after:
            yield Detail("member", f"{shown(member)} {number(score)}", None)


def list_differences(before: Any, after: Any) -> Iterator[Detail]:
    """What is between the common beginning and the common end."""
    if len(before) > LARGEST_LIST or len(after) > LARGEST_LIST:
        yield Detail("length", f"{len(before):,}", f"{len(after):,}")
        return
    old, new = list(before), list(after)
    # Where elements are equal a push could be at either end; the right end is the usual one.
    least = min(len(old), len(new))
    head = next((place for place in range(least) if old[place] != new[place]), least)
    tail = next((place for place in range(least - head) if old[-1 - place] != new[-1 - place]), least - head)
    gone, came = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(gone) == len(came):
        for place, (was, now) in enumerate(zip(gone, came, strict=True), head):
            if was != now:
                yield Detail(f"[{place}]", shown(was), shown(now))
        return
    for element in gone:
        yield Detail(where(head, len(old), len(gone)), shown(element), None)
    for element in came:
        yield Detail(where(head, len(new), len(came)), None, shown(element))


def where(start: int, length: int, count: int) -> str:
    """At which end of a list something came or went, or its place."""
    if start == 0 and count < length:
        return "left"
    return "right" if start + count == length else f"[{start}]"


COMPARISONS: dict[str, Callable[[Any, Any], Iterator[Detail]]] = {
    "string": string_differences,
    "hash": hash_differences,
    "set": set_differences,
    "zset": sorted_set_differences,
    "list": list_differences,
}
