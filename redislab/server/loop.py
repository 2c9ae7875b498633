"""The loop of a server: serves the sockets that are ready and calls what is due, until it is told to stop.

Owns the callbacks that wait for their turn or their time. Its methods are those of asyncio's loops that a server calls,
under the same names and with the same meaning, so that a server runs on either. Asyncio takes as long to import as all
else that a start needs; what it alone can do is TLS. A server that begins to speak TLS has this loop `give_way`.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from selectors import EVENT_READ, BaseSelector
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["Loop", "Timer"]


class Timer:
    """A callback and its time, in the seconds of the monotonic clock."""

    __slots__ = ("args", "callback", "due")

    def __init__(self, due: float, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.due = due
        self.callback: Callable[..., Any] | None = callback
        self.args = args

    def __lt__(self, other: Timer) -> bool:
        return self.due < other.due

    def when(self) -> float:
        return self.due

    def cancel(self) -> None:
        """Do not call it any more."""
        self.callback, self.args = None, ()

    def run(self) -> None:
        """Its time has come."""
        if self.callback is not None:
            self.callback(*self.args)


class Loop:
    """A loop that asks one selector. `fail` is told of what a callback raises; then the loop goes on."""

    def __init__(self, selector: BaseSelector, fail: Callable[[Exception], Any]) -> None:
        self.selector = selector
        self.fail = fail
        self.ready: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self.timers: list[Timer] = []
        self.stopping = False
        self.heir: AbstractEventLoop | None = None
        """The loop that has taken over everything."""
        # Handlers of signals write to one end, which wakes the selector that looks at the other.
        self.bell, self.button = socket.socketpair()
        for end in (self.bell, self.button):
            end.setblocking(False)
        self.add_reader(self.bell, self.silence)

    # -- what is to be called ----------------------------------------------------------------------------------

    def time(self) -> float:
        """Seconds of the clock that timers go by."""
        return monotonic()

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call in the next round, in the order of these calls."""
        self.ready.append((callback, args))

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any) -> None:
        """The same from a handler of signals: the round begins at once."""
        if self.heir is not None:
            self.heir.call_soon_threadsafe(callback, *args)
            return
        self.ready.append((callback, args))
        with suppress(OSError):  # It is full: then the bell is ringing already.
            self.button.send(b"\0")

    def call_later(self, seconds: float, callback: Callable[..., Any], *args: Any) -> Timer:
        """Call when so many seconds have passed."""
        timer = Timer(monotonic() + seconds, callback, args)
        heappush(self.timers, timer)
        return timer

    def add_reader(self, watched: socket.socket, callback: Callable[..., Any], *args: Any) -> None:
        """Call in each round in which a socket has something to be read."""
        self.selector.register(watched, EVENT_READ, (callback, args))

    def remove_reader(self, watched: socket.socket) -> None:
        """Look at a socket no more, if it was looked at."""
        with suppress(KeyError, ValueError):
            self.selector.unregister(watched)

    def silence(self) -> None:
        """Read what handlers of signals wrote."""
        with suppress(OSError):
            self.bell.recv(4096)

    # -- rounds --------------------------------------------------------------------------------------------------

    def run_forever(self) -> None:
        """Run until `stop`, or until another loop has taken over."""
        while True:
            self.run_round()
            if self.stopping:
                break
        self.stopping = False

    def stop(self) -> None:
        """End with the present round; called before `run_forever`, with the first one."""
        self.stopping = True

    def run_round(self) -> None:
        """Wait for sockets and timers, then call what was ready before any of that is called."""
        ready, timers = self.ready, self.timers
        timeout = None if not timers else max(0.0, timers[0].due - monotonic())
        found = self.selector.select(0 if ready or self.stopping else timeout)
        if self.heir is not None:
            return  # It will find the same.
        for key, _ in found:
            ready.append(key.data)
        now = monotonic()
        while timers and timers[0].due <= now:
            ready.append((heappop(timers).run, ()))
        for _ in range(len(ready)):
            if not ready:
                return  # All of it was handed on.
            callback, args = ready.popleft()
            try:
                callback(*args)
            except Exception as error:
                self.fail(error)

    # -- the end -------------------------------------------------------------------------------------------------

    def give_way(self, make_heir: Callable[[], AbstractEventLoop]) -> AbstractEventLoop:
        """Hand everything on to a loop that asks the same selector; it is to be run when this one returns."""
        self.close()
        readers = [key for key in self.selector.get_map().values() if key.data.__class__ is tuple]
        for key in readers:
            self.selector.unregister(key.fileobj)
        heir = self.heir = make_heir()
        for key in readers:
            callback, args = key.data
            heir.add_reader(key.fileobj, callback, *args)
        while self.ready:
            callback, args = self.ready.popleft()
            heir.call_soon(callback, *args)
        for timer in self.timers:
            heir.call_at(timer.due, timer.run)
        self.timers.clear()
        if self.stopping:
            heir.stop()
        self.stopping = True
        return heir

    def close(self) -> None:
        """Let go of the sockets of its own."""
        self.remove_reader(self.bell)
        self.bell.close()
        self.button.close()
