"""What is counted and noted about the calls of commands: the numbers behind INFO, SLOWLOG, LATENCY.

An engine that observes runs its commands through `Engine.execute_observed`, which times each call and hands it to
`called`; one that does not has no observers at all, and commands pay nothing for them. Every engine counts for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.resp.types import Reply

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["CallCount", "Observers"]


class CallCount:
    """What one command was called for: times in ns."""

    __slots__ = ("calls", "failed", "rejected", "time_ns")

    def __init__(self) -> None:
        self.calls = 0
        self.time_ns = 0
        self.rejected = 0
        self.failed = 0


class Observers:
    """The counts of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.counts: dict[Command, CallCount] = {}
        self.errors: Counter[str] = Counter()
        """How many errors began with each word: ERR, WRONGTYPE."""
        self.commands_processed = 0

    def count(self, command: Command) -> CallCount:
        """The count of a command, made when first asked for."""
        found = self.counts.get(command)
        if found is None:
            found = self.counts[command] = CallCount()
        return found

    def called(
        self, session: Session, command: Command, argv: Sequence[bytes], took_ns: int, reply: Reply, failed: bool
    ) -> None:
        """A command was called and took `took_ns`; `reply` is its reply or its error."""
        count = self.counts.get(command) or self.count(command)
        count.calls += 1
        count.time_ns += took_ns
        self.commands_processed += 1
        if failed:
            count.failed += 1
            self.erred(reply)

    def rejected(self, command: Command | None, error: Reply) -> None:
        """A command was refused before its call."""
        if command is not None:
            self.count(command).rejected += 1
        self.erred(error)

    def erred(self, error: Reply) -> None:
        """A client got this error."""
        self.errors[str(error).partition(" ")[0]] += 1
