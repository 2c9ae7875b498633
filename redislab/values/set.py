"""The set: members without order, or in the order of their numbers.

A set of whole numbers is an intset and shows its members sorted by value, as Redis does. Any other is a hash table and
shows them in the order in which they came, which in Redis is no particular one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from redislab.values.base import Limits, Value
from redislab.values.buckets import GROWN, NO_TABLE, buckets, built_for, copied, removed
from redislab.values.roster import Roster

if TYPE_CHECKING:
    from random import Random

__all__ = ["Set"]

LARGEST_INTSET = 1 << 30
"""Redis never lets an intset grow beyond this, whatever is configured."""

REBUILD_RATIO = 5
"""When SPOP takes at least this many times what it leaves, Redis builds a new set out of what is left."""

STEPS, POP_LOOKS = 1, 16
"""How often Redis looks into a hash table to add a member, and to find one at random and remove it."""


class Set(Value):
    """Members, all bytes. An intset while all are 64-bit integers and few, and a hash table from then on."""

    __slots__ = ("_buckets", "_intset", "_members", "_roster", "_sorted")

    type: ClassVar[str] = "set"

    def __init__(self) -> None:
        self.used = 0
        # A dictionary without values: unlike Python's set it keeps an order that is the same in every run.
        self._members: dict[bytes, None] = {}
        self._intset = True
        self._sorted: list[bytes] | None = None
        self._roster: Roster | None = None
        self._buckets = GROWN

    @classmethod
    def from_members(cls, members: Iterable[bytes], limits: Limits) -> Set:
        """A new set with these members, encoded as if they had been added one by one."""
        result = cls()
        for member in members:
            result.add(member, limits)
        return result

    @classmethod
    def restored(cls, members: Iterable[bytes], *, intset: bool) -> Set:
        """A set as it was saved, whatever the limits are now."""
        value = cls()
        value._members, value._intset = dict.fromkeys(members), intset
        value.rebuilt()
        return value

    # -- reading ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, member: bytes) -> bool:
        return member in self._members

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._by_number() if self._intset else self._members)

    def contains(self, member: bytes) -> bool:
        """Whether it is a member: the same as `in`."""
        return member in self._members

    def members(self) -> list[bytes]:
        """All members: sorted by value when it is an intset."""
        return self._by_number()[:] if self._intset else list(self._members)

    def _by_number(self) -> list[bytes]:
        if self._sorted is None:
            self._sorted = sorted(self._members, key=int)
        return self._sorted

    # -- changing ---------------------------------------------------------------------------------

    def add(self, member: bytes, limits: Limits) -> bool:
        """Adds a member; False when it is one already, which never changes the encoding."""
        members = self._members
        if member in members:
            return False
        members[member] = None
        if self._intset:
            self._sorted = None
            if len(members) > min(limits.set_max_intset_entries, LARGEST_INTSET) or not is_integer(member):
                self._intset = False
                self._buckets = built_for(len(members) - (not is_integer(member)), STEPS)
        if self._roster is not None:
            self._roster.add(member)
        return True

    def remove(self, member: bytes) -> bool:
        """Removes a member; False when it is none."""
        members = self._members
        if member not in members:
            return False
        del members[member]
        self._sorted = None
        known = self._buckets
        if not known.low <= len(members) < known.high:
            self._shrank()
        if self._roster is not None:
            self._roster.discard(member)
        return True

    def pop(self, dice: Random) -> bytes:
        """Removes a random member and returns it. IndexError when there is none."""
        member = self._index().pop(dice)
        del self._members[member]
        self._sorted = None
        known = self._buckets
        if not known.low <= len(self._members) < known.high:
            self._shrank(POP_LOOKS)
        return member

    def pop_many(self, dice: Random, count: int, limits: Limits) -> list[bytes]:
        """Removes `count` random members, or all when there are not that many, and returns them.

        When few are left, Redis moves those into a new set: a hash table of a few integers is an intset again.
        """
        left = len(self._members) - count
        if left <= 0:
            everything = self.members()
            self._members, self._sorted, self._roster = {}, None, None
            return everything
        popped = [self.pop(dice) for _ in range(count)]
        if left * REBUILD_RATIO <= count:
            # Only the encoding has to be that of the new set: keeping the roster keeps the promise of a running scan.
            most = min(limits.set_max_intset_entries, LARGEST_INTSET)
            self._intset = left <= most and all(map(is_integer, self._members))
            self._buckets = GROWN
        return popped

    # -- picking and scanning ---------------------------------------------------------------------

    def pick(self, dice: Random) -> bytes:
        """A random member. IndexError when there is none."""
        return self._index().pick(dice)

    def sample(self, dice: Random, count: int) -> list[bytes]:
        """`count` different members in a random order, or all members, in their order, when there are not that many."""
        return self.members() if count >= len(self._members) else self._index().sample(dice, count)

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor and some members (see Roster); from an intset everything at once."""
        if self._intset:
            return 0, self.members()
        return self._index().scan(cursor, count)

    def _index(self) -> Roster:
        if self._roster is None:
            self._roster = Roster(self._members)
        return self._roster

    # -- what every value has ---------------------------------------------------------------------

    def copy(self) -> Set:
        """An independent set with the same members; the index for picks is not taken along."""
        twin = Set.__new__(Set)
        twin.used = self.used
        twin._members = self._members.copy()
        twin._intset = self._intset
        twin._sorted = twin._roster = None
        twin._buckets = copied(self._buckets)
        return twin

    def _shrank(self, looks: int = 1) -> None:
        """An element was removed, with so many looks, and that may have changed the hash table."""
        known = self._buckets
        self._buckets = NO_TABLE if self._intset else removed(known, len(self._members), STEPS, looks)

    def rebuilt(self) -> None:
        is_table = self.encoding() == "hashtable"
        self._buckets = built_for(len(self._members), STEPS) if is_table else GROWN

    def buckets(self) -> int:
        """How many buckets the hash table has, if it is one."""
        return buckets(self._buckets, len(self._members), STEPS)

    def is_empty(self) -> bool:
        """True when no member is left."""
        return not self._members

    def encoding(self) -> str:
        """`intset` or `hashtable`; only `pop_many` may turn a hash table into an intset again."""
        return "intset" if self._intset else "hashtable"

    def weight(self) -> int:
        """An estimate in bytes for short members."""
        return 200 + 100 * len(self._members)


def is_integer(text: bytes) -> bool:
    """Whether a text is a 64-bit integer in the only way Redis itself would write it: no plus, no zeros in front."""
    if not 0 < len(text) <= 20:
        return False
    try:
        number = int(text)
    except ValueError:
        return False
    return -(1 << 63) <= number < 1 << 63 and b"%d" % number == text
