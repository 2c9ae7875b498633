"""Reads a YAML file of lessons or quiz items and remembers on which line everything stands.

Owns the way from a file to a checked msgspec Struct, and the two shapes in which content is found wanting: `Problem`
(one remark, with file and line) and `ContentError` (raised when nothing can be built from a file). It knows nothing of
lessons or questions, and it never runs anything that a file says: tags that would build Python objects are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Shape = TypeVar("Shape")
PATH_IN_MESSAGE = re.compile(r"^(?P<message>.*?) - at `(?P<path>\$[^`]*)`$", re.DOTALL)
PATH_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a content file; `line` counts from 1, 0 when no line can be named."""

    path: str
    line: int
    message: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        subject = f"{self.where}: " if self.where else ""
        return f"{place}: {subject}{self.message}"


class ContentError(Exception):
    """A content file from which nothing can be built; `problems` says why, each with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


class YamlFile:
    """The plain data of one file, and the line of every part of it."""

    def __init__(self, path: Path | str, text: str, data: Any, root: Any) -> None:
        self.path = str(path)
        self.text = text
        self.data = data
        self.root = root

    @classmethod
    def read(cls, path: Path | str) -> YamlFile:
        """Read a file as UTF-8. Raises ContentError when it cannot be read or is not YAML."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError([Problem(str(path), 0, f"cannot be read: {error}")]) from error
        return cls.parse(path, text)

    @classmethod
    def parse(cls, path: Path | str, text: str) -> YamlFile:
        """Build from text already at hand; `path` is only used in messages."""
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            root = loader.get_single_node()
            data = loader.construct_document(root) if root is not None else None
        except (yaml.YAMLError, ValueError) as error:
            raise ContentError([_yaml_problem(str(path), error)]) from error
        finally:
            loader.dispose()
        file = cls(path, text, data, root)
        if repeated := list(file.repeated_keys()):
            raise ContentError(repeated)
        return file

    def line(self, *parts: str | int) -> int:
        """The line, from 1, of the value under these keys and positions; of the nearest parent if it is absent."""
        node = self.root
        for part in parts:
            child = _child(node, part)
            if child is None:
                break
            node = child
        return node.start_mark.line + 1 if node is not None else 1

    def problem(self, message: str, *parts: str | int, where: str = "") -> Problem:
        """A Problem of this file at the line of `parts`."""
        return Problem(self.path, self.line(*parts), message, where)

    def convert(self, shape: type[Shape], *parts: str | int) -> Shape:
        """Build `shape` (a msgspec Struct) from the part named; raises ContentError with the line of the mistake."""
        import msgspec

        data = self.data
        for part in parts:
            data = data[part]
        try:
            return msgspec.convert(data, shape)
        except msgspec.ValidationError as error:
            message, below = split_message(str(error))
            raise ContentError([self.problem(message, *parts, *below)]) from error

    def repeated_keys(self) -> Iterator[Problem]:
        """YAML keeps the last of two equal keys without a word; here that is a problem."""
        import yaml

        waiting, seen = [self.root], set()
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                waiting.extend(node.value)
            elif isinstance(node, yaml.MappingNode):
                waiting.extend(value for _, value in node.value)
                yield from self._repeated_in(node)

    def _repeated_in(self, node: Any) -> Iterator[Problem]:
        names: set[str] = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in names:
                yield Problem(self.path, key.start_mark.line + 1, f"`{key.value}` is given twice here")
            names.add(str(key.value))


def split_message(text: str) -> tuple[str, list[str | int]]:
    """A msgspec message and the path it names: 'Expected `int` … - at `$.items[2].id`' gives ('Expected…', [...])."""
    found = PATH_IN_MESSAGE.match(text)
    if not found:
        return text, []
    parts: list[str | int] = []
    for name, position in PATH_PART.findall(found["path"]):
        parts.append(int(position) if position else name)
    return found["message"], parts


def _child(node: Any, part: str | int) -> Any:
    value = getattr(node, "value", None)
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else None
    if not isinstance(value, list):
        return None
    return next((pair[1] for pair in value if isinstance(pair, tuple) and pair[0].value == part), None)


def _yaml_problem(path: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    message = getattr(error, "problem", None) or str(error)
    return Problem(path, mark.line + 1 if mark else 0, f"not YAML: {message}")
