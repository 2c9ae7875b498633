"""Which words of one call are keys and how each is used: COMMAND GETKEYS tells it, ACL rules are held against it.

Key specifications say most of it. A few commands know more from their other words (SET … GET reads), and these have
a function here. Nothing is looked up in the keyspace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redislab.commands.keyspecs import KeySpec

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["KeyFlags", "Places", "fixed_keys", "real_specs", "used_keys"]

KeyFlags = tuple[str, ...]
Places = list[tuple[int, KeyFlags]]

RO_ACCESS: KeyFlags = ("RO", "access")
OW_UPDATE: KeyFlags = ("OW", "update")
RW_ACCESS_UPDATE: KeyFlags = ("RW", "access", "update")
RW_ACCESS_DELETE: KeyFlags = ("RW", "access", "delete")


def _set_keys(argv: Sequence[bytes]) -> Places:
    """SET only reads the key when it has GET."""
    reads = len(argv) > 3 and any(word.upper() == b"GET" for word in argv[3:])
    return [(1, RW_ACCESS_UPDATE if reads else OW_UPDATE)]


def _bitfield_keys(argv: Sequence[bytes]) -> Places:
    """BITFIELD only reads while all of its operations are GET (and OVERFLOW, which is none)."""
    takes = {b"GET": 2, b"OVERFLOW": 1}
    place = 2
    while place < len(argv):
        more = takes.get(argv[place].upper())
        if more is None or place + more >= len(argv):
            return [(1, RW_ACCESS_UPDATE)]
        place += 1 + more
    return [(1, RO_ACCESS)]


def _sort_keys(argv: Sequence[bytes]) -> Places:
    """The key of SORT, and that of its last STORE."""
    skipped = {b"LIMIT": 2, b"GET": 1, b"BY": 1}
    store = None
    place = 2
    while place < len(argv):
        word = argv[place].upper()
        if word == b"STORE" and place + 1 < len(argv):
            store = place + 1
        place += 1 + skipped.get(word, 0)
    return [(1, RO_ACCESS)] + ([(store, OW_UPDATE)] if store is not None else [])


def _migrate_keys(argv: Sequence[bytes]) -> Places:
    """The key of MIGRATE, or the words after KEYS; none if there are both."""
    skipped = {b"AUTH": 1, b"AUTH2": 2}
    place = 6
    while place < len(argv):
        word = argv[place].upper()
        if word == b"KEYS" and place < len(argv) - 1:
            return [] if argv[3] else [(number, RW_ACCESS_DELETE) for number in range(place + 1, len(argv))]
        place += 1 + skipped.get(word, 0)
    return [(3, RW_ACCESS_DELETE)]


_BY_HAND: dict[str, Callable[[Sequence[bytes]], Places]] = {
    "set": _set_keys,
    "bitfield": _bitfield_keys,
    "migrate": _migrate_keys,
    "sort": _sort_keys,
    "sort_ro": lambda argv: [(1, RO_ACCESS)],
}
"""Commands whose words say more about their keys than a key specification can."""


def used_keys(command: Command, argv: Sequence[bytes]) -> Places:
    """The keys of a call and how each is used; nothing where the words cannot be read that way."""
    if command.name in _BY_HAND:
        return _BY_HAND[command.name](argv)
    places: Places = []
    for spec in command.real_key_specs:
        found = spec.positions(argv)
        if found is None:
            return _counted_anyhow(command, argv)
        places += [(place, spec.flags) for place in found]
    return places


def _counted_anyhow(command: Command, argv: Sequence[bytes]) -> Places:
    """Where a count is no proper number Redis reads the digits it begins with, and tells no flags.

    The destination of a STORE command then comes last.
    """
    places: Places = []
    for spec in command.real_key_specs:
        if spec.counted and spec.index is not None:
            digits = re.match(rb"[ \t\n\v\f\r]*\+?(\d+)", argv[spec.index])
            count = int(digits[1]) if digits else 0
            if not 0 < count < len(argv) - spec.index:
                return []
            places = [(spec.index + 1 + number, ()) for number in range(count)] + places
        elif spec.index is not None:
            places.append((spec.index, ()))
    return places if any(spec.counted for spec in command.key_specs) else []


def real_specs(command: Command) -> list[KeySpec]:
    """The specifications that tell of keys; those of shard channels do not."""
    return [spec for spec in command.key_specs if "not_key" not in spec.flags]


def fixed_keys(command: Command) -> Places | None:
    """The keys of a command that has them in the same places whatever its words are; None if that depends."""
    if command.name in _BY_HAND:
        return None
    places: Places = []
    for spec in command.real_key_specs:
        if spec.index is None or spec.counted or spec.last:
            return None
        places.append((spec.index, spec.flags))
    return places
