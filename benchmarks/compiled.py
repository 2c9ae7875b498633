"""redislab compiled with mypyc, beside the plain one. Prints µs a call of both, and the ratios.

    pip install mypy setuptools && python benchmarks/compiled.py [--keep FOLDER] [--rounds 8] [--optimise 3]

Copies the package into a folder of its own, compiles `values`, `resp` and `engine` there, which takes minutes and a
C compiler, and measures the plain package and the copy in turns: calls of the embedded engine, and pipelines of 16 that
a server's connection reads, executes and answers, with no socket. What is shown is the least of many times.

With `--keep` the copy stays, and is not compiled again by the next call with the same folder. So it can be measured
against a real server: the last line says how. `--only-compile` ends before measuring.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import redislab

PARTS = ("values", "resp", "engine")
PLAIN = {
    "values/content.py": "its classes inherit from bytes, which mypyc refuses",
    "resp/types.py": "its classes inherit from str, bytes, list, int and float",
    "engine/host.py": "edges inherit from Host, and what is plain cannot inherit from what is compiled",
}
"""Modules that stay plain in the copy, and why."""
SETUP = """\
from mypyc.build import mypycify
from setuptools import setup

options = ["--config-file=", "--ignore-missing-imports"]
modules = mypycify([*options, *{files!r}], opt_level={level!r}, debug_level="0", multi_file=True)
setup(name="redislab-compiled", packages=[], py_modules=[], ext_modules=modules)
"""
PIPELINE = 16
BEST_OF = 20
"""Times of which a worker tells the least, each of so many calls as take about a millisecond."""

Work = Callable[[], object]


class Missing(Exception):
    """Something that the measurement needs is not there, or failed; the text says what."""


# -- compiling -----------------------------------------------------------------------------------------------------


def compile_copy(folder: Path, level: str) -> None:
    """Copy the package into a folder and compile it there. Raises Missing with what the compiler said."""
    source = Path(redislab.__file__).parent
    shutil.copytree(source, folder / "redislab", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    files = [
        str(path.relative_to(folder))
        for part in PARTS
        for path in sorted((folder / "redislab" / part).glob("*.py"))
        if path.name != "__init__.py" and f"{part}/{path.name}" not in PLAIN
    ]
    (folder / "setup.py").write_text(SETUP.format(files=files, level=level))
    print(f"compiling {len(files)} modules in {folder}", file=sys.stderr, flush=True)
    words = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"compiling failed:\n{(done.stdout + done.stderr)[-3000:]}")
    shutil.rmtree(folder / "build")


def is_compiled(folder: Path) -> bool:
    """Whether a copy was compiled there before."""
    return (folder / "setup.py").exists() and any(folder.glob("*.so"))


# -- what is measured ----------------------------------------------------------------------------------------------


class NoSocket:
    """A transport for a connection whose replies go nowhere."""

    def __init__(self) -> None:
        self.facts = {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2), "socket": self}

    def fileno(self) -> int:
        return os.open(os.devnull, os.O_WRONLY)

    def get_extra_info(self, name: str) -> Any:
        return self.facts.get(name)

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def is_reading(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        raise AssertionError("the replies go past asyncio")


def direct_works() -> Iterator[tuple[str, Work]]:
    """Calls of the embedded engine, without a history, as a server has none."""
    call = redislab.Lab(record=False).session().call
    for number in range(1000):
        call(b"ZADD", b"zset", b"%d" % number, b"member%d" % number)
    for number in range(100):
        call(b"HSET", b"hash", b"field%d" % number, b"value")
        call(b"RPUSH", b"list", b"element%d" % number)
    tick = iter(range(1 << 60)).__next__
    yield "SET", lambda: call(b"SET", b"string", b"value")
    yield "GET", lambda: call(b"GET", b"string")
    yield "HSET", lambda: call(b"HSET", b"hash", b"field5", b"new")
    yield "ZADD", lambda: call(b"ZADD", b"zset", b"%d" % (tick() * 7919 % 1000), b"member7")
    yield "LPUSH", lambda: call(b"LPUSH", b"pushed", b"element")
    yield "LRANGE 100", lambda: call(b"LRANGE", b"list", b"0", b"99")
    yield "XADD", lambda: call(b"XADD", b"stream", b"*", b"field", b"value")
    words = tuple(word for number in range(10) for word in (b"key%d" % number, b"value"))
    yield "MSET of 10", lambda: call(b"MSET", *words)


def pipeline_works() -> Iterator[tuple[str, Work]]:
    """Pipelines, from their bytes to those of the replies."""
    from redislab.server.connection import Connection
    from redislab.server.log import Log
    from redislab.server.running import configured
    from redislab.server.server import Server

    engine, _ = configured(["--save", ""])
    connection = Connection(Server(engine, Log(level="warning")))
    connection.connection_made(NoSocket())
    receive = connection.data_received

    def sending(*words: bytes) -> Work:
        request = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        data = request * PIPELINE
        return lambda: receive(data)

    for _ in range(7):  # 112 elements, of which a hundred are asked for
        sending(b"RPUSH", b"list", b"element")()
    yield "SET", sending(b"SET", b"string", b"value")
    yield "GET", sending(b"GET", b"string")
    yield "LPUSH", sending(b"LPUSH", b"pushed", b"element")
    yield "LRANGE 100", sending(b"LRANGE", b"list", b"0", b"99")
    yield "MSET of 10", sending(b"MSET", *(w for number in range(10) for w in (b"key%d" % number, b"value")))


WORKS = {"direct": (direct_works, 1), "pipeline": (pipeline_works, PIPELINE)}


def least(work: Work, calls: int) -> float:
    """Seconds a call, the least of several times."""
    times = max(1, 400 // calls)
    best = float("inf")
    for _ in range(BEST_OF):
        start = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, time.perf_counter() - start)
    return best / times / calls


# -- in turns ------------------------------------------------------------------------------------------------------


def be_worker() -> None:
    """Measure what the lines of the input name, and write a number for each; at first, the names of all."""
    works = {f"{kind} {name}": (work, calls) for kind, (make, calls) in WORKS.items() for name, work in make()}
    print("\t".join(works), flush=True)
    for line in sys.stdin:
        print(least(*works[line.rstrip("\n")]), flush=True)


class Worker:
    """A process that measures with the package of one folder."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, "-P", __file__, "--worker"]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        self.process = subprocess.Popen(
            words, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.names = self.read().split("\t")

    def read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Missing("a worker ended too soon")
        return line.rstrip("\n")

    def measure(self, name: str) -> float:
        """Seconds a call."""
        stream: IO[str] | None = self.process.stdin
        assert stream is not None
        print(name, file=stream, flush=True)
        return float(self.read())

    def end(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


@contextmanager
def workers(*folders: Path) -> Iterator[list[Worker]]:
    started: list[Worker] = []
    try:
        for folder in folders:
            started.append(Worker(folder))
        yield started
    finally:
        for worker in started:
            worker.end()


def compare(folder: Path, rounds: int) -> None:
    """Print a row for each work: the least time of either side, and the ratio of the two."""
    with workers(Path(redislab.__file__).parent.parent, folder) as sides:
        names = sides[0].names
        found = {name: (float("inf"), float("inf")) for name in names}
        for turn in range(rounds):
            for name in names:
                first = turn % 2
                times = {side: sides[side].measure(name) for side in (first, 1 - first)}
                found[name] = min(found[name][0], times[0]), min(found[name][1], times[1])
    titles = {"direct": "in process", "pipeline": f"in a connection, {PIPELINE} in a pipeline, no socket"}
    for kind, title in titles.items():
        print(f"\n{title}; µs a call, least of {rounds * BEST_OF} times")
        print(f"{'':12}{'plain':>8}{'compiled':>10}{'ratio':>7}")
        ratios = []
        for name, (plain, compiled) in found.items():
            if name.startswith(kind):
                ratios.append(plain / compiled)
                print(f"{name.partition(' ')[2]:12}{plain * 1e6:8.2f}{compiled * 1e6:10.2f}{ratios[-1]:7.2f}")
        print(f"geometric mean {statistics.geometric_mean(ratios):.2f}")


# -- the whole -----------------------------------------------------------------------------------------------------


@contextmanager
def folder_for(kept: str) -> Iterator[Path]:
    """The folder to compile in: one that stays, or one for as long as the block lasts."""
    if kept:
        folder = Path(kept).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not is_compiled(folder):
            raise Missing(f"{folder} is neither empty nor a copy that was compiled")
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="redislab-compiled-") as scratch:
            yield Path(scratch)


def main() -> int:
    """Compile, measure and print; exit code 1 and a sentence where that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--optimise", default="3", choices="0123", help="how much the C compiler is to do")
    parser.add_argument("--keep", default="", metavar="FOLDER", help="where the compiled copy stays")
    parser.add_argument("--only-compile", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        be_worker()
        return 0
    try:
        with folder_for(options.keep) as folder:
            if not is_compiled(folder):
                compile_copy(folder, options.optimise)
            if not options.only_compile:
                compare(folder, options.rounds)
    except Missing as missing:
        print(f"cannot measure: {missing}", file=sys.stderr)
        return 1
    if options.keep:
        print(f"\n--ours 'env PYTHONPATH={folder} {sys.executable} -P -m redislab serve'  (for benchmarks/server.py)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
