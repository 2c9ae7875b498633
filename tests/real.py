"""A client of the real server for tests: typed replies through our own reader, over a plain socket."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from redislab.engine.config import PARAMETERS
from redislab.resp.replies import ReplyReader
from redislab.resp.types import BLOCKED, NO_REPLY, ReplyError


def request(argv: Sequence[bytes]) -> bytes:
    """A command as the bytes a client sends."""
    return b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv)


class RealClient:
    """One connection. Replies are those of `resp.types`; error replies are returned, not raised."""

    def __init__(self, address: tuple[str, int], protocol: int = 2) -> None:
        self.socket = socket.create_connection(address, timeout=60)
        self.reader = ReplyReader()
        self.waiting = False
        if protocol == 3:
            self.call([b"HELLO", b"3"])

    def call(self, argv: Sequence[bytes], *, block_after: float = 60.0) -> Any:
        """Send a command and wait for its reply; BLOCKED if none comes within `block_after` seconds."""
        self.send(argv)
        return self.later(block_after)

    def send(self, argv: Sequence[bytes]) -> None:
        """Send a command without waiting for its reply."""
        self.socket.sendall(request(argv))

    def many(self, calls: Sequence[Sequence[bytes]]) -> list[Any]:
        """Send commands at once; their replies in order."""
        self.socket.sendall(b"".join(map(request, calls)))
        return [self.later() for _ in calls]

    def later(self, seconds: float = 60.0) -> Any:
        """The next reply or push; BLOCKED if none comes in time."""
        while (reply := self.reader.next()) is NO_REPLY:
            self.socket.settimeout(seconds)
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                self.waiting = True
                return BLOCKED
            if not data:
                return ReplyError("(connection closed)")
            self.reader.feed(data)
        self.waiting = False
        return reply

    def arrived(self) -> list[Any]:
        """The replies and pushes that are there already, without waiting."""
        self.socket.settimeout(0)
        try:
            while data := self.socket.recv(1 << 16):
                self.reader.feed(data)
        except BlockingIOError:
            pass
        self.socket.settimeout(60)
        return list(self.reader)

    def close(self) -> None:
        self.socket.close()


def emptied(address: tuple[str, int]) -> None:
    """Bring the real server back to its beginnings: no data or scripts, default parameters, users and clients."""
    client = RealClient(address)
    words = [b"CONFIG", b"SET"]
    for parameter in PARAMETERS:
        if parameter.live and not parameter.machine and parameter.name != "save":
            words += parameter.name.encode(), parameter.kind.show(parameter.default).encode()
    client.call(words)
    client.call([b"CONFIG", b"SET", b"save", b""])
    client.call([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1"])
    client.call([b"CLIENT", b"KILL", b"SKIPME", b"yes", b"TYPE", b"normal"])
    client.call([b"CLIENT", b"KILL", b"SKIPME", b"yes", b"TYPE", b"pubsub"])
    client.call([b"FLUSHALL"])
    client.call([b"FUNCTION", b"FLUSH"])
    client.call([b"SCRIPT", b"FLUSH"])
    client.call([b"ACL", b"DELUSER", *set(client.call([b"ACL", b"USERS"])) - {b"default"}, b"nobody"])
    client.call([b"ACL", b"SETUSER", b"default", b"on", b"nopass", b"~*", b"&*", b"+@all", b"clearselectors"])
    client.call([b"ACL", b"LOG", b"RESET"])
    client.close()
