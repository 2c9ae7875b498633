"""A lesson as a machine: it is fed the learner's lines and gives back what to show.

Owns where the learner is, when a step counts as solved, and what is saved. It knows no terminal: `screen.py` draws,
`script.py` feeds answers from a pipe, tests feed lines. Nothing advances by itself; after success an empty line goes
on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.answers import ANSWERED, BadAnswer, answer
from redislab.learn.attempt import Attempt, Outcome, SetupFailed, WorldMaker, command_table, travel
from redislab.learn.events import (
    KIND_ADVICE,
    SOLVED_ADVICE,
    Event,
    change_events,
    failed_events,
    helped_events,
    message_event,
    missed_events,
    moved_text,
    read_events,
    sent_event,
    step_events,
    success_events,
)
from redislab.learn.helpers import HELPERS, command_help
from redislab.learn.meta import META, meta_words
from redislab.learn.play import BadLine, Message, Sent, command_of, play, run_line
from redislab.learn.progress import Progress, Resume
from redislab.learn.tries import counted, is_look, telling
from redislab.learn.world import MAIN, LocalWorld

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Step

__all__ = ["Runner"]

LEAVING = ("exit", "bye", "redislab")
"""Words that mean nothing here, to Redis neither, but tell what is wanted."""
MOST_OPEN = 5
"""Steps named at the end as still open."""


class Runner:
    """One learner in one chapter. `start` is the position to begin at; None resumes where the learner left."""

    def __init__(
        self,
        loaded: ChapterFile,
        progress: Progress,
        *,
        make: WorldMaker = LocalWorld,
        start: int | None = None,
    ) -> None:
        self.loaded = loaded
        self.steps: list[Step] = loaded.chapter.steps
        self.progress = progress
        self.make = make
        self.start = start
        self.helpers = HELPERS
        self.record = progress.chapter(loaded.chapter.id)
        self.position = 0
        self.attempt: Any = None
        self.solved = False
        self.finished = False
        self.hints_given = 0
        self.free: Any = None
        """The world of free play, while it lasts."""
        self.returning = f"redislab lesson {loaded.chapter.id}"
        """What to type to come back here."""
        self.show_changes = True
        self.waiting_input: list[str] = []
        """Lines to be put into the input line, one each time."""
        self.offered = ""
        self.solving = False
        """The solution is being put into the input line, one command after another."""

    # Where the learner is

    @property
    def step(self) -> Step:
        return self.steps[self.position]

    @property
    def world(self) -> Any:
        """The world that commands go to now."""
        return self.free if self.free is not None else self.attempt.world

    def begin(self) -> list[Event]:
        """Show the chapter and the step to begin with, its data rebuilt if the learner was in the middle of it."""
        resume, chapter = self.record.resume, self.loaded.chapter
        known = next((n for n, step in enumerate(self.steps) if step.id == resume.step), None)
        position = self.start if self.start is not None else known
        if position is None:
            position = self._first_open()
        fresh = not self.record.steps and not resume.lines
        found = [
            Event(
                "chapter",
                chapter.intro if fresh or position == 0 else "",
                {"title": chapter.title, "number": chapter.number},
            )
        ]
        asked_again = self.start is not None and resume.solved
        if fresh:
            found.append(
                Event("info", "`:help` lists what you can type here, `:hint` helps, Ctrl-D leaves; all is kept.")
            )
        if position == known and not asked_again and (resume.lines or resume.solved or resume.hints):
            return found + list(self._enter(position, resume))
        return found + list(self._enter(position))

    def feed(self, line: str) -> list[Event]:
        """Take one line of the learner's and say what to show. Saves before it returns."""
        if self.solving and line.strip() != self.offered and not line.startswith(":"):
            # Who goes on by himself is not to find the rest of the solution in the input line.
            self.waiting_input, self.solving = [], False
        step, queue = self.position, list(self.waiting_input)
        found = list(self._fed(line))
        if self.step.kind == "fix" and (step, queue) == (self.position, self.waiting_input):
            self._offer_again(line.strip(), refused=[event.kind for event in found] == ["error"])
        self.save()
        return found

    def _offer_again(self, line: str, refused: bool) -> None:
        """The command to be repaired comes back after a line that only looked around or asked for help; one with an
        open quote comes back as it was typed."""
        latest = self.attempt.latest
        asked = not line or line[0] in ":?#" or line.lower().startswith("help")
        looked = latest is not None and latest.line == line and is_look(self.attempt, latest)
        if self.solved or self.solving:
            return
        if refused and not asked:
            self.waiting_input.insert(0, line)
        elif self.offered and (asked or looked):
            self.waiting_input.insert(0, self.offered)

    def tick(self) -> list[Event]:
        """Let time pass between lines: deadlines, messages to other clients. To be called about every 100 ms."""
        if self.attempt is None or self.finished:
            return []
        self.world.tick()
        if self.free is not None:
            return [message_event(name, reply) for name, reply in self.free.arrived()]
        arrived = self.attempt.collect()
        found = [_arrived_event(message) for message in arrived]
        if arrived and not self.solved and self.step.kind in ("do", "fix") and self.attempt.log.last is not None:
            found += self._judged(self.attempt.log.last.line, self.attempt.log.last)
            self.save()
        return found

    @property
    def at_end(self) -> bool:
        """Was the chapter gone through to its end (not left by `:quit`)?"""
        return self.finished and not self.record.resume.step

    def take_input(self) -> str:
        """What to put into the input line now, "" for nothing."""
        self.offered = self.waiting_input.pop(0) if self.waiting_input else ""
        return self.offered

    def cancel(self) -> bool:
        """Give up the blocked command of the learner's client, as Ctrl-C does; False if none waits."""
        client = self.world.client(MAIN)
        if not client.blocked:
            return False
        if self.free is not None:
            client.cancel()
        else:
            self.attempt.send(":cancel")
            self._note_place()
        self.save()
        return True

    def save(self) -> None:
        """Write down where the learner is and what was done."""
        self.progress.save(self.loaded.chapter.id, self.record)

    def close(self) -> None:
        for world in (self.free, self.attempt.world if self.attempt else None):
            if world is not None:
                world.close()

    # Going from step to step

    def goto(self, position: int) -> Iterator[Event]:
        """Enter a step anew."""
        yield from self._enter(position)

    def go_on(self) -> Iterator[Event]:
        """Enter the next step, or end the chapter."""
        if self.position + 1 < len(self.steps):
            yield from self._enter(self.position + 1)
            return
        self.finished = True
        self.record.resume = Resume()
        yield self._end()

    def _enter(self, position: int, resume: Resume | None = None) -> Iterator[Event]:
        self.close()
        self.position, self.free, self.finished = position, None, False
        self.solved, self.hints_given, self.solving = False, resume.hints if resume else 0, False
        step = self.step
        yield from step_events(self.loaded, position, self.record.status(step.id))
        try:
            self.attempt = Attempt(step, self.make, resume.start_ms if resume else None)
        except SetupFailed as error:
            self.attempt = Attempt(_without_setup(step), self.make)
            yield Event("error", f"This lesson has a mistake: {error}. `:skip` goes on.")
        self.waiting_input = list(step.broken)
        yield from self._shown_commands(step)
        yield from read_events(step)
        if not (resume and resume.solved):
            yield Event("advice", KIND_ADVICE[step.kind])
        if resume:
            yield from self._resumed(resume)
        self._note_place()

    def _shown_commands(self, step: Step) -> Iterator[Event]:
        for sent in play(self.attempt.world, step.show):
            yield sent_event(sent, typed=True)

    def _resumed(self, resume: Resume) -> Iterator[Event]:
        lines = [(now_ms, line) for now_ms, line in resume.lines]
        try:
            self.attempt.replay(lines)
        except BadLine:
            self.attempt.renew()
            yield Event("info", "This step has changed since you left; it begins anew.")
            return
        if resume.answer and resume.solved:
            answer(self.attempt, resume.answer)
        if lines:
            last = "; ".join(line for _, line in lines[-3:])
            count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
            yield Event("info", f"You are where you left: {count} of yours done again, the last: `{last}`")
        if self.attempt.world.client(MAIN).blocked:
            yield Event("info", "Your command still waits; Ctrl-C gives it up.")
        self.solved = resume.solved
        if self.solved or lines:
            self.waiting_input = []
        if self.solved:
            yield Event("solved", f"This step is solved. {SOLVED_ADVICE}", {"resumed": True})

    def _first_open(self) -> int:
        """The first step that is not solved, the first of all when everything is."""
        return next((n for n, step in enumerate(self.steps) if self.record.status(step.id) != "solved"), 0)

    def _end(self) -> Event:
        status = [self.record.status(step.id) for step in self.steps]
        open_steps = [step.id for step in self.steps if self.record.status(step.id) != "solved"]
        text = f"End of the chapter: {status.count('solved')} of {len(status)} steps solved."
        if open_steps:
            more = f" and {len(open_steps) - MOST_OPEN} more" if len(open_steps) > MOST_OPEN else ""
            text += f" Still open: {', '.join(open_steps[:MOST_OPEN])}{more}; `{self.returning}` goes on there."
        data = {
            "solved": status.count("solved"),
            "of": len(status),
            "open": open_steps,
            "outro": self.loaded.chapter.outro,
        }
        return Event("end", text, data)

    def _note_place(self) -> None:
        """What `begin` needs to come back to this moment."""
        lines = [[now_ms, line] for now_ms, line in self.attempt.lines] if self.step.kind in ("do", "fix") else []
        self.record.resume = Resume(
            self.step.id, self.attempt.start_ms, lines, self.solved, self.hints_given, self.attempt.answered
        )

    # One line

    def _fed(self, line: str) -> Iterator[Event]:
        text = line.strip()
        if self.finished:
            yield Event("info", "The chapter is at its end; `:goto STEP` goes back to a step, `:quit` leaves.")
            if not text.startswith(":goto") and text not in (":back", ":quit", ":list"):
                return
        if not text:
            yield from self._empty()
        elif text.startswith("#"):
            return
        elif text.startswith(":"):
            yield from self._meta(text)
        elif text.lower() in LEAVING or (text.lower() == "quit" and self.step.kind in ANSWERED and not self.solved):
            yield Event("info", "You are in a lesson; `:quit` or Ctrl-D leaves it, and all is kept.")
        elif text == "?":
            yield from self._meta(":help")
        elif text.lower() == "help" or text.lower().startswith("help "):
            yield from self._look(command_help, text[4:]) if text[4:].strip() else self._meta(":help")
        elif self.free is not None:
            yield from self._free(text)
        elif self.step.kind in ANSWERED and not self.solved:
            yield from self._answered(text)
        elif self.step.kind in ANSWERED and command_of(command_table(self.world), [text.split()[0].encode()]) is None:
            yield Event("info", f"This step is solved. {SOLVED_ADVICE}")
        else:
            yield from self._command(text)

    def _empty(self) -> Iterator[Event]:
        if self.free is not None:
            return
        if self.solved or self.step.kind == "read":
            if not self.solved:
                self._mark("solved")
            yield from self.go_on()
        else:
            yield Event("advice", f"{KIND_ADVICE[self.step.kind]} `:hint` helps, `:skip` goes on.")

    def _meta(self, text: str) -> Iterator[Event]:
        word, _, rest = text.partition(" ")
        if word in (":undo", ":redo", ":clock"):
            yield from self._free(text) if self.free is not None else self._command(text)
        elif word in META:
            yield from META[word](self, rest.strip())
            if not self.finished:
                self._note_place()
        elif word in self.helpers:
            yield from self._look(self.helpers[word], rest.strip())
        else:
            yield Event("error", f"there is no `{word}` here. {meta_words(word)}")

    def _look(self, helper: Callable[[Runner, str], str], rest: str) -> Iterator[Event]:
        try:
            yield Event("look", helper(self, rest))
        except BadLine as error:
            yield Event("error", str(error))

    def _free(self, text: str) -> Iterator[Event]:
        """A line of free play: nothing is judged or kept."""
        try:
            if text in (":undo", ":redo"):
                travel(self.free.lab, text)
                yield Event("info", moved_text(text, self.free))
                return
            sent = run_line(self.free, text)
        except BadLine as error:
            yield Event("error", str(error))
            return
        if sent is not None:
            yield sent_event(sent)
        for name, reply in self.free.arrived():
            yield message_event(name, reply)

    def _command(self, text: str) -> Iterator[Event]:
        before = len(self.attempt.log.messages)
        try:
            sent = self.attempt.send(text)
        except BadLine as error:
            yield Event("error", str(error))
            return
        if sent is not None:
            yield from helped_events(sent, self.attempt.helped)
            yield sent_event(sent)
        if sent is not None and sent.changed and self.show_changes:
            yield from change_events(self.attempt.world)
        if text.startswith(":"):
            yield Event("info", moved_text(text, self.attempt.world))
        if text.upper() == "QUIT":
            yield Event("info", "That closed your client's connection; the next command opens another. `:quit` leaves.")
        for message in self.attempt.log.messages[before:]:
            if message.answers is None or message.answers is not sent:
                yield _arrived_event(message)
        if not self.solved and self.step.kind in ("do", "fix"):
            yield from self._judged(text, sent)
        self._note_place()

    # Judging

    def _judged(self, line: str, sent: Sent | None) -> Iterator[Event]:
        outcome = self.attempt.judge()
        if outcome.solved:
            yield from self._success(counted(self.attempt))
            return
        manner = telling(self.attempt, line, sent, outcome)
        if manner == "miss":
            yield from self._missed(outcome)
        elif manner == "failed":
            yield from failed_events(self.attempt.table, sent, self.step)
        elif manner == "onward":
            yield Event("info", "So far so good; `:check` tells what is still missing.")
        elif manner == "remark" and outcome.mistake not in self.attempt.remarked:
            self.attempt.remarked.add(outcome.mistake)
            yield Event("note", outcome.mistake)

    def _missed(self, outcome: Outcome) -> Iterator[Event]:
        record = self.record.step(self.step.id)
        record.tries += 1
        record.missed = [*record.missed, outcome.told][-5:]
        self.attempt.remarked.add(outcome.mistake)
        yield from missed_events(outcome, record.tries)

    def _answered(self, text: str) -> Iterator[Event]:
        try:
            outcome = answer(self.attempt, text)
        except BadAnswer as error:
            yield Event("error", str(error))
            return
        for sent in outcome.ran:
            yield sent_event(sent, typed=sent.line != text)
        if outcome.solved:
            self.attempt.answered = text
            if outcome.note:
                yield Event("note", outcome.note)
            yield from self._success(1)
        else:
            yield from self._missed(outcome)
        self._note_place()

    def _success(self, commands: int) -> Iterator[Event]:
        self.solved, self.waiting_input = True, []
        self._mark("solved", commands)
        typed = [line for _, line in self.attempt.lines] if self.step.kind in ("do", "fix") else [self.attempt.answered]
        yield from success_events(self.step, commands, typed)
        self._note_place()

    def _mark(self, status: str, commands: int = 0) -> None:
        import time

        record = self.record.step(self.step.id)
        if record.status != "solved":
            record.status = status
            record.solved_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) if status == "solved" else ""
        if commands:
            record.commands = min(commands, record.commands or commands)

    def skip(self) -> None:
        """Mark the step as skipped, unless it was solved before."""
        self._mark("skipped")


def _arrived_event(message: Message) -> Event:
    """A message to a client, or the late reply of the command that waited for it."""
    return message_event(message.client, message.reply, message.answers)


def _without_setup(step: Step) -> Step:
    from msgspec.structs import replace

    return replace(step, setup=[], variants=[])
