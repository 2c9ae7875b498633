"""Tells a try from looking around, and whether what was typed so far is the beginning of a known solution.

It only keeps the runner quiet while someone looks or is half-way; it never decides whether a step is solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.learn.attempt import Attempt, command_table
from redislab.learn.check_done import is_write
from redislab.learn.play import CLIENT_LINE, Sent, command_of
from redislab.learn.shape_rules import claims_of
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.learn.schema import Step

__all__ = ["begins_route", "is_try"]


def is_try(attempt: Attempt, sent: Sent | None) -> bool:
    """Should a miss be told after this line (None: a move of the clock)? Not after a look, nor half-way there."""
    if begins_route(attempt.step, [one.argv for one in attempt.log.sent]):
        return False
    about_commands = bool(claims_of(attempt.step.goal) & {"reply", "used", "not_used"})
    return sent is None or sent.failed or about_commands or _has_changed(attempt, sent)


def _has_changed(attempt: Attempt, sent: Sent) -> bool:
    """A real server does not tell what changed; there a command that can write counts."""
    if sent.changed is not None:
        return sent.changed
    return is_write(command_of(command_table(attempt.world), sent.argv))


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
