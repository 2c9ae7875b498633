"""The first line of a library's code, `#!lua name=mylib`, and the rules for names.

What follows the first line is the body. It begins with that line's end, so that the lines of errors are those of the
whole code.
"""

from __future__ import annotations

import string
from typing import NamedTuple

from redislab.engine.errors import ReplyError, shown
from redislab.resp.words import UnbalancedQuotes, split

__all__ = ["BAD_NAME", "Head", "check_name", "read_head"]

BAD_NAME = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
)
NAME_BYTES = frozenset((string.ascii_letters + string.digits + "_").encode())


class Head(NamedTuple):
    """What the first line says, and the rest."""

    engine: bytes
    name: bytes
    body: bytes


def check_name(name: bytes) -> None:
    """Raises ReplyError for a name that no library or function may have."""
    if not name or not NAME_BYTES.issuperset(name):
        raise ReplyError(BAD_NAME)


def read_head(code: bytes) -> Head:
    """Take the first line apart. Raises ReplyError."""
    if not code.startswith(b"#!"):
        raise ReplyError("ERR Missing library metadata")
    line, newline, _ = code.partition(b"\0")[0].partition(b"\n")
    if not newline:
        raise ReplyError("ERR Invalid library metadata")
    try:
        words = split(line.decode("latin-1"), "latin-1")
    except UnbalancedQuotes:
        raise ReplyError("ERR Invalid library metadata") from None
    return Head(words[0][2:], _name(words[1:]), code[len(line) :])


def _name(words: list[bytes]) -> bytes:
    """The one value that is known, of `name=`."""
    name: bytes | None = None
    for word in words:
        if word[:5].lower() != b"name=":
            raise ReplyError(f"ERR Invalid metadata value given: {shown(word)}")
        if name is not None:
            raise ReplyError("ERR Invalid metadata value, name argument was given multiple times")
        name = word[5:]
    if name is None:
        raise ReplyError("ERR Library name was not given")
    return name
