"""The first few of many in order, with ties broken as the server breaks them.

Redis does not sort everything when only the first `count` are wanted: it runs a quicksort (that of Bentley and McIlroy,
"Engineering a Sort Function") and leaves out the parts that hold none of those. That sort is not stable, so which of
several equals comes first is decided by its every swap, and this module makes the same ones. It knows nothing of what
it sorts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

__all__ = ["first_sorted"]

T = TypeVar("T")
Entry = tuple[float, int]

SMALL = 7
"""Fewer than these are sorted by insertion, which keeps equals in order."""

LARGE = 40
"""More than these have their pivot chosen among nine."""

sort_key = itemgetter(0)


def first_sorted(items: list[T], key: Callable[[T], float], count: int) -> list[T]:
    """The `count` items with the lowest keys, in the order in which the server's partial sort leaves them.

    For all the items and for few the sort is stable. Keys must be comparable; use their negative to sort downwards.
    """
    entries = [(key(item), place) for place, item in enumerate(items)]
    ranked = sorted(entries, key=sort_key)
    if count < len(items) and len(items) >= SMALL and _has_ties(ranked[: count + 1]):
        _Partial(entries, count - 1).sort(0, len(entries))
        ranked = entries
    return [items[place] for _, place in ranked[:count]]


def _has_ties(ranked: list[Entry]) -> bool:
    return any(one[0] == other[0] for one, other in pairwise(ranked))


class _Partial:
    """The sort itself, on `entries` in place; nothing beyond the place `last` needs to be in order."""

    def __init__(self, entries: list[Entry], last: int) -> None:
        self.entries = entries
        self.last = last

    def sort(self, start: int, size: int) -> None:
        """Sort `size` entries from `start` on."""
        while size >= SMALL:
            lower, higher = self._partition(start, size)
            if lower > 1 and start <= self.last:
                self.sort(start, lower)
            start, size = start + size - higher, higher
            if higher <= 1 or start > self.last:
                return
        self.entries[start : start + size] = sorted(self.entries[start : start + size], key=sort_key)

    def _partition(self, start: int, size: int) -> tuple[int, int]:
        """Move what is below the pivot to the front and what is above it to the end; returns how many those are."""
        entries = self.entries
        self._swap(start, self._pivot(start, size))
        pivot = entries[start][0]
        # Equals are gathered at both ends: before `left_end`, after `right_end`.
        left_end = left = start + 1
        right_end = right = start + size - 1
        while True:
            while left <= right and entries[left][0] <= pivot:
                if entries[left][0] == pivot:
                    self._swap(left_end, left)
                    left_end += 1
                left += 1
            while left <= right and entries[right][0] >= pivot:
                if entries[right][0] == pivot:
                    self._swap(right, right_end)
                    right_end -= 1
                right -= 1
            if left > right:
                break
            self._swap(left, right)
            left += 1
            right -= 1
        end = start + size
        self._swap_runs(start, left, min(left_end - start, left - left_end))
        self._swap_runs(left, end, min(right_end - right, end - right_end - 1))
        return left - left_end, right_end - right

    def _pivot(self, start: int, size: int) -> int:
        """The place of the middle one of three entries, or of nine."""
        low, middle, high = start, start + size // 2, start + size - 1
        if size == SMALL:
            return middle
        if size > LARGE:
            step = size // 8
            low = self._median(low, low + step, low + 2 * step)
            middle = self._median(middle - step, middle, middle + step)
            high = self._median(high - 2 * step, high - step, high)
        return self._median(low, middle, high)

    def _median(self, one: int, two: int, three: int) -> int:
        a, b, c = self.entries[one][0], self.entries[two][0], self.entries[three][0]
        if a < b:
            return two if b < c else three if a < c else one
        return two if b > c else one if a < c else three

    def _swap(self, one: int, other: int) -> None:
        entries = self.entries
        entries[one], entries[other] = entries[other], entries[one]

    def _swap_runs(self, first: int, end: int, size: int) -> None:
        """Exchange `size` entries from `first` on with as many before `end`."""
        for step in range(size):
            self._swap(first + step, end - size + step)
