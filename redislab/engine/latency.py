"""Events of latency: what took longer than latency-monitor-threshold, at most one sample a second for each event.

Kept by name of event: a command, a fast command, a round of expiry. The picture (GRAPH) and the report (DOCTOR) are
made here too, from the samples alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

__all__ = ["Event", "LatencyMonitor", "Sample", "sparkline"]

NEVER = 1 << 63
SAMPLES = 160
COLUMNS = 80
ROWS = 4
FILL = "_o#"
"""The steps within a row of the picture, from low to high; what is full has a bar."""


class Sample:
    """The worst of one second: `time` in s since 1970, `took_ms` in ms."""

    __slots__ = ("time", "took_ms")

    def __init__(self, time: int, took_ms: int) -> None:
        self.time = time
        self.took_ms = took_ms


class Event:
    """The samples of one event, oldest first, and the worst ever."""

    __slots__ = ("samples", "worst_ms")

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=SAMPLES)
        self.worst_ms = 0

    def add(self, time: int, took_ms: int) -> None:
        """Note what happened in this second; of several in one second the worst stays."""
        self.worst_ms = max(self.worst_ms, took_ms)
        if self.samples and self.samples[-1].time == time:
            self.samples[-1].took_ms = max(self.samples[-1].took_ms, took_ms)
        else:
            self.samples.append(Sample(time, took_ms))

    def graph(self, name: str, now: int) -> str:
        """The samples as a picture of letters, each with its age below."""
        heights = [sample.took_ms for sample in self.samples]
        ages = [_age(now - sample.time) for sample in self.samples]
        head = f"{name} - high {max(heights)} ms, low {min(heights)} ms (all time high {self.worst_ms} ms)"
        return f"{head}\n{'-' * COLUMNS}\n{sparkline(heights, ages)}"


class LatencyMonitor:
    """The events of one engine."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.threshold_ms = 0
        self.threshold_ns = NEVER

    def set_threshold(self, milliseconds: int) -> None:
        """latency-monitor-threshold: 0 notes nothing."""
        self.threshold_ms = milliseconds
        self.threshold_ns = milliseconds * 1_000_000 if milliseconds > 0 else NEVER

    def note(self, event: str, took_ns: int, now_ns: int) -> None:
        """Note an event if it took long enough."""
        if took_ns >= self.threshold_ns:
            self.events.setdefault(event, Event()).add(now_ns // 1_000_000_000, took_ns // 1_000_000)

    def reset(self, names: Sequence[str]) -> int:
        """Forget these events, or all when none is named; returns how many were known."""
        known = [name for name in names or list(self.events) if name in self.events]
        forgotten = 0
        for name in known:
            forgotten += self.events.pop(name, None) is not None
        return forgotten


def sparkline(heights: Sequence[int], labels: Sequence[str]) -> str:
    """A picture of numbers, four rows high, 80 columns to a block, with labels that read downwards."""
    lowest, range_ = min(heights), max(heights) - min(heights) or 1
    steps = ROWS * len(FILL)
    levels = [min(steps - 1, int((height - lowest) * steps / range_)) for height in heights]
    blocks = []
    for start in range(0, len(levels), COLUMNS):
        part, names = levels[start : start + COLUMNS], labels[start : start + COLUMNS]
        rows = ["".join(_cell(level - (ROWS - 1 - row) * len(FILL)) for level in part) for row in range(ROWS)]
        rows.append(" " * len(part))
        for letter in range(max(map(len, names))):
            rows.append("".join(name[letter : letter + 1] or " " for name in names))
        blocks.append("".join(row + "\n" for row in rows))
    return "\n".join(blocks)


def _cell(level: int) -> str:
    if level < 0:
        return " "
    return FILL[level] if level < len(FILL) else "|"


def _age(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h" if seconds < 86400 else f"{seconds // 86400}d"
