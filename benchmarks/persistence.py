"""How long saving and loading take, beside the real server: SAVE, the pause of BGSAVE, the start with the file, and
the same for an append only file.

    python benchmarks/persistence.py [KEYS]

The pause is the longest that a client had to wait for PONG while BGSAVE began and ran. Needs `redis-server` on the
PATH; both servers run on loopback, one after the other, in temporary folders.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "tests")]

from servers import OURS, Running, real, running  # noqa: E402

KEYS = 1_000_000
PIPELINE = 10_000


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def fill(server: Running, keys: int) -> None:
    """Strings for the most part, and a few of each collection."""
    for start in range(0, keys, PIPELINE):
        calls = []
        for number in range(start, min(keys, start + PIPELINE)):
            name = b"key:%012d" % number
            if number % 100:
                calls.append([b"SET", name, b"value of some length %d" % number])
            else:
                calls.append([b"HSET", name, *(b"%d" % part for part in range(20))])
        server.client.many(calls)


def longest_wait(server: Running) -> float:
    """Seconds of the longest wait for PONG from BGSAVE on until it is over."""
    longest = seconds(lambda: server("BGSAVE"))
    looked = time.perf_counter()
    while True:
        longest = max(longest, seconds(lambda: server("PING")))
        if time.perf_counter() - looked > 0.2:
            looked = time.perf_counter()
            if server.info()["rdb_bgsave_in_progress"] == "0":
                return longest


def measure(program: list[str], folder: Path, keys: int) -> dict[str, float]:
    found: dict[str, float] = {}
    with running(program, folder) as server:
        fill(server, keys)
        found["SAVE, s"] = seconds(lambda: server("SAVE"))
        found["file, MB"] = (folder / "dump.rdb").stat().st_size / 1e6
        found["pause of BGSAVE, ms"] = 1000 * longest_wait(server)
        found["fork, ms"] = int(server.info("stats")["latest_fork_usec"]) / 1000
    found["start with RDB, s"] = seconds(lambda: Running(program, folder).stop())
    appending = folder / "appending"
    with running(program, appending, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0") as server:
        found["filling with AOF, s"] = seconds(lambda: fill(server, keys // 10))
    start = seconds(lambda: Running(program, appending, "--appendonly", "yes").stop())
    found["start with AOF of a tenth, s"] = start
    return found


def main(words: list[str]) -> int:
    keys = int(words[0]) if words else KEYS
    with tempfile.TemporaryDirectory() as top:
        theirs = measure(real(), Path(top) / "theirs", keys)
        ours = measure(OURS, Path(top) / "ours", keys)
    print(f"{keys} keys{'':24}redis {'':6}redislab")
    for name, value in theirs.items():
        print(f"{name:32}{value:8.3f}   {ours[name]:10.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
