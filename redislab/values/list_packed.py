"""The two forms of a list since Redis 7.2: a single listpack while it is small, a quicklist from then on.

Redis weighs a listpack before it pushes, with what is to be pushed counted by its bare length; a quicklist becomes a
listpack again once half of what a listpack may hold would do. The keyspace says when a list changed: `settle`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from redislab.values.base import Limits
from redislab.values.list import List
from redislab.values.listpack_size import listpack_entry

__all__ = ["NodeList", "PackedList", "make_room", "restore", "settle"]

SIZES = (4096, 8192, 16384, 32768, 65536)
"""What list-max-listpack-size -1 to -5 stand for, in bytes."""
SAFE_SIZE = 8192
"""The most bytes of a listpack whose limit is a number of elements."""
HEAD = 7
SHRINKING = frozenset(("lpop", "rpop", "lrem", "ltrim", "lset"))


class PackedList(List):
    """A list that is one listpack. `form` is a length it had, and at least as many bytes as it has."""

    __slots__ = ()

    def encoding(self) -> str:
        """`listpack`."""
        return "listpack"

    def copy(self) -> List:
        """An independent list with the same elements and encoding."""
        twin = super().copy()
        twin.__class__, twin.form = PackedList, self.form
        return twin


class NodeList(List):
    """A list that is a quicklist."""

    __slots__ = ()

    def copy(self) -> List:
        """An independent list with the same elements and encoding."""
        twin = super().copy()
        twin.__class__ = NodeList
        return twin


def settle(value: List, event: str, limits: Limits) -> None:
    """Give a list the form that it has after an event: `rpush`, `lpop`…"""
    fill = limits.list_max_listpack_size
    if value.__class__ is PackedList:
        _grow(value, event, fill)
    elif value.__class__ is NodeList:
        if event in SHRINKING and _fits(value, fill, 2):
            _pack(value)
    elif _fits(value, fill, 1):
        _pack(value)
    else:
        value.__class__ = NodeList


def restore(value: List, *, listpack: bool) -> None:
    """Give a list the form that it was saved in, whatever the limits are now."""
    if listpack:
        _pack(value)
    else:
        value.__class__ = NodeList


def _grow(value: List, event: str, fill: int) -> None:
    length, size = value.form
    added = len(value) - length
    if event in ("rpush", "lpush") and added > 0:
        pushed = _ends(value, added, event == "rpush")
        bare = sum(map(len, pushed))
        if exceeds(fill, size + bare, len(value)):
            size = packed_size(value, added, event)  # what was known may have been too much
            if exceeds(fill, size + bare, len(value)):
                value.__class__ = NodeList
                return
        value.form = len(value), size + sum(map(listpack_entry, pushed))
    elif added > 0 or event == "lset":
        value.form = len(value), packed_size(value)
    else:
        value.form = len(value), size


def make_room(value: List, element: bytes, limits: Limits) -> None:
    """What Redis does before it inserts or replaces one element, whether it then finds the place or not."""
    if value.__class__ is PackedList:
        size = packed_size(value) + len(element)
        if exceeds(limits.list_max_listpack_size, size, len(value) + 1):
            value.__class__ = NodeList  # type: ignore[assignment]


def _ends(value: List, count: int, right: bool) -> list[bytes]:
    return value.range(-count, -1) if right else value.range(0, count - 1)


def _pack(value: List) -> None:
    value.__class__ = PackedList
    value.form = len(value), packed_size(value)


def _fits(value: List, fill: int, share: int) -> bool:
    """Whether a list is within the limits of a listpack, or within a half of them (`share` 2)."""
    if fill >= 0:
        return len(value) <= max(fill, 1) // share and (share == 2 or packed_size(value) <= SAFE_SIZE)
    most = _most_bytes(fill) // share
    return len(value) * 2 <= most and packed_size(value) <= most


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
