"""CONFIG: reading and changing parameters while the server runs."""

from __future__ import annotations

from redislab.commands.shapes import Array, Map, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.config import ConfigError
from redislab.engine.config_names import NOT_HONOURED
from redislab.engine.errors import ReplyError, shown
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

    Only parameters that have an effect here are shown.

    > CONFIG GET hash-max-listpack-*
    1) "hash-max-listpack-entries"
    2) "512"
    3) "hash-max-listpack-value"
    4) "64"
    """
    config = session.engine.config
    found: dict[str, bytes] = {}
    for pattern in patterns:
        name = pattern.decode("latin-1")
        if any(mark in name for mark in "[*?"):
            matches = compile_pattern(pattern, nocase=True)
            for each in config.names():
                if matches(each.encode()):
                    found.setdefault(each, each.encode())
        elif name.lower() in config.parameters:
            found.setdefault(name.lower(), pattern)
    return {asked: config.shown_text(name).encode("utf-8", "surrogateescape") for name, asked in found.items()}


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

    A parameter of Redis that would have no effect here is refused.

    > CONFIG SET notify-keyspace-events KEA
    OK
    > CONFIG GET notify-keyspace-events
    1) "notify-keyspace-events"
    2) "AKE"
    """
    if len(words) % 2:
        raise ReplyError(errors.SYNTAX)
    config = session.engine.config
    names = _settable(session, words[::2])
    values = []
    for name, text in zip(names, words[1::2], strict=True):
        try:
            values.append(config.read(name, text))
        except ConfigError as error:
            raise _failed(name, str(error)) from None
    for name, value in zip(names, values, strict=True):
        config.set(name, value)
    return OK


def _failed(name: str, why: str) -> ReplyError:
    return ReplyError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")


def _settable(session: Session, words: tuple[bytes, ...]) -> list[str]:
    """The names of these parameters, each known, changeable, and there once; an unknown one is told before all else."""
    parameters = session.engine.config.parameters
    names: list[str] = []
    problem: ReplyError | None = None
    for word in words:
        name = word.decode("latin-1").lower()
        parameter = parameters.get(name)
        if problem is not None:
            continue
        if parameter is None:
            problem = _unknown(name, word)
        elif not parameter.live:
            problem = _failed(shown(word), "can't set immutable config")
        elif name in names:
            problem = _failed(shown(word), "duplicate parameter")
        names.append(name)
    if problem is not None:
        raise problem
    return names


def _unknown(name: str, word: bytes) -> ReplyError:
    if name in NOT_HONOURED:
        return ReplyError(f"ERR redislab does not support the parameter '{name}' yet: setting it would have no effect")
    return ReplyError(f"ERR Unknown option or number of arguments for CONFIG SET - '{shown(word)}'")


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
