"""The keyspace of Redis since 7.2: lists and small sets that are listpacks, and since 7.4 fields that expire.

An engine of 7.0 has plain databases and pays for none of this; one of a later version has these. Here the forms that
later versions added to values are kept up: each is a subclass of the value that the commands know, so `view` and `edit`
look for the class below. Fields whose time is over go when their hash is looked up, and with the cron's help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from redislab.engine import announce, lfu, notify
from redislab.engine.errors import WRONG_TYPE, ReplyError
from redislab.engine.keyspace import Database, V
from redislab.resp.types import LongDouble, Map, Pairs, Push, Reply
from redislab.values.base import Value
from redislab.values.doubles import shortest
from redislab.values.hash import Hash
from redislab.values.hash_expiring import NEVER, ExpiringHash
from redislab.values.list import List
from redislab.values.list_packed import NewerList
from redislab.values.set import Set
from redislab.values.set_packed import NewerSet

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["NewerDatabase", "prepare", "untouching", "with_short_doubles"]

BEGINNINGS: dict[type[Value], Callable[[], Value]] = {List: NewerList, Set: NewerSet}
"""What a key begins with in place of the plain value."""
LISTS_OF_REPLIES = frozenset((list, Pairs, Map, Push))
NESTED = LISTS_OF_REPLIES | {float, tuple, dict}


def prepare(engine: Engine) -> None:
    """Make a new engine one of its version, as far as that is no command's affair."""
    from redislab.engine.config_newer import extend

    extend(engine.config, engine.version)
    run = engine.run_alone

    def run_newer(session: Session, argv: Sequence[bytes]) -> Reply:
        reply = run(session, argv)
        return reply if reply.__class__ is bytes else with_short_doubles(reply)

    engine.run = engine.run_alone = run_newer
    engine.limits.rdb_version = 11 if engine.version < (7, 4) else 12


def with_short_doubles(reply: Reply) -> Reply:
    """A reply whose doubles are written in the fewest digits, as they are since 7.2."""
    kind = reply.__class__
    if kind is float:
        return LongDouble(shortest(reply))
    if kind is tuple:
        return tuple(map(with_short_doubles, reply))
    if kind in LISTS_OF_REPLIES:
        if any(item.__class__ in NESTED for item in reply):
            return kind(map(with_short_doubles, reply))
    elif kind is dict and any(item.__class__ in NESTED for item in reply.values()):
        return {name: with_short_doubles(item) for name, item in reply.items()}
    return reply


def untouching(execute: Callable[[Session, Sequence[bytes]], Reply]) -> Callable[[Session, Sequence[bytes]], Reply]:
    """A way for the commands of a client that does not touch: what they look at is not noted as used (TOUCH is)."""

    def run(session: Session, argv: Sequence[bytes]) -> Reply:
        before = _uses(session, argv)
        try:
            return execute(session, argv)
        finally:
            for value, used in before:
                value.used = used

    return run


def _uses(session: Session, argv: Sequence[bytes]) -> list[tuple[Value, int]]:
    """The values that a command names, each with the note of its last use."""
    command = session.engine.commands.get(argv[0].decode("latin-1").lower())
    if command is None or command.name == "touch" or not command.has_keys or session.queue is not None:
        return []
    values = session.db.values
    places = command.key_positions(argv) or ()
    return [(value, value.used) for place in places if (value := values.get(argv[place])) is not None]


class NewerDatabase(Database):
    """A database of a version after 7.0."""

    def __init__(self, engine: Engine, index: int) -> None:
        super().__init__(engine, index)
        self.field_deadlines: list[tuple[int, bytes]] = []
        self.stale = False
        """`field_deadlines` has to be made anew: values came or went past the gate."""

    # -- reading ---------------------------------------------------------------------------------------------

    def _view_slowly(self, key: bytes, value: Value | None, kind: type[V]) -> V | None:
        engine = self.engine
        value = self._present(key)
        if value is None:
            self._announce_miss(key)
            return None
        engine.hits += 1
        value.used = lfu.touch(value.used, engine) if engine.lfu else engine.lru_second
        if not isinstance(value, kind):
            raise ReplyError(WRONG_TYPE)
        return value

    def view_any(self, key: bytes, *, touch: bool = True, announce: bool = False) -> Value | None:
        """As in 7.0, without the fields whose time is over."""
        self._present(key)
        return super().view_any(key, touch=touch, announce=announce)

    def view_if(self, key: bytes, kind: type[V]) -> V | None:
        """The value for reading if it has this type, else None: for whoever waits on a key."""
        value = self.view_any(key)
        return value if isinstance(value, kind) else None

    def exists(self, key: bytes) -> bool:
        """Whether the key is there, without touching it."""
        return self._present(key) is not None

    def _present(self, key: bytes) -> Value | None:
        """The value of a key whose time is not over, without the fields whose time is."""
        value = self.values.get(key)
        if value is None or (key in self.expires and self._expire_if_due(key)):
            return None
        if value.__class__ is ExpiringHash and value.soonest <= self.engine.now and not self.engine.loading:
            return value if self._expire_fields(key, value) else None
        return value

    # -- writing ---------------------------------------------------------------------------------------------

    def _edit_slowly(self, key: bytes, value: Value | None, kind: type[V]) -> V:
        engine = self.engine
        value = self._present(key)
        if value is None:
            fresh: Any = BEGINNINGS.get(kind, kind)()
            fresh.used = lfu.start(engine) if engine.lfu else engine.lru_second
            engine.fresh = (self, key, fresh)
            return fresh  # type: ignore[no-any-return]
        fits = isinstance(value, kind)
        if fits and engine.changes is not None:
            engine.changes.keep_copy(self, key, value)
        value.used = lfu.touch(value.used, engine) if engine.lfu else engine.lru_second
        if not fits:
            raise ReplyError(WRONG_TYPE)
        return value  # type: ignore[return-value]

    def put(self, key: bytes, value: Value, *, keep_ttl: bool = False) -> None:
        """As in 7.0; that a value took the place of another one is announced, if somebody asked for that."""
        watched = self.engine.notify_flags & (notify.OVERWRITTEN | notify.TYPE_CHANGED)
        before = self._present(key) if watched else None
        super().put(key, value, keep_ttl=keep_ttl)
        if before is not None:
            self.overwritten(key, before)

    def overwritten(self, key: bytes, before: Value) -> None:
        """Announce that a key has another value than this one, and perhaps of another type."""
        self.notify(key, "overwritten", notify.OVERWRITTEN)
        if self.values[key].type != before.type:
            self.notify(key, "type_changed", notify.TYPE_CHANGED)

    def touched(self, key: bytes, event: str, event_class: int) -> None:
        """As in 7.0; the value takes the form that it has after the change."""
        if self.engine.fresh is not None:
            self._attach_fresh(key)
        if (value := self.values.get(key)) is not None:
            self._settle(key, value, event)
        super().touched(key, event, event_class)

    def shrunk(self, key: bytes, event: str, event_class: int) -> None:
        """As in 7.0; the value takes the form that it has after the change."""
        self._settle(key, self.values[key], event)
        super().shrunk(key, event, event_class)

    def _settle(self, key: bytes, value: Value, event: str) -> None:
        kind = value.__class__
        if kind is NewerList:
            value.settle(event, self.engine.limits)  # type: ignore[attr-defined]
        elif kind is List or kind is Set:
            self.form(key, value)
        elif kind is ExpiringHash and (when := value.soonest) != NEVER:  # type: ignore[attr-defined]
            heappush(self.field_deadlines, (when, key))

    def form(self, key: bytes, value: Value) -> None:
        """Give the value of a key that came from elsewhere, a file, the form that it has here."""
        twin: Value
        if value.__class__ is List:
            twin = NewerList.of(value, self.engine.limits)
        elif value.__class__ is Set:
            twin = NewerSet.of(value, self.engine.limits)
        else:
            return
        twin.size = getattr(value, "size", 0)
        self.values[key] = twin

    def edit_times(self, key: bytes) -> ExpiringHash:
        """`edit` for the times of a hash's fields, a new hash where there is none. Raises WRONGTYPE."""
        value = self.edit(key, Hash)
        if isinstance(value, ExpiringHash):
            return value
        twin = ExpiringHash.of(value)
        if key in self.values:
            twin.size = getattr(value, "size", 0)
            self.values[key] = twin
        else:
            self.engine.fresh = (self, key, twin)
        return twin

    # -- fields that expire ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Look again at what came and went past the gate."""
        self.stale = True

    def next_expiry(self) -> int | None:
        """The nearest moment at which a key or a field expires, in ms since 1970."""
        moment, field = super().next_expiry(), self._next_field()
        return field if moment is None else moment if field is None else min(moment, field)

    def _next_field(self) -> int | None:
        if self.stale:
            self.stale = False
            hashes = ((key, value) for key, value in self.values.items() if value.__class__ is ExpiringHash)
            self.field_deadlines = [(value.soonest, key) for key, value in hashes if value.soonest != NEVER]
            heapify(self.field_deadlines)
        deadlines = self.field_deadlines
        while deadlines:
            when, key = deadlines[0]
            value = self.values.get(key)
            if value.__class__ is ExpiringHash and value.soonest == when:
                return when
            heappop(deadlines)
        return None

    def expire_fields(self, now: int, limit: int) -> int:
        """Remove fields that are due at `now` from up to `limit` hashes; returns from how many."""
        count = 0
        while count < limit and (when := self._next_field()) is not None and when <= now:
            key = heappop(self.field_deadlines)[1]
            if key in self.expires and self._expire_if_due(key):
                continue
            self._expire_fields(key, self.values[key])  # type: ignore[arg-type]
            count += 1
        return count

    def _expire_fields(self, key: bytes, value: ExpiringHash) -> bool:
        """Remove the fields whose time is over and say so; False if the key went with them."""
        engine = self.engine
        fields = value.due(engine.now)
        if not fields:
            if value.soonest != NEVER:
                heappush(self.field_deadlines, (value.soonest, key))
            return True
        if engine.pausing.until:
            return True
        if engine.changes is not None:
            engine.changes.keep_copy(self, key, value)
            engine.changes.note_field_expiry(self, key, min(value.times()[field] for field in fields))
        for field in fields:
            value.delete(field)
        value.refresh()
        if value.soonest != NEVER:
            heappush(self.field_deadlines, (value.soonest, key))
        engine.dirty += 1
        if engine.propagation is not None:
            engine.propagation.fields_deleted(self.index, key, fields)
        self._tell(key, "hexpired", notify.HASH)
        if value.is_empty():
            self._detach(key)
            if engine.alert:
                announce.changed(self, key, "del", notify.GENERIC)
            return False
        return True
