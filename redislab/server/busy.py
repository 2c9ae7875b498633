"""Answering others while a script runs for too long.

The script holds the loop, which reads nothing until it is over. Now and then the interpreter lets us look at
the sockets ourselves: what clients sent is executed, which answers BUSY but for SCRIPT KILL and its like, and who comes
new is let in. The client whose script it is has to wait, and so have clients over TLS, whose bytes only asyncio reads.

Nothing here may wait for a client: what its socket does not take is kept, as always.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from redislab.server.plain import DirectTransport

if TYPE_CHECKING:
    from redislab.engine.script_run import Run
    from redislab.server.server import Server

__all__ = ["BusyHours"]

EVERY_SECONDS = 0.005
"""Between two looks at the sockets."""


class BusyHours:
    """The sockets of a server while a script runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.run: Run | None = None
        """The script that these sockets are looked at for."""
        self.caller: DirectTransport | None = None
        """The socket of the script's own client, and what it was watched for."""
        self.watched = 0
        self.next_look = 0.0

    def attend(self) -> None:
        """Answer what has come. Called by the script's interpreter every few milliseconds."""
        if monotonic() < self.next_look:
            return
        run = self.server.engine.scripts.run
        if run is not None and run is not self.run:
            self.open(run)
        plain, listening = self.server.plain, self.server.listening
        plain.finish()
        others = {key.fd for key, _ in plain.select(0)}
        for door in [door for door in listening.doors if door.kind != "tls" and door.socket.fileno() in others]:
            listening.welcome(door)
        plain.see_off(self.caller)
        self.next_look = monotonic() + EVERY_SECONDS

    def open(self, run: Run) -> None:
        """Begin to look at the sockets, but that of the script's own client."""
        self.close()
        self.run = run
        connection = self.server.by_id.get(run.caller.id)
        if connection is not None and isinstance(connection.transport, DirectTransport):
            self.caller, self.watched = connection.transport, connection.transport.watched
            self.caller.watch(0)
        self.server.loop.call_soon(self.close)

    def close(self) -> None:
        """The script is over: its client is looked after again."""
        caller, self.caller, self.run = self.caller, None, None
        if caller is not None and (caller.waiting or not caller.closing):
            caller.watch(caller.watched | self.watched)
            caller.connection.hold_back()
