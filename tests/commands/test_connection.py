"""The connection: protocols, passwords, and its end."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError


def test_hello_switches_the_protocol_and_names_the_client() -> None:
    alice = Lab().session()
    hello = alice.run("HELLO 3 SETNAME ann")
    assert (hello[b"server"], hello[b"version"], hello[b"proto"], hello[b"id"]) == (b"redis", b"7.0.15", 3, alice.id)
    assert (alice.protocol, alice.name) == (3, b"ann")
    assert alice.run("HELLO")[b"proto"] == 3
    assert alice.run("HELLO 2")[b"proto"] == 2


def test_hello_without_login_changes_no_more_than_the_name() -> None:
    """Which 7.0 sets before it asks for a login, and before it comes to a wrong option."""
    lab = Lab()
    lab.session().run("CONFIG SET requirepass secret")
    alice = lab.session()
    for line in ("HELLO 3 SETNAME ann", "HELLO 3 AUTH default wrong SETNAME bob", "GET k"):
        with pytest.raises(ReplyError):
            alice.run(line)
    assert (alice.protocol, alice.name) == (2, b"ann")
    assert alice.run("HELLO 3 AUTH default secret SETNAME ann")[b"proto"] == 3
    assert alice.run("GET k") is None


def test_a_password_asks_new_clients_only() -> None:
    lab = Lab()
    alice = lab.session()
    alice.run("CONFIG SET requirepass secret")
    assert alice.run("PING") == "PONG"
    bob = lab.session()
    with pytest.raises(ReplyError, match="NOAUTH Authentication required"):
        bob.run("PING")
    alice.run("CONFIG SET requirepass ''")
    assert bob.run("PING") == "PONG"


def test_resp3_subscribers_stay_free_until_they_speak_resp2() -> None:
    alice = Lab().session(protocol=3)
    alice.run("SUBSCRIBE a")
    assert alice.run("GET k") is None
    alice.run("HELLO 2")
    with pytest.raises(ReplyError, match="Can't execute 'get'"):
        alice.run("GET k")


def test_quit_asks_the_edge_to_close() -> None:
    alice = Lab().session()
    assert alice.run("QUIT now please") == "OK"
    assert alice.closing
