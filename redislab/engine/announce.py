"""Telling of changes: sessions that watch a key, clients that wait for it, subscribers of keyspace events.

The gate calls these only when `engine.alert` says that there is anybody to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.engine import notify
from redislab.engine.hearing import NO_EVENT

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database
    from redislab.values.base import Value

__all__ = ["changed", "flushed", "key_appeared", "publish_event", "value_left"]

BY_ITSELF = frozenset(("expired", "evicted"))
"""Events that no client is behind."""


def changed(db: Database, key: bytes, event: str, event_class: int) -> None:
    """A key changed: spoil the transactions that watch it, publish the event if its class is asked for.

    A watched key that was already expired when WATCH came may go without harm, in whatever way: that is no change. Once
    it is gone, its coming back is one.
    """
    engine = db.engine
    for session in engine.watchers.get((db.index, key), ()):
        if not session.watched.get((db, key)):
            session.spoiled = True
        elif key not in db.values:
            session.watched[db, key] = False
    if engine.tracking.on:
        engine.tracking.key_changed(key, by_itself=event in BY_ITSELF)
    if event_class & engine.notify_flags:
        publish_event(db, key, event, event_class)


def key_appeared(db: Database, key: bytes) -> None:
    """A key joined the keyspace."""
    engine = db.engine
    engine.blocking.key_ready(db.index, key)
    if engine.notify_flags & notify.NEW:
        publish_event(db, key, "new", notify.NEW)


def value_left(db: Database, key: bytes, value: Value) -> None:
    """A value is going, with its key or because another one takes its place."""
    if value.type == "stream":
        db.engine.blocking.stream_left(db.index, key)


def publish_event(db: Database, key: bytes, event: str, event_class: int) -> None:
    """Publish a keyspace event on the channels that notify-keyspace-events asks for."""
    engine: Engine = db.engine
    flags = engine.notify_flags
    if not event_class & flags:
        return
    pubsub = engine.pubsub
    pubsub.event = event, key
    if flags & notify.KEYSPACE:
        pubsub.publish(b"__keyspace@%d__:%b" % (db.index, key), event.encode())
    if flags & notify.KEYEVENT:
        pubsub.publish(b"__keyevent@%d__:%b" % (db.index, event.encode()), key)
    pubsub.event = NO_EVENT


def flushed(db: Database) -> None:
    """A database is being emptied: spoil the transactions that watch one of its keys."""
    for (index, key), sessions in db.engine.watchers.items():
        if index == db.index and key in db.values:
            for session in sessions:
                if session.watched.get((db, key)) and db.is_due(key):
                    session.watched[db, key] = False
                else:
                    session.spoiled = True
    for index, key in db.engine.blocking.on_key:
        if index == db.index and key in db.values:
            value_left(db, key, db.values[key])
