"""The macro node of a stream: some entries in one listpack, which is where trimming and memory begin and end.

Real Redis keeps entries in listpacks. Each begins with a master entry: counts, and the fields of the first entry, which
entries with the same fields need not repeat. Here an entry is a tuple of words, but the size in bytes of the listpack
is kept as it would be, because it decides where a node ends, and with that what approximate trimming keeps. A deleted
entry stays in its node, marked, until the whole node goes. An id is one number: milliseconds times 2**64 plus sequence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

from redislab.values.numbers import parse_int64

__all__ = ["LARGEST_NODE", "SEQUENCE", "Node", "radix_nodes"]

LARGEST_NODE = 1 << 30
"""Bytes a node may have when no limit is set, and bytes an entry may have at all."""
EMPTY_LISTPACK = 7
ID_BYTES = 16
SEQUENCE = (1 << 64) - 1
"""The part of an id that is its sequence; the milliseconds stand above it."""
DELETED, SAME_FIELDS = 1, 2
FEW_APART = 128
"""Ids so close take one byte each for their milliseconds and their sequence, and one for the length of either."""

Words = tuple[bytes, ...]


def integer_size(number: int) -> int:
    """The bytes of an integer in a listpack, its length behind it included."""
    if 0 <= number < 128:
        return 2
    if -4096 <= number < 4096:
        return 3
    for bits, size in ((15, 4), (23, 5), (31, 6)):
        if -(1 << bits) <= number < 1 << bits:
            return size
    return 10


def word_size(word: bytes) -> int:
    """The bytes of a word in a listpack, where one that spells an integer is kept as a number."""
    size = len(word)
    if size <= 20 and word and word[0] < 58 and (number := parse_int64(word)) is not None:
        return integer_size(number)
    if size < 64:
        return size + 2
    size += 2 if size < 4096 else 5
    return size + (1 if size < 128 else 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5)


def signed(number: int) -> int:
    """A difference of 64-bit numbers as C stores it."""
    number &= SEQUENCE
    return number - (1 << 64) if number >> 63 else number


class Node:
    """Entries in the order of their ids, deleted ones among them.

    `owner` is whoever may change it: copies of a stream share their nodes until one of them writes. `body` is the size
    in bytes without the two counts, `same` what an entry with the node's fields takes beside its id and values, `head`
    a place before which every entry is deleted.
    """

    __slots__ = ("body", "dead", "entries", "fields", "head", "ids", "owner", "same", "texts")

    def __init__(self, owner: object, fields: Words, same: int, body: int) -> None:
        self.owner = owner
        self.fields = fields
        self.same = same
        self.body = body
        self.ids: list[int] = []
        self.entries: list[Words] = []
        self.dead: set[int] = set()
        self.head = 0
        self.texts: list[bytes] = []
        """See `id_texts`."""

    @classmethod
    def begun(cls, owner: object, fields: Words) -> Node:
        """A node for entries with these fields, and as yet without any."""
        same = 2 + integer_size(len(fields) + 3)
        return cls(owner, fields, same, EMPTY_LISTPACK + integer_size(len(fields)) + sum(map(word_size, fields)) + 2)

    def copy(self, owner: object) -> Node:
        """The same entries for another owner."""
        twin = Node(owner, self.fields, self.same, self.body)
        twin.head = self.head
        twin.ids, twin.entries, twin.dead = self.ids.copy(), self.entries.copy(), self.dead.copy()
        return twin

    @property
    def live(self) -> int:
        """How many entries are not deleted."""
        return len(self.ids) - len(self.dead)

    def size(self) -> int:
        """The bytes of the listpack."""
        if len(self.ids) < 128:
            return self.body + 4
        return self.body + integer_size(self.live) + integer_size(len(self.dead))

    def append(self, entry_id: int, words: Words) -> None:
        """Add an entry behind the others; `words` are fields and values by turns."""
        ids = self.ids
        if words[::2] == self.fields:
            size, kept = self.same, words[1::2]
        else:
            size, kept = 2 + integer_size(len(words) >> 1) + integer_size(len(words) + 4), words
        if ids:
            apart = entry_id - ids[0]
            if apart < FEW_APART:  # in the same millisecond, which gives ids one after the other
                size += 4
            else:
                ms, sequence = (entry_id >> 64) - (ids[0] >> 64), apart & SEQUENCE
                size += 2 if ms < 128 else integer_size(signed(ms))
                size += 2 if sequence < 128 else integer_size(signed(sequence))
        else:
            size += 4
        for word in kept:
            # What begins behind the digits is no number.
            size += len(word) + 2 if word >= b":" and len(word) < 64 else word_size(word)
        self.body += size
        ids.append(entry_id)
        self.entries.append(words)

    def delete(self, place: int) -> None:
        """Mark an entry that is not deleted yet."""
        self.dead.add(place)
        while self.head in self.dead:
            self.head += 1

    def delete_first(self, count: int) -> None:
        """Mark so many of the first entries that are left."""
        dead, place = self.dead, self.head
        while count:
            if place not in dead:
                dead.add(place)
                count -= 1
            place += 1
        while place in dead:
            place += 1
        self.head = place

    def place(self, entry_id: int) -> int:
        """Where an entry that is not deleted stands, -1 if there is none with that id."""
        ids = self.ids
        place = bisect_left(ids, entry_id)
        return place if place < len(ids) and ids[place] == entry_id and place not in self.dead else -1

    def places(self, low: int, high: int) -> range | list[int]:
        """The places from `low` to before `high` whose entries are not deleted."""
        dead, low = self.dead, max(low, self.head)
        if len(dead) == self.head:
            return range(low, high)
        return [place for place in range(low, high) if place not in dead]

    def runs(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The same as runs, each from one place to before another."""
        places = self.places(low, high)
        if isinstance(places, range):
            yield places.start, max(places.start, places.stop)
        elif places:
            first = last = places[0]
            for place in places:
                if place > last + 1:
                    yield first, last + 1
                    first = place
                last = place
            yield first, last + 1

    def id_texts(self, low: int, high: int) -> list[bytes]:
        """The ids from `low` to before `high` as replies show them.

        They are kept for a while, because entries are often read by several: to write an id takes as long as all else
        that is to be done for its entry.
        """
        kept = self.texts
        if len(kept) < high:
            if not kept:
                shown_lately.append(self)
                if len(shown_lately) > NODES_KEPT:
                    shown_lately.popleft().texts = []
            kept += [b""] * (len(self.ids) - len(kept))
        texts = kept[low:high]
        if not all(texts):
            texts = [b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE) for entry_id in self.ids[low:high]]
            kept[low:high] = texts
        return texts

    def listpack(self) -> Iterator[bytes | int]:
        """What the listpack holds, element by element: master entry, then the entries, the deleted ones included."""
        yield self.live
        yield len(self.dead)
        yield len(self.fields)
        yield from self.fields
        yield 0
        for place, (entry_id, words) in enumerate(zip(self.ids, self.entries, strict=True)):
            same = words[::2] == self.fields
            yield (SAME_FIELDS if same else 0) | (DELETED if place in self.dead else 0)
            yield signed((entry_id >> 64) - (self.ids[0] >> 64))
            yield signed(entry_id - self.ids[0])
            if same:
                yield from words[1::2]
                yield len(self.fields) + 3
            else:
                yield len(words) >> 1
                yield from words
                yield len(words) + 4


NODES_KEPT = 64
shown_lately: deque[Node] = deque()
"""The nodes that keep texts of their ids, so that there are never many of them."""


def radix_nodes(ids: list[int]) -> int:
    """How many nodes a radix tree has that holds these ids, in order, as keys of 16 bytes; it has one when empty.

    A run of bytes without a fork is one node, a fork is one, and so is the end of a key.
    """
    keys = [entry_id.to_bytes(ID_BYTES, "big") for entry_id in ids]
    return _subtree(keys, 0, len(keys), 0) if keys else 1


def _subtree(keys: list[bytes], low: int, high: int, depth: int) -> int:
    """The nodes of the keys from `low` to before `high`, which agree in so many bytes."""
    if high - low == 1:
        return 2 if depth < ID_BYTES else 1
    first, last, fork = keys[low], keys[high - 1], depth
    while first[fork] == last[fork]:
        fork += 1
    count, start = (2 if fork > depth else 1), low
    for place in range(low + 1, high + 1):
        if place == high or keys[place][fork] != keys[start][fork]:
            count += _subtree(keys, start, place, fork + 1)
            start = place
    return count
