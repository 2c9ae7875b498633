"""Channels, patterns and shard channels: who listens, and handing out what is published.

A message goes to a subscriber's outbox as a Push. Subscribing changes which commands a RESP2 session may send;
`is_allowed` is that rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redislab.engine.errors import ReplyError
from redislab.engine.hearing import NO_EVENT, Event
from redislab.resp.types import Push
from redislab.values.glob import compile as compile_pattern

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["PubSub", "Subscribers"]

Subscribers = dict[bytes, dict["Session", None]]
"""Who listens, for each name, in the order of subscribing."""

_ALLOWED = frozenset(
    ("subscribe", "ssubscribe", "psubscribe", "unsubscribe", "sunsubscribe", "punsubscribe", "ping", "quit", "reset")
)


class PubSub:
    """The subscriptions of one engine. Tables keep the order of subscribing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.channels: Subscribers = {}
        self.patterns: Subscribers = {}
        self.shard_channels: Subscribers = {}
        self.matchers: dict[bytes, Callable[[bytes], bool]] = {}
        self.event: Event = NO_EVENT
        """The keyspace event that is published at this moment."""

    def is_allowed(self, command: Command) -> bool:
        """Whether a RESP2 subscriber may send this command."""
        return command.name in _ALLOWED

    def refusal(self, command: Command) -> ReplyError:
        """The error for a command that a RESP2 subscriber may not send."""
        return ReplyError(
            f"ERR Can't execute '{command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
            " are allowed in this context"
        )

    def add(self, table: Subscribers, name: bytes, session: Session) -> None:
        """Subscribe a session to a name of one of the three tables."""
        table.setdefault(name, {})[session] = None
        if table is self.patterns:
            self.matchers[name] = compile_pattern(name)

    def drop(self, table: Subscribers, name: bytes, session: Session) -> None:
        """Unsubscribe a session from a name."""
        listening = table.get(name)
        if listening is not None:
            listening.pop(session, None)
            if not listening:
                del table[name]
                if table is self.patterns:
                    del self.matchers[name]

    def leave(self, session: Session) -> None:
        """Unsubscribe a session from everything, silently."""
        for table, names in (
            (self.channels, session.channels),
            (self.patterns, session.patterns),
            (self.shard_channels, session.shard_channels),
        ):
            for name in names:
                self.drop(table, name, session)
            names.clear()

    def publish(self, channel: bytes, message: bytes) -> int:
        """Hand a message to the subscribers of a channel and of matching patterns; returns how many got it."""
        reached = 0
        if channel in self.channels:
            listening = list(self.channels[channel])
            for session in listening:
                session.deliver(Push([b"message", channel, message]))
            reached = len(listening)
        if self.patterns:
            for pattern, sessions in list(self.patterns.items()):
                if self.matchers[pattern](channel):
                    for session in list(sessions):
                        session.deliver(Push([b"pmessage", pattern, channel, message]))
                        reached += 1
        return reached

    def publish_shard(self, channel: bytes, message: bytes) -> int:
        """The same for a shard channel, which has no patterns."""
        listening = list(self.shard_channels.get(channel, ()))
        for session in listening:
            session.deliver(Push([b"smessage", channel, message]))
        return len(listening)
