"""The list since Redis 7.2: a single listpack while it is small, a quicklist from then on.

Redis weighs a listpack before it pushes, with what is to be pushed counted by its bare length; a quicklist becomes a
listpack again once half of what a listpack may hold would do. The keyspace says when a list changed: `settle`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from redislab.values.base import Limits
from redislab.values.list import List
from redislab.values.listpack_size import listpack_entry

__all__ = ["NewerList"]

SIZES = (4096, 8192, 16384, 32768, 65536)
"""What list-max-listpack-size -1 to -5 stand for, in bytes."""
SAFE_SIZE = 8192
"""The most bytes of a listpack whose limit is a number of elements."""
HEAD = 7
SHRINKING = frozenset(("lpop", "rpop", "lrem", "ltrim", "lset"))


class NewerList(List):
    """A list in one of two forms. A new one is a listpack."""

    __slots__ = ("_form",)

    _form: tuple[int, int] | None
    """Of a listpack, a length it had and at least as many bytes as it has; None for a quicklist."""

    def __init__(self) -> None:
        super().__init__()
        self._form = 0, HEAD

    @classmethod
    def of(cls, value: List, limits: Limits) -> NewerList:
        """A list with the elements of another one, in the form that they have when nothing was there before them.

        The other one is given up.
        """
        twin = cls()
        twin.used, twin._chunks, twin._ends, twin._length = value.used, value._chunks, value._ends, value._length
        twin._form = twin._packed() if twin._fits(limits.list_max_listpack_size, 1) else None
        return twin

    @classmethod
    def restored(cls, elements: Iterable[bytes], *, listpack: bool) -> NewerList:
        """A list as it was saved, whatever the limits are now."""
        value = cls()
        value._rebuild(list(elements))
        value._form = value._packed() if listpack else None
        return value

    def copy(self) -> NewerList:
        """An independent list with the same elements and encoding."""
        twin = NewerList()
        twin.used = self.used
        twin._chunks, twin._ends, twin._length = [chunk[:] for chunk in self._chunks], self._ends[:], self._length
        twin._form, twin._nodes = self._form, self._nodes and self._nodes.copy()
        return twin

    def encoding(self) -> str:
        """`listpack` or `quicklist`."""
        return "quicklist" if self._form is None else "listpack"

    def disturb(self, most: int, element: bytes = b"") -> None:
        """As of a list, but for a listpack, which has no nodes."""
        if self._form is None:
            super().disturb(most, element)

    # -- the form ---------------------------------------------------------------------------------

    def settle(self, event: str, limits: Limits) -> None:
        """Take the form that it has after an event: `rpush`, `lpop`…"""
        fill = limits.list_max_listpack_size
        if self._form is not None:
            self._form = self._grown(event, fill, *self._form)
        elif event in SHRINKING and self._fits(fill, 2):
            self._form = self._packed()

    def make_room(self, element: bytes, limits: Limits) -> None:
        """What Redis does before it inserts or replaces one element, whether it then finds the place or not."""
        if self._form is not None:
            size = packed_size(self) + len(element)
            if exceeds(limits.list_max_listpack_size, size, len(self) + 1):
                self._form = None

    def _grown(self, event: str, fill: int, length: int, size: int) -> tuple[int, int] | None:
        """The form of a listpack that had this length and size before."""
        added = len(self) - length
        if event in ("rpush", "lpush") and added > 0:
            pushed = self.range(-added, -1) if event == "rpush" else self.range(0, added - 1)
            bare = sum(map(len, pushed))
            if exceeds(fill, size + bare, len(self)):
                size = packed_size(self, added, event)  # what was known may have been too much
                if exceeds(fill, size + bare, len(self)):
                    return None
            return len(self), size + sum(map(listpack_entry, pushed))
        return self._packed() if added > 0 or event == "lset" else (len(self), size)

    def _packed(self) -> tuple[int, int]:
        return len(self), packed_size(self)

    def _fits(self, fill: int, share: int) -> bool:
        """Whether it is within the limits of a listpack, or within a half of them (`share` 2)."""
        if fill >= 0:
            return len(self) <= max(fill, 1) // share and (share == 2 or packed_size(self) <= SAFE_SIZE)
        most = _most_bytes(fill) // share
        return len(self) * 2 <= most and packed_size(self) <= most


def _most_bytes(fill: int) -> int:
    return SIZES[min(-fill, len(SIZES)) - 1]


def exceeds(fill: int, size: int, count: int) -> bool:
    """Whether a listpack of so many bytes and elements is too big for list-max-listpack-size."""
    if fill < 0:
        return size > _most_bytes(fill)
    return size > SAFE_SIZE or count > max(fill, 1)


def packed_size(value: List, without: int = 0, event: str = "rpush") -> int:
    """The bytes of the listpack; `without` as many elements at the end that `event` pushed them to."""
    elements: Iterable[bytes] = value
    if without:
        elements = islice(value, without, None) if event == "lpush" else islice(value, len(value) - without)
    return HEAD + sum(map(listpack_entry, elements))
