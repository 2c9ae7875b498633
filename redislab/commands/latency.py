"""LATENCY: what took long, and how long each command takes."""

from __future__ import annotations

from redislab.commands.shapes import Array, Integer, OneOf, Status, Text
from redislab.commands.shapes import Map as MapReply
from redislab.commands.spec import Command, command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.errors import ReplyError, shown
from redislab.engine.observers import Observers
from redislab.engine.session import Session
from redislab.resp.types import Map, Reply, Verbatim

GROUP = "server"

container("LATENCY", group="server", since="2.8.13", complexity="Depends on subcommand.")


def _observers(session: Session) -> Observers:
    """What was observed; nothing where calls are not."""
    return session.engine.observers or Observers(session.engine)


@command(
    "LATENCY LATEST",
    since="2.8.13",
    complexity="O(1)",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    parent="LATENCY",
    reply=Array("name, unix time of the last one, its ms, and the longest ever, for each event"),
)
def latency_latest(session: Session) -> Reply:
    """Show each kind of slow event with its latest time, in milliseconds, and its worst.

    Nothing is noted before latency-monitor-threshold says how many milliseconds are slow.

    > CONFIG SET latency-monitor-threshold 100
    OK
    > LATENCY LATEST
    (empty array)
    """
    events = _observers(session).latency.events
    return [
        [name.encode(), event.samples[-1].time, event.samples[-1].took_ms, event.worst_ms]
        for name, event in events.items()
    ]


@command(
    "LATENCY HISTORY event",
    since="2.8.13",
    complexity="O(1)",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    parent="LATENCY",
    reply=Array("unix time and ms of each sample, the oldest first"),
)
def latency_history(session: Session, name: bytes) -> Reply:
    """Show the samples of one kind of event: at most 160, the worst of each second that had one.

    > LATENCY HISTORY command
    (empty array)
    """
    event = _observers(session).latency.events.get(name.decode("latin-1"))
    return [[sample.time, sample.took_ms] for sample in event.samples] if event is not None else []


@command(
    "LATENCY RESET [event]...",
    since="2.8.13",
    complexity="O(1)",
    flags="admin noscript loading stale",
    tips=["request_policy:all_nodes", "response_policy:all_succeeded"],
    parent="LATENCY",
    reply=Integer("how many of the events were known"),
)
def latency_reset(session: Session, *names: bytes) -> Reply:
    """Forget the samples of some kinds of event, or of all.

    > LATENCY RESET command
    (integer) 0
    """
    return _observers(session).latency.reset([name.decode("latin-1") for name in names])


@command(
    "LATENCY GRAPH event",
    since="2.8.13",
    complexity="O(1)",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    parent="LATENCY",
    reply=Text("a picture made of letters"),
)
def latency_graph(session: Session, name: bytes) -> Reply:
    """Draw the samples of one kind of event, with their ages below, read from top to bottom.

    > LATENCY GRAPH command
    ERR No samples available for event 'command'
    """
    event = _observers(session).latency.events.get(name.decode("latin-1"))
    if event is None:
        raise ReplyError(f"ERR No samples available for event '{shown(name)}'")
    return Verbatim(event.graph(shown(name), session.engine.now // 1000).encode("utf-8", "surrogateescape"))


@command(
    "LATENCY DOCTOR",
    since="2.8.13",
    complexity="O(1)",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    parent="LATENCY",
    reply=Text("a report with advice"),
)
def latency_doctor(session: Session) -> Reply:
    """Report on the slow events in sentences, with figures and advice.

    The sentences are redislab's own: a server says the same in its words.

    > CONFIG SET latency-monitor-threshold 100
    OK
    > LATENCY DOCTOR
    No latency spike was noted since the watching began. Nothing here needs a cure.
    """
    from redislab.engine.latency_doctor import report

    return Verbatim(report(_observers(session), session.engine.now // 1000).encode())


@command(
    "LATENCY HISTOGRAM [command]...",
    since="7.0.0",
    complexity="O(N) where N is the number of commands with latency information being retrieved.",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    parent="LATENCY",
    reply=OneOf(MapReply("for each command its calls, and how many took at most so many microseconds")),
)
def latency_histogram(session: Session, *names: bytes) -> Reply:
    """Show how long the calls of commands took: for each power of two of a microsecond, how many took at most that.

    Without names every command is shown that was called. A command with subcommands stands for all of them.

    > LATENCY HISTOGRAM nosuchcommand
    (empty array)
    """
    observers = _observers(session)
    found = dict(observers.counted())
    wanted = [command for name in names for command in _named(session, name)] if names else list(found)
    return Map(
        (command.name.encode(), {b"calls": histogram.total, b"histogram_usec": dict(histogram.cumulative())})
        for command in wanted
        if command in found and (histogram := found[command].histogram).total
    )


def _named(session: Session, name: bytes) -> list[Command]:
    """The command with this name (`config|get` for a subcommand), and its subcommands; nothing if there is none."""
    first, _, second = name.decode("latin-1").lower().partition("|")
    command: Command | None = session.engine.commands.get(first)
    if command is not None and second:
        command = command.subcommands.get(second)
    return [command, *command.subcommands.values()] if command is not None else []


@command(
    "LATENCY HELP",
    since="2.8.13",
    complexity="O(1)",
    flags="loading stale",
    parent="LATENCY",
    reply=Array("lines of help", Status()),
)
def latency_help(session: Session) -> Reply:
    """Show what LATENCY can do.

    > LATENCY HELP
     1) LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "latency")
