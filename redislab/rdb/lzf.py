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
UNCHECKED_AHEAD = 16


def slot(data: bytes, at: int) -> int:
    """The place in the table for the three bytes at a position."""
    three = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
    return ((three >> 8) - three * 5) & 0xFFFF


def match_length(data: bytes, reference: int, at: int) -> int:
    """How many bytes at two positions agree, three of which are known to; up to three at the end are not looked at."""
    most = min(len(data) - at - 2, LONGEST_REFERENCE)
    length = 3
    # With many bytes to come the first sixteen are compared without a look at the limit, which they may overstep.
    ahead = 3 + UNCHECKED_AHEAD if most > UNCHECKED_AHEAD else 3
    while length < ahead:
        if data[reference + length] != data[at + length]:
            return length
        length += 1
    while length < most and data[reference + length] == data[at + length]:
        length += 1
    return length


class Output:
    """What is written: runs of literals, each with its length before it, and references."""

    def __init__(self) -> None:
        self.bytes = bytearray(1)
        self.run = 0

    def literal(self, byte: int) -> None:
        self.bytes.append(byte)
        self.run += 1
        if self.run == LONGEST_RUN:
            self.end_run()
            self.bytes.append(0)

    def end_run(self) -> None:
        """Write the length of the run before it, or take back its place if the run is empty."""
        if self.run:
            self.bytes[-self.run - 1] = self.run - 1
            self.run = 0
        else:
            self.bytes.pop()

    def reference(self, distance: int, length: int) -> None:
        """Point back by `distance` + 1 bytes, for `length` + 2 bytes."""
        self.end_run()
        if length < 7:
            self.bytes.append((distance >> 8) + (length << 5))
        else:
            self.bytes += bytes(((distance >> 8) + (7 << 5), length - 7))
        self.bytes += bytes((distance & 255, 0))


def compress(data: bytes, room: int) -> bytes | None:
    """The compressed form of more than two bytes, or None when it does not fit into `room` bytes."""
    size, at = len(data), 0
    seen: dict[int, int] = {}
    output = Output()
    while at < size - 2:
        place = slot(data, at)
        before, seen[place] = seen.get(place, 0), at
        distance = at - before - 1
        # Position 0 is never referred to: it looks like an empty place.
        if before and distance < FARTHEST and data[before : before + 3] == data[at : at + 3]:
            if len(output.bytes) - (not output.run) + 4 >= room:
                return None
            length = match_length(data, before, at)
            output.reference(distance, length - 2)
            at += length
            if at >= size - 2:
                break
            seen[slot(data, at - 2)] = at - 2
            seen[slot(data, at - 1)] = at - 1
        else:
            if len(output.bytes) >= room:
                return None
            output.literal(data[at])
            at += 1
    return finish(output, data[at:], room)


def finish(output: Output, rest: bytes, room: int) -> bytes | None:
    """Write what is left as literals."""
    if len(output.bytes) + 3 > room:
        return None
    for byte in rest:
        output.literal(byte)
    output.end_run()
    return bytes(output.bytes)


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
