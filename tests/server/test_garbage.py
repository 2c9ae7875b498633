"""When the collector looks at everything, in a server whose intervals are short: tenths of a second, not minutes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import Running, running
from wire import Wire

WATCHED = """
import gc, sys, weakref
from redislab.cli import main
from redislab.server import garbage
from redislab.server.connection import Connection

garbage.THOROUGH_TICKS, garbage.QUIET_TICKS, garbage.FEW_KEYS = 3, 15, int(sys.argv.pop(1))
there = weakref.WeakSet()
made, look = Connection.__init__, gc.collect

def noted(self, *arguments):
    made(self, *arguments)
    there.add(self)
    self.cycle = [self]

def told(*arguments):
    frozen = gc.get_freeze_count()
    found = look(*arguments)
    if not frozen:  # as only before a look at everything
        print(f"LOOKED there={len(there)}", flush=True)
    return found

Connection.__init__, gc.collect = noted, told
sys.exit(main(["serve", *sys.argv[1:]]))
"""


@contextmanager
def watched(folder: Path, few_keys: int) -> Iterator[Running]:
    """A server whose log says when everything is looked at, and how many connections are in memory then."""
    with running([sys.executable, "-c", WATCHED, str(few_keys)], folder / "data") as server:
        yield server
        assert "failed for a reason of its own" not in server.log()


def looks(server: Running) -> list[int]:
    """How many connections were in memory at each look."""
    return [int(line.partition("there=")[2]) for line in server.log().splitlines() if line.startswith("LOOKED")]


def test_cycles_of_closed_connections_go(tmp_path: Path) -> None:
    with watched(tmp_path, few_keys=100) as server:
        for _ in range(60):
            with Wire(server.port) as wire:
                assert wire.line(b"PING") == b"+PONG"
        before = len(looks(server))
        server.wait_for(lambda: len(looks(server)) > before + 1)
        assert looks(server)[-1] <= 2


def test_with_many_keys_only_while_nobody_sends(tmp_path: Path) -> None:
    with watched(tmp_path, few_keys=-1) as server:
        server("SET", "clock", "", "PX", 1_000_000)
        while server("PTTL", "clock") > 998_000:  # for two seconds
            pass
        assert looks(server) == []
        server.wait_for(lambda: looks(server))


def test_data_is_put_aside_and_stays(tmp_path: Path) -> None:
    """After looks at everything the data is what it was, and can be changed and removed."""
    with watched(tmp_path, few_keys=100_000) as server:
        for number in range(50):
            server("RPUSH", f"list:{number}", *range(100))
            server("ZADD", f"board:{number}", 1, "a", 2, "b")
        digest = server("DEBUG", "DIGEST")
        before = len(looks(server))
        server.wait_for(lambda: len(looks(server)) > before + 1)
        assert server("DEBUG", "DIGEST") == digest
        for number in range(50):
            assert server("DEL", f"list:{number}", f"board:{number}") == 2
        assert server("DBSIZE") == 0
