"""Values in the form in which Redis saves them (RDB version 10), for the length that DEBUG OBJECT tells.

Owns the rules of lengths, strings, listpacks and intsets on disk. Two things depend on what a value held before and
are not known here: the nodes of a list that does not fit into one, and whether an intset keeps wide numbers although
those that needed them are gone. The first is refused; the second is taken to be as narrow as the numbers allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack

from redislab.commands.debug_lzf import compress
from redislab.engine.errors import ReplyError
from redislab.values.base import Limits, Value
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.numbers import parse_int64
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.string import String

__all__ = ["list_node", "saved_length"]

COMPRESSED = b"\xc3"
LONGEST_INTEGER_TEXT = 11
SHORTEST_COMPRESSED = 21
NODE_SIZES = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
SAFE_NODE_SIZE = 8192
ENTRY_ESTIMATE = 8
"""What Redis adds to the size of an element when it estimates whether a node has room for it."""
MANY = 65535
"""A listpack's count of elements stops here."""


def length(number: int) -> bytes:
    """A length as it stands before what it counts."""
    if number < 64:
        return bytes((number,))
    if number < 16384:
        return pack(">H", number | 0x4000)
    return b"\x80" + pack(">I", number) if number < 1 << 32 else b"\x81" + pack(">Q", number)


def string(text: bytes) -> bytes:
    """A string: as an integer if it is a small one, compressed if that is shorter, or as it is."""
    if len(text) <= LONGEST_INTEGER_TEXT and (number := parse_int64(text)) is not None:
        for kind, form, bits in ((b"\xc0", "<b", 7), (b"\xc1", "<h", 15), (b"\xc2", "<i", 31)):
            if -(1 << bits) <= number < 1 << bits:
                return kind + pack(form, number)
    if len(text) >= SHORTEST_COMPRESSED and (small := compress(text, len(text) - 4)) is not None:
        return COMPRESSED + length(len(small)) + length(len(text)) + small
    return length(len(text)) + text


# -- listpacks ---------------------------------------------------------------------------------------------------


def listpack(entries: Iterable[bytes | int]) -> bytes:
    """A listpack of these texts and numbers; a text that is an integer is kept as a number."""
    body = [entry(each) for each in entries]
    size = sum(map(len, body)) + 7
    return pack("<IH", size, min(len(body), MANY)) + b"".join(body) + b"\xff"


def entry(element: bytes | int) -> bytes:
    """One element with its own length behind it, so that a listpack can be read backwards."""
    number = element if isinstance(element, int) else parse_int64(element)
    body = listpack_text(element) if number is None else listpack_number(number)  # type: ignore[arg-type]
    return body + backward_length(len(body))


def listpack_number(number: int) -> bytes:
    if 0 <= number < 128:
        return bytes((number,))
    if -4096 <= number < 4096:
        return pack(">H", (number & 0x1FFF) | 0xC000)
    for kind, width in ((0xF1, 2), (0xF2, 3), (0xF3, 4)):
        if -(1 << (8 * width - 1)) <= number < 1 << (8 * width - 1):
            return bytes((kind,)) + number.to_bytes(width, "little", signed=True)
    return b"\xf4" + pack("<q", number)


def listpack_text(text: bytes) -> bytes:
    size = len(text)
    if size < 64:
        return bytes((size | 0x80,)) + text
    return (pack(">H", size | 0xE000) if size < 4096 else b"\xf0" + pack("<I", size)) + text


def backward_length(size: int) -> bytes:
    """A size in groups of seven bits, the highest first; all but the first are marked."""
    if size < 128:
        return bytes((size,))
    groups = 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5
    parts = [size >> (7 * place) & 127 for place in range(groups - 1, -1, -1)]
    return bytes((parts[0], *(part | 128 for part in parts[1:])))


def score_entry(score: float) -> bytes | int:
    """A score as a listpack keeps it: whole numbers as such, within half the range of 64 bits."""
    if abs(score) <= 2.0**62 and score == int(score):
        return int(score)
    return b"%.17g" % score


# -- values ------------------------------------------------------------------------------------------------------


def intset(members: Iterable[bytes]) -> bytes:
    """A sorted array of integers, all as wide as the widest."""
    numbers = list(map(int, members))
    widest = max(max(number, ~number).bit_length() for number in numbers)
    form, width = ("h", 2) if widest < 16 else ("i", 4) if widest < 32 else ("q", 8)
    return pack(f"<II{len(numbers)}{form}", width, len(numbers), *numbers)


def list_node(value: List, limits: Limits, packed: int) -> tuple[int, int]:
    """The size of a list's only node, and its size when saved. `packed` bytes and more make a node of their own.

    Raises ReplyError for a list whose elements Redis may keep in several nodes: where one ends depends on the order
    in which elements came and went.
    """
    elements = list(value)
    if len(elements) == 1 and len(elements[0]) >= packed:
        return len(elements[0]), 2 + len(string(elements[0]))
    blob = listpack(elements)
    if not fits_one_node(elements, len(blob), limits.list_max_listpack_size, packed):
        raise ReplyError(
            "ERR redislab does not keep the nodes of a quicklist and knows them only of a list that fits into one"
        )
    return len(blob), 2 + len(string(blob))


def fits_one_node(elements: list[bytes], size: int, most: int, packed: int) -> bool:
    """Whether elements of that size in all go into one node, whichever end the last one was pushed to."""
    if len(elements) > 1 and (max(map(len, elements)) >= packed or (0 <= most < len(elements))):
        return False
    room = SAFE_NODE_SIZE if most >= 0 else NODE_SIZES[max(most, -5)]
    last = (elements[0], elements[-1])
    return len(elements) == 1 or all(size - len(entry(end)) + len(end) + ENTRY_ESTIMATE <= room for end in last)


def strings_length(parts: Iterable[bytes]) -> int:
    return sum(len(string(part)) for part in parts)


def saved_length(value: Value, limits: Limits, packed: int) -> int:
    """How many bytes a value takes in an RDB file, type and key not counted. Raises ReplyError where it is unknown."""
    if isinstance(value, String):
        return len(string(value.get()))
    if isinstance(value, List):
        return list_node(value, limits, packed)[1]
    small = value.encoding() in ("listpack", "intset")
    if isinstance(value, Hash):
        flat = [part for pair in value.items() for part in pair]
        return len(string(listpack(flat))) if small else len(length(len(value))) + strings_length(flat)
    if isinstance(value, Set):
        return len(string(intset(value))) if small else len(length(len(value))) + strings_length(value)
    if isinstance(value, SortedSet):
        if small:
            return len(string(listpack(part for name, score in value.pairs() for part in (name, score_entry(score)))))
        return len(length(len(value))) + strings_length(value) + 8 * len(value)
    raise ReplyError(f"ERR redislab does not know the saved length of the type {value.type}")
