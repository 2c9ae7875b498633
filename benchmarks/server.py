"""The server beside the real one: redis-benchmark on both, in turns. Prints requests a second, and their ratios.

    python benchmarks/server.py [--rounds 5] [--tests set,get,…] [--pipelines 1,16] [--clients 50]

Starts `redislab serve` and `redis-server` on free ports of this machine. A round runs every test on the one and at once
on the other, and the next round begins with the other, so that a busy machine slows both; a ratio is that of the
medians, and 1.0 is the real server's speed. Needs redis-server and redis-benchmark on the PATH. `--ours` and `--theirs`
name other programs to compare, such as a second build of redislab.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TESTS = "set,get,incr,lpush,lpop,sadd,hset,zadd,lrange_100,mset"
SECONDS = 0.6
"""How long a run takes, about. The number of requests for it is found out on the real server."""
PATIENCE_S = 30.0
FILLING = 200_000
"""Elements that are there for LPOP."""

Speeds = dict[tuple[int, str], list[float]]
"""Requests a second, by pipeline and test."""


class Missing(Exception):
    """Something that the measurement needs is not there; the text says what."""


# -- the servers ---------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(words: list[str], folder: str) -> Iterator[int]:
    """A server with these words, for as long as the block lasts; gives its port."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    server = subprocess.Popen([*words, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up and server.poll() is None:
        with suppress(OSError):
            if ask(port, b"PING\r\n").startswith(b"+PONG"):
                return
        time.sleep(0.05)
    raise Missing(f"{shlex.join(server.args)} did not start")  # type: ignore[arg-type]


def ask(port: int, line: bytes) -> bytes:
    """The first bytes of the reply to an inline command."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        client.sendall(line)
        return client.recv(4096)


# -- measuring -----------------------------------------------------------------------------------------------------


def speed(port: int, test: str, pipeline: int, requests: int, clients: int) -> float:
    """Requests a second of one run of redis-benchmark."""
    words = ["-p", str(port), "-c", str(clients), "-n", str(requests), "-P", str(pipeline), "-t", test, "--csv"]
    done = subprocess.run(["redis-benchmark", *words], capture_output=True, text=True, check=False)
    rows = [row for row in csv.reader(done.stdout.splitlines()) if len(row) > 1 and row[0] != "test"]
    if done.returncode or not rows:
        raise Missing(f"redis-benchmark failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return float(rows[-1][1])  # LRANGE is preceded by the LPUSH that fills its list.


def prepare(port: int, test: str, clients: int) -> None:
    """Empty the server, and give LPOP something to take."""
    ask(port, b"FLUSHALL\r\n")
    if test == "lpop":
        speed(port, "lpush", 64, FILLING, clients)


def requests_for(port: int, test: str, pipeline: int, clients: int) -> int:
    """So many requests that a run takes its time, in whole thousands."""
    prepare(port, test, clients)
    measured = speed(port, test, pipeline, 2_000 * pipeline, clients)
    return min(FILLING, max(2_000, round(measured * SECONDS / 1_000) * 1_000))


def measure(ports: tuple[int, int], tests: list[str], pipelines: list[int], rounds: int, clients: int) -> list[Speeds]:
    """The speeds of both servers, measured in turns."""
    found: list[Speeds] = [defaultdict(list), defaultdict(list)]
    counts = {(p, test): requests_for(ports[1], test, p, clients) for p in pipelines for test in tests}
    for turn in range(rounds):
        for (pipeline, test), requests in counts.items():
            for side in (0, 1) if turn % 2 else (1, 0):
                prepare(ports[side], test, clients)
                found[side][pipeline, test].append(speed(ports[side], test, pipeline, requests, clients))
        print(f"\rround {turn + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


# -- the table -----------------------------------------------------------------------------------------------------


def show(found: list[Speeds], tests: list[str], pipelines: list[int], clients: int) -> None:
    """A row for each test, and for each pipeline the geometric mean and the lowest beside it."""
    for pipeline in pipelines:
        print(f"\n{clients} clients, -P {pipeline}; requests a second, median (and the ratios of the single rounds)")
        print(f"{'':12}{'redislab':>10}{'redis':>10}{'ratio':>7}   {'lowest':>6}{'highest':>9}")
        ratios = {}
        for test in tests:
            ours, theirs = (side[pipeline, test] for side in found)
            one, other = statistics.median(ours), statistics.median(theirs)
            each = [mine / real for mine, real in zip(ours, theirs, strict=True)]
            ratios[test] = one / other
            print(f"{test:12}{one:10,.0f}{other:10,.0f}{one / other:7.2f}   {min(each):6.2f}{max(each):9.2f}")
        mean = statistics.geometric_mean(ratios.values())
        lowest = min(ratios, key=ratios.__getitem__)
        least = ratios[lowest]
        print(f"geometric mean {mean:.2f}, lowest {lowest} {least:.2f}, which is {least / mean:.2f} of the mean")


def main() -> int:
    """Measure and print; exit code 1 and a sentence where that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tests", default=TESTS, help="as redis-benchmark's -t names them")
    parser.add_argument("--pipelines", default="1,16")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--ours", default=shlex.join([sys.executable, "-m", "redislab", "serve"]))
    parser.add_argument("--theirs", default="redis-server")
    options = parser.parse_args()
    tests, pipelines = options.tests.split(","), [int(number) for number in options.pipelines.split(",")]
    try:
        for program in ("redis-benchmark", shlex.split(options.theirs)[0]):
            if shutil.which(program) is None:
                raise Missing(f"there is no {program} on the PATH")
        with (
            tempfile.TemporaryDirectory(prefix="redislab-server-") as folder,
            running(shlex.split(options.ours), folder) as ours,
            running(shlex.split(options.theirs), folder) as theirs,
        ):
            found = measure((ours, theirs), tests, pipelines, options.rounds, options.clients)
    except Missing as missing:
        print(f"cannot measure: {missing}", file=sys.stderr)
        return 1
    show(found, tests, pipelines, options.clients)
    return 0


if __name__ == "__main__":
    sys.exit(main())
