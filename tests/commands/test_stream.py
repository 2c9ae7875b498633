"""Streams on the engine alone: ids from the clock, WATCH, undo, waiting, and what goes into the append only file."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED

START_MS = 1_700_000_000_000


@pytest.fixture
def lab() -> Lab:
    lab = Lab(clock="manual")
    lab.advance(START_MS / 1000 - lab.now_ms / 1000)
    assert lab.now_ms == START_MS
    return lab


def error(session: Any, line: str) -> str:
    with pytest.raises(ReplyError) as caught:
        session.run(line)
    return str(caught.value)


def test_ids_are_made_from_the_time(lab: Lab) -> None:
    session = lab.session()
    assert session.run("XADD s * a b") == b"1700000000000-0"
    assert session.run("XADD s * a b") == b"1700000000000-1"
    lab.advance(0.005)
    assert session.run("XADD s * a b") == b"1700000000005-0"
    assert session.run("XADD s 1800000000000-7 a b") == b"1800000000000-7"
    assert session.run("XADD s * a b") == b"1800000000000-8", "a clock that is behind the last id"


def test_a_transaction_sees_one_time() -> None:
    lab = Lab()
    session = lab.session()
    for line in ("MULTI", "XADD s * a b", "XADD s * a b", "XADD t * a b"):
        session.run(line)
    first, second, other = session.run("EXEC")
    assert first.endswith(b"-0") and second == first[:-1] + b"1" and other == first


def test_the_last_sequence_carries_over(lab: Lab) -> None:
    session = lab.session()
    session.run("XADD s 1800000000000-18446744073709551615 a b")
    assert session.run("XADD s * a b") == b"1800000000001-0"


@pytest.mark.parametrize(
    ("line", "spoils"),
    [
        ("XADD s * a b", True),
        ("XTRIM s MAXLEN 1", True),
        ("XDEL s 1-1", True),
        ("XSETID s 9-9", False),
        ("XGROUP CREATE s h $", False),
        ("XGROUP SETID s g 0", False),
        ("XGROUP CREATECONSUMER s g cid", False),
        ("XGROUP DESTROY s g", False),
        ("XREADGROUP GROUP g ann STREAMS s >", False),
        ("XCLAIM s g ben 0 1-1", False),
        ("XAUTOCLAIM s g ben 0 0", False),
        ("XACK s g 1-1", False),
    ],
)
def test_what_watch_minds(lab: Lab, line: str, spoils: bool) -> None:
    """Changes in the groups of a stream do not spoil a transaction; seen on the real server."""
    alice, bob = lab.session("alice"), lab.session("bob")
    for before in (
        "XADD s 1-1 a b", "XADD s 2-1 a b", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann COUNT 1 STREAMS s >",
        "WATCH s", "MULTI", "PING",
    ):  # fmt: skip
        alice.run(before)
    bob.run(line)
    assert (alice.run("EXEC") == ["PONG"]) is not spoils


def test_every_step_can_be_undone(lab: Lab) -> None:
    session, looker = lab.session(), lab.session()
    states = [looker.run("KEYS *")]
    for line in (
        "XADD s 1-1 a b", "XADD s 2-1 a b", "XADD s 3-1 c d", "XGROUP CREATE s g 0",
        "XREADGROUP GROUP g ann COUNT 2 STREAMS s >", "XREADGROUP GROUP g ann STREAMS s 0", "XCLAIM s g ben 0 1-1",
        "XAUTOCLAIM s g cid 0 0", "XACK s g 2-1", "XDEL s 1-1", "XTRIM s MAXLEN 1", "XSETID s 9-9",
        "XGROUP SETID s g 0 ENTRIESREAD 1", "XGROUP CREATECONSUMER s g dan", "XGROUP DELCONSUMER s g cid",
        "XGROUP DESTROY s g", "DEL s",
    ):  # fmt: skip
        session.run(line)
        states.append(image(looker))
    for state in reversed(states[1:]):
        assert image(looker) == state
        lab.undo()
    assert looker.run("KEYS *") == states[0]
    for state in states[1:]:
        lab.redo()
        assert image(looker) == state


def image(session: Any) -> Any:
    return session.run("XINFO STREAM s FULL COUNT 0") if session.run("EXISTS s") else []


def test_reading_nothing_is_no_step(lab: Lab) -> None:
    session = lab.session()
    session.run("XGROUP CREATE s g $ MKSTREAM")
    session.run("XREADGROUP GROUP g ann STREAMS s >")
    assert lab.last_change is None
    assert session.run("XINFO CONSUMERS s g") == []


def test_a_fork_goes_its_own_way(lab: Lab) -> None:
    session = lab.session()
    for line in ("XADD s 1-1 a b", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >"):
        session.run(line)
    other = lab.fork().session()
    session.run("XADD s 2-1 a b")
    other.run("XACK s g 1-1")
    other.run("XDEL s 1-1")
    assert session.run("XLEN s") == 2 and session.run("XPENDING s g")[0] == 1
    assert other.run("XLEN s") == 0 and other.run("XPENDING s g")[0] == 0


def test_a_stream_whose_time_is_over_ends_the_waiting(lab: Lab) -> None:
    """Nobody looks at the key: the tick finds it."""
    ann, bob = lab.session(), lab.session()
    bob.run("XGROUP CREATE s g $ MKSTREAM")
    assert ann.run("XREADGROUP GROUP g ann BLOCK 0 STREAMS s >") is BLOCKED
    bob.run("PEXPIRE s 500")
    lab.advance(1)
    assert [str(reply) for reply in ann.outbox] == ["UNBLOCKED the stream key no longer exists"]


def test_time_over(lab: Lab) -> None:
    ann = lab.session(protocol=3)
    assert ann.run("XREAD BLOCK 200 STREAMS s $") is BLOCKED
    lab.advance(0.1)
    assert not ann.outbox
    lab.advance(0.1)
    assert len(ann.outbox) == 1 and not ann.outbox[0]
    assert not ann.blocked


def test_waiting_gets_a_thousand_at_most(lab: Lab) -> None:
    ann, bob = lab.session(), lab.session()
    assert ann.run("XREAD BLOCK 0 STREAMS s 0") is BLOCKED
    bob.run("MULTI")
    for number in range(1, 1102):
        bob.run(f"XADD s {number} a b")
    bob.run("EXEC")
    ((key, entries),) = ann.outbox.popleft()
    assert key == b"s" and len(entries) == 1000


def test_unblocked_by_another_client(lab: Lab) -> None:
    ann, bob = lab.session(), lab.session()
    bob.run("XGROUP CREATE s g $ MKSTREAM")
    ann.run("XREADGROUP GROUP g ann BLOCK 0 STREAMS s >")
    assert bob.run(f"CLIENT UNBLOCK {ann.id} ERROR") == 1
    assert str(ann.outbox.popleft()) == "UNBLOCKED client unblocked via CLIENT UNBLOCK"


def test_a_reply_belongs_to_the_reader(lab: Lab) -> None:
    """What a caller does to a reply does not reach the stream."""
    session = lab.session()
    session.run("XADD s 1-1 a b")
    session.run("XRANGE s - +")[0][1][1] = b"changed"
    assert session.run("XRANGE s - +") == [[b"1-1", [b"a", b"b"]]]


def test_errors_show_a_word_up_to_its_nul(lab: Lab) -> None:
    session = lab.session()
    assert error(session, r'XPENDING "a\x00b" "g\x00h"') == "NOGROUP No such key 'a' or consumer group 'g'"
    assert session.call("XADD", "s", b"5\x00x", "a", "b") == b"5-0", "an id ends there as well"


def test_saved_length(lab: Lab) -> None:
    """Seen on the real server: three nodes, compressed, and five pending entries."""
    session = lab.session()
    for number in range(1, 300):
        session.run(f"XADD s {number}-1 name value{number}")
    session.run("XGROUP CREATE s g 0")
    session.run("XREADGROUP GROUP g c COUNT 5 STREAMS s >")
    assert " serializedlength:2633 " in session.run("DEBUG OBJECT s")


EFFECTS = [
    ("XADD s * a b", ["XADD s 1700000000000-0 a b"]),
    ("XADD s 1700000000000-* a b", ["XADD s 1700000000000-1 a b"]),
    ("XADD s NOMKSTREAM MAXLEN ~ 2 LIMIT 5 * a b", ["XADD s NOMKSTREAM MAXLEN = 3 LIMIT 5 1700000000000-2 a b"]),
    ("XADD s maxlen 9 1800000000000 a b", ["XADD s maxlen 9 1800000000000 a b"]),
    ("XADD s MINID ~ 1800000000000 1800000000001-5 a b", ["XADD s MINID = 1700000000000-2 1800000000001-5 a b"]),
    ("XTRIM s MAXLEN ~ 100", []),
    ("XTRIM s MAXLEN 2", ["XTRIM s MAXLEN 2"]),
    ("XGROUP CREATE s g 0", ["XGROUP CREATE s g 0"]),
    ("XREADGROUP GROUP g ann COUNT 1 STREAMS s >", [
        "XCLAIM s g ann 0 1800000000000-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1800000000000-0"]),
    ("XREADGROUP GROUP g ann STREAMS s 0", []),
    ("XREADGROUP GROUP g zed NOACK STREAMS s 0", ["XGROUP CREATECONSUMER s g zed"]),
    ("XREADGROUP GROUP g ben NOACK STREAMS s >", [
        "MULTI", "XGROUP CREATECONSUMER s g ben", "XGROUP SETID s g 1800000000001-5 ENTRIESREAD 5", "EXEC"]),
    ("XREADGROUP GROUP g ben STREAMS s >", []),
    ("XCLAIM s g cid 0 1800000000000 1800000000001-5 FORCE LASTID 1900000000000-1", [
        "MULTI",
        "XCLAIM s g cid 0 1800000000000-0 TIME 1700000000000 RETRYCOUNT 3 FORCE JUSTID LASTID 1900000000000-1",
        "XCLAIM s g cid 0 1800000000001-5 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 1900000000000-1",
        "EXEC"]),
    ("XCLAIM s g dan 10000 1800000000000 LASTID 1900000000001", [
        "XGROUP SETID s g 1900000000001-0 ENTRIESREAD 5"]),
    ("XCLAIM s g dan 10000 1800000000000", []),
    ("XDEL s 1800000000000-0", ["XDEL s 1800000000000-0"]),
    ("XAUTOCLAIM s g eve 0 0 JUSTID", [
        "MULTI",
        "XCLAIM s g cid 0 1800000000000-0 TIME 1700000000000 RETRYCOUNT 3 FORCE JUSTID LASTID 1900000000001-0",
        "XCLAIM s g eve 0 1800000000001-5 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 1900000000001-0",
        "EXEC"]),
    ("XACK s g 1800000000001-5", ["XACK s g 1800000000001-5"]),
    ("XACK s g 1800000000001-5", []),
    ("XGROUP CREATECONSUMER s g eve", []),
    ("XREAD STREAMS s 0", []),
]  # fmt: skip
"""Commands, and what the real server wrote into its append only file for such ones."""


def test_what_goes_into_the_append_only_file(lab: Lab) -> None:
    session = lab.session()
    session.run("CONFIG SET stream-node-max-entries 2")
    told: list[str] = []
    lab.engine.propagate_to(lambda effects: told.extend(b" ".join(argv).decode() for _, argv in effects))
    for line, expected in EFFECTS:
        told.clear()
        session.run(line)
        assert told == expected, line


def test_who_waited_is_told_of_in_full(lab: Lab) -> None:
    ann, ben, cid = lab.session(), lab.session(), lab.session()
    cid.run("XGROUP CREATE s g $ MKSTREAM")
    ann.run("XREADGROUP GROUP g ann COUNT 1 BLOCK 0 STREAMS s >")
    ben.run("XREADGROUP GROUP g ben NOACK BLOCK 0 STREAMS s >")
    told: list[str] = []
    lab.engine.propagate_to(lambda effects: told.extend(b" ".join(argv).decode() for _, argv in effects))
    cid.run("XADD s 1-1 a b")
    cid.run("XADD s 2-1 a b")
    assert told == [
        "XADD s 1-1 a b",
        "XCLAIM s g ann 0 1-1 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-1",
        "XADD s 2-1 a b",
        "MULTI", "XGROUP CREATECONSUMER s g ben", "XGROUP SETID s g 2-1 ENTRIESREAD 2", "EXEC",
    ]  # fmt: skip


def test_what_is_read_again_is_what_is_there_now() -> None:
    lab = Lab(seed=7)
    session, dice = lab.session(), lab.engine.random
    session.run("CONFIG SET stream-node-max-entries 5")
    there: dict[str, list[bytes]] = {}
    for number in range(1, 1500):
        if dice.random() < 0.2 and there:
            gone = dice.choice(list(there))
            del there[gone]
            session.call("XDEL", "s", gone)
        elif dice.random() < 0.1 and there:
            kept = dice.randrange(len(there)) + 1
            session.call("XTRIM", "s", "MAXLEN", kept)
            there = dict(list(there.items())[-kept:])
        else:
            there[f"{number}-{number % 3}"] = [b"n", b"%d" % number]
            session.call("XADD", "s", f"{number}-{number % 3}", "n", number)
        start, end, count = dice.randrange(number), dice.randrange(number + 5), dice.randrange(1, 12)
        wanted = [[id.encode(), words] for id, words in there.items() if start <= int(id.split("-")[0]) <= end]
        assert session.call("XRANGE", "s", start, end) == wanted
        assert session.call("XRANGE", "s", start, end, "COUNT", count) == wanted[:count]
        assert session.call("XREVRANGE", "s", end, start, "COUNT", count) == wanted[::-1][:count]
