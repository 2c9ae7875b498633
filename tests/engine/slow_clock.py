"""A clock by which everything takes time, so that tests can see what ends when its time is over."""

from __future__ import annotations


class SlowClock:
    """A clock that moves on by a tenth of a millisecond each time somebody looks."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000_000

    def now_ns(self) -> int:
        self.now += 100_000
        return self.now
