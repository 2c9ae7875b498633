"""Proves that a course teaches in order and covers its guide.

Owns three questions: is every command taught before it is needed, is every idea that a step needs taught before it,
and is every anchor of the guide covered by a step. It runs no command.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.courses import nearest
from redislab.learn.play import CLIENT_LINE, command_of
from redislab.resp.words import UnbalancedQuotes, split
from redislab.yamlfile import Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Step

__all__ = ["needed_commands", "prove_guide", "prove_order"]


def prove_order(chapters: list[ChapterFile], table: Any, whole: bool) -> Iterator[Problem]:
    """Problems of teaching order. With `whole` false earlier chapters are not at hand, and what is nowhere taught in
    these files is taken to be known from them."""
    taught: set[str] = set()
    anywhere = {name for loaded in chapters for step in loaded.chapter.steps for name in taught_by(step)}
    for loaded in chapters:
        taught |= {name.lower() for name in loaded.chapter.teaches}
        for step in loaded.chapter.steps:
            taught |= taught_by(step)
            known = taught if whole else taught | {name for name in _all_needs(step, table) if name not in anywhere}
            yield from _untaught(loaded, step, table, known)


def taught_by(step: Step) -> set[str]:
    """What a step teaches, lower case; who teaches SET EX teaches SET."""
    names = {name.lower() for name in step.teaches}
    return names | {" ".join(name.split()[:length]) for name in names for length in range(1, len(name.split()))}


def needed_commands(step: Step, table: Any) -> set[str]:
    """Commands that a learner must know to do the step: those of its reference, its template, its lines."""
    lines = [*(step.lines or ()), *(step.broken or ()), *([step.command] if step.command else [])]
    lines += step.solution[0].commands or [] if step.solution else []
    lines += [step.template] if step.template else []
    return {name for line in lines if (name := _command_name(line, table))}


def prove_guide(chapters: list[ChapterFile], anchors: list[str] | None) -> Iterator[Problem]:
    """Anchors that do not exist, and anchors of these chapters that no step covers."""
    if anchors is None:
        return
    known = set(anchors) | {"/".join(anchor.split("/")[:length]) for anchor in anchors for length in (1, 2)}
    for loaded in chapters:
        covered: set[str] = set()
        for step in loaded.chapter.steps:
            mine = [step.guide] if isinstance(step.guide, str) else step.guide
            covered |= set(mine)
            for anchor in mine:
                if anchor not in known:
                    yield loaded.problem(
                        f"the guide has no anchor `{anchor}`{_near(anchor, sorted(known))}", step, "guide"
                    )
        top = loaded.chapter.guide or loaded.chapter.id
        missing = [anchor for anchor in anchors if anchor.split("/")[0] == top and anchor not in covered]
        if missing:
            yield loaded.problem(f"no step covers these anchors of the guide: {', '.join(missing)}")


def _near(anchor: str, known: list[str]) -> str:
    text = nearest(anchor, known)
    return text if "did you mean" in text else ""


def _untaught(loaded: ChapterFile, step: Step, table: Any, known: set[str]) -> Iterator[Problem]:
    missing = sorted(name for name in needed_commands(step, table) if name not in known)
    if missing:
        names = ", ".join(name.upper() for name in missing)
        yield loaded.problem(
            f"{names} {'is' if len(missing) == 1 else 'are'} used here and not taught before; name it in"
            " `teaches` of this or an earlier step",
            step,
        )
    for number, need in enumerate(step.needs):
        if need.lower() not in known:
            yield loaded.problem(f"`{need}` is needed here and taught by no earlier step", step, "needs", number)


def _all_needs(step: Step, table: Any) -> set[str]:
    return needed_commands(step, table) | {need.lower() for need in step.needs}


def _command_name(line: str, table: Any) -> str:
    """`config set` for a line; "" for a move of the clock or what is no command at all (a step may be about that)."""
    text = line.strip().removeprefix("?")
    if text.startswith(":"):
        return ""
    found = CLIENT_LINE.match(text)
    try:
        argv = split(found[2] if found else text)
    except UnbalancedQuotes:
        argv = (found[2] if found else text).encode().split()
    command = command_of(table, argv)
    return command.name.replace("|", " ") if command is not None else ""
