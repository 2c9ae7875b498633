"""The lesson on a real pseudo-terminal: keys, widths, plain text, and a killed process."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from tests.learn.demo_chapter import CHAPTER

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from redislab.learn.cli_lesson import main; sys.exit(main(sys.argv[1:]))"

Spawn = Callable[..., Any]


class Terminal:
    """A lesson in a pseudo-terminal, and what its screen shows."""

    def __init__(self, course: Path, home: Path, columns: int, *options: str, **environment: str) -> None:
        self.screen = pyte.HistoryScreen(columns, 60, history=5000)
        self.stream = pyte.Stream(self.screen)
        settings = {"REDISLAB_HOME": str(home), "PYTHONPATH": str(ROOT), "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"}
        unwanted = ("NO_COLOR", "FORCE_COLOR")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.child = pexpect.spawn(
            sys.executable,
            ["-c", PROGRAM, "--course", str(course), *options],
            dimensions=(60, columns),
            encoding="utf-8",
            timeout=60,
            env={**inherited, **settings, **environment},
            cwd=str(home.parent),
        )
        self.raw = ""

    def wait(self, text: str) -> str:
        """Read until the screen shows the text; the screen's lines."""
        deadline = time.monotonic() + 60
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} did not appear in:\n{self.shown}"
            self._read()
        return self.shown

    def type(self, line: str, until: str) -> str:
        self.child.send(line + "\r")
        return self.wait(until)

    @property
    def shown(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def end(self) -> int | None:
        """Wait for the end; the exit code."""
        while self._read():
            pass
        self.child.close()
        return self.child.exitstatus

    def _read(self) -> bool:
        try:
            data = self.child.read_nonblocking(65536, 0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(data)
        return True


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    (tmp_path / "01-demo.yaml").write_text(CHAPTER)
    opened: list[Terminal] = []

    def open_terminal(*options: str, columns: int = 80, **environment: str) -> Terminal:
        opened.append(Terminal(tmp_path / "01-demo.yaml", tmp_path / "home", columns, *options, **environment))
        return opened[-1]

    yield open_terminal
    for terminal in opened:
        terminal.child.close(force=True)


def test_a_step_is_done_and_the_next_is_shown(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting")
    terminal.wait("demo 2/10>")
    terminal.type("SET greeting hello EX 60", "[x] Solved.")
    terminal.type("", "Step 3 of 10: The oldest job")
    terminal.child.sendeof()
    terminal.wait("goes on at step 3, move-one")
    assert terminal.end() == 0


def test_ctrl_c_cancels_the_line_only(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting")
    terminal.wait("2/10>")
    terminal.child.send("DEL other")
    terminal.wait("DEL other")
    terminal.child.sendintr()
    terminal.type("EXISTS other", "(integer) 1")


def test_ctrl_c_gives_up_a_waiting_command(spawn: Spawn) -> None:
    terminal = spawn("demo:move-one")
    terminal.wait("3/10>")
    terminal.type("BLPOP nothing 0", "waiting; another client can answer")
    terminal.wait("(waiting)>")
    terminal.child.sendintr()
    terminal.wait("The waiting command was given up.")
    terminal.type("LLEN orders", "(integer) 3")


def test_another_client_ends_the_waiting(spawn: Spawn) -> None:
    terminal = spawn("demo:move-one")
    terminal.wait("3/10>")
    terminal.type("BLPOP queue 0", "(waiting)>")
    terminal.type("@bob RPUSH queue job", '2) "job"')


def test_a_timeout_shows_without_a_key_pressed(spawn: Spawn) -> None:
    terminal = spawn("demo:move-one")
    terminal.wait("3/10>")
    terminal.type("BLPOP queue 0.3", "(waiting)>")
    terminal.wait("(nil)")


def test_the_solution_is_typed_but_not_sent(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting")
    terminal.wait("2/10>")
    terminal.type(":solution", "2/10> SET greeting hello EX 60")
    assert "Solved" not in terminal.shown
    terminal.type("", "Solved.")


def test_kill_at_any_moment_and_resume(spawn: Spawn) -> None:
    terminal = spawn("demo:move-one")
    terminal.wait("3/10>")
    terminal.type("RPUSH orders x y", "(integer) 5")
    terminal.type(":clock +40s", "40 s later")
    os.kill(terminal.child.pid, signal.SIGKILL)
    terminal.end()
    again = spawn("demo")
    again.wait("You are where you left: 2 lines")
    again.wait("3/10")
    again.type("LLEN orders", "(integer) 5")


def test_kill_right_after_success(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting")
    terminal.wait("2/10>")
    terminal.type("SET greeting hello EX 60", "Solved.")
    os.kill(terminal.child.pid, signal.SIGKILL)
    terminal.end()
    again = spawn("demo")
    again.wait("This step is solved. Enter goes on.")
    again.type("", "Step 3 of 10")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_every_width_reads_well(spawn: Spawn, columns: int) -> None:
    terminal = spawn("demo:expiring-greeting", columns=columns)
    terminal.wait("2/10>")
    terminal.type(":help", "let time pass")
    terminal.type("SET greeting hello EX 60", "removed when")
    words = set(terminal.shown.split())
    assert {"sending", "beginning", "another"} <= words


@pytest.mark.parametrize(("options", "environment"), [(["--plain"], {}), ([], {"TERM": "dumb"})])
def test_plain_text_has_no_escapes(spawn: Spawn, options: list[str], environment: dict[str, str]) -> None:
    terminal = spawn("demo:expiring-greeting", *options, **environment)
    terminal.wait("2/10>")
    terminal.type("SET greeting hello EX 60", "Often read")
    terminal.child.sendeof()
    terminal.end()
    assert "\x1b[" not in terminal.raw.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")


def test_no_color_has_no_colour(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting", NO_COLOR="1")
    terminal.wait("2/10>")
    terminal.type("SET greeting hello EX 60", "Often read")
    before_prompt = terminal.raw.partition("demo 2/10>")[0]
    assert "\x1b[3" not in before_prompt.replace("\x1b[3m", "")


def test_a_closed_terminal_loses_nothing(spawn: Spawn) -> None:
    terminal = spawn("demo:expiring-greeting")
    terminal.wait("2/10>")
    terminal.type("SET greeting hello EX 60", "Solved.")
    terminal.child.close()
    again = spawn("demo")
    again.wait("This step is solved. Enter goes on.")
