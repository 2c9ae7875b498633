"""INFO's fields beside those of a real server, section by section."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redislab import Lab
from redislab.engine.host import Host
from redislab.engine.info import NOT_BY_DEFAULT, SECTIONS, TITLES, fields, report
from redislab.engine.info_memory import human
from redislab.engine.info_server import AOF_FIELDS

RECORDED = (Path(__file__).parents[1] / "reference" / "info-7.0.15.txt").read_text()

# What a real server shows and this one does not: there is nothing here that the field could tell of.
MISSING = {
    "redis_build_id": "nothing is compiled",
    "atomicvar_api": "nothing is compiled",
    "gcc_version": "nothing is compiled",
    **dict.fromkeys(
        (
            "allocator_allocated", "allocator_active", "allocator_resident", "allocator_frag_ratio",
            "allocator_frag_bytes", "allocator_rss_ratio", "allocator_rss_bytes", "rss_overhead_ratio",
            "rss_overhead_bytes",
        ),
        "Python's allocator does not tell",
    ),
    **dict.fromkeys(
        (
            "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
            "total_active_defrag_time", "current_active_defrag_time",
        ),
        "there is no defragmentation",
    ),
    "reply_buffer_shrinks": "reply buffers have no fixed size",
    "reply_buffer_expands": "reply buffers have no fixed size",
}  # fmt: skip


def recorded_fields(section: str) -> list[str]:
    """The names of a section's fields in the first recording, of a server that stands alone."""
    part = RECORDED.split("## standalone")[1].split("\n## ")[0]
    found = re.search(rf"(?m)^# {TITLES.get(section, section.capitalize())}\n((?:.+\n)*)", part)
    assert found is not None
    return [line.partition(":")[0] for line in found[1].splitlines()]


def played() -> Lab:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("SET a 1 EX 100")
    session.run("GET a")
    return lab


@pytest.mark.parametrize("section", [name for name in SECTIONS if not name.endswith("stats") or name == "stats"])
def test_fields_are_those_of_redis_in_its_order(section: str) -> None:
    recorded = [name for name in recorded_fields(section) if name not in MISSING]
    assert list(fields(played().engine, section)) == recorded


def test_nothing_is_missing_without_need() -> None:
    all_recorded = {name for section in SECTIONS for name in recorded_fields(section)}
    assert set(MISSING) <= all_recorded
    ours = {name for section in SECTIONS for name in fields(played().engine, section)}
    assert not ours & set(MISSING)


class HostWithFile(Host):
    """A host that keeps an append only file."""

    def persistence_fields(self) -> dict[str, int | str]:
        return {"aof_enabled": 1, **dict.fromkeys(AOF_FIELDS, 7)}


def test_an_append_only_file_adds_its_fields() -> None:
    part = RECORDED.split("## appendonly yes")[1].split("\n## ")[0]
    lab = played()
    lab.engine.host = HostWithFile()
    found = fields(lab.engine, "persistence")
    assert list(found) == re.findall(r"(?m)^(\w+):", part)
    assert (found["aof_enabled"], found["aof_base_size"]) == ("1", "7")


def shown(line: str) -> list[str]:
    """The sections that `INFO line` shows, by their titles."""
    return re.findall(r"(?m)^# (\w+)", report(played().engine, line.split()))


RULES = re.findall(r"(?m)^INFO (\w+) -> (.*)$", RECORDED)


@pytest.mark.parametrize(("name", "sections"), RULES)
def test_which_sections_a_name_stands_for(name: str, sections: str) -> None:
    assert shown(name) == ([] if sections == "(empty)" else sections.split(", "))


@pytest.mark.parametrize(
    ("line", "sections"),
    [
        ("", [TITLES.get(name, name.capitalize()) for name in SECTIONS if name not in NOT_BY_DEFAULT]),
        ("keyspace server cluster", ["Server", "Cluster", "Keyspace"]),
        ("SERVER server nosuch", ["Server"]),
        ("nosuch sentinel", []),
    ],
)
def test_several_names(line: str, sections: list[str]) -> None:
    assert shown(line) == sections


def test_layout() -> None:
    assert report(played().engine, ["cluster", "modules", "keyspace"]) == (
        "# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=100000\r\n"
    )


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1740424, "1.66M"), (25276514304, "23.54G"), (1 << 60, "1.00E")],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human(size) == text


def test_values_that_follow_what_happens() -> None:
    lab = Lab(clock="manual", seed=1)
    session, other = lab.session(), lab.session()
    session.run("SELECT 3")
    session.run("MSET a 1 b 2 c 3")
    session.run("PEXPIRE a 3000")
    session.run("PEXPIRE b 1000")
    other.run("SUBSCRIBE news")
    lab.session().run("BLPOP q 5")
    lab.session().run("DEBUG SLEEP 1000000")
    engine = lab.engine
    assert fields(engine, "keyspace") == {"db3": "keys=3,expires=2,avg_ttl=2000"}
    clients = fields(engine, "clients")
    assert (clients["connected_clients"], clients["blocked_clients"], clients["clients_in_timeout_table"]) == (
        "4", "1", "1",
    )  # fmt: skip
    lab.advance(90_000)
    stats = fields(engine, "stats")
    assert (stats["expired_keys"], stats["pubsub_channels"], stats["total_connections_received"]) == ("2", "1", "4")
    server = fields(engine, "server")
    assert (server["uptime_in_seconds"], server["uptime_in_days"]) == ("90000", "1")
    assert fields(engine, "persistence")["rdb_changes_since_last_save"] != "0"


def test_rates_are_means_of_16_samples() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for _ in range(40):
        for _ in range(5):
            session.run("PING")
        lab.advance(0.1)
        lab.tick()
    assert fields(lab.engine, "stats")["instantaneous_ops_per_sec"] == "50"
    for _ in range(16):
        lab.advance(0.1)
        lab.tick()
    assert fields(lab.engine, "stats")["instantaneous_ops_per_sec"] == "0"


def test_an_engine_that_does_not_observe_has_a_report_too() -> None:
    lab = Lab(clock="manual", observe=False)
    session = lab.session()
    session.run("SET a 1")
    session.run("GET a")
    stats = fields(lab.engine, "stats")
    assert (stats["total_commands_processed"], stats["keyspace_hits"]) == ("0", "1")
    assert fields(lab.engine, "commandstats") == {}
    assert session.run("SLOWLOG GET") == []
    assert session.run("LATENCY HISTOGRAM") == []


def test_evicted_keys() -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("CONFIG SET maxmemory 950kb maxmemory-policy allkeys-random")
    for number in range(1000):
        session.call("SET", number, "x" * 100)
    gone = 1000 - session.run("DBSIZE")
    assert gone > 0
    assert fields(lab.engine, "stats")["evicted_keys"] == str(gone)
    session.run("CONFIG RESETSTAT")
    assert fields(lab.engine, "stats")["evicted_keys"] == "0"


def test_figures_about_scripts_clients_and_tracking() -> None:
    lab = Lab(clock="manual", seed=1)
    session, tracking = lab.session(), lab.session(protocol=3)
    session.run("EVAL 'return 1' 0")
    tracking.run("CLIENT TRACKING on")
    session.run("SET a 1")
    tracking.run("GET a")
    lab.session().run("CLIENT TRACKING on BCAST PREFIX b: REDIRECT 1")
    memory, stats = fields(lab.engine, "memory"), fields(lab.engine, "stats")
    assert (memory["number_of_cached_scripts"], memory["used_memory_scripts_eval"]) == ("1", "8")
    assert int(memory["used_memory_overhead"]) + int(memory["used_memory_dataset"]) == int(memory["used_memory"])
    assert [stats[f"tracking_total_{each}"] for each in ("keys", "items", "prefixes")] == ["1", "1", "1"]
    assert fields(lab.engine, "clients")["tracking_clients"] == "2"
