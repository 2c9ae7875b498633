"""The verbs lesson, course and progress: output, exit codes, answers from a pipe."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from redislab.learn import cli_course, cli_lesson, cli_progress
from tests.learn.demo_chapter import CHAPTER

ANSWERS = [
    "SET greeting hello EX 60",
    "LMOVE orders done LEFT RIGHT",
    "(integer) 3",
    ":solution",
]


@pytest.fixture
def course(home: Path) -> str:
    folder = home / "course"
    folder.mkdir()
    (folder / "01-demo.yaml").write_text(CHAPTER)
    return str(folder)


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))


def test_the_list(course: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_lesson.main(["--course", course]) == 0
    assert capsys.readouterr().out == "[ ]  1 demo                  0/10 A demo\n"
    assert cli_lesson.main(["--course", course, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["chapter"], row["status"], row["of"]) == ("demo", "new", 10)


def test_answers_from_a_pipe(course: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "# the second step", "", "SET greeting hi", "SET greeting hello EX 60", "SET greeting hello")
    assert cli_lesson.main(["demo", "--course", course, "--json"]) == 1
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [report["status"] for report in reports] == ["solved", "solved"] + ["open"] * 8
    assert reports[1]["told"] == ["It will stay for ever."]
    assert reports[1]["replies"] == ["OK", "OK"]
    assert reports[2]["lines"] == ["SET greeting hello"]


def test_one_step_from_a_pipe(course: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "SETEX greeting 60 hello")
    assert cli_lesson.main(["demo:expiring-greeting", "--course", course]) == 0
    out = capsys.readouterr().out
    assert "> SETEX greeting 60 hello\nOK\n" in out
    assert "[x] Solved." in out
    answer(monkeypatch, "GET greeting")
    assert cli_lesson.main(["demo:expiring-greeting", "--course", course]) == 1


@pytest.mark.parametrize(("name", "told"), [("dmeo", "did you mean `demo`"), ("demo:pears", "did you mean `pairs`")])
def test_unknown_names(course: str, name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_lesson.main([name, "--course", course]) == 2
    assert told in capsys.readouterr().err


def test_bad_content(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "01-bad.yaml").write_text("id: bad\nnumber: 1\n")
    assert cli_lesson.main(["bad", "--course", str(home / "01-bad.yaml")]) == 3
    assert "01-bad.yaml" in capsys.readouterr().err
    assert cli_lesson.main(["--course", str(home / "nowhere")]) == 3


def test_no_server(course: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_lesson.main(["demo", "--course", course, "--url", "redis://127.0.0.1:1"]) == 4
    assert cli_lesson.main(["demo", "--course", course, "--url", "http://x"]) == 4
    assert "cannot connect" in capsys.readouterr().err


def test_progress(course: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "SET greeting hello EX 60")
    cli_lesson.main(["demo", "--course", course])
    capsys.readouterr()
    assert cli_progress.main(["--course", course]) == 0
    assert capsys.readouterr().out.startswith("2 of 10 steps solved, 0 of 1 chapters done\n")
    assert cli_progress.main(["--course", course, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solved"] == 2
    assert cli_progress.main(["export", "--course", course]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("chapter,step,status")
    assert lines[2].startswith("demo,expiring-greeting,solved,0,0,False,1,20")
    assert cli_lesson.main(["--course", course, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "begun"


def test_next_goes_where_the_learner_left(
    course: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(course) / "02-more.yaml").write_text(CHAPTER.replace("id: demo\nnumber: 1", "id: more\nnumber: 2"))
    answer(monkeypatch, "x")
    cli_lesson.main(["more", "--course", course])
    capsys.readouterr()
    answer(monkeypatch)
    cli_lesson.main(["next", "--course", course, "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[0])["chapter"] == "more"


def test_a_new_course_proves_itself(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_course.main(["new", str(home / "mine")]) == 0
    assert cli_course.main(["check", str(home / "mine"), "--no-server"]) == 0
    assert capsys.readouterr().out.endswith("1 chapter, 3 steps: no problems\n")
    assert cli_course.main(["new", str(home / "mine")]) == 2


def test_demo_plays_every_step(course: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_course.main(["demo", course]) == 0
    out = capsys.readouterr().out
    assert "> LMOVE orders done LEFT RIGHT\n" in out
    assert out.count("[x] Solved.") == 9
    assert cli_course.main(["demo", course, "--step", "demo:blank", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solved"] is True


def test_the_schema_knows_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_course.main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"setup", "goal", "when_blocked"} <= set(schema["$defs"]["Step"]["properties"])
    assert schema["$defs"]["Check"]["additionalProperties"] is False
    assert "is" in schema["$defs"]["Check"]["properties"]
