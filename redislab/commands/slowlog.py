"""SLOWLOG: the commands that took longest."""

from __future__ import annotations

from itertools import islice

from redislab.commands.shapes import Array, Integer, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.engine.slowlog import SlowLog
from redislab.resp.types import OK, Reply
from redislab.values.numbers import parse_int64

GROUP = "server"

SHOWN = 10
COUNT_TOO_LOW = "ERR count should be greater than or equal to -1"

container("SLOWLOG", group="server", since="2.2.12", complexity="Depends on subcommand.")


def _log(session: Session) -> SlowLog:
    """The slow log; one without entries where calls are not observed."""
    observers = session.engine.observers
    return observers.slow_log if observers is not None else SlowLog()


@command(
    "SLOWLOG GET [count:int]",
    since="2.2.12",
    complexity="O(N) where N is the number of entries returned",
    flags="admin loading stale",
    tips=["request_policy:all_nodes", "nondeterministic_output"],
    history={"4.0.0": "Entries tell the client's address and name."},
    parent="SLOWLOG",
    reply=Array("the entries, the newest first"),
)
def slowlog_get(session: Session, *words: bytes) -> Reply:
    """Show the newest entries of the slow log: ten, so many as said, or with -1 all.

    A command comes into it when it ran for slowlog-log-slower-than microseconds or more, waiting for a key not counted.
    An entry is a number, the unix time, the microseconds it took, its words (long ones shortened, passwords covered),
    and the client's address and name.

    > SLOWLOG RESET
    OK
    > SLOWLOG GET
    (empty array)
    > SLOWLOG GET -2
    (error) ERR count should be greater than or equal to -1
    """
    if len(words) > 1:
        raise errors.subcommand_syntax("SLOWLOG", b"GET")
    count = parse_int64(words[0]) if words else SHOWN
    if count is None or not -1 <= count < 1 << 63:
        raise ReplyError(COUNT_TOO_LOW)
    entries = _log(session).entries
    return [
        [entry.id, entry.time, entry.took_us, list(entry.words), entry.address, entry.name]
        for entry in islice(entries, len(entries) if count < 0 else min(count, len(entries)))
    ]


@command(
    "SLOWLOG LEN",
    since="2.2.12",
    complexity="O(1)",
    flags="admin loading stale",
    tips=["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
    parent="SLOWLOG",
    reply=Integer("the number of entries"),
)
def slowlog_len(session: Session) -> Reply:
    """Count the entries of the slow log.

    > SLOWLOG RESET
    OK
    > SLOWLOG LEN
    (integer) 0
    """
    return len(_log(session).entries)


@command(
    "SLOWLOG RESET",
    since="2.2.12",
    complexity="O(N) where N is the number of entries in the slowlog",
    flags="admin loading stale",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    parent="SLOWLOG",
    reply=Ok(),
)
def slowlog_reset(session: Session) -> Reply:
    """Empty the slow log. Numbers of later entries go on where they were.

    > SLOWLOG RESET
    OK
    """
    _log(session).entries.clear()
    return OK


@command(
    "SLOWLOG HELP",
    since="6.2.0",
    complexity="O(1)",
    flags="loading stale",
    parent="SLOWLOG",
    reply=Array("lines of help", Status()),
)
def slowlog_help(session: Session) -> Reply:
    """Show what SLOWLOG can do.

    > SLOWLOG HELP
    1) SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "slowlog")
