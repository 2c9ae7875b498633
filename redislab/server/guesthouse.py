"""A listener on an engine that belongs to somebody else: the shell lets other programs in.

The owner keeps the data, lets time pass, and decides when it is over. Only programs of this machine are let in.
"""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

from redislab.engine.engine import Engine
from redislab.server.connection import Connection
from redislab.server.log import Log
from redislab.server.server import Server

__all__ = ["Guesthouse"]

BACKLOG = 128


class Guesthouse(Server):
    """Clients of an engine besides its owner. `port` is where they come in."""

    def __init__(self, engine: Engine, port: int) -> None:
        """Listen on a port of the loopback interface, 0 for a free one. Raises OSError."""
        super().__init__(engine, Log(path="/dev/null", level="warning"))
        self.door = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.port = int(self.door.getsockname()[1])
        self.accepting: asyncio.Task[Any] | None = None

    def furnish(self) -> None:
        """The owner of the engine keeps its data and is its host."""
        self.keeper: Any = SimpleNamespace(aof=None)
        self.host: Any = self.engine.host

    def open(self) -> None:
        """Let clients in, on the loop that runs. Raises RuntimeError if none does."""
        self.loop = asyncio.get_running_loop()
        self.accepting = self.loop.create_task(self.loop.create_server(lambda: Connection(self), sock=self.door))

    def close(self) -> None:
        """Let nobody in any more, and show everybody the door."""
        if self.accepting is not None and self.accepting.done():
            self.accepting.result().close()
        self.door.close()
        for connection in list(self.connections):
            connection.finish()
