"""ACL LOG, what was refused, and ACL LOAD and SAVE, the users in a file."""

from __future__ import annotations

from redislab.commands.shapes import Array, Map, Ok, OneOf
from redislab.commands.spec import command
from redislab.engine import acl_file
from redislab.engine.acl_log import LogEntry
from redislab.engine.arguments import integer
from redislab.engine.errors import subcommand_syntax
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply

GROUP = "server"


@command(
    "ACL LOG operation=[count:int | RESET]",
    since="6.0.0",
    complexity="O(N) with N being the number of entries shown.",
    flags="admin noscript loading stale",
    parent="ACL",
    takes_name=True,
    reply=OneOf(Array("what was refused, the newest first", Map()), Ok("after RESET")),
)
def acl_log(session: Session, name: bytes, *words: bytes) -> Reply:
    """Show which calls and logins were refused, the newest first: ten of them, or as many as asked for.

    Refusals alike within a minute make one entry, whose count grows. RESET forgets them all.

    > AUTH nobody wrong
    (error) WRONGPASS invalid username-password pair or user is disabled.
    > ACL LOG
    1)  1) "count"
        2) (integer) 1
        3) "reason"
        4) "auth"
        5) "context"
        6) "toplevel"
        7) "object"
        8) "AUTH"
        9) "username"
       10) "nobody"
       11) "age-seconds"
       12) "0"
       13) "client-info"
       14) "id=…"
    > ACL LOG RESET
    OK
    """
    log = session.engine.acl.log
    if len(words) > 1:
        raise subcommand_syntax("ACL", name)
    if words and words[0].upper() == b"RESET":
        log.entries.clear()
        return OK
    count = max(0, integer(words[0])) if words else 10
    return [_log_entry(session, entry) for entry in log.entries[:count]]


def _log_entry(session: Session, entry: LogEntry) -> Reply:
    reply: dict[bytes, Reply] = {
        b"count": entry.count,
        b"reason": entry.reason.encode(),
        b"context": entry.context.encode(),
        b"object": entry.object,
        b"username": entry.username,
        b"age-seconds": (session.engine.now - entry.at_ms) / 1000,
        b"client-info": entry.client,
    }
    if session.engine.version >= (7, 2):
        reply[b"entry-id"] = entry.number
        reply[b"timestamp-created"] = entry.first_ms
        reply[b"timestamp-last-updated"] = entry.at_ms
    return reply


# -- the file ------------------------------------------------------------------------------------------------


@command(
    "ACL LOAD",
    since="6.0.0",
    complexity="O(N). Where N is the number of configured users.",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=Ok(),
)
def acl_load(session: Session) -> Reply:
    """Read the users from the ACL file anew: all of them or, if anything is wrong with it, none.

    Clients are disconnected, but for those of the default user.

    > ACL LOAD
    (error) ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL \
SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store \
users in the Redis configuration.
    """
    acl_file.load(session.engine.acl, session)
    return OK


@command(
    "ACL SAVE",
    since="6.0.0",
    complexity="O(N). Where N is the number of configured users.",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=Ok(),
)
def acl_save(session: Session) -> Reply:
    """Write all users to the ACL file, as ACL LIST shows them.

    > ACL SAVE
    (error) ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL \
SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store \
users in the Redis configuration.
    """
    acl_file.save(session.engine.acl)
    return OK
