"""SCAN's promise: what is there from the start of a walk to its end is returned, whatever else happens meanwhile."""

from __future__ import annotations

from random import Random

import pytest

from redislab import Lab


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_returns_all_that_stays(seed: int) -> None:
    dice = Random(seed)
    alice = Lab(seed=seed, record=seed % 2 == 0).session()
    stays = {b"stays:%d" % number for number in range(100)}
    for key in stays:
        alice.call("SET", key, "v")
    found: set[bytes] = set()
    cursor = b"0"
    for _ in range(10_000):
        cursor, page = alice.call("SCAN", cursor, "COUNT", dice.randint(1, 20))
        found.update(page)
        for _ in range(dice.randint(0, 5)):
            alice.call(dice.choice(["SET", "APPEND"]), f"goes:{dice.randint(0, 60)}", "v")
            alice.call("DEL", f"goes:{dice.randint(0, 60)}")
        if cursor == b"0":
            break
    assert cursor == b"0"
    assert stays <= found


def test_match_and_type_choose_among_the_keys() -> None:
    alice = Lab().session()
    for line in ("MSET user:1 a user:2 b order:1 c", "RPUSH user:list x"):
        alice.run(line)
    assert alice.run("SCAN 0 MATCH user:? COUNT 100") == [b"0", [b"user:1", b"user:2"]]
    assert alice.run("SCAN 0 TYPE List COUNT 100") == [b"0", [b"user:list"]]
    assert alice.run("SCAN 0 TYPE nosuch COUNT 100") == [b"0", []]


def test_a_type_asked_for_does_not_touch_the_keys() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("SET k v")
    lab.advance(100)
    alice.run("SCAN 0 TYPE string")
    assert alice.run("OBJECT IDLETIME k") == 100
