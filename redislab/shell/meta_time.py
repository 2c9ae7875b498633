"""Words with a colon that move through time: undo, redo, steps, the clock, and what changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from redislab.changes_view import each_change
from redislab.lab import Lab, Step
from redislab.shell.changes import change_lines, cut
from redislab.shell.meta import MetaError, meta
from redislab.shell.spans import clock_text, offset_text, seconds_of
from redislab.shell.theme import Line

if TYPE_CHECKING:
    from redislab.shell.console import Console

SHOWN_STEPS = 15


def title(step: Step) -> str:
    """A step as it is spoken of: `step 3 (INCR counter)`."""
    text = step.label
    return f"step {step.number} ({text if len(text) <= 60 else text[:59] + '…'})"


@meta(":undo [count:int]")
def undo(console: Console, count: str = "1") -> None:
    """Take back the last command that changed something, or the last few.

    Values, times to live, encodings, parameters and the clock are exactly as they were before. Commands that changed
    nothing do not count; a transaction is one step. `:redo` does it again, `:history` lists the steps.
    """
    for _ in range(whole(count)):
        step = console.lab.undo()
        console.printer.lines([[("strong", "Undone: "), ("", title(step))]])
        console.show_undone(step)


@meta(":redo [count:int]")
def redo(console: Console, count: str = "1") -> None:
    """Do again what was undone."""
    for _ in range(whole(count)):
        step = console.lab.redo()
        console.printer.lines([[("strong", "Done again: "), ("", title(step))]])
        console.show_step(step)


@meta(":goto number:int")
def goto(console: Console, number: str) -> None:
    """Go to the state right after a step; 0 is the state before the first."""
    console.lab.goto(whole(number, least=0))
    console.printer.note(f"The data is as it was after step {console.lab.position}.")


@meta(":history [count:int]", ":steps")
def history(console: Console, count: str = str(SHOWN_STEPS)) -> None:
    """List the steps that can be undone and redone, with what each changed."""
    lab = console.lab
    done, undone = lab.steps[-whole(count) :], lab.undone_steps[: whole(count)]
    if not done and not undone:
        console.printer.note("Nothing has been changed yet.")
        return
    lines: list[Line] = []
    width = console.printer.width
    for step in done:
        mark = ">" if step.number == lab.position else " "
        text = step.label
        room = max(width - len(text) - 10, 10)
        changed = brief(lab, step, room)
        shown = changed if len(changed) <= room else changed[: room - 1] + "…"
        lines.append([("strong", f"{mark}{step.number:>4} "), ("", text[: width - 8]), ("dim", f"  {shown}")])
    for step in undone:
        lines.append([("dim", cut(f" {step.number:>4} {step.label}  (undone)", width))])
    console.printer.lines(lines)


def brief(lab: Lab, step: Step, room: int) -> str:
    """As much of a step's changes as a line has room for, and a little more."""
    text = ""
    for change in each_change(lab, step, step.entries):
        text += "; " * bool(text) + "; ".join(line.strip() for line in change.lines())
        if len(text) > room:
            break
    return text


@meta(":diff [ON | OFF | NOW]")
def diff(console: Console, how: str = "now") -> None:
    """Show after each command what it changed, or (now) what the last step changed.

    + is what came, ~ what became different, - what went.
    """
    if how.lower() != "now":
        console.settings.diff = how.lower() == "on"
        console.printer.note(f"What a command changed is {'shown' if console.settings.diff else 'not shown'}.")
        return
    steps = console.lab.steps
    if not steps:
        console.printer.note("Nothing has been changed yet.")
        return
    console.printer.lines(
        [[("strong", title(steps[-1]))], *change_lines(console.lab, steps[-1], console.printer.width)]
    )


@meta(":clock [move]")
def clock(console: Console, move: str = "") -> None:
    """Move the clock of this Redis: +1h, -5m, freeze, x60, now.

    Units are ms, s, m, h and d, and may be put together: +1h30m. Keys whose time to live is over go at once, and
    blocked commands whose time is over are answered. `freeze` stops the clock, `x60` lets a minute pass in a second,
    `now` follows the real clock again. `:undo` takes a move back.

      :clock +61s
      :clock freeze
    """
    lab, word = console.lab, move.lower()
    if word == "freeze":
        lab.freeze()
    elif word == "now":
        lab.now_clock()
    elif re.fullmatch(r"x\d+(\.\d+)?", word):
        lab.scale(float(word[1:]))
    elif word:
        seconds = seconds_of(word)
        if seconds is None:
            raise MetaError(f"`{move}` is no move of the clock; try +61s, -5m, +1h30m, freeze, x60 or now")
        lab.advance(seconds)
    if word:
        console.remember(f":clock {move}")
        steps = lab.steps
        if steps and steps[-1].label.startswith(":clock"):
            console.printer.lines(change_lines(lab, steps[-1], console.printer.width, clock=False))
        lab.tick()
        console.drain()
    console.printer.lines([clock_line(console)])


def clock_line(console: Console) -> Line:
    """What the clock shows, and how it runs."""
    lab = console.lab
    rate = (
        ""
        if lab.clock_rate == 1
        else " and stands still"
        if lab.clock_rate == 0
        else f" and runs {lab.clock_rate:g} times as fast"
    )
    offset = offset_text(lab.clock_offset)
    ahead = f"{offset} from the real one" if offset else "the real time"
    return [("strong", "Clock: "), ("", clock_text(lab.now_ms)), ("dim", f"  ({ahead}{rate})")]


def whole(text: str, least: int = 1) -> int:
    """A number that was typed. Raises MetaError."""
    if not text.isdecimal() or int(text) < least:
        raise MetaError(f"`{text}` has to be a whole number, {least} or more")
    return int(text)
