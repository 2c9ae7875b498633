"""One database, and the gate through which every read and write of it passes.

    view(key, Kind)       read; None if absent; WRONGTYPE if another type; drops an expired key; notes the access
    edit(key, Kind)       the same for change; keeps a pre-image if recording; makes a new value where there is none
    put(key, value)       replace whatever is there; clears the time to live unless told to keep it
    remove(key)           delete
    expire_at(key, ms)    set or clear the time to live
    touched(key, …)       say that it changed; WATCH, blocking, notifications and undo hang here
    shrunk(key, …)        the same after elements were taken away: an empty aggregate is removed here

Nothing else may write to the dictionaries. A value that `edit` makes for a missing key joins the keyspace
only when `touched` says so; an error before that leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from redislab.engine import announce, lfu, notify
from redislab.engine.deadlines import Deadlines
from redislab.engine.errors import WRONG_TYPE, ReplyError
from redislab.values.base import Value
from redislab.values.divided import Divided, Table
from redislab.values.roster import Roster
from redislab.values.roster_divided import DividedRoster
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["Database"]

V = TypeVar("V", bound=Value)


class Database:
    """One of the numbered databases. `values` and `expires` (key -> ms since 1970) are for reading only."""

    def __init__(self, engine: Engine, index: int) -> None:
        self.engine = engine
        self.index = index
        self.values: Table[Value] = {}
        self.expires: Table[int] = {}
        self.deadlines = Deadlines()
        self.roster: Roster | DividedRoster | None = None

    # -- reading ---------------------------------------------------------------------------------------------

    def view(self, key: bytes, kind: type[V]) -> V | None:
        """The value for reading, or None, which is announced as `keymiss`. Raises WRONGTYPE."""
        value = self.values.get(key)
        if value.__class__ is kind and key not in self.expires and not (engine := self.engine).lfu:
            engine.hits += 1
            value.used = engine.lru_second
            return value
        return self._view_slowly(key, value, kind)

    def _view_slowly(self, key: bytes, value: Value | None, kind: type[V]) -> V | None:
        """The rest of `view`: a missing key, another type, a time to live, an LFU policy."""
        engine = self.engine
        if value is None or (key in self.expires and self._expire_if_due(key)):
            self._announce_miss(key)
            return None
        engine.hits += 1
        value.used = lfu.touch(value.used, engine) if engine.lfu else engine.lru_second
        if value.__class__ is not kind:
            raise ReplyError(WRONG_TYPE)
        return value

    def view_any(self, key: bytes, *, touch: bool = True, announce: bool = False) -> Value | None:
        """The value of whatever type, or None.

        `touch=False` leaves the note of its last access alone; with `announce` a missing key is announced as
        `keymiss`, as is due to a command that reads but not to one that is going to write.
        """
        value = self.values.get(key)
        if value is None or (key in self.expires and self._expire_if_due(key)):
            if announce:
                self._announce_miss(key)
            return None
        engine = self.engine
        if announce:
            engine.hits += 1
        if touch:
            value.used = lfu.touch(value.used, engine) if engine.lfu else engine.lru_second
        return value

    def view_to_write(self, key: bytes, kind: type[V]) -> V | None:
        """The value for a command that may write, which makes it neither a hit nor a miss. Raises WRONGTYPE."""
        value = self.view_any(key)
        if value is not None and not isinstance(value, kind):
            raise ReplyError(WRONG_TYPE)
        return value

    def view_unseen(self, key: bytes) -> Value | None:
        """The value, or None, as OBJECT looks at it: counted as read, yet neither noted as used nor announced."""
        value = self.view_any(key, touch=False)
        if value is None:
            self.engine.misses += 1
        else:
            self.engine.hits += 1
        return value

    def view_if(self, key: bytes, kind: type[V]) -> V | None:
        """The value for reading if it has this type, else None: for whoever waits on a key."""
        value = self.view_any(key)
        return value if value.__class__ is kind else None

    def exists(self, key: bytes) -> bool:
        """Whether the key is there, without touching it."""
        return key in self.values and not (key in self.expires and self._expire_if_due(key))

    def expiry(self, key: bytes) -> int | None:
        """When the key expires, in ms since 1970; None if never (or if it is not there)."""
        return self.expires.get(key)

    def is_due(self, key: bytes) -> bool:
        """Whether the key's time is over, though nobody has removed it yet."""
        when = self.expires.get(key)
        return when is not None and when <= self.engine.now

    def index_of_keys(self) -> Roster | DividedRoster:
        """The roster of all keys, for SCAN, RANDOMKEY and eviction; made when first asked for."""
        if self.roster is None:
            values = self.values
            self.roster = DividedRoster(values) if isinstance(values, Divided) else Roster(values)
        return self.roster

    # -- writing ---------------------------------------------------------------------------------------------

    def edit(self, key: bytes, kind: type[V]) -> V:
        """The value to be changed in place; a new one where there is none. Raises WRONGTYPE.

        `touched` or `shrunk` must follow, unless nothing was changed or an error is raised.
        """
        value = self.values.get(key)
        if value.__class__ is kind and key not in self.expires and (engine := self.engine).plain:
            value.used = engine.lru_second
            return value
        return self._edit_slowly(key, value, kind)

    def _edit_slowly(self, key: bytes, value: Value | None, kind: type[V]) -> V:
        """The rest of `edit`: a missing key, another type, a time to live, a recording engine."""
        engine = self.engine
        if value is None or (key in self.expires and self._expire_if_due(key)):
            fresh = kind()
            fresh.used = lfu.start(engine) if engine.lfu else engine.lru_second
            engine.fresh = (self, key, fresh)
            return fresh
        if value.__class__ is kind and engine.changes is not None:
            engine.changes.keep_copy(self, key, value)
        value.used = lfu.touch(value.used, engine) if engine.lfu else engine.lru_second
        if value.__class__ is not kind:
            raise ReplyError(WRONG_TYPE)
        return value

    def reuse(self, key: bytes, kind: type[V]) -> V | None:
        """The value of a key that may be given a new content, as good as `put` and quicker; None if it may not.

        That is where the type is the same, there is no time to live, and nobody has to be told: it counts as changed.
        """
        value = self.values.get(key)
        if value.__class__ is kind and key not in self.expires and (engine := self.engine).plain:
            engine.dirty += 1
            value.used = engine.lru_second
            return value
        return None

    def refill(self, keys: Sequence[bytes], contents: Sequence[bytes]) -> bool:
        """`reuse` of several strings at once with a new content for each, which is quicker; False if any may not be.

        Then each is still to be written; some are already, which nobody was told.
        """
        engine = self.engine
        if not engine.plain or (self.expires and not self.expires.keys().isdisjoint(keys)):
            return False
        find, second = self.values.get, engine.lru_second
        for key, content in zip(keys, contents, strict=True):
            value = find(key)
            if value.__class__ is not String:
                return False
            value.used = second
            value.data = content
        engine.dirty += len(keys)
        return True

    def put(self, key: bytes, value: Value, *, keep_ttl: bool = False) -> None:
        """Make this the value of the key. It must belong to no other key. `touched` must follow."""
        engine = self.engine
        engine.fresh = None
        if engine.plain and key not in self.expires and self.roster is None:
            value.used = engine.lru_second
            before = self.values.setdefault(key, value)
            if before is not value:
                self.values[key] = value
                if before.__class__ is not String:
                    engine.freeing.left(before)
            return
        if key in self.expires:
            self._expire_if_due(key)
        if engine.changes is not None:
            engine.changes.keep(self, key)
        values = self.values
        former = values.get(key)
        if former is not None:
            if engine.memory.counting:
                engine.memory.left(self.index, former)
            if engine.alert:
                announce.value_left(self, key, former)
            value.used = lfu.touch(former.used, engine) if engine.lfu else engine.lru_second
            values[key] = value
            if former.__class__ is not String:
                engine.freeing.left(former)
            if not keep_ttl and self.expires:
                self.expires.pop(key, None)
        else:
            value.used = lfu.start(engine) if engine.lfu else engine.lru_second
            self._attach(key, value)

    def overwritten(self, key: bytes, before: Value) -> None:
        """Announce that a key has another value than this one, as later versions do."""

    def remove(self, key: bytes, *, lazily: bool | None = None) -> bool:
        """Delete a key; False if it was not there. `touched` must follow if it was.

        `lazily` says whether Redis frees the value in the background; None leaves that to lazyfree-lazy-server-del.
        """
        value = self.values.get(key)
        if value is None or (key in self.expires and self._expire_if_due(key)):
            return False
        self._detach(key)
        if value.__class__ is not String:
            self.engine.freeing.left(value, lazily)
        return True

    def drop(self, key: bytes) -> bool:
        """`remove` that does not ask whether the key's time is over: for a result that is empty and takes its place."""
        value = self.values.get(key)
        if value is None:
            return False
        self._detach(key)
        if value.__class__ is not String:
            self.engine.freeing.left(value)
        return True

    def expire_at(self, key: bytes, when: int | None) -> None:
        """Let the key expire at `when` (ms since 1970), or never. The key must exist. `touched` must follow."""
        if self.engine.changes is not None:
            self.engine.changes.keep(self, key)
        if when is None:
            self.expires.pop(key, None)
        else:
            self.restore_expiry(key, when)

    def restore_expiry(self, key: bytes, when: int) -> None:
        """Set a time to live past the gate, for undo and loading; no pre-image is kept."""
        self.expires[key] = when
        self.deadlines.add(when, key, self.expires)

    def clear(self, *, lazily: bool = False) -> int:
        """Remove everything at once; returns how many keys there were. `lazily`: Redis frees them in the background."""
        count = len(self.values)
        if self.engine.changes is not None:
            self.engine.changes.keep_all(self)
        if self.engine.alert:
            announce.flushed(self)
        if self.engine.memory.counting:
            self.engine.memory.emptied(self.index)
        self.engine.freeing.emptied(self, lazily=lazily)
        self.values, self.expires, self.deadlines, self.roster = {}, {}, Deadlines(), None
        self.engine.dirty += count
        return count

    def touched(self, key: bytes, event: str, event_class: int) -> None:
        """Say that a key changed, and what happened to it in the words of keyspace notifications."""
        engine = self.engine
        engine.dirty += 1
        if engine.fresh is not None:
            self._attach_fresh(key)
        if not engine.plain:
            self._tell(key, event, event_class)

    def shrunk(self, key: bytes, event: str, event_class: int) -> None:
        """`touched` for a change that took elements away; removes the key if nothing is left."""
        engine = self.engine
        engine.dirty += 1
        if not engine.plain:
            self._tell(key, event, event_class)
        if self.values[key].is_empty():
            self._detach(key)
            if engine.alert:
                announce.changed(self, key, "del", notify.GENERIC)

    def touched_within(self, key: bytes, event: str = "", event_class: int = 0) -> None:
        """`touched` for a change that WATCH does not mind: one in the consumer groups of a stream."""
        engine = self.engine
        engine.dirty += 1
        if engine.changes is not None:
            engine.changes.touched.add((self.index, key))
        if engine.memory.counting:
            engine.memory.changed.add((self.index, key))
        if event and engine.notify_flags:
            announce.publish_event(self, key, event, event_class)

    def notify(self, key: bytes, event: str, event_class: int) -> None:
        """Publish a keyspace event that is no change of its own."""
        if self.engine.notify_flags:
            announce.publish_event(self, key, event, event_class)

    # -- inside the gate -------------------------------------------------------------------------------------

    def _tell(self, key: bytes, event: str, event_class: int) -> None:
        engine = self.engine
        if engine.changes is not None:
            engine.changes.touched.add((self.index, key))
        if engine.memory.counting:
            engine.memory.changed.add((self.index, key))
        if engine.alert:
            announce.changed(self, key, event, event_class)

    def _attach_fresh(self, key: bytes) -> None:
        fresh, self.engine.fresh = self.engine.fresh, None
        if fresh is not None and fresh[0] is self and fresh[1] == key and key not in self.values:
            if self.engine.changes is not None:
                self.engine.changes.keep(self, key)
            self._attach(key, fresh[2])

    def _attach(self, key: bytes, value: Value) -> None:
        self.values[key] = value
        if self.roster is not None:
            self.roster.add(key)
        engine = self.engine
        if engine.alert:
            announce.key_appeared(self, key)

    def _detach(self, key: bytes) -> None:
        engine = self.engine
        if not engine.plain:
            value = self.values[key]
            if engine.changes is not None:
                engine.changes.keep(self, key)
            if engine.memory.counting:
                engine.memory.left(self.index, value)
            if engine.alert:
                announce.value_left(self, key, value)
        del self.values[key]
        if self.expires:
            self.expires.pop(key, None)
        if self.roster is not None:
            self.roster.discard(key)

    def _detach_apart(self, key: bytes, lazily: bool) -> None:
        """`_detach` that leaves a large value to be freed some at a time."""
        value = self.values[key]
        self._detach(key)
        if value.__class__ is not String:
            self.engine.freeing.left(value, lazily)

    def _announce_miss(self, key: bytes) -> None:
        engine = self.engine
        engine.misses += 1
        if engine.notify_flags & notify.KEY_MISS:
            announce.publish_event(self, key, "keymiss", notify.KEY_MISS)

    def _expire_if_due(self, key: bytes) -> bool:
        if self.expires[key] > self.engine.now or self.engine.loading:
            return False
        if not self.engine.pausing.until:
            self.expire_now(key)
        return True

    def expire_now(self, key: bytes) -> None:
        """Remove a key whose time is over and say so."""
        engine = self.engine
        self._detach_apart(key, engine.freeing.lazy_expire)
        engine.expired_keys += 1
        if engine.propagation is not None:
            engine.propagation.deleted(self.index, key)
        if engine.changes is not None:
            engine.changes.note_expiry(self, key)
        if engine.alert:
            announce.changed(self, key, "expired", notify.EXPIRED)

    def evict_now(self, key: bytes) -> None:
        """Remove a key because memory is full and say so."""
        engine = self.engine
        self._detach_apart(key, engine.freeing.lazy_evict)
        if engine.propagation is not None:
            engine.propagation.evicted(self.index, key)
        if engine.changes is not None:
            engine.changes.note_eviction(self, key)
        if engine.alert:
            announce.changed(self, key, "evicted", notify.EVICTED)

    def form(self, key: bytes, value: Value) -> None:
        """Give the value of a key that came from elsewhere, a file, the form that it has here: in 7.0 it has one."""

    def refresh(self) -> None:
        """Look again at what came and went past the gate: here nothing hangs on it."""

    def expire_fields(self, now: int, limit: int) -> int:
        """Remove fields of hashes that are due: 7.0 has none; see `newer`."""
        return 0

    def next_expiry(self) -> int | None:
        """The nearest moment at which a key of this database expires, in ms since 1970."""
        return self.deadlines.next(self.expires)
