"""MULTI, EXEC, DISCARD, WATCH, UNWATCH."""

from __future__ import annotations

from redislab.commands.shapes import Array, NullArrayReply, Ok, OneOf
from redislab.commands.spec import command
from redislab.engine import transactions
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply

GROUP = "transactions"


@command(
    "MULTI",
    since="1.2.0",
    complexity="O(1)",
    flags="noscript loading stale fast allow_busy",
    reply=Ok(),
)
def multi(session: Session) -> Reply:
    """Begin a transaction: what follows is queued until EXEC.

    Queued commands answer QUEUED. They run together at EXEC, one after the other, with no other client in between.
    A command that is refused while queueing makes EXEC refuse the whole.

    > MULTI
    OK
    > SET seats 40
    QUEUED
    > DECR seats
    QUEUED
    > EXEC
    1) OK
    2) (integer) 39
    """
    if session.queue is not None:
        raise ReplyError("ERR MULTI calls can not be nested")
    session.queue = []
    session.guarded = True
    session.aborted = False
    return OK


@command(
    "EXEC",
    since="1.2.0",
    complexity="Depends on commands in the transaction",
    flags="noscript loading stale skip_slowlog",
    reply=OneOf(Array(meaning="the reply of each queued command"), NullArrayReply("a watched key was changed")),
)
def exec_(session: Session) -> Reply:
    """Run the commands queued since MULTI.

    An error of one does not stop the others: nothing is rolled back.

    > MULTI
    OK
    > SET tea green
    QUEUED
    > INCR tea
    QUEUED
    > EXEC
    1) OK
    2) (error) ERR value is not an integer or out of range
    """
    return transactions.execute_queue(session)


@command(
    "DISCARD",
    since="2.0.0",
    complexity="O(N), when N is the number of queued commands",
    flags="noscript loading stale fast allow_busy",
    reply=Ok(),
)
def discard(session: Session) -> Reply:
    """Throw the queued commands away and leave the transaction; watched keys are forgotten too.

    > MULTI
    OK
    > DEL everything
    QUEUED
    > DISCARD
    OK
    """
    if session.queue is None:
        raise ReplyError("ERR DISCARD without MULTI")
    transactions.discard(session)
    return OK


@command(
    "WATCH key...",
    since="2.2.0",
    complexity="O(1) for every key.",
    flags="noscript loading stale fast allow_busy",
    keys="RO",
    reply=Ok(),
)
def watch(session: Session, *keys: bytes) -> Reply:
    """Let the next EXEC fail if one of these keys is changed before it.

    > WATCH stock
    OK
    > MULTI
    OK
    > EXEC
    (empty array)
    """
    if session.queue is not None:
        raise ReplyError("ERR WATCH inside MULTI is not allowed")
    transactions.watch(session, keys)
    return OK


@command(
    "UNWATCH",
    since="2.2.0",
    complexity="O(1)",
    flags="noscript loading stale fast allow_busy",
    reply=Ok(),
)
def unwatch(session: Session) -> Reply:
    """Forget all watched keys.

    > UNWATCH
    OK
    """
    session.engine.unwatch(session)
    return OK
