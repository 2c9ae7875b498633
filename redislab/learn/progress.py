"""What a learner has done, on disk: one small JSON file a chapter.

Owns the folder, the file's form, and safe writing: a new file is written aside, flushed to the disk and put in place
of the old one in one move, so a crash at any moment leaves the old or the new one. Two processes take turns through a
lock, and each first reads what the other wrote. A file that cannot be read is kept under another name and said so.
Nothing here runs a command.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from redislab.paths import private_folder, progress_folder

__all__ = ["ChapterProgress", "Progress", "Resume", "StepProgress"]

FORM = 1
LOCK_WAIT_S = 5.0
RANK = {"": 0, "skipped": 1, "solved": 2}


@dataclass
class StepProgress:
    """How one step went. `status` is "", "skipped" or "solved"; counts are over all tries."""

    status: str = ""
    tries: int = 0
    """Times it was missed before it was solved."""
    hints: int = 0
    shown: bool = False
    """The solution was looked at."""
    commands: int = 0
    """Commands of the try that solved it."""
    solved_at: str = ""
    missed: list[str] = field(default_factory=list)
    """What was told on the last misses, for review."""


@dataclass
class Resume:
    """Where the learner is: the step, when its data was built, and every line since, with its instant."""

    step: str = ""
    start_ms: int | None = None
    lines: list[list[Any]] = field(default_factory=list)
    solved: bool = False
    """The step is solved and waits for Enter."""
    hints: int = 0
    answer: str = ""
    """For steps that are answered: the answer that solved it."""


@dataclass
class ChapterProgress:
    """A chapter's steps by id and where the learner is in it."""

    steps: dict[str, StepProgress] = field(default_factory=dict)
    resume: Resume = field(default_factory=Resume)
    seen_at: str = ""

    def status(self, step_id: str) -> str:
        """ "", "skipped" or "solved"."""
        return self.steps.get(step_id, StepProgress()).status

    def step(self, step_id: str) -> StepProgress:
        """The record of a step, made when first asked for."""
        return self.steps.setdefault(step_id, StepProgress())


class Progress:
    """The progress of one learner in one course. `warnings` are for the screen: what could not be read or written."""

    def __init__(self, course: str = "redislab", folder: Path | None = None) -> None:
        self.folder = (folder or progress_folder()) / course
        self.warnings: list[str] = []

    def chapter(self, chapter: str) -> ChapterProgress:
        """What is known of a chapter; an empty record if nothing is. A broken file is put aside with a warning."""
        path = self._path(chapter)
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ChapterProgress()
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            self._put_aside(path, error)
            return ChapterProgress()

    def save(self, chapter: str, record: ChapterProgress) -> None:
        """Write a chapter's record, together with what another process has solved meanwhile.

        A disk that cannot be written to gives a warning, once; the lesson goes on.
        """
        record.seen_at = _now_text()
        try:
            private_folder(self.folder)
            with self._locked(chapter):
                _merge(record, self.chapter(chapter))
                _write(self._path(chapter), json.dumps(_to_json(record), ensure_ascii=False, separators=(",", ":")))
        except OSError as error:
            message = f"progress cannot be saved in {self.folder}: {error.strerror or error}"
            if message not in self.warnings:
                self.warnings.append(message)

    def forget(self, chapter: str) -> None:
        """Begin a chapter anew; the old record is kept beside it as `.old`."""
        path = self._path(chapter)
        with contextlib.suppress(FileNotFoundError):
            path.replace(path.with_suffix(".old"))

    def _path(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.json"

    def _put_aside(self, path: Path, error: Exception) -> None:
        aside = path.with_suffix(f".broken-{time.strftime('%Y%m%d-%H%M%S')}")
        with contextlib.suppress(OSError):
            path.replace(aside)
            self.warnings.append(
                f"the progress of `{path.stem}` could not be read ({error}); it is kept as {aside} and the chapter"
                " begins anew. Other chapters are as they were."
            )

    @contextlib.contextmanager
    def _locked(self, chapter: str) -> Iterator[None]:
        """One writer at a time. Without locks (some network disks) the last writer wins, whole files still."""
        with open(self.folder / f".{chapter}.lock", "a+b") as file:
            release = _lock(file)
            try:
                yield
            finally:
                release()


def _lock(file: Any) -> Any:
    deadline = time.monotonic() + LOCK_WAIT_S
    try:
        import fcntl
    except ImportError:
        return _lock_windows(file, deadline)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lambda: fcntl.flock(file, fcntl.LOCK_UN)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        except OSError:
            return lambda: None


def _lock_windows(file: Any, deadline: float) -> Any:
    import msvcrt

    windows: Any = msvcrt
    file.seek(0)
    while True:
        try:
            windows.locking(file.fileno(), windows.LK_NBLCK, 1)
            return lambda: (file.seek(0), windows.locking(file.fileno(), windows.LK_UNLCK, 1))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _write(path: Path, text: str) -> None:
    """Replace a file in one move; what is read afterwards is all of the old or all of the new text."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".new")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _merge(record: ChapterProgress, other: ChapterProgress) -> None:
    """A step that another process solved stays solved. Where the learner is, the last writer says."""
    for step_id, theirs in other.steps.items():
        ours = record.steps.get(step_id)
        if ours is None or RANK[theirs.status] > RANK[ours.status]:
            record.steps[step_id] = theirs


def _to_json(record: ChapterProgress) -> dict[str, Any]:
    return {"form": FORM, **asdict(record)}


def _from_json(data: dict[str, Any]) -> ChapterProgress:
    if data["form"] != FORM:
        raise ValueError(f"its form is {data['form']}, this redislab knows {FORM}")
    steps = {step_id: StepProgress(**step) for step_id, step in data["steps"].items()}
    unknown = {step.status for step in steps.values()} - set(RANK)
    if unknown:
        raise ValueError(f"unknown status {', '.join(map(repr, unknown))}")
    resume = Resume(**data["resume"])
    resume.lines = [[int(now_ms), str(line)] for now_ms, line in resume.lines]
    return ChapterProgress(steps, resume, str(data["seen_at"]))


def _now_text() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
