"""The proof of a bank finds what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from redislab.quiz.check import problems


def found(tmp_path: Path, text: str, old: str, new: str) -> list[str]:
    assert old in text
    path = tmp_path / "q.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return [str(problem) for problem in problems(path)]


def test_a_good_bank_has_none(small_file: Path) -> None:
    assert problems(small_file) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("text: '\"5\"'", "text: (integer) 5", "count: this is the right reply: (integer) 5"),
        ("command: INCR n", "command: INCRR n", "count: the command cannot be run"),
        ("command: INCR n", "command: BLPOP queue 0", "count: the command waits"),
        (
            "  setup: [SET n 4]\n  command: INCR n",
            "  setup: [SETT n 4]\n  command: INCR n",
            "the setup of this step fails",
        ),
        ("is: {value: 6}", "is: {value: 4}", "task: the goal holds before anything is done"),
        ("[INCRBY n 2]", "[INCRBY n 3]", "task: this solution does not reach the goal"),
        ("[INCRBY n 2]", "[INCRBY n 2, GET n]", "task: the goal holds before `GET n`"),
        ("[INCRBY n 2]", "[INCRBY n two]", "task: `INCRBY n two` fails"),
        ("[There is a command that adds.]", "[Type INCRBY n 2.]", "task: this hint contains a command"),
        ("step: data-types", "step: data-types:nowhere-to-be-found", "capital: the link to a lesson leads nowhere"),
        ("and good structures.", "and luck.", "interview: the long model answer has none of this point's words"),
        ("short: Memory and one thread.", "short: Luck.", "interview: the short model answer makes fewer than 2"),
        ("words: [thread]", "words: [thread, x*]", "interview: these words are found in an empty answer"),
    ],
)
def test_what_it_finds(tmp_path: Path, small_text: str, old: str, new: str, said: str) -> None:
    told = found(tmp_path, small_text, old, new)
    assert any(said in problem for problem in told), told


def test_choices_that_are_run(tmp_path: Path, small_text: str) -> None:
    goal = "kind: choice\n  topic: choices\n  goal: [{key: n, is: {value: 1}}]\n  ask: Which command stores"
    text = small_text.replace("kind: choice\n  topic: choices\n  ask: Which command stores", goal)
    text = text.replace("{text: SET, right: true}", "{text: SET, right: true, commands: [SET n 1]}")
    text = text.replace("{text: GET, feedback", "{text: GET, commands: [GET n], feedback")
    good = text.replace("{text: DEL, feedback", "{text: DEL, commands: [DEL n], feedback")
    bad = text.replace("{text: DEL, feedback", "{text: DEL, commands: [INCR n], feedback")
    for number, (content, count) in enumerate([(good, 0), (bad, 1)]):
        path = tmp_path / f"{number}.yaml"
        path.write_text(content, encoding="utf-8")
        assert len(problems(path)) == count
    assert "marked wrong, but reaches the goal" in str(problems(path)[0])


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be read" in str(problems(tmp_path / "none.yaml")[0])
