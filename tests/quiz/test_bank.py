"""The items that come with redislab: enough of them, complete, proved on the engine, and the same on a real server."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from redislab.quiz.ask_open import mentioned
from redislab.quiz.asked import predicted
from redislab.quiz.check import problems, problems_of_bank
from redislab.quiz.load import load_all
from redislab.quiz.options import LETTERS
from redislab.quiz.run import Quiz
from redislab.resp.seen import as_seen

FILES = load_all()
ITEMS = [item for file in FILES for item in file.bank.items]
PREDICT = [item for item in ITEMS if item.kind == "predict"]


def test_how_many() -> None:
    counts = Counter(item.kind for item in ITEMS)
    assert counts["choice"] >= 20 and counts["predict"] >= 20 and counts["do"] >= 10 and counts["open"] >= 12


def test_the_engine_proves_the_bank() -> None:
    assert [str(problem) for problem in problems()] == []


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_complete(item: Any) -> None:
    assert item.explain.strip() and item.source.strip() and item.topic and item.step
    for choice in getattr(item, "choices", ()):
        assert choice.right or choice.feedback
    if item.kind == "predict":
        assert item.distractors
    if item.kind == "do":
        assert len(item.hints) >= 2


@pytest.mark.parametrize("item", [item for item in ITEMS if item.kind == "open"], ids=lambda item: item.id)
def test_open_questions(item: Any) -> None:
    assert 30 <= len(item.short.split()) <= 90, "about half a minute"
    assert 150 <= len(item.long.split()) <= 300, "about two minutes"
    assert len(item.points) >= 5 and item.follow_ups
    assert mentioned(item, "I do not know. It is a fast thing that many people use for websites.") == []


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_the_right_answer_is_right_and_the_wrong_one_is_not(item: Any) -> None:
    """Through the door the learner uses: what is expected is typed, then for each foreseen mistake its text."""
    quiz = Quiz([item], "3")
    quiz.begin()
    assert quiz.asked is not None
    for line in right_lines(item, quiz.asked):
        turn = quiz.feed(line)
    assert turn.result is not None and turn.result.right
    for text, feedback in foreseen(item):
        other = Quiz([item], "3")
        other.begin()
        turn = other.feed(text)
        assert turn.result is not None and not turn.result.right
        assert feedback in [said.text for said in turn.said]


def right_lines(item: Any, asked: Any) -> list[str]:
    if item.kind == "do":
        return list(item.solution[0].commands)
    if item.kind == "open":
        return [item.long, ""]
    lettered = getattr(asked, "lettered", None)
    return [" ".join(LETTERS[number] for number in lettered.right) if lettered else asked.expected]


def foreseen(item: Any) -> list[tuple[str, str]]:
    if item.kind == "choice":
        return [(choice.text, choice.feedback) for choice in item.choices if not choice.right]
    return [(one.text, one.feedback) for one in item.distractors] if item.kind == "predict" else []


def test_the_six_questions_of_the_guide_are_there() -> None:
    sources = " ".join(item.source for item in ITEMS if item.kind == "open")
    for name in ("what-is-redis", "redis-vs-memcached", "performance", "persistence", "memory-full", "cluster"):
        assert f"guide: interview-prep/questions/{name}" in sources


def test_feedback_is_not_repeated() -> None:
    said = [choice.feedback for item in ITEMS for choice in getattr(item, "choices", ()) if choice.feedback]
    said += [distractor.feedback for item in PREDICT for distractor in item.distractors]
    assert [text for text, count in Counter(said).items() if count > 1] == []


@pytest.fixture(scope="module")
def server(real_server: tuple[str, int]) -> Any:
    from redislab.learn.remote import RemoteServer

    server = RemoteServer(f"redis://{real_server[0]}:{real_server[1]}", flush=True)
    yield server
    server.close()


class TestOnARealServer:
    """The same proof, and the same replies, on Redis 7.0.15."""

    def test_the_server_proves_the_bank(self, server: Any) -> None:
        assert [str(problem) for file in FILES for problem in problems_of_bank(file, server.make)] == []

    @pytest.mark.parametrize("item", PREDICT, ids=lambda item: item.id)
    def test_engine_and_server_agree(self, server: Any, item: Any) -> None:
        ours, theirs = predicted(item), predicted(item, server.make)
        if re.match(r"S(DIFF|UNION|INTER|MEMBERS)\b", item.command):
            ours, theirs = sorted(ours), sorted(theirs)
        assert as_seen(ours, 2) == as_seen(theirs, 2)
