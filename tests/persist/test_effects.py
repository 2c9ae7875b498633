"""The append only file beside the real server's: random commands, and both files hold the same, command by command."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from persist.effects import appended, blocking, random_call, same_effects
from servers import OURS, Running, real, running

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
SEEDS = range(100) if SOAK else [1, 2]
ROUNDS = 1500
PATIENCE_S = 10
EXPIRY_MS = 40
"""A server that is held up for longer than this between reading its clock twice deletes the key at once."""


class Both:
    """Two servers that are told the same: each has a client that talks and one that waits now and then."""

    def __init__(self, servers: list[Running]) -> None:
        self.servers = servers
        self.waiters = [server.connect() for server in servers]
        self.overseers = [server.connect() for server in servers]
        self.history: list[Any] = []
        for server in servers:
            server("DEBUG", "SET-ACTIVE-EXPIRE", 0)

    def tell(self, argv: list[bytes]) -> None:
        replies = [server.client.call(argv) for server in self.servers]
        self.history.append((argv, replies))
        if argv[0] in (b"EXEC", b"EVAL", b"LPUSH"):
            self.hear()

    def wait(self, argv: list[bytes]) -> None:
        """Let the other clients wait, unless they do."""
        self.hear()
        if not self.waiters[0].waiting and not self.waiters[1].waiting:
            self.history.append(("waits", argv))
            for server, waiter, overseer in zip(self.servers, self.waiters, self.overseers, strict=True):
                waiter.call(argv, block_after=0.02)
                if waiter.waiting:
                    server.wait_for(lambda ask=overseer: b"blocked_clients:1\r" in ask.call([b"INFO", b"clients"]))

    def hear(self) -> None:
        for waiter in self.waiters:
            if waiter.waiting:
                waiter.later(0.003)

    def let_expire(self, key: bytes) -> None:
        """Give the key an end that both servers still see before them, however busy the machine is, and let it pass.

        Not in a transaction: the end would come at some moment after EXEC.
        """
        self.tell([b"DISCARD"])
        for server in self.servers:
            server("PEXPIRE", key, EXPIRY_MS)
        time.sleep(EXPIRY_MS / 1000 + 0.005)
        self.tell([b"TYPE", key])

    def play(self, rounds: int, random: Random, call: Callable[[Random], list[bytes]]) -> None:
        """Tell both so many commands of `call`; now and then somebody waits, or a key's time comes. At the end both
        files are written.
        """
        for _ in range(rounds):
            chance = random.random()
            if chance < 0.02:
                self.wait(blocking(random))
            elif chance < 0.03:
                self.let_expire(random.choice([b"a", b"b", b"c"]))
            else:
                self.tell(call(random))
        self.tell([b"DISCARD"])
        self.settle()

    def settle(self) -> None:
        """Wait until the files hold the same number of commands: a write is put off while the disk is busy."""
        ours, theirs = (server.folder for server in self.servers)
        end = time.monotonic() + PATIENCE_S
        while number_of(ours) != number_of(theirs) and time.monotonic() < end:
            time.sleep(0.05)


def number_of(folder: Path) -> int:
    """How many commands are in the file; -1 while the last is not there as a whole."""
    try:
        return len(appended(folder))
    except ValueError:
        return -1


def compare(ours: list[list[bytes]], theirs: list[list[bytes]]) -> None:
    """Raises AssertionError with the commands around the first difference."""
    for place, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        around = slice(max(0, place - 3), place + 3)
        assert same_effects(mine, other), f"command {place}: redis {theirs[around]}, redislab {ours[around]}"
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_same_commands_are_appended(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    options = ("--appendonly", "yes")
    with running(real(), tmp_path / "theirs", *options) as theirs, running(OURS, tmp_path / "ours", *options) as ours:
        both = Both([theirs, ours])
        both.play(ROUNDS, random, random_call)
        (tmp_path / "history.txt").write_text("\n".join(map(str, both.history)))
        compare(appended(tmp_path / "ours"), appended(tmp_path / "theirs"))
        changes = [server.info()["rdb_changes_since_last_save"] for server in both.servers]
        digests = [str(server("DEBUG", "DIGEST")) for server in both.servers]
    for folder, digest in zip((tmp_path / "theirs", tmp_path / "ours"), digests, strict=True):
        for program in (OURS, real()):
            with running(program, folder, *options) as server:
                assert str(server("DEBUG", "DIGEST")) == digest, (folder.name, program)
    print("CHANGES", changes)
