"""Use as LFU and LRU count it: what counts as use, how the counter rises and falls, what a change of policy does."""

from __future__ import annotations

import contextlib
from statistics import mean
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.engine import lfu

SETUP = ("SET k val", "SET n 1000000", "HSET h f v g w", "RPUSH l a b c", "SADD s a b c", "ZADD z 1 a 2 b", "PFADD p x")
USES = {
    # What a real server's OBJECT FREQ rises by with lfu-log-factor 0, where every access counts.
    "SET k v": 1, "SET k v GET": 2, "SET k v NX": 1, "SET k v XX": 1, "GETSET k v": 2, "MSET k v k v": 2,
    "APPEND k x": 1, "GET k": 1, "STRLEN k": 1, "MGET k k": 2, "TYPE k": 0, "TTL k": 0, "EXISTS k": 0, "TOUCH k": 1,
    "OBJECT ENCODING k": 0, "MEMORY USAGE k": 0, "SETEX k 9 v": 1, "EXPIRE k 9": 1, "PERSIST k": 1, "LPUSH k a": 1,
    "GET h": 1, "HGET h f": 1, "HSET h f v": 1, "LPUSH l a": 1, "LRANGE l 0 -1": 1, "SADD s a": 1, "SUNION s s": 2,
    "SINTERSTORE s s": 2, "ZADD z 1 a": 1, "ZUNIONSTORE z 1 z": 2, "PFADD p a": 1, "PFMERGE p p": 3, "SCAN 0": 0,
    "INCR n": 1, "BITCOUNT k": 1, "WATCH k": 0, "COPY k c": 1, "GETEX k": 1,
}  # fmt: skip


def lfu_session(**options: Any) -> Any:
    # By a clock that stands still, for at each full minute counters fall.
    session = Lab(clock="manual", **options).session()
    session.run("CONFIG SET maxmemory-policy allkeys-lfu")
    return session


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("line", USES)
def test_what_counts_as_use(line: str, record: bool) -> None:
    session = lfu_session(record=record)
    session.run("CONFIG SET lfu-log-factor 0")
    for command in SETUP:
        session.run(command)
    key = next((word for word in line.split()[1:] if len(word) == 1 and word.isalpha()), "k")
    before = session.call("OBJECT", "FREQ", key)
    with contextlib.suppress(ReplyError):
        session.run(line)
    assert session.call("OBJECT", "FREQ", key) - before == USES[line]


@pytest.mark.parametrize(("factor", "low", "high"), [(1, 23.7, 24.8), (10, 11.2, 12.1), (100, 7.1, 7.6)])
def test_the_counter_rises_ever_more_slowly(factor: int, low: float, high: float) -> None:
    """A real server's means after 200 reads of 200 keys were 24.2, 11.5 and 7.4."""
    session = lfu_session(seed=3, record=False)
    session.call("CONFIG", "SET", "lfu-log-factor", factor)
    for number in range(200):
        session.call("SET", number, "value")
        for _ in range(200):
            session.call("GET", number)
    assert low < mean(session.call("OBJECT", "FREQ", number) for number in range(200)) < high


def test_the_counter_loses_one_a_period() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("CONFIG SET maxmemory-policy volatile-lfu lfu-log-factor 0 lfu-decay-time 2")
    session.run("SET key value")
    for _ in range(10):
        session.run("GET key")
    assert session.run("OBJECT FREQ key") == 15
    lab.advance(8 * 60)
    assert session.run("OBJECT FREQ key") == 11
    session.run("CONFIG SET lfu-decay-time 0")
    assert session.run("OBJECT FREQ key") == 15
    session.run("CONFIG SET lfu-decay-time 1")
    lab.advance(3600)
    assert session.run("OBJECT FREQ key") == 0


def test_it_never_passes_255() -> None:
    session = lfu_session()
    session.run("CONFIG SET lfu-log-factor 0")
    session.run("SET key value")
    for _ in range(400):
        session.run("GET key")
    assert session.run("OBJECT FREQ key") == 255


def test_a_change_of_policy_leaves_the_words_as_they_are() -> None:
    """Taken the other way they mean little, as in Redis, until the keys are used again."""
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET old value")
    seconds = lab.now_ms // 1000
    session.run("CONFIG SET maxmemory-policy allkeys-lfu")
    minutes = seconds // 60 & 0xFFFF
    then = seconds >> 8 & 0xFFFF
    passed = minutes - then if minutes >= then else 0xFFFF - then + minutes
    assert session.run("OBJECT FREQ old") == max(0, (seconds & 255) - passed)
    session.run("SET new value")
    word = lab.engine.databases[0].values[b"new"].used
    assert word == minutes << 8 | 5
    session.run("CONFIG SET maxmemory-policy noeviction")
    now = seconds & lfu.CLOCK_MASK
    assert session.run("OBJECT IDLETIME new") == (now - word if now >= word else now + lfu.CLOCK_MASK - word)
    session.run("GET new")
    assert session.run("OBJECT IDLETIME new") == 0


def test_a_clock_that_is_set_back_leaves_no_idle_time() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET key value")
    lab.advance(-100)
    assert session.run("OBJECT IDLETIME key") == 0
