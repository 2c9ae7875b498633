"""OBJECT IDLETIME and FREQ: what counts as use."""

from __future__ import annotations

import pytest

from redislab import Lab


@pytest.mark.parametrize("line", ["EXISTS k", "TYPE k", "TTL k", "OBJECT ENCODING k", "KEYS *", "SCAN 0"])
def test_looking_is_no_use(line: str) -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("SET k v")
    lab.advance(42)
    alice.run(line)
    assert alice.run("OBJECT IDLETIME k") == 42


@pytest.mark.parametrize("line", ["GET k", "TOUCH k", "APPEND k x", "EXPIRE k 100", "PERSIST k", "COPY k n"])
def test_using_is(line: str) -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("SET k v")
    lab.advance(42)
    alice.run(line)
    assert alice.run("OBJECT IDLETIME k") == 0


def test_a_renamed_key_keeps_its_frequency() -> None:
    lab = Lab(clock="manual", seed=1)
    alice = lab.session()
    alice.run("CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0")
    alice.run("SET k v")
    assert alice.run("OBJECT FREQ k") == 5
    for _ in range(10):
        alice.run("GET k")
    assert alice.run("OBJECT FREQ k") == 15
    alice.run("RENAME k n")
    assert alice.run("OBJECT FREQ n") == 16
    lab.advance(180)
    assert alice.run("OBJECT FREQ n") == 13
