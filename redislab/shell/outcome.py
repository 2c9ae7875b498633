"""A command that was run with what came of it, and what can be switched while the shell runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redislab.resp.types import Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.lab import Step

__all__ = ["Outcome", "Settings"]


@dataclass
class Outcome:
    """A command that was run and what came of it. `reply` is a ReplyError for an error, BLOCKED while it waits."""

    client: str
    argv: list[bytes]
    reply: Reply
    protocol: int
    db: int
    command: Command | None
    step: Step | None = None
    """What it changed, where that is recorded."""
    queued: list[list[bytes]] = field(default_factory=list)
    """For EXEC: the commands whose replies the items are."""

    @property
    def failed(self) -> bool:
        return isinstance(self.reply, ReplyError)


@dataclass
class Settings:
    """What can be switched while the shell runs (`:set`)."""

    form: str = "friendly"
    diff: bool = False
    wire: bool = False
    complete: bool = True
    hints: bool = True
    pipes: bool = True
    warn: bool = True
    vi: bool = False
    warn_from: int = 100
