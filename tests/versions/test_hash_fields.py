"""Fields that expire: with the clock, undo, saving and events; and the examples of what later versions added."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.commands.spec import Command
from redislab.commands.table import NEWEST, all_commands
from redislab.persist.sandbox_form import dump, load
from redislab.shell.show import printed


@pytest.fixture
def lab() -> Lab:
    lab = Lab(clock="manual", version="8.2")
    lab.session().run("HSET h a 1 b 2")
    return lab


def test_a_field_goes_when_its_time_is_over(lab: Lab) -> None:
    session = lab.session()
    assert session.run("HEXPIRE h 10 FIELDS 1 a") == [1]
    assert lab.next_deadline() == 10_000
    lab.advance(9)
    assert session.run("HGETALL h") == {b"a": b"1", b"b": b"2"}
    lab.advance(2)
    assert session.run("HGETALL h") == {b"b": b"2"}
    assert lab.next_deadline() is None


def test_the_key_goes_with_its_last_field(lab: Lab) -> None:
    session, listener = lab.session(), lab.session()
    session.run("CONFIG SET notify-keyspace-events KEA")
    listener.run("PSUBSCRIBE __keyevent@0__:*")
    session.run("HPEXPIRE h 5 FIELDS 2 a b")
    lab.advance(1)
    events = [message[2].rpartition(b":")[2] for message in listener.outbox if message[0] == b"pmessage"]
    assert events == [b"hexpire", b"hexpired", b"del"]
    assert session.run("EXISTS h") == 0


def test_undo_brings_fields_and_times_back(lab: Lab) -> None:
    session = lab.session()
    session.run("HEXPIRE h 10 FIELDS 1 a")
    lab.advance(11)
    assert session.run("HLEN h") == 1
    lab.undo()
    assert session.run("HTTL h FIELDS 2 a b") == [10, -1]
    lab.undo()
    assert session.run("HTTL h FIELDS 2 a b") == [-1, -1]
    lab.redo()
    lab.advance(11)
    assert session.run("HKEYS h") == [b"b"]


def saved_and_loaded(lab: Lab) -> Lab:
    other = Lab(clock="manual", version="8.2")
    load(other, dump(lab))
    return other


def dumped_and_restored(lab: Lab) -> Lab:
    other, session = Lab(clock="manual", version="8.2"), lab.session()
    for key in session.call("KEYS", "*"):
        other.session().call("RESTORE", key, 0, session.call("DUMP", key))
    return other


@pytest.mark.parametrize("way", [Lab.fork, saved_and_loaded, dumped_and_restored])
def test_copies_keep_times_and_encodings(lab: Lab, way: Any) -> None:
    session = lab.session()
    session.run("HEXPIRE h 10 FIELDS 1 b")
    session.run("RPUSH l a b")
    session.run("SADD s a 1")
    session.run("SADD i 1")
    session.call("RPUSH", "long", *["x" * 100] * 200)
    session.call("SADD", "many", *range(600))
    twin = way(lab).session()
    keys = ("h", "l", "s", "i", "long", "many")
    assert [twin.run(f"OBJECT ENCODING {key}") for key in keys] == [
        session.run(f"OBJECT ENCODING {key}") for key in keys
    ]
    assert twin.run("HGETALL h") == session.run("HGETALL h")
    assert twin.run("HTTL h FIELDS 2 a b") == [-1, 10]


def test_an_earlier_version_cannot_restore_it(lab: Lab) -> None:
    session = lab.session()
    session.run("HEXPIRE h 10 FIELDS 1 a")
    with pytest.raises(ReplyError, match="DUMP payload version or checksum are wrong"):
        Lab().session().call("RESTORE", "h", 0, session.run("DUMP h"))


ADDED = [each for each in all_commands(NEWEST) if each.release > (7, 0) and each.handler is not None]


@pytest.mark.parametrize("command", ADDED, ids=lambda command: command.name)
def test_help_is_true(command: Command) -> None:
    assert command.summary and command.examples
    session = Lab(clock="manual", version="8.2").session()
    for example in command.examples:
        try:
            reply = session.run(example.line)
        except ReplyError as error:
            reply = error
        assert printed(reply, 2).decode().rstrip() == example.output, example.line
