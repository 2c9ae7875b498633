"""Encodings as recorded around every threshold, and what does and does not convert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redislab import Lab
from reference.recorded import load

ROWS = {row["what"]: row for row in load("encodings")["rows"]}
Calls = list[tuple[Any, ...]]
LETTERS = [part for number in range(200) for part in (number, f"m{number}")]
THREE = ("ZADD", "a", 1, "x", 2, "y", 3, "z")

# What happened to the key k, by the name under which it is recorded.
STORIES: dict[str, Calls] = {
    **{what: [("SET", "k", eval(what.removeprefix("SET k ")))] for what in ROWS if what.startswith("SET k '")},
    "SET 12345, then APPEND": [("SET", "k", "12345"), ("APPEND", "k", "6")],
    "SET ab, then APPEND": [("SET", "k", "ab"), ("APPEND", "k", "c")],
    "APPEND to a new key": [("APPEND", "k", "abc")],
    "APPEND digits to a new key": [("APPEND", "k", "123")],
    "SET 10, then INCR": [("SET", "k", "10"), ("INCR", "k")],
    "SET 10, then INCRBYFLOAT 0.5, then INCRBYFLOAT 0.5": [("SET", "k", "10"), *[("INCRBYFLOAT", "k", "0.5")] * 2],
    "SETRANGE on a new key": [("SETRANGE", "k", 0, "abc")],
    "SETRANGE on an embstr": [("SET", "k", "abc"), ("SETRANGE", "k", 0, "x")],
    "SETBIT on a new key": [("SETBIT", "k", 7, 1)],
    "BITOP result": [("SET", "a", "abc"), ("BITOP", "NOT", "k", "a")],
    "GETSET 10": [("SET", "k", "abc"), ("GETSET", "k", "10")],
    "MSET 10": [("MSET", "k", "10")],
    "SETEX 10": [("SETEX", "k", 100, "10")],
    "PFADD": [("PFADD", "k", "a")],
    "PFADD then PFCOUNT 2000 elements": [("PFADD", "k", *range(2000)), ("PFCOUNT", "k")],
    "SORT ... STORE": [("RPUSH", "s", 3, 1, 2), ("SORT", "s", "STORE", "k")],
    "an integer, then a string, then the string removed": [("SADD", "k", 1), ("SADD", "k", "a"), ("SREM", "k", "a")],
    "600 integers, then all but one removed": [("SADD", "k", *range(600)), ("SREM", "k", *range(599))],
    "SUNIONSTORE of two intsets": [("SADD", "a", 1), ("SADD", "b", 2), ("SUNIONSTORE", "k", "a", "b")],
    "SINTERSTORE of 600 integers and of 1..3": [
        ("SADD", "a", *range(600)), ("SADD", "b", 1, 2, 3), ("SINTERSTORE", "k", "a", "b"),
    ],
    "a 20-digit number": [("SADD", "k", "99999999999999999999")],
    "'01'": [("SADD", "k", "01")],
    "a long value, then deleted": [("HSET", "k", "a", 1), ("HSET", "k", "b", "x" * 100), ("HDEL", "k", "b")],
    "HINCRBY, HINCRBYFLOAT": [("HINCRBY", "k", "a", 1), ("HINCRBYFLOAT", "k", "a", "1.5")],
    "200 members, then all but one removed": [("ZADD", "k", *LETTERS), ("ZREMRANGEBYRANK", "k", 0, -2)],
    "ZUNIONSTORE of 3 members": [THREE, ("ZUNIONSTORE", "k", 1, "a")],
    "ZUNIONSTORE of 200 members": [("ZADD", "a", *LETTERS), ("ZUNIONSTORE", "k", 1, "a")],
    "ZRANGESTORE of 3 members": [THREE, ("ZRANGESTORE", "k", "a", 0, -1)],
    "GEOADD": [("GEOADD", "k", "13.36", "38.11", "p")],
    "GEOSEARCHSTORE": [
        ("GEOADD", "a", "13.36", "38.11", "p"),
        ("GEOSEARCHSTORE", "k", "a", "FROMLONLAT", 13, 38, "BYRADIUS", 200, "km"),
    ],
}  # fmt: skip

# How a key with a size of n is made; the recorded threshold is the largest n with the first encoding.
GROWING: dict[str, Callable[[int], tuple[Any, ...]]] = {
    "length of a SET value": lambda n: ("SET", "k", "x" * n),
    "elements (RPUSH of 1-byte elements)": lambda n: ("RPUSH", "k", *["a"] * n),
    "size of one element": lambda n: ("RPUSH", "k", "x" * n),
    "integers": lambda n: ("SADD", "k", *range(n)),
    "short strings": lambda n: ("SADD", "k", *[f"s{i}" for i in range(n)]),
    "size of one string member": lambda n: ("SADD", "k", "x" * n),
    "fields (HSET of short values)": lambda n: ("HSET", "k", *[part for i in range(n) for part in (f"f{i}", "v")]),
    "size of one value": lambda n: ("HSET", "k", "f", "x" * n),
    "size of one field name": lambda n: ("HSET", "k", "x" * n, "v"),
    "members (ZADD of short members)": lambda n: ("ZADD", "k", *[part for i in range(n) for part in (i, f"m{i}")]),
    "size of one member": lambda n: ("ZADD", "k", 1, "x" * n),
}


def encodings(calls: Calls, version: str = "7.0") -> list[str | None]:
    """The encodings of k one after the other, each once."""
    session = Lab(record=False, version=version).session()
    seen: list[str | None] = []
    for call in calls:
        session.call(*call)
        encoding = session.call("OBJECT", "ENCODING", "k")
        shown = encoding.decode() if encoding is not None else None
        if not seen or seen[-1] != shown:
            seen.append(shown)
    return seen


@pytest.mark.parametrize("what", STORIES)
def test_encodings_of_a_story(what: str) -> None:
    assert encodings(STORIES[what]) == ROWS[what]["encodings"]


@pytest.mark.parametrize("what", GROWING)
def test_the_threshold_is_where_it_is(what: str) -> None:
    row, make = ROWS[what], GROWING[what]
    if row["threshold"] is None:
        assert encodings([make(1)]) == encodings([make(row["tried_up_to"])]) == row["encodings"]
        return
    assert encodings([make(row["threshold"])]) == row["encodings"][:1]
    assert encodings([make(row["threshold"] + 1)]) == row["encodings"][1:]


@pytest.mark.parametrize("value", ["0", "9999", "10000", "-1"])
def test_small_integers_are_shared(value: str) -> None:
    session = Lab(record=False).session()
    session.call("SET", "k", value)
    assert session.call("OBJECT", "REFCOUNT", "k") == ROWS[f"OBJECT REFCOUNT after SET k {value}"]["refcount"]


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "noeviction"])
def test_they_are_not_where_each_needs_a_time_of_last_use(policy: str) -> None:
    session = Lab(record=False).session()
    session.call("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", policy)
    session.call("SET", "k", 100)
    row = ROWS[f"OBJECT REFCOUNT after SET k 100 under maxmemory 1gb and {policy}"]
    assert session.call("OBJECT", "REFCOUNT", "k") == row["refcount"]


def test_a_lowered_threshold_converts_at_the_next_change() -> None:
    what = (
        "hash-max-listpack-entries lowered to 2 with 3 fields present:"
        " before, after, after an update, after a new field"
    )
    session = Lab(record=False).session()
    seen = []
    for call in (
        ("HSET", "k", "a", 1, "b", 2, "c", 3),
        ("CONFIG", "SET", "hash-max-listpack-entries", 2),
        ("HSET", "k", "a", 9),
        ("HSET", "k", "d", 4),
    ):
        session.call(*call)
        seen.append(session.call("OBJECT", "ENCODING", "k").decode())
    assert seen == ROWS[what]["encodings"]


@pytest.mark.parametrize(
    "call", [("SET", "s", "x" * 50), ("SET", "s", 123), ("RPUSH", "s", "a"), ("SADD", "s", 1), ("HSET", "s", "a", 1),
             ("ZADD", "s", 1, "a")],
)  # fmt: skip
def test_a_copy_keeps_the_encoding(call: tuple[Any, ...]) -> None:
    session = Lab(record=False).session()
    session.call(*call)
    session.call("COPY", "s", "k")
    assert session.call("OBJECT", "ENCODING", "k") == session.call("OBJECT", "ENCODING", "s")


def test_no_recorded_row_is_forgotten() -> None:
    later = ("XADD", "OBJECT REFCOUNT", "hash-max-listpack-entries lowered")
    rest = [what for what in ROWS if what not in STORIES and what not in GROWING and "DUMP" not in what]
    assert [what for what in rest if not what.startswith(later)] == []
