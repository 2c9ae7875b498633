"""Reads a chapter file into `schema.Chapter`, and says with line numbers what is wrong with it.

Owns the way plain scalars are read: a lesson's `on`, `12:30`, `2024-01-15`, `007` and `1.50` are text, because Redis
keeps text; only `true`, `false`, `null` and numbers that print as they were written are more than text. It knows no
folder and no course (`courses.py` does) and runs nothing.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redislab.yamlfile import ContentError, Problem, YamlFile, split_message

if TYPE_CHECKING:
    from redislab.learn.schema import Chapter, Step

__all__ = ["ChapterFile", "ContentError", "Problem", "parse_chapter", "read_chapter", "read_yaml"]


class ChapterFile:
    """A chapter and the file it came from, so that a later remark can still name the line."""

    def __init__(self, chapter: Chapter, file: YamlFile) -> None:
        self.chapter = chapter
        self.file = file

    @property
    def path(self) -> str:
        return self.file.path

    def step_position(self, step_id: str) -> int | None:
        """Where the step stands, from 0; None if there is none of that id."""
        return next((n for n, step in enumerate(self.chapter.steps) if step.id == step_id), None)

    def problem(self, message: str, step: Step | None = None, *parts: str | int) -> Problem:
        """A remark about a part of a step (`"goal", 0`), or about the chapter when `step` is None."""
        if step is None:
            return self.file.problem(message, *parts)
        position = self.chapter.steps.index(step)
        where = ".".join([step.id, *map(str, parts)])
        return self.file.problem(message, "steps", position, *parts, where=where)


def read_chapter(path: Path) -> ChapterFile:
    """Read and check a file's shape. Raises ContentError with one problem for each bad step."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(str(path), 0, f"cannot be read: {error}")]) from error
    return parse_chapter(str(path), text)


def parse_chapter(path: str, text: str) -> ChapterFile:
    """Build a chapter from text; `path` is used in messages only. Raises ContentError."""
    from redislab.learn.schema import Chapter
    from redislab.learn.shape_rules import shape_problems

    file = read_yaml(path, text)
    if not isinstance(file.data, dict):
        raise ContentError([file.problem("a chapter is a mapping that begins with `id:`, `number:`, `title:`")])
    try:
        chapter = _convert(file, file.data, Chapter, ())
    except ContentError as error:
        raise ContentError(_step_problems(file) or error.problems) from error
    loaded = ChapterFile(chapter, file)
    if found := list(shape_problems(loaded)):
        raise ContentError(found)
    return loaded


def read_yaml(path: str, text: str) -> YamlFile:
    """The plain data of a lesson text with its lines. Raises ContentError when it is not YAML."""
    import yaml

    loader = _loader_class()(text)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root is not None else None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        message = getattr(error, "problem", None) or str(error)
        raise ContentError(
            [Problem(path, mark.line + 1 if mark else 0, f"not YAML: {message}{_advice(text, mark)}")]
        ) from error
    finally:
        loader.dispose()
    file = YamlFile(path, text, data, root)
    if repeated := list(file.repeated_keys()):
        raise ContentError(repeated)
    return file


def _advice(text: str, mark: Any) -> str:
    """YAML's own messages rarely name the cause; these two causes are nearly all there are in lessons."""
    lines = text.splitlines()
    line = lines[mark.line].strip() if mark and mark.line < len(lines) else ""
    if re.search(r"(^|[\[,:{-]\s*)[@`%&*!]", line):
        return "; a text that begins with @ ` * & ! or % must stand in quotes"
    if line.count(": ") > 1:
        return "; a text with `: ` inside must stand in quotes"
    return ""


@cache
def _loader_class() -> Any:
    import yaml

    class LessonLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """PyYAML's safe loader with the narrow scalars described at the head of this file."""

        yaml_implicit_resolvers: dict[str, Any] = {}

    merge = "tag:yaml.org,2002:merge"
    LessonLoader.add_implicit_resolver(merge, re.compile(r"^(?:<<)$"), ["<"])
    for kind, pattern, first in (
        ("bool", r"^(?:true|false)$", "tf"),
        ("null", r"^(?:~|null|)$", ["~", "n", ""]),
        ("int", r"^(?:0|-?[1-9][0-9]*)$", "-0123456789"),
        ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]$", "-0123456789"),
    ):
        LessonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))
    LessonLoader.add_constructor("tag:yaml.org,2002:float", _plain_float)
    return LessonLoader


def _plain_float(loader: Any, node: Any) -> float | str:
    """A number only if it prints as it was written: 0.00001 would print as 1e-05, so it stays text."""
    text = str(node.value)
    return float(text) if repr(float(text)) == text else text


def _step_problems(file: YamlFile) -> list[Problem]:
    """One problem for each step that has a wrong shape, so that an author need not find them one by one."""
    from redislab.learn.schema import Step

    steps = file.data.get("steps")
    problems: list[Problem] = []
    for position, step in enumerate(steps if isinstance(steps, list) else []):
        try:
            _convert(file, step, Step, ("steps", position))
        except ContentError as error:
            problems += error.problems
    return problems


def _convert(file: YamlFile, data: Any, shape: Any, parts: tuple[str | int, ...]) -> Any:
    import msgspec

    try:
        return msgspec.convert(_texts(data, [_shape_info(shape)]), shape, strict=False)
    except msgspec.ValidationError as error:
        message, below = split_message(str(error))
        raise ContentError([_explained(file, shape, message, parts, below)]) from error


def _explained(
    file: YamlFile, shape: Any, message: str, parts: tuple[str | int, ...], below: list[str | int]
) -> Problem:
    where = _place(file, (*parts, *below))
    unknown = message.split("`")[1] if "unknown field" in message else ""
    if unknown:
        line = file.line(*parts, *below, unknown)
        return Problem(
            file.path, line, f"there is no field `{unknown}` here{_suggestion(shape, below, unknown)}", where
        )
    if "got `bool`" in message:
        message += "; a text that is true or false must stand in quotes"
    return file.problem(message[:1].lower() + message[1:], *parts, *below, where=where)


def _place(file: YamlFile, parts: tuple[str | int, ...]) -> str:
    """`steps, 3, goal, 0` as a person says it: `expiring-greeting.goal.0`."""
    if len(parts) < 2 or parts[0] != "steps" or not isinstance(parts[1], int):
        return ".".join(map(str, parts))
    step = file.data["steps"][parts[1]]
    name = step.get("id") if isinstance(step, dict) else None
    return ".".join(map(str, (name or f"step {parts[1] + 1}", *parts[2:])))


def _suggestion(shape: Any, below: list[str | int], unknown: str) -> str:
    known = sorted(_fields_at(shape, below))
    near = difflib.get_close_matches(unknown.lower(), known, 1, 0.6)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known are {', '.join(known)}" if known else ""


def _texts(data: Any, kinds: list[Any]) -> Any:
    """The data with numbers turned back into text wherever the shape has room for text only: `answer: 2`."""
    import msgspec

    flat = _flat(kinds)
    if isinstance(data, dict):
        return {
            key: _texts(value, [inner for kind in flat for inner in _below(kind, key)]) for key, value in data.items()
        }
    if isinstance(data, list):
        items = [kind.item_type for kind in flat if isinstance(kind, msgspec.inspect.ListType)]
        return [_texts(item, items) for item in data]
    if type(data) in (int, float) and any(isinstance(kind, msgspec.inspect.StrType) for kind in flat):
        numbers = (msgspec.inspect.IntType, msgspec.inspect.FloatType, msgspec.inspect.AnyType)
        return data if any(isinstance(kind, numbers) for kind in flat) else str(data)
    return data


@cache
def _shape_info(shape: Any) -> Any:
    import msgspec

    return msgspec.inspect.type_info(shape)


def _fields_at(shape: Any, below: list[str | int]) -> set[str]:
    """The field names that the shape allows at a path below it."""
    import msgspec

    kinds = [_shape_info(shape)]
    for part in below:
        kinds = [inner for kind in kinds for inner in _below(kind, part)]
    return {
        field.encode_name
        for kind in _flat(kinds)
        if isinstance(kind, msgspec.inspect.StructType)
        for field in kind.fields
    }


def _flat(kinds: list[Any]) -> list[Any]:
    import msgspec

    flat: list[Any] = []
    for kind in kinds:
        flat += _flat(list(kind.types)) if isinstance(kind, msgspec.inspect.UnionType) else [kind]
    return flat


def _below(kind: Any, part: str | int) -> list[Any]:
    import msgspec

    found: list[Any] = []
    for one in _flat([kind]):
        if isinstance(one, msgspec.inspect.ListType) and isinstance(part, int):
            found.append(one.item_type)
        elif isinstance(one, msgspec.inspect.DictType):
            found.append(one.value_type)
        elif isinstance(one, msgspec.inspect.StructType):
            found += [field.type for field in one.fields if field.encode_name == part]
    return found
