"""ACL LOG: which calls and logins were refused, the newest first.

A refusal like one among the last ten, at most a minute after it, is counted there instead of making a new entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.engine.client_info import describe_client

if TYPE_CHECKING:
    from redislab.engine.session import Session

__all__ = ["AclLog", "LogEntry"]

LOOKED_AT = 10
GROUPED_MS = 60_000


class LogEntry:
    """A refusal, or several alike. `at_ms` and `client` (a line as in CLIENT LIST) are those of the last one.

    `first_ms` is when the first of them was, `number` how many entries there were before this one.
    """

    __slots__ = ("at_ms", "client", "context", "count", "first_ms", "number", "object", "reason", "username")

    def __init__(self, reason: str, context: str, object: bytes, username: bytes, at_ms: int, client: bytes) -> None:
        self.reason, self.context, self.object, self.username = reason, context, object, username
        self.at_ms = self.first_ms = at_ms
        self.client = client
        self.count = 1
        self.number = 0

    def is_like(self, other: LogEntry) -> bool:
        """Whether the other one counts as the same happening."""
        return (
            (self.reason, self.context, self.object, self.username)
            == (other.reason, other.context, other.object, other.username)
            and abs(other.at_ms - self.at_ms) <= GROUPED_MS
        )  # fmt: skip


class AclLog:
    """The log of one engine."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        """The newest first."""
        self.made = 0
        """How many entries there have been, those that are forgotten among them."""
        self.max_length = 128

    def add(self, session: Session, reason: str, context: str, object: bytes, username: bytes) -> None:
        """Note a refusal: reason is command, key, channel or auth; context toplevel, multi or lua."""
        client = describe_client(session).rstrip(b"\n")
        new = LogEntry(reason, context, object, username, session.engine.now, client)
        for place, entry in enumerate(self.entries[:LOOKED_AT]):
            if entry.is_like(new):
                entry.count += 1
                entry.at_ms, entry.client = new.at_ms, new.client
                self.entries.insert(0, self.entries.pop(place))
                return
        new.number = self.made
        self.made += 1
        self.entries.insert(0, new)
        del self.entries[self.max_length :]
