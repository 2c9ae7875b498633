"""What a typed answer chooses."""

from __future__ import annotations

import pytest

from redislab.quiz.ask_lettered import same_reply
from redislab.quiz.options import Lettered, OptionView, Unclear

ONE = Lettered(
    [
        OptionView("Redis", True),
        OptionView("Memcached", False, "That is the other one."),
        OptionView("Red wine", False),
    ],
    False,
)
MANY = Lettered([OptionView("A list", True), OptionView("A set", False, "No."), OptionView("A hash", True)], True)


@pytest.mark.parametrize("typed", ["a", "A", "a)", "1", "redis", " Redis. "])
def test_one_right(typed: str) -> None:
    result = ONE.judge(typed).result
    assert result is not None and result.right and result.expected == "a) Redis"


@pytest.mark.parametrize(("typed", "chosen"), [("b", [1]), ("2", [1]), ("memc", [1]), ("red w", [2])])
def test_one_wrong(typed: str, chosen: list[int]) -> None:
    assert ONE.chosen(typed) == chosen


@pytest.mark.parametrize("typed", ["", "d", "4", "red", "x", "ab", "a,b", "0"])
def test_unclear(typed: str) -> None:
    with pytest.raises(Unclear):
        ONE.chosen(typed)


@pytest.mark.parametrize("typed", ["a,c", "a c", "ac", "1 3", "1,3", "C;A", "a list, a hash", "A list; c"])
def test_many_right(typed: str) -> None:
    result = MANY.judge(typed).result
    assert result is not None and result.right and result.share == 1.0


def test_many_partly_right() -> None:
    turn = MANY.judge("a,b")
    assert turn.result is not None and not turn.result.right
    told = " ".join(said.text for said in turn.said)
    assert "1 of 2 right ones found" in told and "No." in told and "Also right: c) A hash" in told


def test_feedback_of_the_wrong_choice() -> None:
    turn = ONE.judge("b")
    assert [(said.kind, said.text) for said in turn.said] == [
        ("wrong", ""),
        ("note", "That is the other one."),
        ("note", "Right: a) Redis"),
    ]


def test_a_number_that_is_a_place_and_a_value_is_asked_again() -> None:
    options = [OptionView("(integer) 2", False), OptionView("(integer) 1", True), OptionView("(nil)", False)]
    lettered = Lettered(options, False, same_reply)
    with pytest.raises(Unclear, match="can mean a\\) \\(integer\\) 2, or b\\) \\(integer\\) 1"):
        lettered.chosen("1")
    assert lettered.chosen("b") == [1]
    assert lettered.chosen("nil") == [2]
    assert lettered.chosen("3") == [2]


def test_hints_leave_one_wrong_choice_open() -> None:
    assert [ONE.narrowed(0), ONE.narrowed(1)] == ["It is not b) Memcached.", ""]
