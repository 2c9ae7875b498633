"""Fixtures for the shell's tests: a console without a terminal, and the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redislab.lab import Lab
from redislab.shell.console import Console
from redislab.shell.options import Options
from redislab.shell.printer import Printer
from redislab.shell.requests import drive

ROOT = Path(__file__).resolve().parents[2]


class Talk:
    """A console with a clock that stands still; `say` gives the text it prints for a line."""

    def __init__(self, capsys: pytest.CaptureFixture[str], **options: Any) -> None:
        self.capsys = capsys
        chosen = Options(form="friendly", **options)
        self.lab = Lab(clock="manual", seed=1)
        self.console = Console(self.lab, chosen, Printer(chosen, together=True), interactive=True)
        self.questions: list[str] = []
        self.answer = True

    def say(self, line: str) -> str:
        """Feed a line and give back what was printed."""

        def ask(question: str) -> bool:
            self.questions.append(question)
            return self.answer

        drive(self.console.feed(line), self.lab, ask, lambda: None)
        self.console.printer.flush()
        return self.capsys.readouterr().out

    def all(self, *lines: str) -> str:
        """Feed lines and give back what the last one printed."""
        printed = ""
        for line in lines:
            printed = self.say(line)
        return printed


@pytest.fixture
def talk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.setenv("COLUMNS", "80")
    return Talk(capsys)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process with a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "REDISLAB_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


Runner = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def redislab(environment: dict[str, str]) -> Runner:
    """Runs the command `redislab` with these words and this stdin."""

    def run(*words: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "redislab", *words]
        home = environment | more
        return subprocess.run(command, input=stdin, capture_output=True, env=home, timeout=60, check=False)

    return run
