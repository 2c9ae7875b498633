"""What a quiz item looks like: the shapes that a file under lessons/quiz must have.

Owns the msgspec Structs and nothing else: no file is opened, no answer judged and no command run here. An answer that
can be found by running a command is never written down: a `predict` item holds the command and not its reply, and a
`do` item is judged by the state it asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta, Struct

from redislab.learn.schema_goal import Check

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower-case words joined by hyphens")]
Text = Annotated[str, Meta(min_length=1)]
Difficulty = Annotated[int, Meta(ge=1, le=3, description="1 everybody, 2 working knowledge, 3 the fine print")]
Commands = list[Text]


class Item(Struct, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every kind of item has."""

    id: Name
    ask: Text
    explain: Text
    source: Text
    topic: Name | None = None
    difficulty: Difficulty = 1
    step: str | None = None
    hints: list[Text] = []

    kind: ClassVar[str] = ""


class Option(Struct, kw_only=True, forbid_unknown_fields=True):
    """One choice. A wrong one says in `feedback` what is wrong with it; `commands` prove a right one by running."""

    text: Text
    right: bool = False
    feedback: str | None = None
    commands: Commands = []


class Choice(Item, tag="choice", kw_only=True):
    """Choose among written answers: one of them, or with `many` every right one.

    With a `goal` each choice carries commands, and `redislab course check` proves that exactly the right ones reach it.
    """

    choices: Annotated[list[Option], Meta(min_length=2, max_length=9)]
    many: bool = False
    setup: Commands = []
    goal: list[Check] = []

    kind: ClassVar[str] = "choice"


class Distractor(Struct, kw_only=True, forbid_unknown_fields=True):
    """A wrong reply, in the notation of redis-cli, and what is wrong with it."""

    text: Text
    feedback: Text


class Predict(Item, tag="predict", kw_only=True):
    """What does this command reply? The right answer is found by running it.

    With `offer` the distractors are shown as choices beside the right reply; without it they only explain a mistake.
    """

    setup: Commands = []
    command: Text
    distractors: list[Distractor] = []
    offer: bool = False
    ask: Text = "What does the last command reply?"

    kind: ClassVar[str] = "predict"


class Route(Struct, kw_only=True, forbid_unknown_fields=True):
    """Commands that solve a do-it item, and a word on them."""

    commands: Annotated[list[Text], Meta(min_length=1)]
    note: str | None = None


class Do(Item, tag="do", kw_only=True):
    """A task on a keyspace of its own, judged by its state after each command; the first solution is the reference."""

    setup: Commands = []
    goal: list[Check]
    solution: Annotated[list[Route], Meta(min_length=1)]

    kind: ClassVar[str] = "do"


class Point(Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing a good answer says; `words` are what a typed answer would contain, each a regular expression."""

    text: Text
    words: Annotated[list[Text], Meta(min_length=1)]


class Open(Item, tag="open", kw_only=True):
    """An interview question, answered aloud or in writing and rated by oneself against its key points.

    `short` is a model answer of about 30 seconds, `long` one of about two minutes; `enough` is how many points make it
    a good answer, more than half of them if not given.
    """

    points: Annotated[list[Point], Meta(min_length=2)]
    short: Text
    long: Text
    follow_ups: list[Text] = []
    enough: int | None = None

    kind: ClassVar[str] = "open"

    @property
    def needed(self) -> int:
        """How many key points make the answer a good one."""
        return self.enough or len(self.points) // 2 + 1


AnyItem = Choice | Predict | Do | Open
KINDS = {shape.kind: shape for shape in (Choice, Predict, Do, Open)}


class Bank(Struct, kw_only=True, forbid_unknown_fields=True):
    """A file of items. `topic` is the topic of every item that names none of its own."""

    topic: Name
    title: Text
    chapter: Name
    items: list[AnyItem]


def topics_of(items: Sequence[Item]) -> dict[str, int]:
    """How many items each topic has, in the order of their first appearance."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.topic or ""] = counts.get(item.topic or "", 0) + 1
    return counts


def schema() -> dict[str, Any]:
    """The JSON Schema of a quiz file, for editors."""
    return msgspec.json.schema(Bank)
