"""A quiz from the first question to the score, as a machine that is fed with lines.

Owns the order of the items, the words that begin with a colon (:hint, :skip, :quit, :help), and when an answer is
saved: before anything is told about it. It reads no input and prints nothing; `screen.py` does, or a script.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redislab.quiz.ask import Asked, ask
from redislab.quiz.report import scores_by_topic, summary
from redislab.quiz.said import Result, Said, Turn

if TYPE_CHECKING:
    from redislab.quiz.journal import Journal

__all__ = ["Answered", "Quiz", "pick"]

HELP = (
    ":hint gives a hint, :skip goes to the next question, :quit leaves (`redislab quiz --resume` goes on there)."
    " In tasks also :check, :undo, :reset, and help COMMAND."
)


@dataclass(frozen=True)
class Answered:
    """An item that is decided."""

    item: Any
    result: Result
    hints: int = 0


def pick(items: Sequence[Any], seed: str, count: int | None = None) -> list[Any]:
    """The items in the order in which they are asked, at most `count`; the same for the same seed."""
    order = list(items)
    random.Random(f"order:{seed}").shuffle(order)
    return order[:count]


class Quiz:
    """Items asked one after another.

    `begin` gives the first question, `feed` takes a line. When an item is decided `between` is true, and `advance`
    gives the next question. `position` is that of the current item, from 0.
    """

    def __init__(
        self, items: Sequence[Any], seed: str, journal: Journal | None = None, session: str | None = None, done: int = 0
    ) -> None:
        self.items = list(items)
        self.seed = seed
        self.journal = journal
        self.session = session
        self.done_before = done
        self.position = 0
        self.between = False
        self.left_early = False
        self.answers: list[Answered] = []
        self.asked: Asked | None = None

    @property
    def finished(self) -> bool:
        """Nothing more will be asked."""
        return self.left_early or self.position >= len(self.items)

    @property
    def item(self) -> Any:
        """The item being asked."""
        return self.items[self.position]

    @property
    def prompt(self) -> str:
        """What stands before the learner's next line."""
        return self.asked.prompt if self.asked else ""

    @property
    def all_right(self) -> bool:
        """Every item was asked and answered rightly."""
        return len(self.answers) == len(self.items) and all(answer.result.right for answer in self.answers)

    def begin(self) -> list[Said]:
        """The first question."""
        if self.journal and self.session is None:
            self.session = self.journal.begin(self.seed, [item.id for item in self.items])
        return self._question()

    def feed(self, line: str) -> Turn:
        """Take a line of the learner's."""
        word = line.strip().lower()
        if word in (":quit", ":q", ":exit"):
            self.leave()
            return Turn()
        if word in (":help", ":h", ":?", "?", "help"):
            return Turn([Said("info", HELP)])
        assert self.asked is not None
        if word == ":hint":
            return Turn([Said("hint", self.asked.hint())])
        if word == ":skip":
            return self._decided(Turn([], Result(False, "", self.asked.expected, skipped=True)))
        turn = self.asked.feed(line)
        return self._decided(turn) if turn.result else turn

    def advance(self) -> list[Said]:
        """The next question; nothing if that was the last."""
        self.between = False
        self.position += 1
        if self.finished:
            self._end()
            return []
        return self._question()

    def leave(self) -> None:
        """Stop here. What is answered is saved; the rest can be resumed."""
        if self.asked:
            self.asked.close()
        if self.between and self.position == len(self.items) - 1:
            self._end()
        self.left_early = True

    def summary(self) -> list[Said]:
        """The score in all and by topic, and the weak topics."""
        return summary(self.answers, len(self.items))

    def scores(self) -> dict[str, tuple[int, int]]:
        """For each topic how many were right, and how many answered."""
        return scores_by_topic(self.answers)

    def _question(self) -> list[Said]:
        item = self.item
        self.asked = ask(item, self.seed)
        number, total = self.done_before + self.position + 1, self.done_before + len(self.items)
        level = {1: "easy", 2: "medium", 3: "hard"}[item.difficulty]
        return [Said("title", f"Question {number} of {total} · {item.topic} · {level}"), *self.asked.opening()]

    def _decided(self, turn: Turn) -> Turn:
        assert self.asked is not None and turn.result is not None
        answered = Answered(self.item, turn.result, self.asked.hints)
        self.answers.append(answered)
        if self.journal and self.session:
            self.journal.answered(self.session, self.item.id, self.item.topic or "", turn.result, self.asked.hints)
        if turn.result.skipped:
            turn.said.append(Said("info", f"Skipped. The answer: {turn.result.expected}"))
        turn.said += self.asked.closing()
        self.asked.close()
        self.between = True
        return turn

    def _end(self) -> None:
        if self.journal and self.session:
            self.journal.end(self.session)
