"""Who waits on which key, until when, and in which order they are served.

A blocking handler that finds nothing parks its session with the keys, a deadline and a function that tries one
key. When a key appears, those waiting on it are tried in the order in which they came; the first ones for whom
there is something get it. That happens within the step of the command (or EXEC) that made the key ready, and
goes on while serving makes further keys ready, as BLMOVE does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from redislab.engine.hearing import Heard
from redislab.engine.version import DEFAULT
from redislab.resp.types import Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["Blocking", "Wait"]


class Wait:
    """A parked session. `deadline` is in ms since 1970, 0 for none; `nothing` is the reply when it passes.

    `kind` is the type of value it waits for: list, zset or stream.
    """

    __slots__ = ("db", "deadline", "keys", "kind", "note", "nothing", "serve", "session", "since")

    def __init__(
        self,
        session: Session,
        keys: tuple[bytes, ...],
        deadline: int,
        serve: Callable[[bytes], Reply | None],
        nothing: Reply,
        kind: str,
        since: int,
    ) -> None:
        self.session, self.db, self.keys, self.kind = session, session.db, keys, kind
        self.deadline, self.since = deadline, since
        self.serve, self.nothing = serve, nothing
        self.note: tuple[Command, Sequence[bytes], int] | None = None
        """The call that waits and the ns it took before: set by who observes it, who is told of the end."""


class Blocking:
    """All waits of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.on_key: dict[tuple[int, bytes], dict[Wait, None]] = {}
        self.kinds: Counter[str] = Counter()
        """How many wait for each type of value."""
        self.ready: dict[tuple[int, bytes], None] = {}
        self.deadlines: list[tuple[int, int, Wait]] = []
        self.tickets = count()

    def park(
        self,
        session: Session,
        keys: Sequence[bytes],
        timeout_ms: int,
        serve: Callable[[bytes], Reply | None],
        nothing: Reply,
        kind: str,
    ) -> None:
        """Let a session wait; see `Session.block`."""
        now = self.engine.now
        wait = Wait(session, tuple(keys), now + timeout_ms if timeout_ms else 0, serve, nothing, kind, now)
        session.wait = wait
        session.refresh_guard()
        # The call that is going on is none of the common ones: whoever measures it looks at it.
        self.engine.alarm_ns = -1
        self.kinds[kind] += 1
        for key in wait.keys:
            self.on_key.setdefault((session.db.index, key), {})[wait] = None
        if wait.deadline:
            heappush(self.deadlines, (wait.deadline, next(self.tickets), wait))
        self.engine.refresh_alert()

    def forget(self, session: Session) -> None:
        """Stop waiting, without a reply."""
        wait = session.wait
        if wait is None:
            return
        session.wait = None
        session.refresh_guard()
        self.kinds[wait.kind] -= 1
        for key in wait.keys:
            name = (wait.db.index, key)
            waiting = self.on_key.get(name)
            if waiting is not None:
                waiting.pop(wait, None)
                if not waiting:
                    del self.on_key[name]
        self.engine.refresh_alert()

    def key_ready(self, index: int, key: bytes) -> None:
        """A key appeared (or, for streams, grew): whoever waits on it is to be tried after this command.

        A type that nobody waits for does not count: where several keys become ready, the first one is tried first.
        """
        if (index, key) in self.on_key:
            value = self.engine.databases[index].values.get(key)
            if value is not None and self.kinds[value.type]:
                self.ready[index, key] = None
                self.engine.unsettled = True

    def stream_left(self, index: int, key: bytes) -> None:
        """A stream went: whoever waits on it in a group is to be told after this command."""
        if (index, key) in self.on_key and self.kinds["stream"]:
            self.ready[index, key] = None
            self.engine.unsettled = True

    def serve_ready(self) -> None:
        """Try those who wait on the keys that became ready, until no key is."""
        if self.ready and self.engine.heard is not None:
            self.engine.heard.over = True
        while self.ready:
            ready, self.ready = self.ready, {}
            for name in ready:
                for wait in list(self.on_key.get(name, ())):
                    self._try(wait, name[1])

    def _try(self, wait: Wait, key: bytes) -> None:
        session = wait.session
        if session.wait is not wait:
            return
        engine = self.engine
        started = engine.read_clock() if wait.note else 0
        outer, heard = engine.heard, Heard(session) if session.hears() else None
        engine.heard = session.heard = heard
        engine.tracking.served = key if wait.kind == "list" else None
        try:
            reply = wait.serve(key)
            if engine.version > DEFAULT:
                reply = engine.written(reply)
        except ReplyError as error:
            reply = error
            engine.fresh = None
        finally:
            engine.heard, session.heard = outer, None
            engine.tracking.served = None
        if engine.propagation is not None:
            engine.propagation.note(wait.db.index, ())
            engine.propagation.flush()
        if reply is not None:
            if heard is not None and (heard.messages or heard.late):
                self.forget(session)
                for each in heard.arranged(session.last_command, (), reply):
                    session.deliver(each)
                heard.tell_late()
            else:
                self.unblock(session, reply)
            if wait.note and engine.observers is not None:
                engine.observers.unblocked(wait, engine.read_clock() - started, reply)

    def unblock(self, session: Session, reply: Reply) -> None:
        """End a wait with this reply."""
        self.forget(session)
        session.deliver(reply)

    def expire(self, now: int) -> None:
        """Answer those whose time is over, in the order of their deadlines."""
        deadlines = self.deadlines
        while deadlines and deadlines[0][0] <= now:
            wait = heappop(deadlines)[2]
            if wait.session.wait is wait:
                self.unblock(wait.session, wait.nothing)
                if wait.note and self.engine.observers is not None:
                    self.engine.observers.timed_out(wait)

    def next_deadline(self) -> int | None:
        """The nearest deadline in ms since 1970, or None."""
        deadlines = self.deadlines
        while deadlines:
            when, _, wait = deadlines[0]
            if wait.session.wait is wait:
                return when
            heappop(deadlines)
        return None
