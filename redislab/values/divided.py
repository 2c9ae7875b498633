"""A dictionary of very many keys in parts, so that no single step takes long.

Python makes a dictionary anew when it is full, all of it at once: 40 ms for a million keys, and nothing else happens
meanwhile. Here the keys are spread over many small dictionaries by a checksum of theirs, and each of those is made anew
by itself. The checksum is the same in every run, unlike Python's own, and so is the order of the keys.

It begins with a plain dictionary that has grown large, whose keys `move` brings into the parts, some at a time. Until
then a key is in one of the two: values change in place, and what is new goes to the parts.

Callers take it for the dictionary that it stands for. To look a key up takes a tenth of a microsecond longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from random import Random

__all__ = ["PARTS", "Divided", "Table"]

PARTS = 256
"""A power of two. A million keys are four thousand a part, ten million take a few milliseconds a part to make anew."""
LAST = PARTS - 1
PATIENCE = 16
"""Parts refused before it is asked anew how large the largest is."""

V = TypeVar("V")


class Divided(Generic[V]):
    """A mapping of bytes to what is never None. `parts` and `old` (what has not been moved) are for reading only."""

    __slots__ = ("_count", "_largest", "old", "parts")

    def __init__(self, old: dict[bytes, V]) -> None:
        self.old = old
        self.parts: list[dict[bytes, V]] = [{} for _ in range(PARTS)]
        self._count = 0
        """How many keys are in the parts."""
        self._largest = 0
        """No less than the keys of any part, as far as `random_place` knows."""

    @staticmethod
    def part_of(key: bytes) -> int:
        """The number of the part that a key belongs to."""
        return crc32(key) & LAST

    def move(self, count: int) -> list[bytes]:
        """Move up to `count` of the keys that are still in the old dictionary to the parts; returns them."""
        old, parts = self.old, self.parts
        moved: list[bytes] = []
        for _ in range(min(count, len(old))):
            key, value = old.popitem()
            parts[crc32(key) & LAST][key] = value
            moved.append(key)
        self._count += len(moved)
        if not old:
            self.old = {}  # the emptied one still has the room that it had
        return moved

    # -- reading ---------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> V | None:
        """The value, or None."""
        value = self.parts[crc32(key) & LAST].get(key)
        if value is None and self.old:
            return self.old.get(key)
        return value

    def __getitem__(self, key: bytes) -> V:
        value = self.parts[crc32(key) & LAST].get(key)
        return self.old[key] if value is None else value

    def __contains__(self, key: object) -> bool:
        return key in self.parts[crc32(key) & LAST] or key in self.old  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self._count + len(self.old)

    def __bool__(self) -> bool:
        return self._count > 0 or bool(self.old)

    def __iter__(self) -> Iterator[bytes]:
        """The keys. Each part is copied when its turn comes, so a thread beside the one that writes may ask, too."""
        return chain.from_iterable(map(list, self._all()))

    def keys(self) -> Divided[V]:
        """Itself, which is all that is asked of a view of the keys."""
        return self

    def values(self) -> Iterator[V]:
        """The values, in the order of the keys. Nothing may come or go meanwhile."""
        return chain.from_iterable(part.values() for part in self._all())

    def items(self) -> Iterator[tuple[bytes, V]]:
        """Keys with their values, in the order of the keys. Nothing may come or go meanwhile."""
        return chain.from_iterable(part.items() for part in self._all())

    def at(self, place: int) -> dict[bytes, V]:
        """The part of that number; PARTS is what has not been moved."""
        return self.parts[place] if place < PARTS else self.old

    def random_place(self, dice: Random) -> int:
        """The number of a part, or PARTS, each as often as it has keys. There must be a key."""
        random, parts, old, failed = dice.random, self.parts, self.old, 0
        if old and random() * len(self) < len(old):
            return PARTS
        while True:
            place = int(random() * PARTS)
            size = len(parts[place])
            if size > self._largest:
                self._largest = size
            if random() * self._largest < size:
                return place
            failed += 1
            if failed == PATIENCE:
                self._largest, failed = max(map(len, parts)), 0

    def isdisjoint(self, keys: Iterable[bytes]) -> bool:
        """Whether it holds none of these keys."""
        return not any(key in self for key in keys)

    def chunks(self) -> Iterator[list[bytes]]:
        """The keys a part at a time. A key that is there all the time is not missed, whatever comes and goes."""
        return map(list, self._all())

    def _all(self) -> Iterator[dict[bytes, V]]:
        """All dictionaries: the old one first, because keys move from it to the others."""
        return chain((self.old,), self.parts)

    # -- writing ---------------------------------------------------------------------------------------------

    def __setitem__(self, key: bytes, value: V) -> None:
        if self.old and key in self.old:
            self.old[key] = value
            return
        part = self.parts[crc32(key) & LAST]
        if key not in part:
            self._count += 1
        part[key] = value

    def setdefault(self, key: bytes, value: V) -> V:
        """The value of a key, which is given this one if it has none."""
        if self.old and key in self.old:
            return self.old[key]
        part = self.parts[crc32(key) & LAST]
        before = part.get(key)
        if before is not None:
            return before
        part[key] = value
        self._count += 1
        return value

    def __delitem__(self, key: bytes) -> None:
        part = self.parts[crc32(key) & LAST]
        if key in part:
            del part[key]
            self._count -= 1
        else:
            del self.old[key]

    def pop(self, key: bytes, default: None = None) -> V | None:
        """Remove a key and return its value; None if it was not there."""
        value = self.parts[crc32(key) & LAST].pop(key, None)
        if value is None:
            return self.old.pop(key, None)
        self._count -= 1
        return value


Table = dict[bytes, V] | Divided[V]
"""What the keys of a database are in: a plain dictionary, or one in parts where they are very many."""
