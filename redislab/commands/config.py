"""CONFIG: reading and changing parameters while the server runs."""

from __future__ import annotations

from redislab.commands.shapes import Array, Map, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.config import Refused
from redislab.engine.config_kinds import as_bytes
from redislab.engine.errors import ReplyError, shown
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply
from redislab.values.glob import compile as compile_pattern

GROUP = "server"

container("CONFIG", group="server", since="2.0.0", complexity="Depends on subcommand.")


@command(
    "CONFIG GET {parameter}...",
    since="2.0.0",
    complexity="O(N) where N is the number of parameters.",
    flags="admin noscript loading stale",
    history={"7.0.0": "Takes several names and patterns."},
    parent="CONFIG",
    reply=Map("names and values"),
)
def config_get(session: Session, *patterns: bytes) -> Reply:
    """Show the values of parameters, by name or pattern.

    A parameter with an older name is shown under both. Some have no effect here: the shell says so when they are set.

    > CONFIG GET hash-max-listpack-*
    1) "hash-max-listpack-entries"
    2) "512"
    3) "hash-max-listpack-value"
    4) "64"
    """
    config = session.engine.config
    found: dict[str, bytes] = {}  # the name as the reply gives it: as asked for, unless a pattern found it
    for pattern in patterns:
        name = pattern.decode("latin-1")
        if any(mark in name for mark in "[*?"):
            matches = compile_pattern(pattern, nocase=True)
            for each in config.names():
                if matches(each.encode()):
                    found.setdefault(each, each.encode())
        elif name.lower() in config.parameters:
            found.setdefault(name.lower(), pattern)
    return {asked: as_bytes(config.shown_text(name)) for name, asked in found.items()}


@command(
    "CONFIG SET (parameter value)...",
    since="2.0.0",
    complexity="O(N) where N is the number of parameters.",
    flags="admin noscript loading stale",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    history={"7.0.0": "Sets several parameters at once."},
    parent="CONFIG",
    reply=Ok(),
)
def config_set(session: Session, *words: bytes) -> Reply:
    """Change parameters, all of them or, after an error in one, none.

    Memory sizes take units (`1kb` is 1024 bytes, `1k` 1000). What may only be set at the start is refused, and so are a
    few settings that would let a client write files anywhere (see enable-protected-configs).

    > CONFIG SET notify-keyspace-events KEA
    OK
    > CONFIG GET notify-keyspace-events
    1) "notify-keyspace-events"
    2) "AKE"
    > CONFIG SET maxmemory 1kb timeout 60
    OK
    > CONFIG SET maxmemory 5mb timeout soon
    (error) ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer
    > CONFIG GET maxmemory
    1) "maxmemory"
    2) "1024"
    """
    if len(words) % 2:
        raise ReplyError(errors.SYNTAX)
    names = _settable(session, words[::2])
    try:
        session.engine.config.change(list(zip(names, words[1::2], strict=True)))
    except Refused as refused:
        raise _failed(refused.name, refused.why) from None
    return OK


def _failed(name: str, why: str) -> ReplyError:
    return ReplyError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")


def _settable(session: Session, words: tuple[bytes, ...]) -> list[str]:
    """The names of these parameters, in lower case. Raises for the first that is unknown, fixed, or there twice."""
    names: list[str] = []
    for word in words:
        name = word.decode("latin-1").lower()
        why = _obstacle(session, name, names)
        if why == UNKNOWN:
            raise ReplyError(f"ERR Unknown option or number of arguments for CONFIG SET - '{shown(word)}'")
        if why:
            raise _failed(shown(word), why)
        names.append(name)
    return names


UNKNOWN = "unknown"


def _obstacle(session: Session, name: str, before: list[str]) -> str:
    """Why a parameter cannot be set by this client, or nothing."""
    config = session.engine.config
    parameter = config.parameters.get(name)
    if parameter is None:
        return UNKNOWN
    if not parameter.live:
        return "can't set immutable config"
    if parameter.protected and not config.allows("enable-protected-configs", session.address):
        return "can't set protected config"
    return "duplicate parameter" if name in before else ""


@command(
    "CONFIG RESETSTAT",
    since="2.0.0",
    complexity="O(1)",
    flags="admin noscript loading stale",
    parent="CONFIG",
    reply=Ok(),
)
def config_resetstat(session: Session) -> Reply:
    """Set the counters of the server back to zero: calls and errors of each command, expired keys.

    > CONFIG RESETSTAT
    OK
    """
    session.engine.reset_statistics()
    return OK


@command(
    "CONFIG REWRITE",
    since="2.8.0",
    complexity="O(1)",
    flags="admin noscript loading stale",
    parent="CONFIG",
    reply=Ok(),
)
def config_rewrite(session: Session) -> Reply:
    """Write the present configuration into the file that the server was started with.

    Comments and the order of lines stay; settings that the file lacks go to its end. Without a file there is an error.

    > CONFIG REWRITE
    (error) ERR The server is running without a config file
    """
    from redislab.engine.config_rewrite import rewrite_file

    engine = session.engine
    if not engine.host.config_file:
        raise ReplyError("ERR The server is running without a config file")
    try:
        rewrite_file(engine)
    except HostError as error:
        raise ReplyError(f"ERR Rewriting config file: {error}") from None
    return OK


@command(
    "CONFIG HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="CONFIG",
    reply=Array("", Status()),
)
def config_help(session: Session) -> Reply:
    """Show what CONFIG can do.

    > CONFIG HELP
     1) CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "config")
