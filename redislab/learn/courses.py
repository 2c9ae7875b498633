"""Finds chapters: those that come with redislab, those of a folder, a zip or a single file.

Owns where lessons lie and how a chapter's name leads to its file; reading a file is `load.py`'s affair. A course is
files named `NN-CHAPTER.yaml`. It holds no code, so a course from elsewhere can only run Redis commands on an engine of
its own.
"""

from __future__ import annotations

import difflib
import re
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

    def __init__(self, name: str, place: str, texts: dict[str, Path | bytes], guide: str | None = None) -> None:
        self.name = name
        self.place = place
        self.files = dict(sorted(texts.items(), key=lambda item: item[0]))
        self.guide = guide
        """The text of `guide-anchors.txt`, or None for a course that follows no guide."""
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
        source = self.files[file_name]
        try:
            data = source if isinstance(source, bytes) else source.read_bytes()
            return data.decode("utf-8") if len(data) <= MOST_BYTES else _too_big(file_name)
        except (OSError, UnicodeDecodeError) as error:
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
        text = self.guide
        if text is None:
            return None
        return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def _file_name(self, chapter: str) -> str:
        return next(name for name in self.files if chapter_id(name) == self.find(chapter))


def open_course(place: str | Path | None = None) -> Course:
    """The course at a folder, zip or file; the one that comes with redislab for None. Raises ContentError."""
    path = shipped_folder() if place is None else Path(place).expanduser()
    if place is not None and not path.exists():
        raise ContentError([Problem(str(place), 0, "there is no such file or folder")])
    shipped = path.resolve() == shipped_folder().resolve()
    name = "redislab" if shipped else _course_name(path)
    if path.is_dir() or shipped:
        course = Course(name, str(place or "lessons"), _in_folder(path), _guide_in(path))
    elif FILE_NAME.match(path.name):
        return Course(name, str(path.parent), {path.name: path}, _guide_in(path.parent))
    else:
        course = _zipped(name, path)
    if not course.files and not shipped:
        raise ContentError([Problem(str(place), 0, "no chapter here; chapters are files called `01-first-steps.yaml`")])
    return course


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


def _in_folder(path: Path) -> dict[str, Path | bytes]:
    return {file.name: file for file in path.glob("*.y*ml") if FILE_NAME.match(file.name)} if path.is_dir() else {}


def _guide_in(folder: Path) -> str | None:
    path = folder / ANCHORS_FILE
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _zipped(name: str, path: Path) -> Course:
    """Chapters at the top of a zip or in folders of it. Raises ContentError, also for a name that is there twice."""
    import zipfile

    texts: dict[str, Path | bytes] = {}
    guide = None
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                file_name = entry.filename.rpartition("/")[2]
                if file_name == ANCHORS_FILE:
                    guide = _unpacked(archive, entry).decode("utf-8", "replace")
                if not FILE_NAME.match(file_name):
                    continue
                if file_name in texts:
                    raise ContentError([Problem(str(path), 0, f"`{file_name}` is in this zip twice")])
                texts[file_name] = _unpacked(archive, entry)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        advice = "a course is a folder, a zip, or a chapter file called `NN-NAME.yaml`"
        raise ContentError([Problem(str(path), 0, f"{error}; {advice}")]) from error
    return Course(name, str(path), texts, guide)


def _unpacked(archive: Any, entry: Any) -> bytes:
    """An entry's bytes; what says that it unpacks to too much, or does so all the same, is refused."""
    if entry.file_size > MOST_BYTES:
        _too_big(entry.filename)
    with archive.open(entry) as file:
        data: bytes = file.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else _too_big(entry.filename).encode()


def _course_name(path: Path) -> str:
    """A short name and a mark of where it lies: two courses called `redis` keep their progress apart."""
    import hashlib

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
