"""CLIENT: what is told of a connection, and what is done to it."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.engine.session import Session
from redislab.resp.types import BLOCKED, NO_REPLY, Push


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def told(session: Session, client: Session) -> dict[str, str]:
    """The fields of CLIENT LIST for one client."""
    (line,) = session.call("CLIENT", "LIST", "ID", client.id).decode().splitlines()
    return dict(field.split("=", 1) for field in line.split(" "))


def test_the_fields_tell_of_the_client(lab: Lab) -> None:
    alice, bob = lab.session("alice"), lab.session("bob", protocol=3)
    assert told(alice, bob)["cmd"] == "NULL"
    lab.advance(10)
    for line in ("SELECT 3", "SUBSCRIBE a b", "PSUBSCRIBE c", "CLIENT NO-EVICT ON", "MULTI", "GET k"):
        bob.run(line)
    lab.advance(5)
    fields = told(alice, bob)
    wanted = {
        "id": str(bob.id), "name": "bob", "age": "15", "idle": "5", "flags": "Pxe", "db": "3", "sub": "2", "psub": "1",
        "ssub": "0", "multi": "1", "cmd": "get", "user": "default", "resp": "3",
    }  # fmt: skip
    assert {name: fields[name] for name in wanted} == wanted
    own = told(alice, alice)
    assert (own["cmd"], own["flags"], own["multi"]) == ("client|list", "N", "-1")


def test_flags_of_a_blocked_and_of_a_spoiled_client(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("WATCH k")
    bob.run("SET k v")
    assert told(bob, alice)["flags"] == "d"
    alice.run("BLPOP l 0")
    assert told(bob, alice)["flags"] == "bd"


def test_list_chooses_by_type(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    bob.run("SUBSCRIBE a")
    assert f"id={bob.id} ".encode() in alice.run("CLIENT LIST TYPE pubsub")
    assert alice.run("CLIENT LIST TYPE normal").count(b"\n") == 1
    assert alice.run("CLIENT LIST").count(b"\n") == 2


def test_kill_disconnects_all_that_fit_and_spares_the_caller(lab: Lab) -> None:
    alice, bob, carol = lab.session(), lab.session(), lab.session()
    carol.run("SUBSCRIBE a")
    assert alice.run("CLIENT KILL TYPE normal") == 1
    assert (alice.closed, bob.closed, carol.closed) == (False, True, False)
    assert alice.call("CLIENT", "KILL", "ID", carol.id, "TYPE", "normal") == 0
    assert alice.call("CLIENT", "KILL", "ID", carol.id) == 1
    assert alice.run("PUBLISH a x") == 0
    assert alice.run("CLIENT KILL USER default SKIPME no") == 1
    assert alice.closing


def test_kill_by_address(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    bob.address = "127.0.0.1:5000"
    assert alice.run("CLIENT KILL 127.0.0.1:5000") == "OK"
    assert bob.closed


def test_commands_without_replies(lab: Lab) -> None:
    alice, bob = lab.session(protocol=3), lab.session()
    assert alice.run("CLIENT REPLY SKIP") is NO_REPLY
    assert alice.run("SET k v") is NO_REPLY
    assert alice.run("GET k") == b"v"
    assert alice.run("CLIENT REPLY OFF") is NO_REPLY
    assert alice.run("NOSUCHCOMMAND") is NO_REPLY
    assert alice.run("SUBSCRIBE a") is NO_REPLY
    bob.run("PUBLISH a hello")
    assert [push[0] for push in alice.outbox if isinstance(push, Push)] == [b"subscribe", b"message"]
    assert alice.run("CLIENT REPLY SKIP") is NO_REPLY
    assert alice.run("GET k") is NO_REPLY
    assert alice.run("CLIENT REPLY ON") == "OK"
    assert alice.run("GET k") == b"v"
    alice.run("CLIENT REPLY OFF")
    assert alice.run("RESET") == "RESET"
    alice.run("CLIENT REPLY SKIP")
    assert alice.run("RESET") is NO_REPLY
    assert alice.run("GET k") == b"v"


def test_a_monitor_that_quits_is_not_told_of_it(lab: Lab) -> None:
    alice, bob = lab.session(), lab.session()
    alice.run("MONITOR")
    bob.run("MONITOR")
    alice.outbox.clear()
    alice.run("QUIT")
    assert bob.outbox.pop().endswith('"QUIT"')
    assert list(alice.outbox) == ["OK"]


@pytest.mark.parametrize(("version", "reply"), [("7.0", "OK"), ("8.2", "ERR timeout is out of range")])
def test_a_pause_beyond_all_time_is_none(version: str, reply: str) -> None:
    alice = Lab(version=version).session()
    for line in ("CLIENT PAUSE 9223372036854775807", "CLIENT PAUSE 9223372036854770000 WRITE"):
        try:
            assert alice.run(line) == reply
        except ReplyError as error:
            assert str(error) == reply
    assert alice.run("SET k v") == "OK"


@pytest.mark.parametrize(("reason", "reply"), [("", None), ("TIMEOUT", None), ("ERROR", ReplyError)])
def test_unblock(lab: Lab, reason: str, reply: type | None) -> None:
    alice, bob = lab.session(), lab.session()
    assert alice.run("BLPOP l 0") is BLOCKED
    assert bob.run(f"CLIENT UNBLOCK {alice.id} {reason}") == 1
    (got,) = alice.outbox
    assert isinstance(got, reply) if reply else not got
    assert bob.run(f"CLIENT UNBLOCK {alice.id}") == 0
