"""The two forms of a set since Redis 7.2: small ones of any members are listpacks, where 7.0 had hash tables.

A set begins as an intset. The first member that is no integer makes it a listpack, and too many members, or too long
a one, a hash table. A listpack keeps its members in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.values.base import Limits
from redislab.values.set import LARGEST_INTSET, REBUILD_RATIO, Set, is_integer

if TYPE_CHECKING:
    from random import Random

__all__ = ["PackedSet", "TableSet", "expect", "restore", "settle"]


class PackedSet(Set):
    """A set that is an intset or a listpack."""

    __slots__ = ()

    def add(self, member: bytes, limits: Limits) -> bool:
        """Adds a member; False when it is one already, which never changes the encoding."""
        members = self._members
        if member in members:
            return False
        if self._intset:
            self._add_to_intset(member, limits)
        elif not fits(len(members) + 1, len(member), limits):
            self.__class__ = TableSet  # type: ignore[assignment]
        members = self._members
        members[member] = None
        if self._intset and len(members) > min(limits.set_max_intset_entries, LARGEST_INTSET):
            self._intset, self.__class__ = False, TableSet  # type: ignore[assignment]
        if self._roster is not None:
            self._roster.add(member)
        return True

    def _add_to_intset(self, member: bytes, limits: Limits) -> None:
        """Gets an intset ready for one more member."""
        if not is_integer(member):
            numbers = self._by_number()
            longest = max(len(member), *(len(number) for number in (numbers[:1] + numbers[-1:] or [b""])))
            if fits(len(numbers) + 1, longest, limits):
                self._members = dict.fromkeys(numbers)
            else:
                self.__class__ = TableSet  # type: ignore[assignment]
            self._intset = False
        self._sorted = None

    def pop_many(self, dice: Random, count: int, limits: Limits) -> list[bytes]:
        """Removes `count` random members, or all when there are not that many, and returns them."""
        everything = len(self._members) - count <= 0
        intset = self._intset
        popped = super().pop_many(dice, count, limits)
        if not everything:
            self._intset = intset
        return popped

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """All members at once."""
        return 0, self.members()

    def copy(self) -> Set:
        """An independent set with the same members and encoding."""
        twin = super().copy()
        twin.__class__ = PackedSet
        return twin

    def encoding(self) -> str:
        """`intset` or `listpack`."""
        return "intset" if self._intset else "listpack"


class TableSet(Set):
    """A set that is a hash table."""

    __slots__ = ()

    def pop_many(self, dice: Random, count: int, limits: Limits) -> list[bytes]:
        """Removes `count` random members, or all when there are not that many, and returns them.

        When few are left, Redis moves those into a new set, which is as small as can be.
        """
        popped = super().pop_many(dice, count, limits)
        if self._members and len(self._members) * REBUILD_RATIO <= count:
            settle(self, limits)
        return popped

    def copy(self) -> Set:
        """An independent set with the same members and encoding."""
        twin = super().copy()
        twin.__class__ = TableSet
        return twin


def fits(count: int, longest: int, limits: Limits) -> bool:
    """Whether so many members, of at most so many bytes, may be a listpack."""
    return count <= limits.set_max_listpack_entries and longest <= limits.set_max_listpack_value


def expect(value: Set, members: Sequence[bytes], limits: Limits) -> None:
    """What SADD does before it adds: so many members that may be too many make a hash table, even if some are equal."""
    if value.__class__ is not PackedSet:
        return
    count, intset = len(members), value._intset and (len(value) > 0 or is_integer(members[0]))
    if count > (limits.set_max_intset_entries if intset else limits.set_max_listpack_entries):
        value._members, value._intset, value.__class__ = dict.fromkeys(value), False, TableSet  # type: ignore[assignment]


def restore(value: Set, *, listpack: bool) -> None:
    """Give a set of strings the form that it was saved in, whatever the limits are now."""
    value.__class__ = PackedSet if listpack else TableSet


def settle(value: Set, limits: Limits) -> None:
    """Give a set that was put together elsewhere the form that it has here."""
    if value.encoding() == "intset" or fits(len(value), max(map(len, value), default=0), limits):
        value.__class__ = PackedSet
    else:
        value.__class__ = TableSet
