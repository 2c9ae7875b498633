"""A hash some of whose fields have a time to live: since Redis 7.4.

A hash becomes one with the first time set and stays one. As a listpack it keeps the fields with a time to live in
front, soonest first and of equal ones the latest set, and the others in the order in which they came or lost theirs.
Times are ms since 1970; the keyspace compares them with the present.
"""

from __future__ import annotations

from redislab.values.base import Limits
from redislab.values.buckets import copied
from redislab.values.hash import Hash

__all__ = ["ExpiringHash"]

NEVER = 1 << 62


class ExpiringHash(Hash):
    """Fields, values, and times to live of fields. `soonest` is no later than any of them."""

    __slots__ = ("_times", "soonest")

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[bytes, int] = {}
        self.soonest = NEVER

    @classmethod
    def of(cls, value: Hash) -> ExpiringHash:
        """A hash with the fields of another one; that is given up. One that is of this kind already stays."""
        if isinstance(value, ExpiringHash):
            return value
        twin = cls.restored(value._fields, listpack=value._listpack)
        twin.used, twin._roster, twin._buckets = value.used, value._roster, value._buckets
        return twin

    @classmethod
    def restored(cls, fields: dict[bytes, bytes], *, listpack: bool) -> ExpiringHash:
        """A hash as it was saved, with no times yet. It keeps the dictionary."""
        value = cls()
        value._fields, value._listpack = fields, listpack
        value.rebuilt()
        return value

    # -- times ------------------------------------------------------------------------------------

    def time(self, field: bytes) -> int | None:
        """When a field expires; None if never, or if there is no such field."""
        return self._times.get(field)

    def times(self) -> dict[bytes, int]:
        """The fields that expire, and when: not to be changed."""
        return self._times

    def expire(self, field: bytes, when: int | None) -> None:
        """Let a field, which must be there, expire at `when` or never."""
        if when is None:
            self._times.pop(field, None)
        else:
            self._times[field] = when
            self.soonest = min(self.soonest, when)
        if self._listpack:
            self._place(field, when)

    def due(self, now: int) -> list[bytes]:
        """The fields whose time is over, soonest first."""
        if self.soonest > now:
            return []
        self.soonest = min(self._times.values(), default=NEVER)
        over = sorted((when, place) for place, when in enumerate(self._times.values()) if when <= now)
        names = list(self._times)
        return [names[place] for _, place in over]

    def refresh(self) -> None:
        """Make `soonest` exact again after fields went."""
        self.soonest = min(self._times.values(), default=NEVER)

    def _place(self, field: bytes, when: int | None) -> None:
        """Move a field of a listpack to where its time belongs."""
        fields, times = self._fields, self._times
        value = fields.pop(field)
        behind = []
        if when is not None:
            behind = [name for name in fields if times.get(name, NEVER) >= when]
        fields[field] = value
        for name in behind:
            fields[name] = fields.pop(name)

    # -- what a hash has --------------------------------------------------------------------------

    def set(self, field: bytes, value: bytes, limits: Limits) -> bool:
        """Gives a field a value and takes its time to live away; True when the field is new."""
        if self._times.pop(field, None) is not None and self._listpack:
            del self._fields[field]
            super().set(field, value, limits)
            return False
        return super().set(field, value, limits)

    def update(self, field: bytes, value: bytes, limits: Limits) -> bool:
        """Gives a field a value, and leaves its time to live; True when the field is new."""
        return super().set(field, value, limits)

    def delete(self, field: bytes) -> bool:
        """Removes a field; False when there is no such field."""
        self._times.pop(field, None)
        return super().delete(field)

    def copy(self) -> ExpiringHash:
        """An independent hash with the same fields and times."""
        twin = ExpiringHash.restored(self._fields.copy(), listpack=self._listpack)
        twin.used, twin._buckets = self.used, copied(self._buckets)
        twin._times, twin.soonest = self._times.copy(), self.soonest
        return twin

    def encoding(self) -> str:
        """`listpackex` or `hashtable`."""
        return "listpackex" if self._listpack else "hashtable"

    def weight(self) -> int:
        """An estimate in bytes for short fields and values."""
        return super().weight() + 50 * len(self._times)
