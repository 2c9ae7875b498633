"""The place in which one step is done: an engine of its own with named clients, or a real server.

Owns clients by name, the clock of a lesson, and reading the state without disturbing it. It knows no step and judges
nothing. `remote.py` has the same world on a socket.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

from redislab.learn.state import Reader
from redislab.resp.types import ReplyError

__all__ = ["MAIN", "Client", "LessonClock", "LocalWorld", "NoServer", "World", "call_of"]

MAIN = "main"
"""The learner's own client."""


class NoServer(ConnectionError):
    """No Redis answers there, or it must not be used; `str` says why and what to do."""


class Client(Protocol):
    """One connection."""

    protocol: int

    def call(self, *words: Any) -> Any:
        """The reply; raises ReplyError. BLOCKED when the client now waits."""

    @property
    def blocked(self) -> bool: ...

    def cancel(self) -> Any: ...


class World(Protocol):
    """Clients by name on one server."""

    local: bool
    clients: dict[str, Any]

    def client(self, name: str = MAIN) -> Any:
        """The client of that name, connected on first use."""

    def reader(self) -> Reader:
        """A way to read the state as it is now that leaves no trace the learner could see."""

    def watcher(self) -> Reader:
        """Calls commands on a client of our own on the same server, for CLIENT LIST and CONFIG GET."""

    def client_ids(self) -> dict[str, int]:
        """The number by which CLIENT LIST knows each named client."""

    def arrived(self) -> Iterator[tuple[str, Any]]:
        """Replies and messages that came meanwhile: (client's name, reply)."""

    def advance(self, seconds: float) -> None: ...

    def tick(self) -> None: ...

    def pin(self, now_ms: int) -> None: ...

    @property
    def now_ms(self) -> int: ...

    def close(self) -> None: ...


class LessonClock:
    """Runs on from a given instant, and can be pinned to one: what was done can be done again at the same instants.

    `now_ns` stands still between two calls of `tick`, so everything that belongs to one command has one time.
    """

    def __init__(self, start_ms: int | None = None) -> None:
        self._now_ns = time.time_ns() if start_ms is None else start_ms * 1_000_000
        self._seen = time.monotonic_ns()

    def now_ns(self) -> int:
        return self._now_ns

    @property
    def now_ms(self) -> int:
        return self._now_ns // 1_000_000

    def tick(self) -> None:
        """Let the time since the last tick pass."""
        seen = time.monotonic_ns()
        self._now_ns += max(seen - self._seen, 0)
        self._seen = seen

    def pin(self, now_ms: int) -> None:
        """Show this instant, and go on from it at the next tick."""
        self._now_ns = max(now_ms * 1_000_000, self._now_ns)
        self._seen = time.monotonic_ns()


class LocalWorld:
    """A fresh engine. `seed` makes random choices repeat; `start_ms` (unix time) and the clock's pins repeat times."""

    local = True

    def __init__(self, seed: str, start_ms: int | None = None, protocol: int = 2) -> None:
        from redislab.lab import Lab

        self.clock = LessonClock(start_ms)
        self.start_ms = self.clock.now_ms
        self.lab = Lab(clock=self.clock, seed=zlib.crc32(seed.encode()), record=True)
        self.clients: dict[str, Any] = {}
        self._protocol = protocol
        self.client(MAIN)

    def client(self, name: str = MAIN) -> Any:
        if name in self.clients and self.clients[name].closing:
            self.clients[name].close()
        if name not in self.clients or self.clients[name].closed:
            protocol = self._protocol if name == MAIN else 2
            # The learner's own client begins without a name, as every connection does.
            self.clients[name] = self.lab.session("" if name == MAIN else name, protocol=protocol)
        return self.clients[name]

    def fork(self) -> LocalWorld:
        """An independent copy of the data, with clients of its own."""
        copy = object.__new__(LocalWorld)
        copy.clock, copy.start_ms, copy._protocol = self.clock, self.start_ms, self._protocol
        copy.lab, copy.clients = self.lab.fork(), {}
        copy.client(MAIN).call("SELECT", self.client(MAIN).db_index)
        return copy

    def reader(self) -> Reader:
        return call_of(_checker(self.lab.fork()))

    def watcher(self) -> Reader:
        def call(*words: Any) -> Any:
            client = _checker(self.lab)
            reply = call_of(client)(*words)
            client.close()
            return reply

        return call

    def client_ids(self) -> dict[str, int]:
        return {name: client.id for name, client in self.clients.items()}

    def arrived(self) -> Iterator[tuple[str, Any]]:
        for name, client in list(self.clients.items()):
            while client.outbox:
                yield name, client.outbox.popleft()

    def advance(self, seconds: float) -> None:
        self.lab.advance(seconds)

    def tick(self) -> None:
        """Let real time pass: deadlines and expiry."""
        self.clock.tick()
        self.lab.tick()

    def pin(self, now_ms: int) -> None:
        """Let time pass up to an instant of the past that is lived through again."""
        self.clock.pin(now_ms)
        self.lab.tick()

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


def _checker(lab: Any) -> Any:
    """A session that looks; a password set in a lesson does not keep it out."""
    session = lab.session("checker")
    session.authenticated = True
    return session


def call_of(client: Any) -> Reader:
    """The client's call, with an error reply returned instead of raised."""

    def call(*words: Any) -> Any:
        try:
            return client.call(*words)
        except ReplyError as error:
            return error

    return call
