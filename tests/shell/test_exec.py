"""`redislab exec`, and lines through a pipe: output, exit codes, the sandbox between runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

FORMS = ("--raw", "--no-raw", "--csv", "--json", "--quoted-json")


def test_data_stays_from_run_to_run(redislab: Any) -> None:
    assert redislab("exec", "SET", "greeting", "hello").stdout == b"OK\n"
    assert redislab("exec", "GET", "greeting").stdout == b"hello\n"


def test_memory_keeps_nothing(redislab: Any) -> None:
    redislab("exec", "--memory", "SET", "greeting", "hello")
    assert redislab("exec", "EXISTS", "greeting").stdout == b"0\n"


def test_an_error_reply_is_exit_code_1(redislab: Any) -> None:
    done = redislab("exec", "FLY")
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"ERR unknown command 'FLY'")


def test_wrong_usage_is_exit_code_2_and_says_what_helps(redislab: Any) -> None:
    for words, hint in (
        (("lessn",), b"did you mean `redislab lesson`"),
        (("SET", "k", "a b"), b"redislab exec SET k 'a b'"),
        (("doctor",), b"no `doctor` yet"),
        (("-p", "6379"), b"no -p yet"),
        (("exec", "-n", "99", "GET", "k"), b"0 to 15"),
        (("exec", "-X", "TAG", "SET", "k", "v"), b"'TAG'"),
    ):
        done = redislab(*words)
        assert (done.returncode, done.stdout) == (2, b""), words
        assert hint in done.stderr


def test_help_begins_with_examples(redislab: Any) -> None:
    for words in ((), ("shell",), ("exec",)):
        done = redislab(*words, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(b"Examples:")


def test_options_of_redis_cli(redislab: Any) -> None:
    assert redislab("exec", "-r", "3", "INCR", "n").stdout == b"1\n2\n3\n"
    assert redislab("exec", "-x", "SET", "k", stdin=b"a\x00b\n").stdout == b"OK\n"
    assert redislab("exec", "GET", "k").stdout == b"a\x00b\n\n"
    assert redislab("exec", "-X", "T", "MSET", "a", "T", "b", "2", stdin=b"1").stdout == b"OK\n"
    assert redislab("exec", "-d", ",", "-D", "|", "MGET", "a", "b").stdout == b"1,2|"
    redislab("exec", "-n", "3", "SET", "there", "yes")
    assert redislab("exec", "GET", "there").stdout == b"\n"
    assert redislab("exec", "-n", "3", "GET", "there").stdout == b"yes\n"
    assert redislab("exec", "SET", "minus", "-1").stdout == b"OK\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("protocol", ["-2", "-3"])
def test_output_is_that_of_redis_cli(redislab: Any, oracle: tuple[str, int], form: str, protocol: str) -> None:
    host, port = oracle
    lines = b'FLUSHALL\nHSET h f "a\\x00\xc3\xa9" g 2\nHGETALL h\nGET h\nGET nokey\nRPUSH l a "b c"\nLRANGE l 0 -1\n'
    lines += b"SADD s 1 2\nSMEMBERS s\nLRANGE nokey 0 -1\nINCR h\nNOSUCH\n2 INCR n\n"
    theirs = subprocess.run(
        ["redis-cli", "-h", host, "-p", str(port), protocol, form], input=lines, capture_output=True, check=True
    ).stdout
    ours = redislab("shell", "--memory", protocol, form, stdin=lines)
    if "json" in form:  # an error is no JSON there
        assert [line for line in ours.stdout.splitlines() if not line.startswith(b'{"error"')] == [
            line for line in theirs.splitlines() if not line.startswith(b"error:")
        ]
    else:
        assert ours.stdout == theirs
    assert ours.returncode == 1


def test_json_errors_are_json(redislab: Any) -> None:
    done = redislab("exec", "--json", "FLY", "away")
    assert json.loads(done.stdout)["error"].startswith("ERR unknown command")


def test_a_script_runs_all_its_lines(redislab: Any) -> None:
    done = redislab(stdin=b'# a comment\n\nSET a 1\nFLY\nGET "a\n3 INCR a\nquit\nSET a never\n')
    assert done.stdout.splitlines() == [
        b"OK",
        b"ERR unknown command 'FLY', with args beginning with: ",
        b"",
        b"2",
        b"3",
        b"4",
    ]
    assert b"line 5: unbalanced quotes" in done.stderr
    assert done.returncode == 1
    assert redislab("exec", "GET", "a").stdout == b"4\n"


def test_a_good_script_is_exit_code_0(redislab: Any) -> None:
    done = redislab(stdin=b"SET a 1\r\nINCR a\r\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"OK\n2\n", b"")


def test_bytes_survive_a_script(redislab: Any) -> None:
    done = redislab(stdin=b"SET k \xff\xfe\xc3\xa9\nGET k\n")
    assert done.stdout == b"OK\n\xff\xfe\xc3\xa9\n"


def test_clients_clock_and_undo_work_in_a_script(redislab: Any) -> None:
    script = b"SET k v EX 60\n@bob GET k\n:clock +61s\nGET k\n:undo\nGET k\n@bob BLPOP q 0\nRPUSH q x\n"
    done = redislab("--memory", "--raw", stdin=script)
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["OK", "v"]
    assert lines[-4:] == ["1", "@bob", "q", "x"]
    assert "v" in lines[4:-4]


def test_a_blocked_command_waits_in_real_time(redislab: Any) -> None:
    begun = time.monotonic()
    done = redislab("--memory", stdin=b"BLPOP q 0.3\nPING\n")
    assert done.stdout == b"\nPONG\n"
    assert time.monotonic() - begun >= 0.3


ASLEEP = """
import signal, sys, time
from redislab.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, tests are told to ignore it
sleep = time.sleep
def tell(seconds):
    sys.stderr.write("asleep")
    sys.stderr.flush()
    sleep(seconds)
time.sleep = tell
"""
"""The program, which tells when it begins to wait for something."""


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupt_ends_a_waiting_command(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ASLEEP + "sys.exit(main(['exec', '--memory', 'BLPOP', 'q', '0']))"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.read(6) == b"asleep"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    process.communicate()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_cannot_be_printed_is_said_and_the_data_kept(environment: dict[str, str], redislab: Any) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "redislab", "exec", "SET", "k", "v"],
            env=environment, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(b"redislab: the output cannot be written")
    assert b"Traceback" not in done.stderr
    assert redislab("exec", "GET", "k").stdout == b"v\n"


def test_a_reader_that_leaves_early_is_no_trouble(environment: dict[str, str]) -> None:
    lines = b"".join(b"SET key:%d v\nKEYS *\n" % number for number in range(300))
    with subprocess.Popen(
        [sys.executable, "-m", "redislab", "--memory"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(lines[:20000])
        process.stdout.readline()
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)


# --- the sandbox


def test_a_damaged_sandbox_is_kept_aside(redislab: Any, environment: dict[str, str]) -> None:
    redislab("exec", "SET", "k", "v")
    file = Path(environment["REDISLAB_HOME"]) / "sandbox.redislab"
    good = file.read_bytes()
    file.write_bytes(good[:-3] + bytes([good[-3] ^ 1]) + good[-2:])
    done = redislab("exec", "DBSIZE")
    assert done.stdout == b"0\n"
    assert b"checksum is wrong" in done.stderr
    [aside] = file.parent.glob("sandbox.redislab.damaged-*")
    assert aside.read_bytes() != good
    assert aside.name.encode() in done.stderr


def test_folders_and_files_are_private(redislab: Any, environment: dict[str, str]) -> None:
    redislab("exec", "SET", "k", "v")
    home = Path(environment["REDISLAB_HOME"])
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "sandbox.redislab").stat().st_mode & 0o777 == 0o600
    assert not list(home.glob("*.tmp"))


def test_a_second_process_says_so_and_works_on_a_copy(redislab: Any, environment: dict[str, str]) -> None:
    redislab("exec", "SET", "k", "v")
    holder = (
        "from redislab.lab import Lab\nfrom redislab.shell.sandbox import Sandbox\n"
        "sandbox = Sandbox(Lab())\nsandbox.open()\nprint('open', flush=True)\ninput()\n"
        "print(sandbox.lab.session().run('KEYS *'))\nsandbox.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdin is not None and first.stdout is not None
        assert first.stdout.readline() == "open\n"
        second = redislab("exec", "INCR", "n")
        assert second.stdout == b"1\n"
        assert f"process {first.pid}".encode() in second.stderr
        assert redislab("exec", "GET", "k").stdout == b"v\n"
        first.stdin.write("\n")
        first.stdin.close()
        assert first.stdout.read() == "[b'k']\n"
    assert redislab("exec", "EXISTS", "n").stdout == b"0\n"


def test_replies_come_before_the_next_line_is_read(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "redislab"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for number in (b"1\n", b"2\n"):
            process.stdin.write(b"INCR n\n")
            process.stdin.flush()
            assert process.stdout.readline() == number
        process.stdin.close()


def test_many_single_commands_at_once_take_turns(environment: dict[str, str]) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "redislab", "exec", "INCR", "n"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )
        for _ in range(4)
    ]  # fmt: skip
    results = [process.communicate(timeout=60) for process in running]
    assert sorted(out for out, _ in results) == [b"1\n", b"2\n", b"3\n", b"4\n"]
    assert {err for _, err in results} == {b""}


def test_options_have_the_same_defaults_with_and_without_the_parser() -> None:
    import argparse

    from redislab.shell import cli_exec, cli_shell
    from redislab.shell.arguments import options_of
    from redislab.shell.options import Options

    for module in (cli_exec, cli_shell):
        parser = argparse.ArgumentParser()
        verb = module.add_arguments(parser.add_subparsers())
        assert options_of(verb.parse_args(["GET", "k"])) == Options(command=["GET", "k"])


def test_a_command_loads_nothing_that_it_does_not_need(environment: dict[str, str]) -> None:
    """What takes milliseconds to load stays out of the way of a single command."""
    probe = (
        "import sys, redislab.cli as cli\ncli.os._exit = lambda code: None\nsys.argv[1:] = ['exec', 'SET', 'a', '1']\n"
        "cli.main()\nheavy = {'argparse', 'asyncio', 'dataclasses', 'difflib', 'hashlib', 'hmac', 'inspect', 'json',"
        " 'msgspec', 'pathlib', 'platformdirs', 'prompt_toolkit', 'pygments', 'redislab.learn', 'redislab.quiz',"
        " 'rich', 'shutil', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "from redislab.commands.table import GROUPS\n"
        "print(sorted(group for group in GROUPS if f'redislab.commands.{group}' in sys.modules))"
    )
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{probe}"]
    for _ in range(2):  # the second time there is a sandbox to read
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == ["OK", "[]", "['string']"]


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_what_the_command_line_knows_by_itself_loads_nothing(words: list[str], environment: dict[str, str]) -> None:
    """Nor does it hold up the verbs."""
    probe = (
        f"import sys; sys.path[:0] = {sys.path!r}\nfrom redislab.cli import main\n"
        f"main({words!r})\nprint(sorted({{'re', 'redislab.engine', 'redislab.shell', 'typing'}} & set(sys.modules)))"
    )
    command = [sys.executable, "-S", "-c", probe]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shared", [None, "", "/srv/shared"])
def test_the_data_folder_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch, shared: str | None) -> None:
    from platformdirs import user_data_dir

    from redislab.paths import home

    monkeypatch.delenv("REDISLAB_HOME", raising=False)
    if shared is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", shared)
    assert home() == user_data_dir("redislab", appauthor=False)


def test_messages_that_are_no_news_do_not_go_into_a_pipe(redislab: Any) -> None:
    """As with redis-cli, which shows them at a terminal only; those of pub/sub are what was asked for."""
    lines = b"DEBUG PROTOCOL push\nCLIENT GETNAME\nSUBSCRIBE news\n"
    printed = redislab("shell", "-3", "--csv", stdin=lines).stdout.splitlines()
    assert printed == [b'"Some real reply following the push reply"', b"NULL", b'"subscribe","news",1']
