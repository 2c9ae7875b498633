"""The quiz as a machine fed with lines: each kind of item, the words with a colon, the order, the score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from redislab.quiz.journal import Journal
from redislab.quiz.report import weak_topics
from redislab.quiz.run import Quiz, pick
from redislab.quiz.said import Said, Turn


def texts(said: list[Said] | Turn) -> str:
    return "\n".join(one.text for one in (said.said if isinstance(said, Turn) else said))


def kinds(said: list[Said]) -> list[str]:
    return [one.kind for one in said]


def started(item: Any, seed: str = "1") -> Quiz:
    quiz = Quiz([item], seed)
    quiz.begin()
    return quiz


def letter_of(quiz: Quiz, text: str) -> str:
    assert quiz.asked is not None
    return next(one.mark for one in quiz.asked.opening() if one.kind == "choice" and one.text == text)


def test_choice_right(items: dict[str, Any]) -> None:
    quiz = started(items["capital"])
    turn = quiz.feed(letter_of(quiz, "SET"))
    assert turn.result is not None and turn.result.right
    assert kinds(turn.said) == ["right", "explain", "source", "step"]
    assert quiz.between and quiz.advance() == [] and quiz.finished and quiz.all_right


def test_choice_wrong_gives_its_own_feedback(items: dict[str, Any]) -> None:
    quiz = started(items["capital"])
    turn = quiz.feed("get")
    assert turn.result is not None and not turn.result.right
    assert "GET reads." in texts(turn) and "DEL removes." not in texts(turn) and "SET stores." in texts(turn)


def test_choice_unclear_is_no_answer(items: dict[str, Any]) -> None:
    quiz = started(items["capital"])
    assert quiz.feed("z").result is None and not quiz.between
    assert quiz.feed("set").result is not None


def test_choices_are_shuffled_by_seed(items: dict[str, Any]) -> None:
    orders = {
        tuple(one.text for one in Quiz([items["capital"]], str(seed)).begin() if one.kind == "choice")
        for seed in range(20)
    }
    assert len(orders) > 2
    first, again = (texts(Quiz([items["capital"]], "7").begin()) for _ in range(2))
    assert first == again


def test_predict_is_run(items: dict[str, Any]) -> None:
    quiz = started(items["count"])
    turn = quiz.feed("5")
    assert turn.result is not None and turn.result.right and turn.result.expected == "(integer) 5"
    assert "a number and not a string" in texts(turn) and "(integer) 5" in texts(turn)


def test_predict_foreseen_mistake(items: dict[str, Any]) -> None:
    turn = started(items["count"]).feed('"5"')
    assert turn.result is not None and not turn.result.right and "INCR replies a number." in texts(turn)


def test_predict_empty_line_is_no_answer(items: dict[str, Any]) -> None:
    assert started(items["count"]).feed("  ").result is None


@pytest.mark.parametrize("typed", ['"4"', "letter"])
def test_predict_with_choices(items: dict[str, Any], typed: str) -> None:
    quiz = started(items["offered"])
    turn = quiz.feed(letter_of(quiz, '"4"') if typed == "letter" else typed)
    assert turn.result is not None and turn.result.right
    assert any(one.kind == "reply" and one.text == '"4"' for one in turn.said)


def test_predict_with_choices_wrong(items: dict[str, Any]) -> None:
    turn = started(items["offered"]).feed("nil")
    assert turn.result is not None and not turn.result.right and "It is there." in texts(turn)


def test_task_is_judged_after_each_command(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    first = quiz.feed("INCR n")
    assert first.result is None and "(integer) 5" in texts(first) and "1 of 2 conditions hold" in texts(first)
    last = quiz.feed("INCR n")
    assert last.result is not None and last.result.right and last.result.answer == "INCR n; INCR n"
    assert "At once." in texts(last)


def test_task_says_what_is_missing_and_can_be_reset(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    assert quiz.feed("SET n 6").result is None
    assert "`SET` not to be used" in texts(quiz.feed(":check"))
    assert quiz.feed(":reset").result is None
    result = quiz.feed("INCRBY n 2").result
    assert result is not None and result.right


def test_task_survives_nonsense(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    for line in ("", "   ", 'SET n "', "NOSUCH", ":nonsense", "(error)", "\x00", "INCR"):
        assert quiz.feed(line).result is None
    assert "unknown command" in texts(quiz.feed("NOSUCH"))


def test_open_question(items: dict[str, Any]) -> None:
    quiz = started(items["interview"])
    turn = quiz.feed("Everything is in RAM, and one thread does the work")
    assert turn.result is None
    found = [one.text for one in turn.said if one.kind == "choice"]
    assert [text.endswith("(found in your answer)") for text in found] == [True, True, False]
    assert quiz.feed("7").result is None and quiz.feed("perhaps").result is None
    last = quiz.feed("")
    assert last.result is not None and last.result.right and last.result.share == pytest.approx(2 / 3)
    assert "Not said: Good data structures" in texts(last) and "And when is it slow?" in texts(last)


@pytest.mark.parametrize(
    ("rating", "right"), [("1,3", True), ("2", False), ("all", True), ("none", False), ("", False)]
)
def test_open_question_aloud(items: dict[str, Any], rating: str, right: bool) -> None:
    quiz = started(items["interview"])
    quiz.feed("")
    result = quiz.feed(rating).result
    assert result is not None and result.right is right and result.answer == "(aloud)"


def test_hints(items: dict[str, Any]) -> None:
    assert texts(started(items["task"]).feed(":hint")) == "There is a command that adds."
    assert texts(started(items["count"]).feed(":hint")) == "The reply is an integer."
    assert "It is not" in texts(started(items["capital"]).feed(":hint"))
    assert "3 key points" in texts(started(items["interview"]).feed(":HINT"))


def test_skip_tells_the_answer_and_counts_as_not_right(items: dict[str, Any]) -> None:
    quiz = started(items["count"])
    turn = quiz.feed(":skip")
    assert turn.result is not None and turn.result.skipped and not turn.result.right and "(integer) 5" in texts(turn)
    quiz.advance()
    assert not quiz.all_right


def test_pick_is_repeatable(items: dict[str, Any]) -> None:
    every = list(items.values())
    assert pick(every, "a") == pick(every, "a")
    assert len({tuple(item.id for item in pick(every, str(seed))) for seed in range(10)}) > 3
    assert pick(every, "a", 2) == pick(every, "a")[:2]


def test_score_by_topic_and_weak_topics(items: dict[str, Any]) -> None:
    quiz = Quiz([items["capital"], items["both"], items["count"]], "1")
    quiz.begin()
    for line in ("set", "set", "5"):
        quiz.feed(line)
        quiz.advance()
    assert quiz.scores() == {"choices": (1, 2), "replies": (1, 1)}
    told = texts(quiz.summary())
    assert "2 of 3 right" in told and "Weak topics: choices" in told and "replies  1 of 1" in told
    assert weak_topics({"a": (3, 5), "b": (1, 2), "c": (0, 1)}) == ["c", "b"]


def test_each_answer_is_saved_at_once_and_the_rest_can_be_resumed(items: dict[str, Any], home: Path) -> None:
    chosen = [items["capital"], items["count"], items["both"]]
    quiz = Quiz(chosen, "5", Journal())
    quiz.begin()
    quiz.feed("set")
    paused = Journal().paused()
    assert paused is not None and paused.left == ["count", "both"] and paused.answered == {"capital": True}
    rest = Quiz([items[name] for name in paused.left], paused.seed, Journal(), paused.session, done=1)
    assert rest.begin()[0].text.startswith("Question 2 of 3")
    for line in ("nil", "get, mget"):
        rest.feed(line)
        rest.advance()
    assert Journal().paused() is None
    assert Journal().last_answers() == {"capital": True, "count": False, "both": True}


def test_task_tells_at_once_what_a_line_has_broken(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    assert texts(quiz.feed("GET n")) == '"4"'
    assert "It is written `INCR key`." in texts(quiz.feed("INCR"))
    assert "conditions hold" in texts(quiz.feed("INCR n"))
    told = texts(quiz.feed("SET n 5"))
    assert "`SET` not to be used" in told and ":reset" in told


@pytest.mark.parametrize("line", ["?", "help", ":help"])
def test_asking_for_help_is_no_answer(items: dict[str, Any], line: str) -> None:
    quiz = started(items["count"])
    assert ":skip" in texts(quiz.feed(line)) and not quiz.answers


def test_a_command_in_place_of_a_reply_is_no_answer(items: dict[str, Any]) -> None:
    quiz = started(items["count"])
    assert "That is a command" in texts(quiz.feed("GET n")) and not quiz.answers


def test_task_explains_a_command(items: dict[str, Any]) -> None:
    assert "INCR key" in texts(started(items["task"]).feed("help incr"))


def test_failed_commands_do_not_count_as_used(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    quiz.feed("SET n")
    assert quiz.feed("INCRBY n 2").result.right  # type: ignore[union-attr]


def test_task_gives_up_a_waiting_command(items: dict[str, Any]) -> None:
    quiz = started(items["task"])
    assert "Ctrl-C gives up" in texts(quiz.feed("BLPOP q 0"))
    assert quiz.asked is not None and quiz.asked.cancel() and not quiz.asked.cancel()
    assert texts(quiz.feed("GET n")) == '"4"'
