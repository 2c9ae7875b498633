"""The friendly view of a reply: readable text, pairs side by side, JSON laid out, unix times as local ones.

Owns a second way to draw what show.py draws as redis-cli does. It looks at the reply as the command gave it, before a
protocol flattens it, so pairs are pairs in RESP2 too. Nothing is left out, and control characters never reach the
terminal. Plain text with styles; no library draws it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from redislab.resp.encode import format_double
from redislab.resp.types import (
    BigNumber,
    LongDouble,
    Map,
    Members,
    NullArray,
    Pairs,
    Push,
    ReplyError,
    Simple,
    Verbatim,
)
from redislab.resp.words import join, quote
from redislab.shell import show
from redislab.shell.json_layout import json_lines
from redislab.shell.theme import Line, wide

if TYPE_CHECKING:
    from redislab.shell.outcome import Outcome

__all__ = ["pretty", "pretty_push"]

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f"\\\u2028\u2029\u202a-\u202e\u2066-\u2069]')


def pretty(outcome: Outcome, width: int) -> list[Line]:
    """The lines for a reply on a terminal of that width."""
    reply, argv = outcome.reply, outcome.argv
    if isinstance(reply, Verbatim) or (isinstance(reply, bytes) and show.prints_raw(argv)):
        return [[("", safe(text))] for text in bytes(reply).decode("utf-8", "replace").splitlines()]
    name = outcome.command.name if outcome.command is not None else ""
    special = SPECIAL.get(name)
    if special is not None:
        lines = special(outcome, width)
        if lines is not None:
            return lines
    if isinstance(reply, bytes):
        laid_out = json_lines(reply)
        if laid_out:
            return laid_out
    return block(reply, width, outcome.protocol)


def pretty_push(message: Push, label: str, width: int) -> list[Line]:
    """The lines for a message that was not asked for: `[news] "hello"`."""
    words = [readable(part) if isinstance(part, bytes) else str(part) for part in message]
    kind = bytes(message[0]).decode("latin-1") if message and isinstance(message[0], bytes) else ""
    head: Line = [("label", f"{label} " if label else "")]
    match kind:
        case "message" | "smessage" if len(message) == 3:
            return [[*head, ("key", f"[{bare(message[1])}] "), ("", words[2])]]
        case "pmessage" if len(message) == 4:
            return [
                [*head, ("key", f"[{bare(message[2])}] "), ("", words[3]), ("dim", f"  (matches {bare(message[1])})")]
            ]
        case "subscribe" | "psubscribe" | "ssubscribe" | "unsubscribe" | "punsubscribe" | "sunsubscribe":
            done = "unsubscribed from" if "un" in kind else "subscribed to"
            what = bare(message[1]) if isinstance(message[1], bytes) else "nothing"
            return [[*head, ("status", f"{done} {what}"), ("dim", f"  ({kind}; {message[2]} in all)")]]
    lines = block(list(message), width, 3)
    return [[*head, *lines[0]], *lines[1:]] if lines else [head]


# --- pieces


def readable(text: bytes) -> str:
    """Bytes in quotes: UTF-8 as it reads, with escapes for what would disturb; redis-cli's form for other bytes."""
    try:
        decoded = bytes(text).decode()
    except UnicodeDecodeError:
        return quote(bytes(text))
    return f'"{UNSAFE.sub(escaped, decoded)}"'


def escaped(match: re.Match[str]) -> str:
    """An escape that the shell reads back as the same bytes."""
    char = match[0]
    return ESCAPES.get(char) or "".join(f"\\x{byte:02x}" for byte in char.encode())


def safe(text: str) -> str:
    """A text without its control characters."""
    return "".join(char if char.isprintable() or char == "\t" else "�" for char in text)


def bare(text: bytes) -> str:
    return readable(text)[1:-1]


def scalar(item: Any, protocol: int) -> tuple[str, str]:
    """One item that has no items of its own."""
    match item:
        case ReplyError():
            return "error", f"(error) {safe(item.text)}"
        case None | NullArray():
            return "dim", "(nil)"
        case Verbatim():
            return "text", safe(bytes(item).decode("utf-8", "replace"))
        case bytes():
            return "text", readable(item)
        case Simple():
            return "status", safe(str(item))
        case bool():
            return "number", "(true)" if item else "(false)"
        case BigNumber():
            return "number", f"(big number) {safe(item.text.decode('utf-8', 'replace'))}"
        case float():
            text = number(item)
            return "number", f"(double) {text}" if protocol == 3 else f'"{text}"'
        case int():
            return "number", f"(integer) {item}"
    return "", str(item)


def number(value: float) -> str:
    return (value.text if isinstance(value, LongDouble) else format_double(value)).decode()


def block(item: Any, width: int, protocol: int) -> list[Line]:
    """The lines of any reply."""
    if isinstance(item, dict):
        return table(item.items(), width, protocol) if item else [[("dim", "(empty hash)")]]
    if isinstance(item, Map):
        return table(item, width, protocol) if item else [[("dim", "(empty hash)")]]
    if isinstance(item, Pairs):
        return scores(item, width, protocol)
    if isinstance(item, list | tuple):
        if not item:
            return [[("dim", "(empty set)" if isinstance(item, Members) else "(empty array)")]]
        return numbered([block(part, width, protocol) for part in item])
    return [[scalar(item, protocol)]]


def numbered(blocks: list[list[Line]]) -> list[Line]:
    """Items under one another, each with its number."""
    digits = len(str(len(blocks)))
    return [line for place, lines in enumerate(blocks, 1) for line in beside(f"{place:>{digits}}) ", lines)]


def beside(head: str, lines: list[Line], style: str = "dim") -> list[Line]:
    """Lines with a head before the first and blanks before the others."""
    return [[(style, head if place == 0 else " " * wide(head)), *line] for place, line in enumerate(lines)]


def table(pairs: Iterable[tuple[Any, Any]], width: int, protocol: int) -> list[Line]:
    """Names and values in two columns; a name that takes more than half the width has its value below."""
    rows = [(name_of(name, protocol), block(value, width, protocol)) for name, value in pairs]
    column = min(max(wide(name) for name, _ in rows), width // 2)
    lines: list[Line] = []
    for name, value in rows:
        if wide(name) > column or (len(value) > 1 and column > width // 3):
            lines += [[("key", name)], *beside("  ", value)]
        else:
            lines += beside(name + " " * (column - wide(name)) + "  ", value, "key")
    return lines


def name_of(name: Any, protocol: int) -> str:
    """A name in a map: without quotes where it is one plain word."""
    if not isinstance(name, bytes):
        return scalar(name, protocol)[1]
    text = readable(name)
    return text[1:-1] if len(text) > 2 and " " not in text and "\\" not in text else text


def scores(pairs: Pairs, width: int, protocol: int) -> list[Line]:
    """Members with their scores, aligned; the same for other pairs that may repeat."""
    if not pairs:
        return [[("dim", "(empty array)")]]
    names = [scalar(name, protocol)[1] for name, _ in pairs]
    column = min(max(map(wide, names)), max(width // 2, 10))
    rows: list[list[Line]] = []
    for name, (_, value) in zip(names, pairs, strict=True):
        style, text = ("number", number(value)) if isinstance(value, float) else scalar(value, protocol)
        rows.append([[("text", name + " " * max(column - wide(name), 0)), ("", "  "), (style, text)]])
    return numbered(rows)


# --- replies that mean more than their shape


def local_time(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "beyond the calendar"


def moment(divisor: int) -> Callable[[Outcome, int], list[Line] | None]:
    """A unix time in whole numbers of 1/divisor seconds; -1 and -2 are no times."""

    def draw(outcome: Outcome, width: int) -> list[Line] | None:
        if not isinstance(outcome.reply, int) or outcome.reply < 0:
            return None
        return [[("number", f"(integer) {outcome.reply}"), ("dim", f"  {local_time(outcome.reply / divisor)}")]]

    return draw


def two_part_time(outcome: Outcome, width: int) -> list[Line] | None:
    reply = outcome.reply
    if not isinstance(reply, list) or len(reply) != 2:
        return None
    when = local_time(int(reply[0]))
    return numbered(
        [[[("text", readable(reply[0])), ("dim", f"  {when}")]], [[("text", readable(reply[1])), ("dim", "  µs")]]]
    )


def executed(outcome: Outcome, width: int) -> list[Line] | None:
    """EXEC: each reply with its command, so that an error among them is seen with what caused it."""
    reply = outcome.reply
    if not isinstance(reply, list) or len(reply) != len(outcome.queued) or not reply:
        return None
    blocks: list[list[Line]] = []
    for argv, item in zip(outcome.queued, reply, strict=True):
        lines = block(item, width, outcome.protocol)
        head = [("command", safe(join(argv)))]
        if len(lines) == 1:
            blocks.append([[*head, ("dim", " → "), *lines[0]]])
        else:
            blocks.append([[*head, ("dim", " →")], *lines])
    return numbered(blocks)


def scanned(pairs: bool) -> Callable[[Outcome, int], list[Line] | None]:
    """A page of a SCAN with its cursor."""

    def draw(outcome: Outcome, width: int) -> list[Line] | None:
        reply = outcome.reply
        if not isinstance(reply, list) or len(reply) != 2 or not isinstance(reply[1], list):
            return None
        cursor, found = reply
        what = "the walk is complete" if cursor == b"0" else "the next call begins there"
        items: Any = found
        if pairs and not isinstance(found, Pairs) and len(found) % 2 == 0:
            items = Map(zip(found[::2], found[1::2], strict=True))
        head: Line = [("key", "cursor "), ("number", bare(cursor)), ("dim", f"  ({what})")]
        return [head, *block(items, width, outcome.protocol)]

    return draw


def streamed(outcome: Outcome, width: int) -> list[Line] | None:
    """Entries of a stream."""
    from redislab.shell.pretty_stream import draw  # only where there are any

    return draw(outcome, width)


SPECIAL: dict[str, Callable[[Outcome, int], list[Line] | None]] = {
    "exec": executed,
    "expiretime": moment(1),
    "hscan": scanned(True),
    "lastsave": moment(1),
    "pexpiretime": moment(1000),
    "scan": scanned(False),
    "sscan": scanned(False),
    "time": two_part_time,
    "xautoclaim": streamed,
    "xclaim": streamed,
    "xpending": streamed,
    "xrange": streamed,
    "xread": streamed,
    "xreadgroup": streamed,
    "xrevrange": streamed,
    "zscan": scanned(True),
}
"""What the meaning of a reply adds to its shape, by command."""
