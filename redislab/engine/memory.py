"""How much memory a real server would be using now, and what follows when that is more than maxmemory allows.

The figure is a model (memory_model.py), not a measurement of this process: what an empty server takes, and for each
key what Redis' structures for it would take. Nobody who does not ask pays for it. Counting begins when the figure is
first needed: then every value is weighed once, a part at a time where there are many, and from then on the gate notes
which keys change, and those are weighed again when the figure is next needed. When nobody has asked for a while, and
there is no limit, counting ends again.

The weight of a value stands in its `size`, above a beginning that grows whenever its database has to be weighed anew;
what is not above it, or not there, means that it has not been counted. So nothing has to be wiped off, however many
values there are. Only the keyspace, undo and this module may change that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from redislab.engine.eviction import Eviction
from redislab.engine.memory_sizes import GIVEN_ENTRY, allocated, table
from redislab.values.divided import Divided, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database
    from redislab.engine.session import Session
    from redislab.values.base import Value

__all__ = ["Memory"]

STARTUP = 876_016
"""What a server takes before it has keys and clients."""
CLIENT = 1_880
"""What an idle client takes."""
WORKING_CLIENT = 36_600
"""The buffers of the client whose command is being run."""
FUNCTION_CACHES = 200
SAMPLES = 5
QUIET_NS = 60_000_000_000
"""After so long without a question, and without a limit, counting ends."""
EVICT_NS, WEIGH_NS = 5_000_000, 4_000_000
"""For how long a tick evicts, and weighs what has not been weighed."""
AT_FIRST, AT_ONCE = 2_000, 250
"""So many values are weighed at first where a keyspace has more, and then between two looks at the clock."""
MANY_CHANGED = 5_000
"""Of more keys that changed meanwhile, weighing a part of all keys says as much."""
ERA = 1 << 40
"""How far the beginnings of sizes are apart: no value is larger."""


class Memory:
    """The memory of one engine. `limit` is maxmemory in bytes, 0 for none."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.limit = 0
        self.eviction = Eviction(engine)
        self.counting = False
        self.asked_ns = 0
        """When the figure was last asked for."""
        self.model: ModuleType
        """memory_model, which is loaded when counting begins."""
        self.out_of_memory = False
        """Whether memory was over the limit, with nothing left to evict, when the present command began."""
        self.fits = False
        """Memory was within the limit when last looked at, and only `changed` can have made it more."""
        self.peak = 0
        self.startup = STARTUP
        self.function_caches = FUNCTION_CACHES
        self.changed: set[tuple[int, bytes]] = set()
        """Keys, with the numbers of their databases, that have to be weighed again."""
        self.totals: defaultdict[int, int] = defaultdict(int)
        self.counted: defaultdict[int, int] = defaultdict(int)
        """For each database the bytes of the keys that are counted, and how many they are."""
        self.waiting: list[tuple[int, Iterator[list[bytes]]]] = []
        """Keys that may not have been weighed yet, for each database some at a time."""
        self.eras = 0
        self.beginnings: defaultdict[int, int] = defaultdict(int)
        """For each database the size of which its values have more that are counted."""
        self.shared: dict[int, int] = {}
        """Sizes beyond the first era, each once: many values have the same."""
        config, eviction = engine.config, self.eviction
        config.on_change("maxmemory", self.set_limit)
        config.on_change("maxmemory-policy", eviction.set_policy)
        config.on_change("maxmemory-samples", eviction.set_samples)
        config.on_change("maxmemory-eviction-tenacity", eviction.set_tenacity)

    # -- settings --------------------------------------------------------------------------------------------

    def set_limit(self, limit: int) -> None:
        """CONFIG SET maxmemory, in bytes. Eviction down to a lower limit begins with the next command or tick."""
        self.limit = limit
        self.out_of_memory = self.fits = False
        if limit or self.counting:
            self.start()
        self.engine.refresh_guards()

    @property
    def shares_integers(self) -> bool:
        """Whether keys share the integers below 10000: not where each key needs a time of last use of its own."""
        return not (self.limit and self.eviction.needs_access)

    @property
    def evicted_keys(self) -> int:
        """How many keys have been evicted since the statistics were reset."""
        return self.eviction.evicted_keys

    # -- counting --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Count from now on, for a while at least."""
        self.asked_ns = self.engine.now_ns
        if not self.counting:
            from redislab.engine import memory_model

            self.model = memory_model
            self.counting = True
            self.engine.refresh_alert()
            self.recount()

    def stop(self) -> None:
        """Count no more, until somebody asks again."""
        self.counting = False
        self.changed.clear()
        self.waiting.clear()
        self.eviction.forget()
        self.engine.refresh_alert()

    def recount(self) -> None:
        """Weigh everything anew: when counting begins, and when whole databases were replaced past the gate."""
        self.changed.clear()
        for index in range(len(self.engine.databases)):
            self.replaced(index)

    def _recount(self, index: int, db: Database) -> None:
        """Weigh a first part of a database, spread evenly; none of its values is counted yet."""
        sample = sample_of(db.values)
        self._weigh(index, db, sample)
        if len(sample) < len(db.values):
            self.waiting.append((index, pieces(db.values)))

    def _weigh(self, index: int, db: Database, keys: list[bytes]) -> None:
        """Count those of the keys that are there and not counted yet."""
        values, beginning = db.values, self.beginnings[index]
        for key in keys:
            value = values.get(key)
            if value is not None and getattr(value, "size", 0) <= beginning:
                size = self.weight(key, value)
                self._note(value, size, beginning)
                self.totals[index] += size
                self.counted[index] += 1

    def _note(self, value: Value, size: int, beginning: int) -> None:
        """Write the weight of a value on it. Where that makes a large number, the number is shared."""
        if beginning:
            size += beginning
            size = self.shared.setdefault(size, size)
        value.size = size

    def size_of(self, index: int, value: Value) -> int:
        """What a value of a database was counted as; 0 if it has not been."""
        size: int = getattr(value, "size", 0) - self.beginnings[index]
        return max(0, size)

    def weight(self, key: bytes, value: Value) -> int:
        """What a key and its value take, as the allocator gives it."""
        model = self.model
        structures = model.GIVEN_UNSHARED if self.limit and self.eviction.needs_access else model.GIVEN
        size: int = model.value_size(value, self.engine.limits, SAMPLES, structures)
        return size + int(model.key_size(key, structures))

    def settle(self) -> None:
        """Weigh again what has changed."""
        if len(self.changed) > MANY_CHANGED:
            self.recount()
            return
        databases, totals = self.engine.databases, self.totals
        for index, key in self.changed:
            value = databases[index].values.get(key)
            if value is None:
                continue
            before = self.size_of(index, value)
            size = self.weight(key, value)
            self._note(value, size, self.beginnings[index])
            totals[index] += size - before
            if not before:
                self.counted[index] += 1
        self.changed.clear()

    def tick(self) -> None:
        """Go on with what takes longer than one command may: weighing many keys, and evicting them."""
        if not self.counting:
            return
        if not self.limit and abs(self.engine.now_ns - self.asked_ns) > QUIET_NS:
            self.stop()
            return
        self._reckon()
        self._recount_strangers()
        if self.waiting:
            self._weigh_on()
        if self.limit and not self.engine.pausing.until:
            self.eviction.make_room(self, EVICT_NS)
            self._end_step()

    def _weigh_on(self) -> None:
        """Weigh more of what waits for it, until the time for that is over."""
        read_clock = self.engine.read_clock
        end = read_clock() + WEIGH_NS
        while self.waiting and read_clock() <= end:
            index, rest = self.waiting[-1]
            keys = next(rest, None)
            if keys is None:
                self.waiting.pop()
            else:
                self._weigh(index, self.engine.databases[index], keys)

    def _recount_strangers(self) -> None:
        """Weigh databases anew into which keys came past the gate: loading does that."""
        for index, db in enumerate(self.engine.databases):
            if self.counted[index] != len(db.values) and all(index != waiting for waiting, _ in self.waiting):
                self.replaced(index)

    def _end_step(self) -> None:
        """Make a step of its own of what was evicted, where no command's step takes it up."""
        changes = self.engine.changes
        if changes is not None and changes.entries:
            changes.close((b"(eviction)",), 0, automatic=True)

    # -- what the gate tells, while counting -------------------------------------------------------------------

    def left(self, index: int, value: Value) -> None:
        """A value is no longer that of its key."""
        size = self.size_of(index, value)
        if size:
            self.totals[index] -= size
            self.counted[index] -= 1
        value.size = 0

    def emptied(self, index: int) -> None:
        """A database was emptied, or is not the one it was."""
        self.totals[index] = self.counted[index] = 0
        self.fits = False
        self.changed = {name for name in self.changed if name[0] != index}
        self.waiting = [(other, keys) for other, keys in self.waiting if other != index]
        self.eviction.forget()

    def replaced(self, index: int) -> None:
        """A database has other contents now: undo does that, and loading."""
        if self.counting:
            db = self.engine.databases[index]
            self.emptied(index)
            if db.values:
                self.beginnings[index] = self.eras * ERA
                self.eras += 1
                self.shared.clear()
                self._recount(index, db)

    def exchanged(self, first: int, second: int) -> None:
        """Two databases are about to change places."""
        self.settle()
        for figures in (self.totals, self.counted, self.beginnings):
            figures[first], figures[second] = figures[second], figures[first]
        places = {first: second, second: first}
        self.waiting = [(places.get(index, index), keys) for index, keys in self.waiting]
        self.eviction.forget()

    # -- the figures -----------------------------------------------------------------------------------------

    def databases(self) -> int:
        """The bytes of all keys, values and times to live, and of the hash tables they are in.

        What is not weighed yet is taken to be like the rest.
        """
        total = 0
        for index, db in enumerate(self.engine.databases):
            values = db.values
            if values:
                if not self.counted[index]:
                    self.replaced(index)
                count, counted = len(values), self.counted[index]
                total += self.totals[index] + allocated(8 * table(count))
                if 0 < counted < count:
                    total += self.totals[index] * (count - counted) // counted
                if db.expires:
                    count = len(db.expires)
                    total += allocated(8 * table(count)) + GIVEN_ENTRY * count
        return total

    def clients(self) -> int:
        """The bytes of the clients' structures and buffers."""
        return CLIENT * len(self.engine.sessions)

    def used(self) -> int:
        """used_memory: everything, in bytes."""
        self.start()
        return self._reckon()

    def _reckon(self) -> int:
        if self.changed:
            self.settle()
        used = STARTUP + WORKING_CLIENT + self.databases() + self.clients()
        if used > self.peak:
            self.peak = used
        return used

    def overhead(self) -> int:
        """used_memory_overhead: what is not data, as Redis reckons it."""
        return STARTUP + FUNCTION_CACHES + self.clients() + sum(map(sum, self.table_overheads().values()))

    def dataset(self) -> int:
        """used_memory_dataset: what is left of `used` without the overhead."""
        return max(0, self.used() - self.overhead())

    def usage(self, key: bytes, value: Value, samples: int) -> int:
        """MEMORY USAGE: the bytes of a key and its value, after a look at so many elements (0: all)."""
        from redislab.engine.memory_model import key_size, value_size

        return key_size(key) + value_size(value, self.engine.limits, samples)

    def table_overheads(self) -> dict[int, tuple[int, int]]:
        """For each database with keys what its hash tables of keys and of times to live take."""
        return {
            index: (40 * len(db.values) + 8 * table(len(db.values)), _expires_overhead(len(db.expires)))
            for index, db in enumerate(self.engine.databases)
            if db.values
        }

    # -- the limit -------------------------------------------------------------------------------------------

    def admit(self, session: Session, command: Command, argv: Sequence[bytes]) -> bool:
        """Make room before a command; False if there is none and the command must be refused.

        Within CLIENT PAUSE the data stands still: nothing is evicted, and nothing refused.
        """
        pausing = self.engine.pausing
        if pausing.until and not pausing.is_over(self.engine.read_time()):
            return True
        if self.fits and not self.changed:
            return True
        self.out_of_memory = not self.eviction.make_room(self)
        self.fits = not (self.out_of_memory or self.eviction.running)
        admitted = not self.out_of_memory or self._may_run(session, command, argv)
        if not admitted or session.queue is not None:
            self._end_step()
        return admitted

    def _may_run(self, session: Session, command: Command, argv: Sequence[bytes]) -> bool:
        """Whether a command may run although memory is full."""
        if session.queue is None:
            if "denyoom" in command.flags or command.group != "scripting" or len(argv) < 2:
                return "denyoom" not in command.flags
            flags = self.engine.pausing.script_flags(command.name, argv[1])
            return flags is None or "no-writes" in flags or "allow-oom" in flags
        # A transaction's queue takes memory too, so nothing more is queued.
        if command.name == "exec":
            return not any("denyoom" in queued.flags for queued, _ in session.queue)
        return command.name in ("discard", "quit", "reset")

    def refuses(self, command: Command) -> bool:
        """Whether a script must not call this command, because memory was full when the script began."""
        return bool(self.limit) and self.out_of_memory and "denyoom" in command.flags


def sample_of(values: Table[Value]) -> list[bytes]:
    """Some keys, spread evenly, or all if they are few. A part of a divided dictionary is a random choice of it."""
    if not isinstance(values, Divided):
        return evenly(list(values), AT_FIRST)
    sample = evenly(list(values.old), AT_FIRST * len(values.old) // len(values)) if values.old else []
    for part in values.parts:
        if len(sample) >= AT_FIRST:
            break
        sample += evenly(list(part), AT_FIRST - len(sample))
    return sample


def evenly(keys: list[bytes], count: int) -> list[bytes]:
    """About so many of the keys, and no more."""
    return keys[:: max(1, -(-len(keys) // count))] if count else []


def pieces(values: Table[Value]) -> Iterator[list[bytes]]:
    """All keys, some at a time. One that is there all the time is not missed; others may come, or be gone."""
    for keys in values.chunks() if isinstance(values, Divided) else (list(values),):
        for start in range(0, len(keys), AT_ONCE):
            yield keys[start : start + AT_ONCE]


def _expires_overhead(count: int) -> int:
    return 24 * count + 8 * table(count) if count else 0
