"""Plain sockets, TCP and unix, without asyncio between them and their connections.

Asyncio makes a handle of every event and runs it in a context: of a short command that is a quarter. But it asks a
selector what is ready, and that may be ours: `ServingSelector` serves the sockets of connections itself and hands on
only the other events. To a connection `DirectTransport` has the face of asyncio's transports. Over TLS there are
asyncio's own.
"""

from __future__ import annotations

import os
import select
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from os import write
from selectors import EVENT_READ, EVENT_WRITE
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from redislab.server.connection import Connection
    from redislab.server.loop import Loop
    from redislab.server.server import Server

__all__ = ["DirectTransport", "ServingSelector"]

MOST_AT_ONCE = 128
"""Connections whose bytes are read before any are executed."""
READ_SIZE = 1 << 15
"""Bytes that are read from a socket at once. For more the C library tidies its heap each time."""


class ServingSelector(selectors.DefaultSelector):
    """A selector that serves connections before it tells of other events."""

    loop: Loop | asyncio.AbstractEventLoop

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.transports: dict[int, DirectTransport] = {}
        """Those that are watched, by their numbers."""
        self.serving = False
        """Connections are served, and what is in `unsent` is sent after that."""
        self.unsent: list[Connection] = []
        """Those that have something to send, which each has in its own `unsent`."""
        self.coming: Iterator[tuple[DirectTransport, bytes]] = iter(())
        """What was read in this round and is not executed yet."""
        self.leaving: list[tuple[DirectTransport, Exception | None]] = []
        """Those that are done, and why; a socket is not let go of while its connection is at work."""
        # The same epoll, asked directly: without a key and a tuple for each event.
        self.poll = select.epoll.fromfd(os.dup(self.fileno())).poll if hasattr(select, "epoll") else None

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """A loop of asyncio's that asks this selector."""
        import asyncio

        return asyncio.SelectorEventLoop(self)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As of any selector, but for what is served already."""
        if self.poll is None:
            ready = super().select(timeout)
            self.serve([(key.fd, events) for key, events in ready])
        else:
            seconds = -1 if timeout is None else ceil(timeout * 1e3) * 1e-3 if timeout > 0 else 0
            ready = super().select(0) if self.serve(self.poll(seconds)) else []
        return [each for each in ready if each[0].data.__class__ is not DirectTransport]

    def serve(self, found: list[tuple[int, int]]) -> bool:
        """Serve the connections among those that are ready; whether there are others.

        First all is read, then executed, then sent: a processor does the same thing many times over faster than three
        things in turns.
        """
        others = False
        for start in range(0, len(found), MOST_AT_ONCE):
            came: list[tuple[DirectTransport, bytes]] = []
            others |= self.read(found[start : start + MOST_AT_ONCE], came)
            self.coming = iter(came)
            self.finish()
        return others

    def finish(self) -> None:
        """Execute what was read, and send. Within a round this goes on with it, before another is begun."""
        self.serving = True
        for transport, data in self.coming:
            try:
                if transport.closing:
                    continue
                if data:
                    transport.handle(data)
                else:
                    transport.read_end()
            except Exception as error:
                self.server.internal_error([b"(connection)"], error)
                transport.abort()
        self.serving = False
        unsent = self.unsent
        if unsent:
            self.unsent = []
            self.send(unsent)

    def read(self, found: list[tuple[int, int]], came: list[tuple[DirectTransport, bytes]]) -> bool:
        """Read from the connections among those that are ready, into `came`; whether there are others."""
        others = False
        find, append = self.transports.get, came.append
        for number, events in found:
            transport = find(number)
            if transport is None:
                others = True
                continue
            try:
                if events == EVENT_READ:
                    append((transport, transport.receive(READ_SIZE)))
                    continue
                transport.push()  # after any kind of end, too
                if transport.watched & EVENT_READ:
                    append((transport, transport.receive(READ_SIZE)))
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                transport.abort(error)
            except Exception as error:
                self.server.internal_error([b"(connection)"], error)
                transport.abort()
        self.server.reads += len(came)
        self.server.received_bytes += sum([len(data) for _, data in came])
        return others

    def send(self, connections: list[Connection]) -> None:
        """Send what these have in `unsent`, past asyncio while nothing waits there.

        Together, so that a client with many connections is woken once; and after what is to be on the disk by then.
        """
        server = self.server
        if server.keeper.aof is not None:
            server.keeper.flush()
        writes = length = 0
        for connection in connections:
            data = connection.unsent
            if not data:
                continue
            connection.unsent = b""
            writes += 1
            length += len(data)
            try:
                sent = write(connection.descriptor, data) if connection.direct else 0
            except BlockingIOError:
                sent = 0
            except OSError:
                connection.kill()
                continue
            if sent < len(data):
                connection.transport.write(data[sent:])
        server.writes += writes
        server.sent_bytes += length

    def take(self, connected: socket.socket, connection: Connection) -> None:
        """Look after a connection's socket from now on."""
        connection.connection_made(DirectTransport(self, connected, connection))

    def part(self, transport: DirectTransport, error: Exception | None) -> None:
        """Let go of a transport's socket when the present events are served."""
        if not self.leaving:
            self.loop.call_soon(self.see_off)
        self.leaving.append((transport, error))

    def see_off(self, busy: DirectTransport | None = None) -> None:
        """Let go of those who are done, but for one who is at work."""
        leaving, self.leaving = self.leaving, []
        for transport, error in leaving:
            if transport is busy:
                self.leaving.append((transport, error))
                continue
            try:
                transport.end(error)
            except Exception as problem:
                self.server.internal_error([b"(connection)"], problem)


class DirectTransport:
    """A socket, and what it has not taken yet."""

    def __init__(self, sockets: ServingSelector, connected: socket.socket, connection: Connection) -> None:
        self.sockets = sockets
        self.socket = connected
        self.connection = connection
        self.waiting = bytearray()
        self.closing = False
        self.watched = 0
        """What the selector looks for."""
        self.receive = connected.recv
        self.handle = connection.received
        if connected.family != getattr(socket, "AF_UNIX", None):
            with suppress(OSError):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.watch(EVENT_READ)

    def watch(self, events: int) -> None:
        """Look for these events from now on."""
        before, self.watched = self.watched, events
        if events == before:
            return
        sockets = self.sockets
        if not before:
            sockets.register(self.socket, events, self)
            sockets.transports[self.socket.fileno()] = self
        elif events:
            sockets.modify(self.socket, events, self)
        else:
            sockets.unregister(self.socket)
            del sockets.transports[self.socket.fileno()]

    # -- reading ---------------------------------------------------------------------------------------------

    def read_end(self) -> None:
        """The other side sends no more."""
        self.connection.eof_received()
        self.close()

    def is_reading(self) -> bool:
        return bool(self.watched & EVENT_READ)

    def pause_reading(self) -> None:
        if self.watched & EVENT_READ:
            self.watch(self.watched & ~EVENT_READ)

    def resume_reading(self) -> None:
        if not self.closing:
            self.watch(self.watched | EVENT_READ)

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, or keep what the socket does not take now; then the connection is told to pause."""
        if self.closing:
            return
        before = len(self.waiting)
        self.waiting += data
        if not before:
            self.push()
            if self.waiting:
                self.watch(self.watched | EVENT_WRITE)
                self.connection.pause_writing()

    def push(self) -> None:
        """Send as much of what waits as the socket takes."""
        try:
            sent = self.socket.send(self.waiting) if self.waiting else 0
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.abort(error)
            return
        del self.waiting[:sent]
        if self.waiting or not self.watched & EVENT_WRITE:
            return
        self.watch(self.watched & ~EVENT_WRITE)
        if self.closing:
            self.sockets.part(self, None)
        else:
            self.connection.resume_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def set_write_buffer_limits(self, high: int) -> None:
        """The connection pauses as soon as anything waits."""

    # -- the end ---------------------------------------------------------------------------------------------

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        """Read no more, and end when everything is sent."""
        if not self.closing:
            self.closing = True
            self.pause_reading()
            if not self.waiting:
                self.sockets.part(self, None)

    def abort(self, error: Exception | None = None) -> None:
        """End at once."""
        if not self.closing or self.waiting:
            self.closing = True
            self.waiting.clear()
            self.watch(0)
            self.sockets.part(self, error)

    def end(self, error: Exception | None) -> None:
        """Let go of the socket, and tell the connection."""
        self.watch(0)
        try:
            self.connection.connection_lost(error)
        finally:
            self.socket.close()
            del self.connection, self.receive, self.handle  # they hold each other

    def get_extra_info(self, name: str) -> Any:
        if name == "socket":
            return self.socket
        with suppress(OSError):
            if name == "peername":
                return self.socket.getpeername()
            if name == "sockname":
                return self.socket.getsockname()
        return None
