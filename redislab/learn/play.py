"""Runs the lines of a step in a world: commands of named clients and moves of the clock, and keeps what came of them.

Owns the form of such lines (`SET k v`, `@bob RPUSH q x`, `:clock +61s`) and the log of what was sent. It judges
nothing and prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from redislab.learn.world import MAIN, World, call_of
from redislab.resp.types import BLOCKED, NO_REPLY, ReplyError
from redislab.resp.words import UnbalancedQuotes, split

__all__ = ["CLIENT_LINE", "BadLine", "Log", "Message", "Sent", "clock_seconds", "command_of", "play", "run_line"]

CLIENT_LINE = re.compile(r"^@([A-Za-z0-9_-]+)\s+(\S.*)$", re.DOTALL)
CLOCK_LINE = re.compile(r"^:clock\s+(\S+)$")
SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class BadLine(ValueError):
    """A line that is no command: open quotes, a wrong clock move. `str` says what to do."""


@dataclass
class Sent:
    """A command that was sent, and its reply (a ReplyError for an error, BLOCKED if the client waits).

    `changed`: did it change the data (always None on a real server, where that is not known).
    """

    client: str
    line: str
    argv: list[bytes]
    reply: Any
    changed: bool | None = None
    protocol: int = 2
    queued: bool = False
    """It was sent inside MULTI and has not been run by then."""

    @property
    def failed(self) -> bool:
        return isinstance(self.reply, ReplyError)


@dataclass
class Message:
    """Something that came to a client without its asking, or the late reply of a command it waited in."""

    client: str
    reply: Any
    answers: Sent | None = None
    """The command that waited for it."""


@dataclass
class Log:
    """What the learner did in a step, since it began or was reset."""

    sent: list[Sent] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def last(self) -> Sent | None:
        return self.sent[-1] if self.sent else None


def run_line(world: World, line: str) -> Sent | None:
    """Run one line; None for a move of the clock. Raises BadLine. Commands that fail are not an exception here."""
    text = line.strip()
    if text.startswith(":clock"):
        _move_clock(world, text)
        return None
    if text.startswith(":"):
        raise BadLine(f"`{text.split()[0]}` cannot stand here; of the words with a colon only `:clock` can")
    found = CLIENT_LINE.match(text)
    name, command = (found[1], found[2]) if found else (MAIN, text)
    return _send(world, name, command)


def play(world: World, lines: Iterable[str]) -> Iterator[Sent]:
    """Run lines one after another, giving each command's outcome. A leading `?` (the command may fail) is taken off."""
    for line in lines:
        sent = run_line(world, line.removeprefix("?"))
        if sent is not None:
            yield sent


def clock_seconds(text: str) -> float:
    """`+1h30m` -> 5400.0. Raises BadLine."""
    spans = SPAN.findall(text)
    if not spans or not text.startswith("+") or "".join(number + unit for number, unit in spans) != text[1:]:
        raise BadLine(f"`:clock {text}` is no time; write for example `:clock +61s` (ms s m h d)")
    return sum(float(number) * SECONDS[unit] for number, unit in spans)


def command_of(table: Any, argv: list[bytes]) -> Any:
    """The command or subcommand that these words call, or None when Redis knows none."""
    if not argv:
        return None
    names = [word.decode("utf-8", "replace").lower() for word in argv[:2]]
    command = table.get(names[0])
    if command is None or not command.subcommands or len(names) < 2:
        return command
    subcommands = {name.rpartition("|")[2].lower(): one for name, one in command.subcommands.items()}
    return subcommands.get(names[1], command)


def _send(world: World, name: str, command: str) -> Sent:
    try:
        argv = split(command)
    except UnbalancedQuotes as error:
        raise BadLine(
            "a quote is open, or something follows a closing one without a space;"
            " put single quotes around a text that has double ones in it"
        ) from error
    if not argv:
        raise BadLine("an empty line is no command")
    client = world.client(name)
    if client.blocked:
        who = "your client" if name == MAIN else name
        raise BadLine(f"{who} still waits; let another client answer (`@bob …`), or give it up: Ctrl-C or `:cancel`")
    lab = getattr(world, "lab", None)
    reply = call_of(client)(*argv)
    if reply is NO_REPLY and client.outbox:
        # SUBSCRIBE and its kin answer through the outbox, one message a channel; the first stands for the reply.
        reply = client.outbox.popleft()
    changed = lab.last_change is not None if lab is not None else None
    queued = str(reply) == "QUEUED" if isinstance(reply, str) else False
    return Sent(name, command, argv, reply, changed if reply is not BLOCKED else False, client.protocol, queued)


def _move_clock(world: World, line: str) -> None:
    found = CLOCK_LINE.match(line)
    if not found:
        raise BadLine("write `:clock +61s` (or ms, m, h, d), `:clock freeze` or `:clock now`")
    lab = getattr(world, "lab", None)
    if lab is None:
        raise BadLine("a real server's clock cannot be moved; this step needs the embedded engine")
    if found[1] in ("freeze", "now"):
        lab.freeze() if found[1] == "freeze" else lab.now_clock()
        return
    if re.fullmatch(r"x\d+(\.\d+)?", found[1]):
        lab.scale(float(found[1][1:]))
        return
    world.advance(clock_seconds(found[1]))
    lab.tick()
