"""The score of a quiz, by topic, and which topics are weak.

Owns the arithmetic and its words; it saves and draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redislab.quiz.asked import has_lesson
from redislab.quiz.said import Said

__all__ = ["WEAK_BELOW", "scores_by_topic", "summary", "weak_topics"]

WEAK_BELOW = 0.6
"""A topic with a smaller part of right answers than this is called weak."""


def scores_by_topic(answers: Iterable[Any]) -> dict[str, tuple[int, int]]:
    """Topic -> (right, answered), in the order in which the topics came up."""
    scores: dict[str, tuple[int, int]] = {}
    for answer in answers:
        right, total = scores.get(answer.item.topic, (0, 0))
        scores[answer.item.topic] = (right + answer.result.right, total + 1)
    return scores


def weak_topics(scores: dict[str, tuple[int, int]]) -> list[str]:
    """Topics below WEAK_BELOW, the weakest first."""
    weak = [(right / total, topic) for topic, (right, total) in scores.items() if total and right / total < WEAK_BELOW]
    return [topic for _, topic in sorted(weak)]


def summary(answers: Sequence[Any], asked: int) -> list[Said]:
    """The score, a line for each topic, the weak ones, and what was not answered."""
    right = sum(answer.result.right for answer in answers)
    said = [Said("title", f"{right} of {len(answers)} right" if answers else "Nothing answered")]
    scores = scores_by_topic(answers)
    width = max((len(topic) for topic in scores), default=0)
    said += [Said("score", f"{topic:<{width}}  {good} of {total}") for topic, (good, total) in scores.items()]
    weak = weak_topics(scores)
    if weak:
        steps = {answer.item.topic: answer.item.step for answer in answers if not answer.result.right}
        said.append(Said("info", "Weak topics: " + ", ".join(weak)))
        links = dict.fromkeys(steps[topic] for topic in weak if topic in steps)
        said += [Said("step", step) for step in links if has_lesson(step)]
    if len(answers) < asked:
        rest = asked - len(answers)
        said.append(Said("info", f"{rest} not answered; `redislab quiz --resume` goes on there."))
    return said
