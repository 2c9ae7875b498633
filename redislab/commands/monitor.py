"""MONITOR: being told of every command."""

from __future__ import annotations

from redislab.commands.shapes import Ok
from redislab.commands.spec import command
from redislab.engine import monitor as monitors
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import NO_REPLY, OK, Reply

GROUP = "server"


@command(
    "MONITOR",
    since="1.0.0",
    flags="admin noscript loading stale",
    reply=Ok(),
)
def monitor(session: Session) -> Reply:
    """Be told of every command that any client runs, as it runs.

    Each line has the time, the database, the client's address (lua for what a script calls) and the words, passwords
    covered. Commands of administration are left out. RESET ends it; meanwhile the client may not work on keys. On a
    busy server this is expensive, for every command has to be sent to every monitor.

    > MONITOR
    OK
    > GET tea
    (error) ERR Replica can't interact with the keyspace
    """
    if not session.may_block:
        raise ReplyError("ERR MONITOR isn't allowed for DENY BLOCKING client")
    if session.monitoring:
        return NO_REPLY
    monitors.start(session)
    return OK
