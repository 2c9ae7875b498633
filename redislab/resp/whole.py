"""Cuts whole requests out of a piece of a stream in two quick ways: one alone, and several of any form.

Nearly all requests come in one piece and hold no line breaks, and so can be cut at those. None of the ways guesses:
what is not whole, not plain, or might be wrong is left to `RequestReader`, which knows every rule and every error.
Pipelines of requests that are alike have a quicker way still, `alike`.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["plain_requests", "single_request"]

HEADERS = tuple(b"$%d" % length for length in range(1000))
ITEMS = {b"*%d" % count: count for count in range(1, 1000)}


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
