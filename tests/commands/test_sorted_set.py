"""Sorted sets: what transcripts do not show. Announcements, picks, walks, encodings, undo, and waits that end."""

from __future__ import annotations

from collections import Counter
from math import copysign
from typing import Any

import pytest

from commands.announced import on_the_engine, on_the_server
from conftest import Oracle
from redislab import Lab, ReplyError, Session
from redislab.resp.encode import encode
from redislab.resp.types import BLOCKED, NULL_ARRAY, Pairs

LINES = [
    "ZADD watched 1 a 2 b",
    "ZADD watched 1 a",
    "ZADD watched 5 a 3 c",
    "ZADD watched NX 9 a",
    "ZADD watched XX 9 nobody",
    "ZADD missing XX 9 nobody",
    "ZADD watched GT 1 a",
    "ZADD watched INCR 1 a",
    "ZADD watched INCR 0 a",
    "ZADD watched NX INCR 1 a",
    "ZADD watched 1 good x bad",
    "ZINCRBY watched 1 a",
    "ZINCRBY watched 0 a",
    "ZINCRBY fresh 0 a",
    "ZADD infinite inf a",
    "ZINCRBY infinite -inf a",
    "ZREM watched nobody",
    "ZREM missing nobody",
    "ZREM watched a nobody",
    "ZSCORE missing a",
    "ZMSCORE missing a b",
    "ZRANK missing a",
    "ZCARD missing",
    "ZCOUNT missing 0 1",
    "ZRANGE missing 0 1",
    "ZRANDMEMBER missing",
    "ZSCAN missing 0",
    "ZLEXCOUNT missing - +",
    "ZRANGEBYLEX missing + -",
    "ZREMRANGEBYSCORE missing 0 1",
    "ZREMRANGEBYLEX missing + -",
    "ZPOPMIN missing",
    "ZPOPMIN watched 0",
    "ZMPOP 2 missing watched MIN",
    "ZREMRANGEBYSCORE watched 100 200",
    "ZREMRANGEBYRANK watched 0 -1",
    "ZADD watched 1 a 2 b 3 c 4 d 5 e",
    "ZREMRANGEBYSCORE watched 1 1",
    "ZREMRANGEBYLEX watched [b [b",
    "ZPOPMAX watched",
    "ZPOPMIN watched 9",
    "ZADD source 1 a 2 b",
    "ZRANGESTORE watched source 0 -1",
    "ZRANGESTORE watched source 5 9",
    "ZRANGESTORE watched source 5 9",
    "ZRANGESTORE watched missing 0 1",
    "ZUNIONSTORE watched 2 source missing",
    "ZINTERSTORE watched 2 source missing",
    "ZINTERSTORE watched 2 source missing",
    "ZDIFFSTORE watched 2 source missing",
    "ZDIFFSTORE watched 2 source source",
    "ZUNION 2 source missing",
    "ZINTERCARD 2 source missing",
    "ZUNION 2 missing source BOGUS",
    "SET text x",
    "ZUNIONSTORE watched 3 missing text missing",
    "ZUNIONSTORE text 1 source",
    "BZPOPMIN missing source 0",
    "BZMPOP 0 2 missing source MAX",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual", seed=1)


@pytest.fixture
def session(lab: Lab) -> Session:
    return lab.session()


def fill(session: Session, size: int) -> list[bytes]:
    members = [b"m%04d" % number for number in range(size)]
    session.call("ZADD", "z", *(word for number, member in enumerate(members) for word in (number, member)))
    return members


# -- what is stored ------------------------------------------------------------------------------------------


def test_a_score_that_is_no_number_changes_nothing(session: Session) -> None:
    with pytest.raises(ReplyError, match="not a valid float"):
        session.run("ZADD z 1 a x b")
    assert session.run("EXISTS z") == 0


def test_infinities_that_cancel_leave_the_score_alone(session: Session) -> None:
    session.run("ZADD z inf a")
    with pytest.raises(ReplyError, match="NaN"):
        session.run("ZINCRBY z -inf a")
    assert session.run("ZSCORE z a") == float("inf")


def test_members_are_bytes_of_any_kind(session: Session) -> None:
    odd = [b"", b"\x00", b"\xff\xfe", b"nx", b"1", b"two words"]
    session.call("ZADD", "z", *(word for member in odd for word in (0, member)))
    assert session.run("ZRANGE z 0 -1") == sorted(odd)


@pytest.mark.parametrize(
    ("size", "length", "encoding"), [(128, 64, "listpack"), (129, 64, "skiplist"), (1, 65, "skiplist")]
)
@pytest.mark.parametrize("how", ["ZADD", "ZRANGESTORE", "ZUNIONSTORE", "GEOADD"])
def test_encodings_change_where_the_servers_do(
    ask: Oracle, session: Session, size: int, length: int, encoding: str, how: str
) -> None:
    members = [b"%0*d" % (length, number) for number in range(size)]
    place = (b"1", b"1") if how == "GEOADD" else (b"1",)
    first = "GEOADD" if how == "GEOADD" else "ZADD"
    calls: list[tuple[Any, ...]] = [(first, "z", *(word for member in members for word in (*place, member)))]
    if how == "ZRANGESTORE":
        calls.append(("ZRANGESTORE", "z", "z", "0", "-1"))
    elif how == "ZUNIONSTORE":
        calls.append(("ZUNIONSTORE", "z", "1", "z"))
    calls.append(("OBJECT", "ENCODING", "z"))
    got = [session.call(*call) for call in calls]
    assert got[-1] == encoding.encode()
    assert got == ask.many(calls)


def test_a_copy_of_a_range_is_a_value_of_its_own(session: Session) -> None:
    session.run("ZADD z 1 a 2 b")
    session.run("ZRANGESTORE copy z 0 -1")
    session.run("ZADD copy 9 a")
    session.run("ZUNIONSTORE z2 1 z")
    session.run("ZREM z2 b")
    assert session.run("ZRANGE z 0 -1 WITHSCORES") == Pairs([(b"a", 1.0), (b"b", 2.0)])


def test_the_sign_of_zero_is_kept_by_a_skiplist_only(session: Session) -> None:
    session.run("ZADD small -0 a")
    session.call("ZADD", "big", "-0", b"x" * 65)
    assert copysign(1, session.run("ZSCORE small a")) == 1
    assert copysign(1, session.call("ZSCORE", "big", b"x" * 65)) == -1


@pytest.mark.parametrize(
    "line",
    ["ZADD z 9 a", "ZADD z 9 new", "ZINCRBY z 1 b", "ZREM z a b c", "ZPOPMIN z", "ZREMRANGEBYRANK z 0 -1",
     "ZRANGESTORE z z 0 0", "ZUNIONSTORE z 2 z z", "ZMPOP 1 z MAX COUNT 2", "BZPOPMAX z 0"],
)  # fmt: skip
def test_undo_brings_back_members_and_scores(lab: Lab, session: Session, line: str) -> None:
    session.run("ZADD z 1 a 2 b 3 c")
    before = session.run("ZRANGE z 0 -1 WITHSCORES")
    session.run(line)
    after = session.run("ZRANGE z 0 -1 WITHSCORES")
    assert after != before
    lab.undo()
    assert session.run("ZRANGE z 0 -1 WITHSCORES") == before
    lab.redo()
    assert session.run("ZRANGE z 0 -1 WITHSCORES") == after


# -- picks and walks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20, 1000])
def test_picks_without_repetition_are_different_members(session: Session, size: int) -> None:
    members = fill(session, size)
    for count in (1, 3, size // 2, size - 1, size, size + 5):
        picked = session.call("ZRANDMEMBER", "z", count)
        assert len(picked) == len(set(picked)) == min(count, size)
        assert set(picked) <= set(members)


def test_picks_with_repetition_are_as_many_as_asked_and_fair(session: Session) -> None:
    fill(session, 4)
    counts = Counter(session.call("ZRANDMEMBER", "z", -4000))
    assert sum(counts.values()) == 4000
    assert all(850 < count < 1150 for count in counts.values()), counts


def test_picks_come_with_their_scores(session: Session) -> None:
    fill(session, 300)
    for member, score in session.run("ZRANDMEMBER z -50 WITHSCORES"):
        assert member == b"m%04d" % score


def test_more_picks_than_memory_are_refused(session: Session) -> None:
    fill(session, 3)
    with pytest.raises(ReplyError, match="at most 10000000 random elements"):
        session.call("ZRANDMEMBER", "z", -(1 << 62))


def test_a_walk_meets_every_member(session: Session) -> None:
    members = fill(session, 500)
    cursor, met = b"0", {}
    while True:
        cursor, words = session.call("ZSCAN", "z", cursor, "COUNT", 20)
        met.update(zip(words[::2], words[1::2], strict=True))
        if cursor == b"0":
            break
    assert met == {member: b"%d" % number for number, member in enumerate(members)}


def test_a_walk_shows_large_scores_as_the_encoding_keeps_them(ask: Oracle, session: Session) -> None:
    for member in (b"a", b"x" * 65):
        for score in ("1e17", "4611686018427387904", "4611686018427388928", "-1e18", "9e18", "0.5", "inf"):
            calls: list[tuple[Any, ...]] = [("DEL", "z"), ("ZADD", "z", score, member), ("ZSCAN", "z", "0")]
            assert [session.call(*call) for call in calls] == ask.many(calls)


# -- waits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["BZPOPMIN z 1.5", "BZPOPMAX z 1.5", "BZMPOP 1.5 1 z MIN"])
def test_a_wait_ends_when_its_time_is_over(lab: Lab, session: Session, line: str) -> None:
    assert session.run(line) is BLOCKED
    lab.advance(1.4)
    assert session.blocked
    lab.advance(0.2)
    assert not session.blocked
    assert list(session.outbox) == [NULL_ARRAY]


def test_who_is_served_has_changed_the_sorted_set_for_undo_too(lab: Lab, session: Session) -> None:
    waiting = lab.session()
    assert waiting.run("BZMPOP 0 1 z MIN COUNT 2") is BLOCKED
    session.run("ZADD z 1 a 2 b 3 c")
    assert list(waiting.outbox) == [[b"z", [[b"a", 1.0], [b"b", 2.0]]]]
    assert session.run("ZRANGE z 0 -1") == [b"c"]
    lab.undo()
    assert session.run("EXISTS z") == 0


def test_only_as_many_are_served_as_there_are_members(lab: Lab, session: Session) -> None:
    waiting = [lab.session() for _ in range(3)]
    for each in waiting:
        assert each.run("BZPOPMIN other z 0") is BLOCKED
    session.run("ZADD z 1 a 2 b")
    assert [list(each.outbox) for each in waiting] == [[[b"z", b"a", 1.0]], [[b"z", b"b", 2.0]], []]
    assert [each.blocked for each in waiting] == [False, False, True]
    assert session.run("EXISTS z") == 0


# -- on the wire ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "resp2", "resp3"),
    [
        ("ZSCORE z a", b"$3\r\n1.5\r\n", b",1.5\r\n"),
        ("ZPOPMIN z", b"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", b"*2\r\n$1\r\na\r\n,1.5\r\n"),
        ("ZPOPMIN z 1", b"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", b"*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n"),
        ("ZMPOP 1 z MIN", b"*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n$3\r\n1.5\r\n",
         b"*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n"),
        ("ZMPOP 1 nokey MIN", b"*-1\r\n", b"_\r\n"),
        ("ZRANGE z 0 0 WITHSCORES", b"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", b"*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n"),
        ("ZRANGE nokey 0 0 WITHSCORES", b"*0\r\n", b"*0\r\n"),
    ],
)  # fmt: skip
def test_replies_in_both_protocols(session: Session, line: str, resp2: bytes, resp3: bytes) -> None:
    session.run("ZADD z 1.5 a 1e20 b")
    reply = session.run(line)
    assert (encode(reply, 2), encode(reply, 3)) == (resp2, resp3)
