"""Proves a course: what its author claims of each step is tried, as a learner would, and what does not hold is told.

Owns the tries on the engine: unsolved before, solved by each solution on all data, wrong answers refused with their
message. What can be read off is in `prove_text.py`, the order of teaching and the guide in `prove_order.py`, comparison
with a real server in `prove_real.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redislab.learn.answers import (
    BadAnswer,
    answer,
    computed_right,
    expected_reply,
    right_answer,
    right_options,
)
from redislab.learn.attempt import Attempt, SetupFailed, WorldMaker
from redislab.learn.check_reply import shown
from redislab.learn.play import BadLine, play
from redislab.learn.prove_text import prove_text
from redislab.learn.shape_rules import checks_within
from redislab.learn.tries import telling
from redislab.learn.world import LocalWorld
from redislab.resp.types import BLOCKED
from redislab.yamlfile import Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Route, Step, Wrong

__all__ = ["prove_step"]

LATER_MS = 86_400_000 * 40 + 12_345_678
"""An instant far from the first run, to see whether a reply depends on the time."""


def prove_step(loaded: ChapterFile, step: Step, make: WorldMaker = LocalWorld) -> Iterator[Problem]:
    """Everything wrong with one step. `make` gives the place to try it in."""
    try:
        attempt = Attempt(step, make)
    except SetupFailed as error:
        yield loaded.problem(f"the setup fails: {error}", step, "setup")
        return
    proof = _Proof(loaded, step, make)
    try:
        yield from proof.all(attempt)
    finally:
        attempt.world.close()


class _Proof:
    def __init__(self, loaded: ChapterFile, step: Step, make: WorldMaker) -> None:
        self.loaded = loaded
        self.step = step
        self.make = make

    def all(self, attempt: Attempt) -> Iterator[Problem]:
        step = self.step
        yield from prove_text(self.loaded, step, attempt)
        if step.kind == "read":
            yield from self._shown(attempt)
            return
        if step.goal and step.kind != "choose":
            yield from self._unsolved(attempt)
        if step.kind in ("do", "fix"):
            yield from self._routes()
        elif step.kind == "fill":
            yield from self._filled()
        else:
            yield from self._answered(attempt)
        yield from self._wrongs()

    def _problem(self, message: str, *parts: str | int) -> Problem:
        return self.loaded.problem(message, self.step, *parts)

    def _shown(self, attempt: Attempt) -> Iterator[Problem]:
        for number, line in enumerate(self.step.show):
            try:
                for sent in play(attempt.world, [line]):
                    if sent.failed and not line.startswith("?"):
                        yield self._problem(
                            f"`{line}` fails: {sent.reply}; write `?{line}` if it should", "show", number
                        )
            except BadLine as error:
                yield self._problem(f"`{line}`: {error}", "show", number)

    # Goals

    def _unsolved(self, attempt: Attempt) -> Iterator[Problem]:
        if attempt.judge(variants=False).solved:
            yield self._problem("the step is solved before the learner does anything", "goal")
        if self.step.broken:
            solved, _ = self._after(self.step.broken)
            if solved:
                yield self._problem("the broken commands solve the step as they are", "broken")

    def _routes(self) -> Iterator[Problem]:
        for number, route in enumerate(self.step.solution):
            yield from self._route(number, route)
        reference = _commands(self.step.solution[0])
        shortest = min(len(_commands(route)) for route in self.step.solution)
        if self.step.par is not None and self.step.par > len(reference):
            yield self._problem(f"par is {self.step.par}, the reference takes {len(reference)}", "par")
        if self.step.par is not None and self.step.par < shortest:
            yield self._problem(f"par is {self.step.par}, no solution takes fewer than {shortest}", "par")

    def _route(self, number: int, route: Route) -> Iterator[Problem]:
        lines = route.commands or []
        attempt = Attempt(self.step, self.make)
        replies = [inner.reply for check in self.step.goal for inner in checks_within(check) if inner.reply]
        expects_error = any(claim.error or claim.kind == "error" for claim in replies)
        for place, line in enumerate(lines):
            try:
                sent = attempt.send(line)
            except BadLine as error:
                yield self._problem(f"`{line}`: {error}", "solution", number, "commands", place)
                return
            if sent is not None and sent.failed and not expects_error:
                yield self._problem(f"`{line}` fails: {sent.reply}", "solution", number, "commands", place)
            if place + 1 < len(lines) and attempt.judge().solved:
                yield self._problem(f"it is solved after `{line}` already", "solution", number, "commands", place)
                return
        outcome = attempt.judge()
        waits = [sent.line for sent in attempt.log.sent if sent.reply is BLOCKED]
        attempt.world.close()
        if not outcome.solved:
            hint = f" (`{waits[0]}` still waits)" if waits else ""
            yield self._problem(f"this solution does not solve the step: {outcome.told}{hint}", "solution", number)

    def _filled(self) -> Iterator[Problem]:
        for number, route in enumerate(self.step.solution):
            try:
                outcome = answer(Attempt(self.step, self.make), route.answer or "", as_written=True)
            except (BadAnswer, BadLine) as error:
                yield self._problem(str(error), "solution", number)
                continue
            if not outcome.solved:
                yield self._problem(f"this solution does not solve the step: {outcome.told}", "solution", number)

    # Answers

    def _answered(self, attempt: Attempt) -> Iterator[Problem]:
        step = self.step
        if step.command:
            yield from self._steady(attempt)
        if step.kind == "choose":
            yield from self._options(attempt)
        if step.kind == "order":
            shown_order = " ".join(str(number + 1) for number in range(len(step.lines)))
            if answer(Attempt(step, self.make), shown_order).solved:
                yield self._problem(
                    "the lines solve the step in the order in which they are shown; use other lines", "lines"
                )
        right = right_answer(attempt, as_written=True)
        try:
            outcome = answer(Attempt(step, self.make), right.replace("\n", "  "), as_written=True)
        except (BadAnswer, BadLine) as error:
            yield self._problem(f"the right answer `{right}` is refused: {error}")
            return
        if not outcome.solved:
            yield self._problem(f"the right answer `{right}` is not taken: {outcome.told}")

    def _steady(self, attempt: Attempt) -> Iterator[Problem]:
        """A reply that differs from run to run cannot be predicted."""
        first = expected_reply(attempt)
        if first is BLOCKED:
            yield self._problem("the command waits for ever, so there is no reply to predict", "command")
            return
        later = Attempt(
            self.step,
            lambda seed, start, protocol: self.make(seed + "x", start, protocol),
            attempt.start_ms + LATER_MS if attempt.world.local else None,
        )
        second = expected_reply(later)
        later.world.close()
        if shown(first) != shown(second):
            yield self._problem(
                f"the reply is not always the same: {shown(first)!r}, then {shown(second)!r}", "command"
            )

    def _options(self, attempt: Attempt) -> Iterator[Problem]:
        right = right_options(attempt)
        if not right:
            yield self._problem("no option is right", "options")
        if len(right) == len(self.step.options):
            yield self._problem("every option is right", "options")
        for number, option in enumerate(self.step.options):
            run = computed_right(attempt, number)
            if run is not None and option.right is not None and run != option.right:
                yield self._problem(
                    f"`right` is {str(option.right).lower()}, but running says {str(run).lower()}", "options", number
                )
            try:
                for line in option.run or ():
                    attempt.send(line)
            except BadLine as error:
                yield self._problem(str(error), "options", number, "run")

    # Wrong answers and hints

    def _wrongs(self) -> Iterator[Problem]:
        told: list[str] = []
        for number, wrong in enumerate(self.step.wrong):
            try:
                solved, said = self._try(wrong)
            except (BadAnswer, BadLine) as error:
                solved, said = False, str(error)
            told.append(said)
            if solved:
                yield self._problem("this wrong answer solves the step", "wrong", number)
            elif wrong.says not in said:
                yield self._problem(f"this wrong answer is told {said!r}, not {wrong.says!r}", "wrong", number)
        for number, mistake in enumerate(self.step.mistakes):
            if not any(mistake.say in text for text in told):
                yield self._problem(
                    "no `wrong` leads to this message; add one, so that it is known to appear", "mistakes", number
                )

    def _try(self, wrong: Wrong) -> tuple[bool, str]:
        """Does it solve the step, and all that the learner is told on the way."""
        if wrong.answer is not None:
            outcome = answer(Attempt(self.step, self.make), wrong.answer, as_written=True)
            return outcome.solved, outcome.told
        return self._after(wrong.commands or [])

    def _after(self, lines: list[str]) -> tuple[bool, str]:
        attempt, said, solved = Attempt(self.step, self.make), [], False
        for line in lines:
            sent = attempt.send(line)
            outcome = attempt.judge()
            solved = solved or outcome.solved
            if not outcome.solved and telling(attempt, line, sent, outcome) in ("miss", "remark"):
                said.append(outcome.told)
        attempt.world.close()
        return solved, "\n".join(said)


def _commands(route: Route) -> list[str]:
    """What is sent of a route; moves of the clock are no commands."""
    return [line for line in route.commands or () if not line.startswith(":")]
