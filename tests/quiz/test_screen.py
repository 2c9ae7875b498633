"""How a quiz looks: narrow and wide, without colour, and at a real terminal with its keys."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from redislab.quiz.run import Quiz
from redislab.quiz.said import KINDS, Said
from redislab.quiz.screen import STYLES, PlainScreen, run_script

LONG = "`SET` stores a value under a key, and " * 6


def test_every_kind_has_a_style() -> None:
    assert set(STYLES) == set(KINDS)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_no_line_is_too_long(width: int, kind: str) -> None:
    out = io.StringIO()
    PlainScreen(out, width).write([Said(kind, LONG + "\nsecond line", "a")])
    assert max(len(line) for line in out.getvalue().splitlines()) <= width


def test_right_and_wrong_are_words() -> None:
    out = io.StringIO()
    PlainScreen(out).write([Said("right", ""), Said("wrong", "1 of 2 right ones found.")])
    assert out.getvalue() == "Right.\nWrong. 1 of 2 right ones found.\n"


def test_plain_text_has_no_escapes(items: dict[str, Any]) -> None:
    out = io.StringIO()
    run_script(Quiz(list(items.values()), "1"), ["a", "b", "c"] * 20, PlainScreen(out))
    assert "\x1b" not in out.getvalue()


def spawn(home: Path, small_file: Path, *arguments: str, **environment: str) -> Any:
    pexpect = pytest.importorskip("pexpect")
    code = "import sys; from redislab.quiz.cli_quiz import main; sys.exit(main(sys.argv[1:]))"
    keep = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    return pexpect.spawn(
        sys.executable,
        ["-c", code, "--file", str(small_file), *arguments],
        env={**keep, "REDISLAB_HOME": str(home), "TERM": "xterm", **environment},
        cwd=str(Path(__file__).parents[2]),
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 60),
    )


def test_terminal_with_its_keys(home: Path, small_file: Path) -> None:
    child = spawn(home, small_file, "count")
    child.expect("INCR n")
    child.expect("reply>")
    child.send("99\x03")
    child.send("5\r")
    child.expect("Right")
    child.expect("Enter for the score>")
    child.send("\r")
    child.expect("1 of 1 right")
    child.expect_exact("replies")
    child.wait()
    assert child.exitstatus == 0


def test_ctrl_d_leaves_with_the_score_and_the_quiz_is_offered_again(home: Path, small_file: Path) -> None:
    child = spawn(home, small_file, "replies")
    child.expect(">")
    child.send("\x04")
    child.expect("--resume")
    child.wait()
    assert child.exitstatus == 0
    again = spawn(home, small_file, "replies", "--plain")
    again.expect("Go on with it")
    again.send("y\r")
    again.expect("Question 1 of 2")
    again.send("\x04")
    again.wait()


def test_no_color(home: Path, small_file: Path) -> None:
    child = spawn(home, small_file, "count", NO_COLOR="1")
    child.expect("reply>")
    assert "\x1b[3" not in child.before
    child.send("\x04")
    child.wait()


def test_dumb_terminal_is_plain(home: Path, small_file: Path) -> None:
    child = spawn(home, small_file, "count", TERM="dumb")
    child.expect("reply> ")
    assert "\x1b" not in child.before
    child.send("\x03")
    child.send("5\r")
    child.expect("Right.")
    child.send("\r")
    child.expect("1 of 1 right")
    child.wait()
