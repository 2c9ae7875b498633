"""Consumer groups of a stream: how far each has read, its consumers, and what was delivered and not acknowledged.

A pending entry is known to its group and to the consumer that has it, under the same id. Times are milliseconds since
1970 and handed in. Ids are numbers, as in the stream.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Consumer", "Group", "Pending", "PendingList"]

LOOSE = 32
"""So many ids that are gone may stay in an order of ids, and as many again as there are ids."""


class Pending(NamedTuple):
    """An entry that was delivered and not acknowledged: to whom, when last, and how often."""

    consumer: bytes
    delivered_ms: int
    deliveries: int


class PendingList:
    """Pending entries by id, in the order of the ids.

    The order is a list in which ids that are gone may stay for a while, so that taking one away costs no more than
    looking it up.
    """

    __slots__ = ("_gone", "_order", "held")

    def __init__(self) -> None:
        self.held: dict[int, Pending] = {}
        self._order: list[int] = []
        self._gone = 0

    def __len__(self) -> int:
        return len(self.held)

    def put(self, entry_id: int, pending: Pending) -> None:
        """Add or replace one."""
        if entry_id not in self.held:
            order = self._order
            if not order or entry_id > order[-1]:
                order.append(entry_id)
            else:
                place = bisect_left(order, entry_id)
                if order[place] == entry_id:
                    self._gone -= 1
                else:
                    order.insert(place, entry_id)
        self.held[entry_id] = pending

    def remove(self, entry_id: int) -> None:
        """Take one away; it must be there."""
        held, order = self.held, self._order
        del held[entry_id]
        if order[-1] == entry_id:
            order.pop()
            return
        self._gone += 1
        if self._gone > len(held) + LOOSE:
            self._order = [each for each in order if each in held]
            self._gone = 0

    def ids(self, start: int = 0) -> Iterator[int]:
        """Ids from one on, in order. The one that was given last may be taken away meanwhile."""
        held = self.held
        if start <= 0:
            self._drop_gone_first()
        order = self._order
        for place in range(bisect_left(order, start), len(order)):
            entry_id = order[place]
            if entry_id in held:
                yield entry_id

    def _drop_gone_first(self) -> None:
        """Forget the ids at the beginning that are gone."""
        held, order, count = self.held, self._order, 0
        while count < len(order) and order[count] not in held:
            count += 1
        del order[:count]
        self._gone -= count

    def last(self) -> int:
        """The greatest id. There must be one."""
        order = self._order
        while order[-1] not in self.held:
            order.pop()
            self._gone -= 1
        return order[-1]

    def copy(self) -> PendingList:
        twin = PendingList.__new__(PendingList)
        twin.held, twin._order, twin._gone = self.held.copy(), self._order.copy(), self._gone
        return twin


class Consumer:
    """One reader of a group: its name, when it was last seen (ms) and given something (-1: never), and what it has."""

    __slots__ = ("active_ms", "name", "pending", "seen_ms")

    def __init__(self, name: bytes, seen_ms: int) -> None:
        self.name = name
        self.seen_ms = seen_ms
        self.active_ms = -1
        self.pending = PendingList()

    def copy(self) -> Consumer:
        twin = Consumer(self.name, self.seen_ms)
        twin.active_ms = self.active_ms
        twin.pending = self.pending.copy()
        return twin


class Group:
    """A consumer group. `last_id` is the last one delivered, `entries_read` how many were, None if that is unknown."""

    __slots__ = ("consumers", "entries_read", "last_id", "name", "pending")

    def __init__(self, name: bytes, last_id: int, entries_read: int | None) -> None:
        self.name = name
        self.last_id = last_id
        self.entries_read = entries_read
        self.pending = PendingList()
        self.consumers: dict[bytes, Consumer] = {}

    def in_order(self) -> list[Consumer]:
        """The consumers in the order of their names."""
        return [consumer for _, consumer in sorted(self.consumers.items())]

    def see(self, name: bytes, now_ms: int) -> bool:
        """Note that a consumer shows itself; True if it is new."""
        consumer = self.consumers.get(name)
        if consumer is None:
            self.consumers[name] = Consumer(name, now_ms)
            return True
        consumer.seen_ms = now_ms
        return False

    def remove_consumer(self, name: bytes) -> int | None:
        """Remove a consumer and what it has pending; returns how many entries that were, None without the consumer."""
        consumer = self.consumers.pop(name, None)
        if consumer is None:
            return None
        for entry_id in consumer.pending.held:
            self.pending.remove(entry_id)
        return len(consumer.pending)

    def give(self, entry_id: int, name: bytes, delivered_ms: int, deliveries: int) -> Pending:
        """Make an entry pending for a consumer, who must be there; whoever had it before has it no more."""
        before = self.pending.held.get(entry_id)
        if before is not None and before.consumer != name:
            self.consumers[before.consumer].pending.remove(entry_id)
        pending = Pending(name, delivered_ms, deliveries)
        self.pending.put(entry_id, pending)
        self.consumers[name].pending.put(entry_id, pending)
        return pending

    def acknowledge(self, entry_id: int) -> Pending | None:
        """Take an entry off the pending ones; returns what it was, None if it was not among them."""
        pending = self.pending.held.get(entry_id)
        if pending is None:
            return None
        self.pending.remove(entry_id)
        self.consumers[pending.consumer].pending.remove(entry_id)
        return pending

    def copy(self) -> Group:
        """An independent group with the same content."""
        twin = Group(self.name, self.last_id, self.entries_read)
        twin.pending = self.pending.copy()
        twin.consumers = {name: consumer.copy() for name, consumer in self.consumers.items()}
        return twin
