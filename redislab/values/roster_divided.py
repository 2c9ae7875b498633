"""The roster of a dictionary in parts: one for each part, made when first needed, so that nothing takes long.

A cursor names a part and a position within it. What has not been moved to the parts yet comes first and the parts
after it, downward: a key only ever moves to where a scan has not been. A cursor from elsewhere, that of the
roster that was there before the dictionary was divided, begins from the start; what was returned already comes twice.

For what has not been moved there is but a list from when it was first needed: nothing is ever added there, and a key
that went is known by its absence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.values.divided import PARTS, Divided
from redislab.values.roster import Roster

if TYPE_CHECKING:
    from random import Random

__all__ = ["DividedRoster"]

POSITION_BITS = 32
PLACE_BITS = PARTS.bit_length()
MARK = 1 << POSITION_BITS + PLACE_BITS
"""In every cursor from here, beyond any position in a plain roster."""
END = (1 << POSITION_BITS) - 1
"""A position beyond all others."""


class DividedRoster:
    """A roster over a divided dictionary. Who holds that tells what came, went and was moved."""

    __slots__ = ("_divided", "_old", "_rosters")

    def __init__(self, divided: Divided[Any]) -> None:
        self._divided = divided
        self._rosters: list[Roster | None] = [None] * PARTS
        self._old: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self._divided)

    def add(self, element: bytes) -> None:
        """Notes that an element came, or was moved to its part."""
        roster = self._rosters[Divided.part_of(element)]
        if roster is not None:
            roster.add(element)

    def discard(self, element: bytes) -> None:
        """Notes that an element went, and is in the dictionary no more."""
        place = Divided.part_of(element)
        roster = self._rosters[place]
        if roster is not None and len(roster) > len(self._divided.parts[place]):
            roster.discard(element)  # else it went from what has not been moved

    # -- random picks ----------------------------------------------------------------------------------------

    def pick(self, dice: Random) -> bytes:
        """One element, each as likely as the next. IndexError when there is none."""
        divided = self._divided
        if not divided:
            raise IndexError("nothing to pick from")
        place = divided.random_place(dice)
        return self._roster(place).pick(dice) if place < PARTS else self._pick_old(dice)

    def _pick_old(self, dice: Random) -> bytes:
        """As `pick`, of what has not been moved: what goes next stands near the end, so few draws are in vain."""
        old, elements = self._divided.old, self._old_elements()
        while True:
            place = int(dice.random() * len(elements))
            element = elements[place]
            if element in old:
                return element
            elements[place] = elements[-1]
            elements.pop()

    # -- scanning --------------------------------------------------------------------------------------------

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor (0 at the end) and at most `count` elements; sometimes none although the end is not reached.

        Any cursor is accepted: one that is not from here starts at the end.
        """
        place, position = PARTS, END
        if cursor & MARK:
            place = min(PARTS, cursor >> POSITION_BITS & (1 << PLACE_BITS) - 1)
            position = cursor & END
        found: list[bytes] = []
        while True:
            position, more = self._scan_place(place, position, count - len(found))
            found += more
            if not position:
                place, position = place - 1, END
            if place < 0:
                return 0, found
            if len(found) >= count or (position != END and not more):
                return MARK | place << POSITION_BITS | position, found

    def _scan_place(self, place: int, position: int, count: int) -> tuple[int, list[bytes]]:
        """As `scan`, within one part, or, beyond them, in what has not been moved."""
        if place < PARTS:
            return self._roster(place).scan(position, count) if self._divided.parts[place] else (0, [])
        if not self._divided.old:
            return 0, []
        elements, old = self._old_elements(), self._divided.old
        high = min(position, len(elements))
        low = max(0, high - count)
        return low, [element for element in elements[low:high] if element in old]

    # -- the lists -------------------------------------------------------------------------------------------

    def _roster(self, place: int) -> Roster:
        roster = self._rosters[place]
        if roster is None:
            roster = self._rosters[place] = Roster(self._divided.parts[place])
        return roster

    def _old_elements(self) -> list[bytes]:
        """Without those at its end that were moved."""
        old = self._divided.old
        if self._old is None:
            self._old = list(old)
        elements = self._old
        while elements and elements[-1] not in old:
            elements.pop()
        return elements
