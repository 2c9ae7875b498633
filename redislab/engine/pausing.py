"""CLIENT PAUSE: commands that are put off until the pause is over.

Within a pause a client's command (every one, or in the mode WRITE those that may change data) makes the client wait.
When the pause ends, the commands that were put off run in the order in which they came, and their replies come through
the outboxes. Nothing expires and nothing is evicted meanwhile, so that the data stands still: a key whose time is over
counts as gone, but it is not removed.

Sessions' commands come here through the engine's guard, and only within a pause.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from redislab.resp.types import BLOCKED, NO_REPLY, Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.blocking import Wait
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["MAY_REPLICATE", "POSTPONED", "Pausing"]

POSTPONED = "postponed"
"""The kind of wait of a client whose command was put off."""
MAY_REPLICATE = frozenset(("publish", "spublish", "pfcount", "eval", "evalsha", "fcall"))
"""Commands that need not write but may."""


class Pausing:
    """The pause of one engine, if there is one: until when (ms since 1970, 0 for none), and of what."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.until = 0
        self.all_commands = False
        self.postponed: list[tuple[Wait, Sequence[bytes]]] = []

    def pause(self, milliseconds: int, *, all_commands: bool) -> None:
        """Pause for this time from now. A pause that is in force is never made shorter or milder."""
        now = self.engine.now
        if not milliseconds:
            return
        self.all_commands = all_commands or (self.until > now and self.all_commands)
        self.until = max(self.until, now + milliseconds)
        self.engine.refresh_guards()

    def end(self) -> None:
        """End the pause; what was put off runs after the present command."""
        self.until = 0
        self.all_commands = False
        self.engine.refresh_guards()
        self.engine.unsettled = True

    def is_over(self, now: int) -> bool:
        """End the pause if its time is over; says whether there is none now."""
        if self.until and now >= self.until:
            self.end()
        return not self.until

    def postpone(self, session: Session, command: Command, argv: Sequence[bytes]) -> Reply | None:
        """Put a command off: BLOCKED if it has to wait, None if it may run."""
        if self.is_over(self.engine.read_time()) or session.monitoring:
            return None
        if not self.all_commands and not self._may_write(session, command, argv):
            return None
        self.engine.blocking.park(session, (), 0, _nothing_serves, None, POSTPONED)
        assert session.wait is not None
        self.postponed.append((session.wait, tuple(argv)))
        return BLOCKED

    def _may_write(self, session: Session, command: Command, argv: Sequence[bytes]) -> bool:
        """Whether a command may change data; for EXEC, whether one of those that are queued may."""
        if command.name == "exec":
            return any(self._may_write(session, queued, words) for queued, words in session.queue or ())
        if "write" in command.flags:
            return True
        if command.name not in MAY_REPLICATE:
            return False
        flags = self.script_flags(command.name, argv[1])
        return flags is None or "no-writes" not in flags

    def script_flags(self, name: str, script: bytes) -> Collection[str] | None:
        """What a script or function declares of itself; None if it declares nothing, or is not there.

        `name` is that of the command that is to call it; None for one that calls none.
        """
        name = name.removesuffix("_ro")
        if name == "fcall":
            functions = self.engine.functions
            found = functions.functions.get(script) if functions is not None else None
            return found[1].flags if found is not None else None
        if name == "evalsha":
            cached = self.engine.scripts.cached.get(script.lower())
            return cached.flags if cached is not None else None
        from redislab.engine.shebang import script_flags  # only here, because few starts run scripts

        try:
            return script_flags(script)[0] if name == "eval" else None
        except ReplyError:
            return None

    def resume(self) -> None:
        """Run what was put off, in order; does nothing within a pause."""
        while self.postponed and not self.until:
            postponed, self.postponed = self.postponed, []
            for wait, argv in postponed:
                if wait.session.wait is wait:
                    self._run(wait.session, argv)

    def _run(self, session: Session, argv: Sequence[bytes]) -> None:
        self.engine.blocking.forget(session)
        if session.reply_mode == "skipping":
            session.reply_mode = "skip"
        reply: Reply
        try:
            reply = session.execute(session, argv)
        except ReplyError as error:
            reply = error
        if reply is not BLOCKED and reply is not NO_REPLY:
            session.deliver(reply)


def _nothing_serves(key: bytes) -> Reply | None:
    """No key ends a pause."""
    return None
