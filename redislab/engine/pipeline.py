"""The straight path for many requests at once: what a client sends as a pipeline.

`Engine.execute_observed` runs one command and has an answer to everything. Here stands the same path a second time,
without those answers: it stops before the first request that is out of the ordinary, and whoever called it gives that
one to the session's own `execute`. Nothing is asked again here that cannot have changed: commands that change the
session, or block, are never run here.

In most pipelines the next command is the same again, and only its arguments are others. Such a run of requests is
looked up once. Where the command is quick the run is timed as one, too, and each of its calls is noted with an even
share: reading the clock costs half as much as a GET. So the sum and the number are true, and the slow log misses
nothing that one call took, unless calls that are alike differ by more than the length of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import length_hint
from typing import TYPE_CHECKING

from redislab.resp.types import Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["execute_straight", "straight_run"]

LONGEST_RUN = 16
"""Calls that are timed together."""
CLOSE_LOOK_NS = 1_000_000
"""Where the slow log wants to know of calls as short as this, each is timed by itself."""


def straight_run(command: Command) -> int:
    """How many calls of a command may be timed together; 0 if it has to go the long way.

    Straight are those that only work on data: they change nothing of their session, cannot block, and run no other.
    """
    flags = command.flags
    if not ("write" in flags or "readonly" in flags) or "blocking" in flags or "noscript" in flags:
        return 0
    return LONGEST_RUN if "fast" in flags or command.complexity.startswith("O(1)") else 1


def execute_straight(
    engine: Engine,
    session: Session,
    requests: Sequence[Sequence[bytes]],
    replies: list[Reply | ReplyError],
    alike: bool = False,
) -> None:
    """Run requests from the first on, and append a reply for each that was run, an error as ReplyError.

    Stops before a request that needs more than the straight path, and after one that put something into the session's
    outbox: that goes out before the last of the replies. An exception that is no error reply passes through; it belongs
    to the request after those that have replies. `alike` says that all are known to have the same name, and as many
    words.
    """
    execute = engine.execute_observed
    if session.guarded or session.execute != execute:
        return
    outbox, done, end = session.outbox, 0, len(requests)
    while done < end and not outbox:
        argv = requests[done]
        try:
            command, handler, expected, _, longest = engine.observed[argv[0]]
        except KeyError:
            return
        count = len(argv)
        if not longest or (count != expected and (expected > 0 or count < -expected)):
            return
        alone = longest == 1 or done + 1 == end or requests[done + 1][0] != argv[0]
        if alone or engine.unsettled or engine.alarm_ns < CLOSE_LOOK_NS:
            try:
                replies.append(execute(session, argv))
            except ReplyError as error:
                replies.append(error)
            done += 1
        else:
            calls = requests[done : done + longest]
            if not alike:
                calls = calls[: length_of_run(calls, argv[0], count)]
            session.last_command = command
            done += run_together(engine, session, command, handler, calls, replies)


def run_together(
    engine: Engine,
    session: Session,
    command: Command,
    handler: Callable[..., Reply],
    calls: Sequence[Sequence[bytes]],
    replies: list[Reply | ReplyError],
) -> int:
    """Run calls of one command, and time and note them together; returns how many, as something may come between."""
    outbox, before, rows = session.outbox, len(replies), iter(calls)
    count = len(calls[0])
    failed: list[tuple[Sequence[bytes], ReplyError]] = []
    now = engine.now_ns = engine.read_clock()
    if now >= engine.lru_due:
        engine.read_time()
        now = engine.now_ns
    try:
        while (error := run_until(engine, session, handler, count, rows, replies)) is not None:
            engine.fresh = None
            failed.append((calls[len(replies) - before], error))
            replies.append(error)
            if engine.unsettled or outbox:
                break
    finally:  # also after a mistake of ours, in the call that was taken from `rows` last
        session.last_used_ns = then = engine.read_clock()
        ran = len(replies) - before
        if ran:
            note(engine, session, command, calls[:ran] if ran < len(calls) else calls, failed, then - now)
        if engine.unsettled:
            engine._settle(session, calls[len(calls) - length_hint(rows) - 1])
    return ran


def length_of_run(requests: Sequence[Sequence[bytes]], name: bytes, count: int) -> int:
    """How many of these requests, from the first on, have this name and so many words."""
    length = 0
    for argv in requests:
        if argv[0] != name or len(argv) != count:
            break
        length += 1
    return length


def run_until(
    engine: Engine,
    session: Session,
    handler: Callable[..., Reply],
    count: int,
    rows: Iterator[Sequence[bytes]],
    replies: list[Reply | ReplyError],
) -> ReplyError | None:
    """Run calls of `count` words until one fails, whose error is returned, or something is to be done after one."""
    outbox, append = session.outbox, replies.append
    try:
        if count == 2:
            for _, key in rows:
                append(handler(session, key))
                if engine.unsettled or outbox:
                    break
        elif count == 3:
            for _, key, value in rows:
                append(handler(session, key, value))
                if engine.unsettled or outbox:
                    break
        elif count == 4:
            for _, key, one, two in rows:
                append(handler(session, key, one, two))
                if engine.unsettled or outbox:
                    break
        else:
            for argv in rows:
                append(handler(session, *argv[1:]))
                if engine.unsettled or outbox:
                    break
    except ReplyError as error:
        return error
    return None


def note(
    engine: Engine,
    session: Session,
    command: Command,
    calls: Sequence[Sequence[bytes]],
    failed: list[tuple[Sequence[bytes], ReplyError]],
    took_ns: int,
) -> None:
    """Note calls that took so long together, of which some may have failed."""
    observers = engine.observers
    assert observers is not None
    share = took_ns // len(calls)
    for argv, error in failed:
        observers.failed(session, command, argv, share, error)
    if share < engine.alarm_ns:
        observers.tally(command).ran(len(calls) - len(failed), share)
    else:
        for argv in calls:
            if not any(argv is other for other, _ in failed):
                observers.called(session, command, argv, share, None)
