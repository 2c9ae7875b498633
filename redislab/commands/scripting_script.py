"""SCRIPT: the cache of scripts, and ending one that runs for too long."""

from __future__ import annotations

from typing import Any

from redislab.commands.shapes import Array, Bulk, Integer, Ok
from redislab.commands.spec import command, container
from redislab.engine.errors import ReplyError
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple

GROUP = "scripting"

container("SCRIPT", group="scripting", since="2.6.0", complexity="Depends on subcommand.", acl="-scripting")


@command(
    "SCRIPT DEBUG mode=(YES | SYNC | NO)",
    since="3.2.0",
    complexity="O(1)",
    flags="noscript",
    parent="SCRIPT",
    reply=Ok(),
)
def script_debug(session: Session, mode: bytes) -> Reply:
    """Debug the script of the next EVAL: stop at each line, and be told of what it does. `redis-cli --ldb` asks for it.

    With YES the script runs in a copy of the server, which is thrown away with all that the script has changed. With
    SYNC it runs in the server itself, where nobody else is served meanwhile, and its changes stay.

    > SCRIPT DEBUG NO
    OK
    """
    word, host = mode.lower(), session.engine.host
    if session.gathering is not None or host.is_answering(session):
        raise ReplyError("ERR SCRIPT DEBUG must be called outside a pipeline")
    if word == b"no":
        session.debugging = None
        return OK
    if word not in (b"yes", b"sync"):
        raise ReplyError("ERR Use SCRIPT DEBUG YES/SYNC/NO")
    synchronous = word == b"sync" or (session.debugging is not None and session.debugging.synchronous)
    try:
        host.check_debugger(session, synchronous=synchronous)
    except HostError as error:
        session.debugging = Undebugged(f"ERR {error}")
        raise ReplyError(f"ERR {error}") from None
    from redislab.engine.debugger import Debugger

    session.debugging = Debugger(session, synchronous=synchronous)
    return OK


class Undebugged:
    """Stands where a debugger was asked for and refused: redis-cli --ldb sends its script whatever it is answered."""

    synchronous = False

    def __init__(self, refusal: str) -> None:
        self.refusal = refusal

    def eval(self, session: Session, *script: Any) -> Reply:
        """A script that is to be tried out without effect must not run in earnest."""
        raise ReplyError(self.refusal)


@command(
    "SCRIPT EXISTS sha1...",
    since="2.6.0",
    complexity="O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
    flags="noscript",
    tips=["request_policy:all_shards", "response_policy:agg_logical_and"],
    parent="SCRIPT",
    reply=Array("1 or 0 for each", Integer()),
)
def script_exists(session: Session, *digests: bytes) -> Reply:
    """Say which scripts the server knows, by their SHA1.

    > SCRIPT LOAD "return 1"
    "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    > SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db ffffffffffffffffffffffffffffffffffffffff
    1) (integer) 1
    2) (integer) 0
    """
    cached = session.engine.scripts.cached
    return [int(digest.lower() in cached) for digest in digests]


@command(
    "SCRIPT FLUSH async=[ASYNC | SYNC]@6.2.0",
    since="2.6.0",
    complexity="O(N) with N being the number of scripts in cache",
    flags="noscript",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    history={"6.2.0": "ASYNC and SYNC say whether the memory is freed beside the other work."},
    parent="SCRIPT",
    reply=Ok(),
)
def script_flush(session: Session, *mode: bytes) -> Reply:
    """Forget all scripts. ASYNC and SYNC make no difference here.

    > SCRIPT FLUSH
    OK
    """
    if len(mode) > 1 or (mode and mode[0].lower() not in (b"async", b"sync")):
        raise ReplyError("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    session.engine.scripts.flush()
    return OK


HELP = """\
SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
DEBUG (YES|SYNC|NO)
    Debug the next script in a copy of the server (YES), in the server itself (SYNC), or not (NO).
EXISTS <sha1> [<sha1> ...]
    Say which scripts the server knows.
FLUSH [ASYNC|SYNC]
    Forget all scripts.
KILL
    End the script that is running.
LOAD <script>
    Let the server know a script without running it.
HELP
    Show this help."""


@command(
    "SCRIPT HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="SCRIPT",
    reply=Array(meaning="lines of help"),
)
def script_help(session: Session) -> Reply:
    """Show the subcommands.

    > SCRIPT HELP
    …
    """
    return [Simple(line) for line in HELP.splitlines()]


@command(
    "SCRIPT KILL",
    since="2.6.0",
    complexity="O(1)",
    flags="noscript allow_busy",
    tips=["request_policy:all_shards", "response_policy:one_succeeded"],
    parent="SCRIPT",
    reply=Ok(),
)
def script_kill(session: Session) -> Reply:
    """End the script that is running, if it has not written anything yet.

    > SCRIPT KILL
    (error) NOTBUSY No scripts in execution right now.
    """
    session.engine.scripts.kill(is_eval=True)
    return OK


@command(
    "SCRIPT LOAD script",
    since="2.6.0",
    complexity="O(N) with N being the length in bytes of the script body.",
    flags="noscript stale",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    parent="SCRIPT",
    reply=Bulk("the SHA1 of the script, for EVALSHA"),
)
def script_load(session: Session, script: bytes) -> Reply:
    """Let the server know a script without running it.

    > SCRIPT LOAD "return 1"
    "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    """
    return session.engine.scripts.load(script).name.encode()


