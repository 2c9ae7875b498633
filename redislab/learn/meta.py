"""The words with a colon that steer a lesson: `:hint`, `:solution`, `:skip`, `:goto` and so on.

Owns what each of them does to a `Runner`; each is a function from the runner and the rest of the line to events, and
its docstring is its help. Words of the shell (`:why`, `:peek`) are not here, they are handed to the runner.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.answers import ANSWERED, right_answer
from redislab.learn.events import KIND_ADVICE, SOLVED_ADVICE, Event, step_list

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["META", "meta_words"]

META: dict[str, Callable[[Any, str], Iterator[Event]]] = {}
HELP_ORDER = (
    *(":hint", ":check", ":solution", ":undo", ":reset", ":why", ":peek", ":inspect", "help COMMAND"),
    *(":skip", ":next", ":back", ":goto", ":list", ":show", ":play", ":main", ":clock", ":cancel", ":diff"),
)
"""What is wanted most often stands first; the rest follows."""


def word(function: Callable[[Any, str], Iterator[Event]]) -> Callable[[Any, str], Iterator[Event]]:
    """Register a function under its own name."""
    META[":" + function.__name__.rstrip("_")] = function
    return function


def meta_words(typed: str = "") -> str:
    """`Did you mean …?` for a mistyped word, and where to see them all."""
    near = difflib.get_close_matches(typed, [*META, ":undo", ":redo", ":clock"], 1, 0.5)
    return f"Did you mean `{near[0]}`? `:help` shows all." if near else "`:help` shows all."


@word
def hint(runner: Runner, rest: str) -> Iterator[Event]:
    """the next hint"""
    hints = runner.step.hints
    if not hints:
        yield Event("info", f"This step has no hints. {KIND_ADVICE[runner.step.kind]}")
        return
    if runner.hints_given >= len(hints):
        yield Event("info", "Those were all the hints; `:solution` puts the solution into the input line.")
        return
    runner.hints_given += 1
    record = runner.record.step(runner.step.id)
    record.hints = max(record.hints, runner.hints_given)
    data = {"number": runner.hints_given, "of": len(hints)}
    yield Event("hint", hints[runner.hints_given - 1], data)


@word
def solution(runner: Runner, rest: str) -> Iterator[Event]:
    """the solution, into the input line; sending it is up to you"""
    step = runner.step
    if step.kind == "read":
        yield Event("info", "There is nothing to solve here; Enter goes on.")
        return
    runner.record.step(step.id).shown = True
    lines = [right_answer(runner.attempt)] if step.kind in ANSWERED else list(step.solution[0].commands or ())
    runner.waiting_input, runner.solving = [line.replace("\n", "  ") for line in lines], True
    note = f" {step.solution[0].note}" if step.solution and step.solution[0].note else ""
    many = " One line after another." if len(lines) > 1 else ""
    again = (
        " `:reset` first, if you have changed the data already." if runner.attempt.lines and step.kind == "do" else ""
    )
    yield Event("solution", f"In the input line; Enter sends it.{many}{again}{note}", {"lines": lines})


@word
def check(runner: Runner, rest: str) -> Iterator[Event]:
    """what is still missing"""
    if not runner.step.goal or runner.step.kind in ANSWERED:
        yield Event("info", KIND_ADVICE[runner.step.kind])
        return
    judge = runner.attempt.judge_now()
    for claim in runner.step.goal:
        for verdict in judge.verdicts(claim):
            yield Event("check", verdict.expected if verdict.ok else verdict.missing, {"ok": verdict.ok})


@word
def reset(runner: Runner, rest: str) -> Iterator[Event]:
    """this step's data as it was at the beginning"""
    runner.attempt.renew()
    runner.solved, runner.solving = False, False
    runner.waiting_input = list(runner.step.broken)
    yield Event("info", "The step's data is as it was at the beginning.")


@word
def skip(runner: Runner, rest: str) -> Iterator[Event]:
    """go on without solving this step"""
    runner.skip()
    yield from runner.go_on()


@word
def next(runner: Runner, rest: str) -> Iterator[Event]:
    """go on, once the step is solved"""
    if runner.solved or runner.step.kind == "read":
        yield from runner._empty()
    else:
        yield Event("info", "This step is not solved yet; `:skip` goes on all the same.")


@word
def back(runner: Runner, rest: str) -> Iterator[Event]:
    """the step before this one"""
    if runner.position == 0:
        yield Event("info", "This is the first step.")
    else:
        yield from runner.goto(runner.position - 1)


@word
def goto(runner: Runner, rest: str) -> Iterator[Event]:
    """STEP: another step, by its name or number"""
    from redislab.learn.courses import nearest

    ids = [step.id for step in runner.steps]
    if rest in ids:
        yield from runner.goto(ids.index(rest))
    elif rest.isdecimal() and 1 <= int(rest) <= len(ids):
        yield from runner.goto(int(rest) - 1)
    elif rest:
        near = nearest(rest, ids)
        yield Event("error", f"there is no step `{rest}`{near if 'mean' in near else '; `:list` shows them'}")
    else:
        yield Event("error", "which step? `:list` shows them")


@word
def list_(runner: Runner, rest: str) -> Iterator[Event]:
    """all steps of the chapter"""
    lines = step_list(runner.loaded, runner.record, runner.position)
    yield Event("list", "\n".join(lines), {"steps": lines})


@word
def show(runner: Runner, rest: str) -> Iterator[Event]:
    """this step's text again"""
    from redislab.learn.events import step_events

    yield from step_events(runner.loaded, runner.position, runner.record.status(runner.step.id))
    yield Event("advice", SOLVED_ADVICE if runner.solved else KIND_ADVICE[runner.step.kind])


@word
def play(runner: Runner, rest: str) -> Iterator[Event]:
    """free play on a copy of the data; `:main` comes back"""
    world = runner.attempt.world
    if runner.free is not None:
        yield Event("info", "You are in free play already; `:main` goes back to the lesson.")
    elif not world.local:
        yield Event("error", "free play needs the embedded engine; on a real server everything is for real")
    else:
        runner.free = world.fork()
        yield Event("info", "Free play on a copy: nothing here counts. `:main` goes back to the lesson.")


@word
def main(runner: Runner, rest: str) -> Iterator[Event]:
    """back from free play"""
    if runner.free is None:
        yield Event("info", "You are in the lesson; `:quit` leaves it.")
        return
    runner.free.close()
    runner.free = None
    yield Event("info", "Back in the lesson, its data as you left it.")
    yield from show(runner, "")


@word
def diff(runner: Runner, rest: str) -> Iterator[Event]:
    """on or off: show what each command changed"""
    if rest not in ("on", "off"):
        now, other = ("shown", "off") if runner.show_changes else ("not shown", "on")
        yield Event("info", f"What a command changed is {now} after it; `:diff {other}` changes that.")
        return
    runner.show_changes = rest == "on"
    yield Event("info", f"What a command changed is now {'shown' if runner.show_changes else 'not shown'} after it.")


@word
def cancel(runner: Runner, rest: str) -> Iterator[Event]:
    """give up a command that waits"""
    yield Event("info", "Given up." if runner.cancel() else "No command of yours is waiting.")


@word
def help(runner: Runner, rest: str) -> Iterator[Event]:
    """this list"""
    words = {name: str(function.__doc__) for name, function in META.items()}
    words |= {":undo": "take the last change back; :redo does it again", ":clock": "+61s: let time pass (ms s m h d)"}
    words |= {name: str(helper.__doc__) for name, helper in runner.helpers.items()}
    words["help COMMAND"] = "the page of a Redis command"
    words = {name: words[name] for name in (*(one for one in HELP_ORDER if one in words), *words)}
    words["@bob COMMAND"] = "send a command as another client, here called bob"
    text = f"{KIND_ADVICE[runner.step.kind]} Once a step is solved, Enter goes on."
    yield Event("help", text, {"words": words})


@word
def quit(runner: Runner, rest: str) -> Iterator[Event]:
    """leave; progress is kept"""
    runner.finished = True
    yield Event("quit", "")
