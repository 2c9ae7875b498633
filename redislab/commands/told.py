"""Where a call's keyspace events stand in its reply, for the commands of which no short declaration can say it.

The others declare it with `told`; `engine.hearing` tells what a place is, and who asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from redislab.engine.hearing import BEHIND, Event, parts
from redislab.resp.types import Reply

__all__ = ["Early", "told_mget", "told_set", "told_xreadgroup"]


class Early(str):
    """An event that precedes the reply, although its command has others of this name behind it."""

    __slots__ = ()


LOOKING_UP = frozenset(("keymiss", "expired"))
"""Events of the look at the value there was."""


def told_set(argv: Sequence[bytes], reply: Reply, events: Sequence[Event], protocol: int) -> list[int]:
    """SET answers OK at its end; with GET it answers with the old value before it sets the new one."""
    answers_first = any(word.upper() == b"GET" for word in argv[3:])
    return [BEHIND if answers_first and event not in LOOKING_UP else 0 for event, _ in events]


def told_mget(argv: Sequence[bytes], reply: Reply, events: Sequence[Event], protocol: int) -> list[int]:
    """MGET looks each key up when it comes to it. Several messages may tell of one event, which is one object then."""
    places: list[int] = []
    place = 1
    before: Event | None = None
    for happened in events:
        event, key = happened
        if event in LOOKING_UP:
            if before is not None and before is not happened and before[0] == "keymiss":
                place += 1
            while place < len(argv) - 1 and argv[place] != key:
                place += 1
            before = happened
        places.append(place if event in LOOKING_UP else 0)
    return places


def told_xreadgroup(argv: Sequence[bytes], reply: Reply, events: Sequence[Event], protocol: int) -> list[int]:
    """XREADGROUP makes a consumer when it has named the stream whose entries it is going to tell.

    One that has waited makes it before; there are no words of a call then.
    """
    if not argv:
        return [0 for _ in events]
    places = {}
    passed = 1
    pairs = reply.items() if isinstance(reply, dict) else reply if isinstance(reply, list) else ()
    for name, entries in pairs:
        passed += 1 if protocol > 2 else 2
        places[name] = passed
        passed += parts(entries, protocol)
    return [places.get(key, 0) if event == "xgroup-createconsumer" else 0 for event, key in events]
