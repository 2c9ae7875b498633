"""LZF, the compression with which Redis saves strings: a string as literals and references to what came before.

Written so that the result is that of the compressor in Redis, byte for byte, because DEBUG OBJECT tells its length.
It looks for repetitions with a table that remembers, for a hash of three bytes, where they were last seen. Redis does
not clear its table between two calls; what is left in it points outside of the string, unless the string lies where
an earlier one did. Only then may the results differ.
"""

from __future__ import annotations

__all__ = ["compress", "decompress"]

LONGEST_RUN = 32
LONGEST_REFERENCE = 264
FARTHEST = 8192
UNCHECKED = 19
"""Bytes that are compared without a look at the limit where at least 17 are to come: they may overstep it."""
LONG = 3000
"""Bytes from which on a whole table is quicker than a dictionary."""
STEP = 32


def compress(data: bytes, room: int) -> bytes | None:
    """The compressed form of more than two bytes, or None when it does not fit into `room` bytes.

    The table's place for three bytes is spelt out each time, because a call would cost as much as all the rest.
    """
    size = len(data)
    end = size - 2
    out = bytearray()
    seen: list[int] | Latest = [0] * 65536 if size > LONG else Latest()
    at = start = 0
    second, third = data[0], data[1]
    while at < end:
        first, second, third = second, third, data[at + 2]
        place = (first * 256 - second * 1279 - third * 5) & 0xFFFF
        before = seen[place]
        seen[place] = at
        # Position 0 is never referred to: it looks like an empty place.
        if (
            not before
            or data[before] != first
            or data[before + 1] != second
            or data[before + 2] != third
            or at - before > FARTHEST
        ):
            at += 1
            continue
        run = at - start
        if len(out) + run + run // LONGEST_RUN + 5 >= room and not has_room(len(out), run, room):
            return None
        if run:
            add_literals(out, data, start, at)
        length = match_length(data, before, at)
        add_reference(out, at - before - 1, length - 2)
        at += length
        start = at
        if at >= end:
            break
        zeroth, first, second, third = data[at - 2 : at + 2]
        seen[(zeroth * 256 - first * 1279 - second * 5) & 0xFFFF] = at - 2
        seen[(first * 256 - second * 1279 - third * 5) & 0xFFFF] = at - 1
    if is_full(len(out), at - start, room) or written(len(out), at - start) + 3 > room:
        return None
    add_literals(out, data, start, size)
    return bytes(out)


class Latest(dict[int, int]):
    """Where three bytes of a hash were last seen, for short strings."""

    def __missing__(self, place: int) -> int:
        return 0


def written(before: int, run: int) -> int:
    """Bytes that Redis has written when a run of literals stands behind so many: it keeps room for the next length."""
    return before + run + run // LONGEST_RUN + 1


def is_full(before: int, run: int, room: int) -> bool:
    """Whether there was no room for the last literal of a run."""
    return run > 0 and written(before, run - 1) >= room


def has_room(before: int, run: int, room: int) -> bool:
    """Whether there is room for a reference, of which Redis takes the longest for granted, behind a run of literals."""
    return not is_full(before, run, room) and written(before, run) - (not run % LONGEST_RUN) + 4 < room


def match_length(data: bytes, reference: int, at: int) -> int:
    """How many bytes at two positions agree, three of which are known to; up to three at the end are not looked at."""
    most = min(len(data) - at - 2, LONGEST_REFERENCE)
    most = max(most, UNCHECKED) if most > 16 else max(most, 3)
    length = 3
    while length < most and data[reference + length] == data[at + length]:
        length += 1
        if length == STEP:  # a long one
            length = long_match(data, reference, at, most)
    return length


def long_match(data: bytes, reference: int, at: int, most: int) -> int:
    """How many bytes agree, where `STEP` do, or somewhat fewer."""
    length = STEP
    while length + STEP <= most:
        old, new = reference + length, at + length
        if data[old : old + STEP] != data[new : new + STEP]:
            break
        length += STEP
    return length


def add_literals(out: bytearray, data: bytes, start: int, stop: int) -> None:
    """Write bytes as they are, in runs with their lengths."""
    while start < stop:
        run = data[start : min(stop, start + LONGEST_RUN)]
        out.append(len(run) - 1)
        out += run
        start += LONGEST_RUN


def add_reference(out: bytearray, distance: int, length: int) -> None:
    """Point back by `distance` + 1 bytes, for `length` + 2 bytes."""
    if length < 7:
        out.append((distance >> 8) + (length << 5))
    else:
        out += bytes(((distance >> 8) + (7 << 5), length - 7))
    out.append(distance & 255)


def decompress(data: bytes, size: int) -> bytes:
    """What was compressed, which must come out as `size` bytes. Raises ValueError if it does not."""
    out = bytearray()
    at, end = 0, len(data)
    while at < end:
        control = data[at]
        at += 1
        if control < LONGEST_RUN:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if at + 1 + (length == 7) > end:
            raise ValueError("compressed data ends within a reference")
        if length == 7:
            length += data[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        if start < 0:
            raise ValueError("compressed data refers to what is before its beginning")
        repeat(out, start, length + 2)
        if len(out) > size:
            break
    if at > end or len(out) != size:
        raise ValueError("compressed data has another length than it says")
    return bytes(out)


def repeat(out: bytearray, start: int, length: int) -> None:
    """Append `length` bytes from `start` on, which may go on into what is being appended."""
    there = len(out) - start
    if there >= length:
        out += out[start : start + length]
    else:
        out += (bytes(out[start:]) * (length // there + 1))[:length]
