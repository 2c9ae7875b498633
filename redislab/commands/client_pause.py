"""CLIENT PAUSE and UNPAUSE: letting all clients wait for a while."""

from __future__ import annotations

from redislab.commands.replication import client_timeout
from redislab.commands.shapes import Ok
from redislab.commands.spec import command
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply

GROUP = "connection"


@command(
    "CLIENT PAUSE timeout:int mode=[WRITE | ALL]@6.2.0",
    since="2.9.50",
    complexity="O(1)",
    flags="admin noscript loading stale",
    history={"6.2.0": "WRITE and ALL."},
    parent="CLIENT",
    takes_name=True,
    reply=Ok(),
)
def client_pause(session: Session, name: bytes, timeout: bytes, *mode: bytes) -> Reply:
    """Put off the commands of all clients for so many milliseconds; with WRITE only those that may change data.

    What is put off runs in order when the time is over. With ALL (which is meant without a word) that is every command,
    CLIENT UNPAUSE too. Keys do not expire meanwhile.

    > CLIENT PAUSE 1000 WRITE
    OK
    > GET tea
    (nil)
    > CLIENT UNPAUSE
    OK
    """
    if len(mode) > 1:
        raise subcommand_syntax("CLIENT", name)
    if mode and mode[0].upper() not in (b"WRITE", b"ALL"):
        raise ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL")
    milliseconds = client_timeout(timeout, session.engine)
    session.engine.pausing.pause(milliseconds, all_commands=not mode or mode[0].upper() == b"ALL")
    return OK


@command(
    "CLIENT UNPAUSE",
    since="6.2.0",
    complexity="O(N) Where N is the number of paused clients",
    flags="admin noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_unpause(session: Session) -> Reply:
    """End CLIENT PAUSE: commands that were put off run now.

    > CLIENT UNPAUSE
    OK
    """
    session.engine.pausing.end()
    return OK
