"""SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE: writing the data to the disk, which the host of the engine does."""

from __future__ import annotations

from collections.abc import Callable

from redislab.commands.shapes import Integer, Ok, Status
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple

GROUP = "server"


@command(
    "SAVE",
    since="1.0.0",
    complexity="O(N) where N is the number of keys in all databases",
    flags="admin noscript no_async_loading no_multi",
    reply=Ok(),
)
def save(session: Session) -> Reply:
    """Write all data to the disk, and serve nobody until that is done.

    A server writes an RDB file. BGSAVE does the same beside its work.

    > SAVE x
    (error) ERR wrong number of arguments for 'save' command
    """
    host = session.engine.host
    if host.saving:
        raise ReplyError("ERR Background save already in progress")
    try:
        host.save()
    except HostError as error:
        raise ReplyError(f"ERR {error}".rstrip()) from None
    return OK


@command(
    "BGSAVE [SCHEDULE]@3.2.2",
    since="1.0.0",
    complexity="O(1)",
    flags="admin noscript no_async_loading",
    history={"3.2.2": "SCHEDULE."},
    reply=Status("Background saving started"),
)
def bgsave(session: Session, *words: bytes) -> Reply:
    """Begin to write all data to the disk, as it is at this moment, beside the work of the server.

    LASTSAVE and INFO persistence tell when it is done. While the append only file is being rewritten, only SCHEDULE
    lets it wait for its turn.

    > BGSAVE now
    (error) ERR syntax error
    """
    if words and (len(words) > 1 or words[0].upper() != b"SCHEDULE"):
        raise ReplyError(errors.SYNTAX)
    host = session.engine.host
    if host.saving:
        raise ReplyError("ERR Background save already in progress")
    if host.rewriting and not words and not _in_exec(session):
        raise ReplyError(
            "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to"
            " schedule a BGSAVE whenever possible."
        )
    return _started("Background saving", lambda: host.save_beside(later=host.rewriting or _in_exec(session)))


@command(
    "BGREWRITEAOF",
    since="1.0.0",
    complexity="O(1)",
    flags="admin noscript no_async_loading",
    reply=Status("Background append only file rewriting started"),
)
def bgrewriteaof(session: Session) -> Reply:
    """Begin to write the append only file anew, as short as the present data can be told.

    What is written meanwhile goes into a file of its own, so nothing is lost if it fails.

    > BGREWRITEAOF now
    (error) ERR wrong number of arguments for 'bgrewriteaof' command
    """
    host = session.engine.host
    if host.rewriting:
        raise ReplyError("ERR Background append only file rewriting already in progress")
    later = host.saving or _in_exec(session)
    return _started("Background append only file rewriting", lambda: host.rewrite_beside(later=later))


def _in_exec(session: Session) -> bool:
    """Within a transaction nothing is begun: the copy would be one of half of it."""
    return not session.may_block


def _started(what: str, begin: Callable[[], bool]) -> Reply:
    """Begin it: what is told says whether it runs already or waits for its turn."""
    try:
        running = begin()
    except HostError as error:
        raise ReplyError(f"ERR {error}".rstrip()) from None
    return Simple(f"{what} {'started' if running else 'scheduled'}")


@command(
    "LASTSAVE",
    since="1.0.0",
    complexity="O(1)",
    flags="loading stale fast",
    acl="admin dangerous",
    tips=["nondeterministic_output"],
    reply=Integer("seconds since 1970"),
)
def lastsave(session: Session) -> Reply:
    """Tell when the data was last saved; where it never was, when the server started.

    > LASTSAVE
    (integer) …
    """
    engine = session.engine
    return engine.host.last_save or engine.started_ns // 1_000_000_000
