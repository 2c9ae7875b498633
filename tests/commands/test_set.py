"""Sets: what transcripts do not show. Announcements, picks, walks, encodings, undo, and results that stay apart."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from commands.announced import on_the_engine, on_the_server
from conftest import Oracle
from redislab import Lab, ReplyError, Session

LINES = [
    "SADD watched 1 2 3",
    "SADD watched 1",
    "SADD watched 1 4",
    "SREM watched 9",
    "SREM missing 9",
    "SREM watched 4 9",
    "SISMEMBER missing 1",
    "SMISMEMBER missing 1",
    "SMEMBERS missing",
    "SCARD missing",
    "SRANDMEMBER missing",
    "SRANDMEMBER missing 2",
    "SRANDMEMBER watched 2",
    "SSCAN missing 0",
    "SPOP missing",
    "SPOP missing 1",
    "SPOP watched 0",
    "SMOVE watched other 1",
    "SMOVE watched other 1",
    "SMOVE other watched 9",
    "SMOVE watched watched 2",
    "SMOVE missing watched 2",
    "SADD other 2",
    "SMOVE other watched 2",
    "SMOVE other watched 1",
    "SINTER watched missing",
    "SUNION watched missing missing2",
    "SDIFF missing watched",
    "SINTERCARD 2 missing watched",
    "SINTERSTORE watched watched missing",
    "SINTERSTORE watched missing",
    "SADD source 1 2",
    "SUNIONSTORE watched source missing",
    "SUNIONSTORE watched source",
    "SDIFFSTORE watched source source",
    "SDIFFSTORE watched source missing",
    "SINTERSTORE watched source",
    "SUNIONSTORE watched missing",
    "SET text x",
    "SINTERSTORE watched missing text",
    "SPOP source 5",
    "SADD watched only",
    "SPOP watched",
    "SADD watched 1",
    "SMOVE watched fresh 1",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual", seed=1).session()


def fill(session: Session, size: int, prefix: bytes = b"m") -> list[bytes]:
    members = [b"%b%d" % (prefix, number) for number in range(size)]
    session.call("SADD", "s", *members)
    return members


@pytest.mark.parametrize(("size", "prefix"), [(20, b""), (1000, b"m")])
def test_picks_without_repetition_are_different_members(session: Session, size: int, prefix: bytes) -> None:
    members = fill(session, size, prefix)
    for count in (1, 3, size // 2, size - 1, size, size + 5):
        picked = session.call("SRANDMEMBER", "s", count)
        assert len(picked) == len(set(picked)) == min(count, size)
        assert set(picked) <= set(members)


def test_picks_with_repetition_are_as_many_as_asked_and_fair(session: Session) -> None:
    fill(session, 4)
    counts = Counter(session.call("SRANDMEMBER", "s", -4000))
    assert sum(counts.values()) == 4000
    assert all(850 < count < 1150 for count in counts.values()), counts


def test_more_picks_than_memory_are_refused(session: Session) -> None:
    fill(session, 3)
    with pytest.raises(ReplyError, match="at most 10000000 random elements"):
        session.call("SRANDMEMBER", "s", -(1 << 62))


def test_popped_members_are_gone_and_none_comes_twice(session: Session) -> None:
    members = fill(session, 300)
    popped = [session.call("SPOP", "s")]
    popped += session.call("SPOP", "s", 7)
    popped += session.call("SPOP", "s", 280)
    assert len(popped) == len(set(popped)) == 288
    assert set(popped) | set(session.call("SMEMBERS", "s")) == set(members)
    assert session.call("SCARD", "s") == 12
    assert sorted(popped + session.call("SPOP", "s", 1000)) == sorted(members)
    assert session.call("EXISTS", "s") == 0


def test_every_member_may_be_the_first_to_pop() -> None:
    firsts = set()
    for seed in range(60):
        session = Lab(seed=seed, record=False).session()
        fill(session, 4)
        firsts.add(session.call("SPOP", "s"))
    assert len(firsts) == 4


def test_a_walk_finds_every_member_in_pages(session: Session) -> None:
    members = fill(session, 700)
    cursor, found, pages = 0, [], 0
    while True:
        reply = session.call("SSCAN", "s", cursor, "COUNT", 50)
        cursor, found, pages = int(reply[0]), found + reply[1], pages + 1
        if cursor == 0:
            break
    assert sorted(found) == sorted(members)
    assert pages >= 10


def test_the_algebra_is_that_of_sets(session: Session) -> None:
    contents = {b"a": {b"1", b"2", b"x"}, b"b": {b"2", b"x", b"y"}, b"c": {b"x"}, b"none": set()}
    for key, members in contents.items():
        if members:
            session.call("SADD", key, *sorted(members))
    for keys in product(contents, repeat=3):
        sets = [contents[key] for key in keys]
        expected = {"SINTER": set.intersection(*sets), "SUNION": set.union(*sets), "SDIFF": set.difference(*sets)}
        for name, members in expected.items():
            assert sorted(session.call(name, *keys)) == sorted(members), (name, keys)
            assert session.call(f"{name}STORE", "result", *keys) == len(members)
            assert set(session.call("SMEMBERS", "result")) == members
            assert session.call("EXISTS", "result") == bool(members)
        assert session.call("SINTERCARD", 3, *keys) == len(expected["SINTER"])


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["SADD k " + " ".join(map(str, range(512)))], b"intset"),
        (["SADD k " + " ".join(map(str, range(513)))], b"hashtable"),
        (["SADD k 1 a", "SREM k a"], b"hashtable"),
        (["SADD k 01"], b"hashtable"),
        (["SADD k 9223372036854775808"], b"hashtable"),
        (["SADD k -9223372036854775808"], b"intset"),
        (["SADD k " + " ".join(map(str, range(600))), "SADD j 1 2 3", "SINTERSTORE k k j"], b"intset"),
        (["SADD i 1 2", "SADD j 3", "SUNIONSTORE k i j"], b"intset"),
        (["SADD i 1 a", "SADD j a", "SDIFFSTORE k i j"], b"intset"),
        (["SADD i 1 a b c d e", "SADD j a b c d e", "SDIFFSTORE k i j x x x"], b"intset"),
        (["SADD i 1 a b c d e", "SADD j a", "SDIFFSTORE k i j j j j"], b"hashtable"),
    ],
)
def test_encodings_are_those_of_the_server(session: Session, ask: Oracle, lines: list[str], encoding: bytes) -> None:
    for line in lines:
        session.run(line)
        ask(*line.split())
    assert session.run("OBJECT ENCODING k") == ask("OBJECT", "ENCODING", "k")
    assert session.run("OBJECT ENCODING k") == encoding


def test_undo_takes_back_exactly_what_a_command_did() -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("SADD s 1 2 3")
    session.run("SADD t 3 4")
    for line in ("SADD s 9", "SREM s 1 2 3", "SPOP s", "SPOP s 2", "SPOP s 9", "SMOVE s t 1", "SINTERSTORE s s t"):
        session.run(line)
        assert lab.undo() is not None
        assert (session.run("SMEMBERS s"), session.run("SMEMBERS t")) == ([b"1", b"2", b"3"], [b"3", b"4"]), line


def test_what_changes_nothing_is_no_step() -> None:
    lab = Lab()
    session = lab.session()
    session.run("SADD s 1 2")
    lines = ["SADD s 1", "SREM s 9", "SREM none 1", "SMOVE s t 9", "SMOVE s s 1", "SPOP s 0", "SPOP none"]
    for line in (*lines, "SDIFFSTORE x none s"):
        session.run(line)
        assert lab.last_change is None, line
    assert session.run("EXISTS t none x") == 0


def test_a_large_set_that_is_not_changed_is_no_step_either() -> None:
    lab = Lab()
    session = lab.session()
    session.call("SADD", "s", *map(str, range(20_000)))
    session.run("SADD s 1")
    assert lab.last_change is None
    session.run("SREM s 1")
    assert lab.last_change is not None


def test_results_stay_apart_from_their_sources(session: Session) -> None:
    session.run("SADD s 1 2")
    seen = session.run("SMEMBERS s")
    session.run("SUNIONSTORE t s")
    session.run("SINTERSTORE u s")
    session.run("SADD s 3")
    assert [seen, session.run("SMEMBERS t"), session.run("SMEMBERS u")] == [[b"1", b"2"]] * 3
