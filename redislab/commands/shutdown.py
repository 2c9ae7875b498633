"""SHUTDOWN: reads its options and asks the host to end the server."""

from __future__ import annotations

from redislab.commands.shapes import Any_
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import NO_REPLY, Reply

GROUP = "server"

OPTIONS = frozenset((b"SAVE", b"NOSAVE", b"NOW", b"FORCE", b"ABORT"))


@command(
    "SHUTDOWN [NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0",
    since="1.0.0",
    complexity="O(N) where N is the number of keys if they are saved, O(1) if not.",
    flags="admin noscript loading stale no_multi allow_busy",
    history={"7.0.0": "NOW, FORCE and ABORT."},
    reply=Any_("nothing: the connection is closed"),
)
def shutdown(session: Session, *words: bytes) -> Reply:
    """End the server, after saving the data if it is configured to be saved.

    SAVE saves in any case and NOSAVE in none. NOW does not wait for replicas that lag behind, FORCE ends the server
    even if saving fails, ABORT calls off a shutdown that waits.

    > SHUTDOWN ABORT
    (error) ERR No shutdown in progress.
    > SHUTDOWN SAVE NOSAVE
    (error) ERR syntax error
    """
    given = {word.upper() for word in words}
    if not given <= OPTIONS or given >= {b"SAVE", b"NOSAVE"} or (b"ABORT" in given and len(given) > 1):
        raise ReplyError(errors.SYNTAX)
    if b"ABORT" in given:
        raise ReplyError("ERR No shutdown in progress.")
    busy = session.engine.scripts.busy
    if busy is not None and b"NOSAVE" not in given:
        raise ReplyError(busy.busy_error)
    save = True if b"SAVE" in given else False if b"NOSAVE" in given else None
    try:
        session.engine.host.shutdown(save=save, now=b"NOW" in given, force=b"FORCE" in given)
    except HostError as error:
        raise ReplyError(f"ERR {error}") from None
    return NO_REPLY
