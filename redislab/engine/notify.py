"""Keyspace event classes: the letters of notify-keyspace-events and the bits that the gate tests."""

from __future__ import annotations

__all__ = [
    "GENERIC",
    "HASH",
    "LIST",
    "OVERWRITTEN",
    "SET",
    "STREAM",
    "STRING",
    "TYPE_CHANGED",
    "ZSET",
    "event_flags",
    "event_flags_82",
    "event_letters",
    "shown_letters",
]

KEYSPACE, KEYEVENT = 1 << 0, 1 << 1
GENERIC, STRING, LIST, SET, HASH, ZSET = (1 << bit for bit in range(2, 8))
EXPIRED, EVICTED, STREAM, KEY_MISS, MODULE, NEW = (1 << bit for bit in range(8, 14))
OVERWRITTEN, TYPE_CHANGED = 1 << 14, 1 << 15
"""What happens to values that others take the place of: told since 8.2."""
ALL = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE

_LETTERS = {
    "g": GENERIC, "$": STRING, "l": LIST, "s": SET, "h": HASH, "z": ZSET, "x": EXPIRED, "e": EVICTED, "t": STREAM,
    "d": MODULE,
}  # fmt: skip
_OTHERS = {"K": KEYSPACE, "E": KEYEVENT, "m": KEY_MISS}
_BESIDE = {"n": NEW}
_BESIDE_82 = {"n": NEW, "o": OVERWRITTEN, "c": TYPE_CHANGED}
"""Classes that `A` does not stand for, though they are not shown beside it."""


def event_flags(letters: str, beside: dict[str, int] = _BESIDE) -> int | None:
    """The bits for a setting such as `KEA`; None if a letter is unknown."""
    flags = 0
    for letter in letters:
        bit = ALL if letter == "A" else _LETTERS.get(letter) or _OTHERS.get(letter) or beside.get(letter)
        if bit is None:
            return None
        flags |= bit
    return flags


def event_flags_82(letters: str) -> int | None:
    """The same with the classes that 8.2 added."""
    return event_flags(letters, _BESIDE_82)


def event_letters(flags: int) -> str:
    """The setting with all its letters, so that `event_flags` reads the same bits from it."""
    text = shown_letters(flags)
    return text + "".join(letter for letter, bit in _BESIDE_82.items() if flags & bit and letter not in text)


def shown_letters(flags: int) -> str:
    """The setting as CONFIG GET shows it: what `A` does not stand for, but for K, E and m, is left out beside it."""
    text = "A" if flags & ALL == ALL else "".join(letter for letter, bit in _LETTERS.items() if flags & bit)
    if flags & ALL != ALL:
        text += "".join(letter for letter, bit in _BESIDE_82.items() if flags & bit)
    return text + "".join(letter for letter, bit in _OTHERS.items() if flags & bit)
