"""The x-ray of one key: type, encoding and the thresholds that decide it, length, time to live, idle time.

Owns the sentences about encodings; the numbers in them come from the configuration of the moment and from the value. It
looks without touching: no access is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redislab.changes_view import span
from redislab.lab import Lab
from redislab.resp.words import word
from redislab.shell.spans import clock_text
from redislab.shell.theme import Line, wrapped

__all__ = ["encoding_sentences", "inspect_lines"]

UNITS = {"hash": "field", "list": "element", "set": "member", "zset": "member", "stream": "entry", "string": "byte"}
LONGEST_INT = 20
EMBSTR = 44


def inspect_lines(lab: Lab, database: int, key: bytes, width: int) -> list[Line]:
    """Everything about a key, a line or a few for each fact."""
    db = lab.engine.databases[database]
    value: Any = db.values.get(key)
    ends = db.expires.get(key)
    if value is None or (ends is not None and ends <= lab.now_ms):
        return [[("", f"There is no key {word(key)} in database {database}.")]]
    rows: list[tuple[str, list[str]]] = [("type", [value.type])]
    rows.append(("encoding", [value.encoding(), *encoding_sentences(lab, value)]))
    rows.append(("length", [amount(size(value), UNITS.get(value.type, "item"))]))
    left = (
        "none: it stays until it is deleted" if ends is None else f"{span(ends - lab.now_ms)}, until {clock_text(ends)}"
    )
    rows.append(("ttl", [left]))
    rows.append(access(lab, value))
    rows.append(("refs", ["1"]))
    return [[("strong", word(key))], *laid_out(rows, width)]


def laid_out(rows: list[tuple[str, list[str]]], width: int) -> Iterator[Line]:
    column = 11
    for name, texts in rows:
        first = True
        for text in texts:
            for line in wrapped(text.split(), max(width - column - 2, 20)):
                yield [("dim", f"  {name if first else '':<{column}}"), ("", line)]
                first = False


def access(lab: Lab, value: Any) -> tuple[str, list[str]]:
    """The time since the last access; under an LFU policy there is a counter in its place."""
    if lab.engine.lfu:
        return "freq", [f"{value.used & 255} (a counter that grows slowly; maxmemory-policy is an LFU one)"]
    return "idle", [f"{max(lab.now_ms // 1000 - value.used, 0)} s since it was last read or written"]


def size(value: Any) -> int:
    return len(value.data) if value.type == "string" else len(value)


def amount(count: int, unit: str) -> str:
    many = "entries" if unit == "entry" else unit + "s"
    return f"{count:,} {unit if count == 1 else many}"


def encoding_sentences(lab: Lab, value: Any) -> list[str]:
    """Why a value has the encoding that it has."""
    sentences = SENTENCES.get(value.type)
    return list(sentences(lab, value)) if sentences is not None else []


def string_sentences(lab: Lab, value: Any) -> Iterator[str]:
    length = len(value.data)
    match value.encoding():
        case "int":
            yield "a whole number that fits 64 bits, kept as a number"
        case "embstr":
            yield f"at most {EMBSTR} bytes, kept in one piece with the object's head"
            if looks_whole(bytes(value.data)):
                yield "It looks like a number, but the command that wrote it (INCRBYFLOAT) keeps text."
        case _ if length > EMBSTR:
            yield f"more than {EMBSTR} bytes, kept in a piece of memory of its own"
        case _:
            yield f"It was changed in place (APPEND, SETRANGE, SETBIT…) and so is raw though {EMBSTR} bytes would do."


def looks_whole(data: bytes) -> bool:
    return len(data) <= LONGEST_INT and data.lstrip(b"-").isdigit()


def two_limits(
    value: Any, small: str, unit: str, entries: tuple[str, int], longest: tuple[str, int, int], what: str
) -> Iterator[str]:
    """For types that are small while they have few and short elements. `longest` is name, limit, and what there is."""
    count = size(value)
    yield (
        f"It is a {small} with at most {amount(entries[1], unit)} ({entries[0]}; it has {count:,})"
        f" and none of its {what} longer than {longest[1]} bytes ({longest[0]}; the longest has {longest[2]})."
    )
    if value.encoding() != small and count <= entries[1] and longest[2] <= longest[1]:
        yield f"It would fit now, but once it was too big, and a {value.encoding()} never becomes a {small} again."


def hash_sentences(lab: Lab, value: Any) -> Iterator[str]:
    limits = lab.engine.limits
    longest = max((max(len(field), len(content)) for field, content in value.items()), default=0)
    yield from two_limits(
        value, "listpack", "field", ("hash-max-listpack-entries", limits.hash_max_listpack_entries),
        ("hash-max-listpack-value", limits.hash_max_listpack_value, longest), "fields and values",
    )  # fmt: skip


def sorted_set_sentences(lab: Lab, value: Any) -> Iterator[str]:
    limits = lab.engine.limits
    longest = max(map(len, value), default=0)
    yield from two_limits(
        value, "listpack", "member", ("zset-max-listpack-entries", limits.zset_max_listpack_entries),
        ("zset-max-listpack-value", limits.zset_max_listpack_value, longest), "members",
    )  # fmt: skip


def set_sentences(lab: Lab, value: Any) -> Iterator[str]:
    most = lab.engine.limits.set_max_intset_entries
    others = sum(1 for member in value if not looks_whole(member))
    yield (
        f"It is an intset while all members are whole numbers ({others:,} {'is' if others == 1 else 'are'} not)"
        f" and there are at most {most:,} (set-max-intset-entries; it has {len(value):,})."
    )
    if value.encoding() != "intset" and not others and len(value) <= most:
        yield "It would fit now, but a hashtable does not become an intset again."


def list_sentences(lab: Lab, value: Any) -> Iterator[str]:
    nodes = lab.engine.limits.list_max_listpack_size
    sizes = {-1: "4 KB", -2: "8 KB", -3: "16 KB", -4: "32 KB", -5: "64 KB"}
    node = sizes.get(nodes, f"{nodes:,} elements")
    yield (
        f"In Redis 7.0 every list is a quicklist: a chain of listpacks of up to {node} each"
        f" (list-max-listpack-size {nodes})."
    )


def stream_sentences(lab: Lab, value: Any) -> Iterator[str]:
    limits = lab.engine.limits
    keys, _ = value.radix_tree()
    entries, size = limits.stream_node_max_entries, limits.stream_node_max_bytes
    bounds = [f"{entries:,} entries (stream-node-max-entries)"] if entries else []
    bounds += [f"{size:,} bytes (stream-node-max-bytes)"] if size else []
    yield (
        f"A radix tree by id of {amount(keys, 'node')}: listpacks of up to {' or '.join(bounds) or 'any size'}."
        " Trimming with ~ removes whole nodes only."
    )
    last = f"{value.last_id >> 64}-{value.last_id & (1 << 64) - 1}"
    yield f"The last id is {last}; {amount(value.added, 'entry')} were ever added." if value.added != 1 else (
        f"The last id is {last}; 1 entry was ever added."
    )
    for group in value.groups():
        lag = value.lag(group)
        yield (
            f"Group {word(group.name)}: {amount(len(group.consumers), 'consumer')}, {len(group.pending):,} pending, "
            + ("an unknown number still to be read." if lag is None else f"{lag:,} still to be read.")
        )


SENTENCES = {
    "hash": hash_sentences,
    "list": list_sentences,
    "set": set_sentences,
    "stream": stream_sentences,
    "string": string_sentences,
    "zset": sorted_set_sentences,
}
