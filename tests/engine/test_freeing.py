"""What FLUSHALL and DEL drop is freed some at a time where an edge ticks, and counted as Redis counts it."""

from __future__ import annotations

import gc
import sys
from weakref import ref

import pytest

from redislab import Lab
from redislab.engine import dividing, freeing
from redislab.values.hash import Hash

LARGE = {
    "hash": "for i = 1, 2000 do redis.call('HSET', 'large', i, i) end",
    "set": "for i = 1, 2000 do redis.call('SADD', 'large', 'm' .. i) end",
    "sorted set": "for i = 1, 2000 do redis.call('ZADD', 'large', i, i) end",
    "stream": "for i = 1, 10000 do redis.call('XADD', 'large', i .. '-1', 'a', 'b') end",
    "list": "for i = 1, 6000 do redis.call('RPUSH', 'large', string.rep('x', 100)) end",
}
WAYS = ["UNLINK large", "FLUSHALL ASYNC", "FLUSHDB ASYNC", "RENAME other large", "SET large 1", "PEXPIREAT large 1"]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab of an edge that ticks, with parameters that have Redis free lazily; a tick frees one slice."""
    monkeypatch.setattr(freeing, "TICK_NS", -1)
    lab = Lab(record=False)
    lab.engine.host.references = sys.getrefcount
    for parameter in ("server-del", "expire"):
        lab.session().run(f"CONFIG SET lazyfree-lazy-{parameter} yes")
    return lab


def counts(lab: Lab) -> tuple[int, int]:
    """lazyfree_pending_objects and lazyfreed_objects."""
    lines = dict(line.partition(":")[::2] for line in lab.session().call("INFO", "memory").decode().split("\r\n"))
    return int(lines["lazyfree_pending_objects"]), int(lines["lazyfreed_objects"])


def ticks(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many ticks it takes until all is freed."""
    monkeypatch.setattr(freeing, "TICK_NS", 0)
    count = 0
    while lab.engine.freeing:
        lab.engine.freeing.tick()
        count += 1
        assert count < 10_000
    return count


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", LARGE.values(), ids=LARGE.keys())
def test_a_large_value_is_freed_beside_the_other_work(
    lab: Lab, script: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = lab.session()
    session.call("EVAL", script, 0)
    keys = int("FLUSH" in way)
    session.run("SET other x")
    session.run("DEL other" if keys else "PING")
    session.run(way)
    assert counts(lab) == (1, 0)
    assert ticks(lab, monkeypatch) > 1
    assert counts(lab) == (0, 1)
    session.run("CONFIG RESETSTAT")
    assert counts(lab) == (0, 0)


@pytest.mark.parametrize("divided", [False, True])
def test_many_keys_go_some_at_a_time(lab: Lab, divided: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "DIVIDED_ABOVE", 1000 if divided else 10_000)
    session = lab.session()
    session.call("DEBUG", "POPULATE", 3000)
    session.run("EXPIRE key:1 100")
    session.run("SCAN 0")
    lab.tick()
    empty = lab.engine.memory.startup
    assert session.run("FLUSHALL ASYNC") == "OK"
    session.run("SET fresh 1")
    assert counts(lab) == (3000, 0)
    assert lab.engine.memory.used() - empty < 50_000
    assert ticks(lab, monkeypatch) > 10
    assert counts(lab) == (0, 3000)
    assert session.run("KEYS *") == [b"fresh"]


def test_what_is_small_or_not_lazy_is_not_counted(lab: Lab) -> None:
    session = lab.session()
    session.run("HSET small a 1")
    session.run("UNLINK small")
    session.call("EVAL", LARGE["hash"], 0)
    session.run("DEL large")
    session.call("DEBUG", "POPULATE", 100)
    session.run("FLUSHALL SYNC")
    session.call("DEBUG", "POPULATE", 100)
    session.run("FLUSHALL")
    assert counts(lab) == (0, 0)
    session.run("CONFIG SET lazyfree-lazy-user-flush yes lazyfree-lazy-user-del yes")
    session.call("EVAL", LARGE["hash"], 0)
    session.run("DEL large")
    session.run("SET a 1")
    session.run("FLUSHDB")
    assert counts(lab) == (2, 0)


def test_a_value_that_has_another_name_stays_whole(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    session = lab.session()
    session.call("EVAL", LARGE["hash"], 0)
    session.run("RENAME large renamed")
    session.run("MOVE renamed 1")
    session.run("COPY large copied")
    ticks(lab, monkeypatch)
    session.run("SELECT 1")
    assert (session.run("HLEN renamed"), session.run("HGET renamed 1999")) == (2000, b"1999")
    assert counts(lab) == (0, 0)


def test_undo_brings_back_what_was_dropped() -> None:
    lab = Lab(clock="manual")
    lab.engine.host.references = sys.getrefcount
    session = lab.session()
    session.call("EVAL", LARGE["hash"], 0)
    before = session.run("DEBUG DIGEST")
    for line in ("DEL large", "FLUSHALL ASYNC"):
        session.run(line)
        for _ in range(50):
            lab.tick()
        lab.undo()
        assert session.run("DEBUG DIGEST") == before


def test_without_an_edge_nothing_is_held_back() -> None:
    class Noted(Hash):
        """A hash that tells when it is gone."""

        __slots__ = ("__weakref__",)

    lab = Lab(record=False)
    value = Noted()
    for number in range(2000):
        value.set(b"%d" % number, b"x", lab.engine.limits)
    lab.engine.databases[0].put(b"large", value)
    gone = ref(value)
    del value
    lab.session().run("DEL large")
    gc.collect()
    assert gone() is None
