"""Random keys of a dictionary, for eviction: quickly, however many there are, and with nothing to keep up meanwhile.

Python's dictionary cannot be entered at a random place, so there is a list of its keys beside it, for each part where
it is in parts (values/divided.py). A key that is gone is found out when it is drawn, and its place filled with the last
of the list. Keys that came are not in the list until it is made anew, after a quarter as many draws as it has keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from redislab.values.divided import PARTS, Divided

if TYPE_CHECKING:
    from random import Random

    from redislab.values.divided import Table

__all__ = ["Candidates"]

FEWEST_DRAWS = 64
"""From a list, however short, before it is made anew."""

V = TypeVar("V")


class Candidates(Generic[V]):
    """Draws from one dictionary. What is drawn at a time is from one part, which is a random choice itself."""

    __slots__ = ("_decks", "_left", "table")

    def __init__(self, table: Table[V]) -> None:
        self.table = table
        self._decks: dict[int, list[bytes]] = {}
        self._left: dict[int, int] = {}
        """For each part its list, and how many draws there are until the list is made anew."""

    def draw(self, dice: Random, count: int) -> dict[bytes, V]:
        """Up to `count` keys, and at least one, with what they stand for. There must be one."""
        table = self.table
        place = table.random_place(dice) if isinstance(table, Divided) else 0
        part = table.at(place) if isinstance(table, Divided) else table
        if len(part) <= count:
            return dict(part)
        deck, left, random, find = self._decks.get(place), self._left.get(place, 0), dice.random, part.get
        found: dict[bytes, V] = {}
        while len(found) < count:
            if not deck or left <= 0:
                deck = self._decks[place] = list(part)
                # Nothing comes to what has not been moved to a part.
                left = max(FEWEST_DRAWS, len(deck) if place == PARTS else len(deck) // 4)
            left -= 1
            number = int(random() * len(deck))
            key = deck[number]
            value = find(key)
            if value is not None:
                found[key] = value
            else:
                last = deck.pop()
                if number < len(deck):
                    deck[number] = last
        self._left[place] = left
        return found
