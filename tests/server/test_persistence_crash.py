"""Kills at random moments under load: what was acknowledged is there at the next start, and the start never fails."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from random import Random

import pytest

from real import RealClient
from redislab.resp.types import ReplyError, Simple
from servers import OURS, Running

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
KILLS = int(os.environ.get("REDISLAB_ROUNDS", "300")) if SOAK else 5
KEYS = 50
GROWING = ("--auto-aof-rewrite-percentage", "40", "--auto-aof-rewrite-min-size", "8kb")
"""Rewrites happen all the time."""
SCRIPT = b"redis.call('SET', KEYS[1], ARGV[1]) return redis.call('LPUSH', 'log', ARGV[1])"


class Load:
    """Clients that write, each to keys of its own, and remember what was acknowledged: by key, the highest number."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.acknowledged: dict[bytes, int] = {}
        self.sent: dict[bytes, int] = {}
        self.number = self.batches = 0

    def run(self, server: Running) -> None:
        """Write until the server is gone."""
        client = server.connect()
        try:
            while self.batch(client):
                pass
        except OSError:
            pass

    def batch(self, client: RealClient) -> bool:
        """A pipeline of writes of several kinds, each of which leaves the number of its key at least where it was."""
        calls, keys = [], []
        for _ in range(self.random.randrange(1, 20)):
            self.number += 1
            key = b"key:%d" % self.random.randrange(KEYS)
            keys.append((key, self.number))
            self.sent[key] = self.number
            number = b"%d" % self.number
            calls.append(
                self.random.choice([
                    [b"SET", key, number],
                    [b"SET", key, number, b"EX", b"1000"],
                    [b"EVAL", SCRIPT, b"1", key, number],
                    [b"MSET", key, number, b"other", b"x" * self.random.choice([1, 3000])],
                ])
            )  # fmt: skip
        if self.random.random() < 0.1:
            calls.append([self.random.choice([b"BGREWRITEAOF", b"BGSAVE"])])
        for (key, number), reply in zip(keys, client.many(calls), strict=False):
            if isinstance(reply, ReplyError):
                return False
            assert reply == Simple("OK") or isinstance(reply, int)
            self.acknowledged[key] = number
        self.batches += 1
        return True

    def check(self, server: Running) -> None:
        """Every acknowledged number is there, or one that was sent later."""
        lost = []
        for key, number in self.acknowledged.items():
            found = server("GET", key)
            if not isinstance(found, bytes) or not number <= int(found) <= self.sent[key]:
                lost.append((key, number, found))
            else:
                self.acknowledged[key] = int(found)
        assert lost == []


@pytest.mark.parametrize("policy", ["always", "everysec"])
def test_acknowledged_writes_outlive_a_kill(policy: str, tmp_path: Path) -> None:
    """The system keeps what was written when a process is killed, so with everysec nothing is lost either: what
    appendfsync everysec gives up is a second before the machine itself goes down."""
    random = Random(policy)
    load = Load(1)
    options = ("--appendonly", "yes", "--appendfsync", policy, *GROWING)
    for _ in range(KILLS + 1):
        server = Running(OURS, tmp_path, *options)
        try:
            load.check(server)
            writer = threading.Thread(target=load.run, args=(server,))
            writer.start()
            server.wait_for(lambda enough=load.batches + 5: load.batches >= enough)
            writer.join(random.uniform(0, 0.3))
        finally:
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        writer.join(60)
        server.end()
    assert len(load.acknowledged) > KEYS // 2
    rest = [path.name for path in (tmp_path / "appendonlydir").iterdir()]
    assert len(rest) < 12, rest


def test_a_kill_while_saving_leaves_the_old_file(tmp_path: Path) -> None:
    """An RDB file is the old one or the new one, whole."""
    random = Random(2)
    saved = 0
    for _ in range(KILLS + 1):
        server = Running(OURS, tmp_path)
        try:
            found = server("GET", "number")
            assert int(found or 0) >= saved
            server.client.many([[b"SET", b"key:%d" % i, b"x" * 100] for i in range(2000)])
            for number in range(saved + 1, saved + random.randrange(2, 5)):
                server("SET", "number", number)
                if str(server("SAVE")) == "OK":
                    saved = number
            server("SET", "number", saved + 1)
            server("BGSAVE")
            threading.Event().wait(random.uniform(0, 0.1))
        finally:
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        server.end()
    assert saved > 1
