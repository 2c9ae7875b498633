"""What a lesson has to show: events in place of printing, so that a terminal, a pipe and a test see the same.

Owns the kinds of events and the texts that are made of a step. It draws nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redislab.changes_view import changes_of
from redislab.learn.answers import right_sides, shuffled
from redislab.learn.check_reply import shown
from redislab.learn.play import Sent, clock_seconds
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.learn.attempt import Outcome
    from redislab.learn.load import ChapterFile
    from redislab.learn.progress import ChapterProgress
    from redislab.learn.schema import Step

__all__ = [
    "KIND_ADVICE",
    "Event",
    "change_events",
    "choices",
    "message_event",
    "missed_events",
    "moved_text",
    "sent_event",
    "step_events",
    "step_list",
    "success_events",
]

MOST_CHANGES = 12
"""Lines of what a command changed."""
MOST_SENTENCES = 3
"""Expectations told at once; the rest after these are met."""
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


def sent_event(sent: Sent, typed: bool = False) -> Event:
    """A command's reply; with `typed` the command too, because nobody has typed it on the screen."""
    data = {"client": sent.client, "line": sent.line, "error": sent.failed, "typed": typed}
    if sent.reply is BLOCKED:
        return Event("sent", "waiting; another client can answer, `:cancel` gives up", data)
    return Event("sent", shown(sent.reply, sent.protocol, sent.argv), data)


def message_event(name: str, reply: Any) -> Event:
    """Something that came to a client by itself."""
    return Event("message", shown(reply), {"client": name})


def change_events(world: Any) -> Iterator[Event]:
    """What the last command changed; nothing on a real server, which does not tell."""
    lab = getattr(world, "lab", None)
    if lab is None or lab.last_change is None:
        return
    changes = [line for change in changes_of(lab, lab.last_change) for line in change.lines()]
    if changes:
        more = [f"… and {len(changes) - MOST_CHANGES} more"] if len(changes) > MOST_CHANGES else []
        yield Event("diff", "\n".join(changes[:MOST_CHANGES] + more), {"changes": changes})


def missed_events(outcome: Outcome, tries: int) -> Iterator[Event]:
    """Why the step is not solved: the foreseen mistake, or what was expected and what is there."""
    sentences = [miss.sentence for miss in outcome.misses]
    data = {"tries": tries, "misses": sentences}
    if outcome.mistake:
        yield Event("mistake", outcome.mistake, data)
    else:
        more = len(sentences) - MOST_SENTENCES
        told = sentences[:MOST_SENTENCES] + ([f"… and {more} more."] if more > 0 else [])
        yield Event("missed", "\n".join(told), data)
    if outcome.note:
        yield Event("note", outcome.note)


def moved_text(line: str, world: Any) -> str:
    """What to say after a move of the clock, an undo or a redo."""
    if line.startswith(":clock +"):
        return f"{clock_seconds(line.split()[1]):g} seconds later"
    lab = getattr(world, "lab", None)
    words = {":undo": "taken back", ":redo": "done again"}
    return words.get(line, f"the clock is {lab.clock_offset:+g} s from the real one" if lab else "")


def step_list(loaded: ChapterFile, record: ChapterProgress, position: int) -> list[str]:
    """All steps of the chapter with their marks: x solved, - skipped, > where the learner is."""
    lines = []
    for number, step in enumerate(loaded.chapter.steps):
        here = ">" if number == position else " "
        lines.append(f"{here} [{MARKS[record.status(step.id)]}] {number + 1:>2}  {step.title}  ({step.id})")
    return lines
