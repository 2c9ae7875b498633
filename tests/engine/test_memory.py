"""used_memory: counted only when somebody asks, and then right whatever happens to the keys."""

from __future__ import annotations

import contextlib
from random import Random
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.engine import memory as module

COMMANDS = """
    SET {k} {v}; SET {k} {v} EX 100; APPEND {k} {v}; INCR {k}; DEL {k}; UNLINK {k} {o}; RENAME {k} {o}; COPY {k} {o}
    COPY {k} {o} REPLACE; MOVE {k} 1; EXPIRE {k} 5; PERSIST {k}; HSET {k} {v} {v}; HDEL {k} {v}; RPUSH {k} {v} {v}
    LPOP {k} 2; LMOVE {k} {o} LEFT RIGHT; SADD {k} {v}; SPOP {k} 2; SUNIONSTORE {k} {o} {k}; ZADD {k} 1 {v}
    ZPOPMIN {k}; ZRANGESTORE {k} {o} 0 -1; PFADD {k} {v}; SETBIT {k} 77 1; BITFIELD {k} SET u8 100 1; XADD {k} * f {v}
    SORT {k} ALPHA STORE {o}; SELECT 0; SELECT 1; SWAPDB 0 1; FLUSHDB; MSET {k} {v} {o} {v}; GETDEL {k}; SETNX {k} {v}
    MULTI; EXEC; SETRANGE {k} 3 {v}; GEOADD {k} 1 1 {v}
"""
LINES = [line.strip() for part in COMMANDS.split("\n") for line in part.split(";") if line.strip()]


def counted(lab: Lab) -> tuple[dict[int, int], dict[int, int]]:
    """Bytes and keys of each database that has any, as counted."""
    memory = lab.engine.memory
    memory.used()
    places = [index for index, db in enumerate(lab.engine.databases) if db.values]
    return {index: memory.totals[index] for index in places}, {index: memory.counted[index] for index in places}


def weighed_anew(lab: Lab) -> tuple[dict[int, int], dict[int, int]]:
    for index in range(len(lab.engine.databases)):
        lab.engine.memory.replaced(index)
    return counted(lab)


def play(lab: Lab, session: Any, dice: Random, steps: int) -> None:
    for _ in range(steps):
        key, other = dice.sample("abcdef", 2)
        line = dice.choice(LINES).format(k=key, o=other, v=dice.choice(("1", "25", "word", "w" * 70)))
        with contextlib.suppress(ReplyError):
            session.run(line)
        if lab.engine.changes is not None and dice.random() < 0.1:
            with contextlib.suppress(Exception):
                dice.choice((lab.undo, lab.redo))()
        if dice.random() < 0.02:
            lab.advance(dice.choice((1, 10)))


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_counting_as_things_happen_comes_to_the_same_as_counting_all(record: bool, seed: int) -> None:
    lab = Lab(clock="manual", seed=seed, record=record)
    session = lab.session()
    lab.engine.memory.start()
    dice = Random(seed)
    for _ in range(15):
        play(lab, session, dice, 20)
        assert counted(lab) == weighed_anew(lab)


def test_counting_ends_when_nobody_asks_and_begins_anew() -> None:
    lab = Lab(seed=1, clock="manual", record=False)
    session = lab.session()
    memory = lab.engine.memory
    for number in range(100):
        session.call("SET", f"key{number}", "x" * number)
    before = memory.used()
    lab.advance(59)
    lab.tick()
    assert memory.counting
    lab.advance(2)
    lab.tick()
    assert not memory.counting
    assert lab.engine.plain
    session.call("SET", "key1", "x" * 5000)
    session.call("DEL", "key2")
    session.call("RPUSH", "list", *range(200))
    assert memory.used() > before
    assert memory.counting
    assert counted(lab) == weighed_anew(lab)
    session.run("CONFIG SET maxmemory 100mb")
    lab.advance(1000)
    lab.tick()
    assert memory.counting
    session.run("CONFIG SET maxmemory 0")
    lab.tick()
    assert memory.counting
    lab.advance(61)
    lab.tick()
    assert not memory.counting


def test_counting_begins_when_somebody_asks() -> None:
    lab = Lab(record=False)
    session = lab.session()
    session.run("SET tea green")
    assert lab.engine.plain
    assert not lab.engine.memory.counting
    before = lab.engine.memory.used()
    assert lab.engine.memory.counting
    assert not lab.engine.plain
    session.run("SET coffee black")
    assert lab.engine.memory.used() > before


def test_an_empty_server_takes_what_a_real_one_does() -> None:
    lab = Lab()
    lab.session()
    assert abs(lab.engine.memory.used() - 914_488) < 1000


@pytest.mark.parametrize(
    ("line", "times", "measured"),
    [
        ("SET key:{:06} 0:xxxxxxxxxxxxxxxxxx", 20_000, 2_183_168),
        ("SET key:{:06} " + "x" * 100 + " EX 1000", 20_000, 4_684_288),
        ("SET key:{:06} 123456", 20_000, 1_542_144),
        ("SET key:{:06} 12", 20_000, 1_222_144),
        ("SADD key:{:06} " + " ".join(map(str, range(50))), 3000, 560_768),
    ],
)
def test_many_keys_take_what_they_take_in_a_real_server(line: str, times: int, measured: int) -> None:
    lab = Lab(record=False, observe=False)
    session = lab.session()
    before = lab.engine.memory.used()
    for number in range(times):
        session.run(line.format(number))
    assert abs(lab.engine.memory.used() - before - measured) < 0.005 * measured


def test_a_large_keyspace_is_weighed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_FIRST", 100)
    monkeypatch.setattr(module, "AT_ONCE", 100)
    lab = Lab(record=False)
    session = lab.session()
    for number in range(1000):
        session.call("SET", f"key:{number}", "x" * (number % 50))
    estimate = lab.engine.memory.used()
    assert lab.engine.memory.counted[0] == 100
    session.run("SET key:5 changed")
    session.run("DEL key:6 key:7")
    for _ in range(12):
        lab.tick()
    assert not lab.engine.memory.waiting
    monkeypatch.undo()
    assert counted(lab) == weighed_anew(lab)
    assert abs(estimate - lab.engine.memory.used()) < 0.01 * estimate


def test_keys_that_came_past_the_gate_are_found_by_a_tick() -> None:
    lab, other = Lab(record=False), Lab(record=False)
    lab.engine.memory.start()
    other.session().run("MSET a 1 b 2 c 3")
    lab.engine.databases[0].values.update(other.engine.databases[0].values)
    lab.tick()
    assert lab.engine.memory.counted[0] == 3


def test_a_database_of_which_nothing_is_counted_is_weighed_at_once() -> None:
    lab, other = Lab(record=False), Lab(record=False)
    lab.engine.memory.start()
    other.session().call("SET", "big", "x" * 100_000)
    before = lab.engine.memory.used()
    lab.engine.databases[0].values.update(other.engine.databases[0].values)
    assert lab.engine.memory.used() > before + 100_000


def test_a_fork_counts_for_itself() -> None:
    lab = Lab(record=False)
    session = lab.session()
    session.run("MSET a 1 b 2")
    session.run("CONFIG SET maxmemory 100mb")
    twin = lab.fork()
    assert twin.engine.memory.limit == 100 << 20
    assert counted(twin) == counted(lab)
    twin.session().run("DEL a")
    assert counted(twin) != counted(lab)


def test_the_peak_stays() -> None:
    lab = Lab(record=False)
    session = lab.session()
    session.call("SET", "big", "x" * 1_000_000)
    high = lab.engine.memory.used()
    session.run("DEL big")
    assert lab.engine.memory.used() < high
    assert lab.engine.memory.peak == high


def test_overhead_and_dataset_make_up_the_whole() -> None:
    lab = Lab(record=False)
    lab.session().run("SET a 1 EX 10")
    memory = lab.engine.memory
    assert memory.overhead() + memory.dataset() == memory.used()
    assert memory.table_overheads() == {0: (40 + 32, 24 + 32)}


def test_integers_are_not_shared_where_each_key_needs_a_time_of_use() -> None:
    lab = Lab(record=False)
    session = lab.session()
    session.run("CONFIG SET maxmemory 100mb")
    session.run("SET first 7")
    before = lab.engine.memory.used()
    session.run("SET a 7")
    shared = lab.engine.memory.used() - before
    session.run("CONFIG SET maxmemory-policy allkeys-lru")
    session.run("SET b 7")
    assert lab.engine.memory.used() - before - shared == shared + 16
