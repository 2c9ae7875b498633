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

from collections.abc import Sequence
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
    engine: Engine, session: Session, requests: Sequence[Sequence[bytes]], replies: list[Reply | ReplyError]
) -> None:
    """Run requests from the first on, and append a reply for each that was run, an error as ReplyError.

    Stops before a request that needs more than the straight path, and after one that put something into the session's
    outbox: that goes out before the last of the replies. An exception that is no error reply passes through; it belongs
    to the request after those that have replies.
    """
    if session.guarded or session.execute != engine.execute_observed:
        return
    read_clock, outbox, append = engine.read_clock, session.outbox, replies.append
    now = session.last_used_ns = read_clock()
    before = len(replies)
    done, end = 0, len(requests)
    while done < end and not outbox:
        name, count = requests[done][0], len(requests[done])
        try:
            command, handler, expected, times, run = engine.observed[name]
        except KeyError:
            return
        if not run or (count != expected and (expected > 0 or count < -expected)):
            return
        session.last_command = command
        engine.now_ns = now
        if now >= engine.lru_due:
            engine.read_time()
            now = engine.now_ns
        if engine.unsettled or engine.alarm_ns < CLOSE_LOOK_NS:
            run = 1
        failed: list[tuple[Sequence[bytes], ReplyError]] = []
        try:
            for argv in requests[done : done + run]:
                if argv[0] != name or len(argv) != count:
                    break
                try:
                    if count == 2:
                        append(handler(session, argv[1]))
                    elif count == 3:
                        append(handler(session, argv[1], argv[2]))
                    elif count == 4:
                        append(handler(session, argv[1], argv[2], argv[3]))
                    else:
                        append(handler(session, *argv[1:]))
                except ReplyError as error:
                    engine.fresh = None
                    failed.append((argv, error))
                    append(error)
                if engine.unsettled or outbox:
                    break
        finally:  # also after a mistake of ours, in the call that `argv` is then
            then = read_clock()
            calls = len(replies) - before - done
            if calls == 1 and not failed and then - now < engine.alarm_ns:
                times.append(then - now)
            elif calls:
                note(engine, session, command, requests[done : done + calls], failed, then - now)
            done += calls
            if engine.unsettled:
                engine._settle(session, argv)
                then = read_clock()
        now = then
    session.last_used_ns = now


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
