"""Reads only the head of a chapter: its id, number, title and the ids of its steps.

Owns a quick look at the text, because a list of twenty chapters need not read two megabytes of YAML. It knows the usual
way in which chapters are written; where a file is written in any other way it gives up, and the whole file is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Head", "head_from", "head_of"]

TOP = re.compile(r"^(id|number|title):[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
STEPS = re.compile(r"^steps:[ \t]*\n", re.MULTILINE)
PLAIN = re.compile(r"^[A-Za-z0-9][^#:'\"{}\[\]&*!|>%@`]*$")
ITEM = re.compile(r"^([ ]*)- (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Head:
    """What a list of chapters shows."""

    id: str
    number: int
    title: str
    steps: tuple[str, ...]


def head_from(chapter: Any) -> Head:
    """The head of a chapter that was read in full."""
    return Head(chapter.id, chapter.number, chapter.title, tuple(step.id for step in chapter.steps))


def head_of(text: str) -> Head | None:
    """The head of a chapter's text, or None when it is not written in the usual way."""
    begin = STEPS.search(text)
    if begin is None:
        return None
    fields = dict(TOP.findall(text[: begin.start()]))
    ids = _step_ids(text[begin.end() :])
    if len(fields) < 3 or not all(PLAIN.match(value) for value in fields.values()) or not ids:
        return None
    if not fields["number"].isdecimal():
        return None
    return Head(fields["id"], int(fields["number"]), fields["title"], tuple(ids))


def _step_ids(text: str) -> list[str] | None:
    """The ids of the items of the list that begins here; None unless every item begins with its id."""
    text = re.sub(r"\A(?:[ \t]*(?:#.*)?\n)*", "", text)
    first = ITEM.match(text)
    if first is None:
        return None
    found = []
    for line in text.splitlines():
        if line.startswith(first[1] + "- "):
            name, _, value = line[len(first[1]) + 2 :].partition(":")
            if name != "id" or not re.fullmatch(r"[a-z0-9-]+", value.strip()):
                return None
            found.append(value.strip())
        elif line and not line.startswith((first[1] + " ", "#")):
            break
    return found
