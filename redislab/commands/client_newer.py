"""What CLIENT can do since Redis 7.2: SETINFO and NO-TOUCH. Imported only by later versions."""

from __future__ import annotations

from redislab.commands.shapes import Ok
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply

GROUP = "connection"


@command(
    "CLIENT SETINFO attr=((libname=LIB-NAME libname) | (libver=LIB-VER libver))",
    since="7.2.0",
    complexity="O(1)",
    flags="noscript loading stale",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    parent="CLIENT",
    reply=Ok(),
)
def client_setinfo(session: Session, attribute: bytes, value: bytes) -> Reply:
    """Tell which client library this is: CLIENT LIST shows it. Client libraries send this when they connect.

    > CLIENT SETINFO LIB-NAME my-library
    OK
    """
    name = attribute.lower()
    if name not in session.library:
        raise ReplyError(f"ERR Unrecognized option '{shown(attribute)}'")
    if any(not 33 <= byte <= 126 for byte in value):
        raise ReplyError(f"ERR {shown(attribute)} cannot contain spaces, newlines or special characters.")
    session.library[name] = value
    return OK


@command(
    "CLIENT NO-TOUCH enabled=(ON | OFF)",
    since="7.2.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_no_touch(session: Session, mode: bytes) -> Reply:
    """Look at keys without their being noted as used (LRU, LFU): for tools that look around. TOUCH still notes it.

    > CLIENT NO-TOUCH ON
    OK
    """
    word = mode.upper()
    if word not in (b"ON", b"OFF"):
        raise ReplyError(errors.SYNTAX)
    session.no_touch = word == b"ON"
    session.refresh_path()
    return OK
