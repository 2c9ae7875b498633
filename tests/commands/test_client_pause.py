"""CLIENT PAUSE by the clock, and what stands still meanwhile."""

from __future__ import annotations

import pytest

from redislab import Lab
from redislab.resp.types import BLOCKED, NO_REPLY


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def test_what_was_put_off_runs_when_the_time_is_over(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    assert alice.run("CLIENT PAUSE 1000") == "OK"
    assert alice.run("PING") is BLOCKED
    assert bob.run("CLIENT UNPAUSE") is BLOCKED
    assert alice.blocked and lab.next_deadline() == 1000
    lab.advance(0.5)
    assert not alice.outbox
    lab.advance(0.5)
    assert (list(alice.outbox), list(bob.outbox)) == (["PONG"], ["OK"])
    assert alice.run("PING") == "PONG"


def test_without_a_tick_the_next_command_ends_the_pause_and_goes_first(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("CLIENT PAUSE 1000 WRITE")
    assert bob.run("RPUSH l bob") is BLOCKED
    lab.clock.set(lab.clock.now_ns() + 2_000_000_000, None)
    assert alice.run("RPUSH l alice") == 1
    assert list(bob.outbox) == [2]
    assert [step.label for step in lab.steps] == ["RPUSH l alice", "RPUSH l bob"]


def test_nothing_expires_meanwhile(lab: Lab) -> None:
    alice = lab.session()
    alice.run("SET tea green PX 100")
    alice.run("CLIENT PAUSE 1000 WRITE")
    lab.advance(0.5)
    assert alice.run("GET tea") is None
    assert alice.run("DBSIZE") == 1
    assert alice.run("KEYS *") == []
    lab.advance(0.5)
    assert alice.run("DBSIZE") == 0


def test_nothing_is_evicted_or_refused_for_memory_meanwhile(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("CONFIG SET maxmemory-policy allkeys-random")
    alice.run("SET tea green")
    alice.run("CLIENT PAUSE 1000 WRITE")
    alice.run("CONFIG SET maxmemory 1")
    assert (alice.run("DBSIZE"), bob.run("SET coffee black")) == (1, BLOCKED)
    lab.advance(1)
    assert str(bob.outbox.popleft()).startswith("OOM")
    assert alice.run("DBSIZE") == 0


def test_scripts_that_say_they_only_read_run_meanwhile(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("CLIENT PAUSE 1000 WRITE")
    assert bob.call("EVAL", "#!lua flags=no-writes\nreturn 1", 0) == 1
    assert bob.call("EVAL_RO", "return 1", 0) == 1
    assert bob.call("EVAL", "return 1", 0) is BLOCKED


def test_a_client_that_is_put_off_can_give_up_or_be_killed(lab: Lab) -> None:
    alice, bob, carol = lab.session(), lab.session(), lab.session()
    carol.run("CLIENT PAUSE 1000 WRITE")
    assert alice.run("SET a 1") is BLOCKED
    assert bob.run("SET b 1") is BLOCKED
    assert carol.call("CLIENT", "UNBLOCK", alice.id) == 0
    assert alice.cancel()
    assert carol.call("CLIENT", "KILL", "ID", bob.id) == 1
    carol.run("CLIENT UNPAUSE")
    assert carol.run("EXISTS a b") == 0


def test_a_reply_that_is_not_wanted_does_not_come_later(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("CLIENT REPLY SKIP")
    bob.run("CLIENT PAUSE 1000 WRITE")
    assert alice.run("SET a 1") is BLOCKED
    bob.run("CLIENT UNPAUSE")
    assert (list(alice.outbox), alice.run("GET a")) == ([], b"1")
    alice.run("CLIENT REPLY SKIP")
    assert alice.run("BLPOP l 0") is BLOCKED
    bob.run("RPUSH l 1")
    assert (list(alice.outbox), alice.run("GET a")) == ([], b"1")
    assert alice.run("CLIENT REPLY OFF") is NO_REPLY


def test_no_other_step_for_undo(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("CLIENT PAUSE 1000 WRITE")
    bob.run("SET b 1")
    alice.run("CLIENT UNPAUSE")
    assert lab.undo().label == "SET b 1"
    assert bob.run("GET b") is None
