"""How a session with the debugger of scripts is played on a server: what is sent, and every byte that comes."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from real import request

__all__ = ["Debugged", "Debugging", "play", "recordings", "write_recordings"]

RECORDINGS = Path(__file__).with_name("ldb-7.0.15.json")

END = b"+<endsession>\r\n"
POINTER = re.compile(rb"0x[0-9a-f]+")
LONG = 60.0


@dataclass(frozen=True)
class Debugged:
    """A session: what is called before, the script with its words, and the commands that the debugger gets.

    A command is a line whose words are sent, a list of words, or bytes that are sent as they are.
    """

    name: str
    script: str
    commands: Sequence[str | list[str] | bytes] = ()
    words: Sequence[str] = ("0",)
    mode: str = "YES"
    call: str = "EVAL"
    protocol: int = 2
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    """Called by another client when all is over."""
    data: Sequence[str] = field(default=("SET text 'a value'", "RPUSH list a b c", "HSET hash f v"))


class Debugging:
    """A client's connection, read to the byte."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=LONG)
        self.buffer = b""
        self.over = False

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError:
            self.over = True

    def command(self, command: str | list[str] | bytes) -> None:
        """Send a command to the debugger or the server."""
        if isinstance(command, str):
            command = command.split()
        self.send(command if isinstance(command, bytes) else request([word.encode() for word in command]))

    def more(self) -> bool:
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        self.over = self.over or not data
        return bool(data)

    def line_end(self, start: int) -> int:
        while (end := self.buffer.find(b"\r\n", start)) < 0:
            if not self.more():
                raise EOFError
        return end + 2

    def value_end(self, start: int) -> int:
        """Where a value ends that begins at a place."""
        end = self.line_end(start)
        kind, length = self.buffer[start : start + 1], self.buffer[start + 1 : end - 2]
        if kind in b"$=" and int(length) >= 0:
            while len(self.buffer) < end + int(length) + 2:
                if not self.more():
                    raise EOFError
            return end + int(length) + 2
        if kind in b"*%~>" and int(length) >= 0:
            for _ in range(int(length) * (2 if kind == b"%" else 1)):
                end = self.value_end(end)
        return end

    def value(self) -> bytes:
        """The next value, or at the end of the session all that comes until the connection is closed."""
        try:
            end = self.value_end(0)
        except EOFError:
            end = len(self.buffer)
        value, self.buffer = self.buffer[:end], self.buffer[end:]
        if value.endswith(END):
            while self.more():
                pass
            value, self.buffer = value + self.buffer + b"(closed)", b""
        elif self.over:
            value += b"(closed)"
        return POINTER.sub(b"0x", value)

    def call(self, *words: str) -> bytes:
        """Call a command of the server; its reply."""
        self.send(request([word.encode() for word in words]))
        return self.value()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Debugging:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def recordings() -> dict[str, list[str]]:
    """What a real server sent, by the names of the sessions."""
    return json.loads(RECORDINGS.read_text())  # type: ignore[no-any-return]


def write_recordings(found: dict[str, list[str]]) -> None:
    RECORDINGS.write_text(json.dumps(found, indent=1) + "\n")


def call_line(client: Debugging, line: str) -> bytes:
    from redislab.resp.words import split

    return client.call(*(word.decode() for word in split(line)))


def play(address: tuple[str, int], session: Debugged) -> list[str]:
    """Play a session on an empty server; what came after each thing that was sent."""
    came: list[bytes] = []
    with Debugging(address) as other, Debugging(address) as client:
        other.call("FLUSHALL")
        for line in session.data:
            call_line(other, line)
        if session.protocol == 3:
            client.call("HELLO", "3")
        came.extend(call_line(client, line) for line in session.before)
        if session.mode:
            came.append(client.call("SCRIPT", "DEBUG", session.mode))
        came.append(client.call(session.call, session.script, *session.words))
        for command in session.commands:
            if client.over:
                break
            client.command(command)
            came.append(client.value())
        came.extend(call_line(other, line) for line in session.after)
    return [data.decode("latin-1") for data in came]
