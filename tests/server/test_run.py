"""`redislab run`: the program gets a server of its own, its input, output, signals and exit code are its own, and
nothing is left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.server.conftest import ROOT

HEAD = "import os, sys, time, redis\nr = redis.from_url(os.environ['REDIS_URL'], decode_responses=True)\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
WORDS = [sys.executable, "-m", "redislab", "run"]


def script(folder: Path, text: str, name: str = "app.py") -> str:
    path = folder / name
    path.write_text(HEAD + text if name.endswith(".py") else text)
    return str(path)


def run(*words: str, typed: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """The verb with these words, to its end."""
    options = {"env": ENVIRONMENT, "cwd": ROOT, **more}
    return subprocess.run([*WORDS, *words], input=typed, capture_output=True, text=True, timeout=60, **options)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_program_in_python(tmp_path: Path) -> None:
    text = """
assert os.environ["REDIS_URL"] == f"redis://{os.environ['REDIS_HOST']}:{os.environ['REDIS_PORT']}/0"
r.set("name", sys.stdin.read())
print(r.get("name"), *sys.argv[1:])
print(os.environ["REDIS_PORT"], file=sys.stderr)
sys.exit(3)
"""
    done = run(script(tmp_path, text), "--port", "x", "-h", typed="typed")
    assert (done.stdout, done.returncode) == ("typed --port x -h\n", 3)
    port, told = done.stderr.splitlines()
    assert told.endswith("app.py ended with exit code 3")
    assert is_free(int(port))


def test_nothing_is_said_when_all_is_well(tmp_path: Path) -> None:
    done = run(script(tmp_path, "print(r.dbsize())"))
    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)


def test_bytes_pass_untouched(tmp_path: Path) -> None:
    path = script(tmp_path, "sys.stdout.buffer.write(sys.stdin.buffer.read())")
    raw = bytes(range(256)) * 1000
    done = subprocess.run([*WORDS, path], input=raw, capture_output=True, timeout=60, env=ENVIRONMENT, cwd=ROOT)
    assert done.stdout == raw


def test_a_program_in_javascript(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node on PATH")
    text = """
import net from 'node:net';
const link = net.connect(process.env.REDIS_PORT, process.env.REDIS_HOST, () => link.write('PING\\r\\n'));
link.on('data', (reply) => { console.log(`${reply}`.trim(), process.argv.slice(2).join()); process.exit(7); });
"""
    done = run(script(tmp_path, text, "app.mjs"), "a", "b")
    assert (done.stdout, done.returncode) == ("+PONG a,b\n", 7)


def test_node_is_missing(tmp_path: Path) -> None:
    done = run(script(tmp_path, "", "app.mjs"), env={**ENVIRONMENT, "PATH": str(tmp_path)})
    assert done.returncode == 2 and "needs Node.js" in done.stderr and "Traceback" not in done.stderr


def test_anything_executable(tmp_path: Path) -> None:
    path = Path(script(tmp_path, '#!/bin/sh\necho "$REDIS_URL" "$@"\n', "app"))
    assert "nor executable" in run(str(path)).stderr
    path.chmod(0o755)
    assert re.fullmatch(r"redis://127\.0\.0\.1:\d+/0 a b\n", run(str(path), "a", "b").stdout)
    assert run("app", cwd=tmp_path).returncode == 0  # not looked for in PATH, nor does it need ./
    path.write_text("#!/no/such/interpreter\n")
    done = run(str(path))
    assert done.returncode == 126 and "cannot be run" in done.stderr


def test_data_that_stays(tmp_path: Path) -> None:
    path = script(tmp_path, "print(r.incr('visits'))")
    folder = str(tmp_path / "new" / "data")
    assert [run("--dir", folder, path).stdout, run(f"--dir={folder}", path).stdout] == ["1\n", "2\n"]
    assert [run(path).stdout, run(path).stdout] == ["1\n", "1\n"]
    assert "cannot be used as a folder" in run("--dir", path, path).stderr


def test_a_port_that_is_asked_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port), script(tmp_path, "print('never')"))
        assert (done.returncode, done.stdout) == (4, "")
        assert "the server did not start" in done.stderr and "already in use" in done.stderr
    done = run("--port", str(port), script(tmp_path, "print(os.environ['REDIS_PORT'])"))
    assert done.stdout == f"{port}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "usage: redislab run"),
        (["none.py"], "there is no file none.py"),
        (["--dir"], "--dir needs a value"),
        (["--port", "70000", "x"], "70000 is no port"),
        (["--prot", "1", "x"], "no option --prot"),
        (["--"], "which program?"),
        (["README.md"], "neither Python"),
    ],
)
def test_wrong_use(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.returncode == 2 and told in done.stderr and done.stdout == ""


def test_help_begins_with_examples() -> None:
    done = run("--help")
    assert done.returncode == 0 and done.stdout.startswith("Examples:\n  redislab run app.py")


WAITER = """
import signal
def told(number, frame):
    print("got", signal.Signals(number).name, flush=True)
    sys.exit(9)
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), told)
r.ping()
print(os.environ["REDIS_PORT"], flush=True)
time.sleep(60)
"""


def started(path: str) -> tuple[subprocess.Popen[str], int]:
    """The verb while its program waits, in a session without a terminal, and the port of its server."""
    process = subprocess.Popen(
        [*WORDS, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT, cwd=ROOT,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_reach_the_program(tmp_path: Path, name: str) -> None:
    process, port = started(script(tmp_path, WAITER))
    process.send_signal(getattr(signal, name))
    printed, _ = process.communicate(timeout=60)
    assert (printed, process.returncode) == (f"got {name}\n", 9)
    assert is_free(port)


def test_a_program_that_a_signal_ends(tmp_path: Path) -> None:
    done = run(script(tmp_path, "os.kill(os.getpid(), 9)"))
    assert done.returncode == 128 + 9


def test_control_c_at_the_terminal_comes_once(tmp_path: Path) -> None:
    path = script(tmp_path, WAITER.replace("    sys.exit(9)", "    time.sleep(0.5)\n    sys.exit(9)"))
    terminal = pexpect.spawn(WORDS[0], [*WORDS[1:], path], timeout=60, encoding="utf-8", env=ENVIRONMENT, cwd=str(ROOT))
    terminal.expect(r"(\d+)\r\n")
    port = int(terminal.match.group(1))
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.before.count("got SIGINT") == 1 and "ended with exit code 9" in terminal.before
    assert terminal.exitstatus == 9
    assert is_free(port)


def test_the_server_goes_even_if_we_are_killed(tmp_path: Path) -> None:
    process, port = started(script(tmp_path, WAITER.replace("time.sleep(60)", "time.sleep(1)")))
    process.kill()
    process.communicate(timeout=60)
    end = time.monotonic() + 60
    while not is_free(port):
        assert time.monotonic() < end, "the server is still there"
        time.sleep(0.05)


def test_a_server_that_the_program_shuts_down(tmp_path: Path) -> None:
    text = """
import subprocess
number = str(r.info("server")["process_id"])
r.shutdown(nosave=True)
while subprocess.run(["ps", "-o", "stat=", "-p", number], capture_output=True).stdout.strip()[:1] not in (b"", b"Z"):
    time.sleep(0.05)
print("still here")
"""
    done = run(script(tmp_path, text))
    assert (done.stdout, done.returncode) == ("still here\n", 0)
    assert "the server had ended before the program did" in done.stderr


def test_files_beside_the_program_do_not_get_into_the_server(tmp_path: Path) -> None:
    """A learner's asyncio.py or random.py must not be taken for Python's own by the server."""
    for name in ("random.py", "signal.py", "bisect.py"):
        (tmp_path / name).write_text("raise SystemExit('imported by mistake')\n")
    folder = tmp_path / "app"
    folder.mkdir()
    path = script(folder, "print(r.ping())")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "redislab", "run", path], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("True\n", "")
