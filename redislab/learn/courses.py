"""Finds chapters: those that come with redislab, those of a folder, a zip or a single file.

Owns where lessons lie and how a chapter's name leads to its file; reading a file is `load.py`'s affair. A course is
files named `NN-CHAPTER.yaml`. It holds no code, so a course from elsewhere can only run Redis commands on an engine of
its own.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redislab.learn.heads import Head, head_from, head_of
from redislab.yamlfile import ContentError, Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile

__all__ = ["Course", "NoSuchChapter", "open_course"]

FILE_NAME = re.compile(r"^(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.ya?ml$")
ANCHORS_FILE = "guide-anchors.txt"
MOST_BYTES = 4_000_000
"""A chapter is some 100 kB; a zip entry that unpacks to more than this is refused."""


class NoSuchChapter(LookupError):
    """No chapter or step of that name; `str` says which is nearest."""


class Course:
    """An ordered set of chapter files. `name` tells courses apart in the progress folder."""

    def __init__(self, name: str, place: str, texts: dict[str, Path | zipfile.Path]) -> None:
        self.name = name
        self.place = place
        self.files = dict(sorted(texts.items(), key=lambda item: item[0]))
        self._loaded: dict[str, ChapterFile] = {}

    @property
    def ids(self) -> list[str]:
        """Chapter ids in the order of their numbers, from the file names."""
        return [chapter_id(name) for name in self.files]

    def load(self, chapter: str) -> ChapterFile:
        """Read one chapter. Raises NoSuchChapter or ContentError."""
        from redislab.learn.load import parse_chapter

        if chapter not in self._loaded:
            file_name = self._file_name(chapter)
            path = f"{self.place}/{file_name}" if len(self.files) > 1 or self.place != file_name else file_name
            loaded = parse_chapter(path, self.text(file_name))
            _agree_with_name(loaded, file_name)
            self._loaded[chapter] = loaded
        return self._loaded[chapter]

    def load_all(self) -> tuple[list[ChapterFile], list[Problem]]:
        """Every chapter that can be read, and the problems of the others."""
        chapters, problems = [], []
        for chapter in self.ids:
            try:
                chapters.append(self.load(chapter))
            except ContentError as error:
                problems += error.problems
        return chapters, problems

    def heads(self) -> tuple[list[Head], list[Problem]]:
        """Id, number, title and step ids of every chapter, without reading more than that where it can be avoided."""
        heads, problems = [], []
        for file_name in self.files:
            try:
                heads.append(head_of(self.text(file_name)) or head_from(self.load(chapter_id(file_name)).chapter))
            except ContentError as error:
                problems += error.problems
        return heads, problems

    def text(self, file_name: str) -> str:
        """The text of a file of the course. Raises ContentError when it cannot be read."""
        try:
            data = self.files[file_name].read_bytes()
            return data[: MOST_BYTES + 1].decode("utf-8") if len(data) <= MOST_BYTES else _too_big(file_name)
        except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
            raise ContentError([Problem(file_name, 0, f"cannot be read: {error}")]) from error

    def find(self, typed: str) -> str:
        """The id meant by a name, number or beginning of a name. Raises NoSuchChapter naming the nearest."""
        wanted, ids = typed.strip().lower(), self.ids
        if wanted in ids:
            return wanted
        by_number = {str(int(name[:2])): chapter_id(name) for name in self.files}
        if wanted.lstrip("0") in by_number:
            return by_number[wanted.lstrip("0")]
        starts = [name for name in ids if name.startswith(wanted)]
        if wanted and len(starts) == 1:
            return starts[0]
        raise NoSuchChapter(f"there is no chapter `{typed}`{nearest(wanted, ids)}")

    def find_step(self, loaded: ChapterFile, typed: str) -> int:
        """The position of a step by id or number from 1. Raises NoSuchChapter naming the nearest."""
        ids = [step.id for step in loaded.chapter.steps]
        if typed in ids:
            return ids.index(typed)
        if typed.isdecimal() and 1 <= int(typed) <= len(ids):
            return int(typed) - 1
        raise NoSuchChapter(f"chapter `{loaded.chapter.id}` has no step `{typed}`{nearest(typed, ids)}")

    def anchors(self) -> list[str] | None:
        """The guide's anchors that the course must cover, or None for a course that follows no guide."""
        holder = next(iter(self.files.values()), None)
        if holder is None:
            return None
        path: Any = holder.parent / ANCHORS_FILE  # type: ignore[operator]
        if not path.is_file():
            return None
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def _file_name(self, chapter: str) -> str:
        return next(name for name in self.files if chapter_id(name) == self.find(chapter))


def open_course(place: str | Path | None = None) -> Course:
    """The course at a folder, zip or file; the one that comes with redislab for None. Raises ContentError."""
    if place is None:
        return Course("redislab", "lessons", _in_folder(shipped_folder()))
    path = Path(place).expanduser()
    if not path.exists():
        raise ContentError([Problem(str(place), 0, "there is no such file or folder")])
    if path.is_dir():
        if path.resolve() == shipped_folder().resolve():
            return Course("redislab", str(place), _in_folder(path))
        texts: dict[str, Path | zipfile.Path] = _in_folder(path)
    elif zipfile.is_zipfile(path):
        texts = _in_zip(path)
    else:
        texts = _single(path)
        return Course(_course_name(path), str(path.parent), texts)
    if not texts:
        raise ContentError([Problem(str(place), 0, "no chapter here; chapters are files called `01-first-steps.yaml`")])
    return Course(_course_name(path), str(place), texts)


def shipped_folder() -> Path:
    """`redislab/lessons` of an installed package, or `lessons` beside the package in a source checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "lessons"
    return installed if installed.is_dir() else package.parent / "lessons"


def chapter_id(file_name: str) -> str:
    """`04-data-types.yaml` -> `data-types`."""
    match = FILE_NAME.match(file_name)
    return match[2] if match else file_name.rpartition(".")[0]


def nearest(typed: str, names: list[str]) -> str:
    """`; did you mean …?`, or the whole list when nothing is near."""
    near = (
        difflib.get_close_matches(typed.lower(), names, 1, 0.5)
        or [name for name in names if typed and typed in name][:1]
    )
    return f"; did you mean `{near[0]}`?" if near else f"; there are: {', '.join(names)}"


def _in_folder(path: Path) -> dict[str, Path | zipfile.Path]:
    return {file.name: file for file in path.glob("*.y*ml") if FILE_NAME.match(file.name)} if path.is_dir() else {}


def _in_zip(path: Path) -> dict[str, Path | zipfile.Path]:
    """Chapters at the top of a zip or in folders of it; a name that occurs twice is an error."""
    found: dict[str, Path | zipfile.Path] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename.rpartition("/")[2]
            if not FILE_NAME.match(name):
                continue
            if entry.file_size > MOST_BYTES:
                _too_big(entry.filename)
            if name in found:
                raise ContentError([Problem(str(path), 0, f"`{name}` is in this zip twice")])
            found[name] = zipfile.Path(path, entry.filename)
    return found


def _single(path: Path) -> dict[str, Path | zipfile.Path]:
    if not FILE_NAME.match(path.name):
        raise ContentError(
            [Problem(str(path), 0, "a chapter's file is called `NN-NAME.yaml`, e.g. `01-first-steps.yaml`")]
        )
    return {path.name: path}


def _course_name(path: Path) -> str:
    """A short name and a mark of where it lies: two courses called `redis` keep their progress apart."""
    short = re.sub(r"[^a-z0-9]+", "-", path.resolve().stem.lower()).strip("-") or "course"
    return f"{short}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"


def _agree_with_name(loaded: ChapterFile, file_name: str) -> None:
    match = FILE_NAME.match(file_name)
    chapter = loaded.chapter
    if match and (chapter.id != match[2] or chapter.number != int(match[1])):
        right = f"{chapter.number:02}-{chapter.id}.yaml"
        raise ContentError(
            [loaded.file.problem(f"the file is called {file_name}; for this id and number it is {right}", "id")]
        )


def _too_big(name: str) -> str:
    raise ContentError([Problem(name, 0, f"is larger than {MOST_BYTES} bytes; no chapter is")])
