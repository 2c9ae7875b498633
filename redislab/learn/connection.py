"""A client of a real Redis on a plain socket: typed replies, blocking commands that may be left waiting.

Owns the connection and the meaning of its address (redis://, rediss://, unix://). It knows nothing of lessons.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from redislab.learn.world import MAIN, NoServer
from redislab.resp.replies import ReplyReader
from redislab.resp.types import BLOCKED, NO_REPLY, Push, ReplyError

__all__ = ["Connection", "without_password"]

REPLY_WAIT_S = 10.0
BLOCKING_WAIT_S = 0.15
"""A blocking command that has not answered after this time is taken to wait."""
BLOCKING = frozenset(b"BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT".split())
SUBSCRIBING = frozenset(b"SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE".split())


class Connection:
    """One client on a socket; calls wait for the reply, except that a blocking command gives BLOCKED."""

    def __init__(self, url: str, name: str, protocol: int = 2) -> None:
        self.socket = _connect(url)
        self.reader = ReplyReader()
        self.outbox: deque[Any] = deque()
        self.waiting = False
        self.protocol = 2
        self.closed = False
        self.muted = self.skips = False
        """As CLIENT REPLY OFF and SKIP have it."""
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
        if self._is_silent([word.upper() for word in argv]):
            return NO_REPLY
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

    def _is_silent(self, words: list[bytes]) -> bool:
        """Will no reply come, because of CLIENT REPLY?"""
        if words[:2] == [b"CLIENT", b"REPLY"] and len(words) == 3 and words[2] in (b"ON", b"OFF", b"SKIP"):
            self.muted = words[2] == b"OFF" or (self.muted and words[2] == b"SKIP")
            self.skips = words[2] == b"SKIP"
            return words[2] != b"ON"
        skipped, self.skips = self.skips, False
        return self.muted or skipped

    def close(self) -> None:
        self.closed = True
        self.waiting = False
        self.socket.close()

    def poll(self) -> Iterator[Any]:
        """What has come without being asked for. A server that hung up (QUIT, CLIENT KILL) closes the connection."""
        if not self.closed:
            try:
                self._receive(0)
            except NoServer:
                self.close()
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
        except ConnectionError as problem:
            raise NoServer("the server closed the connection") from problem
        finally:
            self.socket.settimeout(REPLY_WAIT_S)
        while (reply := self.reader.next()) is not NO_REPLY:
            self.outbox.append(reply)
            if self.waiting and not keep_waiting and not isinstance(reply, Push):
                self.waiting = False


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
                f"`{without_password(url)}` is no address of a Redis; write redis://HOST:PORT, rediss:// or unix://PATH"
            )
        link = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=REPLY_WAIT_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _over_tls(link, parts.hostname or "") if parts.scheme == "rediss" else link
    except NoServer:
        raise
    except (OSError, ValueError) as error:
        raise NoServer(f"cannot connect to {without_password(url)}: {error}") from error


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
            raise NoServer(f"{without_password(url)} refuses the password: {error}") from error
    try:
        connection.call("PING")
    except ReplyError as error:
        raise NoServer(f"{without_password(url)}: {error}") from error


def without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
