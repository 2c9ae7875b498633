"""Eviction: which keys go when memory is full.

maxmemory says how much memory the data may take, and maxmemory-policy what happens before a command that finds more in
use. A policy has two parts. The first says which keys may go: `allkeys-` any, `volatile-` only those with a time to
live. The second says which of them go first:

    lru       the one that nobody has used for the longest time
    lfu       the one that is used least often, by a counter that forgets (lfu.py)
    ttl       the one that would expire first                       (only volatile-ttl)
    random    any

With `noeviction` none goes; then, and when no key is left that may go, commands that need memory get an OOM error, and
those that only read, or delete, still work. So volatile-* on data without times to live is no more than noeviction.

**LRU here is an approximation, as it is in Redis.** Exact LRU would link all keys in a list in the order of their last
use: two pointers a key, and work at every read. Instead each value notes when it was last used, and whoever needs
victims looks at a few keys at random, maxmemory-samples of them (5), and takes the best candidate.

One round of five alone would be a coarse judge: the best of five random keys lies somewhere in the oldest sixth, on
average. So the candidates that did not have to go are remembered in a *pool* of sixteen, ordered by how fit they are to
go, over all databases. Each round adds those of its samples that are fitter than the worst of the pool, and the fittest
of the pool goes. That way the pool slowly gathers very old keys. A key in the pool may have been deleted or used since;
the first is noticed when its turn comes (it is a ghost and passed over), the second is not: it goes by the idle time
that it had when it was sampled. Redis accepts that, and so do we.

**Choosing at random without a walk** is `candidates`' affair: a draw takes the same time however many keys there are.

**A pause nobody notices.** Evicting a million keys takes long, for example after maxmemory was set much lower. So one
command evicts only for a moment that grows with maxmemory-eviction-tenacity (half a millisecond by default), and is
then served although memory is still over the limit; the rest goes tick by tick. A clock that stands still lets it
finish at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.engine import lfu
from redislab.engine.candidates import Candidates
from redislab.engine.memory_sizes import GIVEN_ENTRY

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database
    from redislab.engine.memory import Memory
    from redislab.values.base import Value

__all__ = ["Eviction"]

POOL = 16
LOOK_AT_CLOCK = 16
"""After so many evictions the clock is asked whether the moment is over."""

Candidate = tuple[int, bytes, int]
"""How fit a key is to go, the key, and the number of its database."""


class Eviction:
    """The policy of one engine, and its pool of candidates."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.samples = 5
        self.tenacity = 10
        self.pool: list[Candidate] = []
        self.candidates: dict[int, Candidates[Any]] = {}
        """For each database what keys are drawn from."""
        self.next_database = 0
        self.running = False
        """The last call stopped before it was done."""
        self.evicted_keys = 0
        self.set_policy("noeviction")

    def set_policy(self, policy: str) -> None:
        """Follow another policy: one of the eight names."""
        self.policy = policy
        self.evicts = policy != "noeviction"
        self.volatile = policy.startswith("volatile-")
        ttl, use = policy.endswith("-ttl"), policy.endswith("-lfu")
        self.fitness: Callable[[Any], int] = self._nearness if ttl else self._disuse if use else self._idle_time
        self.at_random = policy.endswith("-random")
        self.needs_access = policy.endswith(("-lru", "-lfu"))
        # What counted as fit under one policy says nothing under another, but Redis keeps it, and so do we.

    def set_samples(self, samples: int) -> None:
        """Look at so many keys to find one."""
        self.samples = samples

    def set_tenacity(self, tenacity: int) -> None:
        """How long one round of evicting may take, from 0 to 100."""
        self.tenacity = tenacity

    def forget(self) -> None:
        """Let go of what keys were drawn from: databases were exchanged or emptied, or nobody counts any more."""
        self.candidates.clear()

    # -- making room -----------------------------------------------------------------------------------------

    def make_room(self, memory: Memory, moment_ns: int = 0) -> bool:
        """Evict until memory is within its limit, or `moment_ns` are over; False if nothing more may go.

        Without `moment_ns` maxmemory-eviction-tenacity says how long it may take.
        """
        excess = memory.used() - memory.limit
        self.running = False
        if excess <= 0:
            return True
        if not self.evicts:
            return False
        engine = self.engine
        engine.read_time()
        begun = engine.now_ns
        enough = self._evict_until(memory, excess, begun + (moment_ns or self.moment_ns()))
        if engine.observers is not None:
            engine.observers.evicted(engine.read_clock() - begun)
        return enough

    def _evict_until(self, memory: Memory, excess: int, deadline: int) -> bool:
        """Evict so many bytes, or until a deadline (ns); False if nothing more may go."""
        count = 0
        while excess > 0:
            victim = self._random_victim() if self.at_random else self._best_victim()
            if victim is None:
                return False
            excess -= self._evict(memory, *victim)
            count += 1
            if count % LOOK_AT_CLOCK == 0:
                excess = memory.used() - memory.limit
                if excess > 0 and self.engine.read_clock() > deadline:
                    self.running = True
                    break
        return True

    def moment_ns(self) -> int:
        """How long one command may evict, in ns."""
        if self.tenacity <= 10:
            return 50_000 * self.tenacity
        if self.tenacity < 100:
            return int(500_000 * 1.15 ** (self.tenacity - 10))
        return 1 << 62

    def _evict(self, memory: Memory, db: Database, key: bytes) -> int:
        """Let a key go; returns the bytes that it gave back."""
        value = db.values[key]
        size = memory.size_of(db.index, value) or memory.weight(key, value)
        if key in db.expires:
            size += GIVEN_ENTRY
        db.evict_now(key)
        self.evicted_keys += 1
        return size

    # -- choosing --------------------------------------------------------------------------------------------

    def _random_victim(self) -> tuple[Database, bytes] | None:
        """A key of the next database in turn that has any that may go."""
        databases = self.engine.databases
        for _ in databases:
            self.next_database = (self.next_database + 1) % len(databases)
            db = databases[self.next_database]
            if db.expires if self.volatile else db.values:
                return db, next(iter(self._draw(db, 1)))
        return None

    def _best_victim(self) -> tuple[Database, bytes] | None:
        """The fittest key of the pool, after a look at some more."""
        databases, pool = self.engine.databases, self.pool
        while True:
            found = False
            for db in databases:
                if db.expires if self.volatile else db.values:
                    found = True
                    self._sample(db)
            if not found:
                return None
            while pool:
                _, key, index = pool.pop()
                db = databases[index]
                if key in (db.expires if self.volatile else db.values):
                    return db, key

    def _sample(self, db: Database) -> None:
        """Put those of some random keys into the pool that are fit enough."""
        pool, fitness, values = self.pool, self.fitness, db.values
        look_up = self.volatile and self.needs_access
        for key, found in self._draw(db, self.samples).items():
            fit = fitness(values[key] if look_up else found)
            if len(pool) == POOL:
                if fit <= pool[0][0]:
                    continue
                del pool[0]
            pool.insert(bisect_left(pool, (fit,)), (fit, key, db.index))

    def _idle_time(self, value: Value) -> int:
        """How fit a key is to go: for how long nobody used it."""
        return lfu.idle_seconds(value.used, self.engine)

    def _disuse(self, value: Value) -> int:
        """How fit a key is to go: how little it is used."""
        return 255 - lfu.counter(value.used, self.engine)

    def _nearness(self, when: int) -> int:
        """How fit a key is to go: how soon it expires."""
        return -when

    # -- drawing ---------------------------------------------------------------------------------------------

    def _draw(self, db: Database, count: int) -> dict[bytes, Any]:
        """Some random keys of those that may go, up to so many, with their values, under volatile- with their times."""
        table = db.expires if self.volatile else db.values
        candidates = self.candidates.get(db.index)
        if candidates is None or candidates.table is not table:
            candidates = self.candidates[db.index] = Candidates(table)
        return candidates.draw(self.engine.random, count)
