"""What a quiz says and what came of an answer: plain records between the questions and the screen.

Owns the kinds of sentences and nothing of their look. A screen may draw them, print them or write them as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["KINDS", "Result", "Said", "Turn"]

KINDS = (
    "title",
    "heading",
    "ask",
    "command",
    "choice",
    "reply",
    "right",
    "wrong",
    "partly",
    "note",
    "explain",
    "source",
    "step",
    "hint",
    "info",
    "score",
)


@dataclass(frozen=True)
class Said:
    """One paragraph. `mark` is a choice's letter, or the client before a command."""

    kind: str
    text: str
    mark: str = ""


@dataclass(frozen=True)
class Result:
    """How an item was answered. `share` is the part that was right, 0 to 1; `expected` the right answer as text."""

    right: bool
    answer: str
    expected: str
    share: float = 0.0
    skipped: bool = False


@dataclass
class Turn:
    """What follows a line: sentences, and the result once the item is decided."""

    said: list[Said] = field(default_factory=list)
    result: Result | None = None
