"""Plays a step with its reference solution, the way a learner would type it.

Owns nothing but that: it feeds a runner whose progress goes into a folder that is thrown away.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from redislab.learn.draw import PlainDrawer
from redislab.learn.events import Event
from redislab.learn.progress import Progress
from redislab.learn.run import Runner

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Step

__all__ = ["play_demo"]


def play_demo(loaded: ChapterFile, step: Step, as_json: bool = False) -> bool:
    """Print the step and its solution at work; False if it does not end solved."""
    with tempfile.TemporaryDirectory(prefix="redislab-") as folder:
        runner = Runner(loaded, Progress("demo", Path(folder)), start=loaded.chapter.steps.index(step))
        drawer = PlainDrawer(sys.stdout)
        events = [event for event in runner.begin() if event.kind not in ("chapter", "info")]
        lines, replies = _played(runner)
        solved = runner.solved or step.kind == "read"
        runner.close()
    if as_json:
        data = {"chapter": loaded.chapter.id, "step": step.id, "lines": lines, "solved": solved}
        found = [event.text for events in replies for event in events if event.kind == "sent"]
        print(json.dumps({**data, "replies": found}, ensure_ascii=False))
        return solved
    drawer.draw(events)
    for line, answer in zip(lines, replies, strict=True):
        drawer.write(f"> {line}")
        drawer.draw(answer)
    return solved


def _played(runner: Runner) -> tuple[list[str], list[list[Event]]]:
    """The lines of the solution, and what each led to."""
    lines: list[str] = []
    replies: list[list[Event]] = []
    if runner.step.kind != "read":
        runner.feed(":solution")
        while line := runner.take_input():
            lines.append(line)
            replies.append(runner.feed(line))
    return lines, replies
