"""The verb `run`: a program of the learner's, with a Redis of its own for as long as it runs.

Owns the choice of the interpreter, the environment that the program gets, and the ends of both processes: the program
gets the signals, its exit code is ours, and the server never outlives it. Input and output pass untouched; what is
said here goes to stderr.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["add_arguments", "run_plainly"]

OPTIONS_OF_ITS_OWN = True
USAGE, NO_CONNECTION = 2, 4
START_SECONDS = 30.0
END_SECONDS = 15.0
HOST = "127.0.0.1"
READY = "Ready to accept connections"
TAKEN = "already in use"
HELP = """\
Examples:
  redislab run app.py                  a Python program, with a Redis of its own
  redislab run server.mjs --port 3000  a Node program; what follows its name is for the program
  redislab run --dir data app.py       what it stores is there the next time, in the folder data
  redislab run ./anything              whatever can be executed

usage: redislab run [--dir FOLDER] [--port N] SCRIPT [WORD ...]

Starts a server on a free port of this machine, runs the program, and stops the server when the program ends. The
program finds it by REDIS_URL, or REDIS_HOST and REDIS_PORT, in its environment:

  redis.from_url(os.environ["REDIS_URL"])                Python, redis-py
  createClient({ url: process.env.REDIS_URL })           Node, node-redis

  --dir FOLDER   keep the data there, as a server does; without it, it is in memory and gone at the end
  --port N       this port instead of a free one

Ctrl-C and SIGTERM reach the program. The exit code is that of the program; 128 and more if a signal ended it.
"""
NODE_SUFFIXES = (".mjs", ".js", ".cjs")


class WrongUse(Exception):
    """What was asked for cannot be done; the text says why."""


class Asked(NamedTuple):
    """What the command line asks for. `folder` is empty for data in memory, `port` 0 for a free one."""

    script: str
    program: list[str]
    folder: str
    port: int


def add_arguments(verbs: Any) -> None:
    """The verb reads its words itself, so that those after the script stay as they are."""


def run_plainly(words: list[str]) -> int:
    """Run the program that the words name; returns its exit code."""
    if not words or words[0] in ("-h", "--help"):
        print(HELP, end="", file=sys.stdout if words else sys.stderr)
        return 0 if words else USAGE
    try:
        asked = read(words)
    except WrongUse as error:
        return complain(str(error), USAGE)
    with tempfile.TemporaryDirectory(prefix="redislab-run-") as scratch:
        try:
            server = OwnServer(asked, Path(scratch))
        except WrongUse as error:
            return complain(str(error), NO_CONNECTION)
        try:
            code = run_program(asked.program, server.environment())
            server.tell_if_gone()
        finally:
            server.stop()
    if code or sys.stderr.isatty():
        complain(f"{asked.script} ended with exit code {code}", code)
    return code


def complain(text: str, code: int) -> int:
    print(f"redislab: {text}", file=sys.stderr)
    return code


# -- what to run ---------------------------------------------------------------------------------------------


def read(words: Sequence[str]) -> Asked:
    """What the words ask for. Raises WrongUse."""
    rest = list(words)
    folder, port = "", 0
    while rest and rest[0].startswith("-") and rest[0] != "--":
        option, equals, value = rest.pop(0).partition("=")
        if option not in ("--dir", "--port"):
            raise WrongUse(f"`run` has no option {option}; redislab run --help shows those it has")
        if not equals:
            if not rest:
                raise WrongUse(f"{option} needs a value")
            value = rest.pop(0)
        if option == "--dir":
            folder = value
        elif value.isdigit() and 0 < int(value) < 65536:
            port = int(value)
        else:
            raise WrongUse(f"{value} is no port: ports are the numbers from 1 to 65535")
    if rest[:1] == ["--"]:
        rest.pop(0)
    if not rest:
        raise WrongUse("which program? redislab run app.py")
    return Asked(rest[0], [*interpreter(rest[0]), *rest[1:]], folder, port)


def interpreter(script: str) -> list[str]:
    """The words that run a script, by its suffix or because it is executable. Raises WrongUse."""
    path = Path(script)
    if not path.is_file():
        raise WrongUse(f"there is no file {script}")
    suffix = path.suffix.lower()
    if suffix == ".py":
        return [python(), script]
    if suffix in NODE_SUFFIXES:
        node = shutil.which("node")
        if node is None:
            raise WrongUse(f"{script} needs Node.js, and there is no `node` here: see https://nodejs.org")
        return [node, script]
    if os.access(path, os.X_OK):
        return [str(path.absolute())]
    raise WrongUse(f"{script} is neither Python (.py) nor JavaScript ({', '.join(NODE_SUFFIXES)}), nor executable")


def python() -> str:
    """The Python of the active virtual environment, which has the learner's packages; else our own."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        found = Path(active) / "bin" / "python"
        if os.access(found, os.X_OK):
            return str(found)
    return sys.executable


# -- the server ----------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class OwnServer:
    """A server in a process of its own, which only this machine reaches. Raises WrongUse if it does not start."""

    def __init__(self, asked: Asked, scratch: Path) -> None:
        self.folder = Path(asked.folder) if asked.folder else scratch
        self.log_path = scratch / "server.log"
        self.port = asked.port
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WrongUse(f"{asked.folder} cannot be used as a folder: {error.strerror}") from None
        tries = 1 if asked.port else 5  # somebody else may take a free port before the server does
        while True:
            tries -= 1
            self.port = asked.port or free_port()
            self.start(in_memory=not asked.folder)
            if self.is_up():
                return
            self.stop()
            if not tries or TAKEN not in self.log():
                raise WrongUse(f"the server did not start. Its log:\n{self.log()}")

    def start(self, *, in_memory: bool) -> None:
        """Start the process, in a session of its own: Ctrl-C is for the program."""
        package = str(Path(__file__).parents[2])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        words = ["--port", str(self.port), "--bind", HOST, "--dir", str(self.folder.absolute())]
        if in_memory:
            words += ["--save", ""]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "redislab.server.guarded", *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )

    def is_up(self) -> bool:
        """Wait until it says that it is ready; False if it ended instead, or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while READY not in self.log():
            if time.monotonic() > deadline or self.process.poll() is not None:
                return False
            time.sleep(0.01)
        return True

    def environment(self) -> dict[str, str]:
        """The environment for the program."""
        return {
            **os.environ,
            "REDIS_URL": f"redis://{HOST}:{self.port}/0",
            "REDIS_HOST": HOST,
            "REDIS_PORT": str(self.port),
        }

    def log(self) -> str:
        """The end of what it wrote."""
        with suppress(OSError):
            return "\n".join(self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])
        return ""

    def tell_if_gone(self) -> None:
        """Say so if the server ended before the program did: it was shut down, or is not well."""
        if self.process.poll() is not None:
            complain(f"the server had ended before the program did. Its log:\n{self.log()}", 1)

    def stop(self) -> None:
        """End it, after it has saved if it is to save."""
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


# -- the program ---------------------------------------------------------------------------------------------


def run_program(words: list[str], environment: dict[str, str]) -> int:
    """Run the program to its end, handing on the signals that we get; returns its exit code."""
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def hand_on(number: int, frame: Any) -> None:
        if process is None:
            early.append(number)
        elif number != signal.SIGINT or not at_the_terminal():
            process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, hand_on) for number in numbers}
    try:
        process = subprocess.Popen(words, env=environment)
        for number in early:
            process.send_signal(number)
        code = process.wait()
    except OSError as error:
        return complain(f"{words[0]} cannot be run: {error.strerror}", 126)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def at_the_terminal() -> bool:
    """Whether Ctrl-C at the terminal comes to us, and so has come to the program as well."""
    with suppress(OSError), open("/dev/tty", "rb") as terminal:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    return False
