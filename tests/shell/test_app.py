"""The shell at a terminal: keystrokes through prompt_toolkit's own pipe, and a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from redislab.shell.app import App
from redislab.shell.options import Options

ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"
PATIENCE_S = 60
"""How long something may take that is to happen at once: a machine can be very busy."""
pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")
termios = pytest.importorskip("termios")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDISLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")


def typed(capsys: pytest.CaptureFixture[str], keys: str, **options: Any) -> tuple[str, int, App]:
    """What is printed for keystrokes, the exit code, and the shell afterwards."""
    with create_pipe_input() as keyboard:
        keyboard.send_text(keys)

        async def run() -> tuple[int, App]:
            app = App(Options(form="friendly", **options))
            return await asyncio.wait_for(app.main(), 30), app

        with create_app_session(input=keyboard, output=DummyOutput()):
            code, app = asyncio.run(run())
    return capsys.readouterr().out, code, app


def test_lines_and_leaving(capsys: pytest.CaptureFixture[str]) -> None:
    out, code, _ = typed(capsys, f"SET tea green{ENTER}GET tea{ENTER}{CTRL_D}")
    assert out.splitlines()[1:] == ["OK", '"green"']
    assert code == 0


def test_ctrl_c_cancels_the_line_and_not_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = typed(capsys, f"FLUSHALL{CTRL_C}SET a 1{ENTER}{CTRL_C}{CTRL_C}GET a{ENTER}exit{ENTER}")
    assert out.splitlines()[1:] == ["OK", '"1"']


def test_a_quote_goes_on_over_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = typed(capsys, f'SET a "x{ENTER}y"{ENTER}GET a{ENTER}{CTRL_D}')
    assert out.splitlines()[1:] == ["OK", '"x\\ny"']


def test_a_pasted_block_runs(capsys: pytest.CaptureFixture[str]) -> None:
    paste = "\x1b[200~SET a 1\nINCR a\n# done\n\x1b[201~"
    out, _, _ = typed(capsys, f"{paste}GET a{ENTER}{CTRL_D}")
    assert out.splitlines()[1:] == ["> SET a 1", "OK", "> INCR a", "(integer) 2", "> # done", '"2"']


def test_a_question_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"SET k{number} v\n" for number in range(100))
    asked = f"FLUSHALL{ENTER}n{ENTER}DBSIZE{ENTER}FLUSHALL{ENTER}y{ENTER}"
    out, _, app = typed(capsys, f"\x1b[200~{lines}\x1b[201~{asked}{CTRL_D}")
    assert "Nothing was done" in out
    assert "(integer) 100" in out
    assert app.shop is not None and not app.shop.lab.engine.databases[0].values


def test_a_blocked_command_is_answered_by_time(capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = typed(capsys, f"BLPOP q 0.2{ENTER}PING{ENTER}{CTRL_D}")
    assert out.splitlines()[1:] == ["(nil)", "PONG"]


@pytest.mark.parametrize("how", ["_interrupt", "_end"])
def test_a_signal_between_a_line_and_its_work_is_heeded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    work = App._work

    async def signalled(app: App, shop: Any, text: str) -> None:
        if text.startswith("BLPOP"):
            getattr(app, how)(*([signal.SIGTERM] if how == "_end" else []))
        await work(app, shop, text)

    monkeypatch.setattr(App, "_work", signalled)
    out, code, _ = typed(capsys, f"BLPOP q 0{ENTER}PING{ENTER}{CTRL_D}")
    assert "Given up." in out
    assert ("PONG" in out, code) == ((True, 0) if how == "_interrupt" else (False, 128 + signal.SIGTERM))


def test_what_is_kept_is_there_the_next_time(capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, f"SET a 1{ENTER}{CTRL_D}")
    out, _, _ = typed(capsys, f"GET a{ENTER}{CTRL_D}")
    assert '"1"' in out
    out, _, _ = typed(capsys, f"GET a{ENTER}{CTRL_D}", memory=True)
    assert "(nil)" in out


def test_a_mistake_of_ours_does_not_end_the_shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import redislab.shell.pretty as pretty

    def broken(*arguments: Any) -> Any:
        raise RuntimeError("broken drawing")

    monkeypatch.setattr(pretty, "pretty", broken)
    out, code, _ = typed(capsys, f"PING{ENTER}:set form raw{ENTER}PING{ENTER}{CTRL_D}")
    assert "broken drawing" in out and out.splitlines()[-1] == "PONG"
    assert code == 0


def test_little_is_imported_before_the_first_prompt(environment: dict[str, str]) -> None:
    """The engine and all that is heavy come after the prompt; this is what makes it quick."""
    probe = (
        "import sys\nfrom redislab.cli import main\nfrom redislab.shell import cli_shell, app, options\n"
        "from prompt_toolkit.input import create_pipe_input\nfrom prompt_toolkit.output import DummyOutput\n"
        "with create_pipe_input() as keyboard:\n"
        "    app.App(options.Options(), input=keyboard, output=DummyOutput())\n"
        "heavy = {'rich', 'pygments', 'yaml', 'msgspec', 'difflib', 'pathlib',"
        " 'redislab.lab', 'redislab.engine', 'redislab.values'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "allowed = {'prompt_toolkit', 'wcwidth', 'redislab'}\n"
        "known = set(sys.stdlib_module_names) | set(sys.builtin_module_names)\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(tops - known - allowed - {'__main__', '__mp_main__'}))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{probe}"],
                          env=environment, capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.splitlines() == ["[]", "[]"]


# --- a real pseudo-terminal


class Terminal:
    """The shell on a pseudo-terminal of a given size, with a screen to look at."""

    def __init__(self, environment: dict[str, str], columns: int = 80, rows: int = 30, *words: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.tail = b""
        self.process = pexpect.spawn(
            sys.executable, ["-m", "redislab", *words], env=environment | {"TERM": "xterm-256color"},
            dimensions=(rows, columns), timeout=PATIENCE_S,
        )  # fmt: skip

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, condition: Callable[[str], bool]) -> str:
        """Read until the screen is as wanted, and give it back."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition(self.text):
            assert time.monotonic() < give_up, self.text
            self.read()
        return self.text

    def read(self) -> None:
        """Read what is there, or soon is, and tell where the cursor is if that is asked."""
        with contextlib.suppress(pexpect.TIMEOUT):
            data = self.process.read_nonblocking(65536, timeout=0.1)
            self.stream.feed(data)
            asked = (self.tail + data).count(b"\x1b[6n") - self.tail.count(b"\x1b[6n")
            self.tail = (self.tail + data)[-3:]  # the question may come in two parts
            for _ in range(asked):
                self.process.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")

    def prompt(self, prompt: str = "redislab>") -> str:
        """Wait for an empty prompt. What is typed before it is there, the terminal would show by itself."""
        return self.until(lambda text: text.endswith(prompt))

    def line(self, text: str) -> None:
        self.process.send(text + ENTER)

    def interrupt(self) -> None:
        """Ctrl-C at what a line has begun, once the terminal makes a signal of it, as it does without a prompt."""
        wait_until(lambda: makes_signals(self.process))
        self.process.send(CTRL_C)


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for something to be so. Raises AssertionError if it never is."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def makes_signals(process: Any) -> bool:
    """Whether Ctrl-C at the terminal is a signal at this moment, and not a key of a prompt."""
    return bool(termios.tcgetattr(process.fileno())[3] & termios.ISIG)


@pytest.fixture
def terminal(environment: dict[str, str]) -> Any:
    opened: list[Terminal] = []

    def open_one(*words: str, columns: int = 80) -> Terminal:
        one = Terminal(environment, columns, 30, *words)
        opened.append(one)
        one.prompt()
        return one

    yield open_one
    for one in opened:
        one.process.close(force=True)


def test_ctrl_c_ends_a_waiting_command(terminal: Any) -> None:
    shell = terminal()
    shell.line("BLPOP q 0")
    shell.interrupt()
    shell.until(lambda text: "Given up." in text)
    shell.prompt()
    shell.line("PING")
    shell.until(lambda text: "PONG" in text)


def test_tab_completes(terminal: Any) -> None:
    shell = terminal()
    shell.line("SET greeting hello")
    shell.prompt("OK\nredislab>")
    shell.process.send("GET gree")
    shell.until(lambda text: "greeting  string" in text)
    shell.process.send("\t")
    shell.until(lambda text: "> GET greeting" in text)
    shell.line("")
    shell.until(lambda text: '"hello"' in text)


def test_messages_appear_while_typing(terminal: Any) -> None:
    shell = terminal()
    shell.line("@bob BLPOP q 0.7")
    assert "waits" in shell.prompt("redislab@main>")
    shell.process.send("SET half")
    text = shell.until(lambda text: "(nil)" in text and "\nredislab@main> SET half" in text)
    assert "@bob" in text


def test_the_prompt_tells_the_state(terminal: Any) -> None:
    shell = terminal()
    shell.line("SELECT 2")
    shell.prompt("redislab[2]>")
    shell.line("MULTI")
    shell.prompt("redislab[2](TX)>")
    shell.line("DISCARD")
    shell.prompt("redislab[2]>")
    shell.line(":clock +61s")
    shell.prompt("redislab[2] +61s>")
    shell.line("SUBSCRIBE news")
    shell.prompt("redislab[2](subscribed) +61s>")
    shell.process.send(CTRL_C)
    shell.prompt("redislab[2] +61s>")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_hints_stand_behind_the_cursor_and_go_away(terminal: Any, columns: int) -> None:
    shell = terminal("--memory", columns=columns)
    shell.process.send("SET greeting ")
    text = shell.until(lambda text: "KEEPTTL]" in text)
    assert "‹value›" in text
    assert all(part in text for part in ("[NX | XX]", "unix-time-milliseconds"))
    shell.line("hello")
    text = shell.until(lambda text: "OK" in text)
    assert "redislab> SET greeting hello\nOK" in text


def test_colours_can_be_switched_off(terminal: Any, environment: dict[str, str]) -> None:
    environment["NO_COLOR"] = "1"
    shell = terminal()
    shell.line("GETT x")
    shell.until(lambda text: "Did you mean" in text)
    assert {cell.fg for row in shell.screen.buffer.values() for cell in row.values()} == {"default"}


def test_a_dumb_terminal_gets_plain_lines(environment: dict[str, str]) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "redislab"], env=environment | {"TERM": "dumb"}, encoding="utf-8", timeout=PATIENCE_S
    )
    child.expect("redislab> ")
    child.sendline("SET a 1")
    child.expect("OK\r\nredislab> ")
    child.sendline("BLPOP q 0")
    time.sleep(0.2)  # whether it waits by now is not to be seen from here; the prompt comes back in any case
    child.sendintr()
    child.expect("redislab> ")
    child.sendline("SUBSCRIBE news")
    child.expect("subscribed\\)> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    assert "\x1b" not in child.before
    child.close()
    assert child.exitstatus == 0


def test_little_is_lost_when_the_process_is_killed(terminal: Any, redislab: Any, environment: dict[str, str]) -> None:
    """What is entered is saved by itself, soon after."""
    shell = terminal()
    file = Path(environment["REDISLAB_HOME"]) / "sandbox.redislab"
    assert not file.exists()
    shell.line("SET a 1")
    shell.until(lambda text: "OK" in text)
    wait_until(file.exists)
    os.kill(shell.process.pid, signal.SIGKILL)
    shell.process.wait()
    assert redislab("exec", "GET", "a").stdout == b"1\n"


def test_ctrl_c_ends_a_waiting_command_after_a_question(terminal: Any) -> None:
    """The question's prompt must not take the signal with it."""
    shell = terminal("--memory")
    shell.line("DEBUG POPULATE 200")
    shell.prompt("OK\nredislab>")
    shell.line("FLUSHALL")
    shell.until(lambda text: "[y/N]" in text)
    shell.process.send(CTRL_C)
    shell.until(lambda text: "Nothing was done" in text)
    shell.prompt()
    shell.line("DEBUG SLEEP 100")
    shell.interrupt()
    shell.until(lambda text: "Given up." in text)


@pytest.mark.parametrize("words", [(), ("--plain",)])
@pytest.mark.parametrize("waiting", [False, True])
def test_a_closed_terminal_loses_nothing(
    environment: dict[str, str], redislab: Any, tmp_path: Path, words: tuple[str, ...], waiting: bool
) -> None:
    errors = tmp_path / "errors"
    command = f"exec {sys.executable} -m redislab {' '.join(words)} 2>{errors}"
    environment |= {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn("/bin/sh", ["-c", command], env=environment, timeout=PATIENCE_S)
    child.expect("redislab>|quit leaves")  # without prompt_toolkit the prompt goes to stderr
    child.send(f"SET a 1{ENTER}")
    child.expect("OK")
    if waiting:
        child.send(f"BLPOP q 0{ENTER}")
        wait_until(lambda: makes_signals(child))
        time.sleep(0.1)  # whether it waits by now is not to be seen from here, and is all the same
    child.ptyproc.fileobj.close()  # the terminal is gone: the system sends SIGHUP
    wait_until(lambda: not child.isalive())
    child.close()
    assert child.signalstatus is None
    assert redislab("exec", "GET", "a").stdout == b"1\n"
    assert "Traceback" not in errors.read_text()


def test_leaving_waits_for_the_data_to_be_safe(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Where it cannot be saved, the first try to leave says so, and the second leaves."""
    from redislab.shell import sandbox

    def no_room(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sandbox, "write_whole", no_room)
    with create_pipe_input() as keyboard:
        keyboard.send_text(f"SET a 1{ENTER}exit{ENTER}GET a{ENTER}{CTRL_D}")

        async def run() -> int:
            return await asyncio.wait_for(App(Options(form="friendly")).main(), 30)

        with create_app_session(input=keyboard, output=DummyOutput()):
            code = asyncio.run(run())
    printed = capsys.readouterr()
    assert "leave again" in printed.out and '"1"' in printed.out
    assert "is lost" in printed.err
    assert code == 1
