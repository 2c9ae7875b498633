"""The debugger of scripts at the shell's own prompt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.shell.requests import debug_with
from tests.shell.conftest import Runner, Talk
from tests.shell.test_app import CTRL_C, CTRL_D, ENTER, own_home, terminal, typed

SCRIPT = r'EVAL "local x = redis.call(\"INCR\", KEYS[1])\nlocal y = {x, ARGV[1]}\nreturn y" 1 n word'
__all__ = ["own_home", "terminal"]


def lines_of(talk: Talk, *lines: str | type[BaseException]) -> None:
    """What is typed at the debugger's prompt."""
    waiting: Iterator[Any] = iter(lines)

    def read_line(prompt: str) -> str:
        assert prompt == "lua debugger> "
        line = next(waiting)
        if isinstance(line, str):
            return line
        raise line

    debug_with(talk.console, read_line)


def test_a_session_whose_changes_are_dropped(talk: Talk) -> None:
    lines_of(talk, "s", "", "p", "r GET n", "e 'a  b'", 'r "x', "c")
    talk.all("SET n 1", "SELECT 0", "SCRIPT DEBUG YES")
    assert talk.say(SCRIPT).splitlines() == [
        "Lua debugging session started: help shows the commands, quit ends it.",
        "* Stopped at 1, stop reason = step over",
        '-> 1   local x = redis.call("INCR", KEYS[1])',
        "<redis> INCR n",
        "<reply> 2",
        "* Stopped at 2, stop reason = step over",
        "-> 2   local y = {x, ARGV[1]}",
        "<value> x = 2",
        "<redis> GET n",
        '<reply> "2"',
        '<retval> "a  b"',
        "error: unbalanced quotes",
        "(Lua debugging session ended -- dataset changes rolled back)",
        "1) (integer) 2",
        '2) "word"',
    ]
    assert talk.say("GET n") == '"1"\n'
    assert talk.say("EVAL 'return 7' 0") == "(integer) 7\n"


def test_a_session_whose_changes_stay(talk: Talk) -> None:
    lines_of(talk, "c")
    talk.all("SET n 1", "SELECT 3", "SCRIPT DEBUG SYNC")
    assert "-- dataset changes retained)" in talk.say(SCRIPT)
    assert talk.all("SELECT 3", "GET n") == '"1"\n'
    talk.say(":undo")
    assert talk.say("GET n") == "(nil)\n"


@pytest.mark.parametrize("end", ["quit", "EXIT", EOFError])
def test_leaving_lets_the_script_run_on(talk: Talk, end: Any) -> None:
    lines_of(talk, "b 2", end)
    talk.say("SCRIPT DEBUG SYNC")
    assert '2) "word"' in talk.say(SCRIPT)


@pytest.mark.parametrize("end", ["abort", KeyboardInterrupt])
def test_a_script_is_given_up(talk: Talk, end: Any) -> None:
    lines_of(talk, "s", end)
    talk.say("SCRIPT DEBUG SYNC")
    assert "(error) ERR script aborted for user request script: " in talk.say(SCRIPT)
    assert talk.say("GET n") == '"1"\n'


def test_a_copy_knows_database_user_and_scripts(talk: Talk) -> None:
    lines_of(talk, "r SET x 1", "r GET y", "c")
    talk.all("ACL SETUSER ann on nopass +@all -set ~*", "AUTH ann x", "SELECT 2", "SCRIPT DEBUG YES")
    out = talk.say("EVAL 'return 1' 0")
    assert "<error> The user executing the script can't run this command or subcommand" in out
    assert "<reply> NULL" in out


def test_in_a_transaction(talk: Talk) -> None:
    lines_of(talk, "c")
    talk.all("SCRIPT DEBUG YES", "MULTI", "SET a 1", "EVAL 'return redis.call(\"INCR\", \"a\")' 0", "GET a")
    out = talk.say("EXEC")
    assert "→ (integer) 2" in out and '→ "1"' in out


def test_a_lab_of_a_program_may_debug(talk: Talk) -> None:
    lab, shown = Lab(), []
    commands = iter([[b"s"], [b"print"], None])
    lab.debug_scripts(lambda: next(commands), shown.extend)
    session = lab.session()
    session.call("SCRIPT", "DEBUG", "YES")
    assert session.call("EVAL", "local a = 1\nreturn a", 0) == 1
    assert shown[-3:-1] == [b"-> 2   return a", b"<value> a = 1"]
    with pytest.raises(ReplyError, match="over a connection only"):
        lab.fork().session().call("SCRIPT", "DEBUG", "YES")


def test_commands_from_elsewhere_have_no_prompt(redislab: Runner) -> None:
    done = redislab(stdin=b"SCRIPT DEBUG YES\nEVAL \"redis.call('SET', 'a', 1)\" 0\nEXISTS a\n")
    assert done.stdout.count(b"there is no Lua debugger here") == 2
    assert done.stdout.rstrip().endswith(b"0")


def test_at_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    keys = f"SCRIPT DEBUG YES{ENTER}EVAL 'return 7' 0{ENTER}l{ENTER}c{ENTER}PING{ENTER}{CTRL_D}"
    out, code, _ = typed(capsys, keys)
    assert out.splitlines()[1:] == [
        "OK", "Lua debugging session started: help shows the commands, quit ends it.",
        "* Stopped at 1, stop reason = step over", "-> 1   return 7", "-> 1   return 7",
        "(Lua debugging session ended -- dataset changes rolled back)", "(integer) 7", "PONG",
    ]  # fmt: skip
    assert code == 0


def test_ctrl_c_ends_a_script_that_stands(terminal: Any) -> None:
    shell = terminal()
    shell.prompt()
    shell.line("SCRIPT DEBUG YES")
    shell.until(lambda text: "OK" in text)
    shell.line("EVAL 'return 7' 0")
    shell.until(lambda text: "lua debugger>" in text.splitlines()[-1])
    shell.process.send(CTRL_C)  # for a prompt it is a key
    shell.until(lambda text: "ERR script aborted for user request" in text and "redislab>" in text.splitlines()[-1])
    shell.line("PING")
    shell.until(lambda text: "PONG" in text)


def test_nothing_of_it_is_loaded_before(environment: dict[str, str]) -> None:
    code = (
        "import sys; from redislab.shell.workshop import Workshop; from redislab.shell.options import Options;"
        "from redislab.shell.requests import debug_with; shop = Workshop(Options(memory=True));"
        "debug_with(shop.console, input); shop.lab.session().call('EVAL', 'return 1', 0);"
        "print([name for name in sys.modules if 'debugg' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n", done.stderr
