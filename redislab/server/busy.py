"""Answering others while a script runs for too long.

The script holds the loop, so nothing comes from asyncio until it is over. Now and then the interpreter lets us look at
the sockets ourselves: what clients sent is executed, which answers BUSY but for SCRIPT KILL and its like, and who comes
new is let in. The client whose script it is has to wait, and so have clients over TLS, whose bytes only asyncio reads.

Nothing here may wait for a client: what its socket does not take is kept until the script is over.
"""

from __future__ import annotations

import os
import selectors
import socket
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from redislab.server.connection import Connection
from redislab.server.listening import Door

if TYPE_CHECKING:
    from redislab.engine.script_run import Run
    from redislab.server.server import Server

__all__ = ["BusyHours", "PlainTransport"]

READ_SIZE = 1 << 16
EVERY_SECONDS = 0.005
"""Between two looks at the sockets."""


class PlainTransport:
    """A socket with as much of a transport's face as a connection needs, until asyncio takes it over."""

    def __init__(self, connected: socket.socket, connection: Connection) -> None:
        self.socket = connected
        self.connection = connection
        self.waiting = bytearray()
        """What the socket has not taken."""
        self.closing = False

    def write(self, data: bytes) -> None:
        self.waiting += data
        self.push()
        if self.waiting:
            self.connection.pause_writing()

    def push(self) -> None:
        """Send as much as the socket takes."""
        try:
            sent = self.socket.send(self.waiting) if self.waiting else 0
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.abort()
        else:
            del self.waiting[:sent]
            if sent and not self.waiting and not self.closing:
                self.connection.resume_writing()

    def get_extra_info(self, name: str) -> Any:
        if name == "socket":
            return self.socket
        if name == "ssl_object":
            return None
        return self.socket.getpeername() if name == "peername" else self.socket.getsockname()

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True
        self.waiting.clear()

    def set_write_buffer_limits(self, high: int) -> None:
        """What waits is bounded by what the script's time allows to read."""

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

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
        self.run: Run | None = None
        """The script that these sockets are looked at for."""
        self.selector: Any = None
        self.next_look = 0.0

    def attend(self) -> None:
        """Answer what has come. Called by the script's interpreter every few milliseconds."""
        if monotonic() < self.next_look:
            return
        run = self.server.engine.scripts.run
        if run is not None and run is not self.run:
            self.open(run)
        for key, _ in self.selector.select(0):
            if isinstance(key.data, Door):
                self.let_in(key.data)
            else:
                self.read(key.data)
        for guest in self.guests:
            guest.transport.push()
        self.next_look = monotonic() + EVERY_SECONDS

    # -- beginning and end -----------------------------------------------------------------------------------

    def open(self, run: Run) -> None:
        """Begin to look at all sockets, but that of the script's own client."""
        self.close()
        self.run = run
        self.selector = selectors.DefaultSelector()
        for door in self.server.listening.doors if self.server.listening.is_open else ():
            self.selector.register(door.socket, selectors.EVENT_READ, door)
        for connection in self.server.connections:
            if connection.session is not run.caller:
                self.watch(connection)
        self.server.loop.call_soon(self.close)

    def watch(self, connection: Connection) -> None:
        if connection.kind != "tls" and not connection.ended:
            with suppress(OSError, ValueError, KeyError):
                self.selector.register(connection.session.descriptor, selectors.EVENT_READ, connection)

    def leave_alone(self, connection: Connection) -> None:
        with suppress(KeyError, ValueError, OSError):
            self.selector.unregister(connection.session.descriptor)

    def close(self) -> None:
        """The script is over: asyncio looks after the sockets again, and takes over who came meanwhile."""
        if self.selector is not None:
            self.selector.close()
        self.selector = self.run = None
        guests, self.guests = self.guests, {}
        for connection in guests:
            self.hand_over(connection)

    def hand_over(self, connection: Connection) -> None:
        transport = connection.transport
        if transport.closing or connection.ended:
            transport.push()
            connection.connection_lost(None)
            transport.socket.close()
            return
        server = self.server
        task = server.loop.create_task(self.introduce(connection, transport))
        server.arriving.add(task)
        task.add_done_callback(server.arriving.discard)

    async def introduce(self, connection: Connection, before: PlainTransport) -> None:
        await self.server.introduce(before.socket, connection)
        if before.waiting and not connection.ended:
            connection.transport.write(bytes(before.waiting))
            if not connection.transport.get_write_buffer_size():
                connection.resume_writing()
        connection.go_on()

    # -- clients ---------------------------------------------------------------------------------------------

    def read(self, connection: Connection) -> None:
        """Execute what a client sent, unless it is one who does not read."""
        if not connection.writable or connection.requests or not connection.transport.is_reading():
            self.leave_alone(connection)
            return
        try:
            data = os.read(connection.session.descriptor, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            connection.data_received(data)
        if not data or connection.ended:
            self.see_off(connection)

    def see_off(self, connection: Connection) -> None:
        """A client went, or is to go. What asyncio knows of it is tidied when the script is over."""
        self.leave_alone(connection)
        if connection.ended and not connection.transport.get_write_buffer_size():
            with suppress(OSError):
                connection.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        elif connection in self.guests:
            connection.ended = True
        elif not connection.ended:
            self.server.loop.call_soon(connection.transport.close)

    def let_in(self, door: Door) -> None:
        """Accept a new client; TLS has to wait for asyncio."""
        server = self.server
        connected = server.listening.accept(door) if door.kind != "tls" else None
        if connected is None:
            return
        if server.is_full():
            server.refuse(connected, door.kind)
            return
        connection = Connection(server, door.kind)
        connection.connection_made(PlainTransport(connected, connection))
        if connection.session is None:  # refused
            connected.close()
            return
        self.guests[connection] = None
        self.watch(connection)
