"""MONITOR: every command, told to the clients that asked for it right after it ran.

There is a line for each command that was called: not for one that was refused, nor for administration. It is told after
the call, so what EXEC and scripts run stands before EXEC and behind EVAL, which tells of itself. Without a monitor
nothing of this is on the way of a command: with one, sessions run theirs through `execute_monitored`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.redaction import redacted
from redislab.resp.types import BLOCKED, NO_REPLY, QUEUED, Reply, ReplyError, Simple
from redislab.resp.words import quote

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["execute_monitored", "feed", "refusal", "start", "stop"]

_UNTOLD = frozenset(("skip_monitor", "admin"))
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
    if not session.monitoring:
        return _execute_and_tell(engine, session, argv)
    # A monitor sees its own command after the reply to it.
    try:
        reply = engine.run_alone(session, argv)
    except ReplyError as error:
        reply = error
    if reply is BLOCKED:
        return reply
    if reply is not NO_REPLY:
        session.deliver(reply)
    if reply is not QUEUED and not getattr(reply, "rejected", False) and session.last_command is not None:
        feed(session, session.last_command, argv)
    return NO_REPLY


def _execute_and_tell(engine: Engine, session: Session, argv: Sequence[bytes]) -> Reply:
    try:
        reply = engine.run_alone(session, argv)
    except ReplyError as error:
        if not error.rejected and session.last_command is not None:
            feed(session, session.last_command, argv)
        raise
    if reply is not QUEUED and session.last_command is not None:
        feed(session, session.last_command, argv)
    return reply


def feed(session: Session, command: Command, argv: Sequence[bytes], *, always: bool = False) -> None:
    """Tell the monitors of a command; `always` is for the few that tell of themselves, before they run others."""
    engine = session.engine
    if not always and not _UNTOLD.isdisjoint(command.flags):
        return
    microseconds = engine.now_ns // 1000
    time = f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"
    place = f"{session.db.index} {_who(session)}"
    words = " ".join(map(quote, redacted(engine, command, argv)))
    line = Simple(f"{time} [{place}] {words}")
    for monitor in list(engine.monitors):
        monitor.deliver(line)


def _who(session: Session) -> str:
    if session.script:
        return "lua"
    return f"unix:{session.address.removesuffix(':0')}" if session.address.startswith("/") else session.address
