"""Which words of a command are secrets: what SLOWLOG keeps and MONITOR shows has "(redacted)" in their place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine

__all__ = ["redacted"]

REDACTED = b"(redacted)"


def redacted(engine: Engine, command: Command, argv: Sequence[bytes]) -> Sequence[bytes]:
    """The words of a call, the secret ones covered."""
    name = command.name
    if name == "auth":
        # With too many words it is a mistake in the writing, which is found before anything is covered.
        places: Iterable[int] = range(1, len(argv)) if len(argv) <= 3 else ()
    elif name == "acl|setuser":
        places = range(2, len(argv))
    elif name == "config|set":
        places = [place + 1 for place in range(2, len(argv) - 1, 2) if _is_secret(engine, argv[place])]
    elif name == "hello":
        places = _after(argv, 2, {b"AUTH": 2})
    elif name == "migrate":
        places = _after(argv, 6, {b"AUTH": 1, b"AUTH2": 2})
    else:
        return argv
    words = list(argv)
    for place in places:
        words[place] = REDACTED
    return words


def _is_secret(engine: Engine, word: bytes) -> bool:
    parameter = engine.config.parameters.get(word.decode("latin-1").lower())
    return bool(getattr(parameter, "secret", False))


def _after(argv: Sequence[bytes], start: int, options: dict[bytes, int]) -> list[int]:
    """The places of the words that follow one of these options; each option says how many."""
    places: list[int] = []
    place = start
    while place < len(argv):
        count = options.get(bytes(argv[place]).upper(), 0)
        if place + count < len(argv):
            places += range(place + 1, place + 1 + count)
        place += 1 + count
    return places
