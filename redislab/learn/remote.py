"""A real Redis as the place of a lesson: named connections on one server that is emptied before every step.

Owns the care for a server that is not ours: one that holds data is refused, and settings,
scripts, functions and users that a step changed are put back. It judges nothing. The clock of a real server cannot be
moved, and nothing can be undone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from redislab.learn.connection import Connection, without_password
from redislab.learn.state import Reader, pairs_of, text_of
from redislab.learn.world import MAIN, NoServer, call_of
from redislab.resp.types import ReplyError

__all__ = ["RemoteServer", "RemoteWorld", "local_server"]

VOLATILE_CONFIG = frozenset({b"dir", b"logfile", b"pidfile", b"port", b"bind", b"unixsocket"})


class RemoteServer:
    """A server that may be emptied. Raises NoServer when it cannot be reached or holds data (`flush` allows that)."""

    def __init__(self, url: str, flush: bool = False) -> None:
        self.url = url
        self.control = Connection(url, MAIN)
        keyspace = text_of(self.control.call("INFO", "keyspace"))
        if "keys=" in keyspace and not flush:
            self.control.close()
            raise NoServer(
                f"{without_password(url)} holds data, and every step of a lesson begins with an empty server;"
                " use an empty one, or --flush if that data may go"
            )
        self.config = dict(pairs_of(self.control.call("CONFIG", "GET", "*")))
        self.world: RemoteWorld | None = None
        """The one world there can be at a time; making another ends it."""

    def make(self, seed: str, start_ms: int | None = None, protocol: int = 2) -> RemoteWorld:
        """An empty world; the data of the step before is gone."""
        if self.world is not None:
            self.world.close()
        self.reset()
        self.world = RemoteWorld(self, protocol)
        return self.world

    def reset(self) -> None:
        """Empty the server and put back what lessons change."""
        call = call_of(self.control)
        now = dict(pairs_of(call("CONFIG", "GET", "*")))
        for name, value in self.config.items():
            if now.get(name) != value and name not in VOLATILE_CONFIG:
                call("CONFIG", "SET", name, value)
        for words in (
            ("FLUSHALL",),
            ("SCRIPT", "FLUSH"),
            ("FUNCTION", "FLUSH"),
            ("CONFIG", "RESETSTAT"),
            ("SLOWLOG", "RESET"),
            ("LATENCY", "RESET"),
            ("CLIENT", "UNPAUSE"),
        ):
            call(*words)
        users = call("ACL", "USERS")
        for user in users if isinstance(users, list) else []:
            if user != b"default":
                call("ACL", "DELUSER", user)

    def close(self) -> None:
        """Leave the server empty and as it was."""
        if self.world is not None:
            self.world.close()
        with contextlib.suppress(NoServer):
            self.reset()
        self.control.close()


class RemoteWorld:
    """The clients of one step on a real server."""

    local = False

    def __init__(self, server: RemoteServer, protocol: int = 2) -> None:
        self.server = server
        self.clients: dict[str, Connection] = {}
        self._protocol = protocol
        # Connected now, before a step can set a password or limit the default user.
        self._reader = Connection(server.url, "reader")
        # Servers from 7.2 on can read without moving a key's idle time; older ones answer with an error.
        call_of(self._reader)("CLIENT", "NO-TOUCH", "ON")
        self.client(MAIN)

    def client(self, name: str = MAIN) -> Connection:
        if name not in self.clients or self.clients[name].closed:
            self.clients[name] = Connection(self.server.url, name, self._protocol if name == MAIN else 2)
        return self.clients[name]

    def reader(self) -> Reader:
        return call_of(self._reader)

    def watcher(self) -> Reader:
        return call_of(self.server.control)

    def client_ids(self) -> dict[str, int]:
        return {name: client.id for name, client in self.clients.items() if not client.closed}

    def arrived(self) -> Iterator[tuple[str, Any]]:
        for name, client in list(self.clients.items()):
            for reply in client.poll():
                yield name, reply

    @property
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def advance(self, seconds: float) -> None:
        raise NotImplementedError("a real server's clock cannot be moved")

    def tick(self) -> None:
        """A real server lets time pass by itself."""

    def pin(self, now_ms: int) -> None:
        """A real server knows only the present."""

    def close(self) -> None:
        for client in (*self.clients.values(), self._reader):
            client.close()


@contextlib.contextmanager
def local_server() -> Iterator[RemoteServer | None]:
    """A private redis-server of this machine on loopback, stopped at the end; None where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="redislab-") as folder:
        path = os.path.join(folder, "redis.sock")
        options = ["--port", "0", "--unixsocket", path, "--save", "", "--daemonize", "no", "--dir", folder]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            server = _when_ready(f"unix://{path}", process)
            yield server
            server.close()
        finally:
            process.terminate()
            process.wait(timeout=10)


def _when_ready(url: str, process: subprocess.Popen[bytes]) -> RemoteServer:
    deadline = time.monotonic() + 10
    while True:
        try:
            return RemoteServer(url)
        except (OSError, ReplyError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoServer(f"redis-server did not start: {error}") from error
            time.sleep(0.02)
