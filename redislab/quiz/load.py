"""Reads quiz files into `questions.Bank`, and says with line numbers what is wrong with them.

Owns where the files lie and the rules that can be told from a file alone (ids differ, a wrong choice has feedback, a
point's words are regular expressions). What has to be run to be known is in `check.py`. Nothing is run here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redislab.yamlfile import ContentError, Problem, YamlFile

if TYPE_CHECKING:
    from redislab.quiz.questions import Bank, Item

__all__ = ["BankFile", "NoSuchTopic", "choose_items", "load_all", "parse_bank", "quiz_folder", "read_bank"]

HEAD = ("topic", "title", "chapter")


class NoSuchTopic(LookupError):
    """No file, topic or item has that name; `str` names the nearest one."""


class BankFile:
    """A quiz file with its items, and the lines they came from."""

    def __init__(self, bank: Bank, file: YamlFile) -> None:
        self.bank = bank
        self.file = file

    def problem(self, message: str, item: Item | None = None, *parts: str | int) -> Problem:
        """A remark about a part of an item (`"choices", 2`), or about the file when `item` is None."""
        if item is None:
            return self.file.problem(message, *parts)
        position = next(number for number, one in enumerate(self.bank.items) if one is item)
        return self.file.problem(message, "items", position, *parts, where=item.id)


def quiz_folder() -> Path:
    """The folder of the files that come with redislab, installed or in a checkout."""
    from redislab.learn.courses import shipped_folder

    return shipped_folder() / "quiz"


def load_all(place: Path | None = None) -> list[BankFile]:
    """Every file of a folder in the order of names, or the one file named. Raises ContentError with all problems."""
    place = place or quiz_folder()
    paths = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    if not paths:
        raise ContentError([Problem(str(place), 0, "there is no quiz file, *.yaml, in this folder")])
    files, problems = [], []
    for path in paths:
        try:
            files.append(read_bank(path))
        except ContentError as error:
            problems += error.problems
    problems += list(_ids_used_twice(files))
    if problems:
        raise ContentError(problems)
    return files


def read_bank(path: Path | str) -> BankFile:
    """Read one file. Raises ContentError with a problem for each bad item."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(str(path), 0, f"cannot be read: {error}")]) from error
    return parse_bank(str(path), text)


def parse_bank(path: str, text: str) -> BankFile:
    """Build a bank from text; `path` is only used in messages. Raises ContentError."""
    from redislab.learn.load import read_yaml
    from redislab.quiz.questions import AnyItem, Bank

    file = read_yaml(path, text)
    if not isinstance(file.data, dict) or not isinstance(file.data.get("items"), list):
        raise ContentError([file.problem("a quiz file is a mapping with topic, title, chapter and a list of items")])
    problems: list[Problem] = []
    any_item: Any = AnyItem
    for position in range(len(file.data["items"])):
        try:
            file.convert(any_item, "items", position)
        except ContentError as error:
            problems += [_named(file, position, problem) for problem in error.problems]
    if problems:
        raise ContentError(problems)
    loaded = BankFile(file.convert(Bank), file)
    for item in loaded.bank.items:
        item.topic = item.topic or loaded.bank.topic
    if found := [*_ids_used_twice([loaded]), *_rules_broken(loaded)]:
        raise ContentError(found)
    return loaded


def choose_items(files: Iterable[BankFile], name: str | None) -> list[Any]:
    """The items of a file's topic or chapter, of a topic within the files, or the single item of that id; all for None.

    Raises NoSuchTopic, which names the nearest.
    """
    files = list(files)
    items = [item for file in files for item in file.bank.items]
    if name is None:
        return items
    for found in (
        [item for file in files if name in (file.bank.topic, file.bank.chapter) for item in file.bank.items],
        [item for item in items if item.topic == name],
        [item for item in items if item.id == name],
    ):
        if found:
            return found
    topics = list(dict.fromkeys([file.bank.topic for file in files] + [str(item.topic) for item in items]))
    near = difflib.get_close_matches(name.lower(), topics, 1, 0.5)
    advice = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(topics)}"
    raise NoSuchTopic(f"there is no topic `{name}`; {advice}")


def _named(file: YamlFile, position: int, problem: Problem) -> Problem:
    """The problem with the item's id, and for an unknown field its line and the nearest field that exists."""
    data = file.data["items"][position]
    name = str(data.get("id", f"item {position + 1}")) if isinstance(data, dict) else f"item {position + 1}"
    unknown = re.search(r"unknown field `([^`]+)`", problem.message)
    if not unknown:
        return Problem(problem.path, problem.line, problem.message, name)
    field = unknown[1]
    line = file.line("items", position, field) if isinstance(data, dict) and field in data else problem.line
    near = difflib.get_close_matches(field, _fields(data), 1, 0.6)
    advice = f"; did you mean `{near[0]}`?" if near else ""
    return Problem(problem.path, line, f"there is no field `{field}` here{advice}", name)


def _fields(data: Any) -> list[str]:
    from redislab.quiz.questions import KINDS

    shape = KINDS.get(str(data.get("kind")) if isinstance(data, dict) else "")
    return list(shape.__struct_fields__) if shape else []


def _ids_used_twice(files: Iterable[BankFile]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for file in files:
        for item in file.bank.items:
            if seen.setdefault(item.id, id(item)) != id(item):
                yield file.problem("another item has this id; progress is kept by id, so ids must differ", item, "id")


def _rules_broken(file: BankFile) -> Iterator[Problem]:
    from redislab.quiz.questions import Choice, Open, Predict

    for item in file.bank.items:
        if isinstance(item, Choice):
            yield from _choice_problems(file, item)
        elif isinstance(item, Predict) and item.offer and not item.distractors:
            yield file.problem("`offer` shows the distractors, but there is none", item)
        elif isinstance(item, Open):
            yield from _open_problems(file, item)


def _choice_problems(file: BankFile, item: Any) -> Iterator[Problem]:
    right = [choice for choice in item.choices if choice.right]
    if not right:
        yield file.problem("no choice is marked `right: true`", item, "choices")
    if len(right) > 1 and not item.many:
        yield file.problem(f"{len(right)} choices are right; say `many: true` or leave one", item, "choices")
    for position, choice in enumerate(item.choices):
        if not choice.right and not choice.feedback:
            yield file.problem("a wrong choice needs `feedback`: what is wrong with it", item, "choices", position)
        if item.goal and not choice.commands:
            yield file.problem("the item has a goal, so each choice needs `commands`", item, "choices", position)
    texts = [" ".join(choice.text.lower().split()) for choice in item.choices]
    if len(set(texts)) < len(texts):
        yield file.problem("two choices have the same text", item, "choices")


def _open_problems(file: BankFile, item: Any) -> Iterator[Problem]:
    if item.enough is not None and not 1 <= item.enough <= len(item.points):
        yield file.problem(f"`enough` is between 1 and {len(item.points)}", item, "enough")
    for position, point in enumerate(item.points):
        for word in point.words:
            try:
                re.compile(word)
            except re.error as error:
                yield file.problem(f"`{word}` is no regular expression: {error}", item, "points", position, "words")
