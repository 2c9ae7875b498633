"""What is counted and noted about the calls of commands: the numbers behind INFO, SLOWLOG, LATENCY.

An engine that observes runs its commands through `Engine.execute_observed`, which measures each call and puts its time
into the command's `Tally`; one that does not has no observers at all, and its commands pay nothing. Every engine counts
for itself, and by its own clock: where that stands still, nothing takes any time.

A call must cost little more than the two readings of the clock. So a tally only gathers times, and counts them up when
there are many or when somebody asks. What is rare (an error, a slow call, a client that blocks) has functions here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from redislab.engine.histogram import Histogram
from redislab.engine.latency import LatencyMonitor
from redislab.engine.pipeline import straight_run
from redislab.engine.rates import Rates
from redislab.engine.slowlog import SlowLog
from redislab.resp.types import BLOCKED, Reply, ReplyError

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.blocking import Wait
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["GATHERING_NS", "Observed", "Observers", "Tally"]

MANY = 4096
"""So many times of calls within others are gathered before they are counted up."""
GATHERING_NS = 20_000_000
READINGS = 500
"""All times are counted up that often, or, by a clock that may stand still, after so many readings of it."""

Observed = tuple["Command", Callable[..., Reply], int, list[int], int]
"""What the straight path needs of a command: itself, its handler, the number of words, its times; `straight_run`."""


class Tally:
    """What one command was called for. Times are in ns; `gather` brings the figures up to date."""

    __slots__ = ("calls", "failed", "histogram", "rejected", "time_ns", "times", "tracked")

    def __init__(self, tracked: bool) -> None:
        self.calls = 0
        self.time_ns = 0
        self.rejected = 0
        self.failed = 0
        self.histogram = Histogram()
        self.tracked = tracked
        """Whether times go into the histogram: latency-tracking."""
        self.times: list[int] = []
        """Times of calls that are not counted yet."""

    def gather(self) -> None:
        """Count the times that have come together."""
        times = self.times
        if times:
            self.calls += len(times)
            self.time_ns += sum(times)
            if self.tracked:
                self.histogram.add(times)
            times.clear()

    def ran(self, calls: int, took_ns: int) -> None:
        """Count so many calls that took equally long, `took_ns` each."""
        self.calls += calls
        self.time_ns += calls * took_ns
        if self.tracked and calls:
            self.histogram.add_equal(took_ns, calls)

    def reset(self) -> None:
        """Begin to count anew. The list of times stays the one that the engine knows, also for the present call."""
        self.calls = self.time_ns = self.rejected = self.failed = 0
        self.histogram = Histogram()
        self.times.clear()

    def began_to_wait(self, took_ns: int) -> None:
        """A call that blocked its client: it is a call already, and its time will be complete when the wait ends."""
        self.calls += 1
        self.time_ns += took_ns

    def waited(self, before_ns: int, then_ns: int) -> None:
        """The end of such a call, which took `then_ns` more."""
        self.time_ns += then_ns
        if self.tracked:
            self.histogram.add((before_ns + then_ns,))


class Observers:
    """The counts of one engine, its slow log, and its latency events."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tallies: dict[Command, Tally] = {}
        self.errors: Counter[bytes] = Counter()
        """How many errors began with each word: ERR, WRONGTYPE."""
        self.slow_log = SlowLog()
        self.latency = LatencyMonitor()
        self.rates = Rates()
        self.tracked = True
        self.percentiles: tuple[float, ...] = (50.0, 99.0, 99.9)
        self.connections_before = 0
        """Clients that had connected when the counting began."""
        self.expiry_ns = 0
        """Time spent on removing expired keys."""
        self.alarm_ns = 0
        """A call that takes at least so long is looked at: by the slow log, or as a latency event."""
        self.refresh_alarm()

    # -- what is asked ---------------------------------------------------------------------------------------

    def counted(self) -> Iterator[tuple[Command, Tally]]:
        """Every command that was called or refused, with its figures, in the order of the first time."""
        for command, tally in self.tallies.items():
            tally.gather()
            if tally.calls or tally.rejected or tally.failed:
                yield command, tally

    def tally(self, command: Command) -> Tally:
        """The tally of a command, made when first asked for."""
        found = self.tallies.get(command)
        if found is None:
            found = self.tallies[command] = Tally(self.tracked)
        return found

    @property
    def calls(self) -> int:
        """All calls of all commands."""
        return sum(tally.calls + len(tally.times) for tally in self.tallies.values())

    # -- what happens ----------------------------------------------------------------------------------------

    def learn(self, word: bytes, command: Command) -> None:
        """Remember a command by its name as typed, so that the next call goes straight."""
        known = self.engine.observed
        alone = not command.parent and not command.subcommands
        if alone and command.handler is not None and len(known) < MANY:
            word = bytes(word)
            known[word] = command, *command.straight(word), self.tally(command).times, straight_run(command)

    def called(self, session: Session, command: Command, argv: Sequence[bytes], took_ns: int, reply: Reply) -> None:
        """A command was called and took `took_ns`: the way of all calls but the common ones."""
        self.engine.alarm_ns = self.alarm_ns
        tally = self.tally(command)
        if reply is BLOCKED:
            tally.began_to_wait(took_ns)
            wait = session.wait
            if wait is not None:
                wait.note = command, argv, took_ns
            return
        tally.times.append(took_ns)
        if len(tally.times) >= MANY:
            tally.gather()
        if took_ns >= self.alarm_ns:
            self.noticed(session, command, argv, took_ns)

    def failed(
        self, session: Session, command: Command, argv: Sequence[bytes], took_ns: int, error: ReplyError
    ) -> None:
        """A command was called and answered with an error; or its handler is the one that knows it is not allowed."""
        if error.rejected:
            self.rejected(command, error)
            return
        self.tally(command).failed += 1
        self.erred(error)
        self.called(session, command, argv, took_ns, error)

    def rejected(self, command: Command | None, error: ReplyError) -> None:
        """A command was refused before its call; None for one that is not known."""
        if command is not None:
            self.tally(command).rejected += 1
        self.erred(error)

    def erred(self, error: ReplyError) -> None:
        """A client, or a script, got this error. One that is passed on is the same error and counts once."""
        if not error.counted:
            error.counted = True
            self.errors[_code(error.text)] += 1

    def unblocked(self, wait: Wait, took_ns: int, reply: Reply) -> None:
        """A client that was blocked got its reply; serving it took `took_ns`."""
        assert wait.note is not None
        session, (command, argv, before_ns) = wait.session, wait.note
        tally = self.tally(command)
        tally.waited(before_ns, took_ns)
        if isinstance(reply, ReplyError):
            tally.failed += 1
            self.erred(reply)
        if before_ns + took_ns >= self.alarm_ns:
            self.slow_log.note(session, command, argv, before_ns + took_ns)
            self.latency.note("command-unblocking", took_ns, self.engine.now_ns)

    def timed_out(self, wait: Wait) -> None:
        """The time of a blocked client is over: no call that took long, but for DEBUG SLEEP, whose work that is."""
        assert wait.note is not None
        if wait.note[0].name == "debug":
            command, argv, before_ns = wait.note
            slept_ns = (wait.deadline - wait.since) * 1_000_000
            self.tally(command).waited(before_ns, slept_ns)
            if before_ns + slept_ns >= self.alarm_ns:
                self.noticed(wait.session, command, argv, before_ns + slept_ns)

    def tick(self) -> None:
        """Some ten times a second: sample what INFO tells as rates."""
        host = self.engine.host
        self.rates.sample(
            self.engine.now_ns,
            {"commands": self.calls, "input": host.bytes_received, "output": host.bytes_sent},
        )

    def expired(self, took_ns: int) -> None:
        """A round of expiry is over."""
        self.expiry_ns += took_ns
        self.latency.note("expire-cycle", took_ns, self.engine.now_ns)

    def evicted(self, took_ns: int) -> None:
        """A round of eviction is over."""
        self.latency.note("eviction-cycle", took_ns, self.engine.now_ns)

    def noticed(self, session: Session, command: Command, argv: Sequence[bytes], took_ns: int) -> None:
        """A call took long enough for the slow log or for an event of latency."""
        self.slow_log.note(session, command, argv, took_ns)
        event = "fast-command" if "fast" in command.flags else "command"
        self.latency.note(event, took_ns, self.engine.now_ns)

    def gather(self) -> None:
        """Count up the times that have come together, before they are too many."""
        for tally in self.tallies.values():
            if tally.times:
                tally.gather()

    def counting(self, read_clock: Callable[[], int]) -> Callable[[], int]:
        """A reader of a clock that need not run: times are counted up after so many readings."""
        left = READINGS

        def read() -> int:
            nonlocal left
            left -= 1
            if left < 0:
                left = READINGS
                self.gather()
            return read_clock()

        return read

    # -- parameters ------------------------------------------------------------------------------------------

    def refresh_alarm(self) -> None:
        """Recompute from which time on a call is looked at, after a threshold has changed."""
        self.alarm_ns = min(self.slow_log.threshold_ns, self.latency.threshold_ns)
        self.engine.alarm_ns = self.alarm_ns

    def track(self, wanted: bool) -> None:
        """latency-tracking: whether times go into histograms from now on."""
        self.tracked = wanted
        for tally in self.tallies.values():
            tally.gather()
            tally.tracked = wanted

    def reset(self) -> None:
        """Begin to count anew (CONFIG RESETSTAT); the slow log and the events of latency stay."""
        engine = self.engine
        for tally in self.tallies.values():
            tally.reset()
        self.errors.clear()
        self.rates = Rates()
        self.connections_before = engine.next_id - 1
        self.expiry_ns = 0


def _code(text: str) -> bytes:
    """The first word of an error as its statistics name it; ERR where there is no second one within 32 bytes."""
    code, space, _ = text.encode("utf-8", "surrogateescape")[:32].partition(b" ")
    return code if space else b"ERR"
