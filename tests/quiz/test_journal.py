"""Answers on disk: nothing that was saved is lost, whatever happens to the process or the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from redislab.quiz.journal import Journal
from redislab.quiz.said import Result

RIGHT = Result(True, "b", "b", 1.0)


def test_nothing_is_paused_at_first(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none").paused() is None
    assert list(Journal(tmp_path / "none").events()) == []


def test_begin_answer_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    session = journal.begin("7", ["a", "b"])
    journal.answered(session, "a", "topic", RIGHT, 1)
    paused = Journal(tmp_path).paused()
    assert paused is not None and (paused.seed, paused.left) == ("7", ["b"])
    journal.end(session)
    assert Journal(tmp_path).paused() is None


def test_a_new_quiz_takes_the_place_of_the_paused_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin("1", ["a"])
    journal.begin("2", ["b"])
    paused = journal.paused()
    assert paused is not None and paused.items == ["b"]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_cut_short_costs_only_itself(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path)
    session = journal.begin("7", ["a", "b", "c"])
    journal.answered(session, "a", "t", RIGHT, 0)
    journal.answered(session, "b", "t", RIGHT, 0)
    journal.path.write_bytes(journal.path.read_bytes()[:-cut])
    journal.answered(session, "c", "t", RIGHT, 0)
    paused = Journal(tmp_path).paused()
    kept = {"a", "b", "c"} if cut == 1 else {"a", "c"}
    assert set(Journal(tmp_path).last_answers()) == kept
    assert (paused is None) is (cut == 1)


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin("7", ["a"])
    with journal.path.open("ab") as file:
        file.write(
            b'\xff\xfe\n[]\n{"form":99,"event":"end"}\n{"form":1,"event":"answer"}\n{"form":1,"event":"x"}\nnull\n\n'
        )
    assert len(list(journal.events())) == 1
    assert journal.paused() is not None


def test_a_disk_that_refuses_gives_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file")
    session = journal.begin("7", ["a"])
    journal.answered(session, "a", "t", RIGHT, 0)
    assert len(journal.warnings) == 1 and "cannot be saved" in journal.warnings[0]


def test_two_writers_at_once(tmp_path: Path) -> None:
    def write(name: str) -> None:
        journal = Journal(tmp_path)
        for number in range(25):
            journal.answered("s", f"{name}{number}", "t", RIGHT, 0)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Journal(tmp_path).last_answers()) == 50


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin("7", ["a"])
    assert journal.path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_an_answer_outlives_kill_minus_nine(small_file: Path, home: Path) -> None:
    """The process is killed while it waits for the second answer; the first one is there and the quiz resumes."""
    command = [
        sys.executable,
        "-c",
        "import sys; from redislab.quiz.cli_quiz import main; sys.exit(main(sys.argv[1:]))",
    ]
    process = subprocess.Popen(
        [*command, "--file", str(small_file), "choices", "--seed", "3", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "REDISLAB_HOME": str(home)},
    )
    assert process.stdin is not None and process.stdout is not None
    first = process.stdout.readline()
    process.stdin.write(":skip\n")
    process.stdin.flush()
    assert '"event": "answer"' in process.stdout.readline()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    paused = Journal().paused()
    assert '"question"' in first and paused is not None and len(paused.left) == 1 and len(paused.answered) == 1
