"""The numbered databases as a whole: how many there are, exchanging two of them, taking over a copy.

Owns these; what is in one database is `keyspace`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["exchange", "load_copy", "set_databases", "swap_databases"]


def set_databases(engine: Engine, count: int) -> None:
    """Have this many databases. Those beyond it go; only what starts an engine asks for that."""
    engine.databases[count:] = [engine.make_database(engine, index) for index in range(len(engine.databases), count)]


def swap_databases(engine: Engine, first: int, second: int) -> None:
    """SWAPDB: exchange two databases, spoil what watches a key of either, and serve who waits there."""
    if first == second:
        return
    if engine.changes is not None:
        engine.changes.keep_swap(first, second)
    for index, key in engine.watchers:
        if index in (first, second) and any(key in engine.databases[i].values for i in (first, second)):
            for session in engine.watchers[index, key]:
                session.spoiled = True
    exchange(engine, first, second)
    engine.dirty += 1
    for index, key in list(engine.blocking.on_key):
        if index in (first, second):
            before = engine.databases[second if index == first else first].values.get(key)
            after = engine.databases[index].values.get(key)
            if after is not None:
                engine.blocking.key_ready(index, key)
            if before is not None and before.type == "stream" and (after is None or after.type != "stream"):
                engine.blocking.stream_left(index, key)


def exchange(engine: Engine, first: int, second: int) -> None:
    """Exchange the content of two databases; sessions keep their numbers."""
    engine.memory.exchanged(first, second)
    one, other = engine.databases[first], engine.databases[second]
    one.values, other.values = other.values, one.values
    one.expires, other.expires = other.expires, one.expires
    one.deadlines, other.deadlines = other.deadlines, one.deadlines
    one.roster, other.roster = other.roster, one.roster
    one.refresh()
    other.refresh()


def load_copy(engine: Engine, other: Engine) -> None:
    """Take over a copy of another engine's data, parameters and random state."""
    engine.config.load_copy(other.config)
    for db, source in zip(engine.databases, other.databases, strict=True):
        db.values = {key: value.copy() for key, value in source.values.items()}
        db.expires = dict(source.expires.items())
        db.deadlines = source.deadlines.copy()
        db.roster = None
        db.refresh()
    if other.functions is not None:
        from redislab.engine.functions import functions_of

        functions_of(engine).load_copy(other.functions)
    if engine.memory.counting:
        engine.memory.recount()
    engine.acl.take_copy(other.acl)
    engine.scripts.take_copy(other.scripts)
    engine.active_expire = other.active_expire
    engine.random.setstate(other.random.getstate())
