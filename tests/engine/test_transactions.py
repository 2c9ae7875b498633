"""WATCH against time, other clients and whole databases; what a transaction does with errors and messages."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.resp.types import NO_REPLY, NULL_ARRAY, Push, Simple


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def exec_ping(session) -> object:
    session.run("MULTI")
    session.run("PING")
    return session.run("EXEC")


def test_a_watched_key_that_expires_spoils_the_transaction(lab: Lab) -> None:
    alice = lab.session()
    alice.run("SET k v PX 100")
    alice.run("WATCH k")
    lab.engine.active_expire = False
    lab.advance(0.2)
    assert exec_ping(alice) is NULL_ARRAY


def test_so_does_one_that_the_expire_cycle_removed(lab: Lab) -> None:
    alice = lab.session()
    alice.run("SET k v PX 100")
    alice.run("WATCH k")
    lab.advance(0.2)
    assert exec_ping(alice) is NULL_ARRAY


def test_a_key_whose_time_was_over_when_watched_does_not_spoil(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    lab.engine.active_expire = False
    alice.run("SET k v PX 100")
    lab.advance(0.2)
    alice.run("WATCH k")
    assert bob.run("GET k") is None
    assert exec_ping(alice) == ["PONG"]
    alice.run("WATCH k")
    bob.run("SET k new")
    assert exec_ping(alice) is NULL_ARRAY


def test_undo_of_a_watched_key_spoils(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    bob.run("SET k v")
    alice.run("WATCH k")
    lab.undo()
    assert exec_ping(alice) is NULL_ARRAY


TOUCHING = ["FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "EXPIRE k 10", "MOVE k 3", "RENAME k n", "DEL k"]
HARMLESS = ["TOUCH k", "PERSIST k", "COPY k n", "RENAME k k", "SWAPDB 1 2", "SELECT 1", "SORT k2 STORE n"]


@pytest.mark.parametrize("command", TOUCHING)
def test_what_touches_the_key_spoils(lab: Lab, command: str) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("SET k v")
    alice.run("WATCH k")
    bob.run(command)
    assert exec_ping(alice) is NULL_ARRAY


@pytest.mark.parametrize("command", HARMLESS)
def test_what_leaves_the_key_alone_does_not(lab: Lab, command: str) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("SET k v")
    alice.run("WATCH k")
    bob.run(command)
    assert exec_ping(alice) == ["PONG"]


def test_time_stands_still_within_exec() -> None:
    class Ticking:
        """Every look at this clock finds a second gone."""

        ns = 10**18

        def now_ns(self) -> int:
            Ticking.ns += 10**9
            return Ticking.ns

    alice = Lab(clock=Ticking()).session()
    alice.run("MULTI")
    alice.run("SET k v PX 1")
    alice.run("EXISTS k")
    alice.run("TIME")
    alice.run("TIME")
    _, there, first, second = alice.run("EXEC")
    assert there == 1
    assert first == second


def test_a_refused_exec_leaves_the_transaction(lab: Lab) -> None:
    alice = lab.session()
    alice.run("MULTI")
    with pytest.raises(ReplyError, match="EXECABORT Transaction discarded because of: wrong number"):
        alice.run("EXEC now")
    assert not alice.in_multi


def test_reset_in_multi_forgets_everything(lab: Lab) -> None:
    alice, bob = lab.session("alice", protocol=3), lab.session()
    alice.run("SELECT 1")
    alice.run("WATCH k")
    alice.run("MULTI")
    assert alice.run("RESET") == "RESET"
    assert (alice.in_multi, alice.db_index, alice.protocol, alice.name) == (False, 0, 2, b"")
    bob.run("SELECT 1")
    bob.run("SET k v")
    assert exec_ping(alice) == ["PONG"]


def test_messages_within_exec_are_items_of_its_reply(lab: Lab) -> None:
    alice = lab.session()
    for line in ("MULTI", "SUBSCRIBE a b", "PUBLISH a hello", "EXEC"):
        reply = alice.run(line)
    assert reply is NO_REPLY
    # Two commands: two items. The message and the number of receivers follow by themselves, as they do on the wire.
    subscribed = [Push([b"subscribe", b"a", 1]), Push([b"subscribe", b"b", 2])]
    assert list(alice.outbox) == [subscribed, Push([b"message", b"a", b"hello"]), 1]


def test_exec_is_one_step_of_undo(lab: Lab) -> None:
    alice = lab.session()
    for line in ("SET k 1", "MULTI", "RENAME k n", "INCR n", "FLUSHDB", "SET k 9", "EXEC"):
        alice.run(line)
    lab.undo()
    assert alice.run("GET k") == b"1"
    assert alice.run("EXISTS n") == 0


def test_a_runtime_error_stands_in_its_place(lab: Lab) -> None:
    alice = lab.session()
    for line in ("SET s x", "MULTI", "INCR s", "SET s 1", "EXEC"):
        reply = alice.run(line)
    assert reply == [ReplyError("ERR value is not an integer or out of range"), Simple("OK")]
