"""MONITOR: every command, told to the clients that asked for it right after it ran.

There is a line for each command that was called: not for one that was refused, nor for administration. It is told after
the call, so what EXEC runs stands before EXEC; but a script is told of before the commands it runs. Without a monitor
nothing of this is on the way of a command: with one, sessions run theirs through `execute_monitored`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.client_info import is_local
from redislab.engine.pausing import POSTPONED
from redislab.engine.redaction import redacted
from redislab.resp.types import BLOCKED, NO_REPLY, QUEUED, Reply, ReplyError, Simple
from redislab.resp.words import quote

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["Untold", "begin", "end", "execute_monitored", "refusal", "start", "stop"]

_UNTOLD = frozenset(("skip_monitor", "admin"))
_SCRIPTS = frozenset(("eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"))
_REPLICATED = frozenset(("eval", "evalsha", "fcall", "publish", "spublish"))
NO_KEYSPACE = "ERR Replica can't interact with the keyspace"
"""What a monitor is told that reads or writes keys: to Redis it is a kind of replica."""


def start(session: Session) -> None:
    """Make a session a monitor."""
    session.monitoring = True
    session.engine.monitors[session] = None
    session.refresh_guard()
    _refresh(session.engine)


def stop(session: Session) -> None:
    """Let a session be a monitor no more; nothing happens to one that is none."""
    if session.monitoring:
        session.monitoring = False
        session.engine.monitors.pop(session, None)
        session.refresh_guard()
        _refresh(session.engine)


def _refresh(engine: Engine) -> None:
    """Let all sessions run their commands past the monitors, or past nobody."""
    engine.run = engine.run_monitored if engine.monitors else engine.run_alone
    for session in engine.sessions.values():
        session.answer(session.reply_mode)


def refusal(command: Command) -> ReplyError | None:
    """The error for what a monitor may not do: work on keys, or publish."""
    flags = command.flags
    if "write" in flags or "readonly" in flags or command.name in _REPLICATED:
        return ReplyError(NO_KEYSPACE)
    return None


def execute_monitored(engine: Engine, session: Session, argv: Sequence[bytes]) -> Reply:
    """Run a command of a session and tell the monitors. Raises ReplyError."""
    session.last_command = None
    untold = begin(session, None, argv)
    reply: Reply
    try:
        reply = engine.run_alone(session, argv)
    except ReplyError as error:
        reply = error
    called = reply is not QUEUED and not (isinstance(reply, ReplyError) and reply.rejected)
    if reply is BLOCKED and session.wait is not None and session.wait.kind == POSTPONED:
        called = False  # a pause puts it off, and it will come here again
    # A monitor sees its own command after the reply to it.
    to_itself = session.monitoring and reply is not BLOCKED and reply is not NO_REPLY
    if to_itself:
        session.deliver(reply)
    end(untold, called=called)
    if to_itself:
        return NO_REPLY
    if isinstance(reply, ReplyError):
        raise reply
    return reply


class Untold:
    """A call that monitors have not been told of yet; `command` is None where the session says which it is."""

    __slots__ = ("argv", "command", "session", "told")

    def __init__(self, session: Session, command: Command | None, argv: Sequence[bytes]) -> None:
        self.session = session
        self.command = command
        self.argv = argv
        self.told = False

    def tell(self, *, runs_others: bool = False) -> None:
        """Tell of it once; with `runs_others` only if it is one that is told before what it runs."""
        command = self.command or self.session.last_command
        if command is None or self.told or (runs_others and command.name not in _SCRIPTS):
            return
        self.told = True
        if command.name in _SCRIPTS or _UNTOLD.isdisjoint(command.flags):
            feed(self.session, command, self.argv)


def begin(session: Session, command: Command | None, argv: Sequence[bytes]) -> Untold:
    """A command is going to be called. Scripts that run, and whose command it is, are told of before it."""
    untold = session.engine.untold
    if session.script:
        for outer in untold:
            outer.tell(runs_others=True)
    untold.append(Untold(session, command, argv))
    return untold[-1]


def end(call: Untold, *, called: bool = True) -> None:
    """It is over; `called` is False if it came to nothing before its call."""
    call.session.engine.untold.remove(call)
    if called:
        call.tell()


def feed(session: Session, command: Command, argv: Sequence[bytes]) -> None:
    """Send a line to every monitor."""
    engine = session.engine
    microseconds = engine.now_ns // 1000
    time = f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"
    place = f"{session.db.index} {_who(session)}"
    words = " ".join(map(quote, redacted(engine, command, argv)))
    line = Simple(f"{time} [{place}] {words}")
    for monitor in list(engine.monitors):
        if not monitor.closing:  # one who quits is told no more, of its QUIT neither
            monitor.deliver(line)


def _who(session: Session) -> str:
    if session.script:
        return "lua"
    return f"unix:{session.address.removesuffix(':0')}" if is_local(session) else session.address
