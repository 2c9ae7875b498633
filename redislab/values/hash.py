"""The hash: fields with values.

A hash keeps its fields in the order in which they came, in both encodings; changing a value keeps the field's place.
Real Redis does so while the hash is a listpack, and shows a hash table in no particular order.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, ClassVar

from redislab.values.base import Limits, Value
from redislab.values.buckets import GROWN, NO_TABLE, buckets, built_for, copied, removed
from redislab.values.roster import Roster

if TYPE_CHECKING:
    from random import Random

__all__ = ["Hash"]

STEPS = 2
"""How often Redis looks into a hash table to add a field."""


class Hash(Value):
    """Fields and values, both bytes. A listpack while it is small, and a hash table from then on."""

    __slots__ = ("_buckets", "_fields", "_listpack", "_roster")

    type: ClassVar[str] = "hash"

    def __init__(self) -> None:
        self.used = 0
        self._fields: dict[bytes, bytes] = {}
        self._listpack = True
        self._roster: Roster | None = None
        self._buckets = GROWN

    @classmethod
    def restored(cls, fields: dict[bytes, bytes], *, listpack: bool) -> Hash:
        """A hash as it was saved, whatever the limits are now. It keeps the dictionary."""
        value = cls()
        value._fields, value._listpack = fields, listpack
        value.rebuilt()
        return value

    # -- reading ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, field: bytes) -> bool:
        return field in self._fields

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._fields)

    def get(self, field: bytes) -> bytes | None:
        """The value of a field, None when there is no such field."""
        return self._fields.get(field)

    def fields(self) -> KeysView[bytes]:
        """The fields, in order: a view, to be read at once."""
        return self._fields.keys()

    def values(self) -> ValuesView[bytes]:
        """The values, in the order of the fields: a view, to be read at once."""
        return self._fields.values()

    def as_dict(self) -> dict[bytes, bytes]:
        """All fields with their values, in order: a dictionary of the caller's own."""
        return self._fields.copy()

    def items(self) -> ItemsView[bytes, bytes]:
        """The pairs of field and value, in order: a view, to be read at once."""
        return self._fields.items()

    # -- changing ---------------------------------------------------------------------------------

    def set(self, field: bytes, value: bytes, limits: Limits) -> bool:
        """Gives a field a value; True when the field is new.

        The limits are looked at on every call, as Redis does: under lowered ones an update is enough to convert.
        """
        fields = self._fields
        before = len(fields)
        fields[field] = value
        size = len(fields)
        if self._listpack:
            longest = limits.hash_max_listpack_value
            if size > limits.hash_max_listpack_entries or len(value) > longest or len(field) > longest:
                self._listpack = False
                self._buckets = built_for(size if size > limits.hash_max_listpack_entries else before, STEPS)
        if size == before:
            return False
        if self._roster is not None:
            self._roster.add(field)
        return True

    def update(self, field: bytes, value: bytes, limits: Limits) -> bool:
        """The same where a field has no time to live of its own; see `hash_expiring`."""
        return self.set(field, value, limits)

    def delete(self, field: bytes) -> bool:
        """Removes a field; False when there is no such field."""
        fields = self._fields
        if field not in fields:
            return False
        del fields[field]
        known = self._buckets
        if not known.low <= len(fields) < known.high:
            self._shrank()
        if self._roster is not None:
            self._roster.discard(field)
        return True

    # -- picking and scanning ---------------------------------------------------------------------

    def pick(self, dice: Random) -> bytes:
        """A random field. IndexError when there is none."""
        return self._index().pick(dice)

    def sample(self, dice: Random, count: int) -> list[bytes]:
        """`count` different fields, or all of them, in order, when there are not that many.

        Up to a third of a listpack comes in order as well, because Redis walks through it; all else in a random order.
        """
        size = len(self._fields)
        if count >= size:
            return list(self._fields)
        if not self._listpack or count * 3 > size:
            return self._index().sample(dice, count)
        fields = list(self._fields)
        return [fields[position] for position in sorted(dice.sample(range(size), count))]

    def scan(self, cursor: int, count: int) -> tuple[int, list[tuple[bytes, bytes]]]:
        """The next cursor and some pairs (see Roster); from a listpack everything at once."""
        if self._listpack:
            return 0, list(self._fields.items())
        cursor, found = self._index().scan(cursor, count)
        return cursor, [(field, self._fields[field]) for field in found]

    def _index(self) -> Roster:
        if self._roster is None:
            self._roster = Roster(self._fields)
        return self._roster

    # -- what every value has ---------------------------------------------------------------------

    def copy(self) -> Hash:
        """An independent hash with the same fields; the index for picks is not taken along."""
        twin = Hash.__new__(Hash)
        twin.used = self.used
        twin._fields = self._fields.copy()
        twin._listpack = self._listpack
        twin._roster = None
        twin._buckets = copied(self._buckets)
        return twin

    def _shrank(self, looks: int = 1) -> None:
        """An element was removed, with so many looks, and that may have changed the hash table."""
        known = self._buckets
        self._buckets = NO_TABLE if self._listpack else removed(known, len(self._fields), STEPS, looks)

    def rebuilt(self) -> None:
        self._buckets = GROWN if self._listpack else built_for(len(self._fields), STEPS)

    def buckets(self) -> int:
        """How many buckets the hash table has, if it is one."""
        return buckets(self._buckets, len(self._fields), STEPS)

    def is_empty(self) -> bool:
        """True when no field is left."""
        return not self._fields

    def encoding(self) -> str:
        """`listpack` or `hashtable`; a hash never goes back."""
        return "listpack" if self._listpack else "hashtable"

    def weight(self) -> int:
        """An estimate in bytes for short fields and values."""
        return 200 + 150 * len(self._fields)
