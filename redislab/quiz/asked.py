"""What every item on the screen has in common, and the engine that an item is run on.

Owns the base class of asked items, their hints and closing words, and the way from an item to an engine of its own
(`learn.attempt.Attempt`). The kinds are in `ask_lettered.py`, `ask_do.py` and `ask_open.py`.
"""

from __future__ import annotations

import random
from typing import Any

from redislab.learn.play import CLIENT_LINE
from redislab.quiz.said import Said, Turn

__all__ = ["Asked", "attempt_of", "has_lesson", "predicted", "transcript"]


class Asked:
    """An item on the screen. Subclasses give `opening`, `feed`, `hint` and `expected`."""

    prompt: str = "answer> "

    def __init__(self, item: Any, seed: str) -> None:
        self.item = item
        self.dice = random.Random(f"{seed}:{item.id}")
        self.hints = 0

    def opening(self) -> list[Said]:
        """The question."""
        return [Said("ask", self.item.ask)]

    def feed(self, line: str) -> Turn:
        """Take one line of the answer."""
        raise NotImplementedError

    @property
    def expected(self) -> str:
        """The right answer as one text."""
        raise NotImplementedError

    def hint(self) -> str:
        """The next hint; the last one again when there are no more."""
        hints = [*self.item.hints, *self.own_hints()]
        self.hints += 1
        return hints[min(self.hints, len(hints)) - 1] if hints else "There is no hint for this one."

    def own_hints(self) -> list[str]:
        """Hints that follow from the kind of item, after the author's."""
        return []

    def closing(self) -> list[Said]:
        """What is told after the answer, right or wrong."""
        said = [Said("explain", self.item.explain), Said("source", self.item.source)]
        return [*said, Said("step", self.item.step)] if has_lesson(self.item.step) else said

    def cancel(self) -> bool:
        """Give up a command that waits; False if none does."""
        return False

    def close(self) -> None:
        """Let go of the engine, if there is one."""


def has_lesson(step: str | None) -> bool:
    """Is there a chapter for `CHAPTER` or `CHAPTER:STEP`? A link that leads nowhere is not shown."""
    from redislab.learn.courses import open_course

    return bool(step) and str(step).partition(":")[0] in open_course().ids


def attempt_of(item: Any, make: Any = None) -> Any:
    """An engine with the item's setup done, which can be judged by its goal; `make` makes another world for it."""
    from redislab.learn.attempt import Attempt
    from redislab.learn.schema import Step
    from redislab.learn.world import LocalWorld

    kind: Any = "predict" if item.kind == "predict" else "do"
    goal, command = getattr(item, "goal", []), getattr(item, "command", None)
    step = Step(id=item.id, title=item.id, kind=kind, say=item.ask, setup=item.setup, goal=goal, command=command)
    return Attempt(step, make or LocalWorld)


def predicted(item: Any, make: Any = None) -> Any:
    """What the item's command replies after its setup, found by running both."""
    attempt = attempt_of(item, make)
    try:
        sent = attempt.send(item.command, ticking=False)
        return sent.reply
    finally:
        attempt.world.close()


def transcript(lines: list[str]) -> list[Said]:
    """Setup lines as a transcript: the client before the command if it is not the learner's."""
    said = []
    for line in lines:
        found = CLIENT_LINE.match(line)
        name, command = (found[1], found[2]) if found else ("", line.removeprefix("?"))
        said.append(Said("command", command, name))
    return said
