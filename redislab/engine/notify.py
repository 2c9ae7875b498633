"""Keyspace event classes: the letters of notify-keyspace-events and the bits that the gate tests."""

from __future__ import annotations

__all__ = [
    "GENERIC",
    "HASH",
    "LIST",
    "SET",
    "STREAM",
    "STRING",
    "ZSET",
    "event_flags",
    "event_letters",
    "shown_letters",
]

KEYSPACE, KEYEVENT = 1 << 0, 1 << 1
GENERIC, STRING, LIST, SET, HASH, ZSET = (1 << bit for bit in range(2, 8))
EXPIRED, EVICTED, STREAM, KEY_MISS, MODULE, NEW = (1 << bit for bit in range(8, 14))
ALL = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE

_LETTERS = {
    "g": GENERIC, "$": STRING, "l": LIST, "s": SET, "h": HASH, "z": ZSET, "x": EXPIRED, "e": EVICTED, "t": STREAM,
    "d": MODULE,
}  # fmt: skip
_OTHERS = {"K": KEYSPACE, "E": KEYEVENT, "m": KEY_MISS, "n": NEW}


def event_flags(letters: str) -> int | None:
    """The bits for a setting such as `KEA`; None if a letter is unknown."""
    flags = 0
    for letter in letters:
        bit = ALL if letter == "A" else _LETTERS.get(letter) or _OTHERS.get(letter)
        if bit is None:
            return None
        flags |= bit
    return flags


def event_letters(flags: int) -> str:
    """The setting with all its letters, so that `event_flags` reads the same bits from it."""
    text = shown_letters(flags)
    return text + "n" if flags & NEW and "n" not in text else text


def shown_letters(flags: int) -> str:
    """The setting as CONFIG GET shows it: beside `A` the `n` of new keys is left out."""
    text = "A" if flags & ALL == ALL else "".join(letter for letter, bit in _LETTERS.items() if flags & bit)
    if flags & NEW and flags & ALL != ALL:
        text += "n"
    return text + "".join(letter for letter, bit in _OTHERS.items() if flags & bit and bit != NEW)
