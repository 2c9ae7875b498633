"""Listpacks and intsets: small collections in one string.

A listpack holds texts and integers one after another, each with its length behind it, so that it can be read from both
ends. An intset is a sorted array of integers, all as wide as the widest.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from struct import error as StructError
from struct import pack, unpack_from

from redislab.rdb.strings import RdbError
from redislab.values.numbers import parse_int64

__all__ = ["backward_length", "entry", "intset", "is_integer_text", "listpack", "read_intset", "read_listpack"]

MANY = 65535
"""A listpack's count of elements stops here."""
END = 0xFF


# -- writing -----------------------------------------------------------------------------------------------------


def listpack(entries: Iterable[bytes | int]) -> bytes:
    """A listpack of these texts and numbers; a text that is an integer is kept as a number."""
    body = [entry(each) for each in entries]
    size = sum(map(len, body)) + 7
    return pack("<IH", size, min(len(body), MANY)) + b"".join(body) + b"\xff"


def entry(element: bytes | int) -> bytes:
    """One element with its own length behind it."""
    if isinstance(element, int):
        return number_entry(element)
    if (found := SMALL.get(element)) is not None:
        return found
    size = len(element)
    if 0 < size < 64 and element[0] > NINE:
        return b"%c%b%c" % (size | 0x80, element, size + 1)
    number = parse_int64(element) if size <= 20 else None
    if number is not None:
        return number_entry(number)
    if size < 64:
        return b"%c%b%c" % (size | 0x80, element, size + 1)
    body = listpack_text(element)
    return body + backward_length(len(body))


SMALL = {b"%d" % number: bytes((number, 1)) for number in range(128)}
"""Entries of the numbers that are met most."""
NINE = 57
"""What begins with a byte above this digit is no number."""


def number_entry(number: int) -> bytes:
    body = listpack_number(number)
    return body + bytes((len(body),))


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
    return (pack(">H", size | 0xE000) if size < 4096 else b"\xf0" + pack("<I", size)) + text


def backward_length(size: int) -> bytes:
    """A size in groups of seven bits, the highest first; all but the first are marked."""
    if size < 128:
        return bytes((size,))
    groups = 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5
    parts = [size >> (7 * place) & 127 for place in range(groups - 1, -1, -1)]
    return bytes((parts[0], *(part | 128 for part in parts[1:])))


def is_integer_text(text: bytes) -> bool:
    """Whether an intset can hold this text."""
    return len(text) <= 20 and parse_int64(text) is not None


def intset(members: Iterable[bytes]) -> bytes:
    """An intset of these members, which are in order."""
    numbers = list(map(int, members))
    widest = max((max(number, ~number).bit_length() for number in numbers), default=0)
    form, width = ("h", 2) if widest < 16 else ("i", 4) if widest < 32 else ("q", 8)
    return pack(f"<II{len(numbers)}{form}", width, len(numbers), *numbers)


# -- reading -----------------------------------------------------------------------------------------------------


def read_listpack(data: bytes) -> list[bytes]:
    """The elements of a listpack, numbers as texts. Raises RdbError for one that is not whole."""
    found: list[bytes] = []
    try:
        size, count = unpack_from("<IH", data)
        if size != len(data) or data[-1] != END:
            raise RdbError("a listpack has another size than it says")
        at, last = 6, size - 1
        while at < last:
            first = data[at]
            if first < 128:
                found.append(b"%d" % first)
                at += 2
            elif first < 0xC0:
                start = at + 1
                at = start + (first & 63)
                found.append(data[start:at])
                at += 1
            else:
                element, at = read_long(data, at, first)
                found.append(element)
    except (IndexError, StructError):
        raise RdbError("a listpack is not whole") from None
    if at != last or (count != MANY and count != len(found)):
        raise RdbError("a listpack has another length than it says")
    return found


def read_long(data: bytes, at: int, first: int) -> tuple[bytes, int]:
    """An element of one of the longer forms, and where the next one begins."""
    if first < 0xE0:
        number = unpack_from(">H", data, at)[0] & 0x1FFF
        return b"%d" % (number - 0x2000 if number & 0x1000 else number), at + 3
    if first < 0xF0:
        start, size = at + 2, (first & 15) << 8 | data[at + 1]
    elif first == 0xF0:
        start, size = at + 5, unpack_from("<I", data, at + 1)[0]
    elif first <= 0xF4:
        width = (2, 3, 4, 8)[first - 0xF1]
        body = data[at + 1 : at + 1 + width]
        if len(body) != width:
            raise RdbError("a listpack is not whole")
        return b"%d" % int.from_bytes(body, "little", signed=True), at + width + 2
    else:
        raise RdbError("a listpack has an element of no known form")
    stop = start + size
    return data[start:stop], stop + len(backward_length(stop - at))


def read_intset(data: bytes) -> list[bytes]:
    """The members of an intset as texts, in order. Raises RdbError for one that is not whole, or not in order."""
    try:
        width, count = unpack_from("<II", data)
        form = {2: "h", 4: "i", 8: "q"}[width]
        if len(data) != 8 + width * count:
            raise RdbError("an intset has another length than it says")
        numbers = unpack_from(f"<{count}{form}", data, 8)
    except (KeyError, StructError):
        raise RdbError("an intset is not whole") from None
    if any(one >= other for one, other in pairwise(numbers)):
        raise RdbError("an intset is not in order")
    return [b"%d" % number for number in numbers]
