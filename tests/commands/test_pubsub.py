"""Publish and subscribe between several sessions."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.resp.types import NO_REPLY, Push


def test_every_subscriber_gets_a_message_in_the_order_of_subscribing() -> None:
    lab = Lab()
    first, second, alice = lab.session(), lab.session(), lab.session()
    heard: list[str] = []
    for session, name in ((first, "first"), (second, "second")):
        session.run("SUBSCRIBE news")
        session.outbox.clear()
        session.listener = lambda _, name=name: heard.append(name)
    assert alice.run("PUBLISH news hello") == 2
    assert heard == ["first", "second"]
    assert list(first.outbox) == [Push([b"message", b"news", b"hello"])]


def test_own_messages_come_before_the_reply() -> None:
    alice = Lab().session(protocol=3)
    assert alice.run("SUBSCRIBE a") is NO_REPLY
    alice.outbox.clear()
    assert alice.run("PUBLISH a hello") == 1
    assert list(alice.outbox) == [Push([b"message", b"a", b"hello"])]


def test_who_closes_or_resets_hears_no_more() -> None:
    lab = Lab()
    alice, bob, carol = lab.session(), lab.session(), lab.session()
    for session in (bob, carol):
        session.run("SUBSCRIBE a")
        session.run("PSUBSCRIBE a*")
        session.run("SSUBSCRIBE a")
    bob.close()
    carol.run("RESET")
    assert alice.run("PUBLISH a x") == 0
    assert alice.run("SPUBLISH a x") == 0
    assert alice.run("PUBSUB NUMPAT") == 0


def test_a_resp2_subscriber_is_free_again_after_the_last_name() -> None:
    alice = Lab().session()
    alice.run("SUBSCRIBE a")
    with pytest.raises(ReplyError, match="Can't execute 'get'"):
        alice.run("GET k")
    alice.run("UNSUBSCRIBE a")
    assert alice.run("GET k") is None


@pytest.mark.parametrize(
    ("lines", "events"),
    [
        (["SET k v", "DEL k"], "set del"),
        (["SET k v", "UNLINK k"], "set del"),
        (["SET k v", "RENAME k n"], "set rename_from rename_to"),
        (["SET k v", "COPY k n"], "set copy_to"),
        (["SET k v", "MOVE k 1"], "set move_from move_to"),
        (["SET k v", "EXPIRE k 10", "PERSIST k"], "set expire persist"),
        (["SET k v", "EXPIRE k -1"], "set del"),
        (["RPUSH l 2 1", "SORT l STORE d", "SORT missing STORE d"], "rpush sortstore del"),
        (["SORT missing STORE d"], ""),
        (["DEL missing", "RENAMENX missing n"], ""),
        (["SET k v", "FLUSHALL"], "set"),
    ],
)
def test_the_events_of_commands_are_the_server_s(lines: list[str], events: str) -> None:
    lab = Lab()
    alice, bob = lab.session(), lab.session()
    alice.run("CONFIG SET notify-keyspace-events KEA")
    bob.run("PSUBSCRIBE __keyspace@*__:*")
    bob.outbox.clear()
    for line in lines:
        try:
            alice.run(line)
        except ReplyError as error:
            assert error.text == "ERR no such key"
    assert b" ".join(push[3] for push in bob.outbox).decode() == events
