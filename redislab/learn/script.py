"""A lesson fed from a pipe: one answer a line, a report a step, an exit code for graders.

Owns the form of that report. A solved step goes on by itself here, because a file of answers has no Enter to spare; a
read step takes no line. Blank lines and `# comments` are passed over.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redislab.learn.draw import PlainDrawer
from redislab.learn.events import Event

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["run_script"]

TOLD = ("missed", "mistake", "error", "note")


def run_script(runner: Runner, lines: Iterable[str], as_json: bool = False, only: bool = False) -> int:
    """Feed the lines; 0 if every step from the first on is solved, else 1. `only` ends after the first step."""
    script = _Script(runner, as_json, only)
    script.take(runner.begin())
    for line in lines:
        if script.over:
            break
        if line.strip() and not line.lstrip().startswith("#"):
            script.line(line.rstrip("\n"))
    script.finish()
    runner.save()
    runner.close()
    return 0 if script.all_solved else 1


class _Script:
    def __init__(self, runner: Runner, as_json: bool, only: bool) -> None:
        self.runner = runner
        self.as_json = as_json
        self.only = only
        self.drawer = PlainDrawer(sys.stdout)
        self.first = runner.start or 0
        self.reports: dict[str, dict[str, Any]] = {}
        self.printed: set[str] = set()
        self.over = False

    @property
    def all_solved(self) -> bool:
        steps = self.runner.steps[self.first : self.first + 1] if self.only else self.runner.steps[self.first :]
        return all(self.reports.get(step.id, {}).get("status") == "solved" for step in steps)

    def take(self, events: list[Event]) -> None:
        """Keep or draw what a line led to, then go on as long as no answer is needed."""
        self._show(events)
        while not self.over and not self.runner.finished and self._is_done():
            self._report()["status"] = "solved"
            self._close_report()
            if self.only:
                self.over = True
                return
            self._show(self.runner.feed(""))
        self.over = self.over or self.runner.finished

    def line(self, text: str) -> None:
        report = self._report()
        report["lines"].append(text)
        if not self.as_json:
            self.drawer.write(f"> {text}")
        step = self.runner.step.id
        events = self.runner.feed(text)
        report["replies"] += [event.text for event in events if event.kind == "sent"]
        report["told"] += [event.text for event in events if event.kind in TOLD]
        if self.runner.step.id != step or self.runner.finished:
            self.reports[step]["status"] = self.runner.record.status(step) if text.startswith(":skip") else "open"
            self._print(step)
        self.take(events)

    def finish(self) -> None:
        """Report the step at which the answers ran out, and those that were never reached."""
        if not self.over and not self.runner.finished:
            self._close_report()
        if not self.as_json:
            return
        steps = self.runner.steps[self.first : self.first + 1] if self.only else self.runner.steps[self.first :]
        for step in steps:
            if step.id not in self.printed:
                self.reports.setdefault(step.id, self._empty(step))
                self._print(step.id)

    def _is_done(self) -> bool:
        return self.runner.solved or self.runner.step.kind == "read"

    def _report(self) -> dict[str, Any]:
        return self.reports.setdefault(self.runner.step.id, self._empty(self.runner.step))

    def _empty(self, step: Any) -> dict[str, Any]:
        return {
            "chapter": self.runner.loaded.chapter.id,
            "step": step.id,
            "kind": step.kind,
            "status": "open",
            "lines": [],
            "replies": [],
            "told": [],
        }

    def _close_report(self) -> None:
        self._report()
        self._print(self.runner.step.id)

    def _print(self, step: str) -> None:
        self.printed.add(step)
        if self.as_json:
            print(json.dumps(self.reports[step], ensure_ascii=False))

    def _show(self, events: list[Event]) -> None:
        if not self.as_json:
            self.drawer.draw(events)
