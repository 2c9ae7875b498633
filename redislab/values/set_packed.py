"""The set since Redis 7.2: small ones of any members are listpacks, where 7.0 had hash tables.

A set begins as an intset. The first member that is no integer makes it a listpack, and too many members, or too long
a one, a hash table. A listpack keeps its members in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from redislab.values.base import Limits
from redislab.values.buckets import GROWN, copied
from redislab.values.set import LARGEST_INTSET, REBUILD_RATIO, Set, is_integer

if TYPE_CHECKING:
    from random import Random

__all__ = ["NewerSet"]


class NewerSet(Set):
    """A set in one of three forms."""

    __slots__ = ("_table",)

    def __init__(self) -> None:
        super().__init__()
        self._table = False
        """It is a hash table, and no intset then; else it is an intset or a listpack."""

    @classmethod
    def of(cls, value: Set, limits: Limits) -> NewerSet:
        """A set with the members of another one, in the form that they have here; the other one is given up."""
        twin = cls()
        twin.used, twin._members, twin._intset = value.used, value._members, value._intset
        twin._sorted, twin._roster, twin._buckets = value._sorted, value._roster, value._buckets
        twin._settle(limits)
        return twin

    @classmethod
    def restored(cls, members: Iterable[bytes], *, intset: bool, listpack: bool = False) -> NewerSet:
        """A set as it was saved, whatever the limits are now."""
        value = cls()
        value._members, value._intset, value._table = dict.fromkeys(members), intset, not (intset or listpack)
        value.rebuilt()
        return value

    def add(self, member: bytes, limits: Limits) -> bool:
        """Adds a member; False when it is one already, which never changes the encoding."""
        if self._table:
            return super().add(member, limits)
        if member in self._members:
            return False
        if self._intset:
            self._add_to_intset(member, limits)
        else:
            self._table = not fits(len(self._members) + 1, len(member), limits)
            self._buckets = GROWN
        members = self._members
        members[member] = None
        if self._intset and len(members) > min(limits.set_max_intset_entries, LARGEST_INTSET):
            self._intset, self._table = False, True
            self._buckets = GROWN
        if self._roster is not None:
            self._roster.add(member)
        return True

    def _add_to_intset(self, member: bytes, limits: Limits) -> None:
        """Gets an intset ready for one more member."""
        if not is_integer(member):
            numbers = self._by_number()
            longest = max(len(member), *(len(number) for number in (numbers[:1] + numbers[-1:] or [b""])))
            self._buckets = GROWN
            if fits(len(numbers) + 1, longest, limits):
                self._members = dict.fromkeys(numbers)
            else:
                self._table = True
            self._intset = False
        self._sorted = None

    def expect(self, members: Sequence[bytes], limits: Limits) -> None:
        """What SADD does before it adds: so many that may be too many make a hash table, even if some are equal."""
        if self._table:
            return
        count, intset = len(members), self._intset and (len(self) > 0 or is_integer(members[0]))
        if count > (limits.set_max_intset_entries if intset else limits.set_max_listpack_entries):
            self._members, self._intset, self._table = dict.fromkeys(self), False, True
            self._buckets = GROWN

    def pop_many(self, dice: Random, count: int, limits: Limits) -> list[bytes]:
        """Removes `count` random members, or all when there are not that many, and returns them.

        When few are left of a hash table, Redis moves those into a new set, which is as small as can be.
        """
        intset = self._intset
        popped = super().pop_many(dice, count, limits)
        if not self._members:
            return popped
        if not self._table:
            self._intset = intset
        elif len(self._members) * REBUILD_RATIO <= count:
            self._settle(limits)
        return popped

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor and some members; of all but a hash table everything at once."""
        return super().scan(cursor, count) if self._table else (0, self.members())

    def copy(self) -> NewerSet:
        """An independent set with the same members and encoding; the index for picks is not taken along."""
        twin = NewerSet()
        twin.used = self.used
        twin._members, twin._intset, twin._table = self._members.copy(), self._intset, self._table
        twin._buckets = copied(self._buckets)
        return twin

    def encoding(self) -> str:
        """`intset`, `listpack` or `hashtable`."""
        return "intset" if self._intset else "hashtable" if self._table else "listpack"

    def _settle(self, limits: Limits) -> None:
        """Be as small as its members allow."""
        self._table = not self._intset and not fits(len(self), max(map(len, self), default=0), limits)


def fits(count: int, longest: int, limits: Limits) -> bool:
    """Whether so many members, of at most so many bytes, may be a listpack."""
    return count <= limits.set_max_listpack_entries and longest <= limits.set_max_listpack_value
