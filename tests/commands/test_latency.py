"""LATENCY: events, their picture and report, and the histograms of commands."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, Session
from redislab.engine.latency import Event, sparkline

# LATENCY HISTORY and LATENCY GRAPH of a real server after some DEBUG SLEEP: ages in s, ms.
RECORDED_SAMPLES = ((5, 10), (4, 20), (3, 30), (2, 55), (1, 100), (0, 23))
RECORDED_GRAPH = """\
command - high 100 ms, low 10 ms (all time high 100 ms)
--------------------------------------------------------------------------------
    # \n   _| \n   || \n_o#||o
      \n543210
ssssss
"""
RECORDED_FIGURES = (
    "1. command: 6 latency spikes (average 39ms, mean deviation 25ms, period 0.83 sec). Worst all time event 100ms.\n"
)


def slept(*times: float, threshold: int = 5) -> tuple[Lab, Session]:
    """A lab in which DEBUG SLEEP has run for so many seconds, each starting with a new second."""
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.call("CONFIG", "SET", "latency-monitor-threshold", threshold)
    for seconds in times:
        session.call("DEBUG", "SLEEP", seconds)
        lab.advance(seconds)
        lab.advance(1 - seconds % 1)
    session.outbox.clear()
    return lab, session


def test_nothing_is_noted_below_the_threshold_or_without_one() -> None:
    for threshold in (0, 100):
        _, session = slept(0.05, threshold=threshold)
        assert session.run("LATENCY LATEST") == []


def test_latest_and_history() -> None:
    lab, session = slept(0.01, 0.2, 0.05)
    now = lab.now_ms // 1000
    assert session.run("LATENCY LATEST") == [[b"command", now - 1, 50, 200]]
    assert session.run("LATENCY HISTORY command") == [[now - 3, 10], [now - 2, 200], [now - 1, 50]]
    assert session.run("LATENCY RESET nosuch command command") == 1
    assert session.run("LATENCY LATEST") == []


def test_fast_commands_are_an_event_of_their_own() -> None:
    lab, session = slept()
    command = lab.commands["get"]
    observers = lab.engine.observers
    assert observers is not None
    observers.noticed(session, command, [b"GET", b"a"], 7_000_000)
    assert [event[0] for event in session.run("LATENCY LATEST")] == [b"fast-command"]


def test_of_one_second_the_worst_stays_and_160_seconds_are_kept() -> None:
    event = Event()
    for second in range(200):
        for took in (5, 9, 7):
            event.add(second, took + second)
    assert len(event.samples) == 160
    assert (event.samples[0].time, event.samples[0].took_ms, event.worst_ms) == (40, 49, 208)


def test_the_picture_is_the_one_of_redis() -> None:
    event = Event()
    for age, took in RECORDED_SAMPLES:
        event.add(1000 - age, took)
    assert event.graph("command", 1000) == RECORDED_GRAPH


def test_a_picture_of_more_than_80_samples_has_several_blocks() -> None:
    blocks = sparkline(range(100), ["1s"] * 100).split("\n\n")
    assert [len(block.split("\n")[3]) for block in blocks] == [80, 20]
    assert sparkline([7, 7], ["10s", "2m"]) == "  \n  \n  \n__\n  \n12\n0m\ns \n"


def test_ages() -> None:
    event = Event()
    for age in (90_000, 4000, 61, 59):
        event.add(100_000 - age, 5)
    assert event.graph("x", 100_000).split("\n")[-4:] == ["1115", "dhm9", "   s", ""]


def test_the_doctor_tells_the_figures_of_redis() -> None:
    lab, session = slept()
    observers = lab.engine.observers
    assert observers is not None
    now = lab.now_ms // 1000
    for age, took in RECORDED_SAMPLES:
        observers.latency.note("command", took * 1_000_000, (now - age) * 1_000_000_000)
    report = session.run("LATENCY DOCTOR").decode()
    assert RECORDED_FIGURES in report
    assert "slowlog-log-slower-than 5000" in report
    assert session.run("LATENCY RESET") == 1
    assert "No latency spike" in session.run("LATENCY DOCTOR").decode()
    session.run("CONFIG SET latency-monitor-threshold 0")
    assert "latency-monitor-threshold" in session.run("LATENCY DOCTOR").decode()


def histogram(session: Session, *names: str) -> dict[bytes, Any]:
    return dict(session.call("LATENCY", "HISTOGRAM", *names))


def test_histograms() -> None:
    _, session = slept(0.010124, 0.055144)
    session.run("CONFIG GET port")
    found = histogram(session, "DEBUG", "config", "nosuch", "get")
    assert found[b"debug"] == {b"calls": 2, b"histogram_usec": {16908: 1, 67633: 2}}
    assert set(found) == {b"debug", b"config|set", b"config|get"}
    assert set(histogram(session)) >= {b"debug", b"config|set", b"latency|histogram"}
    assert list(histogram(session, "config|get")) == [b"config|get"]
    assert session.call("LATENCY", "HISTOGRAM", "debug", "debug")[0] == session.call("LATENCY", "HISTOGRAM", "debug")[0]
    session.run("CONFIG RESETSTAT")
    assert list(histogram(session)) == [b"config|resetstat"]


def test_tracking_can_be_switched_off() -> None:
    _, session = slept()
    session.run("GET a")
    session.run("CONFIG SET latency-tracking no")
    session.run("GET a")
    session.run("CONFIG SET latency-tracking yes")
    assert histogram(session, "get")[b"get"][b"calls"] == 1
    assert b"cmdstat_get:calls=2," in session.run("INFO commandstats")


def test_percentiles_of_info() -> None:
    _, session = slept(0.010124)
    line = b"latency_percentiles_usec_debug:p50=11010.047,p99=11010.047,p99.9=11010.047\r\n"
    assert line in session.run("INFO latencystats")
    session.run("CONFIG SET latency-tracking-info-percentiles '0 12.5 100'")
    assert b"latency_percentiles_usec_debug:p0=10944.512,p12.5=11010.047,p100=11010.047\r\n" in session.run(
        "INFO latencystats"
    )


def test_rounds_of_expiry_and_of_eviction_are_events() -> None:
    lab, session = slept()
    observers = lab.engine.observers
    assert observers is not None
    observers.expired(30_000_000)
    observers.evicted(20_000_000)
    latest = session.run("LATENCY LATEST")
    assert [entry[::2] for entry in latest] == [[b"expire-cycle", 30], [b"eviction-cycle", 20]]
    assert b"expire_cycle_cpu_milliseconds:30\r\n" in session.run("INFO stats")


@pytest.mark.parametrize("calls", [1, 4095, 4096, 10_000])
def test_every_call_is_counted(calls: int) -> None:
    lab = Lab(seed=1)
    session = lab.session()
    for _ in range(calls):
        session.call(b"PING")
    assert f"cmdstat_ping:calls={calls},".encode() in session.run("INFO commandstats")
    found = histogram(session, "ping")[b"ping"]
    assert found[b"calls"] == calls
    assert max(found[b"histogram_usec"].values()) == calls
