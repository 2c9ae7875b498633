"""CLIENT TRACKING where several connections take part, and what the server counts of it."""

from __future__ import annotations

import pytest

from redislab import Lab
from redislab.engine.session import Session
from redislab.resp.types import BLOCKED, NO_REPLY, Push


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual", seed=1)


def come(session: Session) -> list[object]:
    """What has come to a session by itself."""
    replies = list(session.outbox)
    session.outbox.clear()
    return replies


def test_a_change_by_oneself_is_told_after_the_reply(lab: Lab) -> None:
    alice = lab.session(protocol=3)
    alice.run("CLIENT TRACKING ON")
    alice.run("GET tea")
    assert alice.run("SET tea green") is NO_REPLY
    assert come(alice) == ["OK", [b"invalidate", [b"tea"]]]
    assert alice.run("SET tea black") == "OK"


def test_an_error_that_changes_nothing_is_raised_as_ever(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session()
    alice.run("CLIENT TRACKING ON")
    alice.run("SET tea green")
    with pytest.raises(Exception, match="WRONGTYPE"):
        alice.run("LLEN tea")
    bob.run("DEL tea")  # a read that failed is a read
    assert come(alice) == [[b"invalidate", [b"tea"]]]


def test_messages_to_another_connection(lab: Lab) -> None:
    alice, listener, bob = lab.session(), lab.session(), lab.session()
    assert alice.call("CLIENT", "TRACKING", "ON", "REDIRECT", listener.id) == "OK"
    alice.run("GET tea")
    bob.run("SET tea 1")
    assert come(listener) == []  # it does not listen yet
    listener.run("SUBSCRIBE __redis__:invalidate")
    come(listener)
    alice.run("GET tea")
    assert alice.run("SET tea 2") is NO_REPLY
    assert (come(alice), come(listener)) == (["OK"], [[b"message", b"__redis__:invalidate", [b"tea"]]])
    bob.run("FLUSHALL")
    assert come(listener) == [[b"message", b"__redis__:invalidate", None]]
    assert f"redir={listener.id} ".encode() in alice.run("CLIENT INFO")


def test_the_other_connection_goes_away(lab: Lab) -> None:
    alice, listener, bob = lab.session(protocol=3), lab.session(protocol=3), lab.session()
    alice.call("CLIENT", "TRACKING", "ON", "REDIRECT", listener.id)
    alice.run("GET tea")
    listener.close()
    bob.run("SET tea 1")
    assert come(alice) == [[b"tracking-redir-broken", listener.id]]
    assert b"flags=tR" in alice.run("CLIENT INFO")
    assert alice.run("CLIENT TRACKINGINFO")[b"flags"] == [b"on", b"broken_redirect"]


def test_expiry_is_told(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session(protocol=3)
    alice.run("CLIENT TRACKING ON")
    bob.run("CLIENT TRACKING ON BCAST NOLOOP PREFIX t")
    bob.run("SET tea green PX 50")
    alice.run("GET tea")
    lab.advance(0.1)
    assert come(alice) == come(bob) == [[b"invalidate", [b"tea"]]]


def test_one_message_for_each_prefix_at_the_end_of_a_transaction(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session()
    alice.run("CLIENT TRACKING ON BCAST PREFIX a PREFIX b")
    for line in ("MULTI", "SET b2 1", "SET a1 1", "SET b1 1", "SET b2 1", "SET c 1", "EXEC"):
        bob.run(line)
    assert come(alice) == [[b"invalidate", [b"a1"]], [b"invalidate", [b"b1", b"b2"]]]


def test_the_table_is_kept_within_its_bounds(lab: Lab) -> None:
    alice = lab.session(protocol=3)
    alice.run("CONFIG SET tracking-table-max-keys 2")
    alice.run("CLIENT TRACKING ON")
    alice.run("MGET a b c d")
    assert b"tracking_total_keys:4\r\ntracking_total_items:4\r\n" in alice.run("INFO stats")
    lab.tick()
    told = come(alice)
    assert len(told) == 2 and all(isinstance(each, Push) for each in told)
    assert b"tracking_total_keys:2\r\n" in alice.run("INFO stats")


def test_nothing_is_left_of_those_who_stop(lab: Lab) -> None:
    alice, bob, carol = (lab.session(protocol=3) for _ in range(3))
    alice.run("CLIENT TRACKING ON BCAST")
    bob.run("CLIENT TRACKING ON")
    bob.run("GET tea")
    assert b"tracking_clients:2\r\n" in carol.run("INFO clients")
    alice.close()
    bob.run("RESET")
    assert b"tracking_clients:0\r\n" in carol.run("INFO clients")
    carol.run("SET tea green")
    assert come(bob) == []
    assert not lab.engine.tracking.on


def test_silent_clients_get_the_messages_all_the_same(lab: Lab) -> None:
    alice = lab.session(protocol=3)
    alice.run("CLIENT TRACKING ON")
    alice.run("CLIENT REPLY OFF")
    assert alice.run("GET tea") is NO_REPLY
    assert alice.run("SET tea 1") is NO_REPLY
    assert come(alice) == [[b"invalidate", [b"tea"]]]


def test_undo_is_a_change_too(lab: Lab) -> None:
    alice, bob, carol = (lab.session(protocol=3) for _ in range(3))
    bob.run("CLIENT TRACKING ON BCAST PREFIX t")
    carol.run("SET tea green")
    alice.run("CLIENT TRACKING ON")
    alice.run("GET tea")
    bob.outbox.clear()
    lab.undo()
    assert come(alice) == come(bob) == [[b"invalidate", [b"tea"]]]
    lab.redo()
    assert (come(alice), come(bob)) == ([], [[b"invalidate", [b"tea"]]])


def test_a_script_that_reads_has_read_all_its_keys(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session()
    alice.run("CLIENT TRACKING ON")
    alice.run("EVAL 'return 1' 1 a")
    alice.run("EVAL 'return redis.call([[GET]], KEYS[1])' 2 b c")
    bob.run("MSET a 1 b 1 c 1")
    assert come(alice) == [[b"invalidate", [b"b"]], [b"invalidate", [b"c"]]]


def test_a_client_that_waits_is_told_meanwhile(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session()
    alice.run("CLIENT TRACKING ON")
    alice.run("LLEN l")
    assert alice.run("BLPOP l 0") is BLOCKED
    bob.run("RPUSH l 1")
    assert come(alice) == [[b"invalidate", [b"l"]], [b"l", b"1"]]
