"""The sockets on which a server listens: opened at the start, and anew when CONFIG SET changes a port or an address.

The sockets are our own, not asyncio's, so that a setting takes effect at once, within the command that changes it, and
so that new clients can be let in while a script holds the loop.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from errno import EADDRNOTAVAIL, EAFNOSUPPORT, ENOPROTOOPT, EPFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT
from typing import TYPE_CHECKING, Any, NamedTuple

from redislab.engine.config import ConfigError

if TYPE_CHECKING:
    from ssl import SSLContext

    from redislab.server.server import Server

__all__ = ["CannotListen", "Door", "Listening", "keep_alive"]

ACCEPTED_AT_ONCE = 100
"""Clients let in before others have their turn."""
LONGEST_PATH = 108
"""Bytes that the system has for the path of a Unix socket and its end."""
REST_SECONDS = 0.1
"""How long nobody is let in after that failed, as it does when no more files may be opened."""
PASSED_OVER = frozenset((ENOPROTOOPT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPFNOSUPPORT, EAFNOSUPPORT))
"""Errors of a machine that lacks a protocol: the other addresses will do."""
NOT_ON_THIS_PORT = "Unable to listen on this port. Check server logs."
TLS_REFUSED = "Unable to update TLS configuration. Check server logs."
TLS_FILES_AND_RULES = (
    "tls-auth-clients", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file", "tls-ciphers", "tls-ciphersuites",
    "tls-dh-params-file", "tls-key-file", "tls-key-file-pass", "tls-prefer-server-ciphers", "tls-protocols",
    "tls-session-cache-size", "tls-session-cache-timeout", "tls-session-caching",
)  # fmt: skip


class CannotListen(Exception):
    """A listener could not be opened. What went wrong is in the log; the text is what is said after that."""


class Door(NamedTuple):
    """A socket that listens. `kind` is tcp, tls or unix."""

    kind: str
    socket: socket.socket


class Listening:
    """The listeners of one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.doors: list[Door] = []
        self.is_open = False
        """Clients are let in; before, they wait in the system's queue."""
        self.context: SSLContext | None = None

    # -- the start and the end -------------------------------------------------------------------------------

    def open_all(self) -> None:
        """Listen as the settings say. Raises CannotListen."""
        server = self.server
        if server.setting("tls-port"):
            self.configure_tls("Failed to configure TLS. Check logs for more info.")
        self.open_ports("port", "TCP")
        self.open_ports("tls-port", "TLS")
        self.open_unix()
        if not self.doors:
            raise CannotListen("Configured to not listen anywhere, exiting.")
        os.register_at_fork(after_in_child=self.leave_to_others)
        config = server.engine.config
        config.on_change("port", lambda _: self.reopen("port"))
        config.on_change("tls-port", lambda _: self.tls_port_changed())
        config.on_change("bind", lambda _: self.addresses_changed())
        for name in TLS_FILES_AND_RULES:
            config.on_change(name, lambda _: self.tls_changed())

    def let_in(self) -> None:
        """Begin to accept clients."""
        self.is_open = True
        for door in self.doors:
            self.server.loop.add_reader(door.socket, self.welcome, door)

    def leave_to_others(self) -> None:
        """In a copy of the process: whoever comes does not come here."""
        for door in self.doors:
            with suppress(OSError):
                os.close(door.socket.fileno())

    def close_all(self) -> None:
        self.close(*self.doors)

    # -- opening and closing ---------------------------------------------------------------------------------

    def open_ports(self, parameter: str, name: str) -> None:
        try:
            self.open(parameter)
        except OSError:
            port = self.server.setting(parameter)
            raise CannotListen(f"Failed listening on port {port} ({name}), aborting.") from None

    def open(self, parameter: str) -> None:
        """Listen on the port that a parameter names, on all addresses. Raises OSError, and is open nowhere then."""
        port = self.server.setting(parameter)
        kind = "tcp" if parameter == "port" else "tls"
        opened: list[Door] = []
        for address in self.server.setting("bind") if port else ():
            try:
                opened.append(Door(kind, listener(address.removeprefix("-"), port, self.server.setting("tcp-backlog"))))
            except OSError as error:
                shown = address.removeprefix("-")
                self.server.log(
                    "warning",
                    f"Warning: Could not create server TCP listening socket {shown}:{port}: {error.strerror}",
                )
                optional = address.startswith("-") and error.errno == EADDRNOTAVAIL
                if not optional and error.errno not in PASSED_OVER:
                    self.close(*opened)
                    raise
        self.doors += opened
        if self.is_open:
            for door in opened:
                self.server.loop.add_reader(door.socket, self.welcome, door)

    def open_unix(self) -> None:
        path = self.server.setting("unixsocket")
        if not path:
            return
        with suppress(OSError):
            os.unlink(path)
        made = socket.socket(socket.AF_UNIX)
        try:
            made.bind(path)
            made.listen(self.server.setting("tcp-backlog"))
            if self.server.setting("unixsocketperm"):
                os.chmod(path, self.server.setting("unixsocketperm"))
        except OSError as error:
            made.close()
            size = len(os.fsencode(path))
            if size >= LONGEST_PATH:
                reason = f"unix socket path too long ({size}), must be under {LONGEST_PATH}"
            else:
                reason = f"bind: {error.strerror or error}"
            raise CannotListen(f"Failed opening Unix socket: {reason}") from None
        made.setblocking(False)
        self.doors.append(Door("unix", made))

    def close(self, *doors: Door) -> None:
        for door in doors:
            if self.is_open:
                self.server.loop.remove_reader(door.socket)
            door.socket.close()
        self.doors = [door for door in self.doors if door not in doors]

    def of(self, kind: str) -> list[Door]:
        return [door for door in self.doors if door.kind == kind]

    # -- CONFIG SET ------------------------------------------------------------------------------------------

    def reopen(self, parameter: str) -> None:
        """A port has changed. Raises ConfigError."""
        self.close(*self.of("tcp" if parameter == "port" else "tls"))
        try:
            self.open(parameter)
        except OSError:
            raise ConfigError(NOT_ON_THIS_PORT) from None

    def addresses_changed(self) -> None:
        try:
            self.reopen("port")
            self.reopen("tls-port")
        except ConfigError:
            self.server.log("warning", "Failed to bind")
            raise ConfigError("Failed to bind to specified addresses.") from None

    def tls_port_changed(self) -> None:
        if self.context is None and self.server.setting("tls-port"):
            self.tls_changed()
        self.reopen("tls-port")

    def tls_changed(self) -> None:
        """Take over certificates and rules, for clients that come from now on. Raises ConfigError."""
        if self.server.setting("tls-port"):
            try:
                self.configure_tls(TLS_REFUSED)
            except CannotListen as error:
                raise ConfigError(str(error)) from None

    def configure_tls(self, refusal: str) -> None:
        from redislab.server.tls import TlsError, server_context

        try:
            self.context = server_context(self.server.setting)
        except TlsError as error:
            self.server.log("warning", str(error))
            raise CannotListen(refusal) from None
        self.server.speak_tls()

    # -- who comes -------------------------------------------------------------------------------------------

    def welcome(self, door: Door) -> None:
        """Let in who waits at a door."""
        for _ in range(ACCEPTED_AT_ONCE):
            connected = self.accept(door)
            if connected is None:
                return
            self.server.receive(connected, door.kind)

    def accept(self, door: Door) -> socket.socket | None:
        """The next one who waits at a door."""
        try:
            connected, _ = door.socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None
        except OSError as error:
            self.server.log("warning", f"Accepting client connection: accept: {error.strerror}")
            self.server.loop.remove_reader(door.socket)
            self.server.loop.call_later(REST_SECONDS, self.go_on, door)
            return None
        connected.setblocking(False)
        if door.kind != "unix":
            keep_alive(connected, self.server.setting("tcp-keepalive"))
        return connected

    def go_on(self, door: Door) -> None:
        if door in self.doors:
            self.server.loop.add_reader(door.socket, self.welcome, door)


def listener(address: str, port: int, backlog: int) -> socket.socket:
    """A socket that listens on an address, `*` and `::*` meaning all. Raises OSError, its reason as Redis words it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    host = None if address in ("*", "::*") else address
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise OSError(0, error.strerror) from None
    made = socket.socket(family)
    step = "bind"
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(found[0][4])
        step = "listen"
        made.listen(backlog)
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"{step}: {error.strerror}") from None
    made.setblocking(False)
    return made


def keep_alive(connected: socket.socket, seconds: int) -> None:
    """Have the system look after a silent link: three signs of life, a third of `seconds` apart; 0: none."""
    if not seconds:
        return
    options: tuple[tuple[str, Any], ...] = (
        ("TCP_KEEPIDLE", seconds), ("TCP_KEEPINTVL", max(1, seconds // 3)), ("TCP_KEEPCNT", 3),
    )  # fmt: skip
    with suppress(OSError):
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options:
            if hasattr(socket, name):
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
