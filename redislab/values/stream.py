"""The stream: entries under ids that only grow, in nodes, and the groups of consumers that read them.

An id is one number, milliseconds times 2**64 plus sequence; nothing here knows the clock, so ids are handed in. How
entries fall into nodes, and what trimming and deleting leave of a node, follows Redis step by step: it shows in
XINFO STREAM and in what approximate trimming keeps. Copies share nodes and groups until one of them writes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from typing import ClassVar

from redislab.values.base import Limits, Value
from redislab.values.stream_groups import Group
from redislab.values.stream_node import LARGEST_NODE, Node, Words, radix_nodes

__all__ = ["MAX_ID", "Stream"]

MAX_ID = (1 << 128) - 1
SEQUENCE_BITS = 64


class Stream(Value):
    """Entries, each a tuple of fields and values by turns, and the counters that Redis keeps beside them.

    `first_id` is the id of the first entry, 0 for none. `deleted_id` is the greatest id that XDEL has ever removed,
    `added` how many entries were ever added; both may be set by hand (XSETID). All of them are for reading only.
    """

    __slots__ = (
        "_groups", "_lends", "_length", "_token", "added", "deleted_id", "first_id", "firsts", "last_id", "least_read",
        "nodes", "roomy",
    )  # fmt: skip

    type: ClassVar[str] = "stream"

    def __init__(self) -> None:
        self.used = 0
        self.nodes: list[Node] = []
        self.firsts: list[int] = []
        """The id under which each node stands: that of its first entry ever."""
        self.last_id = self.first_id = self.deleted_id = self.added = 0
        self._length = 0
        self._groups: dict[bytes, Group] = {}
        self._lends = False
        """Whether the groups belong to a copy as well."""
        self.roomy = -1
        """The id under which the node stands that was begun last. Only that has room for more than it holds."""
        self.least_read: int | None = None
        """The smallest id that a group has come to, None to find it anew. Groups that go leave it, as in Redis."""
        self._token = object()

    @classmethod
    def restored(
        cls, nodes: list[Node], last_id: int, first_id: int, deleted_id: int, added: int, groups: dict[bytes, Group]
    ) -> Stream:
        """A stream as it was saved. It keeps the nodes and groups."""
        value = cls()
        for node in nodes:
            node.owner = value._token
        value.nodes, value.firsts = nodes, [node.ids[0] for node in nodes]
        value.last_id, value.first_id, value.deleted_id, value.added = last_id, first_id, deleted_id, added
        value._length = sum(node.live for node in nodes)
        value._groups = groups
        return value

    # -- reading ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._length

    def __contains__(self, entry_id: int) -> bool:
        return self.get(entry_id) is not None

    def get(self, entry_id: int) -> Words | None:
        """The fields and values of an entry, None if there is none with that id."""
        index = bisect_right(self.firsts, entry_id) - 1
        if index < 0:
            return None
        node = self.nodes[index]
        place = node.place(entry_id)
        return None if place < 0 else node.entries[place]

    def entries(self, start: int = 0, end: int = MAX_ID, most: int = MAX_ID) -> Iterator[tuple[int, Words]]:
        """Ids and words from one id to another, both of them included, at most so many."""
        for node, low, high in self.runs(start, end, most):
            yield from zip(node.ids[low:high], node.entries[low:high], strict=True)

    def runs(self, start: int, end: int, most: int) -> Iterator[tuple[Node, int, int]]:
        """The same as runs of places in the nodes, each from one place to before another; none of them is deleted."""
        nodes = self.nodes
        index = bisect_right(self.firsts, start) - 1
        for node in nodes[index:] if index > 0 else nodes:
            ids = node.ids
            if ids[0] > end:
                return
            low = bisect_left(ids, start) if ids[0] < start else 0
            high = bisect_right(ids, end) if ids[-1] > end else len(ids)
            for first, behind in node.runs(low, high) if node.dead else ((low, high),):
                if behind - first >= most:
                    yield node, first, first + most
                    return
                yield node, first, behind
                most -= behind - first

    def entries_backward(self, start: int = 0, end: int = MAX_ID) -> Iterator[tuple[int, Words]]:
        """The same from the last to the first."""
        firsts, nodes = self.firsts, self.nodes
        for index in range(bisect_right(firsts, end) - 1, -1, -1):
            node = nodes[index]
            ids, entries = node.ids, node.entries
            low = bisect_left(ids, start) if ids[0] < start else 0
            high = bisect_right(ids, end) if ids[-1] > end else len(ids)
            for place in reversed(node.places(low, high)):
                yield ids[place], entries[place]
            if firsts[index] <= start:
                return

    def greatest_id(self) -> int:
        """The id of the last entry there is, 0 for none; `last_id` may be that of one that is gone."""
        return next(self.entries_backward(), (0, ()))[0]

    def radix_tree(self) -> tuple[int, int]:
        """How many keys and nodes the radix tree has in which Redis keeps the nodes."""
        return len(self.firsts), radix_nodes(self.firsts)

    # -- changing --------------------------------------------------------------------------------------------

    def append(self, entry_id: int, words: Words, limits: Limits) -> bool:
        """Add an entry; its id must be greater than `last_id`. False, and no change, if it is too large to be kept."""
        total = 0
        for word in words:
            total += len(word)
        if total > LARGEST_NODE:
            return False
        nodes = self.nodes
        if nodes:
            node = nodes[-1]
            held = len(node.ids)
            size = node.body + 4 if held < 128 else node.size()
            most = limits.stream_node_max_bytes
            if size + total >= (most if 0 < most < LARGEST_NODE else LARGEST_NODE) or (
                held >= limits.stream_node_max_entries > 0
            ):
                node = self._new_node(entry_id, words)
            elif node.owner is not self._token:
                node = nodes[-1] = node.copy(self._token)
        else:
            node = self._new_node(entry_id, words)
        node.append(entry_id, words)
        self.last_id = entry_id
        self.added += 1
        self._length = length = self._length + 1
        if length == 1:
            self.first_id = entry_id
        return True

    def _new_node(self, entry_id: int, words: Words) -> Node:
        node = Node.begun(self._token, words[::2])
        self.nodes.append(node)
        self.firsts.append(entry_id)
        self.roomy = entry_id
        return node

    def _own(self, index: int) -> Node:
        """A node that may be changed."""
        node = self.nodes[index]
        if node.owner is not self._token:
            node = self.nodes[index] = node.copy(self._token)
        return node

    def delete(self, entry_id: int) -> bool:
        """Remove an entry as XDEL does; False if there is none. `settle_first` must follow the last of several."""
        if not self.remove(entry_id):
            return False
        if entry_id > self.deleted_id:
            self.deleted_id = entry_id
        return True

    def remove(self, entry_id: int) -> bool:
        """The same as trimming does it, which does not count as a deletion."""
        index = bisect_right(self.firsts, entry_id) - 1
        place = self.nodes[index].place(entry_id) if index >= 0 else -1
        if place < 0:
            return False
        if self.nodes[index].live == 1:
            del self.nodes[index], self.firsts[index]
        else:
            self._own(index).delete(place)
        self._length -= 1
        return True

    def settle_first(self) -> None:
        """Find the first entry again after some were removed."""
        self.first_id = next(self.entries(most=1), (0, ()))[0]

    def trim(self, *, most: int | None = None, below: int = 0, approximate: bool = False, limit: int = 0) -> int:
        """Remove the oldest entries until `most` are left, or else those with ids below one; returns how many.

        Approximate trimming takes whole nodes only, and goes no further than a limit of entries (0 for none).
        """
        length, gone, whole = self._length, 0, 0
        for node in self.nodes:
            live = node.live
            if (most is not None and length <= most) or (limit and gone + live > limit):
                break
            if (length - live < most) if most is not None else (node.ids[-1] >= below):
                if not approximate:
                    gone += self._trim_node(whole, length - most if most is not None else None, below)
                break
            whole += 1
            length -= live
            gone += live
        if whole:
            del self.nodes[:whole], self.firsts[:whole]
        self._length -= gone
        if not self._length:
            self.first_id = 0
        elif gone:
            self.settle_first()
        return gone

    def _trim_node(self, index: int, count: int | None, below: int) -> int:
        """Remove some of the first entries of a node; returns how many."""
        node = self.nodes[index]
        if count is None:
            count = len(node.places(0, bisect_left(node.ids, below)))
        if count:
            self._own(index).delete_first(count)
        return count

    def trim_each(self, may_go: Callable[[int], bool], most: int | None, below: int) -> int:
        """Remove the oldest entries, of those that may go, until `most` are left or those below an id are gone."""
        gone, index, whole = 0, 0, True
        while whole and index < len(self.nodes) and (most is None or self._length > most):
            node = self._own(index)
            whole = node.ids[-1] < below if most is None else self._length - node.live >= most
            for place in node.places(0, len(node.ids)):
                if (self._length <= most) if most is not None else (node.ids[place] >= below):
                    break
                if may_go(node.ids[place]):
                    node.delete(place)
                    self._length -= 1
                    gone += 1
            if whole and not node.live:
                del self.nodes[index], self.firsts[index]
            else:
                index += 1
        if gone:
            self.settle_first()
        return gone

    def set_last(self, last_id: int, added: int | None, deleted_id: int) -> None:
        """Set the counters by hand: XSETID. None and 0 leave the last two as they are."""
        self.last_id = last_id
        if added is not None:
            self.added = added
        if deleted_id:
            self.deleted_id = deleted_id

    # -- groups ----------------------------------------------------------------------------------------------

    def groups(self) -> list[Group]:
        """The groups in the order of their names, for reading only."""
        return [group for _, group in sorted(self._groups.items())]

    def view_group(self, name: bytes) -> Group | None:
        """A group for reading only."""
        return self._groups.get(name)

    def edit_group(self, name: bytes) -> Group | None:
        """A group to be changed."""
        if self._lends and name in self._groups:
            self._own_groups()
        return self._groups.get(name)

    def groups_as_kept(self) -> Collection[Group]:
        """The groups in no order that counts, for reading only."""
        return self._groups.values()

    def edit_groups(self) -> list[Group]:
        """All groups, to be changed."""
        self._own_groups()
        return list(self._groups.values())

    def _own_groups(self) -> None:
        if self._lends:
            self._groups = {name: group.copy() for name, group in self._groups.items()}
            self._lends = False

    def create_group(self, name: bytes, last_id: int, entries_read: int | None) -> bool:
        """Add a group that has read up to an id; False if there is one of that name."""
        if name in self._groups:
            return False
        self._own_groups()
        group = self._groups[name] = Group(name, 0, entries_read)
        self.move_group(group, last_id)
        return True

    def move_group(self, group: Group, last_id: int) -> None:
        """Set the id that a group has come to."""
        least = self.least_read
        if least is not None and (last_id < least or group.last_id == least):
            self.least_read = None
        group.last_id = last_id

    def destroy_group(self, name: bytes) -> bool:
        """Remove a group with all it has pending; False if there is none of that name."""
        if name not in self._groups:
            return False
        self._own_groups()
        del self._groups[name]
        return True

    # -- how far a group has come ----------------------------------------------------------------------------

    def has_gaps(self, start: int) -> bool:
        """Whether XDEL may have removed an entry from this id on."""
        if not self._length or not self.deleted_id or self.first_id > self.deleted_id:
            return False
        return start <= self.deleted_id

    def entries_up_to(self, entry_id: int) -> int | None:
        """How many entries were ever added up to an id, as far as the counters tell: None if they do not."""
        if not self.added:
            return 0
        if not self._length and entry_id <= self.last_id:
            return self.added
        if entry_id >= self.last_id:
            return self.added if entry_id == self.last_id else None
        if not self.deleted_id or self.deleted_id < self.first_id:
            if entry_id < self.first_id:
                return self.added - self._length
            if entry_id == self.first_id:
                return self.added - self._length + 1
        return None

    def lag(self, group: Group) -> int | None:
        """How many entries a group has still to read, None if that cannot be told."""
        if not self.added:
            return 0
        read = group.entries_read
        if read is None or self.has_gaps(group.last_id):
            read = self.entries_up_to(group.last_id)
        return None if read is None else self.added - read

    def advance(self, group: Group, entry_id: int) -> None:
        """Note that a group was given an entry, if that is further on than it had come."""
        if entry_id <= group.last_id:
            return
        if group.entries_read is not None and not self.has_gaps(entry_id):
            group.entries_read += 1
        elif self.added:
            group.entries_read = self.entries_up_to(entry_id)
        group.last_id = entry_id

    # -- what every value has --------------------------------------------------------------------------------

    def copy(self) -> Stream:
        """An independent stream; nodes and groups are shared until either is written to."""
        twin = Stream.__new__(Stream)
        twin.used = self.used
        twin.nodes, twin.firsts = self.nodes.copy(), self.firsts.copy()
        twin.last_id, twin.first_id, twin.deleted_id, twin.added = (
            self.last_id, self.first_id, self.deleted_id, self.added,
        )  # fmt: skip
        twin._length, twin._groups = self._length, self._groups
        self._lends = twin._lends = bool(self._groups)
        if not self._groups:
            twin._groups = {}
        twin.least_read = None
        twin.roomy = self.roomy
        self._token, twin._token = object(), object()
        return twin

    def rebuilt(self) -> None:
        self.roomy = -1

    def is_empty(self) -> bool:
        """Never: a stream without entries stays, with its last id and its groups."""
        return False

    def encoding(self) -> str:
        """`stream`, the only one."""
        return "stream"

    def weight(self) -> int:
        """An estimate in bytes of what a copy does not share with its original once both are written to."""
        pending = sum(len(group.pending) for group in self._groups.values())
        return 500 + 16 * len(self.nodes) + 200 * pending + (3 * self.nodes[-1].body if self.nodes else 0)
