"""Turns: how those who sent many requests at once share the time, so that others need not wait for all of them.

Who has requests left when its time is over stands in a queue. In each round of the loop those in front go on, for a few
milliseconds all together; then whoever has sent something new is heard, before the next round. So a single PING waits
for one round at most, however many send pipelines, and who sends pipelines alone is hardly held up.

While a script holds the loop there are no turns: what is executed then are refusals.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.server.connection import Connection
    from redislab.server.server import Server

__all__ = ["Turns"]

ROUND_SECONDS = 0.004
"""How long those who wait for a turn may execute before others are heard; also the turn of one who is alone."""
TURN_SECONDS = 0.001
"""The turn of one among several."""


class Turns:
    """The queue of one server, and the end of the present turn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.waiting: dict[Connection, None] = {}
        self.due = False
        """A round is to come."""
        self.round_end = 0.0
        """Until when those execute whose requests have just come; 0 if there were none since the last round."""
        self.end = 0.0
        """Until when the present turn lasts."""

    def may_begin(self) -> bool:
        """Whether requests that have just come may be executed at once; else their connection has to wait."""
        if self.is_busy():
            return True
        if self.due:
            return not self.waiting and monotonic() < self.round_end
        self.round_end = self.end = monotonic() + ROUND_SECONDS
        self.call_round()
        return True

    def begin(self) -> None:
        """A connection goes on."""
        self.end = monotonic() + (TURN_SECONDS if self.waiting else ROUND_SECONDS)

    def is_over(self) -> bool:
        return monotonic() > self.end and not self.is_busy()

    def is_busy(self) -> bool:
        """Whether a script holds the loop."""
        return self.server.engine.scripts.busy is not None

    def wait(self, connection: Connection) -> None:
        """Have a connection go on in another turn."""
        connection.turn_due = True
        self.waiting[connection] = None
        self.call_round()

    def call_round(self) -> None:
        if not self.due:
            self.due = True
            self.server.loop.call_soon(self.round)

    def round(self) -> None:
        """Give turns to those in front."""
        self.due = False
        end, self.round_end = self.round_end or monotonic() + ROUND_SECONDS, 0.0
        for connection in list(self.waiting):
            if monotonic() > end:
                break
            del self.waiting[connection]
            self.take(connection)
        if self.waiting:
            self.call_round()

    def take(self, connection: Connection) -> None:
        try:
            connection.go_on()
        except Exception as error:
            self.server.internal_error([b"(connection)"], error)
            connection.kill()
