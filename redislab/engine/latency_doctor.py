"""LATENCY DOCTOR: the events of latency told as a report, with advice.

The layout and the figures are those of Redis; the sentences are redislab's own. They speak of
what can be slow here and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redislab.engine.latency import Event

if TYPE_CHECKING:
    from redislab.engine.observers import Observers

__all__ = ["report"]

OFF = (
    "Latency is not watched: no event is noted while latency-monitor-threshold is 0. Choose what you call slow, in"
    " milliseconds, and say so: CONFIG SET latency-monitor-threshold 100\n"
)
QUIET = "No latency spike was noted since the watching began. Nothing here needs a cure.\n"
SPIKES = "Latency spikes were noted. These are the events, one a line:\n\n"
ADVICE = "\nWhat to do about it:\n\n"


def report(observers: Observers, now: int) -> str:
    """The whole report; `now` is in s since 1970."""
    events = observers.latency.events
    if not events:
        return OFF if observers.latency.threshold_ms <= 0 else QUIET
    lines = [f"{number}. {_figures(name, event, now)}\n" for number, (name, event) in enumerate(events.items(), 1)]
    advice = [f"- {line}\n" for line in _advice(observers)]
    return SPIKES + "".join(lines) + (ADVICE + "".join(advice) if advice else "")


def _figures(name: str, event: Event, now: int) -> str:
    times = [sample.took_ms for sample in event.samples]
    count = len(times)
    average = sum(times) // count
    deviation = sum(abs(average - each) for each in times) // count
    period = (now - event.samples[0].time or 1) / count
    return (
        f"{name}: {count} latency spikes (average {average}ms, mean deviation {deviation}ms, period {period:.2f} sec)."
        f" Worst all time event {event.worst_ms}ms."
    )


def _advice(observers: Observers) -> Iterator[str]:
    events, slow_log = observers.latency.events, observers.slow_log
    if "command" in events:
        wanted = observers.latency.threshold_ms * 1_000_000
        if slow_log.threshold_ns > wanted:
            yield (
                "The slow log misses some of these commands, because its threshold is higher than that of the events:"
                f" CONFIG SET slowlog-log-slower-than {wanted // 1000}"
            )
        yield "SLOWLOG GET shows which commands they were: look at what each costs with the size of its keys (its O())."
        yield "A command on a very large key holds up everybody: split such keys, or work on a part at a time (SCAN)."
    if "fast-command" in events:
        yield "Even commands of constant cost were slow: the machine may be short of processor time or of memory."
    if "expire-cycle" in events:
        yield "Many keys expired at once: spread their times to live, for example with some random seconds."
    if "eviction-cycle" in events:
        yield "Making room under maxmemory took long: give it more of it, or let keys expire before that."
    if "command-unblocking" in events:
        yield "Serving clients that had waited took long: they may take too much at once (COUNT)."
