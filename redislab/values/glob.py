"""Patterns as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET understand them.

Owns what a pattern means; it must never look at keys. Redis' matcher walks pattern and text together, byte
by byte. Seen from the pattern alone it is simpler: every atom but `*` stands for a set of bytes, and one
byte of the text must be in it. So a pattern is read once into its atoms, corners included, and the atoms
become a regular expression that decides the same.

The corners, as the server has them:
- an unclosed `[` runs to the end of the pattern; an empty class matches nothing, `[^` any one byte;
- a class closes at its first `]`, so `[]` is empty; `a-z` may be given backwards, and its ends may be any
  bytes, `]` and `\\` too; bytes above 127 sort below the others, as `char` is signed on x86;
- `\\` at the very end stands for itself;
- ignoring case does not reach bytes that are escaped inside a class;
- an empty text matches the empty pattern only, not even `*`. Commands that take `*` as "everything" do so
  before they ask here.

Every `*` but the last takes the shortest text that lets the next piece match and never reconsiders
(the atomic groups below): later stars can make up for it, so nothing is lost, and many stars cost no more
than length of pattern times length of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

__all__ = ["Matcher", "compile", "has_wildcards", "matches"]

Matcher = Callable[[bytes], bool]

SPECIAL = re.compile(rb"[*?\[\\]")
STAR, ANY, OPEN, CLOSE, ESCAPE, NOT, DASH = b"*?[]\\^-"

ByteSet = frozenset[int]
Atoms = list[ByteSet]
EVERY_BYTE: ByteSet = frozenset(range(256))


def has_wildcards(pattern: bytes) -> bool:
    """True unless the pattern is plain text that matches only itself."""
    return SPECIAL.search(pattern) is not None


def matches(pattern: bytes, text: bytes, nocase: bool = False) -> bool:
    """Whether the whole text matches; the compiled pattern is remembered for the next time."""
    return compile(pattern, nocase)(text)


@lru_cache(maxsize=512)
def compile(pattern: bytes, nocase: bool = False) -> Matcher:
    """A function from a text to whether all of it matches. `nocase` folds the 26 ASCII letters."""
    if nocase:
        return expression(pattern, True)
    special = SPECIAL.search(pattern)
    if special is None:
        return equality(pattern)
    prefix = pattern[: special.start()]
    if prefix and pattern[special.start() :].strip(b"*") == b"":
        return prefix_test(prefix)
    return expression(pattern, False)


def equality(literal: bytes) -> Matcher:
    def equals(text: bytes) -> bool:
        return text == literal

    return equals


def prefix_test(prefix: bytes) -> Matcher:
    def starts(text: bytes) -> bool:
        return text.startswith(prefix)

    return starts


def expression(pattern: bytes, nocase: bool) -> Matcher:
    pieces = read_pieces(pattern, nocase)
    head, *rest = [b"".join(map(byte_class, atoms)) for atoms in pieces]
    source = head
    if rest:
        *middle, tail = rest
        source += b"".join(b"(?>.*?" + piece + b")" for piece in middle) + b".*" + tail
    whole = re.compile(source, re.DOTALL).fullmatch
    if pattern:
        # The server's loop does not start on an empty text, so a pattern of stars alone is left over.
        return lambda text: text != b"" and whole(text) is not None
    return lambda text: text == b""


def byte_class(members: ByteSet) -> bytes:
    """The regular expression for one byte out of `members`."""
    if len(members) == 256:
        return b"."
    if len(members) == 1:
        return re.escape(bytes(members))
    if not members:
        return b"(?!)"
    return b"[" + b"".join(b"\\x%02x" % member for member in sorted(members)) + b"]"


def read_pieces(pattern: bytes, nocase: bool) -> list[Atoms]:
    """The runs of atoms between the stars; one run more than there are (groups of) stars."""
    pieces: list[Atoms] = [[]]
    position = 0
    while position < len(pattern):
        byte = pattern[position]
        position += 1
        if byte == STAR:
            if pieces[-1] or len(pieces) == 1:
                pieces.append([])
        elif byte == ANY:
            pieces[-1].append(EVERY_BYTE)
        elif byte == OPEN:
            members, position = read_class(pattern, position, nocase)
            pieces[-1].append(members)
        else:
            if byte == ESCAPE and position < len(pattern):
                byte = pattern[position]
                position += 1
            pieces[-1].append(both_cases(byte) if nocase else frozenset((byte,)))
    return pieces


def read_class(pattern: bytes, position: int, nocase: bool) -> tuple[ByteSet, int]:
    """The bytes of the class whose `[` ends before `position`, and the position after the class."""
    end = len(pattern)
    negated = position < end and pattern[position] == NOT
    position += negated
    members: set[int] = set()
    while position < end:
        byte = pattern[position]
        if byte == ESCAPE and position + 1 < end:
            members.add(pattern[position + 1])
            position += 2
        elif byte == CLOSE:
            position += 1
            break
        elif position + 2 < end and pattern[position + 1] == DASH:
            members |= byte_range(byte, pattern[position + 2], nocase)
            position += 3
        else:
            members |= both_cases(byte) if nocase else {byte}
            position += 1
    return (EVERY_BYTE - members if negated else frozenset(members)), position


def byte_range(first: int, last: int, nocase: bool) -> ByteSet:
    """The bytes from first to last as signed chars, in either order."""
    start, stop = sorted((signed(first), signed(last)))
    if nocase:
        # Each end is lowered after they were put in order; a range like `Z-_` is empty then.
        start, stop = lowered(start), lowered(stop)
        return frozenset(byte for byte in range(256) if start <= lowered(signed(byte)) <= stop)
    return frozenset(byte for byte in range(256) if start <= signed(byte) <= stop)


def both_cases(byte: int) -> ByteSet:
    letter = bytes((byte,))
    return frozenset(letter.lower() + letter.upper())


def signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def lowered(char: int) -> int:
    return char + 32 if 65 <= char <= 90 else char
