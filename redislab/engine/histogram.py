"""How long calls took, as counts in buckets: a histogram of high dynamic range with two significant digits.

A value below 256 ns has a bucket of its own; from there on every doubling is cut into 128 buckets. That is how Redis
keeps the times of its commands, so percentiles round the same way. Times are in ns. This module knows no command.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["HIGHEST_NS", "Histogram", "highest_equal"]

HIGHEST_NS = 1_000_000_000
"""What takes longer counts as this long."""

MOST_DIFFERENT = 10_000
_FIRST_LEVEL = 1024
_END = (1 << 30) - 1


def highest_equal(value: int) -> int:
    """The highest value that falls into the same bucket: what stands for the bucket."""
    shift = max(0, value.bit_length() - 8)
    return (((value >> shift) + 1) << shift) - 1


class Histogram:
    """Counts by bucket, each bucket named by its highest value.

    Times are counted as they are, which costs least, and put into buckets when there are many different ones or when
    somebody asks.
    """

    __slots__ = ("buckets", "raw", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.raw: Counter[int] = Counter()
        self.total = 0

    def add(self, times: Sequence[int]) -> None:
        """Count these times."""
        self.total += len(times)
        self.raw.update(times)
        if len(self.raw) > MOST_DIFFERENT:
            self._sort_in()

    def add_equal(self, time: int, count: int) -> None:
        """Count a time that many times over."""
        self.total += count
        self.raw[time] += count
        if len(self.raw) > MOST_DIFFERENT:
            self._sort_in()

    def _sort_in(self) -> None:
        buckets = self.buckets
        for value, times in self.raw.items():
            bucket = highest_equal(min(max(value, 1), HIGHEST_NS))
            buckets[bucket] = buckets.get(bucket, 0) + times
        self.raw.clear()

    def percentiles(self, wanted: Sequence[float]) -> list[int]:
        """The time that so many percent of the calls did not exceed, for each; 0 where there are no calls."""
        self._sort_in()
        buckets = sorted(self.buckets.items())
        return [self._percentile(buckets, each) for each in wanted]

    def _percentile(self, buckets: list[tuple[int, int]], percent: float) -> int:
        needed = max(1, int(min(percent, 100.0) / 100 * self.total + 0.5))
        for bucket, times in buckets:
            needed -= times
            if needed <= 0:
                # The zeroth percentile is the beginning of the first bucket, the others are ends.
                return bucket if percent else _lowest_equal(bucket)
        return 0

    def cumulative(self) -> list[tuple[int, int]]:
        """How many calls took at most so many µs, at each power of two of 1024 ns where the number grows."""
        found: list[tuple[int, int]] = []
        self._sort_in()
        buckets = sorted(self.buckets.items(), reverse=True)
        counted, level = 0, _FIRST_LEVEL
        while buckets:
            end = min(highest_equal(level), _END)
            before = counted
            while buckets and buckets[-1][0] <= end:
                counted += buckets.pop()[1]
            if counted > before:
                found.append((end // 1000, counted))
            level *= 2
        return found


def _lowest_equal(bucket: int) -> int:
    shift = max(0, bucket.bit_length() - 8)
    return bucket >> shift << shift
