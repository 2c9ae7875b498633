"""The history on disk: who may read it, and what never gets there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from redislab.shell.history import LARGEST, ShellHistory
from redislab.shell.secrets import line_holds_secret


@pytest.mark.parametrize(
    "line",
    [
        "AUTH geheim",
        "auth bob geheim",
        "'AUTH' geheim",
        "HELLO 3 AUTH bob geheim SETNAME x",
        "ACL SETUSER bob on >geheim",
        "config set requirepass geheim",
        "CONFIG SET maxmemory 1mb MASTERAUTH geheim",
        "MIGRATE host 6379 k 0 100 AUTH geheim",
        "MIGRATE host 6379 k 0 100 auth2 bob geheim",
        "@bob AUTH geheim",
        "  3 AUTH geheim",
        "SET a 1\nAUTH geheim",
        'AUTH "geheim',
    ],
)
def test_lines_with_a_password(line: str) -> None:
    assert line_holds_secret(line)


@pytest.mark.parametrize(
    "line", ["SET auth x", "HELLO 3", "ACL LIST", "CONFIG GET requirepass", "AUTH", "GET acl", "", "# AUTH x"]
)
def test_other_lines(line: str) -> None:
    assert not line_holds_secret(line)


def test_the_file_is_private_and_without_passwords(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "history"
    history = ShellHistory(file)
    for line in ("SET a 1", "AUTH geheim", "GET a"):
        history.append_string(line)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "geheim" not in file.read_text()
    assert list(ShellHistory(file).load_history_strings()) == ["GET a", "SET a 1"]
    assert "AUTH geheim" in history.get_strings()


def test_a_file_that_others_could_read_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_text("\n# 2024-01-01\n+SET a 1\n")
    file.chmod(0o644)
    ShellHistory(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_long_file_is_shortened(tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_text("".join(f"\n# 2024-01-01 {number}\n+SET key {'x' * 1000}{number}\n" for number in range(4200)))
    assert file.stat().st_size > LARGEST
    history = ShellHistory(file)
    assert file.stat().st_size <= LARGEST // 2
    lines = list(history.load_history_strings())
    assert lines[0].endswith("x4199")
    assert all(line.startswith("SET key ") for line in lines)


def test_where_nothing_can_be_written_there_is_a_history_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = ShellHistory(tmp_path / "file" / "history")
    history.append_string("SET a 1")
    assert history.get_strings() == ["SET a 1"]
    assert list(history.load_history_strings()) == []
