"""A command that was run with what came of it, and what can be switched while the shell runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.resp.types import Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.lab import Step

__all__ = ["Outcome", "Settings"]


class Outcome:
    """A command that was run and what came of it. `reply` is a ReplyError for an error, BLOCKED while it waits."""

    def __init__(
        self,
        client: str,
        argv: list[bytes],
        reply: Reply,
        protocol: int,
        db: int,
        command: Command | None,
        step: Step | None = None,
        queued: list[list[bytes]] | None = None,
    ) -> None:
        self.client, self.argv, self.reply, self.command = client, argv, reply, command
        self.protocol, self.db = protocol, db
        self.step = step
        """What it changed, where that is recorded."""
        self.queued = queued or []
        """For EXEC: the commands whose replies the items are."""

    @property
    def failed(self) -> bool:
        return isinstance(self.reply, ReplyError)


class Settings:
    """What can be switched while the shell runs (`:set`)."""

    def __init__(
        self,
        *,
        form: str = "friendly",
        complete: bool = True,
        hints: bool = True,
        pipes: bool = True,
        warn: bool = True,
    ) -> None:
        self.form = form
        self.diff = self.wire = False
        self.complete, self.hints, self.pipes, self.warn = complete, hints, pipes, warn
        self.vi = False
        self.warn_from = 100
