"""The list: elements in the order in which they were pushed.

The elements lie in chunks of some hundred, so that both ends are cheap and the middle is reached quickly. Where a chunk
ends is written down as a coordinate. Coordinates do not begin at the head of the list, but at whatever place was at
hand, and may be negative: so a push or pop at either end changes no coordinate, and a new chunk at an end adds only its
own. The first and the last chunk may have any size; their outer ends are not written down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, islice
from typing import ClassVar

from redislab.values.base import Value
from redislab.values.list_nodes import MOST, Nodes, fit_one

__all__ = ["List"]

FULL = 256
"""The size of a chunk that is finished. Insertions may make it grow to twice as much."""

OUTER = 128
LARGEST_END = FULL + OUTER
"""A chunk at an end grows up to the latter; then a new one takes over the outer elements, not only the next one, so
that pushes and pops in turn do not make and drop a chunk each time."""

LONG, SEVERAL = 128, 2048
"""An element that grows by so much makes a difference to its node; in a list no longer than that any growth does."""


class List(Value):
    """Elements, all bytes. Indexes count from 0, negative ones from the end (-1 is the last)."""

    __slots__ = ("_chunks", "_ends", "_length", "_nodes")

    type: ClassVar[str] = "list"

    _chunks: list[list[bytes]]
    """At least one. None is empty, unless the list is."""

    _ends: list[int]
    """The coordinate at which each chunk ends, the last one excepted."""

    def __init__(self) -> None:
        self.used = 0
        self._chunks = [[]]
        self._ends = []
        self._length = 0
        self._nodes: Nodes | None = None
        """The nodes of the quicklist, where they cannot be told from the elements."""

    @classmethod
    def from_elements(cls, elements: Iterable[bytes]) -> List:
        """A new list with these elements, the first one at the head."""
        result = cls()
        result._rebuild(list(elements))
        return result

    @classmethod
    def from_nodes(cls, elements: list[bytes], counts: list[int], sizes: list[int], most: int) -> List:
        """A list as it was saved, in nodes of so many elements and bytes; `most` is list-max-listpack-size."""
        result = cls.from_elements(elements)
        if len(elements) <= MOST:
            result._nodes = Nodes.saved(result, counts, sizes, most)
        return result

    # -- reading ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self._chunks)

    def get(self, index: int) -> bytes | None:
        """The element at an index, None when there is none."""
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            return None
        chunk, place = self._locate(index)
        return self._chunks[chunk][place]

    def range(self, start: int, stop: int) -> list[bytes]:
        """The elements from start to stop, both included; parts that do not exist are left out."""
        low, high = self._clamp(start, stop)
        if low >= high:
            return []
        chunk, place = self._locate(low)
        found = self._chunks[chunk][place : place + high - low]
        while len(found) < high - low:
            chunk += 1
            found += self._chunks[chunk][: high - low - len(found)]
        return found

    def positions(self, element: bytes, rank: int = 1, count: int = 1, max_length: int = 0) -> list[int]:
        """The indexes of an element, as LPOS finds them.

        `rank` 1 begins with the first match from the head, 2 with the second, -1 with the last one and goes on towards
        the head; `count` matches are returned and `max_length` elements looked at, 0 meaning all.
        """
        most = min(max_length, self._length) if max_length else self._length
        matches = self._matches_from_tail(element, most) if rank < 0 else self._matches(element, most)
        skipped = abs(rank) - 1
        if skipped >= self._length:
            return []
        return list(islice(matches, skipped, skipped + count if 0 < count < self._length else None))

    def _matches(self, element: bytes, most: int) -> Iterator[int]:
        """The indexes of an element among the first `most`, rising."""
        base = 0
        for chunk in self._chunks:
            if base >= most:
                return
            if element in chunk:
                yield from (base + place for place, held in enumerate(chunk[: most - base]) if held == element)
            base += len(chunk)

    def _matches_from_tail(self, element: bytes, most: int) -> Iterator[int]:
        """The indexes of an element among the last `most`, falling."""
        base, least = self._length, self._length - most
        for chunk in reversed(self._chunks):
            if base <= least:
                return
            base -= len(chunk)
            if element in chunk:
                for place in range(len(chunk) - 1, max(least - base, 0) - 1, -1):
                    if chunk[place] == element:
                        yield base + place

    # -- the ends ---------------------------------------------------------------------------------

    def push_left(self, element: bytes) -> int:
        """Puts an element before the first; returns the new length."""
        chunk = self._chunks[0]
        if len(chunk) >= LARGEST_END:
            chunk = self._begin_left()
        chunk.insert(0, element)
        self._length = length = self._length + 1
        return length

    def push_right(self, element: bytes) -> int:
        """Puts an element after the last; returns the new length."""
        chunk = self._chunks[-1]
        if len(chunk) >= LARGEST_END:
            chunk = self._begin_right()
        chunk.append(element)
        self._length = length = self._length + 1
        return length

    def pop_left(self) -> bytes:
        """Removes the first element and returns it. IndexError when there is none."""
        if self._nodes is not None:
            self._lose([0])
        chunk = self._chunks[0]
        element = chunk.pop(0)
        self._length -= 1
        if not chunk and self._ends:
            del self._chunks[0], self._ends[0]
        return element

    def pop_right(self) -> bytes:
        """Removes the last element and returns it. IndexError when there is none."""
        if self._nodes is not None:
            self._lose([self._length - 1])
        chunk = self._chunks[-1]
        element = chunk.pop()
        self._length -= 1
        if not chunk and self._ends:
            del self._chunks[-1], self._ends[-1]
        return element

    def trim(self, start: int, stop: int) -> None:
        """Keeps what `range` would show and drops the rest, at the cost of what is dropped."""
        low, high = self._clamp(start, stop)
        if low >= high:
            self._rebuild([])
            self._nodes = None
            return
        if (nodes := self.nodes()) is not None:
            nodes.trim(self, low, high)
        chunk, place = self._locate(high - 1)
        del self._chunks[chunk + 1 :], self._chunks[chunk][place + 1 :], self._ends[chunk:]
        self._length = high
        chunk, place = self._locate(low)
        del self._chunks[chunk][:place]
        del self._chunks[:chunk], self._ends[:chunk]
        self._length = high - low

    def _begin_left(self) -> list[bytes]:
        """A new first chunk."""
        chunk = self._chunks[0]
        outer = chunk[:OUTER]
        del chunk[:OUTER]
        self._ends.insert(0, self._ends[0] - len(chunk) if self._ends else 0)
        self._chunks.insert(0, outer)
        return outer

    def _begin_right(self) -> list[bytes]:
        """A new last chunk."""
        chunk = self._chunks[-1]
        outer = chunk[-OUTER:]
        del chunk[-OUTER:]
        self._ends.append(self._ends[-1] + len(chunk) if self._ends else 0)
        self._chunks.append(outer)
        return outer

    # -- the middle -------------------------------------------------------------------------------

    def set(self, index: int, element: bytes) -> bool:
        """Replaces the element at an index; False when there is none."""
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            return False
        chunk, place = self._locate(index)
        if self._nodes is not None and (nodes := self.nodes()) is not None:
            nodes.replace(self, index, element)
        self._chunks[chunk][place] = element
        return True

    def insert(self, pivot: bytes, element: bytes, before: bool) -> bool:
        """Puts an element before or after the first one that equals the pivot; False when none does."""
        for number, chunk in enumerate(self._chunks):
            if pivot in chunk:
                place = chunk.index(pivot)
                if (nodes := self.nodes()) is not None:
                    nodes.insert(self, sum(map(len, self._chunks[:number])) + place, element, before)
                chunk.insert(place + (not before), element)
                self._length += 1
                if len(chunk) > 2 * FULL:
                    self._chunks[number : number + 1] = [chunk[:FULL], chunk[FULL:]]
                    self._recount()
                elif 0 < number < len(self._ends):
                    self._recount()
                return True
        return False

    def remove(self, element: bytes, count: int) -> int:
        """Removes the first `count` equal elements, the last -count for a negative count, or all for 0.

        Returns how many were removed.
        """
        if self._nodes is not None:
            self._lose(sorted(self.positions(element, -1 if count < 0 else 1, abs(count))))
        most = abs(count) or self._length
        left, recount = most, False
        numbers = range(len(self._chunks))
        for number in reversed(numbers) if count < 0 else numbers:
            chunk = self._chunks[number]
            if element in chunk:
                left -= remove_from(chunk, element, left, count < 0)
                recount = recount or 0 < number < len(self._ends) or not chunk
                if not left:
                    break
        self._length -= most - left
        if recount and self._ends:
            self._recount()
        return most - left

    # -- the nodes of the quicklist ---------------------------------------------------------------

    def disturb(self, most: int, element: bytes = b"") -> None:
        """Keep the nodes from now on, unless there is but one: the middle is about to change.

        `most` is list-max-listpack-size, `element` what is to be inserted.
        """
        if self._nodes is None and self._length <= MOST and not fit_one(self, len(element), most):
            self._nodes = Nodes(self, most, self._from_left())

    def disturb_at(self, index: int, element: bytes, most: int) -> None:
        """The same where an element is about to be replaced: what counts is that its node may become too large."""
        if self._nodes is None and self._length <= MOST:
            grown = len(element) - len(self.get(index) or b"")
            if grown >= LONG or (grown and self._length <= SEVERAL):
                self.disturb(most, element)

    def nodes(self) -> Nodes | None:
        """The nodes as they are now, if they cannot be told from the elements."""
        nodes = self._nodes
        if nodes is not None and (nodes.plain() or not nodes.catch_up(self)):
            nodes = self._nodes = None
        return nodes

    def _from_left(self) -> bool:
        """Whether most of it seems to have been pushed from the left: 0 is where the list first had two chunks."""
        if not self._ends:
            return False
        left, right = len(self._chunks[0]) - self._ends[0], self._ends[-1] + len(self._chunks[-1])
        return left > FULL >= right or left > 2 * right

    def _lose(self, indexes: list[int]) -> None:
        """Tell the nodes that equal elements at these indexes are about to be removed."""
        nodes = self.nodes()
        if nodes is not None and indexes:
            nodes.remove(self, indexes)

    # -- chunks and coordinates -------------------------------------------------------------------

    def _clamp(self, start: int, stop: int) -> tuple[int, int]:
        """The first index and the one after the last, for indexes that may be negative or beyond the end."""
        low = start + self._length if start < 0 else start
        high = stop + self._length if stop < 0 else stop
        return max(low, 0), min(high + 1, self._length)

    def _locate(self, index: int) -> tuple[int, int]:
        """Chunk and place of an index from 0 up to the length."""
        first = len(self._chunks[0])
        if index < first:
            return 0, index
        ends = self._ends
        coordinate = index - first + ends[0]
        # Where nothing was inserted all chunks inside are full: a guess then reads two coordinates, where a search
        # through a long list would read a dozen in distant places of memory.
        chunk = (index - first) // FULL + 1
        if chunk >= len(ends) or not ends[chunk - 1] <= coordinate < ends[chunk]:
            chunk = bisect_right(ends, coordinate)
        return chunk, coordinate - ends[chunk - 1]

    def _recount(self) -> None:
        """Writes the coordinates anew after a change inside; drops empty chunks, and joins all if most are small."""
        chunks = [chunk for chunk in self._chunks if chunk]
        if len(chunks) > 4 + 4 * self._length // FULL or not chunks:
            self._rebuild(list(self))
        else:
            self._chunks = chunks
            self._ends = list(accumulate(map(len, chunks[:-1])))

    def _rebuild(self, elements: list[bytes]) -> None:
        """Takes these elements instead of those it has."""
        self._chunks = [elements[start : start + FULL] for start in range(0, len(elements), FULL)] or [[]]
        self._ends = list(accumulate(map(len, self._chunks[:-1])))
        self._length = len(elements)

    # -- what every value has ---------------------------------------------------------------------

    def copy(self) -> List:
        """An independent list with the same elements."""
        twin = List.__new__(List)
        twin.used = self.used
        twin._chunks = [chunk[:] for chunk in self._chunks]
        twin._ends = self._ends[:]
        twin._length = self._length
        twin._nodes = self._nodes and self._nodes.copy()
        return twin

    def is_empty(self) -> bool:
        """True when no element is left."""
        return not self._length

    def encoding(self) -> str:
        """Always `quicklist` in Redis 7.0."""
        return "quicklist"

    def weight(self) -> int:
        """An estimate in bytes for short elements."""
        return 200 + 70 * self._length


def remove_from(chunk: list[bytes], element: bytes, most: int, from_tail: bool) -> int:
    """Removes at most so many equal elements from one end of a chunk and returns how many."""
    places = [place for place, held in enumerate(chunk) if held == element]
    if len(places) <= most:
        chunk[:] = [held for held in chunk if held != element]
        return len(places)
    for place in reversed(places[-most:] if from_tail else places[:most]):
        del chunk[place]
    return most
