"""Interview questions: answered aloud or in writing, then rated by the learner against key points.

Owns which points a typed answer seems to make, and how a rating is typed. Nothing is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from redislab.quiz.asked import Asked
from redislab.quiz.said import Result, Said, Turn

if TYPE_CHECKING:
    from redislab.quiz.questions import Open

__all__ = ["AskedOpen", "mentioned"]


class AskedOpen(Asked):
    """An interview question: answer it aloud or in writing, then rate yourself by the key points."""

    item: Open
    prompt = "your answer> "

    def __init__(self, item: Open, seed: str) -> None:
        super().__init__(item, seed)
        self.answer: str | None = None
        self.found: list[int] = []

    def opening(self) -> list[Said]:
        how = "Answer aloud or in writing, then press Enter. An empty line means that you have answered aloud."
        return [*super().opening(), Said("info", how)]

    def feed(self, line: str) -> Turn:
        if self.answer is None:
            return self._answered(line)
        chosen = self._rated(line)
        if chosen is None:
            count = len(self.item.points)
            return Turn([Said("info", f"Type the numbers of the points you made, 1 to {count}, or `all` or `none`.")])
        return self._decided(chosen)

    def _answered(self, line: str) -> Turn:
        self.answer = line.strip()
        self.found = mentioned(self.item, self.answer)
        said = [Said("heading", "Key points of a good answer:")]
        for number, point in enumerate(self.item.points):
            seen = "  (found in your answer)" if number in self.found else ""
            said.append(Said("choice", point.text + seen, str(number + 1)))
        said += [Said("heading", "In half a minute:"), Said("explain", self.item.short)]
        numbers = ", ".join(str(number + 1) for number in self.found) or "none"
        said.append(
            Said("info", f"Which points did you make? Numbers, `all` or `none`; Enter takes those found: {numbers}.")
        )
        self.prompt = "points> "
        return Turn(said)

    def _rated(self, line: str) -> list[int] | None:
        word = line.strip().lower()
        if not word:
            return self.found
        if word in ("all", "none", "0"):
            return list(range(len(self.item.points))) if word == "all" else []
        if not re.fullmatch(r"[\d\s,;]+", word):
            return None
        numbers = sorted({int(number) - 1 for number in re.findall(r"\d+", word)})
        return numbers if all(0 <= number < len(self.item.points) for number in numbers) else None

    def _decided(self, chosen: list[int]) -> Turn:
        count, right = len(self.item.points), len(chosen) >= self.item.needed
        missed = [point.text for number, point in enumerate(self.item.points) if number not in chosen]
        score = f"{len(chosen)} of {count} points; {self.item.needed} make a good answer."
        said = [Said("right" if right else "partly", score)]
        said += [Said("note", f"Not said: {text}") for text in missed]
        said += [Said("heading", "In two minutes:"), Said("explain", self.item.long)]
        said += [Said("note", f"They may go on: {question}") for question in self.item.follow_ups]
        return Turn(said, Result(right, self.answer or "(aloud)", self.expected, len(chosen) / count))

    @property
    def expected(self) -> str:
        return self.item.short

    def own_hints(self) -> list[str]:
        beginnings = [" ".join(point.text.split()[:3]) + " …" for point in self.item.points]
        return [f"There are {len(self.item.points)} key points.", *beginnings]


def mentioned(item: Open, answer: str) -> list[int]:
    """The key points, by position, that a typed answer seems to make."""
    return [
        number
        for number, point in enumerate(item.points)
        if any(re.search(word, answer, re.IGNORECASE) for word in point.words)
    ]
