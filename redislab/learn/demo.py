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
        events = runner.begin()[1:]
        lines: list[str] = []
        if step.kind != "read":
            runner.feed(":solution")
            while line := runner.take_input():
                lines.append(line)
        found = [event for line in lines for event in runner.feed(line)]
        solved = runner.solved or step.kind == "read"
        runner.close()
    if as_json:
        data = {"chapter": loaded.chapter.id, "step": step.id, "lines": lines, "solved": solved}
        print(
            json.dumps({**data, "replies": [event.text for event in found if event.kind == "sent"]}, ensure_ascii=False)
        )
        return solved
    drawer.draw(events)
    for line in lines:
        drawer.write(f"> {line}")
    drawer.draw(found)
    return solved
