"""How long redislab takes to start, beside iredis: until the first prompt, and for one command from start to end.

    python benchmarks/start.py [ROUNDS]

Both are installed as wheels and compiled, each in an environment of its own in a temporary folder; iredis gets a
private redis-server. The two take turns, so that a busy machine slows both; the ratio is that of the medians. Needs
`redis-server` on the PATH, a system with pseudo-terminals, and pip with access to a package index.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 15
PATIENCE_S = 30.0
REACH = {"first prompt": 0.5, "exec": 0.4}
"""The ratios that are wanted."""


class Missing(Exception):
    """Something that the measurement needs is not there; the text says what."""


# -- what is measured ----------------------------------------------------------------------------------------------


def until_prompt(words: list[str], prompt: bytes, environment: dict[str, str]) -> float:
    """Seconds from the start of a process to its prompt on a pseudo-terminal."""
    import pty
    import termios

    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (30, 100))
    begun = time.perf_counter()
    process = subprocess.Popen(
        words, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
    )
    os.close(slave)
    try:
        return seconds_to(master, prompt, begun)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(master)


def seconds_to(terminal: int, prompt: bytes, begun: float) -> float:
    """Seconds since `begun` when the prompt is seen; questions for the place of the cursor are answered."""
    seen = b""
    while prompt not in seen:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        data = b""
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Linux says so when the other side has gone
                data = b""
        if not data:
            raise Missing(f"no prompt came, only {seen[-300:]!r}")
        if b"\x1b[6n" in data:
            os.write(terminal, b"\x1b[2;1R")
        seen += data
    return time.perf_counter() - begun


def whole_run(words: list[str], expected: bytes, environment: dict[str, str]) -> float:
    """Seconds that a process takes from start to end. Its input is a terminal: otherwise iredis would read commands."""
    import pty

    master, slave = pty.openpty()
    begun = time.perf_counter()
    done = subprocess.run(words, stdin=slave, capture_output=True, env=environment, check=False)
    took = time.perf_counter() - begun
    os.close(master)
    os.close(slave)
    if expected not in done.stdout:
        raise Missing(f"{words[0]} did not answer: {(done.stdout + done.stderr)[-300:]!r}")
    return took


def compare(name: str, ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> None:
    """Measure both in turns and print the medians and their ratio."""
    ours()
    theirs()  # the first run of each reads its files into the memory of the system
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    best = " / ".join(f"{min(column) * 1000:.0f}" for column in zip(*pairs, strict=True))
    print(
        f"{name:<14} redislab {mine * 1000:6.1f} ms   iredis {other * 1000:6.1f} ms   ratio {mine / other:.2f}"
        f"  (wanted: {REACH[name]})   fastest {best} ms",
        flush=True,
    )


# -- what it needs -------------------------------------------------------------------------------------------------


def environment_with(folder: Path, what: str, program: str) -> Path:
    """Install a package in an environment of its own, compiled; gives back the program."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    # The folder of the sources is left as it is: pip builds a wheel and installs that.
    run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what], f"installing {what}")
    run([str(python), "-m", "compileall", "-q", str(folder / "lib")], "compiling", check=False)
    return folder / "bin" / program


def run(words: list[str], doing: str, *, check: bool = True) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(words, capture_output=True, text=True, env=plain, check=False)
    if check and done.returncode:
        raise Missing(f"{doing} failed:\n{done.stderr.strip()[-1000:]}")


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A redis-server that keeps nothing, on a free port of this machine only."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("there is no redis-server on the PATH, and iredis is nothing without one")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server, port
        except OSError:
            time.sleep(0.05)
    server.kill()
    raise Missing("redis-server did not start to listen")


def measure(folder: Path, rounds: int) -> None:
    """Set up both and compare them."""
    server, port = start_server(folder)
    try:
        print("installing both into", folder, flush=True)
        ours = str(environment_with(folder / "redislab", str(ROOT), "redislab"))
        theirs = str(environment_with(folder / "iredis", "iredis", "iredis"))
        home = {"HOME": str(folder), "TERM": "xterm-256color"}
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ} | home
        there = [theirs, "-p", str(port)]
        compare(
            "first prompt",
            lambda: until_prompt([ours], b"redislab>", environment),
            lambda: until_prompt(there, f":{port}>".encode(), environment),
            rounds,
        )
        compare(
            "exec",
            lambda: whole_run([ours, "exec", "SET", "greeting", "hello"], b"OK", environment),
            lambda: whole_run([*there, "SET", "greeting", "hello"], b"OK", environment),
            rounds,
        )
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Measure; exit code 1 and a sentence where that cannot be done."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else ROUNDS
    if os.name != "posix":
        print("benchmarks/start.py needs pseudo-terminals, which this system does not have", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="redislab-start-", ignore_cleanup_errors=True) as folder:
        try:
            measure(Path(folder), rounds)
        except Missing as missing:
            print(f"cannot measure: {missing}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
