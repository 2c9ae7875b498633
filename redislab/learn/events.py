"""What a lesson has to show: events in place of printing, so that a terminal, a pipe and a test see the same.

Owns the kinds of events and the texts that are made of a step. It draws nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redislab.learn.answers import right_sides, shuffled

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.progress import ChapterProgress
    from redislab.learn.schema import Step

__all__ = ["KIND_ADVICE", "Event", "choices", "step_events", "step_list", "success_events"]

MARKS = {"solved": "x", "skipped": "-", "": " "}

KIND_ADVICE = {
    "read": "Enter goes on.",
    "do": "Type commands.",
    "predict": "Type what redis-cli would print.",
    "choose": "Type the numbers of what is right.",
    "fill": "Type what goes into the blanks, or the whole command.",
    "order": "Type all numbers in the right order.",
    "match": "Give each number its letter, like 1b 2a.",
    "fix": "Repair the command in the input line.",
}


@dataclass(frozen=True)
class Event:
    """One thing to show. `kind` is a key of `draw.PARTS`; `text` is Markdown where that says so, plain for the others;
    `data` is what a program wants to know."""

    kind: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


def step_events(loaded: ChapterFile, position: int, status: str) -> Iterator[Event]:
    """A step as it is set before the learner."""
    step = loaded.chapter.steps[position]
    data = {
        "step": step.id,
        "number": position + 1,
        "of": len(loaded.chapter.steps),
        "kind": step.kind,
        "status": status,
    }
    yield Event("step", step.title, data)
    yield Event("say", step.say)
    if step.kind == "predict" or (step.kind == "choose" and step.command):
        yield Event("command", step.command or "")
    if step.kind == "fill":
        yield Event("command", step.template or "")
    if listed := choices(step):
        yield Event("choices", "\n".join(listed), {"choices": listed})
    yield Event("advice", KIND_ADVICE[step.kind])


def choices(step: Step) -> list[str]:
    """Numbered options or lines, and lettered right sides, as they are shown."""
    order = shuffled(step)
    if step.kind == "choose":
        return [f"{number}  {step.options[place].text}" for number, place in enumerate(order, 1)]
    if step.kind == "order":
        return [f"{number}  {step.lines[place]}" for number, place in enumerate(order, 1)]
    if step.kind == "match":
        rights = right_sides(step)
        lefts = [f"{number}  {pair.left}" for number, pair in enumerate(step.pairs, 1)]
        return [*lefts, "", *(f"{chr(97 + number)}  {rights[place]}" for number, place in enumerate(order))]
    return []


def success_events(step: Step, commands: int) -> Iterator[Event]:
    """What is told once a step is solved: how many commands it took, the routes, why, and what it costs."""
    if step.kind == "read":
        return
    par = step.par or (len(step.solution[0].commands or ()) if step.solution else 0)
    counted = step.kind in ("do", "fix") and par
    length = f" {commands} command{'' if commands == 1 else 's'}; par is {par}." if counted else ""
    yield Event("solved", f"Solved.{length}", {"commands": commands, "par": par})
    for number, route in enumerate(step.solution):
        lines = route.commands or [route.answer or ""]
        if number or route.note or len(step.solution) > 1:
            data = {"commands": lines, "note": route.note, "reference": number == 0}
            yield Event("route", "\n".join(lines), data)
    if step.why:
        yield Event("why", step.why)
    if step.complexity:
        yield Event("complexity", step.complexity)
    for correction in step.corrects:
        yield Event(
            "corrects",
            f"Often said: {correction.claim} In fact: {correction.fact}",
            {"claim": correction.claim, "fact": correction.fact},
        )


def step_list(loaded: ChapterFile, record: ChapterProgress, position: int) -> list[str]:
    """All steps of the chapter with their marks: x solved, - skipped, > where the learner is."""
    lines = []
    for number, step in enumerate(loaded.chapter.steps):
        here = ">" if number == position else " "
        lines.append(f"{here} [{MARKS[record.status(step.id)]}] {number + 1:>2}  {step.title}  ({step.id})")
    return lines
