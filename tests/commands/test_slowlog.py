"""SLOWLOG: what comes into it and how it is shortened, as recorded from a real server; times left out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from real import RealClient
from redislab import Lab
from redislab.resp.types import BLOCKED, ReplyError
from redislab.resp.words import split
from reference.recorded import load

LONG = " ".join(f"v{number}" for number in range(40))

SCENARIOS = {
    "plain": ["SET k v", "GET k", "LPUSH k v", "NOSUCH", "GET", "PING"],
    "long words": [f"SET k {'x' * 200}", f"SET k {'y' * 128}", f"SET k {'z' * 129}"],
    "many words": [f"RPUSH l {' '.join(LONG.split()[:count])}" for count in (40, 30, 31, 29)],
    "secrets": [
        "AUTH secret", "AUTH user secret", "HELLO 2 AUTH user secret", "HELLO 2 AUTH user secret SETNAME joe",
        "CONFIG SET requirepass ''", "CONFIG SET maxmemory 0 MASTERAUTH '' masteruser ''", "CONFIG GET requirepass",
        "CONFIG SET nosuch secret requirepass", "AUTH a b c", "ACL SETUSER joe on >secret", "ACL DELUSER joe",
    ],
    "transaction": ["MULTI", "GET k", "INCR n", "GET", "EXEC", "MULTI", "GET k", "EXEC"],
    "blocked": ["BLPOP none 0.01", "@BLPOP q 0", "RPUSH q x", "@PING"],
    "scripts": ["EVAL \"return redis.call('get','k')\" 0", "EVAL \"redis.pcall('get') return 1\" 0", "EVAL x x"],
    "names": ["CLIENT SETNAME joe", "PING"],
}  # fmt: skip


RECORDED = load("observed")["slowlog"]


def plain(entries: list[Any]) -> list[Any]:
    """Entries without times and ports, the oldest first, as text."""
    return [[[word.decode() for word in words], name.decode()] for _, _, _, words, _, name in reversed(entries)]


def on_lab(lines: list[str]) -> list[Any]:
    lab = Lab(clock="manual", seed=1)
    clients = {False: lab.session(), True: lab.session()}
    clients[False].run("CONFIG SET slowlog-log-slower-than 0")
    clients[False].run("SLOWLOG RESET")
    for line in lines:
        session = clients[line.startswith("@")]
        with suppress(ReplyError):
            session.run(line.removeprefix("@"))
        if session is clients[False] and session.blocked:
            lab.advance(1)
    return plain(lab.session().run("SLOWLOG GET -1"))


def on_server(address: tuple[str, int], lines: list[str]) -> list[Any]:
    clients = {False: RealClient(address), True: RealClient(address)}
    for line in ("CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET"):
        clients[False].call(split(line))
    for line in lines:
        client = clients[line.startswith("@")]
        reply = client.call(split(line.removeprefix("@")), block_after=0.2)
        if reply is BLOCKED and client is clients[True]:
            client.waiting = True
        elif line == "RPUSH q x":
            clients[True].later()
    asking = RealClient(address)
    entries = asking.call(split("SLOWLOG GET -1"))
    asking.call(split("CONFIG SET slowlog-log-slower-than 10000"))
    for client in (*clients.values(), asking):
        client.close()
    return plain(entries)


@pytest.mark.parametrize("name", SCENARIOS)
def test_entries_are_those_of_redis(name: str) -> None:
    assert on_lab(SCENARIOS[name]) == RECORDED[name]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_recording_is_true(oracle: tuple[str, int], name: str) -> None:
    assert on_server(oracle, SCENARIOS[name]) == RECORDED[name]


def test_an_entry() -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session("joe")
    session.run("CONFIG SET slowlog-log-slower-than 1000")
    session.run("SLOWLOG RESET")
    session.run("DEBUG SLEEP 0.25")
    lab.advance(0.25)
    session.run("PING")
    assert session.outbox.popleft() == "OK"
    at = lab.now_ms // 1000
    assert session.run("SLOWLOG GET") == [
        [0, at, 250_000, [b"DEBUG", b"SLEEP", b"0.25"], session.address.encode(), b"joe"]
    ]


def test_waiting_for_a_key_is_not_slow() -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("BLPOP q 5")
    lab.advance(3)
    lab.session().run("RPUSH q x")
    session.run("BLPOP q 5")
    lab.advance(6)
    assert session.run("SLOWLOG LEN") == 0


def test_numbers_go_on_and_the_oldest_go() -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 2")
    for _ in range(3):
        session.run("PING")
    entries = session.run("SLOWLOG GET -1")
    assert [entry[3] for entry in entries] == [[b"PING"], [b"PING"]]
    newest = entries[0][0]
    session.run("SLOWLOG RESET")
    session.run("PING")
    assert session.run("SLOWLOG GET 1")[0][0] == newest + 3


def test_with_commands_that_really_take_time() -> None:
    lab = Lab(seed=1)
    session = lab.session()
    session.run("CONFIG SET slowlog-log-slower-than 1")
    session.run("SLOWLOG RESET")
    session.call("RPUSH", "l", *range(20_000))
    session.run("SORT l BY nosuch GET #")
    entries = session.run("SLOWLOG GET")
    assert {entry[3][0] for entry in entries} >= {b"RPUSH", b"SORT"}
    assert all(entry[2] >= 1 for entry in entries)
