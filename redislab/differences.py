"""How two states of a value differ, in words, type by type.

Owns the comparison and the way values are shown in a few characters: quoted, readable, safe and cut. Knows no key,
step or database; `changes_view.py` knows those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redislab.resp.words import quote

__all__ = ["Detail", "contents", "differences", "shown", "span", "summary", "word"]

LONGEST_TEXT = 60
LARGEST_LIST = 20_000
"""Elements up to which lists are compared; of longer ones only the lengths are told."""


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
        case "stream":
            for entry_id, words in value.entries():
                yield Detail("entry", None, entry_shown(entry_id, words))
            for group in value.groups():
                yield Detail(f"group {word(group.name)}", None, f"read up to {id_shown(group.last_id)}")


def id_shown(entry_id: int) -> str:
    return f"{entry_id >> 64}-{entry_id & (1 << 64) - 1}"


def entry_shown(entry_id: int, words: tuple[bytes, ...]) -> str:
    """An entry with as many of its fields as have room: `1-0 room "kitchen"`."""
    parts, length = [id_shown(entry_id)], 0
    for name, content in zip(words[::2], words[1::2], strict=True):
        text = f"{word(name) if len(name) <= LONGEST_TEXT else shown(name)} {shown(content)}"
        length += len(text)
        if length > LONGEST_TEXT and len(parts) > 1:
            return " ".join([*parts, "…"])
        parts.append(text)
    return " ".join(parts)


def summary(value: Any) -> list[Detail]:
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
        yield Detail("", f"{before.type} {summary(before)[0].old}", f"{after.type} {summary(after)[0].old}")
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
    kept = gone.index(came[0]) if came and len(gone) > len(came) and came[0] in gone else -1
    if kept > 0 and gone[kept : kept + len(came)] == came and len(came) == len(new):  # trimmed at both ends
        yield from (Detail("left", shown(element), None) for element in gone[:kept])
        yield from (Detail("right", shown(element), None) for element in gone[kept + len(came) :])
        return
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


def stream_differences(before: Any, after: Any) -> Iterator[Detail]:
    """Entries that went and came, then the last id, then each group."""
    changed = {id(node) for node in before.nodes} ^ {id(node) for node in after.nodes}
    old, new = (
        {node.ids[place]: node.entries[place] for node in value.nodes if id(node) in changed
         for place in node.places(0, len(node.ids))}
        for value in (before, after)
    )  # fmt: skip
    yield from (Detail("entry", entry_shown(one, words), None) for one, words in old.items() if one not in new)
    yield from (Detail("entry", None, entry_shown(one, words)) for one, words in new.items() if one not in old)
    if before.last_id != after.last_id and after.last_id not in new:
        yield Detail("last id", id_shown(before.last_id), id_shown(after.last_id))
    for name in dict.fromkeys(group.name for group in (*before.groups(), *after.groups())):
        yield from group_differences(word(name), before.view_group(name), after.view_group(name))


def group_differences(name: str, before: Any, after: Any) -> Iterator[Detail]:
    """How one consumer group differs; either may be None."""
    what = f"group {name}"
    if before is None or after is None:
        held = after if before is None else before
        text = f"read up to {id_shown(held.last_id)}"
        yield Detail(what, None, text) if before is None else Detail(what, text, None)
        return
    if before is after:
        return
    if before.last_id != after.last_id:
        yield Detail(f"{what} read up to", id_shown(before.last_id), id_shown(after.last_id))
    for consumer in dict.fromkeys((*before.consumers, *after.consumers)):
        if consumer not in before.consumers:
            yield Detail(f"{what} consumer", None, word(consumer))
        elif consumer not in after.consumers:
            yield Detail(f"{what} consumer", word(consumer), None)
    old, new = before.pending.held, after.pending.held
    for one, pending in new.items():
        if old.get(one) != pending:
            was = None if one not in old else pending_shown(old[one])
            yield Detail(f"{what} pending {id_shown(one)}", was, pending_shown(pending))
    for one, pending in old.items():
        if one not in new:
            yield Detail(f"{what} pending {id_shown(one)}", pending_shown(pending), None)


def pending_shown(pending: Any) -> str:
    times = "" if pending.deliveries == 1 else f", delivered {pending.deliveries} times"
    return f"{word(pending.consumer)}{times}"


COMPARISONS: dict[str, Callable[[Any, Any], Iterator[Detail]]] = {
    "string": string_differences,
    "hash": hash_differences,
    "set": set_differences,
    "zset": sorted_set_differences,
    "list": list_differences,
    "stream": stream_differences,
}
