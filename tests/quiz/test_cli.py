"""`redislab quiz` as a program: exit codes, answers from a script, JSON, lists, resuming."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from redislab.quiz.cli_quiz import main
from redislab.quiz.journal import Journal


@pytest.fixture
def quiz(home: Path, small_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the verb on the small bank with these lines on stdin: (exit code, stdout, stderr)."""

    def run(lines: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        code = main(["--file", str(small_file), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_all_right_is_0(quiz: Any) -> None:
    code, out, _ = quiz("set\n", "capital", "--seed", "1")
    assert code == 0 and "1 of 1 right" in out and "letter> set" in out and "Source: Redis manual: SET" in out


def test_a_wrong_answer_is_1(quiz: Any) -> None:
    code, out, _ = quiz("get\n", "capital")
    assert code == 1 and "Wrong." in out and "GET reads." in out and "Weak topics: choices" in out


@pytest.mark.parametrize("lines", ["", "zzz\n", ":hint\n"])
def test_a_missing_answer_is_1(quiz: Any, lines: str) -> None:
    code, out, _ = quiz(lines, "capital")
    assert code == 1 and "1 not answered" in out


def test_a_whole_bank_from_a_script(quiz: Any) -> None:
    answers = {
        "capital": "SET",
        "both": "GET, MGET",
        "count": "(integer) 5",
        "offered": '"4"',
        "task": "INCRBY n 2",
        "interview": "memory, thread, structures\n",
    }
    order = [json.loads(line)["id"] for line in quiz("", "--all", "--seed", "9", "--json")[1].splitlines()[:1]]
    assert order
    items = [item["id"] for item in json.loads(quiz("", "--list", "--json", "--topic", "choices")[1])]
    assert items == ["capital", "both"]
    for name, lines in answers.items():
        assert quiz(lines + "\n", name)[0] == 0, name


def test_seed_and_count_decide_the_questions(quiz: Any) -> None:
    first, again, other = (
        quiz("", "--seed", seed, "--count", "1", "--json")[1].splitlines()[0] for seed in ("1", "1", "4")
    )
    assert first == again != other


def test_topics_and_kinds(quiz: Any) -> None:
    def asked(*arguments: str) -> int:
        return json.loads(quiz("", "--json", "--all", *arguments)[1].splitlines()[0])["of"]

    assert (asked(), asked("--topic", "choices"), asked("--kind", "open"), asked("--kind", "do", "--kind", "open")) == (
        6,
        2,
        1,
        2,
    )
    assert asked("--topic", "choices", "--topic", "tasks") == 3
    assert quiz("", "choices", "--kind", "do")[0] == 2


def test_json_is_one_object_a_line(quiz: Any) -> None:
    code, out, _ = quiz("INCR n\n:hint\nINCR n\n", "task", "--json", "--seed", "1")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [event["event"] for event in events] == ["question", "said", "said", "answer", "summary"]
    assert events[0]["commands"] == ["SET n 4"] and events[3]["right"] is True
    assert events[4]["topics"] == {"tasks": {"right": 1, "answered": 1}} and events[4]["seed"] == "1"


def test_list(quiz: Any) -> None:
    quiz("get\n", "capital")
    code, out, _ = quiz("", "--list")
    assert code == 0 and "choices          2 questions, 0 right, 1 wrong" in out
    assert "wrong" in quiz("", "--list", "choices")[1].splitlines()[0]


def test_unknown_topic_names_the_nearest(quiz: Any) -> None:
    code, out, err = quiz("", "choises")
    assert code == 2 and not out and "did you mean `choices`?" in err


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--count", "many"], ["--kind", "riddle"], ["--nonsense"]])
def test_wrong_usage_is_2(quiz: Any, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        quiz("", *arguments)
    assert caught.value.code == 2


def test_bad_content_is_3(quiz: Any, small_file: Path) -> None:
    small_file.write_text(small_file.read_text().replace("ask: Make n 6.", "asks: Make n 6."), encoding="utf-8")
    code, _, err = quiz("")
    assert code == 3 and "small.yaml:" in err and "did you mean `ask`?" in err


def test_a_setup_that_fails_is_bad_content(quiz: Any, small_file: Path) -> None:
    small_file.write_text(small_file.read_text().replace("setup: [SET n 4]", "setup: [SET n]"), encoding="utf-8")
    code, _, err = quiz("", "count")
    assert code == 3 and "SET n" in err


def test_help_begins_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0 and capsys.readouterr().out.startswith("Examples:\n  redislab quiz")


def test_resume(quiz: Any) -> None:
    quiz(":skip\n", "choices", "--seed", "2")
    code, out, _ = quiz(":skip\n", "--resume")
    assert code == 1 and "Question 2 of 2" in out and Journal().paused() is None
    assert quiz("", "--resume")[0] == 2


def test_a_paused_quiz_is_offered(quiz: Any) -> None:
    quiz(":quit\n", "choices")
    assert "A quiz is paused, 2 of 2 left" in quiz("set\n", "capital")[2]


def test_resume_when_items_are_gone(quiz: Any, small_file: Path) -> None:
    quiz("", "choices")
    small_file.write_text(small_file.read_text().replace("id: both", "id: other"), encoding="utf-8")
    code, out, err = quiz("set\n", "--resume")
    assert code == 0 and "no longer there: both" in err and "1 of 1 right" in out


def test_interrupt_is_130(quiz: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("redislab.quiz.screen.run_script", interrupted)
    assert quiz("")[0] == 130
