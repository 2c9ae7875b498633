"""Bare sockets for tests of what goes over the wire: exact bytes, and when the connection is closed."""

from __future__ import annotations

import socket
import time
from pathlib import Path

__all__ = ["Wire"]

PATIENCE_S = 60.0


class Wire:
    """A connection. `address` is host and port, or the path of a Unix socket."""

    def __init__(self, address: tuple[str, int] | int | str | Path, *, receive_buffer: int = 0) -> None:
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_S)
        try:
            self.socket.connect(address if isinstance(address, tuple) else str(address))
        except OSError:
            self.socket.close()
            raise
        self.closed = False

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *problem: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send, also to one who has hung up."""
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True

    def line(self, data: bytes = b"") -> bytes:
        """Send an inline command and wait for the first line of the answer, without its end."""
        if data:
            self.socket.sendall(data + b"\r\n")
        found = b""
        while not found.endswith(b"\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                self.closed = True
                break
            found += byte
        return found.removesuffix(b"\r\n")

    def bytes(self, size: int) -> bytes:
        """So many bytes, or fewer if the connection is closed before."""
        found = bytearray()
        while len(found) < size:
            piece = self.socket.recv(min(1 << 16, size - len(found)))
            if not piece:
                self.closed = True
                break
            found += piece
        return bytes(found)

    def rest(self, seconds: float = PATIENCE_S) -> bytes:
        """All that comes until the connection is closed. Raises TimeoutError if it stays open so long."""
        found = bytearray()
        deadline = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionResetError:
                piece = b""
            if not piece:
                self.closed = True
                return bytes(found)
            found += piece

    def until_quiet(self, seconds: float = 0.3) -> tuple[bytes, bool]:
        """What comes until nothing more does, and whether the connection was closed."""
        found = bytearray()
        self.socket.settimeout(seconds)
        try:
            while piece := self.socket.recv(1 << 16):
                found += piece
        except TimeoutError:
            return bytes(found), False
        except ConnectionResetError:
            pass
        finally:
            self.socket.settimeout(PATIENCE_S)
        self.closed = True
        return bytes(found), True
