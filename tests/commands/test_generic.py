"""What the transcripts cannot show of keys as such: undo, chance, and keys whose time is over."""

from __future__ import annotations

import pytest

from redislab import Lab


def test_undo_after_rename_gives_the_key_its_own_value_back() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    for line in ("RPUSH k 1", "RENAME k n", "RPUSH n 2"):
        alice.run(line)
    lab.undo()
    assert alice.run("LRANGE n 0 -1") == [b"1"]
    lab.undo()
    assert alice.run("LRANGE k 0 -1") == [b"1"]
    assert alice.run("EXISTS n") == 0
    lab.redo()
    lab.redo()
    assert alice.run("LRANGE n 0 -1") == [b"1", b"2"]


def test_undo_after_move_gives_both_databases_back() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    for line in ("SADD s a", "EXPIRE s 100", "MOVE s 1", "SELECT 1", "SADD s b"):
        alice.run(line)
    lab.goto(2)
    assert alice.run("EXISTS s") == 0
    alice.run("SELECT 0")
    assert alice.run("SMEMBERS s") == [b"a"]
    assert alice.run("TTL s") == 100


def test_a_copy_lives_its_own_life() -> None:
    alice = Lab(record=False).session()
    for line in ("RPUSH k 1", "COPY k n", "RPUSH k 2"):
        alice.run(line)
    assert alice.run("LRANGE n 0 -1") == [b"1"]


def test_randomkey_finds_every_key_and_no_expired_one() -> None:
    lab = Lab(clock="manual", seed=3)
    lab.engine.active_expire = False
    alice = lab.session()
    for number in range(50):
        alice.call("SET", f"k{number}", "v", *(["PX", 10] if number % 2 else []))
    lab.advance(1)
    alive = {b"k%d" % number for number in range(0, 50, 2)}
    assert {alice.run("RANDOMKEY") for _ in range(500)} == alive


@pytest.mark.parametrize("line", ["WAIT 1 50", "WAIT 1 0"])
def test_wait_waits_for_replicas_that_never_come(line: str) -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run(line)
    assert alice.blocked
    lab.advance(0.05)
    assert list(alice.outbox) == ([0] if line.endswith("50") else [])
