"""What was dropped and is large: it is taken apart some at a time, so that nobody waits until all of it is free.

Python frees a dictionary of a million keys, and all that is in it, in the moment in which nothing refers to it any
more: a fifth of a second in which nobody is served. So FLUSHALL, DEL and their kin hand such things over, and ticks
empty them. For every client, and for the figures of memory, they are gone at once.

Only what nobody else refers to is taken apart: a value that undo keeps, or that has another name now, is let go of.
Without an edge that ticks nothing is handed over, and Python frees it as it always does.
"""

from __future__ import annotations

import gc
from collections import deque
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from redislab.values.base import Value
from redislab.values.list import List
from redislab.values.stream import Stream
from redislab.values.string import String

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.keyspace import Database

__all__ = ["Freeing"]

LARGE = 50_000
"""The weight of a value from which on it is freed in parts: several hundred elements."""
NODES = 20
"""As many nodes of a stream, each of a hundred entries."""
MANY = 500
"""As many elements, of anything else."""
A_SLICE = 200
"""Things freed between two looks at the clock."""
TICK_NS = 5_000_000
"""For how long a tick frees."""
NODES_OF = 5_000
"""So many elements of a list are looked at to tell how many nodes Redis has for them."""
LAZY_ABOVE = 64
"""Redis frees in the background what consists of more parts: the others are not worth it."""
LEAVES = frozenset((bytes, bytearray, int, float, str, tuple, type(None), bool, String))
"""What is freed in one go, wherever it stands."""
OWN = "redislab."
PARAMETERS = {
    "lazy_delete": "lazyfree-lazy-user-del",
    "lazy_expire": "lazyfree-lazy-expire",
    "lazy_evict": "lazyfree-lazy-eviction",
    "lazy_replace": "lazyfree-lazy-server-del",
    "lazy_flush": "lazyfree-lazy-user-flush",
}


class Freeing:
    """What one engine has dropped. `pending` and `freed` count as Redis does: keys, and values freed by themselves."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.queue: deque[tuple[Any, int]] = deque()
        """What is to be freed, with the objects that it counts for."""
        self.open: list[Any] = []
        """What is being taken apart: each is a part of the one before it, and nobody else's."""
        self.counts = 0
        """The objects that this counts for."""
        self.pending = self.freed = 0
        self.lazy_delete = self.lazy_expire = self.lazy_evict = self.lazy_replace = self.lazy_flush = False
        """What Redis is to do in the background: the parameters lazyfree-lazy-…"""
        for name, parameter in PARAMETERS.items():
            engine.config.on_change(parameter, partial(setattr, self, name))

    def __bool__(self) -> bool:
        """Whether there is something to be freed."""
        return bool(self.queue or self.open)

    # -- what is handed over ---------------------------------------------------------------------------------

    def emptied(self, db: Database, *, lazily: bool) -> None:
        """A database is about to be emptied: take over what it has. `lazily`, Redis does it in the background."""
        objects = len(db.values) if lazily else 0
        if self._keeps() and db.values:
            self.pending += objects
            self.queue += ((db.roster, 0), (db.deadlines, 0), (db.expires, 0), (db.values, objects))
        else:
            self.freed += objects

    def left(self, value: Value, lazily: bool | None = None) -> None:
        """A value has left the keyspace. None: lazily if values are that are replaced, or go for want of a result."""
        if lazily is None:
            lazily = self.lazy_replace
        objects = int(lazily and effort(value, self.engine) > LAZY_ABOVE)
        if is_large(value) and self._keeps():
            self.pending += objects
            self.queue.append((value, objects))
        else:
            self.freed += objects

    def _keeps(self) -> bool:
        return self.engine.host.references is not None and self.engine.changes is None

    # -- taking apart ----------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Free some, until the time for that is over."""
        read_clock = self.engine.read_clock
        end = read_clock() + TICK_NS
        while self:
            if self.open:
                self._free_some()
            else:
                self._begin()
            if not self.open:
                self.pending -= self.counts
                self.freed += self.counts
                self.counts = 0
            if read_clock() > end:
                return

    def _begin(self) -> None:
        thing, self.counts = self.queue.popleft()
        if self._count(thing) == self._fewest():
            self.open.append(thing)

    def _free_some(self) -> None:
        """Free a slice of the innermost thing that is open, or open the next one within it."""
        top = self.open[-1]
        if not isinstance(top, (dict, list, set)):
            self.open.pop()
            parts = gc.get_referents(top)
            del top
            self.open.append(parts)
            return
        if not top:
            self.open.pop()
            return
        large = large_value(top) if isinstance(top, dict) else large_element(top)
        if large is not None and self._count(large) == self._fewest():
            self.open.append(large)

    def _fewest(self) -> int:
        """What `_count` says of a thing that nobody has but its caller, in a variable."""
        thing: list[int] = []
        return self._count(thing)

    def _count(self, thing: Any) -> int:
        references = self.engine.host.references
        return references(thing) if references is not None else 0

    def reset(self) -> None:
        """CONFIG RESETSTAT: count anew what was freed."""
        self.freed = 0


def large_value(table: dict[Any, Any]) -> Any:
    """Free some of a dictionary, up to a value that is large itself: that is returned, if there is one."""
    popitem = table.popitem
    for _ in range(min(A_SLICE, len(table))):
        value = popitem()[1]
        if value.__class__ not in LEAVES and is_large(value):
            return value
    return None


def large_element(elements: Any) -> Any:
    """The same for a list or a set."""
    pop = elements.pop
    for _ in range(min(A_SLICE, len(elements))):
        element = pop()
        if element.__class__ not in LEAVES and is_large(element):
            return element
    return None


def is_large(thing: Any) -> bool:
    """Whether to free a thing takes long enough to be done in parts."""
    if isinstance(thing, Value):
        return len(thing.nodes) > NODES if isinstance(thing, Stream) else thing.weight() > LARGE
    if isinstance(thing, (dict, list, set)):
        return len(thing) > MANY or (isinstance(thing, list) and bool(thing) and thing[0].__class__ not in LEAVES)
    return type(thing).__module__.startswith(OWN)


def effort(value: Any, engine: Engine) -> int:
    """How many parts Redis reckons a value has that are to be freed one by one; no more than needs to be known."""
    if isinstance(value, List):
        return nodes_of(value, engine.limits.list_max_listpack_size) if len(value) > LAZY_ABOVE else 1
    if isinstance(value, Stream):
        return len(value.nodes) + 1
    return len(value) if value.encoding() in ("hashtable", "skiplist") else 1


def nodes_of(value: List, most: int) -> int:
    """How many nodes a list has that holds at most so much in each; of a long one the first elements tell."""
    from redislab.engine.memory_model import list_nodes

    sample = min(len(value), NODES_OF)
    return sum(1 for _ in list_nodes(islice(value, sample), most)) * len(value) // sample
