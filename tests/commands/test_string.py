"""Strings: what transcripts do not show. Announcements, undo, encodings, and data that must stay apart."""

from __future__ import annotations

from contextlib import suppress

import pytest

from commands.announced import on_the_engine, on_the_server
from redislab import Lab, ReplyError, Session

LINES = [
    "SET watched 1",
    "SET watched 2 NX",
    "SET watched 2 NX GET",
    "SET watched 2 XX EX 100",
    "SET watched 3 GET KEEPTTL",
    "SET missing 3 XX",
    "SET missing 3 XX GET",
    "SET watched 1 EX 0",
    "RPUSH list x",
    "SET list 1 GET",
    "GETEX watched",
    "GETEX watched PERSIST",
    "GETEX watched PERSIST",
    "GETEX watched EX 100",
    "GETEX missing EX 100",
    "GETEX watched EX 0",
    "GETEX watched EXAT 1",
    "SET watched 1 EXAT 1",
    "GET watched",
    "SETEX watched 100 1",
    "PSETEX watched 100000 1",
    "SETNX watched 1",
    "GETSET watched 1",
    "GETSET fresh 1",
    "GETDEL fresh",
    "GETDEL fresh",
    "GET fresh",
    "STRLEN fresh",
    "GETRANGE fresh 0 1",
    "MGET watched fresh list",
    "MSET watched 1 b 2 watched 3",
    "MSETNX watched 1 c 2",
    "MSETNX c 1 d 2",
    "APPEND watched ''",
    "APPEND fresh ''",
    "APPEND list x",
    "SETRANGE watched 0 ''",
    "SETRANGE fresh2 0 ''",
    "SETRANGE watched 1 0",
    "SETRANGE fresh2 1 0",
    "INCR watched",
    "DECRBY watched 5",
    "INCRBYFLOAT watched 0.5",
    "INCR watched",
    "INCR number",
    "INCRBYFLOAT list 1",
    "LCS watched absent",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual").session()


def test_a_value_read_before_a_change_stays_as_it_was(session: Session) -> None:
    session.run("APPEND log one")
    before = session.run("GET log")
    session.run("APPEND log two")
    session.run("SETRANGE log 0 X")
    assert (before, session.run("GET log")) == (b"one", b"Xnetwo")


def test_an_empty_setrange_leaves_nothing_behind_for_the_next_command(session: Session) -> None:
    assert session.run("SETRANGE key 5 ''") == 0
    session.run("SET key value")
    assert session.run("GET key") == b"value"
    assert session.run("SETRANGE other 5 ''") == 0
    assert session.run("EXISTS other") == 0


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["SET k 12345"], b"int"),
        (["SET k 012"], b"embstr"),
        (["SET k " + "x" * 44], b"embstr"),
        (["SET k " + "x" * 45], b"raw"),
        (["APPEND k 12"], b"int"),
        (["SET k 12", "APPEND k ''"], b"raw"),
        (["SETRANGE k 0 12"], b"raw"),
        (["SETRANGE k 0 12", "INCR k"], b"int"),
        (["SET k 12", "INCRBYFLOAT k 1"], b"embstr"),
        (["SET k 12", "INCRBYFLOAT k 1", "INCR k"], b"int"),
        (["SET k 12", "SETRANGE k 0 ''"], b"int"),
    ],
)
def test_encodings(session: Session, lines: list[str], encoding: bytes) -> None:
    for line in lines:
        session.run(line)
    assert session.run("OBJECT ENCODING k") == encoding


@pytest.mark.parametrize(
    "line",
    ["SET k new", "SET k new EX 5", "SETRANGE k 1 ab", "APPEND k x", "INCR k", "INCRBYFLOAT k 0.5", "GETDEL k",
     "GETEX k PERSIST", "GETEX k EX 7", "GETEX k EXAT 1", "MSET k 1 other 2", "GETSET k 1"],
)  # fmt: skip
def test_every_change_can_be_undone_and_done_again(line: str) -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET k 10 EX 100")
    states = [state(session)]
    session.run(line)
    states.append(state(session))
    assert states[0] != states[1]
    lab.undo()
    assert state(session) == states[0]
    lab.redo()
    assert state(session) == states[1]


def state(session: Session) -> list[object]:
    lines = ["GET k", "PTTL k", "GET other"]
    if session.run("EXISTS k"):
        lines.append("OBJECT ENCODING k")
    return [session.run(line) for line in lines]


@pytest.mark.parametrize(
    "line", ["GETEX k", "GETEX k EX 0", "SET k 1 NX", "SETRANGE k 0 ''", "INCRBY k x", "MSETNX j 1 k 2"]
)
def test_what_changes_nothing_makes_no_step(line: str) -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET k 10")
    with suppress(ReplyError):
        session.run(line)
    assert (lab.last_change, len(lab.steps)) == (None, 1)


def test_a_moment_in_the_past_lets_the_key_go_when_it_is_looked_at(session: Session) -> None:
    session.run("SET k 1 EXAT 1")
    assert b"k" in session.db.values
    assert session.run("GET k") is None
    assert b"k" not in session.db.values


def test_limits_follow_proto_max_bulk_len(session: Session) -> None:
    session.run("CONFIG SET proto-max-bulk-len 1mb")
    assert session.run("SETRANGE k 1048575 x") == 1048576
    for line in ("APPEND k x", "SETRANGE k 1048576 x", "SETRANGE fresh 1048576 x"):
        with pytest.raises(ReplyError, match="exceeds maximum allowed size"):
            session.run(line)
    with pytest.raises(ReplyError, match="transient memory for LCS exceeds proto-max-bulk-len"):
        session.run("LCS k k LEN")
    session.call("SET", "short", "x" * 511)
    assert session.run("LCS short short LEN") == 511
    session.call("SET", "short", "x" * 512)
    with pytest.raises(ReplyError, match="transient memory"):
        session.run("LCS short short LEN")


def test_options_are_compared_as_c_strings(session: Session) -> None:
    session.run("SET k 1")
    assert session.call("SET", "k", "2", b"nx\0junk") is None
    assert session.call("GETEX", "k", b"ex\0", "100") == b"1"
    assert session.run("TTL k") == 100
