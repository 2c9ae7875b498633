"""Hashes: what transcripts do not show. Announcements, picks, walks, encodings, undo, and data that stays apart."""

from __future__ import annotations

from collections import Counter

import pytest

from commands.announced import on_the_engine, on_the_server
from redislab import Lab, ReplyError, Session

LINES = [
    "HSET watched a 1 b 2",
    "HSET watched a 1",
    "HSET watched a",
    "HMSET watched a 1 c 3",
    "HSETNX watched a 1",
    "HSETNX watched d 1",
    "HSETNX fresh a 1",
    "HINCRBY watched a 5",
    "HINCRBY watched a 0",
    "HINCRBY watched a x",
    "HINCRBYFLOAT watched a 0.5",
    "HINCRBY watched a 1",
    "HINCRBY number a 1",
    "HGET missing a",
    "HMGET missing a",
    "HGETALL missing",
    "HKEYS missing",
    "HLEN missing",
    "HEXISTS missing a",
    "HSTRLEN missing a",
    "HRANDFIELD missing",
    "HRANDFIELD missing 3",
    "HSCAN missing 0",
    "HGETALL watched",
    "HDEL watched nothing",
    "HDEL missing a",
    "HDEL watched a nothing",
    "HDEL watched b c d",
    "SET watched text",
    "HSET watched a 1",
    "HDEL watched a",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual", seed=1).session()


def fill(session: Session, size: int) -> list[bytes]:
    fields = [b"field:%d" % number for number in range(size)]
    for field in fields:
        session.call("HSET", "h", field, field)
    return fields


@pytest.mark.parametrize("size", [20, 1000])
def test_picks_without_repetition_are_different_fields(session: Session, size: int) -> None:
    fields = fill(session, size)
    for count in (1, 3, size // 2, size - 1, size, size + 5):
        picked = session.call("HRANDFIELD", "h", count)
        assert len(picked) == len(set(picked)) == min(count, size)
        assert set(picked) <= set(fields)


def test_picks_with_repetition_are_as_many_as_asked_and_fair(session: Session) -> None:
    fill(session, 4)
    counts = Counter(session.call("HRANDFIELD", "h", -4000))
    assert sum(counts.values()) == 4000
    assert all(850 < count < 1150 for count in counts.values()), counts


def test_picked_values_belong_to_their_fields(session: Session) -> None:
    fill(session, 10)
    for field, value in session.call("HRANDFIELD", "h", -50, "WITHVALUES"):
        assert field == value


def test_a_seed_repeats_the_picks() -> None:
    first, second = (Lab(seed=7).session() for _ in range(2))
    fill(first, 50), fill(second, 50)
    assert first.call("HRANDFIELD", "h", -20) == second.call("HRANDFIELD", "h", -20)


def test_more_picks_than_memory_are_refused(session: Session) -> None:
    fill(session, 3)
    with pytest.raises(ReplyError, match="at most 10000000 random elements"):
        session.call("HRANDFIELD", "h", -(1 << 62))


def walk(session: Session, *options: object) -> list[bytes]:
    cursor, found = 0, []
    while True:
        reply = session.call("HSCAN", "h", cursor, *options)  # type: ignore[arg-type]
        found += reply[1][::2]
        assert reply[1][::2] == reply[1][1::2]
        cursor = int(reply[0])
        if cursor == 0:
            return found


def test_a_walk_finds_every_field_in_pages(session: Session) -> None:
    fields = fill(session, 1000)
    assert len(session.call("HSCAN", "h", 0)[1]) < 100
    assert sorted(walk(session)) == sorted(fields)
    assert sorted(walk(session, "COUNT", 7)) == sorted(fields)
    assert sorted(walk(session, "MATCH", "field:1?")) == [b"field:%d" % number for number in range(10, 20)]


def test_what_stays_is_found_although_the_hash_changes_on_the_way(session: Session) -> None:
    fields = fill(session, 800)
    cursor, found = 0, set()
    for turn in range(1000):
        reply = session.call("HSCAN", "h", cursor, "COUNT", 5)
        found.update(reply[1][::2])
        cursor = int(reply[0])
        if cursor == 0:
            break
        session.call("HDEL", "h", fields[turn % 400])
        session.call("HSET", "h", b"new:%d" % turn, "")
    assert cursor == 0
    assert set(fields[400:]) <= found


@pytest.mark.parametrize(
    ("size", "field", "value", "encoding"),
    [
        (511, b"f", b"v", "listpack"),
        (512, b"f", b"v", "hashtable"),
        (1, b"f" * 62, b"v", "listpack"),
        (1, b"f" * 64, b"v", "hashtable"),
        (1, b"f", b"v" * 64, "listpack"),
        (1, b"f", b"v" * 65, "hashtable"),
    ],
)
def test_encodings_with_one_field_more(
    session: Session, size: int, field: bytes, value: bytes, encoding: str
) -> None:
    session.run("HSET h stays 1")
    for number in range(size):
        session.call("HSET", "h", b"%b%d" % (field, number), value)
    assert session.call("OBJECT", "ENCODING", "h") == encoding.encode()
    session.call("HDEL", "h", *[b"%b%d" % (field, number) for number in range(size)])
    assert session.call("OBJECT", "ENCODING", "h") == encoding.encode()


def test_a_lowered_threshold_tells_at_the_next_update(session: Session) -> None:
    session.run("HSET h a 1 b 2 c 3")
    session.run("CONFIG SET hash-max-listpack-entries 2")
    assert session.run("OBJECT ENCODING h") == b"listpack"
    session.run("HSET h a 2")
    assert session.run("OBJECT ENCODING h") == b"hashtable"


def test_undo_takes_back_exactly_what_a_command_did() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("HSET h a 1 b 2")
    for line in ("HSET h a 9 c 3", "HDEL h a b", "HINCRBY h a 5", "HINCRBYFLOAT h b 0.5", "HSETNX h z 1"):
        session.run(line)
        assert lab.undo() is not None
        assert session.run("HGETALL h") == {b"a": b"1", b"b": b"2"}
    lab.undo()
    assert session.run("EXISTS h") == 0


def test_what_changes_nothing_is_no_step() -> None:
    lab = Lab()
    session = lab.session()
    session.run("HSET h a 1")
    for line in ("HSETNX h a 2", "HDEL h none", "HDEL none a", "HGETALL h", "HRANDFIELD h 2"):
        session.run(line)
        assert lab.last_change is None, line
    for line in ("HSET h a", "HINCRBY h a x", "HINCRBYFLOAT new a inf"):
        with pytest.raises(ReplyError):
            session.run(line)
        assert lab.last_change is None, line
    assert session.run("EXISTS new") == 0


def test_a_reply_stays_as_it_was_when_the_hash_changes(session: Session) -> None:
    session.run("HSET h a 1")
    replies = [session.run("HGETALL h"), session.run("HKEYS h"), session.run("HVALS h")]
    session.run("HSET h a 2 b 3")
    assert replies == [{b"a": b"1"}, [b"a"], [b"1"]]
