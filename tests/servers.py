"""Servers in processes of their own, real ones and ours alike, for tests that start, kill and restart them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import ORACLE_VERSION, free_port, missing
from real import RealClient

__all__ = ["OURS", "Died", "Running", "needed", "real", "running"]

OURS = [sys.executable, "-m", "redislab", "serve"]
START_SECONDS = 60.0
ROOT = Path(__file__).parents[1]


class Died(Exception):
    """A server ended instead of beginning to serve; the text is its log, `code` how it ended."""

    def __init__(self, log: str, code: int) -> None:
        super().__init__(log)
        self.code = code


def real() -> list[str]:
    """The words that start the real server; skips the test where there is none."""
    path = shutil.which("redis-server")
    if path is None:
        missing("no redis-server on PATH")
    version = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True).stdout
    if f"v={ORACLE_VERSION} " not in version:
        missing(f"redis-server is not {ORACLE_VERSION}: {version.strip()}")
    return [str(path)]


def needed(program: str) -> str:
    """The path of one of Redis' tools; skips the test where there is none."""
    path = shutil.which(program)
    if path is None:
        missing(f"no {program} on PATH")
    return str(path)


class Running:
    """A server that works in a folder. `options` are further words of redis-server."""

    def __init__(
        self, program: Sequence[str], folder: Path, *options: str, prepare: Callable[[], None] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.log_path = folder / "server.log"
        words = [
            *program, "--port", str(self.port), "--dir", str(folder), "--save", "", "--enable-debug-command", "yes",
            *options,
        ]  # fmt: skip
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                words, stdout=log, stderr=log, cwd=folder, preexec_fn=prepare,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
        self.clients: list[RealClient] = []
        self.wait_until_up()
        self.client = self.connect()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise Died(self.log(), self.process.wait())
            time.sleep(0.01)

    def is_up(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            link.sendall(b"PING\r\n")
            return not link.recv(64).startswith(b"-LOADING")
        return False

    def connect(self, protocol: int = 2) -> RealClient:
        client = RealClient(("127.0.0.1", self.port), protocol)
        self.clients.append(client)
        return client

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def __call__(self, *words: Any) -> Any:
        """The reply to one command; words are joined bytes, texts and numbers."""
        return self.client.call([word if isinstance(word, bytes) else str(word).encode() for word in words])

    def line(self, text: str) -> Any:
        """The reply to a command without spaces in its words."""
        return self(*text.split())

    def info(self, section: str = "persistence") -> dict[str, str]:
        text = self("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def wait_for(self, condition: Callable[[], Any], seconds: float = 60.0) -> None:
        """Wait until something holds. Raises AssertionError if it never does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen in {seconds} s\n{self.log()}"
            time.sleep(0.01)

    def settle(self) -> None:
        """Wait for saves and rewrites that run, or are scheduled."""
        names = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
        self.wait_for(lambda: not any(int((found := self.info())[name]) for name in names) and bool(found))

    def kill(self) -> None:
        """End it at once, as the machine's power would."""
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        self.process.terminate()
        return self.end()

    def end(self) -> int:
        for client in self.clients:
            client.close()
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def running(program: Sequence[str], folder: Path, *options: str, **more: Any) -> Iterator[Running]:
    """A server for the length of a block; whatever happens, it is gone after that."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Running(program, folder, *options, **more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
