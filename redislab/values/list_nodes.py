"""The nodes of a quicklist whose middle was changed: how many elements are in each, and its bytes.

Redis keeps a list in nodes of some kilobytes. Pushing fills them one after the other, and so they can be told from the
elements alone. That ends with the first insertion or removal in the middle, which leaves nodes half full, cuts them in
two or joins them: from then on they are kept here, for what they cost (engine/memory_model.py) and for nothing else.

To push costs nothing for that. What was pushed is found when somebody asks, with the help of an element whose place was
known: as many are before it now as were pushed from the left. Lists that have come down to one node, and very long
ones, have no `Nodes`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import Protocol

from redislab.values.listpack_size import listpack_entry

__all__ = ["ESTIMATE", "LISTPACK_FRAME", "MOST", "Nodes", "fit_one", "list_nodes", "room_of"]

LISTPACK_FRAME = 7
"""The header of a listpack and the byte that ends it."""
ROOM = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
SAFE_ROOM = 8192
ESTIMATE = 8
"""What is added to the size of an element when it is asked whether a node has room for it."""
JOINED = 11
"""What is taken off when it is asked whether two nodes could be one."""
WITH_AN_ELEMENT = 11
"""No element takes more in a node beside its bytes, unless it fills one."""
MOST = 4096
"""The elements of the longest list whose nodes are kept, and how many may be pushed until somebody asks."""


class Elements(Protocol):
    """What is needed of a list."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...

    def get(self, index: int) -> bytes | None: ...

    def range(self, start: int, stop: int) -> list[bytes]: ...


def allows(count: int, size: int, most: int) -> bool:
    """Whether list-max-listpack-size allows a node of so many elements and bytes."""
    return size <= room_of(most) and not 0 <= most < count


def room_of(most: int) -> int:
    """The bytes that list-max-listpack-size allows a node."""
    return SAFE_ROOM if most >= 0 else ROOM[max(most, -5)]


def list_nodes(elements: Iterable[bytes], most: int) -> Iterator[tuple[int, int]]:
    """The nodes that pushing these elements one by one makes: how many are in each, and its bytes."""
    count, size = 0, LISTPACK_FRAME
    for element in elements:
        if count and not allows(count + 1, size + len(element) + ESTIMATE, most):
            yield count, size
            count, size = 0, LISTPACK_FRAME
        count += 1
        size += listpack_entry(element)
    if count:
        yield count, size


def fit_one(elements: Elements, extra: int, most: int) -> bool:
    """Whether it is plain that elements, and so many bytes more, fit into one node."""
    count = len(elements)
    return allows(count + 1, sum(map(len, elements)) + extra + WITH_AN_ELEMENT * (count + 2), most)


def bytes_of(elements: Iterable[bytes]) -> int:
    """What so many elements take in a listpack."""
    return sum(map(listpack_entry, elements))


class Nodes:
    """The nodes of one list. Every call comes before the list itself is changed."""

    __slots__ = ("anchor", "counts", "length", "most", "place", "sizes")

    def __init__(self, elements: Elements, most: int, from_left: bool) -> None:
        self.most = most
        nodes = list(list_nodes(reversed(list(elements)) if from_left else elements, most))
        if from_left:
            nodes.reverse()
        self.counts = [count for count, _ in nodes]
        self.sizes = [size for _, size in nodes]
        self._settle(elements)

    @classmethod
    def saved(cls, elements: Elements, counts: list[int], sizes: list[int], most: int) -> Nodes | None:
        """Nodes of so many elements and bytes; None if pushing the elements makes the same."""
        twin = Nodes.__new__(Nodes)
        twin.most, twin.counts, twin.sizes = most, counts, sizes
        seconds = map(elements.get, accumulate(counts[:-1]))
        short = any(twin._has_room(node, element or b"") for node, element in enumerate(seconds))
        if not short and not any(count > 1 and size > room_of(most) for count, size in zip(counts, sizes, strict=True)):
            return None
        twin._settle(elements)
        return twin

    def plain(self) -> bool:
        """Whether pushing the elements would make the same: they are all in one node, and that is not too large."""
        return len(self.counts) == 1 and allows(self.counts[0] + 1, self.sizes[0] + ESTIMATE, self.most)

    def copy(self) -> Nodes:
        """The same for an independent list."""
        twin = Nodes.__new__(Nodes)
        twin.most, twin.counts, twin.sizes = self.most, self.counts[:], self.sizes[:]
        twin.length, twin.place, twin.anchor = self.length, self.place, self.anchor
        return twin

    def _settle(self, elements: Elements) -> None:
        """Take note of the length, and of an element in the middle."""
        self.length = len(elements)
        self.place = self.length // 2
        self.anchor = elements.get(self.place)

    # -- what was pushed --------------------------------------------------------------------------

    def catch_up(self, elements: Elements) -> bool:
        """Bring in what was pushed meanwhile; False where that cannot be told any more."""
        length = len(elements)
        added = length - self.length
        if not added:
            return True
        if added > MOST:
            return False
        near = elements.range(self.place, self.place + added)
        left = next((place for place, element in enumerate(near) if element is self.anchor), -1)
        if left < 0:
            return False
        for element in reversed(elements.range(0, left - 1) if left else []):
            self._push(0, element)
        for element in elements.range(length - added + left, length - 1):
            self._push(len(self.counts), element)
        self._settle(elements)
        return True

    def _push(self, end: int, element: bytes) -> None:
        """Push an element at one end: before the first node, or behind the last."""
        node = max(end - 1, 0)
        if self._has_room(node, element):
            self._grow(node, element)
        else:
            self._insert(end, 1, LISTPACK_FRAME + listpack_entry(element))

    # -- the middle -------------------------------------------------------------------------------

    def replace(self, elements: Elements, index: int, element: bytes) -> None:
        """The element at an index is about to be replaced."""
        node = bisect_right(list(accumulate(self.counts)), index)
        self.sizes[node] += listpack_entry(element) - listpack_entry(elements.get(index) or b"")
        if self.place == index:
            self.anchor = element

    def remove(self, elements: Elements, indexes: list[int]) -> None:
        """Equal elements at these indexes, which rise, are about to be removed."""
        size = listpack_entry(elements.get(indexes[0]) or b"")
        ends = list(accumulate(self.counts))
        for index in indexes:
            node = bisect_right(ends, index)
            self.counts[node] -= 1
            self.sizes[node] -= size
        self._drop_empty()
        if self.place in indexes:
            self.place = self._kept(indexes)
            self.anchor = elements.get(self.place)
        self.place -= bisect_left(indexes, self.place)
        self.length -= len(indexes)

    def _kept(self, gone: list[int]) -> int:
        """An index near the middle of what stays."""
        going = set(gone)
        middle = self.length // 2
        return next((index for index in (*range(middle, self.length), *range(middle)) if index not in going), 0)

    def _drop_empty(self) -> None:
        if 0 in self.counts:
            self.sizes = [size for size, count in zip(self.sizes, self.counts, strict=True) if count]
            self.counts = [count for count in self.counts if count]

    def trim(self, elements: Elements, low: int, high: int) -> None:
        """Only the elements from one index to before another are about to stay."""
        start = 0
        for node, count in enumerate(self.counts):
            first, behind = max(start, low), min(start + count, high)
            if behind - first < count:
                self.counts[node] = max(behind - first, 0)
                self.sizes[node] = LISTPACK_FRAME + bytes_of(elements.range(first, behind - 1))
            start += count
        self._drop_empty()
        self.length = high - low
        self.place = self.length // 2
        self.anchor = elements.get(low + self.place)

    def insert(self, elements: Elements, pivot: int, element: bytes, before: bool) -> None:
        """An element is about to be inserted before or after the one at an index."""
        node = bisect_right(list(accumulate(self.counts)), pivot)
        start = sum(islice(self.counts, node))
        at_end = pivot == start if before else pivot == start + self.counts[node] - 1
        if self._has_room(node, element):
            self._grow(node, element)
        elif not at_end:
            self._split(elements, node, start, pivot if before else pivot + 1, element, before)
        elif self._has_room(beside := node - 1 if before else node + 1, element):
            self._grow(beside, element)
        else:
            self._insert(node if before else node + 1, 1, LISTPACK_FRAME + listpack_entry(element))
        self.length += 1
        self.place += pivot + (not before) <= self.place

    def _split(self, elements: Elements, node: int, start: int, cut: int, element: bytes, before: bool) -> None:
        """Cut a node in two at an index; the new element goes to the part that is not the pivot's."""
        first = LISTPACK_FRAME + bytes_of(elements.range(start, cut - 1))
        counts = [cut - start, self.counts[node] - (cut - start)]
        sizes = [first, self.sizes[node] - first + LISTPACK_FRAME]
        self.counts[node : node + 1], self.sizes[node : node + 1] = counts, sizes
        self._grow(node if before else node + 1, element)
        self._join_around(node + 1 if before else node)

    def _join_around(self, node: int) -> None:
        """Join nodes that fit into one: the two before a node, the two behind it, and those with it."""
        if self._join(node - 2):
            node -= 1
        self._join(node + 1)
        if self._join(node - 1):
            node -= 1
        self._join(node)

    def _join(self, node: int) -> bool:
        """Join a node with the next, if there are two and Redis would; returns whether it did."""
        counts, sizes = self.counts, self.sizes
        if node < 0 or node + 1 >= len(counts):
            return False
        if not allows(counts[node] + counts[node + 1], sizes[node] + sizes[node + 1] - JOINED, self.most):
            return False
        counts[node] += counts.pop(node + 1)
        sizes[node] += sizes.pop(node + 1) - LISTPACK_FRAME
        return True

    # -- single nodes -----------------------------------------------------------------------------

    def _has_room(self, node: int, element: bytes) -> bool:
        if not 0 <= node < len(self.counts):
            return False
        return allows(self.counts[node] + 1, self.sizes[node] + len(element) + ESTIMATE, self.most)

    def _grow(self, node: int, element: bytes) -> None:
        self.counts[node] += 1
        self.sizes[node] += listpack_entry(element)

    def _insert(self, place: int, count: int, size: int) -> None:
        self.counts.insert(place, count)
        self.sizes.insert(place, size)
