"""Versions in the shell and on the command line: options, sandboxes, help."""

from __future__ import annotations

from pathlib import Path

import pytest

from redislab import Lab
from redislab.cli import main
from redislab.commands.table import TABLE, table_of
from redislab.shell.help import help_lines
from redislab.shell.theme import plain


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REDISLAB_HOME", str(tmp_path))
    return tmp_path


def test_each_version_has_a_sandbox_of_its_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "--redis-version", "8.2", "HSETEX", "h", "EX", "100", "FIELDS", "1", "a", "1"]) == 0
    assert main(["exec", "EXISTS", "h"]) == 0
    assert main(["exec", "--redis-version", "8.2", "HTTL", "h", "FIELDS", "1", "a"]) == 0
    shown = capsys.readouterr().out.split()
    assert shown[:2] == ["1", "0"]
    assert 90 <= int(shown[2]) <= 100
    assert (home / "sandbox-8.2.redislab").exists()


def test_the_version_may_stand_before_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--redis-version", "8.2", "exec", "EVAL", "return type(os.clock())", "0"]) == 0
    assert capsys.readouterr().out.strip() == "number"
    assert main(["--redis-version", "7.2", "exec", "EVAL", "return os", "0"]) != 0
    assert "nonexistent global variable 'os'" in "".join(capsys.readouterr())
    assert main(["--redis-version", "9.9", "serve"]) == 2


def test_a_version_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "--redis-version", "9.9", "PING"]) == 2
    assert "the versions are 7.0, 7.2, 7.4, 8.2" in capsys.readouterr().err
    assert main(["serve", "--redis-version", "9.9"]) == 2
    with pytest.raises(ValueError, match=r"there is no Redis 9\.9"):
        Lab(version="9.9")


def test_help_says_which_version_brought_a_command() -> None:
    text = "\n".join(plain(line) for line in help_lines(TABLE, ["hexpire"], 100))
    assert "HEXPIRE came with Redis 7.4, and this is Redis 7.0. To try it: redislab --redis-version 7.4" in text
    assert "HEXPIRE key seconds" in text
    text = "\n".join(plain(line) for line in help_lines(table_of((7, 4)), ["hgetex"], 100))
    assert "HGETEX came with Redis 8.0, and this is Redis 7.4. To try it: redislab --redis-version 8.2" in text


def test_help_shows_the_arguments_of_the_version() -> None:
    earlier, later = (plain(help_lines(table, ["zrank"], 100)[0]) for table in (TABLE, table_of((7, 2))))
    assert (earlier, later) == ("ZRANK key member", "ZRANK key member [WITHSCORE]")


def test_a_lab_of_a_later_version_shows_its_number() -> None:
    for version, number in (("7.0", "7.0.15"), ("7.2", "7.2.4"), ("7.4", "7.4.1"), ("8.2", "8.2.3")):
        session = Lab(version=version).session()
        assert session.run("HELLO")[b"version"].decode() == number
        assert f"redis_version:{number}".encode() in session.run("INFO server")
