"""When the keys of one database expire: a heap of moments, and of those that hold no more.

A key whose time to live is changed, or that goes, leaves its entry behind, which is found out when its turn comes: an
entry counts only if it is still the time of its key. When more than half count for nothing, a new heap is begun, and
the entries of the old one that count are moved there, some with each that is added and some at each tick. They are
taken from its end, which leaves it a heap; until it is empty, what is next is the less of the two beginnings.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.values.divided import Table

__all__ = ["Deadlines"]

SPARE = 64
MOVED_WITH_EACH, MOVED_AT_A_TICK = 8, 2_000

Entry = tuple[int, bytes]


class Deadlines:
    """The moments (ms since 1970) of one database. Its `expires` is handed in: it says which entries count."""

    __slots__ = ("heap", "old")

    def __init__(self) -> None:
        self.heap: list[Entry] = []
        self.old: list[Entry] = []

    def __len__(self) -> int:
        return len(self.heap) + len(self.old)

    def copy(self) -> Deadlines:
        """The same entries once more."""
        twin = Deadlines()
        twin.heap, twin.old = self.heap[:], self.old[:]
        return twin

    def add(self, when: int, key: bytes, expires: Table[int]) -> None:
        """A key has this time now."""
        heappush(self.heap, (when, key))
        if self.old:
            self._move(expires, MOVED_WITH_EACH)
        elif len(self.heap) > 2 * len(expires) + SPARE:
            self.old, self.heap = self.heap, []

    def tick(self, expires: Table[int]) -> None:
        """Go on with what takes longer than one command may."""
        if self.old:
            self._move(expires, MOVED_AT_A_TICK)
        elif len(self.heap) > 2 * len(expires) + SPARE:
            self.old, self.heap = self.heap, []

    def _move(self, expires: Table[int], count: int) -> None:
        old, heap = self.old, self.heap
        for _ in range(min(count, len(old))):
            entry = old.pop()
            if expires.get(entry[1]) == entry[0]:
                heappush(heap, entry)

    # -- what is next ----------------------------------------------------------------------------------------

    def next(self, expires: Table[int]) -> int | None:
        """The nearest moment at which a key expires."""
        moments = []
        for heap in (self.heap, self.old):
            while heap and expires.get(heap[0][1]) != heap[0][0]:
                heappop(heap)
            if heap:
                moments.append(heap[0][0])
        return min(moments, default=None)

    def due(self, now: int, expires: Table[int], count: int) -> tuple[list[bytes], int]:
        """The keys that are due at `now`, in their order, after a look at up to `count` entries; and at how many."""
        found: list[bytes] = []
        looked = 0
        while looked < count:
            heap = self.heap
            if self.old and (not heap or self.old[0] < heap[0]):
                heap = self.old
            if not heap or heap[0][0] > now:
                break
            when, key = heappop(heap)
            looked += 1
            if expires.get(key) == when:
                found.append(key)
        return found, looked
