"""Tells whether what the learner has typed so far is the beginning of a known solution.

Owns nothing but that question: it only keeps the runner quiet while someone is half-way, it never decides whether a
step is solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.learn.play import CLIENT_LINE
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.learn.schema import Step

__all__ = ["begins_route"]


def begins_route(step: Step, done: list[list[bytes]]) -> bool:
    """Are these commands the first of a route, with more to come? Names of commands may be in any case."""
    words = [_folded(argv) for argv in done]
    return any(len(words) < len(route) and route[: len(words)] == words for route in _routes(step))


def _routes(step: Step) -> list[list[list[bytes]]]:
    return [[_words(line) for line in route.commands or () if not line.startswith(":")] for route in step.solution]


def _words(line: str) -> list[bytes]:
    found = CLIENT_LINE.match(line.strip())
    try:
        return _folded(split(found[2] if found else line))
    except UnbalancedQuotes:
        return []


def _folded(argv: list[bytes]) -> list[bytes]:
    return [argv[0].upper(), *argv[1:]] if argv else []
