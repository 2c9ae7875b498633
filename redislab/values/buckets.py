"""How large a hash table is: what Redis keeps of the elements that a set, hash or sorted set once had.

A table doubles when it is full, and is made smaller only when an element goes and fewer than a tenth of its buckets
would be needed. Either way there are two tables for a while: the elements move over bucket by bucket, one with each
look into the table. Nothing of that shows in a value but in what it costs (engine/memory_model.py).

A value that only grew has GROWN: its length says everything. Another one is made where a table was built for so many
elements at once, and when the first element goes. From then on growing is read off the length, as before, and whoever
removes an element says so, if `low` and `high` say that it makes a difference: most removals compare two numbers.

Looks that change nothing (reading, and overwriting) move elements as well. They are not counted, because they have to
be quick, so a second table may be taken to be there for longer than it is.
"""

from __future__ import annotations

from math import exp

__all__ = ["GROWN", "NO_TABLE", "Buckets", "buckets", "built_for", "copied", "grown", "removed", "table"]

FIRST = 4
SPARSE = 10
"""A table is made smaller when it has more than so many buckets for each element."""
EMPTY_VISITS = 10
"""So many empty buckets are passed over with one look."""
LAST = 0.69
"""The move ends with the last element of the old table, which may have been removed: when is a matter of luck."""


class Buckets:
    """A hash table, and the one before it as long as that is being emptied."""

    __slots__ = ("before", "begun", "high", "looks", "low", "size")

    def __init__(self, size: int, before: int = 0, begun: int = 0, looks: int = 0) -> None:
        self.size = size
        """How many buckets there are."""
        self.before = before
        """How many the table before has; 0 if none is left."""
        self.begun = begun
        """How many elements there were when they began to move."""
        self.looks = looks
        """How often it was looked into since, without what `begun` and the present number of elements tell."""
        self.low = self.high = 0
        """A removal that leaves no fewer than `low` elements, and fewer than `high`, need not be told."""
        if not before:
            self._settled()

    def _settled(self) -> None:
        """Nothing is moving: what comes next is that it is too small, or too large."""
        self.before = 0
        self.low, self.high = (-(-self.size // SPARSE) if self.size > FIRST else 0), self.size

    def moving(self, count: int, steps: int) -> bool:
        """Whether some of the elements, which are so many now, are still in the table before."""
        if not self.before:
            return False
        shrinking = self.before > self.size
        left = 1 - (self.looks + (count - self.begun) * steps) / self._needed(count)
        return left > 0 and (not shrinking or left * (count + 1) > LAST)

    def _needed(self, count: int) -> float:
        """How many looks it takes to move all elements, which are so many now."""
        share = 1 - exp(-((self.begun + count) / 2 if self.before > self.size else self.begun) / self.before)
        return self.before * share / (1 - (1 - share) ** EMPTY_VISITS)

    def outgrown(self, count: int, steps: int) -> Buckets:
        """What there is for more elements than it has buckets: it does not grow before all have moved."""
        if self.before > self.size:
            end = self.begun + int((self._needed(self.begun) - self.looks) / steps) + 1
            if count <= end:
                return self
            if self.size <= end and count <= (size := table(end + 1)):
                return Buckets(size, self.size, end)
        return grown(count, steps, steps)

    def looked(self, count: int, steps: int, looks: int) -> None:
        """Note looks into it, where elements are moving."""
        self.looks += looks
        done = (self.looks + (count - self.begun) * steps) * (EMPTY_VISITS if self.before > self.size else 2)
        if done >= self.before and not self.moving(count, steps):  # the first is quickly seen
            self._settled()


GROWN = Buckets(0)
"""What grew, and never lost anything."""
NO_TABLE = Buckets(0)
NO_TABLE.high = 1 << 62
"""What is no hash table as yet."""


def table(count: int) -> int:
    """The buckets of a hash table that grew to so many elements: a power of two."""
    return 1 << (count - 1).bit_length() if count > FIRST else FIRST


def grown(count: int, steps: int, usual: int) -> Buckets:
    """A table that grew to so many elements, with so many looks for each of them; `usual` are those to be expected."""
    size = table(count)
    if size == FIRST:
        return Buckets(size)
    before = size // 2
    return Buckets(size, before, before, (count - before) * (steps - usual))


def built_for(count: int, steps: int) -> Buckets:
    """A table that was made at once for so many elements."""
    size = table(count)
    return Buckets(size) if buckets(GROWN, count, steps) > size else GROWN


def copied(known: Buckets) -> Buckets:
    """The same for an independent value."""
    return Buckets(known.size, known.before, known.begun, known.looks) if known.before else known


def buckets(known: Buckets, count: int, steps: int) -> int:
    """How many buckets there are for so many elements, in both tables; `steps` looks go with one that is added."""
    if count > known.size:
        known = known.outgrown(count, steps)
    return known.size + known.before if known.moving(count, steps) else known.size


def removed(known: Buckets, count: int, steps: int, looks: int, gone: int = 1) -> Buckets:
    """What there is after some elements went and so many are left; each took so many looks."""
    if count + gone > known.size:
        known = known.outgrown(count + gone, steps)
    if known.before:
        known.looked(count, steps, gone * (steps + looks))
    if 0 < count < known.low:
        return Buckets(table(count), known.size, count)
    return known
