"""Whatever is typed, a quiz goes on: no line ends it with an error of Python's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redislab.quiz.replies import compare, words_of
from redislab.quiz.run import Quiz
from redislab.resp.types import OK, Members, ReplyError

PIECES = [
    "a",
    "1",
    "b)",
    "(integer) 1",
    '"',
    "'",
    "[",
    "]",
    "(error)",
    "nil",
    "1)",
    ",",
    " ",
    "\\x",
    "\\",
    "all",
    ":hint",
    ":check",
    ":undo",
    ":reset",
    ":skip",
    "SET n 5",
    "GET",
    "MULTI",
    "EXEC",
    "BLPOP q 0",
    ":cancel",
    "\udcff",
    "ü",
    "\x00",
    "=>",
]
LINES = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=4).map("".join)
REPLIES = st.recursive(
    st.one_of(
        st.none(), st.integers(-9, 99), st.binary(max_size=6), st.just(OK), st.just(ReplyError("ERR no such key"))
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(Members)),
    max_leaves=8,
)


@given(typed=LINES, reply=REPLIES)
@settings(max_examples=150, deadline=None)
def test_any_reply_can_be_compared_with_any_text(typed: str, reply: Any) -> None:
    words_of(typed)
    assert compare(typed, reply).right in (True, False)


@pytest.mark.parametrize("name", ["capital", "both", "count", "offered", "task", "interview"])
@given(lines=st.lists(LINES, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines(items: dict[str, Any], name: str, lines: list[str]) -> None:
    quiz = Quiz([items[name]], "1")
    quiz.begin()
    for line in lines:
        if quiz.finished or quiz.between:
            break
        quiz.feed(line)
    quiz.leave()
    assert quiz.summary()


def test_bytes_that_are_no_utf_8(home: Path, small_file: Path) -> None:
    code = "import sys; from redislab.quiz.cli_quiz import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "--file", str(small_file), "count"],
        input=b"\xff\xfe\n",
        capture_output=True,
        env={**os.environ, "REDISLAB_HOME": str(home)},
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 1 and b"Wrong." in done.stdout and not done.stderr
