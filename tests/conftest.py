"""Fixtures for all tests: the real server to compare with, when the machine has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from real import emptied

ORACLE_VERSION = "7.0.15"
START_TIMEOUT_S = 60.0
OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--daemonize", "no", "--enable-debug-command", "yes")


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing(reason: str) -> None:
    """Skip, or fail where the real server is required."""
    if os.environ.get("REDISLAB_REQUIRE_ORACLE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A private redis-server 7.0.15 on loopback, as (host, port); stopped at the end.

    Skips when there is none, or fails if REDISLAB_REQUIRE_ORACLE=1.
    """
    server = shutil.which("redis-server")
    if server is None:
        missing("no redis-server on PATH")
        return
    version = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    if f"v={ORACLE_VERSION} " not in version:
        missing(f"redis-server is not {ORACLE_VERSION}: {version.strip()}")
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("oracle")
    yield from started("redis-server", [server, "--port", str(port), *OPTIONS, "--dir", str(folder)], port)


def started(name: str, words: list[str], port: int) -> Iterator[tuple[str, int]]:
    """Start a server, give its host and port when it answers, and stop it at the end."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{name} did not start")
            time.sleep(0.02)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def oracle(real_server: tuple[str, int]) -> tuple[str, int]:
    """The real server as it was at its start: empty, its parameters at their defaults, without other clients."""
    emptied(real_server)
    return real_server


class Oracle:
    """The real server, emptied, speaking RESP2. Replies are plain: errors come back as their text in `str`."""

    def __init__(self, host: str, port: int) -> None:
        self.client = redis.Redis(host=host, port=port, protocol=2)
        self.client.response_callbacks.clear()

    def __call__(self, *arguments: Any) -> Any:
        """The reply to one command."""
        return self.many([arguments])[0]

    def many(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The replies to many commands, sent at once."""
        pipeline = self.client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call)
        replies = pipeline.execute(raise_on_error=False)
        return [str(reply) if isinstance(reply, Exception) else reply for reply in replies]


@pytest.fixture
def ask(oracle: tuple[str, int]) -> Iterator[Oracle]:
    """A client of the real server, which is emptied before."""
    client = Oracle(*oracle)
    client("FLUSHALL")
    yield client
    client.client.close()
