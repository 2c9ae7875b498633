"""What was asked and answered, on disk: one line of JSON for each event, only ever appended.

Owns the file `quiz/answers.jsonl` in the progress folder. Every answer is on the disk before the next question is
shown; a crash can cost no more than the line being written, and a half-written line is passed over when reading. Two
processes may append at once, since each event is a single write to a file opened for appending. Nothing is judged here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redislab.quiz.said import Result

__all__ = ["Journal", "Paused"]

FORM = 1
LONGEST_ANSWER = 2000
"""Characters of an answer that are kept."""


@dataclass
class Paused:
    """A quiz that was begun and not finished: its seed, its items in their order, and what is answered already."""

    session: str
    seed: str
    items: list[str]
    answered: dict[str, bool] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """The items still to be asked."""
        return [item for item in self.items if item not in self.answered]


class Journal:
    """The learner's answers. A disk that cannot be written to gives a warning, once, and the quiz goes on."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            from redislab.paths import progress_folder

            folder = progress_folder() / "quiz"
        self.path = folder / "answers.jsonl"
        self.warnings: list[str] = []

    def begin(self, seed: str, items: list[str]) -> str:
        """Note that a quiz of these items begins; the reply is the session's name."""
        session = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.urandom(3).hex()}"
        self._append({"event": "begin", "session": session, "seed": seed, "items": items})
        return session

    def answered(self, session: str, item: str, topic: str, result: Result, hints: int) -> None:
        """Note an answer."""
        self._append(
            {
                "event": "answer",
                "session": session,
                "item": item,
                "topic": topic,
                "right": result.right,
                "share": round(result.share, 3),
                "skipped": result.skipped,
                "hints": hints,
                "answer": result.answer[:LONGEST_ANSWER],
            }
        )

    def end(self, session: str) -> None:
        """Note that every item of the session is answered, or that it is given up."""
        self._append({"event": "end", "session": session})

    def paused(self) -> Paused | None:
        """The quiz that was begun last, if it has not ended."""
        begun: Paused | None = None
        for event in self.events():
            if event["event"] == "begin":
                begun = Paused(event["session"], event["seed"], event["items"])
            elif begun and event["session"] == begun.session:
                if event["event"] == "end":
                    begun = None
                elif event["event"] == "answer":
                    begun.answered[event["item"]] = event["right"]
        return begun if begun and begun.left else None

    def last_answers(self) -> dict[str, bool]:
        """For each item ever answered, whether it was right the last time."""
        return {event["item"]: event["right"] for event in self.events() if event["event"] == "answer"}

    def events(self) -> Iterator[dict[str, Any]]:
        """Everything that was noted, oldest first; lines that are not whole are left out."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except OSError:
            return
        for line in lines:
            try:
                event = json.loads(line)
                if event["form"] == FORM and _is_whole(event):
                    yield event
            except (ValueError, TypeError, KeyError):
                continue

    def _append(self, event: dict[str, Any]) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"form": FORM, "at": at, **event}, ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            self._write(line.encode("utf-8", "surrogateescape"))
        except OSError as error:
            message = f"answers cannot be saved in {self.path}: {error.strerror or error}"
            if message not in self.warnings:
                self.warnings.append(message)

    def _write(self, line: bytes) -> None:
        """One write to the end of the file, and to the disk. What a crash left half-written gets its line end first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with open(handle, "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            os.fsync(file.fileno())


EVENT_FIELDS: dict[str, dict[str, type]] = {
    "begin": {"session": str, "seed": str, "items": list},
    "answer": {"session": str, "item": str, "right": bool},
    "end": {"session": str},
}


def _is_whole(event: dict[str, Any]) -> bool:
    fields = EVENT_FIELDS.get(event["event"], {})
    return bool(fields) and all(isinstance(event[name], kind) for name, kind in fields.items())
