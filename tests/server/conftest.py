"""Servers for tests with real clients: redislab's own, as a process, and beside it the real one where there is one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from real import emptied

ROOT = Path(__file__).resolve().parents[2]
READY = "Ready to accept connections"
WRONG = ("Traceback (most recent call last)", "failed for a reason of its own", "Task exception was never retrieved")
"""What the log of a healthy server never holds."""
START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 20.0
OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes")


class Served:
    """A running `redislab serve`."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        from conftest import free_port

        self.host, self.port, self.folder = "127.0.0.1", free_port(), folder
        self.address = (self.host, self.port)
        self.url = f"redis://{self.host}:{self.port}/0"
        self.log_path = folder / "server.log"
        words = ["serve", "--port", str(self.port), "--dir", str(folder), *OPTIONS, *options]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "redislab", *words], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        self.wait_until_ready()

    def log(self) -> str:
        """What the server has written so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while READY not in self.log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                pytest.fail(f"redislab serve did not start:\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as a supervisor does, and fail if it did not end well or its log tells of a mistake."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail(f"the server did not end on SIGTERM:\n{self.log()}")
        log = self.log()
        assert not any(mark in log for mark in WRONG), f"the server's log tells of a mistake:\n{log}"
        assert code == 0, f"the server ended with {code}:\n{log}"


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """A server in a folder, with further options, for as long as the block lasts."""
    served = Served(folder, options)
    try:
        yield served
    except BaseException:
        served.process.kill()
        served.process.wait()
        raise
    else:
        served.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A `redislab serve` that the tests of a module share."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def fresh(server: Served) -> Served:
    """The shared server, brought back to its beginnings."""
    emptied(server.address)
    return server


@pytest.fixture(params=["redislab", "redis"])
def address(request: pytest.FixtureRequest) -> tuple[str, int]:
    """Host and port of an emptied server: redislab's, and then the real one, which proves the test itself."""
    if request.param == "redis":
        return request.getfixturevalue("oracle")  # type: ignore[no-any-return]
    return request.getfixturevalue("fresh").address  # type: ignore[no-any-return]


@pytest.fixture
def url(address: tuple[str, int]) -> str:
    """The same as a URL."""
    return f"redis://{address[0]}:{address[1]}/0"


def environment(url: str) -> dict[str, str]:
    """The environment of a program that is to use a server."""
    return {**os.environ, "REDIS_URL": url}
