"""What stands between a command and its call: the guard, and what follows from a command that is refused.

Owns the order in which login, permissions, memory, pauses, subscriptions and MULTI are asked; what each of them answers
is its own module's. Only sessions that are `guarded` come here: `Session.refresh_guard` tells which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine import errors, monitor
from redislab.engine.errors import ReplyError
from redislab.engine.protected import PARAMETERS, check_allowed
from redislab.engine.transactions import discard, queue_command

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session
    from redislab.resp.types import Reply

__all__ = ["guard", "refusal", "refuse"]


def refusal(engine: Engine, session: Session, command: Command, error: ReplyError) -> ReplyError:
    """The error for a command that is not even called; it spoils the transaction, and EXEC ends it."""
    session.last_command = command
    refuse(engine, session, error)
    if command.name != "exec":
        return error
    discard(session)
    error = ReplyError("EXECABORT Transaction discarded because of: " + error.text.removeprefix("ERR "))
    error.rejected = True
    return error


def refuse(engine: Engine, session: Session, error: ReplyError) -> ReplyError:
    """What follows from a command that is not called: a transaction is spoilt, and it is no step that was last."""
    error.rejected = True
    session.aborted = session.queue is not None
    if engine.changes is not None:
        engine.changes.last = None
    return error


def guard(engine: Engine, session: Session, command: Command, argv: Sequence[bytes]) -> Reply | None:
    """What stands between a command and its call; a reply if it must not be called now.

    Raises RuntimeError for a session that waits: a server reads nothing from such a client, so an edge that sends
    it a command has a mistake.
    """
    if not session.restrained and command.name not in PARAMETERS:
        return queue_command(session, command, argv)
    if session.wait is not None:
        raise RuntimeError(f"{session!r} waits for a reply: let it come into the outbox, or call cancel() first")
    strict = engine.strict  # what concerns all sessions, at once: see `Engine.refresh_guards`
    if strict and (busy := engine.scripts.busy) is not None and "allow_busy" not in command.flags:
        raise refusal(engine, session, command, ReplyError(busy.busy_error))
    if command.name in PARAMETERS:
        guard_protected(engine, session, command)
    if not session.authenticated and engine.acl.asks_for_login and "no_auth" not in command.flags:
        raise refusal(engine, session, command, ReplyError(errors.NO_AUTH))
    if not session.user.powerful:
        guard_permissions(engine, session, command, argv)
    if strict and engine.memory.limit and not engine.memory.admit(session, command, argv):
        raise refusal(engine, session, command, ReplyError(errors.OUT_OF_MEMORY))
    if strict and engine.write_refusal and ("write" in command.flags or command.name == "ping"):
        raise refusal(engine, session, command, ReplyError(engine.write_refusal))
    if session.protocol == 2 and session.is_subscribed() and not engine.pubsub.is_allowed(command):
        raise refusal(engine, session, command, engine.pubsub.refusal(command))
    if strict and engine.pausing.until and (reply := engine.pausing.postpone(session, command, argv)) is not None:
        return reply
    if session.queue is not None:
        return queue_command(session, command, argv)
    if session.monitoring and (error := monitor.refusal(command)) is not None:
        raise refusal(engine, session, command, error)
    return None


def guard_protected(engine: Engine, session: Session, command: Command) -> None:
    """Raise ReplyError for a command that nobody has allowed: even those hear of it who may not use it anyway."""
    try:
        check_allowed(session, command.name)
    except ReplyError as error:
        raise refusal(engine, session, command, error) from None


def guard_permissions(engine: Engine, session: Session, command: Command, argv: Sequence[bytes]) -> None:
    """Raise ReplyError for what the session's user may not do. What MULTI never takes is refused for that first."""
    in_multi = session.queue is not None
    if in_multi and "no_multi" in command.flags:
        return
    denial = engine.acl.check(session, command, argv, "multi" if in_multi else "toplevel")
    if denial is not None:
        raise refusal(engine, session, command, ReplyError(denial.text))
