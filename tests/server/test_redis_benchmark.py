"""redis-benchmark's default tests against redislab's server: they end well and no reply is an error."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from real import RealClient

DEFAULT_TESTS = 20


def benchmark(address: tuple[str, int], *words: str) -> str:
    """What redis-benchmark prints. Skips where there is none."""
    program = shutil.which("redis-benchmark")
    if program is None:
        pytest.skip("no redis-benchmark on PATH")
    options = ["-h", address[0], "-p", str(address[1]), *words]
    done = subprocess.run([str(program), *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Error from server" not in done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if line and not line.startswith("WARNING: Keepalive disabled")]
    assert not told
    return done.stdout


def calls(address: tuple[str, int], command: bytes) -> int:
    """How often a command was executed, as the server counts."""
    client = RealClient(address)
    for line in bytes(client.call([b"INFO", b"commandstats"])).splitlines():
        if line.startswith(b"cmdstat_" + command + b":"):
            found = int(line.split(b"calls=")[1].split(b",")[0])
            break
    else:
        found = 0
    client.close()
    return found


@pytest.mark.parametrize("more", [[], ["-3"]], ids=["RESP2", "RESP3"])
@pytest.mark.parametrize("pipeline", ["1", "16"])
def test_all_default_tests(fresh: Any, pipeline: str, more: list[str]) -> None:
    before = calls(fresh.address, b"zadd")
    printed = benchmark(fresh.address, "--csv", "-n", "1600", "-c", "20", "-P", pipeline, *more)
    assert len(printed.splitlines()) == DEFAULT_TESTS + 1, printed
    assert calls(fresh.address, b"zadd") - before == 1600


def test_random_keys_and_threads(fresh: Any) -> None:
    benchmark(
        fresh.address, "-t", "set,get,incr,hset,sadd", "-n", "3000", "-r", "500", "-P", "8", "--threads", "2", "-q"
    )
    client = RealClient(fresh.address)
    assert 400 < client.call([b"DBSIZE"]) < 1100
    client.close()


@pytest.mark.parametrize("words", [["-k", "0", "-n", "300"], ["-d", "100000", "-n", "200"]], ids=str)
def test_ways_to_connect(fresh: Any, words: list[str]) -> None:
    benchmark(fresh.address, "-t", "set,get", "-q", *words)


def test_a_command_of_ones_own(fresh: Any) -> None:
    benchmark(fresh.address, "-n", "500", "-r", "100", "-q", "XADD", "events:__rand_int__", "*", "n", "__rand_int__")
    benchmark(fresh.address, "-n", "500", "-q", "EVAL", "return redis.call('INCR', KEYS[1])", "1", "counter")
    client = RealClient(fresh.address)
    assert client.call([b"GET", b"counter"]) == b"500"
    client.close()
