"""Transcripts: sessions in redis-cli's form, recorded from redis-server 7.0.15 and replayed on the engine.

    # a comment
    #! protocol 3
    > SET tea green
    OK
    @bob > BLPOP orders 0
    (blocked)
    > RPUSH orders chai
    (integer) 1
    @bob <
    1) "orders"
    2) "chai"

A line with `>` is a command, of the main client or of the one named after `@`; what follows up to the next such line
is what redis-cli prints for it (--no-raw). `(blocked)` means that no reply came; `@bob <` reads one that came later.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from real import RealClient
from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED, NO_REPLY
from redislab.resp.words import split
from redislab.shell.show import printed

FOLDER = Path(__file__).parent
PATIENCE_S = 30.0
HELD_UP_S = 0.2
"""A machine that takes longer for nothing is so busy that a command's timeout may be over at once."""
HEAD = re.compile(r"(?:@(?P<client>\w+) )?(?P<way>[<>])(?: (?P<line>.*))?$")


@dataclass
class Moment:
    """A command (or, with line None, the reading of a later reply) and the lines expected for it."""

    client: str
    line: str | None
    expected: list[str]
    number: int
    above: list[str] = field(default_factory=list)


@dataclass
class Transcript:
    """A parsed file. `above` of a moment and `tail` keep comments for recording again."""

    protocol: int
    moments: list[Moment]
    tail: list[str]


def parse(text: str) -> Transcript:
    """Read a transcript. Raises ValueError for output before the first command."""
    protocol, moments, above = 2, [], []
    for number, line in enumerate(text.splitlines(), 1):
        match = HEAD.match(line)
        if line.startswith("#! protocol "):
            protocol = int(line.split()[-1])
            above.append(line)
        elif line.startswith("#") or (not line.strip() and not (moments and not above)):
            above.append(line)
        elif match:
            command = match["line"] if match["way"] == ">" else None
            moments.append(Moment(match["client"] or "", command, [], number, above))
            above = []
        elif moments and not above:
            moments[-1].expected.append(line)
        else:
            raise ValueError(f"line {number}: output without a command: {line!r}")
    for moment in moments:
        while moment.expected and not moment.expected[-1].strip():
            moment.expected.pop()
    return Transcript(protocol, moments, above)


class EngineClients:
    """The clients of a transcript on the embedded engine."""

    def __init__(self, protocol: int, version: str = "7.0") -> None:
        self.lab, self.protocol = Lab(record=False, version=version), protocol
        self.sessions: dict[str, Any] = {}

    def run(self, client: str, line: str | None, waits: bool = False) -> Any:
        if client not in self.sessions:
            self.sessions[client] = self.lab.session(protocol=self.protocol)
        session = self.sessions[client]
        if line is not None:
            try:
                reply = session.run(line)
            except ReplyError as error:
                reply = error
            if reply is not NO_REPLY:
                return reply
        elif not session.outbox:
            self.lab.advance(1.0)  # as long as is waited for the real server's
        return session.outbox.popleft() if session.outbox else BLOCKED


class RealClients:
    """The clients of a transcript on the real server."""

    def __init__(self, address: tuple[str, int], protocol: int) -> None:
        self.address, self.protocol = address, protocol
        self.clients: dict[str, RealClient] = {}
        self.early: dict[str, Any] = {}

    def run(self, client: str, line: str | None, waits: bool = False) -> Any:
        """The reply to a line; `waits` says that none is expected, and is the only way to BLOCKED."""
        link = self.client(client)
        if line is None and client in self.early:
            return self.early.pop(client)
        begun = time.monotonic()
        if line is not None:
            link.send(split(line))
        if not waits:
            reply = link.later(PATIENCE_S)
            assert reply is not BLOCKED, f"{line} is not answered"
            return reply
        self.settle()
        replies = link.arrived()
        if replies and time.monotonic() - begun > HELD_UP_S:  # its time may be over by now: what is read later
            self.early[client] = replies.pop()
        return replies[0] if replies else BLOCKED

    def try_out(self, client: str, line: str | None, waits: bool = False) -> Any:
        """As `run`, where nobody knows what is to come."""
        link = self.client(client)
        if line is None:
            return link.later(1.0)
        return link.call(split(line), block_after=0.15 if blocks(line) else 5.0)

    def client(self, name: str) -> RealClient:
        if name not in self.clients:
            self.clients[name] = RealClient(self.address, self.protocol)
        return self.clients[name]

    def settle(self) -> None:
        """Come back when the server has done all it was told, and sent what came of it."""
        fence = RealClient(self.address)
        for _ in range(2):
            fence.call([b"PING"])
        fence.close()

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


def blocks(line: str) -> bool:
    """Whether a command may block, so that the absence of a reply is looked for."""
    return bool(re.match(r"(?i)b(l|r|z)|wait|client +reply|x?read", line))


def shown(reply: Any, protocol: int, line: str | None) -> list[str]:
    """The lines that stand in a transcript for a reply."""
    if reply is BLOCKED:
        return ["(blocked)"]
    argv = split(line) if line else []
    return printed(reply, protocol, argv=argv).decode("utf-8", "surrogateescape").rstrip("\n").split("\n")


def replay(transcript: Transcript, run: Callable[[str, str | None, bool], Any]) -> Iterable[tuple[Moment, list[str]]]:
    """Each moment with the lines that came for it."""
    protocols: dict[str, int] = {}
    for moment in transcript.moments:
        reply = run(moment.client, moment.line, moment.expected == ["(blocked)"])
        words = split(moment.line) if moment.line else []
        if words[:1] and words[0].lower() == b"hello" and len(words) > 1 and not isinstance(reply, ReplyError):
            protocols[moment.client] = int(words[1])
        yield moment, shown(reply, protocols.get(moment.client, transcript.protocol), moment.line)


def all_files() -> list[Path]:
    """Every transcript of this folder."""
    return sorted(FOLDER.glob("*.txt"))
