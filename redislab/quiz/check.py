"""Proves a bank of quiz items by running it.

Owns what must be true of an item beyond its shape: setups run, predicted commands answer, no distractor is the right
reply, a task is open at the start and each of its solutions closes it, exactly the choices marked right reach a goal,
hints do not give the answer away, and model answers make their own key points. It writes nothing; `redislab course
check` and the tests print what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redislab.yamlfile import ContentError, Problem

if TYPE_CHECKING:
    from redislab.quiz.load import BankFile

__all__ = ["Problem", "problems", "problems_of_bank"]


def problems(path: Path | str | None = None, make: Any = None) -> list[Problem]:
    """All that is wrong with a quiz file, or with every file of a folder (redislab's own if none is named).

    Items run on the embedded engine, or in the worlds that `make` makes (`learn.remote.RemoteServer.make`).
    """
    from redislab.quiz.load import load_all

    try:
        files = load_all(Path(path) if path is not None else None)
    except ContentError as error:
        return error.problems
    return [problem for file in files for problem in problems_of_bank(file, make)]


def problems_of_bank(file: BankFile, make: Any = None) -> Iterator[Problem]:
    """What running the items of one file shows."""
    from redislab.learn.attempt import SetupFailed
    from redislab.learn.courses import open_course
    from redislab.learn.play import BadLine

    course = open_course()
    for item in file.bank.items:
        yield from _link(file, item, course)
        try:
            yield from CHECKS.get(item.kind, _nothing)(file, item, make)
        except SetupFailed as error:
            yield file.problem(str(error), item, "setup")
        except BadLine as error:
            yield file.problem(f"a line that cannot be run: {error}", item)


def _link(file: BankFile, item: Any, course: Any) -> Iterator[Problem]:
    """The step that an item leads to exists, if its chapter is there; chapters come one after another."""
    from redislab.learn.courses import NoSuchChapter

    chapter, _, step = (item.step or "").partition(":")
    if not step or chapter not in course.ids:
        return
    try:
        course.find_step(course.load(chapter), step)
    except (NoSuchChapter, ContentError) as error:
        yield file.problem(f"the link to a lesson leads nowhere: {error}", item, "step")


def _nothing(file: BankFile, item: Any, make: Any) -> Iterator[Problem]:
    return iter(())


def _choice(file: BankFile, item: Any, make: Any) -> Iterator[Problem]:
    """With a goal, exactly the choices marked right reach it."""
    from redislab.quiz.asked import attempt_of

    for position, choice in enumerate(item.choices if item.goal else ()):
        attempt = attempt_of(item, make)
        for line in choice.commands:
            attempt.send(line, ticking=False)
        reached = attempt.judge(variants=False).solved
        attempt.world.close()
        if reached != choice.right:
            found = "reaches the goal" if reached else "does not reach the goal"
            yield file.problem(
                f"this choice is marked {'right' if choice.right else 'wrong'}, but {found}", item, "choices", position
            )


def _predict(file: BankFile, item: Any, make: Any) -> Iterator[Problem]:
    """The command gives a reply, and no distractor is that reply."""
    from redislab.quiz.asked import predicted
    from redislab.quiz.replies import compare, one_line
    from redislab.resp.types import BLOCKED, ReplyError

    reply = predicted(item, make)
    if reply is BLOCKED:
        yield file.problem("the command waits, so it has no reply to predict", item, "command")
        return
    if isinstance(reply, ReplyError) and ("unknown" in reply.text or "not supported" in reply.text):
        yield file.problem(f"the command cannot be run: {reply.text}", item, "command")
    for position, distractor in enumerate(item.distractors):
        if compare(distractor.text, reply).right:
            yield file.problem(f"this is the right reply: {one_line(reply)}", item, "distractors", position)
    texts = [distractor.text for distractor in item.distractors]
    if len(set(texts)) < len(texts):
        yield file.problem("two distractors are the same", item, "distractors")


def _do(file: BankFile, item: Any, make: Any) -> Iterator[Problem]:
    """Open at the start; each solution solves it, not before its last command; no hint contains a solution."""
    from redislab.quiz.asked import attempt_of

    attempt = attempt_of(item, make)
    if attempt.judge(variants=False).solved:
        yield file.problem("the goal holds before anything is done", item, "goal")
    attempt.world.close()
    for position, route in enumerate(item.solution):
        yield from _route(file, item, make, position, route)
    for position, hint in enumerate(item.hints):
        if any(
            command.lower() in hint.lower() for route in item.solution for command in route.commands if " " in command
        ):
            yield file.problem("this hint contains a command of the solution", item, "hints", position)


def _route(file: BankFile, item: Any, make: Any, position: int, route: Any) -> Iterator[Problem]:
    from redislab.quiz.asked import attempt_of
    from redislab.quiz.replies import shown

    attempt = attempt_of(item, make)
    for number, line in enumerate(route.commands):
        if number and attempt.judge(variants=False).solved:
            yield file.problem(f"the goal holds before `{line}`", item, "solution", position)
        sent = attempt.send(line, ticking=False)
        if sent is not None and sent.failed:
            yield file.problem(f"`{line}` fails: {shown(sent.reply)}", item, "solution", position)
    outcome = attempt.judge(variants=False)
    attempt.world.close()
    if not outcome.solved:
        yield file.problem(f"this solution does not reach the goal: {outcome.told}", item, "solution", position)


def _open(file: BankFile, item: Any, make: Any) -> Iterator[Problem]:
    """The words of each point are found in the long model answer, and enough of them in the short one."""
    from redislab.quiz.ask_open import mentioned

    found, in_nothing = mentioned(item, item.long), mentioned(item, "")
    for position in range(len(item.points)):
        if position not in found:
            yield file.problem("the long model answer has none of this point's words", item, "points", position)
        if position in in_nothing:
            yield file.problem("these words are found in an empty answer", item, "points", position)
    if len(mentioned(item, item.short)) < item.needed:
        yield file.problem(f"the short model answer makes fewer than {item.needed} points", item, "short")


CHECKS = {"choice": _choice, "predict": _predict, "do": _do, "open": _open}
