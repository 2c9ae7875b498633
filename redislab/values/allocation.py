"""What Redis' allocator gives, and what a string that grows asks it for.

jemalloc rounds every request up to a size class, and a string (sds) that is made longer in place asks for twice what it
needs, so that it need not move each time. Neither shows in what a value holds, but in what it costs.

    1 … 8        8                     129 … 160    160        then four classes between each power of two
    9 … 16      16                     161 … 192    192        and the next: 1024, 1280, 1536, 1792, 2048, …
    17 … 128    the next multiple      193 … 224    224        so that at most a fifth of a large block is wasted
                of 16                  225 … 256    256
"""

from __future__ import annotations

__all__ = ["allocated", "frame", "grown_room"]

SMALL = 4096
GREEDY = 1 << 20
"""A string shorter than this doubles; a longer one gets as much beside what it needs."""


def size_class(size: int) -> int:
    """The size class of a request, by arithmetic."""
    if size <= 128:
        return 8 if size <= 8 else (size + 15) & ~15
    step = 1 << ((size - 1).bit_length() - 3)
    return (size + step - 1) & -step


CLASSES = [size_class(max(size, 9)) for size in range(0, SMALL + 1, 16)]
"""The classes of small sizes, one for each multiple of 16: a look is quicker than the arithmetic."""


def allocated(size: int) -> int:
    """The bytes that the allocator sets aside for a request of so many."""
    return CLASSES[(size + 15) >> 4] if 8 < size <= SMALL else size_class(size)


def frame(length: int) -> int:
    """The header of a string that may grow, and the zero byte behind it."""
    return 4 if length < 256 else 6 if length < 65536 else 10 if length < 1 << 32 else 18


def grown_room(before: int, length: int, room: int) -> int:
    """The bytes that a string has room for after it grew from one length to another.

    `room` is what it had room for, 0 if it was made as long as it was. A short one has a header that cannot say that
    there is any, but for an empty one, which is made to grow.
    """
    if not room and not 0 < before < 32:
        room = usable(before)
    if length <= room:
        return room
    return usable(2 * length if length < GREEDY else length + GREEDY)


def usable(length: int) -> int:
    """The bytes that a string has room for where so many were asked for: no more than its header can count."""
    most = 255 if length < 256 else 65535 if length < 65536 else 1 << 62
    return min(allocated(length + frame(length)) - frame(length), most)
