"""A real Redis as the place of a lesson: named connections on one server that is emptied before every step.

Owns the small socket client and the care for a server that is not ours: one that holds data is refused, and settings,
scripts, functions and users that a step changed are put back. It judges nothing. The clock of a real server cannot be
moved, and nothing can be undone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from redislab.learn.state import Reader, pairs_of, text_of
from redislab.learn.world import MAIN, call_of
from redislab.resp.replies import ReplyReader
from redislab.resp.types import BLOCKED, NO_REPLY, Push, ReplyError

__all__ = ["Connection", "NoServer", "RemoteServer", "RemoteWorld", "local_server"]

REPLY_WAIT_S = 10.0
BLOCKING_WAIT_S = 0.15
"""A blocking command that has not answered after this time is taken to wait."""
BLOCKING = frozenset(b"BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT".split())
SUBSCRIBING = frozenset(b"SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE".split())
VOLATILE_CONFIG = frozenset({b"dir", b"logfile", b"pidfile", b"port", b"bind", b"unixsocket"})


class NoServer(ConnectionError):
    """No Redis answers there, or it must not be used; `str` says why and what to do."""


class Connection:
    """One client on a socket; calls wait for the reply, except that a blocking command gives BLOCKED."""

    def __init__(self, url: str, name: str, protocol: int = 2) -> None:
        self.socket = _connect(url)
        self.reader = ReplyReader()
        self.outbox: deque[Any] = deque()
        self.waiting = False
        self.protocol = 2
        self.closed = False
        _greet(self, url)
        if protocol == 3:
            self.call("HELLO", 3)
        if name != MAIN:
            self.call("CLIENT", "SETNAME", name)
        self.id = self.call("CLIENT", "ID")
        self.db_index = 0

    @property
    def blocked(self) -> bool:
        self._receive(0)
        return self.waiting

    def cancel(self) -> bool:
        """Give up a blocked command by hanging up; the connection is closed then."""
        waited = self.blocked
        if waited:
            self.close()
        return waited

    def call(self, *words: Any) -> Any:
        """Send one command. Raises ReplyError, or NoServer when the connection is gone."""
        argv = [word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogateescape") for word in words]
        payload = b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv)
        try:
            self.socket.sendall(payload)
        except OSError as error:
            raise NoServer(f"the server hung up: {error}") from error
        name = argv[0].upper()
        may_block = name in BLOCKING or (
            name in (b"XREAD", b"XREADGROUP") and b"BLOCK" in [word.upper() for word in argv]
        )
        reply = self._reply(BLOCKING_WAIT_S if may_block else REPLY_WAIT_S, name in SUBSCRIBING)
        if reply is BLOCKED and not may_block:
            raise NoServer(f"no reply within {REPLY_WAIT_S:g} s")
        if name == b"HELLO" and len(argv) > 1 and not isinstance(reply, ReplyError):
            self.protocol = int(argv[1])
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def close(self) -> None:
        self.closed = True
        self.waiting = False
        self.socket.close()

    def poll(self) -> Iterator[Any]:
        """What has come without being asked for."""
        if not self.closed:
            self._receive(0)
        while self.outbox:
            yield self.outbox.popleft()

    def _reply(self, wait_s: float, subscribing: bool) -> Any:
        deadline = time.monotonic() + wait_s
        self.waiting = True
        while True:
            while self.outbox:
                replies = self.outbox if subscribing else (r for r in self.outbox if not isinstance(r, Push))
                reply = next(iter(replies), NO_REPLY)
                if reply is NO_REPLY:
                    break
                self.outbox.remove(reply)
                self.waiting = False
                return reply
            left = deadline - time.monotonic()
            if left <= 0:
                return BLOCKED
            self._receive(left, keep_waiting=True)

    def _receive(self, wait_s: float, keep_waiting: bool = False) -> None:
        """Take in what there is, waiting at most so long for the first byte."""
        self.socket.settimeout(max(wait_s, 0.0))
        try:
            data = self.socket.recv(1 << 16)
            if not data:
                raise NoServer("the server closed the connection")
            self.reader.feed(data)
        except (TimeoutError, BlockingIOError):
            pass
        finally:
            self.socket.settimeout(REPLY_WAIT_S)
        while (reply := self.reader.next()) is not NO_REPLY:
            self.outbox.append(reply)
            if self.waiting and not keep_waiting and not isinstance(reply, Push):
                self.waiting = False


class RemoteServer:
    """A server that may be emptied. Raises NoServer when it cannot be reached or holds data (`flush` allows that)."""

    def __init__(self, url: str, flush: bool = False) -> None:
        self.url = url
        self.control = Connection(url, MAIN)
        keyspace = text_of(self.control.call("INFO", "keyspace"))
        if "keys=" in keyspace and not flush:
            self.control.close()
            raise NoServer(
                f"{_without_password(url)} holds data, and every step of a lesson begins with an empty server;"
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
        self._reader: Connection | None = None
        self.client(MAIN)

    def client(self, name: str = MAIN) -> Connection:
        if name not in self.clients or self.clients[name].closed:
            self.clients[name] = Connection(self.server.url, name, self._protocol if name == MAIN else 2)
        return self.clients[name]

    def reader(self) -> Reader:
        if self._reader is None:
            self._reader = Connection(self.server.url, "reader")
            # Servers from 7.2 on can read without moving a key's idle time; older ones answer with an error.
            call_of(self._reader)("CLIENT", "NO-TOUCH", "ON")
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
        for client in (*self.clients.values(), *([self._reader] if self._reader else [])):
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


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    try:
        if parts.scheme in ("unix", "redis+unix"):
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(REPLY_WAIT_S)
            link.connect(parts.path)
            return link
        if parts.scheme not in ("redis", "rediss"):
            raise NoServer(
                f"`{_without_password(url)}` is no address of a Redis; write redis://HOST:PORT, rediss:// or unix://PATH"
            )
        link = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=REPLY_WAIT_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _over_tls(link, parts.hostname or "") if parts.scheme == "rediss" else link
    except NoServer:
        raise
    except (OSError, ValueError) as error:
        raise NoServer(f"cannot connect to {_without_password(url)}: {error}") from error


def _over_tls(link: socket.socket, host: str) -> socket.socket:
    import ssl

    return ssl.create_default_context().wrap_socket(link, server_hostname=host)


def _greet(connection: Connection, url: str) -> None:
    parts = urlsplit(url)
    if parts.password:
        words = [unquote(parts.username)] if parts.username else []
        try:
            connection.call("AUTH", *words, unquote(parts.password))
        except ReplyError as error:
            raise NoServer(f"{_without_password(url)} refuses the password: {error}") from error
    try:
        connection.call("PING")
    except ReplyError as error:
        raise NoServer(f"{_without_password(url)}: {error}") from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
