"""Keys whose time is over: found by whoever looks, or by the expire cycle; in their order, and each told once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.slow_clock import SlowClock
from redislab import Lab


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def events(listener: Any) -> list[tuple[bytes, bytes]]:
    """What has been published since, as (event, key)."""
    found = [(push[2].rpartition(b":")[2], push[3]) for push in listener.outbox]
    listener.outbox.clear()
    return found


def listener(lab: Lab) -> Any:
    session = lab.session(protocol=3)
    session.run("CONFIG SET notify-keyspace-events Ex")
    session.run("PSUBSCRIBE __keyevent@*__:*")
    session.outbox.clear()
    return session


def test_a_key_is_there_until_its_time_and_not_after(lab: Lab) -> None:
    lab.engine.active_expire = False
    alice = lab.session()
    alice.run("SET k v PX 1000")
    lab.advance(0.999)
    assert alice.run("PTTL k") == 1
    lab.advance(0.001)
    assert alice.run("GET k") is None
    assert alice.run("TTL k") == -2


def test_whoever_looks_removes_it_and_it_is_told_once(lab: Lab) -> None:
    lab.engine.active_expire = False
    alice, watcher = lab.session(), listener(lab)
    alice.run("SET k v PX 10")
    lab.advance(1)
    assert events(watcher) == []
    assert alice.run("DBSIZE") == 1
    assert alice.run("EXISTS k k") == 0
    assert events(watcher) == [(b"expired", b"k")]
    assert alice.run("DBSIZE") == 0
    assert lab.engine.expired_keys == 1


def test_the_cycle_removes_what_is_due_in_the_order_of_the_times(lab: Lab) -> None:
    alice, watcher = lab.session(), listener(lab)
    for key, milliseconds in (("c", 300), ("a", 100), ("b", 200), ("late", 5000)):
        alice.run(f"SET {key} v PX {milliseconds}")
    lab.advance(1)
    assert events(watcher) == [(b"expired", key) for key in (b"a", b"b", b"c")]
    assert alice.run("KEYS *") == [b"late"]


def test_the_cycle_goes_through_all_databases(lab: Lab) -> None:
    alice = lab.session()
    for index in range(16):
        alice.run(f"SELECT {index}")
        alice.run("SET k v PX 10")
    lab.advance(1)
    assert [len(db.values) for db in lab.engine.databases] == [0] * 16


def test_a_deadline_that_was_moved_or_taken_away_does_nothing(lab: Lab) -> None:
    alice = lab.session()
    for line in ("SET k v PX 10", "PEXPIRE k 100000", "SET p v PX 10", "PERSIST p", "SET s v PX 10", "SET s w"):
        alice.run(line)
    lab.advance(1)
    assert alice.run("EXISTS k p s") == 3


def test_a_key_in_place_of_an_expired_one_is_new(lab: Lab) -> None:
    lab.engine.active_expire = False
    alice = lab.session()
    alice.run("RPUSH k old")
    alice.run("PEXPIRE k 10")
    lab.advance(1)
    assert alice.run("RPUSH k new") == 1
    assert alice.run("TTL k") == -1


@pytest.mark.parametrize("line", ["KEYS *", "SCAN 0", "SCAN 0 TYPE string", "RANDOMKEY", "SORT l GET k"])
def test_an_expired_key_is_not_shown(lab: Lab, line: str) -> None:
    lab.engine.active_expire = False
    alice = lab.session()
    alice.run("SET k v PX 10")
    lab.advance(1)
    assert alice.run(line) in ([], [b"0", []], None)


def test_many_keys_go_in_one_tick(lab: Lab) -> None:
    alice = lab.session()
    for number in range(5000):
        alice.call("SET", f"k{number}", "v", "PX", 10)
    lab.advance(1)
    assert alice.run("DBSIZE") == 0


def test_expiry_is_a_step_that_undo_goes_through(lab: Lab) -> None:
    alice = lab.session()
    alice.run("SET k v")
    alice.run("PEXPIRE k 10")
    lab.advance(1)
    assert alice.run("EXISTS k") == 0
    lab.undo()
    assert alice.run("PTTL k") == 10


def test_next_deadline_tells_when_a_tick_is_due(lab: Lab) -> None:
    alice = lab.session()
    assert lab.next_deadline() is None
    alice.run("SET k v PX 1500")
    alice.run("SET l v PX 700")
    assert lab.next_deadline() == 700
    alice.run("DEL l")
    assert lab.next_deadline() == 1500


def test_renamed_moved_and_copied_keys_keep_their_time(lab: Lab) -> None:
    alice = lab.session()
    for line in ("SET k v PX 1000", "COPY k twin", "RENAME k n", "MOVE n 1"):
        alice.run(line)
    lab.advance(0.5)
    assert alice.run("PTTL twin") == 500
    alice.run("SELECT 1")
    assert alice.run("PTTL n") == 500
    lab.advance(0.5)
    assert [len(db.values) for db in lab.engine.databases[:2]] == [0, 0]


def test_very_many_keys_that_are_due_at_once_go_in_several_ticks() -> None:
    clock = SlowClock()
    lab = Lab(clock, record=False)
    alice = lab.session()
    due = clock.now // 1_000_000 + 60_000_000
    for number in range(100_000):
        alice.call("SET", number, "v", "PXAT", due)
    clock.now = due * 1_000_000
    seen = []
    while lab.engine.behind or not seen:
        lab.tick()
        seen.append(alice.run("DBSIZE"))
    assert seen == sorted(seen, reverse=True)
    assert 1 < len(seen) < 100
    assert seen[-1] == 0
