"""MONITOR: which lines come, in which order, as recorded from a real server; times and ports left out."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from real import RealClient
from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED, NO_REPLY
from redislab.resp.words import split
from reference.recorded import load

SCENARIOS = {
    "quoting": [r'SET k "a\"b\n\x01\xc3\xa9\\\r\t\a\b"', "set K ''"],
    "refused": ["NOSUCH", "GET", "CONFIG", "CLIENT NOSUCH", "LPUSH a"],
    "failed": ["SET k v", "LPUSH k v", "INCRBY k x"],
    "administration": ["CONFIG GET port", "SLOWLOG LEN", "LATENCY LATEST", "CLIENT LIST", "CLIENT ID", "DEBUG JMAP"],
    "databases": ["SELECT 3", "PING", "SELECT 99", "SELECT 0"],
    "transaction": ["MULTI", "SET a 1", "MULTI", "SELECT 2", "GET a", "CONFIG GET port", "EXEC", "SELECT 0"],
    "spoilt": ["MULTI", "SET a", "EXEC", "EXEC", "MULTI", "GET a", "DISCARD", "WATCH a", "UNWATCH"],
    "secrets": ["AUTH x", "AUTH u x", "HELLO 3 AUTH u x", "HELLO 2", "AUTH a b c"],
    "waiting": ["BLPOP none 0.01", "SUBSCRIBE a", "PING", "UNSUBSCRIBE a"],
    "reset": ["SELECT 2", "RESET", "PING"],
    "scripts": [
        "EVAL \"redis.call('set','x',1) redis.pcall('get') redis.pcall('lpush','x',1) return redis.call('get','x')\" 0",
        "MULTI", "eval \"return redis.call('get','x')\" 0", "EVAL_RO \"return 1\" 0", "EXEC", "EVAL \"return 1\" x",
        "EVALSHA none 0", "EVAL \"return redis.call('nosuch')\" 0", "FCALL none 0", "SCRIPT EXISTS a",
    ],
    "silent": ["CLIENT REPLY SKIP", "GET a", "CLIENT REPLY OFF", "GET b", "CLIENT REPLY ON"],
}  # fmt: skip

RECORDED = load("observed")["monitor"]


def plain(line: str) -> str:
    """A line without what differs from run to run."""
    assert re.match(r"\d+\.\d{6} \[\d+ (127\.0\.0\.1:\d+|lua)\] \"", line), line
    return re.sub(r"^\S+ (\[\d+) [\d.:]*", r"\1 ", line)


def on_lab(lines: list[str]) -> list[str]:
    lab = Lab(clock="manual", seed=1)
    monitor, session = lab.session(), lab.session()
    assert monitor.run("MONITOR") == "OK"
    for line in lines:
        with suppress(ReplyError):
            session.run(line)
        if session.blocked:
            lab.advance(1)
    return [plain(str(line)) for line in monitor.outbox]


def on_server(address: tuple[str, int], lines: list[str]) -> list[str]:
    monitor, client = RealClient(address), RealClient(address)
    assert monitor.call([b"MONITOR"]) == "OK"
    for line in lines:
        client.call(split(line), block_after=0.1)
    client.call([b"ECHO", b"the end"])
    found: list[str] = []
    while not (found and found[-1].endswith('"the end"')):
        line = monitor.later(2.0)
        assert line is not BLOCKED, found
        found.append(plain(str(line)))
    monitor.close()
    client.close()
    return found[:-1]


@pytest.mark.parametrize("name", SCENARIOS)
def test_lines_are_those_of_redis(name: str) -> None:
    assert on_lab(SCENARIOS[name]) == RECORDED[name]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_recording_is_true(oracle: tuple[str, int], name: str) -> None:
    assert on_server(oracle, SCENARIOS[name]) == RECORDED[name]


def test_a_line() -> None:
    lab = Lab(clock="manual", seed=1)
    monitor, session = lab.session(), lab.session()
    monitor.run("MONITOR")
    session.run("SET k 'a b'")
    assert list(monitor.outbox) == [f'1704067200.000000 [0 {session.address}] "SET" "k" "a b"']


def test_a_socket_in_the_file_system() -> None:
    lab = Lab(clock="manual", seed=1)
    monitor, session = lab.session(), lab.session()
    session.address = "/tmp/redis.sock:0"
    monitor.run("MONITOR")
    session.run("PING")
    assert str(monitor.outbox[0]).endswith('[0 unix:/tmp/redis.sock] "PING"')


def test_a_monitor_keeps_off_the_keys_and_hears_itself_after_the_reply() -> None:
    lab = Lab(clock="manual", seed=1)
    monitor = lab.session()
    monitor.run("MONITOR")
    assert monitor.run("MONITOR") is NO_REPLY
    assert monitor.run("GET a") is NO_REPLY
    assert [str(each) for each in monitor.outbox] == ["ERR Replica can't interact with the keyspace"]
    monitor.outbox.clear()
    assert monitor.run("PING") is NO_REPLY
    reply, line = monitor.outbox
    assert reply == "PONG"
    assert str(line).endswith('"PING"')


@pytest.mark.parametrize("way", ["RESET", "stop", "close"])
def test_how_it_ends(way: str) -> None:
    lab = Lab(clock="manual", seed=1)
    monitor, session = lab.session(), lab.session()
    monitor.run("MONITOR")
    assert lab.engine.monitors
    if way == "RESET":
        monitor.run("RESET")
    elif way == "stop":
        assert monitor.stop_monitoring()
        assert not monitor.stop_monitoring()
    else:
        monitor.close()
    monitor.outbox.clear()
    session.run("PING")
    assert not monitor.outbox
    assert not lab.engine.monitors
    assert session.execute == lab.engine.run_alone


def test_within_multi() -> None:
    session = Lab(clock="manual", seed=1).session()
    session.run("MULTI")
    session.run("MONITOR")
    assert [str(item) for item in session.run("EXEC")] == ["ERR MONITOR isn't allowed for DENY BLOCKING client"]


def test_a_command_that_a_pause_puts_off_is_told_of_when_it_runs() -> None:
    lab = Lab(clock="manual", seed=1)
    monitor, session = lab.session(), lab.session()
    monitor.run("MONITOR")
    lab.session().run("CLIENT PAUSE 1000")
    assert session.run("SET a 1") is BLOCKED
    assert not monitor.outbox
    lab.advance(2)
    lab.tick()
    assert [plain(str(line)) for line in monitor.outbox] == ['[0 ] "SET" "a" "1"']
    assert session.run("INFO commandstats").count(b"cmdstat_set:calls=1,") == 1


def test_without_observers_too() -> None:
    lab = Lab(clock="manual", seed=1, observe=False)
    monitor, session = lab.session(), lab.session()
    monitor.run("MONITOR")
    session.run("MULTI")
    session.run("PING")
    session.run("EXEC")
    assert [str(line).split(" ")[-1] for line in monitor.outbox] == ['"MULTI"', '"PING"', '"EXEC"']
