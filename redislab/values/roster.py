"""An index over the elements of a dictionary, for random picks and for SCAN.

A Python dictionary can neither be entered at a random place nor be left and entered again while it changes.
A roster is the list of its keys, kept beside it from the first time it is needed; before that it does not exist
and costs nothing. It never owns the elements: whoever holds the dictionary tells the roster what came and went.

A removed element stays in the list and is remembered as dead, because finding its place would mean looking through
the list. When more than half are dead, the list is compacted. So building costs one pass, and everything after
that a constant time on average.

Why SCAN misses nothing. A scan runs downward: cursor 0 starts at the end, and a cursor p > 0 means "the positions
below p are still to be visited". New elements are appended; whatever else moves an element moves it to a *lower*
position: compaction keeps the order, `pop` brings the last element down into a gap, and an element that returns
while it is dead takes its old place. So an element that is present from the start of a scan to its end, and has not
been returned yet, is always below the cursor: it was when the scan began, it cannot rise above, and the cursor passes
it only by returning it. The scan ends at 0, where nothing is below. What moved down may be returned twice, and what
came or went meanwhile may or may not be returned; Redis promises no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["Roster"]

EMPTY_VISITS = 10
"""How many positions a scan may visit for each element asked for, so that a run of dead ones ends the call early."""


class Roster:
    """The elements of a dictionary in a list. The last one of the list is never dead, and none is in it twice."""

    __slots__ = ("_dead", "_elements")

    def __init__(self, elements: Iterable[bytes]) -> None:
        self._elements = list(elements)
        self._dead: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._elements) - len(self._dead)

    def elements(self) -> list[bytes]:
        """All elements that are present, in the order of the list."""
        dead = self._dead
        return [element for element in self._elements if element not in dead] if dead else self._elements[:]

    def add(self, element: bytes) -> None:
        """Notes that an element came. It must not be present."""
        if element in self._dead:
            self._dead.remove(element)
        else:
            self._elements.append(element)

    def discard(self, element: bytes) -> None:
        """Notes that an element went. It must be present."""
        if self._elements[-1] == element:
            self._elements.pop()
        else:
            self._dead.add(element)
        if self._dead:
            self._tidy()

    def pick(self, dice: Random) -> bytes:
        """One element, each as likely as the next. IndexError when there is none."""
        return self._elements[self._position(dice)]

    def pop(self, dice: Random) -> bytes:
        """Removes one element, each as likely as the next, and returns it. IndexError when there is none."""
        position = self._position(dice)
        element = self._elements[position]
        last = self._elements.pop()
        if position < len(self._elements):
            self._elements[position] = last
        if self._dead:
            self._tidy()
        return element

    def sample(self, dice: Random, count: int) -> list[bytes]:
        """`count` different elements in a random order, or all of them when there are not that many."""
        if count * 3 >= len(self):
            return dice.sample(self.elements(), min(count, len(self)))
        chosen: dict[bytes, None] = {}
        while len(chosen) < count:
            chosen[self.pick(dice)] = None
        return list(chosen)

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor (0 at the end) and at most `count` elements; sometimes none although the end is not reached.

        Any cursor is accepted: one beyond the end starts at the end.
        """
        elements = self._elements
        high = min(cursor, len(elements)) if cursor else len(elements)
        if self._dead:
            return self._scan_around_dead(high, count)
        low = max(0, high - count)
        return low, elements[low:high]

    def _scan_around_dead(self, high: int, count: int) -> tuple[int, list[bytes]]:
        """As `scan`. Dead elements below the last one found are passed over, so that no empty page follows."""
        elements, dead = self._elements, self._dead
        lowest = max(0, high - count * EMPTY_VISITS)
        found: list[bytes] = []
        while high > lowest:
            element = elements[high - 1]
            if element not in dead:
                if len(found) == count:
                    break
                found.append(element)
            high -= 1
        found.reverse()
        return high, found

    def _position(self, dice: Random) -> int:
        """The position of a random element that is present: at least half are, so about two throws are enough."""
        elements, dead = self._elements, self._dead
        while True:
            position = int(dice.random() * len(elements))
            if not dead or elements[position] not in dead:
                return position

    def _tidy(self) -> None:
        """Drops dead elements from the end, and all of them when they are more than half."""
        elements, dead = self._elements, self._dead
        while elements and elements[-1] in dead:
            dead.remove(elements.pop())
        if len(dead) * 2 > len(elements):
            self._elements = [element for element in elements if element not in dead]
            self._dead = set()
