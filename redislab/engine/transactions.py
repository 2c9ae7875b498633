"""MULTI's queue, WATCH, and EXEC: the queued commands run as one step, at one instant, with nobody in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.hearing import Heard
from redislab.resp.types import NO_REPLY, NULL_ARRAY, QUEUED, Reply

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.session import Session

__all__ = ["discard", "execute_queue", "queue_command", "watch"]

_RUN_AT_ONCE = frozenset({"exec", "discard", "multi", "watch", "quit", "reset"})


def queue_command(session: Session, command: Command, argv: Sequence[bytes]) -> Reply | None:
    """Queue a command inside MULTI; None for the few that run at once."""
    if command.name in _RUN_AT_ONCE:
        return None
    if "no_multi" in command.flags:
        session.aborted = True
        error = ReplyError("ERR Command not allowed inside a transaction")
        error.rejected = True
        raise error
    assert session.queue is not None
    session.queue.append((command, argv))
    return QUEUED


def watch(session: Session, keys: Sequence[bytes]) -> None:
    """Watch keys of the session's database; EXEC fails if one changes before it."""
    db, engine = session.db, session.engine
    for key in keys:
        if (db, key) not in session.watched:
            session.watched[db, key] = db.is_due(key)
            engine.watchers.setdefault((db.index, key), {})[session] = None
    engine.refresh_alert()


def discard(session: Session) -> None:
    """Leave MULTI without running anything, and forget the watched keys."""
    session.queue = None
    session.aborted = False
    session.spoiled = False
    if session.watched:
        session.engine.unwatch(session)
    session.guarded = session.restrained


def execute_queue(session: Session) -> Reply:
    """EXEC: the replies of the queued commands, errors among them; a null array if a watched key changed."""
    queue = session.queue
    if queue is None:
        raise ReplyError("ERR EXEC without MULTI")
    if session.aborted:
        discard(session)
        raise ReplyError(errors.EXECUTION_ABORTED)
    if session.watched or session.spoiled:
        spoiled = session.spoiled or _watched_key_expired(session)
        session.engine.unwatch(session)
        if spoiled:
            discard(session)
            return NULL_ARRAY
    return _run_all(session, queue)


def _run_all(session: Session, queue: list[tuple[Any, Sequence[bytes]]]) -> Reply:
    """Run what was queued and gather the replies.

    A message that reaches the session meanwhile, as SUBSCRIBE's own, stands among the replies as an item. If there are
    more items than commands, those beyond follow the array as messages of their own: that is what goes over the wire.
    Who began to hear of its own doing within the transaction hears the rest after the reply, too.
    """
    # As CLIENT LIST and ACL LOG tell, the session is in MULTI until all have run.
    items = session.gathering = []
    session.may_block = False
    engine = session.engine
    outside, outer = engine.heard, session.heard
    # Of most transactions nobody hears anything: then it is made by whoever begins to (`Session.begin_hearing`).
    heard = engine.heard = session.heard = Heard(session) if outer is not None or engine.tracking.on else None
    if outer is not None and heard is not None:
        heard.late = outer.late
    try:
        for command, argv in queue:
            item: Reply
            try:
                if not session.user.powerful:
                    _check_again(session, command, argv)
                item = engine.call_inner(session, command, argv)
            except ReplyError as error:
                item = error
            heard = session.heard
            if heard is not None and heard.messages:
                items += heard.arranged(command, argv, item)
            elif item is not NO_REPLY:
                items.append(item)
    finally:
        session.may_block = True
        session.gathering = None
        session.queue = None
        session.guarded = session.restrained
        engine.heard, session.heard = outside, outer
    reply: Reply = items
    if len(items) > len(queue):
        session.deliver(items[: len(queue)])
        for late in items[len(queue) :]:
            session.deliver(late)
        reply = NO_REPLY
    if outer is not None or heard is None or not (heard.late or session.hears()):
        return reply
    if reply is not NO_REPLY:
        session.deliver(reply)
    heard.tell_late()
    return NO_REPLY


def _check_again(session: Session, command: Command, argv: Sequence[bytes]) -> None:
    """Raise ReplyError for a command that the user may not run any more, or not in this way.

    Refused as the last one it counts as a failure of EXEC itself: a call after it would have had the count begin anew.
    """
    refusal = session.engine.acl.check(session, command, argv, "multi")
    if refusal is not None:
        error = ReplyError(refusal.exec_text)
        observers = session.engine.observers
        if observers is not None:
            observers.erred(error)
            if session.queue and session.queue[-1][1] is argv and session.last_command is not None:
                observers.tally(session.last_command).failed += 1
        raise error


def _watched_key_expired(session: Session) -> bool:
    return any(not already and db.is_due(key) for (db, key), already in session.watched.items())
