"""MEMORY STATS and DOCTOR: the fields of a real server, in its order, with figures that fit each other."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab
from redislab.commands.memory import EMPTY, HEALTHY, ILL, PEAK
from redislab.resp.encode import encode
from redislab.resp.types import Verbatim

NAMES = """
    peak.allocated total.allocated startup.allocated replication.backlog clients.slaves clients.normal cluster.links
    aof.buffer lua.caches functions.caches db.0 db.3 overhead.total keys.count keys.bytes-per-key dataset.bytes
    dataset.percentage peak.percentage allocator.allocated allocator.active allocator.resident
    allocator-fragmentation.ratio allocator-fragmentation.bytes allocator-rss.ratio allocator-rss.bytes
    rss-overhead.ratio rss-overhead.bytes fragmentation fragmentation.bytes
"""
FIELDS = NAMES.split()
"""As recorded from Redis 7.0.15 with keys in two databases."""


@pytest.fixture
def session() -> Any:
    session = Lab().session()
    session.run("SET a 1 EX 1000")
    session.run("SELECT 3")
    session.run("SET a 1")
    return session


def stats(session: Any) -> dict[str, Any]:
    return {name.decode(): figure for name, figure in session.run("MEMORY STATS").items()}


def test_stats_has_the_fields_of_a_real_server(session: Any) -> None:
    assert list(stats(session)) == FIELDS


def test_stats_knows_the_tables_of_each_database(session: Any) -> None:
    """The figures of a real server with these keys."""
    found = stats(session)
    assert list(found["db.0"].values()) == [72, 56, 0]
    assert list(found["db.3"].values()) == [72, 0, 0]
    assert found["overhead.total"] == found["startup.allocated"] + found["clients.normal"] + 200 + 72 + 56 + 72


def test_the_figures_of_stats_fit_each_other(session: Any) -> None:
    found = stats(session)
    net = found["total.allocated"] - found["startup.allocated"]
    assert found["keys.count"] == 2
    assert found["keys.bytes-per-key"] == net // 2
    assert found["dataset.bytes"] == found["total.allocated"] - found["overhead.total"]
    assert found["dataset.percentage"] == pytest.approx(100 * found["dataset.bytes"] / net)
    assert found["peak.percentage"] == pytest.approx(100)


def test_stats_is_a_map_with_maps_in_it_and_flat_in_resp2(session: Any) -> None:
    reply = session.run("MEMORY STATS")
    assert encode(reply, 3).startswith(b"%29\r\n$14\r\npeak.allocated\r\n:")
    assert encode(reply, 2).startswith(b"*58\r\n$14\r\npeak.allocated\r\n:")
    assert b"$4\r\ndb.0\r\n*6\r\n$23\r\noverhead.hashtable.main\r\n:72\r\n" in encode(reply, 2)
    assert b"$13\r\nfragmentation\r\n,1\r\n" in encode(reply, 3)


def test_doctor_sees_an_empty_a_healthy_and_a_shrunken_instance() -> None:
    session = Lab(record=False).session()
    assert session.run("MEMORY DOCTOR") == EMPTY.encode()
    session.call("SET", "one", "x" * 10_000_000)
    session.call("SET", "other", "x" * 10_000_000)
    report = session.run("MEMORY DOCTOR")
    assert report == HEALTHY.encode()
    assert isinstance(report, Verbatim)
    session.run("DEL one")
    report = session.run("MEMORY DOCTOR").decode()
    assert report.startswith(ILL + PEAK)
    assert report.endswith("I want to help you.\n")


def test_malloc_stats_says_that_there_is_no_allocator(session: Any) -> None:
    assert b"no jemalloc" in session.run("MEMORY MALLOC-STATS")


def test_usage_does_not_count_as_use() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET key value")
    lab.advance(100)
    session.run("MEMORY USAGE key")
    assert session.run("OBJECT IDLETIME key") == 100


def test_usage_of_a_key_with_a_time_to_live_is_the_same() -> None:
    session = Lab().session()
    session.run("SET key value")
    before = session.run("MEMORY USAGE key")
    session.run("EXPIRE key 100")
    assert session.run("MEMORY USAGE key") == before
