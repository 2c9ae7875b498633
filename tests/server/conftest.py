"""Servers for tests with real clients: redislab's own, as a process, and beside it the real one where there is one."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from real import emptied

ROOT = Path(__file__).resolve().parents[2]
READY = "Ready to accept connections"
WRONG = ("Traceback (most recent call last)", "failed for a reason of its own", "Task exception was never retrieved")
"""What the log of a healthy server never holds."""
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 60.0
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


# -- Node ----------------------------------------------------------------------------------------------------


def without_node(reason: str) -> None:
    """Skip, or fail where Node is required."""
    if os.environ.get("REDISLAB_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of examples/node as npm installs them: kept between runs until package.json changes.

    Skips where there is no Node 20 or no registry, or fails if REDISLAB_REQUIRE_NODE=1.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        without_node("no node or npm on PATH")
    version = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        without_node(f"node is {version}, the packages need 20")
    wanted = (ROOT / "examples" / "node" / "package.json").read_bytes()
    kept = Path(tempfile.gettempdir()) / f"redislab-node-{os.getuid()}-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if not (kept / "node_modules").is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="redislab-npm-"))
        (fresh / "package.json").write_bytes(wanted)
        words = [str(npm), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(words, cwd=fresh, capture_output=True, text=True, timeout=300)
        if done.returncode:
            shutil.rmtree(fresh)
            without_node(f"npm cannot install the packages: {done.stderr[-500:]}")
        with suppress(OSError):  # another run was faster
            fresh.rename(kept)
    return kept / "node_modules"


class NodePrograms:
    """A folder with programs for Node, beside the packages that they import."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder = folder
        (folder / "node_modules").symlink_to(packages, target_is_directory=True)
        for source in (ROOT / "examples" / "node", ROOT / "tests" / "server" / "node"):
            for script in source.glob("*.mjs"):
                shutil.copy(script, folder)

    def start(self, script: str, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a program; its output and errors come through one pipe."""
        return subprocess.Popen(
            ["node", str(self.folder / script), *words], env={**os.environ, **environment}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, script: str, *words: str, **environment: str) -> str:
        """Run a program to its end; returns what it printed. Fails the test if it fails."""
        process = self.start(script, *words, **environment)
        try:
            printed, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail(f"{script} did not end: {process.communicate()[0]}")
        assert process.returncode == 0, printed
        return printed


@pytest.fixture(scope="session")
def node(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> NodePrograms:
    """Runs the programs of examples/node and tests/server/node."""
    return NodePrograms(tmp_path_factory.mktemp("node"), node_modules)


@pytest.fixture
def program() -> str:
    """The path of redis-cli."""
    found = shutil.which("redis-cli")
    if found is None:
        pytest.skip("no redis-cli on PATH")
    return str(found)
