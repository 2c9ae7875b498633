"""The sandbox when things go wrong: what is told, and that no data is lost that could be kept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from redislab.lab import Lab
from redislab.shell import sandbox as module
from redislab.shell.sandbox import Sandbox


def no_room(*arguments: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A sandbox with one key in it."""
    path = str(tmp_path / "sandbox.redislab")
    opened(path).close()
    return path


def opened(file: str) -> Sandbox:
    sandbox = Sandbox(Lab(), file=file)
    sandbox.open()
    sandbox.lab.session().call("SET", "tea", "green")
    return sandbox


def test_where_nothing_can_be_written_the_data_is_there_all_the_same(file: str, monkeypatch: Any) -> None:
    def read_only(self: Sandbox) -> None:
        raise OSError(errno.EROFS, "Read-only file system", file)

    monkeypatch.setattr(Sandbox, "_take_lock", read_only)
    sandbox = Sandbox(Lab(), file=file)
    sandbox.open()
    assert sandbox.lab.session().call("GET", "tea") == b"green"
    assert not sandbox.kept
    [message] = sandbox.messages
    assert "Read-only file system" in message and "REDISLAB_HOME" in message and "Errno" not in message


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "sandbox.redislab").mkdir()
    sandbox = Sandbox(Lab(), file=str(tmp_path / "sandbox.redislab"))
    sandbox.open()
    sandbox.lab.session().call("SET", "a", 1)
    sandbox.close()
    assert "cannot be read" in sandbox.messages[0]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    sandbox = Sandbox(Lab(), file=str(tmp_path / "home" / "sandbox.redislab"))
    sandbox.open()
    assert len(sandbox.messages) == 1 and "is no folder" in sandbox.messages[0]


def test_a_damaged_file_that_cannot_be_put_aside_stays(file: str, monkeypatch: Any) -> None:
    Path(file).write_bytes(b"damaged")
    monkeypatch.setattr(module.os, "replace", no_room)
    sandbox = opened(file)
    sandbox.close()
    assert "cannot be put aside" in sandbox.messages[0]
    assert Path(file).read_bytes() == b"damaged"


def test_failing_to_save_is_told_once_and_tried_again(file: str, monkeypatch: Any) -> None:
    sandbox = opened(file)
    with monkeypatch.context() as broken:
        broken.setattr(module, "write_whole", no_room)
        told = []
        for _ in range(3):
            sandbox.pause_until = 0.0
            told.append(sandbox.save_when_idle())
    assert "No space left" in told[0] and told[1:] == ["", ""]
    sandbox.close()
    assert b"green" in Path(file).read_bytes()


def test_a_failed_save_leaves_no_file_behind(file: str, monkeypatch: Any) -> None:
    sandbox = opened(file)
    monkeypatch.setattr(module.os, "fsync", no_room)
    with pytest.raises(OSError):
        sandbox.close()
    assert {path.name for path in Path(file).parent.iterdir()} == {"sandbox.redislab", "sandbox.lock"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_script_that_is_ended_from_outside_keeps_its_data(
    environment: dict[str, str], redislab: Any, name: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "redislab"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"SET tea black\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"OK\n"
        number = getattr(signal, name)
        os.kill(process.pid, number)
        assert process.wait(20) == 128 + number
    assert redislab("exec", "GET", "tea").stdout == b"black\n"
