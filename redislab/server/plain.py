"""Plain sockets, TCP and unix, without asyncio between them and their connections.

Asyncio makes a handle of every event and runs it in a context: of a short command that is a quarter. So the sockets
without TLS are watched by an epoll of their own. Asyncio sees this as one file that is readable when any of them is;
what is ready then is served in one go. To a connection `DirectTransport` has the face of asyncio's transports. Over
TLS, and where the system has no epoll, there are asyncio's own.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redislab.server.connection import Connection

__all__ = ["DirectTransport", "PlainSockets"]

READ_SIZE = 1 << 16
"""Bytes that are read from a socket at once."""
READ, WRITE = (select.EPOLLIN, select.EPOLLOUT) if hasattr(select, "epoll") else (0, 0)


class PlainSockets:
    """The sockets that are watched. `failed` is told of an exception that a connection lets through."""

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[Exception], object]) -> None:
        self.loop = loop
        self.failed = failed
        self.epoll = select.epoll()
        self.transports: dict[int, DirectTransport] = {}
        loop.add_reader(self.epoll.fileno(), self.attend)

    @staticmethod
    def are_possible() -> bool:
        """Whether the system has what this needs."""
        return hasattr(select, "epoll")

    def attend(self) -> None:
        """Serve every socket that is ready, once."""
        for number, events in self.epoll.poll(0):
            transport = self.transports.get(number)
            if transport is None:  # it went while others were served
                continue
            try:
                if events & ~READ:
                    transport.push()
                if events & ~WRITE and transport.watched & READ:
                    transport.read()
            except Exception as error:
                self.failed(error)
                transport.abort()

    def take(self, connected: socket.socket, connection: Connection) -> None:
        """Look after a connection's socket from now on."""
        connection.connection_made(DirectTransport(self, connected, connection))


class DirectTransport:
    """A socket, and what it has not taken yet."""

    def __init__(self, sockets: PlainSockets, connected: socket.socket, connection: Connection) -> None:
        self.sockets = sockets
        self.socket = connected
        self.number = connected.fileno()
        self.connection = connection
        self.waiting = bytearray()
        self.closing = False
        self.watched = 0
        """What epoll looks for."""
        self.receive = connected.recv
        if connected.family != getattr(socket, "AF_UNIX", None):
            with suppress(OSError):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets.transports[self.number] = self
        self.watch(READ)

    def watch(self, events: int) -> None:
        """Look for these events from now on; without any the socket is let go, since epoll would tell of its end."""
        before, self.watched = self.watched, events
        epoll = self.sockets.epoll
        if not events and before:
            epoll.unregister(self.number)
        elif before and events != before:
            epoll.modify(self.number, events)
        elif events and not before:
            epoll.register(self.number, events)

    # -- reading ---------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Hand on what has come."""
        try:
            data = self.receive(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.abort(error)
            return
        if data:
            self.connection.data_received(data)
        else:
            self.connection.eof_received()
            self.close()

    def is_reading(self) -> bool:
        return bool(self.watched & READ)

    def pause_reading(self) -> None:
        if self.watched & READ:
            self.watch(self.watched & ~READ)

    def resume_reading(self) -> None:
        if not self.closing:
            self.watch(self.watched | READ)

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
                self.watch(self.watched | WRITE)
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
        if self.waiting or not self.watched & WRITE:
            return
        self.watch(self.watched & ~WRITE)
        if self.closing:
            self.sockets.loop.call_soon(self.end, None)
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
                self.sockets.loop.call_soon(self.end, None)

    def abort(self, error: Exception | None = None) -> None:
        """End at once."""
        if not self.closing or self.waiting:
            self.closing = True
            self.waiting.clear()
            self.watch(0)
            self.sockets.loop.call_soon(self.end, error)

    def end(self, error: Exception | None) -> None:
        """Let go of the socket, and tell the connection."""
        if self.number < 0:
            return
        self.watch(0)
        del self.sockets.transports[self.number]
        self.number = -1
        try:
            self.connection.connection_lost(error)
        finally:
            self.socket.close()

    def get_extra_info(self, name: str) -> Any:
        if name == "socket":
            return self.socket
        with suppress(OSError):
            if name == "peername":
                return self.socket.getpeername()
            if name == "sockname":
                return self.socket.getsockname()
        return None
