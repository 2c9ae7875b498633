"""What counts as called, refused and failed: COMMANDSTATS, ERRORSTATS, hits and misses, recorded from Redis 7.0.15.

Each scenario runs on an empty server right after CONFIG RESETSTAT. `calls/rejected/failed` of each command, then the
errors, then hits and misses; `@` lines are another client's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from real import RealClient
from redislab import Lab
from redislab.resp.types import ReplyError
from redislab.resp.words import split

SETUP = ("SET s v", "RPUSH l 1")

RECORDED = """
NOPE
    ERR:1
GET
    get:0/1/0 ERR:1
CONFIG
    config:0/1/0 ERR:1
CONFIG NOPE
    ERR:1
CONFIG GET
    config|get:0/1/0 ERR:1
client getname
    client|getname:1/0/0
LPUSH s 1
    lpush:1/0/1 WRONGTYPE:1
MULTI; GET l; GET s; EXEC
    exec:1/0/0 get:2/0/1 multi:1/0/0 WRONGTYPE:1 hits:2
MULTI; GET; NOPE; EXEC
    exec:1/0/1 get:0/1/0 multi:1/0/0 ERR:2 EXECABORT:1
MULTI; MULTI; WATCH a; EXEC
    exec:1/0/0 multi:2/0/1 watch:1/0/1 ERR:2
EXEC
    exec:1/0/1 ERR:1
MULTI; EXEC a
    exec:0/1/0 multi:1/0/0 EXECABORT:1
BLPOP nk 0.01; PING
    blpop:1/0/0 ping:1/0/0
@BLPOP nk 0; RPUSH nk x
    blpop:1/0/0 rpush:1/0/0
@BLPOP nk 0; SET nk v
    blpop:1/0/0 set:1/0/0
@BLMOVE nk s LEFT LEFT 0; RPUSH nk v
    blmove:1/0/1 rpush:1/0/0 WRONGTYPE:1
SUBSCRIBE a; GET k; UNSUBSCRIBE a
    get:0/1/0 subscribe:1/0/0 unsubscribe:1/0/0 ERR:1
AUTH a; HELLO 9; HELLO 3 AUTH a b
    auth:1/0/1 hello:2/0/2 ERR:1 NOPROTO:1 WRONGPASS:1
OBJECT ENCODING s; OBJECT ENCODING none; TYPE s; TTL none; EXISTS s s x; TOUCH s; STRLEN gone; SCAN 0 TYPE list
    exists:1/0/0 object|encoding:2/0/0 scan:1/0/0 strlen:1/0/0 touch:1/0/0 ttl:1/0/0 type:1/0/0 hits:7 misses:4
SETRANGE s 0 a; APPEND s x; GETSET s 1; SET s 1 GET; GETDEL s; GETEX l
    append:1/0/0 getdel:1/0/0 getex:1/0/1 getset:1/0/0 set:1/0/0 setrange:1/0/0 WRONGTYPE:1 hits:4
SORT l BY w_* GET o_*
    sort:1/0/0 hits:1 misses:2
SINTERSTORE d s x
    sinterstore:1/0/1 WRONGTYPE:1 hits:1
RENAME none x; COPY s t; DEBUG OBJECT s
    copy:1/0/0 debug:1/0/0 rename:1/0/1 ERR:1 hits:1
EVAL "redis.pcall('get','l') return 1" 0
    eval:1/0/0 get:1/0/1 WRONGTYPE:1 hits:1
EVAL "return redis.call('get','l')" 0
    eval:1/0/1 get:1/0/1 WRONGTYPE:1 hits:1
EVAL "return redis.pcall('get','l')" 0
    eval:1/0/1 get:1/0/1 WRONGTYPE:1 hits:1
EVAL "return redis.pcall('get')" 0
    eval:1/0/1 get:0/1/0 ERR:1
EVAL "redis.pcall('nope') redis.pcall('get') return 1" 0
    eval:1/0/0 get:0/1/0 ERR:2
EVAL "return {err='MYERR hi'}" 0; EVAL "return {err='MYERR'}" 0; EVAL "return redis.error_reply('a b')" 0
    eval:3/0/3 ERR:1 MYERR:1 a:1
EVAL "error('x')" 0
    eval:1/0/1 ERR:1
EVAL_RO "return redis.call('set','zz','1')" 0
    eval_ro:1/0/1 set:0/1/0 ERR:1
MULTI; EVAL "return redis.call('get','l')" 0; EXEC
    eval:1/0/1 exec:1/0/0 get:1/0/1 multi:1/0/0 WRONGTYPE:1 hits:1
CLIENT REPLY SKIP; GET; PING
    client|reply:1/0/0 get:0/1/0 ping:1/0/0 ERR:1
"""
LINES = RECORDED.strip().split("\n")
SCENARIOS = list(zip(LINES[::2], map(str.strip, LINES[1::2]), strict=True))


def told(report: bytes) -> str:
    """A report of INFO as the recordings have it."""
    commands, errors, keys = [], [], []
    for line in report.decode().split("\r\n"):
        name, _, value = line.partition(":")
        if name.startswith("cmdstat_") and name != "cmdstat_config|resetstat":
            figures = dict(pair.split("=") for pair in value.split(","))
            counts = "/".join(figures[each] for each in ("calls", "rejected_calls", "failed_calls"))
            commands.append(f"{name.removeprefix('cmdstat_')}:{counts}")
        elif name.startswith("errorstat_"):
            errors.append(f"{name.removeprefix('errorstat_')}:{value.removeprefix('count=')}")
        elif name.startswith("keyspace_") and value != "0":
            keys.append(f"{name.removeprefix('keyspace_')}:{value}")
    return " ".join([*sorted(commands), *sorted(errors), *keys])


def on_lab(scenario: str) -> str:
    lab = Lab(clock="manual", seed=1)
    clients = {False: lab.session(), True: lab.session()}
    for line in (*SETUP, "CONFIG RESETSTAT"):
        clients[False].run(line)
    for line in scenario.split("; "):
        session = clients[line.startswith("@")]
        with suppress(ReplyError):
            session.run(line.removeprefix("@"))
        if session is clients[False] and session.blocked:
            lab.advance(1)
    return told(lab.session().call("INFO", "commandstats", "errorstats", "stats"))


def on_server(address: tuple[str, int], scenario: str) -> str:
    clients = {False: RealClient(address), True: RealClient(address)}
    for line in ("FLUSHALL", *SETUP, "CONFIG RESETSTAT"):
        clients[False].call(split(line))
    for line in scenario.split("; "):
        clients[line.startswith("@")].call(split(line.removeprefix("@")), block_after=0.05)
    asking = RealClient(address)
    report: Any = asking.call(split("INFO commandstats errorstats stats"))
    for client in (*clients.values(), asking):
        client.close()
    return told(report)


@pytest.mark.parametrize(("scenario", "recorded"), SCENARIOS)
def test_counts_are_those_of_redis(scenario: str, recorded: str) -> None:
    assert on_lab(scenario) == recorded


@pytest.mark.parametrize(("scenario", "recorded"), SCENARIOS)
def test_the_recording_is_true(oracle: tuple[str, int], scenario: str, recorded: str) -> None:
    assert on_server(oracle, scenario) == recorded
