"""What a lesson has to show: events in place of printing, so that a terminal, a pipe and a test see the same.

Owns the kinds of events and the texts that are made of a step. It draws nothing and changes nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redislab.changes_view import changes_of
from redislab.learn.answers import right_sides, shuffled
from redislab.learn.check_reply import shown
from redislab.learn.play import Sent, clock_seconds, command_of
from redislab.resp.types import BLOCKED
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.learn.attempt import Outcome
    from redislab.learn.load import ChapterFile
    from redislab.learn.progress import ChapterProgress
    from redislab.learn.schema import Step

__all__ = [
    "KIND_ADVICE",
    "SOLVED_ADVICE",
    "Event",
    "change_events",
    "choices",
    "failed_events",
    "helped_events",
    "message_event",
    "missed_events",
    "moved_text",
    "read_events",
    "sent_event",
    "span_text",
    "step_events",
    "step_list",
    "success_events",
]

MOST_CHANGES = 12
"""Lines of what a command changed."""
MOST_SENTENCES = 3
"""Expectations told at once; the rest after these are met."""
SOLVED_ADVICE = "Enter goes on."
MARKS = {"solved": "x", "skipped": "-", "": " "}

KIND_ADVICE = {
    "read": "Enter goes on.",
    "do": "Type commands.",
    "predict": "Type what redis-cli would print.",
    "choose": "Type the number of the right one; if several are right, all their numbers.",
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


def success_events(step: Step, commands: int, typed: list[str]) -> Iterator[Event]:
    """What is told once a step is solved with the lines `typed`: how many commands it took (looking around and failures
    do not count), the routes, why, and what it costs."""
    reference = (step.solution[0].commands or ()) if step.solution else ()
    par = step.par or sum(not line.startswith(":") for line in reference)
    many = step.kind in ("do", "fix") and commands > par > 0
    length = f" It took {commands} commands; {par} {'is' if par == 1 else 'are'} enough." if many else ""
    yield Event("solved", f"Solved.{length}", {"commands": commands, "par": par})
    own = _own_route(step, typed)
    for number, route in enumerate(step.solution):
        lines = route.commands or [route.answer or ""]
        if number or route.note or len(step.solution) > 1:
            data = {"commands": lines, "note": route.note, "reference": number == 0, "own": number == own}
            yield Event("route", "\n".join(lines), data)
    yield from background_events(step)
    yield Event("advice", SOLVED_ADVICE)


def _own_route(step: Step, typed: list[str]) -> int | None:
    """Which route ends what was typed: one that does so letter by letter, else one that does with other quotes."""
    routes = [route.commands or [route.answer or ""] for route in step.solution]
    for form in (str, _folded):
        given = [form(line) for line in typed]
        for number, lines in enumerate(routes):
            if [form(line) for line in lines] == given[-len(lines) :]:
                return number
    return None


def read_events(step: Step) -> Iterator[Event]:
    """What there is to know about a step that is only read, below the commands it shows."""
    if step.kind == "read":
        yield from background_events(step)


def background_events(step: Step) -> Iterator[Event]:
    """Why it is so, what it costs, and what is often said wrongly of it."""
    if step.why:
        yield Event("why", step.why)
    if step.complexity:
        yield Event("complexity", step.complexity)
    for correction in step.corrects:
        yield Event(
            "corrects",
            f"Often read: {correction.claim} In fact: {correction.fact}",
            {"claim": correction.claim, "fact": correction.fact},
        )


def sent_event(sent: Sent, typed: bool = False) -> Event:
    """A command's reply; with `typed` the command too, because nobody has typed it on the screen."""
    data = {"client": sent.client, "line": sent.line, "error": sent.failed, "typed": typed}
    if sent.reply is BLOCKED:
        return Event("sent", "(waiting; another client can answer with `@bob …`, Ctrl-C gives up)", data)
    return Event("sent", shown(sent.reply, sent.protocol, sent.argv), data)


def message_event(name: str, reply: Any, answers: Sent | None = None) -> Event:
    """Something that came to a client by itself, or late, in answer to a command that waited."""
    return Event("message", shown(reply), {"client": name, "answers": answers.line if answers else ""})


def helped_events(sent: Sent, helped: list[tuple[str, Sent | None]]) -> Iterator[Event]:
    """What others did while the command waited, before its reply."""
    if helped:
        yield Event("info", f"(waiting in `{sent.line}`)")
    for line, other in helped:
        yield sent_event(other, typed=True) if other is not None else Event("info", moved_text(line, None))


def failed_events(table: Any, sent: Sent | None, step: Step) -> Iterator[Event]:
    """What may help after an error that no mistake of the step foresees."""
    from redislab.shell.console import Outcome as Ran
    from redislab.shell.help import advice

    assert sent is not None
    if sent.argv[0].lower() in (b"exit", b"bye", b"redislab"):
        yield Event("info", "You are in a lesson; `:quit` or Ctrl-D leaves it, and all is kept.")
        return
    if near := _meant(table, sent, step):
        yield Event("info", f"Did you mean `{near}`?")
        return
    ran = Ran(sent.client, sent.argv, sent.reply, sent.protocol, 0, command_of(table, sent.argv))
    text = advice(table, ran)
    if text.startswith("Usage: "):
        text = f"It is written `{text.removeprefix('Usage: ')}`."
    yield Event("info", text or "`:why` explains this error.")


def change_events(world: Any) -> Iterator[Event]:
    """What the last command changed; nothing on a real server, which does not tell."""
    lab = getattr(world, "lab", None)
    if lab is None or lab.last_change is None:
        return
    lines = [line for change in changes_of(lab, lab.last_change) for line in change.lines()]
    # A move of the clock has been told already.
    changes = [line for line in lines if not line.startswith("~ clock")]
    if changes:
        more = [f"… and {len(changes) - MOST_CHANGES} more"] if len(changes) > MOST_CHANGES else []
        yield Event("diff", "\n".join(changes[:MOST_CHANGES] + more), {"changes": changes})


def _meant(table: Any, sent: Sent, step: Step) -> str:
    """The command of this step that was mistyped; "" if none, or if Redis knows the command."""
    if command_of(table, sent.argv) is not None:
        return ""
    typed = sent.argv[0].decode("utf-8", "replace").upper()
    names = {line.split()[0].upper() for route in step.solution for line in route.commands or () if line[0] not in ":@"}
    return next(iter(difflib.get_close_matches(typed, sorted(names), 1, 0.6)), "")


def _folded(line: str) -> list[bytes]:
    """The words of a line with the command's name in capitals, so that only what matters is compared."""
    try:
        words = split(line)
    except UnbalancedQuotes:
        return [line.encode()]
    return [words[0].upper(), *words[1:]] if words else []


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
        return f"{span_text(clock_seconds(line.split()[1]))} later"
    lab = getattr(world, "lab", None)
    words = {":undo": "Taken back.", ":redo": "Done again.", ":cancel": "Given up."}
    return words.get(line, f"The clock is {span_text(lab.clock_offset)} from the real one." if lab else "")


def span_text(seconds: float) -> str:
    """3660 -> 1 h 1 min, 90 -> 1 min 30 s, 0.25 -> 0.25 s, -60 -> -1 min."""
    sign, left = ("-" if seconds < 0 else ""), round(abs(seconds), 3)
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        count, left = divmod(left, length)
        parts += [f"{count:g} {unit}"] if count else []
    parts += [f"{round(left, 3):g} s"] if left or not parts else []
    return sign + " ".join(parts)


def step_list(loaded: ChapterFile, record: ChapterProgress, position: int) -> list[str]:
    """All steps of the chapter with their marks: x solved, - skipped, > where the learner is."""
    lines = []
    for number, step in enumerate(loaded.chapter.steps):
        here = ">" if number == position else " "
        lines.append(f"{here} [{MARKS[record.status(step.id)]}] {number + 1:>2}  {step.title}  ({step.id})")
    return lines
