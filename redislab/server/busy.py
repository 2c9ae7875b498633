"""Answering others while a script runs for too long.

The script holds the loop, so nothing comes from asyncio until it is over. Now and then the interpreter lets us look at
the sockets ourselves: what clients sent is executed, which answers BUSY but for SCRIPT KILL and its like, and who comes
new is let in. The client whose script it is has to wait, and so have clients over TLS, whose bytes only asyncio reads.
"""

from __future__ import annotations

import os
import select
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

from redislab.server.connection import Connection

if TYPE_CHECKING:
    from redislab.server.server import Server

__all__ = ["BusyHours", "PlainTransport"]

READ_SIZE = 1 << 16


def itself(connection: Connection) -> Connection:
    """The protocol of a socket that has one already."""
    return connection


class PlainTransport:
    """A socket with as much of a transport's face as a connection needs, until asyncio takes it over."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.closing = False

    def write(self, data: bytes) -> None:
        try:
            self.socket.setblocking(True)
            self.socket.sendall(data)
        except OSError:
            self.closing = True
        finally:
            self.socket.setblocking(False)

    def get_extra_info(self, name: str) -> Any:
        if name == "socket":
            return self.socket
        return self.socket.getpeername() if name == "peername" else self.socket.getsockname()

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    abort = close

    def set_write_buffer_limits(self, high: int) -> None:
        """Nothing is buffered here."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_reading(self) -> bool:
        return True

    def pause_reading(self) -> None:
        """What comes is kept by the system."""

    resume_reading = pause_reading


class BusyHours:
    """The sockets of a server while a script runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.guests: dict[Connection, None] = {}
        """Who came while the script ran."""

    def attend(self) -> None:
        """Answer what has come. Called by the script's interpreter every few milliseconds."""
        server = self.server
        run = server.engine.scripts.run
        caller = run.caller if run is not None else None
        readable: dict[int, Connection] = {}
        for connection in server.connections:
            if connection.session is not caller and connection.kind != "tls" and not connection.ended:
                readable[connection.session.descriptor] = connection
        listening = {each.fileno(): each for listener in server.listeners for each in listener.sockets}
        try:
            ready = select.select([*readable, *listening], [], [], 0)[0]
        except (OSError, ValueError):
            return
        for descriptor in ready:
            if descriptor in listening:
                self.let_in(listening[descriptor])
            else:
                self.read(readable[descriptor])

    def read(self, connection: Connection) -> None:
        """Execute what a client sent. That it went is left for asyncio to see."""
        try:
            data = os.read(connection.session.descriptor, READ_SIZE)
        except OSError:
            return
        if data:
            connection.data_received(data)
        else:
            connection.ended = True
            self.server.loop.call_soon(connection.kill)

    def let_in(self, listening: Any) -> None:
        """Accept a new client."""
        duplicate = socket.socket(fileno=os.dup(listening.fileno()))
        try:
            connected, _ = duplicate.accept()
        except OSError:
            return
        finally:
            duplicate.close()
        connected.setblocking(False)
        connection = Connection(self.server, "unix" if connected.family == socket.AF_UNIX else "tcp")
        connection.connection_made(PlainTransport(connected))
        if not self.guests:
            self.server.loop.call_soon(self.hand_over)
        self.guests[connection] = None

    def hand_over(self) -> None:
        """The script is over: asyncio takes care of those who came meanwhile."""
        guests, self.guests = self.guests, {}
        for connection in guests:
            transport = connection.transport
            if transport.closing or connection.ended:
                transport.socket.close()
                connection.connection_lost(None)
                continue
            task = self.server.loop.create_task(
                self.server.loop.connect_accepted_socket(partial(itself, connection), transport.socket)
            )
            self.server.tasks.add(task)
            task.add_done_callback(self.server.tasks.discard)
