"""How many things happened a second of late: the mean of the last 16 samples, one every 100 ms or more, as in Redis."""

from __future__ import annotations

from collections import deque

__all__ = ["Rates"]

SAMPLES = 16
PERIOD_NS = 100_000_000


class Rates:
    """Rates of several counters that only grow, each known by its name."""

    def __init__(self) -> None:
        self.samples: dict[str, deque[float]] = {}
        self.last: dict[str, int] = {}
        self.last_ns = 0

    def sample(self, now_ns: int, counters: dict[str, int]) -> None:
        """Look at the counters; does nothing until 100 ms have gone by since the last time."""
        elapsed = now_ns - self.last_ns
        if 0 <= elapsed < PERIOD_NS:
            return
        for name, count in counters.items():
            known = self.samples.setdefault(name, deque([0.0] * SAMPLES, SAMPLES))
            if self.last_ns and elapsed > 0:
                known.append((count - self.last.get(name, 0)) * 1e9 / elapsed)
            self.last[name] = count
        self.last_ns = now_ns

    def rate(self, name: str) -> float:
        """How often a second this has happened of late; 0 where there is no sample."""
        known = self.samples.get(name)
        return sum(known) / SAMPLES if known else 0.0
