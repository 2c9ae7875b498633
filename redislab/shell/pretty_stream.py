"""The friendly view of stream replies: entries with their fields side by side, ids with the time they stand for.

Called by pretty.py for the commands that reply with entries. It draws what has the expected shape and leaves the rest
to the general view.
"""

from __future__ import annotations

from typing import Any

from redislab.resp.types import Map
from redislab.shell.outcome import Outcome
from redislab.shell.pretty import bare, block, local_time, numbered, readable, table
from redislab.shell.theme import Line

__all__ = ["draw"]

FIRST_PLAUSIBLE_MS = 10**12
"""Ids below are taken for plain numbers; as a time this is September 2001."""


def draw(outcome: Outcome, width: int) -> list[Line] | None:
    """The lines for a reply with entries, None for any other."""
    reply = outcome.reply
    if not isinstance(reply, list) or not reply:
        return None
    name = outcome.command.name if outcome.command is not None else ""
    if name in ("xread", "xreadgroup"):
        return streams(reply, width) if all(map(is_stream, reply)) else None
    if name == "xautoclaim":
        return claimed(reply, width) if len(reply) == 3 else None
    if name == "xpending":
        return pending(reply)
    return entries(reply, width) if all(map(is_entry, reply)) else None


def is_entry(item: Any) -> bool:
    """Whether an item is an id with its fields and values, or with nothing for a deleted one."""
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], bytes):
        return False
    return not item[1] or (isinstance(item[1], list) and len(item[1]) % 2 == 0)


def is_stream(item: Any) -> bool:
    """Whether an item is a key with its entries."""
    return len(item) == 2 and isinstance(item[1], list) and all(map(is_entry, item[1]))


def entries(items: list[Any], width: int) -> list[Line]:
    """Entries under one another."""
    return numbered([entry(name, words, width) for name, words in items])


def entry(name: bytes, words: Any, width: int) -> list[Line]:
    head = id_line(name)
    if not words:
        return [[*head, ("dim", "  (the entry was deleted)")]]
    fields = table(Map(zip(words[::2], words[1::2], strict=True)), max(width - 6, 20), 2)
    return [head, *([("", "  "), *line] for line in fields)]


def id_line(name: bytes) -> Line:
    """An id, and the time that it was made from if it looks like one."""
    milliseconds = name.partition(b"-")[0]
    line: Line = [("key", bare(name))]
    if milliseconds.isdigit() and int(milliseconds) >= FIRST_PLAUSIBLE_MS:
        line.append(("dim", f"  {local_time(int(milliseconds) / 1000)}"))
    return line


def streams(items: list[Any], width: int) -> list[Line]:
    """Keys, each with its entries below."""
    lines: list[Line] = []
    for key, found in items:
        lines.append([("text", readable(key))])
        body = entries(found, width - 2) if found else [[("dim", "(empty array)")]]
        lines += [[("", "  "), *line] for line in body]
    return lines


def claimed(reply: list[Any], width: int) -> list[Line] | None:
    """XAUTOCLAIM: where to go on, what was claimed, what was deleted."""
    go_on, found, deleted = reply
    if not isinstance(found, list) or not isinstance(deleted, list):
        return None
    over = go_on == b"0-0"
    what = "the walk is complete" if over else "the next call begins there"
    lines: list[Line] = [[("key", "next "), ("number", bare(go_on)), ("dim", f"  ({what})")]]
    with_fields = bool(found) and all(map(is_entry, found))
    lines += entries(found, width) if with_fields else block(found, width, 2)
    if deleted:
        lines += [[("key", "deleted meanwhile")], *block(deleted, width, 2)]
    return lines


def pending(reply: list[Any]) -> list[Line] | None:
    """XPENDING with a range: for each entry its consumer, since when, and how often."""
    rows: list[list[Line]] = []
    for item in reply:
        if not isinstance(item, list) or len(item) != 4 or not isinstance(item[2], int):
            return None
        name, consumer, idle, times = item
        often = "once" if times == 1 else f"{times} times"
        told = f"  delivered {often}, {idle} ms ago"
        rows.append([[("key", bare(name)), ("", "  "), ("text", readable(consumer)), ("", told)]])
    return numbered(rows)
