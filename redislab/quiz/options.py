"""Answers to choose from: their letters, and what a typed answer chooses.

Owns the reading of `b`, `2`, `a,c`, `ac` and of a choice's own text. It does not know where the choices come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redislab.quiz.said import Result, Said, Turn

__all__ = ["LETTERS", "Lettered", "OptionView", "Unclear"]

LETTERS = "abcdefghi"
SHORTEST_BEGINNING = 3


class Unclear(ValueError):
    """A typed answer that chooses nothing, or may mean two things; `str` asks again. It counts as no answer."""


@dataclass(frozen=True)
class OptionView:
    """A choice as it is shown, whether it is right, and what to say when it was chosen."""

    text: str
    right: bool
    feedback: str = ""


class Lettered:
    """Choices in the order in which they are shown. `same` tells whether a typed text means a choice's text."""

    def __init__(
        self, options: Sequence[OptionView], many: bool, same: Callable[[str, str], bool] | None = None
    ) -> None:
        self.options = list(options)
        self.many = many
        self.same = same or _same_text

    def shown(self) -> list[Said]:
        """The choices with their letters."""
        return [Said("choice", option.text, LETTERS[number]) for number, option in enumerate(self.options)]

    @property
    def right(self) -> list[int]:
        return [number for number, option in enumerate(self.options) if option.right]

    def named(self, numbers: Sequence[int]) -> str:
        """`a) text`, more than one joined by `; `."""
        return "; ".join(f"{LETTERS[number]}) {self.options[number].text}" for number in numbers)

    def chosen(self, answer: str) -> list[int]:
        """Which choices an answer names, in the order shown. Raises Unclear."""
        answer = answer.strip()
        if not answer:
            raise Unclear(self._how())
        whole, by_letters = self._by_text(answer), self._by_letters(answer)
        if whole and by_letters and whole != by_letters:
            raise Unclear(f"`{answer}` can mean {self.named(by_letters)}, or {self.named(whole)}. Type the letter.")
        found = whole or by_letters or (self._by_parts(answer) if self.many else [])
        if not found:
            raise Unclear(self._how())
        return found

    def judge(self, answer: str) -> Turn:
        """Judge an answer, with feedback on each choice that was wrong. Raises Unclear."""
        chosen, right = self.chosen(answer), self.right
        missed = [number for number in right if number not in chosen]
        wrong = [number for number in chosen if number not in right]
        said = (
            [Said("right", "")]
            if not missed and not wrong
            else [Said("wrong", self._score(chosen) if self.many else "")]
        )
        said += [Said("note", self.options[n].feedback, LETTERS[n]) for n in wrong if self.options[n].feedback]
        if missed:
            said.append(
                Said("note", f"{'Also right' if self.many and chosen != wrong else 'Right'}: {self.named(missed)}")
            )
        share = max(0.0, (len(right) - len(missed) - len(wrong)) / len(right)) if right else 0.0
        return Turn(said, Result(not missed and not wrong, self.named(chosen), self.named(right), share))

    def narrowed(self, taken: int) -> str:
        """A hint: one wrong choice more is told at each call; "" when no more can be told."""
        wrong = [number for number in range(len(self.options)) if number not in self.right]
        return f"It is not {self.named(wrong[taken : taken + 1])}." if taken < len(wrong) - 1 else ""

    def _score(self, chosen: list[int]) -> str:
        found = sum(number in self.right for number in chosen)
        return f"{found} of {len(self.right)} right ones found."

    def _how(self) -> str:
        last = LETTERS[len(self.options) - 1]
        one = f"Type a letter from a to {last}, or the text of a choice."
        return f"Type letters from a to {last}, as in `a,c`." if self.many else one

    def _by_text(self, answer: str) -> list[int]:
        exact = [number for number, option in enumerate(self.options) if self.same(answer, option.text)]
        if exact or len(answer) < SHORTEST_BEGINNING:
            return exact if len(exact) == 1 else []
        begun = [n for n, option in enumerate(self.options) if _plain(option.text).startswith(_plain(answer))]
        return begun if len(begun) == 1 else []

    def _by_letters(self, answer: str) -> list[int]:
        if not re.fullmatch(r"[a-iA-I1-9\s,;]+|[a-iA-I]\)", answer):
            return []
        marks = re.findall(r"[a-i1-9]", answer.lower())
        numbers = sorted({LETTERS.index(mark) if mark.isalpha() else int(mark) - 1 for mark in marks})
        fits = all(number < len(self.options) for number in numbers) and (self.many or len(marks) == 1)
        return numbers if fits else []

    def _by_parts(self, answer: str) -> list[int]:
        found: set[int] = set()
        for part in re.split(r"[;,]", answer):
            numbers = self._by_text(part.strip()) or self._by_letters(part.strip())
            if not numbers:
                return []
            found.update(numbers)
        return sorted(found)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("`", "").split())


def _same_text(answer: str, text: str) -> bool:
    return _plain(answer).rstrip(".") == _plain(text).rstrip(".")
