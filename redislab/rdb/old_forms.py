"""Small collections as versions before 7.0 saved them: ziplists, and zipmaps, which came before those. Only read."""

from __future__ import annotations

from struct import error as StructError
from struct import unpack_from

from redislab.rdb.strings import RdbError

__all__ = ["read_ziplist", "read_zipmap"]

END = 0xFF
LONG_LENGTH = 254


def read_ziplist(data: bytes) -> list[bytes]:
    """The elements of a ziplist, numbers as texts. Raises RdbError for one that is not whole."""
    found: list[bytes] = []
    try:
        size, _, count = unpack_from("<IIH", data)
        if size != len(data) or data[-1] != END:
            raise RdbError("a ziplist has another size than it says")
        at, last = 10, size - 1
        while at < last:
            at += 5 if data[at] == LONG_LENGTH else 1
            element, at = read_element(data, at)
            found.append(element)
    except (IndexError, StructError):
        raise RdbError("a ziplist is not whole") from None
    if at != last or (count != 65535 and count != len(found)):
        raise RdbError("a ziplist has another length than it says")
    return found


def read_element(data: bytes, at: int) -> tuple[bytes, int]:
    """The element whose form is told by the byte at this place, and where the next one begins."""
    first = data[at]
    if first < 0x40:
        start, size = at + 1, first
    elif first < 0x80:
        start, size = at + 2, (first & 63) << 8 | data[at + 1]
    elif first == 0x80:
        start, size = at + 5, unpack_from(">I", data, at + 1)[0]
    elif 0xF1 <= first <= 0xFD:
        return b"%d" % ((first & 15) - 1), at + 1
    else:
        widths = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}
        if first not in widths:
            raise RdbError("a ziplist has an element of no known form")
        start, size = at + 1, widths[first]
        body = data[start : start + size]
        if len(body) != size:
            raise RdbError("a ziplist is not whole")
        return b"%d" % int.from_bytes(body, "little", signed=True), start + size
    return data[start : start + size], start + size


def read_zipmap(data: bytes) -> list[bytes]:
    """Fields and values of a zipmap, one after another. Raises RdbError for one that is not whole."""
    found: list[bytes] = []
    at = 1
    try:
        while data[at] != END:
            for is_value in (False, True):
                size = data[at]
                at += 1
                if size == LONG_LENGTH:
                    size = unpack_from("<I", data, at)[0]
                    at += 4
                elif size == END:
                    raise RdbError("a zipmap is not whole")
                unused = data[at] if is_value else 0
                at += is_value
                body = data[at : at + size]
                if len(body) != size:
                    raise RdbError("a zipmap is not whole")
                found.append(body)
                at += size + unused
    except (IndexError, StructError):
        raise RdbError("a zipmap is not whole") from None
    if at != len(data) - 1:
        raise RdbError("a zipmap has another length than it says")
    return found
