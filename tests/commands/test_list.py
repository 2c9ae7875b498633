"""Lists: what transcripts do not show. Announcements, long lists, undo, and replies that stay apart."""

from __future__ import annotations

from random import Random

import pytest

from commands.announced import on_the_engine, on_the_server
from redislab import Lab, ReplyError, Session
from redislab.resp.types import NULL_ARRAY

LINES = [
    "LPUSH watched a b c",
    "RPUSH watched d",
    "LPUSHX watched e",
    "RPUSHX watched f",
    "LPUSHX missing a",
    "RPUSHX missing a",
    "LPOP missing",
    "LPOP missing 1",
    "LPOP watched 0",
    "LRANGE missing 0 -1",
    "LINDEX missing 0",
    "LLEN missing",
    "LPOS missing a",
    "LSET missing 0 a",
    "LSET watched 0 z",
    "LSET watched 99 z",
    "LINSERT watched BEFORE z y",
    "LINSERT watched BEFORE nobody y",
    "LINSERT missing BEFORE a b",
    "LREM watched 0 nobody",
    "LREM watched 1 y",
    "LREM missing 0 a",
    "LTRIM watched 0 -1",
    "LTRIM missing 0 1",
    "LTRIM watched 1 3",
    "LMOVE watched other LEFT RIGHT",
    "LMOVE watched watched LEFT RIGHT",
    "RPOPLPUSH other watched",
    "RPOPLPUSH missing watched",
    "SET text x",
    "LMOVE watched text LEFT LEFT",
    "LMOVE text watched LEFT LEFT",
    "LMPOP 2 missing watched LEFT COUNT 2",
    "LMPOP 1 missing LEFT",
    "RPOP watched",
    "LTRIM watched 5 9",
    "RPUSH watched a a",
    "LREM watched 0 a",
    "RPUSH watched a b",
    "LPOP watched 5",
    "RPUSH watched only",
    "LMOVE watched watched LEFT LEFT",
    "LMOVE watched fresh LEFT LEFT",
    "RPUSH watched a",
    "BLPOP missing watched 0",
    "RPUSH watched a",
    "BLMOVE watched fresh LEFT RIGHT 0",
    "BLMPOP 0 2 missing fresh RIGHT COUNT 9",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual").session()


def test_nothing_has_the_shape_that_fits_the_call(session: Session) -> None:
    assert session.run("LPOP none") is None
    assert session.run("RPOP none 2") is NULL_ARRAY
    assert session.run("LPOP none 0") is NULL_ARRAY
    assert session.run("LMPOP 1 none LEFT") is NULL_ARRAY
    assert session.run("LPOS none a") is None
    assert session.run("LPOS none a COUNT 0") == []
    session.run("RPUSH l a")
    assert session.run("LPOP l 0") == []


def test_a_long_list_is_like_a_python_list(session: Session) -> None:
    dice, model = Random(3), [b"%d" % (number % 50) for number in range(3000)]
    session.call("RPUSH", "l", *model)
    for _ in range(300):
        index, element = dice.randrange(-len(model), len(model)), b"%d" % dice.randrange(50)
        match dice.randrange(6):
            case 0:
                model[index] = element
                session.call("LSET", "l", index, element)
            case 1:
                assert session.call("LINDEX", "l", index) == model[index]
            case 2:
                assert session.call("LINSERT", "l", "AFTER", element, b"new") == len(model) + 1
                model.insert(model.index(element) + 1, b"new")
            case 3:
                low = index % len(model)
                assert session.call("LRANGE", "l", low, low + 300) == model[low : low + 301]
            case 4:
                found = [place for place, held in enumerate(model) if held == element]
                assert session.call("LPOS", "l", element, "RANK", 2, "COUNT", 3) == found[1:4]
                assert session.call("LPOS", "l", element, "RANK", -1, "COUNT", 2) == found[:-3:-1]
            case 5:
                model.remove(element)
                assert session.call("LREM", "l", 1, element) == 1
    assert session.call("LRANGE", "l", 0, -1) == model


def test_a_queue_keeps_its_order(session: Session) -> None:
    for number in range(2000):
        session.call("LPUSH", "q", number)
    popped = [session.call("RPOP", "q") for _ in range(500)]
    popped += session.call("RPOP", "q", 1000) + session.call("LMPOP", 1, "q", "RIGHT", "COUNT", 900)[1]
    assert popped == [b"%d" % number for number in range(2000)]
    assert session.call("EXISTS", "q") == 0


def test_a_list_goes_round(session: Session) -> None:
    session.run("RPUSH ring a b c")
    assert [session.run("LMOVE ring ring LEFT RIGHT") for _ in range(4)] == [b"a", b"b", b"c", b"a"]
    assert session.run("LRANGE ring 0 -1") == [b"b", b"c", b"a"]


def test_a_time_to_live_stays_with_a_list_and_goes_with_it(session: Session) -> None:
    session.run("RPUSH l a b")
    session.run("EXPIRE l 100")
    session.run("LMOVE l l LEFT RIGHT")
    session.run("LPOP l")
    assert session.run("TTL l") == 100
    session.run("LPOP l")
    session.run("RPUSH l a")
    assert session.run("TTL l") == -1


def test_undo_takes_back_exactly_what_a_command_did() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("RPUSH l a b c")
    lines = ["LPUSH l x", "LPOP l", "RPOP l 3", "LSET l 1 x", "LINSERT l AFTER a x", "LREM l 0 b", "LTRIM l 1 1"]
    for line in (*lines, "LTRIM l 5 6", "LMOVE l m LEFT LEFT", "LMOVE l l LEFT RIGHT", "LMPOP 1 l LEFT COUNT 9"):
        session.run(line)
        assert lab.undo() is not None
        assert session.run("LRANGE l 0 -1") == [b"a", b"b", b"c"], line
        assert session.run("EXISTS m") == 0


def test_what_changes_nothing_is_no_step() -> None:
    lab = Lab()
    session = lab.session()
    session.run("RPUSH l a b")
    session.run("SET text x")
    lines = ["LPUSHX none a", "LPOP none", "LPOP l 0", "LREM l 0 z", "LINSERT l BEFORE z y"]
    for line in (*lines, "LMOVE none l LEFT LEFT"):
        session.run(line)
        assert lab.last_change is None, line
    for line in ("LMOVE l text LEFT LEFT", "LSET l 9 x", "LSET none 0 x", "LPOP l -1", "LMPOP 1 text LEFT"):
        with pytest.raises(ReplyError):
            session.run(line)
        assert lab.last_change is None, line
    assert session.run("LRANGE l 0 -1") == [b"a", b"b"]
    assert session.run("EXISTS none") == 0


def test_a_reply_stays_as_it_was_when_the_list_changes(session: Session) -> None:
    session.run("RPUSH l a b")
    seen = session.run("LRANGE l 0 -1")
    session.run("RPUSH l c")
    session.run("LSET l 0 z")
    assert seen == [b"a", b"b"]
