"""Proves what can be read off a step: what its goal looks at, the commands its checks name, its mistakes and hints.

Owns the rules of writing that need the command table or the right answer, but no try. The tries are in `prove.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.answers import ANSWERED, right_answer
from redislab.learn.attempt import Attempt, command_table
from redislab.learn.check_done import is_write, names_of
from redislab.learn.play import command_of
from redislab.learn.shape_rules import checks_within, claims_of
from redislab.resp.words import split
from redislab.yamlfile import Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Step

__all__ = ["prove_text"]

NOT_STATE = {"used", "not_used", "max_commands", "max_writes", "answer"}


def prove_text(loaded: ChapterFile, step: Step, attempt: Attempt) -> Iterator[Problem]:
    """Everything wrong with what a step says. `attempt` is the step at its beginning."""
    text = _Text(loaded, step)
    yield from text._written(attempt)
    yield from text._named(attempt)
    if step.kind != "read":
        yield from text._hints(attempt)


class _Text:
    def __init__(self, loaded: ChapterFile, step: Step) -> None:
        self.loaded = loaded
        self.step = step

    def _problem(self, message: str, *parts: str | int) -> Problem:
        return self.loaded.problem(message, self.step, *parts)

    def _written(self, attempt: Attempt) -> Iterator[Problem]:
        step = self.step
        if step.kind == "do":
            if not claims_of(step.goal) - NOT_STATE - {"all", "any", "not"}:
                yield self._problem(
                    "the goal looks only at what was typed; add a check on the state or a reply", "goal"
                )
            if not step.mistakes:
                yield self._problem("no mistake is foreseen; add one with a message of its own", "mistakes")
            if len(step.hints) < 2:
                yield self._problem(
                    "a do step has two hints or more: a nudge, then the command, then its arguments", "hints"
                )
        if len(set(step.hints)) < len(step.hints):
            yield self._problem("two hints are the same", "hints")
        sayings = [mistake.say for mistake in step.mistakes]
        if len(set(sayings)) < len(sayings):
            yield self._problem("two mistakes have the same message", "mistakes")

    def _named(self, attempt: Attempt) -> Iterator[Problem]:
        """Commands that checks name must exist, and those that checks run must only read."""
        table = command_table(attempt.world)
        whens = [mistake.when if isinstance(mistake.when, list) else [mistake.when] for mistake in self.step.mistakes]
        for place, checks in [("goal", self.step.goal), *(("mistakes", when) for when in whens)]:
            for check in (inner for outer in checks for inner in checks_within(outer)):
                for line in [
                    *(check.same or ()),
                    *([check.reply.same_as] if check.reply and check.reply.same_as else []),
                ]:
                    command = command_of(table, split(line))
                    if command is None or is_write(command):
                        yield self._problem(f"`{line}` must be a command that only reads", place)
                names = [*names_of(check.used), *names_of(check.not_used)]
                names += [check.reply.of] if check.reply and check.reply.of else []
                for name in names:
                    if command_of(table, name.encode().split()) is None:
                        yield self._problem(f"there is no command `{name}`", place)

    def _hints(self, attempt: Attempt) -> Iterator[Problem]:
        for number, hint in enumerate(self.step.hints):
            for line in self._secrets(attempt):
                if _plain(line) in _plain(hint):
                    yield self._problem(f"this hint holds the solution `{line}`", "hints", number)

    def _secrets(self, attempt: Attempt) -> list[str]:
        """Texts that give the solution away: lines of two words or more, and answers of some length."""
        step = self.step
        if step.kind in ("do", "fix"):
            return [line for route in step.solution for line in route.commands or () if len(line.split()) > 1]
        answers = (
            [right_answer(attempt)] if step.kind not in ("fill",) else [route.answer or "" for route in step.solution]
        )
        return [text for text in answers if len(text) > 3 or (step.kind in ANSWERED and len(text.split()) > 1)]


def _plain(text: Any) -> str:
    """Compared without case, quotes, back ticks and repeated spaces, so that a disguise does not help."""
    bare = re.sub('[`"“”,.]', "", str(text)).lower()
    return f" {' '.join(bare.split())} "
