"""Cuts whole requests out of a piece of a stream, in three quick ways: one alone, several alike, several of any form.

Nearly all requests come in one piece and hold no line breaks, and so can be cut at those. None of the ways guesses:
what is not whole, not plain, or might be wrong is left to `RequestReader`, which knows every rule and every error.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

__all__ = ["plain_requests", "requests_alike", "single_request"]

MORE = b"\r\n*"
"""Where another request begins, unless this stands within an argument."""
HEADERS = tuple(b"$%d" % length for length in range(1000))
ITEMS = {b"*%d" % count: count for count in range(1, 1000)}
FEWEST_ALIKE = 4


def single_request(lines: list[bytes]) -> list[bytes] | None:
    """The request that these lines are, if they are one, whole and plain; None for all else.

    The lines are bytes cut at CR LF, with what comes after the last line break as the last of them.
    """
    try:
        # The commonest lengths are spelt out, which saves a loop for nearly every request there is.
        if len(lines) == 6:
            count, one, name, two, key, rest = lines
            plain = one == HEADERS[len(name)] and two == HEADERS[len(key)] and count == b"*2" and not rest
            return [name, key] if plain else None
        if len(lines) == 8:
            count, one, name, two, key, three, value, rest = lines
            plain = one == HEADERS[len(name)] and two == HEADERS[len(key)] and three == HEADERS[len(value)]
            return [name, key, value] if plain and count == b"*3" and not rest else None
        items = ITEMS.get(lines[0])
        if items is None or len(lines) != 2 * items + 2 or lines[-1]:
            return None
        argv = lines[2:-1:2]
        header = 1
        for word in argv:
            if lines[header] != HEADERS[len(word)]:
                return None
            header += 2
        return argv
    except IndexError:  # A word is too long for the quick way.
        return None


def requests_alike(data: bytes) -> tuple[list[Sequence[bytes]], int]:
    """The requests of a pipeline in which all have the form of the first, and how many bytes they are.

    That is the same command, and arguments of the same lengths; then all can be cut at once at fixed places, in half of
    the time. None at all, if one is otherwise or they are few. A last one that is not whole is left.
    """
    size = data.find(MORE, 8) + 2
    count = len(data) // size if size > 2 else 0
    if count < FEWEST_ALIKE or data[size : size + 8] != data[:8]:
        return [], 0
    argv = single_request(data[:size].split(b"\r\n"))
    if argv is None or len(argv) < 2:
        return [], 0
    words, frames, start = forms(*map(len, argv))
    end = size * count
    head = data[:start]
    if not data.startswith(head, end - size):
        return [], 0
    # Seen from the first argument on, every request ends with what stands before the first argument of the next one.
    found = [*frames.iter_unpack(data[start:end] + head)]
    if found.count(found[0]) != count or found[0][-1] != b"\r\n" + head:
        return [], 0
    return [*words.iter_unpack(data[:end])], end


@lru_cache(maxsize=256)
def forms(*lengths: int) -> tuple[Struct, Struct, int]:
    """Requests with words of these lengths: the words, what stands between arguments, and where the first one lies."""
    headers = [len(b"\r\n$%d\r\n" % length) for length in lengths]
    first = len(b"*%d" % len(lengths))
    words = "".join(f"{header}x{length}s" for header, length in zip(headers, lengths, strict=True))
    start = first + headers[0] + lengths[0] + headers[1]
    gaps = [*headers[2:], 2 + start]
    frames = "".join(f"{length}x{gap}s" for length, gap in zip(lengths[1:], gaps, strict=True))
    return Struct(f"{first}x{words}2x"), Struct(frames), start


def plain_requests(lines: list[bytes], found: list[Sequence[bytes]], longest: int) -> bytes:
    """Append the requests that can be read by cutting at line breaks; returns the rest, for the careful way.

    `longest` is how many bytes an argument may have.
    """
    last, place = len(lines) - 1, 0
    while place < last:
        items = ITEMS.get(lines[place])
        if items is None:
            break
        stop = place + 2 * items + 1
        if stop > last:
            break
        argv = lines[place + 2 : stop : 2]
        header = place + 1
        for word in argv:
            length = len(word)
            if lines[header] != (HEADERS[length] if length < 1000 else long_header(length, longest)):
                return b"\r\n".join(lines[place:])
            header += 2
        found.append(argv)
        place = stop
    return b"\r\n".join(lines[place:])


def long_header(length: int, longest: int) -> bytes | None:
    """The `$` line of a long argument, None if it is too long."""
    return b"$%d" % length if length <= longest else None
