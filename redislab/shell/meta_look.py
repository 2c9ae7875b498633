"""Words with a colon that look at data: why, inspect, peek, and the bytes on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.shell.meta import MetaError, meta
from redislab.shell.theme import Line, wrapped

if TYPE_CHECKING:
    from redislab.shell.console import Console

PEEKED = 100
"""Elements that :peek shows of a long list or sorted set; of other types it shows all, or a page."""

READERS = {
    "string": ("GET", ()),
    "list": ("LRANGE", ("0", str(PEEKED - 1))),
    "hash": ("HGETALL", ()),
    "set": ("SMEMBERS", ()),
    "zset": ("ZRANGE", ("0", str(PEEKED - 1), "WITHSCORES")),
    "stream": ("XRANGE", ("-", "+", "COUNT", str(PEEKED))),
}
PAGES = {"hash": ("HSCAN", ("0", "COUNT", str(PEEKED))), "set": ("SSCAN", ("0", "COUNT", str(PEEKED)))}
"""Used instead where there are more elements than that."""


@meta(":why")
def why(console: Console) -> None:
    """Explain the last reply from the data as it is: why nil, why 0, why an error, and which step made it so."""
    from redislab.shell.why import explain

    last = next((one for one in reversed(console.outcomes) if one.client == console.current), None)
    if last is None:
        raise MetaError("no command has been run yet")
    lines: list[Line] = []
    for sentence in explain(console.lab, last):
        lines += ([("", text)] for text in wrapped(sentence.split(), console.printer.width))
    console.printer.lines(lines)


@meta(":inspect key")
def inspect(console: Console, key: str) -> None:
    """Show a key from the inside: type, encoding and the thresholds that decide it, length, time to live, idle time."""
    from redislab.shell.inspect_key import inspect_lines

    name = key.encode("utf-8", "surrogateescape")
    console.printer.lines(inspect_lines(console.lab, console.session.db_index, name, console.printer.width))


@meta(":peek key")
def peek(console: Console, key: str) -> None:
    """Show a key of whatever type, with the command that reads it.

    It is read as another client, so a transaction or a subscription is no obstacle; of very long ones a part is shown.
    """
    from redislab.shell.why import present

    name = key.encode("utf-8", "surrogateescape")
    value = present(console.lab, console.session.db_index, name)
    if value is None:
        raise MetaError(f"there is no key {key} in database {console.session.db_index}")
    reader, tail = READERS[value.type]
    if value.type in PAGES and len(value) > PEEKED:
        reader, tail = PAGES[value.type]
    argv = [reader.encode(), name, *(word.encode() for word in tail)]
    console.look(argv)
    if value.type in ("list", "zset") and len(value) > PEEKED:
        console.printer.note(f"{PEEKED} of {len(value):,} are shown.")


@meta(":wire [ON | OFF]")
def wire(console: Console, how: str = "") -> None:
    """Show the bytes of the protocol for each command, both ways."""
    if how:
        console.settings.wire = how.lower() == "on"
    console.printer.note(f"The bytes on the wire are {'shown' if console.settings.wire else 'not shown'}.")
