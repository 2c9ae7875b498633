"""Blocking pops and moves: who is served, when, with what; deadlines by a manual clock."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError, Session
from redislab.resp.types import BLOCKED, NULL_ARRAY


class Shop:
    """A lab with a manual clock and three clients."""

    def __init__(self, *, record: bool = True) -> None:
        self.lab = Lab(clock="manual", record=record)
        self.alice, self.bob, self.carol = (self.lab.session(name) for name in ("alice", "bob", "carol"))


@pytest.fixture
def shop() -> Shop:
    return Shop()


def later(session: Session) -> list[Any]:
    """What has come for a session since the last look."""
    replies = list(session.outbox)
    session.outbox.clear()
    return replies


# -- deadlines -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["BLPOP a b {}", "BRPOP a {}", "BLMOVE a b LEFT RIGHT {}", "BRPOPLPUSH a b {}", "BLMPOP {} 2 a b LEFT COUNT 3"],
)
def test_a_timeout_answers_a_null_array_and_not_before_its_time(shop: Shop, line: str) -> None:
    assert shop.bob.run(line.format("1.5")) is BLOCKED
    assert shop.bob.blocked
    assert shop.lab.next_deadline() == 1500
    shop.lab.advance(1.499)
    assert shop.bob.blocked and later(shop.bob) == []
    shop.lab.advance(0.001)
    assert not shop.bob.blocked
    assert later(shop.bob)[0] is NULL_ARRAY
    assert shop.lab.next_deadline() is None


@pytest.mark.parametrize(
    ("timeout", "milliseconds"), [("0.0001", 1), ("0.07", 70), ("2.01", 2010), ("0x10", 16000), ("1e-400", 1)]
)
def test_fractions_are_rounded_up_to_milliseconds(shop: Shop, timeout: str, milliseconds: int) -> None:
    shop.bob.run(f"BLPOP a {timeout}")
    assert shop.lab.next_deadline() == milliseconds


@pytest.mark.parametrize("timeout", ["0", "-0", "-0.0005", "9223372036854775"])
def test_what_waits_for_ever(shop: Shop, timeout: str) -> None:
    assert shop.bob.run(f"BLPOP a {timeout}") is BLOCKED
    assert shop.lab.next_deadline() is None
    shop.lab.advance(10**9)
    assert shop.bob.blocked


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        ("-1", "ERR timeout is negative"),
        ("inf", "ERR timeout is negative"),
        ("1e400", "ERR timeout is negative"),
        ("9223372036854775.808", "ERR timeout is negative"),
        ("nan", "ERR timeout is not a float or out of range"),
        ("1e5000", "ERR timeout is not a float or out of range"),
        ("' 1'", "ERR timeout is not a float or out of range"),
        ("''", "ERR timeout is not a float or out of range"),
    ],
)
def test_timeouts_that_are_refused(shop: Shop, timeout: str, error: str) -> None:
    with pytest.raises(ReplyError) as raised:
        shop.bob.run(f"BLPOP a {timeout}")
    assert str(raised.value) == error
    assert not shop.bob.blocked


def test_deadlines_come_in_their_order_and_a_served_client_has_none_left(shop: Shop) -> None:
    shop.alice.run("BLPOP a 3")
    shop.bob.run("BLPOP b 1")
    shop.carol.run("RPUSH b x")
    assert later(shop.bob) == [[b"b", b"x"]]
    shop.bob.run("BLPOP b 2")
    assert shop.lab.next_deadline() == 2000
    shop.lab.advance(5)
    assert later(shop.bob) == [NULL_ARRAY] and later(shop.alice) == [NULL_ARRAY]


def test_inside_a_transaction_nothing_is_a_null_or_a_null_array(shop: Shop) -> None:
    shop.bob.run("MULTI")
    for line in ("BLPOP a 0", "BLMOVE a b LEFT LEFT 0", "BRPOPLPUSH a b 0", "BLMPOP 0 1 a LEFT"):
        shop.bob.run(line)
    assert shop.bob.run("EXEC") == [NULL_ARRAY, None, None, NULL_ARRAY]


# -- who is served -------------------------------------------------------------------------------------------


def test_first_come_first_served_and_whoever_returns_stands_at_the_end(shop: Shop) -> None:
    for session in (shop.bob, shop.alice):
        session.run("BLPOP q 0")
    shop.carol.run("RPUSH q 1")
    assert later(shop.bob) == [[b"q", b"1"]]
    shop.bob.run("BLPOP q 0")
    shop.carol.run("RPUSH q 2 3")
    assert (later(shop.alice), later(shop.bob)) == ([[b"q", b"2"]], [[b"q", b"3"]])
    assert shop.carol.run("EXISTS q") == 0


def test_a_key_that_waits_with_another_type_wakes_nobody(shop: Shop) -> None:
    shop.bob.run("BLPOP q 0")
    shop.carol.run("SADD q member")
    assert shop.bob.blocked
    shop.carol.run("DEL q")
    shop.carol.run("SET q text")
    assert shop.bob.blocked
    shop.carol.run("DEL q")
    shop.carol.run("RPUSH q x")
    assert later(shop.bob) == [[b"q", b"x"]]


def test_a_push_taken_back_within_the_transaction_wakes_nobody(shop: Shop) -> None:
    shop.bob.run("BLPOP q 0")
    for line in ("MULTI", "RPUSH q x", "DEL q", "EXEC"):
        shop.carol.run(line)
    assert shop.bob.blocked
    for line in ("MULTI", "RPUSH q x", "LSET q 0 y", "EXEC"):
        shop.carol.run(line)
    assert later(shop.bob) == [[b"q", b"y"]]


def test_a_transaction_sees_its_own_pushes_before_others_do(shop: Shop) -> None:
    shop.bob.run("BLPOP q 0")
    for line in ("MULTI", "RPUSH q x", "LLEN q", "RPUSH q y"):
        shop.carol.run(line)
    assert shop.carol.run("EXEC") == [1, 1, 2]
    assert later(shop.bob) == [[b"q", b"x"]]


def test_a_chain_of_moves_runs_through_in_one_go(shop: Shop) -> None:
    shop.alice.run("BLMOVE one two LEFT RIGHT 0")
    shop.bob.run("BRPOPLPUSH two three 0")
    assert shop.carol.run("RPUSH one x") == 1
    assert (later(shop.alice), later(shop.bob)) == ([b"x"], [b"x"])
    assert shop.carol.run("LRANGE three 0 -1") == [b"x"]


def test_a_destination_of_another_type_fails_only_the_one_who_wanted_it(shop: Shop) -> None:
    shop.carol.run("SET text x")
    shop.alice.run("BLMOVE q text LEFT LEFT 0")
    shop.bob.run("BLMPOP 0 1 q LEFT COUNT 5")
    shop.carol.run("RPUSH q 1 2")
    assert [str(reply).partition(" ")[0] for reply in later(shop.alice)] == ["WRONGTYPE"]
    assert later(shop.bob) == [[b"q", [b"1", b"2"]]]


def test_every_way_a_list_can_appear_wakes(shop: Shop) -> None:
    for line in ("RENAME w q", "COPY w q", "LMOVE w q LEFT LEFT", "SORT w BY nosort STORE q", "MOVE q 0"):
        if line.split()[0].lower() not in shop.lab.commands:
            continue
        shop.carol.run("FLUSHALL")
        shop.carol.run("RPUSH w x")
        if line.startswith("MOVE"):
            shop.carol.run("SELECT 1")
            shop.carol.run("RPUSH q x")
        assert shop.bob.run("BLPOP q 0") is BLOCKED
        shop.carol.run(line)
        assert later(shop.bob) == [[b"q", b"x"]], line


def test_each_database_has_its_own_queues(shop: Shop) -> None:
    shop.bob.run("SELECT 1")
    shop.bob.run("BLPOP q 0")
    shop.carol.run("RPUSH q zero")
    assert shop.bob.blocked
    shop.carol.run("SELECT 1")
    shop.carol.run("RPUSH q one")
    assert later(shop.bob) == [[b"q", b"one"]]


def test_whoever_gives_up_or_leaves_takes_nothing(shop: Shop) -> None:
    shop.alice.run("BLPOP q 0")
    shop.bob.run("BLPOP q 0")
    assert shop.alice.cancel()
    shop.bob.close()
    shop.carol.run("RPUSH q x")
    assert (later(shop.alice), later(shop.bob)) == ([], [])
    assert shop.carol.run("LRANGE q 0 -1") == [b"x"]
    assert shop.alice.run("BLPOP q 0") == [b"q", b"x"]


def test_the_outbox_tells_its_listener(shop: Shop) -> None:
    told: list[Session] = []
    shop.bob.listener = told.append
    shop.bob.run("BLPOP q 0")
    shop.carol.run("RPUSH q x")
    assert told == [shop.bob]


def test_a_waiting_client_spoils_a_watch_on_what_it_moves(shop: Shop) -> None:
    shop.bob.run("BLMOVE q done LEFT LEFT 0")
    shop.alice.run("WATCH done")
    shop.carol.run("RPUSH q x")
    shop.alice.run("MULTI")
    assert shop.alice.run("EXEC") is NULL_ARRAY


def test_serving_belongs_to_the_step_of_the_push(shop: Shop) -> None:
    shop.bob.run("BLMOVE q done LEFT LEFT 0")
    shop.carol.run("RPUSH q x y")
    assert shop.carol.run("LRANGE done 0 -1") == [b"x"]
    assert shop.lab.undo() is not None
    assert shop.carol.run("EXISTS q done") == 0
    shop.lab.redo()
    assert shop.carol.run("LRANGE q 0 -1") == [b"y"]
    assert shop.carol.run("LRANGE done 0 -1") == [b"x"]


def test_undo_that_brings_a_list_back_serves_who_waits_for_it(shop: Shop) -> None:
    shop.carol.run("RPUSH q x")
    shop.carol.run("DEL q")
    shop.bob.run("BLPOP q 0")
    shop.lab.undo()
    shop.carol.run("PING")
    assert later(shop.bob) == [[b"q", b"x"]]
    assert shop.carol.run("EXISTS q") == 0
