"""Where time comes from: a clock is an object with `now_ns()`, nanoseconds since 1970.

The engine asks once a command. `VirtualClock` runs on another clock and can be moved, frozen and scaled, which
is how undo restores an instant and how a lesson lets a minute pass.
"""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol

__all__ = ["Clock", "ClockState", "ManualClock", "SystemClock", "VirtualClock", "stopwatch_ns"]

SECOND = 1_000_000_000


class Clock(Protocol):
    """Anything that tells the time in nanoseconds since 1970."""

    def now_ns(self) -> int:
        """The present instant."""
        ...


stopwatch_ns = time.monotonic_ns
"""For measuring how long something takes: no virtual clock moves it."""


class SystemClock:
    """The machine's clock."""

    __slots__ = ("now_ns",)

    def __init__(self) -> None:
        self.now_ns = time.time_ns


class ManualClock:
    """A clock that stands still until it is moved. Starts at 2024-01-01 00:00:00 UTC unless told."""

    def __init__(self, start_ms: int = 1_704_067_200_000) -> None:
        self._now = start_ms * 1_000_000

    def now_ns(self) -> int:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on; a negative number moves back."""
        self._now += round(seconds * SECOND)


class ClockState(NamedTuple):
    """How a virtual clock runs: at `base_ns` of the clock below it showed `shown_ns`, and `rate` is its speed."""

    base_ns: int
    shown_ns: int
    rate: float


class VirtualClock:
    """A clock over another one. Rate 1 follows it, 0 is frozen, 60 makes a minute of every second."""

    def __init__(self, below: Clock) -> None:
        self.below = below
        self.state = ClockState(0, 0, 1.0)

    @property
    def untouched(self) -> bool:
        """True while it shows exactly what the clock below shows."""
        return self.state.rate == 1.0 and self.state.base_ns == self.state.shown_ns

    def now_ns(self) -> int:
        base, shown, rate = self.state
        elapsed = self.below.now_ns() - base
        return shown + (elapsed if rate == 1.0 else round(elapsed * rate))

    @property
    def offset_ms(self) -> int:
        """How far it is ahead of the clock below (behind: negative)."""
        return (self.now_ns() - self.below.now_ns()) // 1_000_000

    def set(self, shown_ns: int, rate: float | None = None) -> None:
        """Show this instant now, and go on at `rate` (unchanged if None)."""
        self.state = ClockState(self.below.now_ns(), shown_ns, self.state.rate if rate is None else rate)

    def reset(self) -> None:
        """Follow the clock below again."""
        self.state = ClockState(0, 0, 1.0)
