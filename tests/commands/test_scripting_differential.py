"""Random scripts on the engine and on the real server: every value and every reply crosses to Lua and back alike."""

from __future__ import annotations

import random
from typing import Any

import pytest

from real import RealClient
from redislab import Lab, ReplyError
from reference.recorded import tagged, to_json

SEEDS = range(6)
SCRIPTS = 120


BIG_NUMBERS = ["'123'", "'-5'", "'+0012'", "'-0'", "'12345678901234567890'", "5", "nil"]
"""None of the texts that are no numbers, which no client reads in RESP3."""


def literal(dice: random.Random, depth: int) -> str:
    """A Lua expression for some value."""
    if depth <= 0 or dice.random() < 0.4:
        return dice.choice([
            "nil", "true", "false", "0", "1", "-1", "3.99", "-3.99", "1e15", "2^53", "-2^63", "1e300", "0/0", "1/0",
            "''", "'text'", "'\\r\\n'", "'\\0nul'", "'\\255'", "KEYS[1]", "ARGV[1]", "#ARGV", "KEYS", "ARGV",
            "function() end", "redis.call", "tostring(1e15)", "tonumber('12')", "{}", "cjson.null",
        ])  # fmt: skip
    inner = [literal(dice, depth - 1) for _ in range(dice.randrange(4))]
    value = inner[0] if inner else "nil"
    return dice.choice([
        "{" + ", ".join(inner) + "}",
        "{" + ", ".join(f"[{place * dice.choice([1, 1, 2])}] = {each}" for place, each in enumerate(inner, 1)) + "}",
        f"{{ok = {value}}}",
        f"{{err = {value}}}",
        f"{{double = {value}}}",
        f"{{big_number = {dice.choice(BIG_NUMBERS)}}}",
        f"{{verbatim_string = {{format = 'txt', string = {value}}}}}",
        f"{{map = {{one = {value}}}}}",
        f"{{map = {value}}}",
        "{set = {one = true}}",
        f"{{set = {value}}}",
        f"setmetatable({{{value}}}, {{__index = function() return 'meta' end}})",
        "redis.status_reply('FINE')",
        "redis.error_reply('MY problem')",
        f"redis.error_reply({value})",
        f"redis.status_reply({value})",
    ])


CALLS = [
    "'SET', 'text', 'value'", "'GET', 'text'", "'GET', 'missing'", "'INCR', 'count'", "'INCR', 'text'",
    "'HSET', 'hash', 'a', 1, 'b', 2", "'HGETALL', 'hash'", "'HGETALL', 'missing'", "'HMGET', 'hash', 'a', 'x'",
    "'RPUSH', 'list', 'a', 'b', 'c'", "'LRANGE', 'list', 0, -1", "'LPOP', 'list', 2", "'LPOP', 'missing', 2",
    "'SADD', 'set', 'a'", "'SMEMBERS', 'set'", "'SISMEMBER', 'set', 'a'", "'SMISMEMBER', 'set', 'a', 'b'",
    "'ZADD', 'sorted', 1.5, 'a', 3, 'b'", "'ZADD', 'sorted', 'INCR', 1, 'a'", "'ZSCORE', 'sorted', 'a'",
    "'ZRANGE', 'sorted', 0, -1, 'WITHSCORES'", "'ZMSCORE', 'sorted', 'a', 'x'", "'ZPOPMIN', 'sorted'",
    "'ZPOPMAX', 'sorted', 1", "'ZRANK', 'sorted', 'b'", "'ZRANDMEMBER', 'missing', 1", "'ZINCRBY', 'sorted', 0.1, 'c'",
    "'GEOADD', 'geo', 13.361389, 38.115556, 'Palermo'", "'GEOPOS', 'geo', 'Palermo', 'x'",
    "'GEODIST', 'geo', 'Palermo', 'Palermo'", "'INCRBYFLOAT', 'float', 0.1", "'HINCRBYFLOAT', 'hash', 'f', 1.25",
    "'TYPE', 'hash'", "'TTL', 'hash'", "'EXISTS', 'hash', 'list'", "'DEL', 'text'", "'PING'", "'ECHO', 3.5",
    "'ECHO', 1e15", "'ECHO', 2^60", "'APPEND', 'text', 7", "'SETRANGE', 'text', 2, 'zz'",
    "'BITFIELD', 'bits', 'GET', 'u4', 0",
    "'XADD', 'stream', '*', 'a', 1, 'b'", "'XADD', 'stream', '5-1', 'a', 1", "'XRANGE', 'stream', '-', '+'",
    "'XREAD', 'STREAMS', 'stream', '0'", "'LPUSH', 'text', 'x'", "'GET', 'list'", "'GET'", "'NOSUCH', 'x'",
    "'MULTI'",
    "'SET', 'text', 'v', 'EX'", "'OBJECT', 'ENCODING', 'hash'", "'CONFIG', 'GET', 'save'", "'SORT', 'list'", "{}",
    "nil",
    "'SELECT', 3", "'SELECT', 99", "'DBSIZE'", "'SPOP', 'missing'", "'LMPOP', 1, 'list', 'LEFT'", "'LCS', 'text', 'x'",
    "'SET', 'text', 'v', 'GET'", "'PUBLISH', 'channel', 'x'", "'BLPOP', 'list', 0", "'EVAL', 'return 1', 0",
]  # fmt: skip
USES = [
    "return redis.call(CALL)", "return redis.pcall(CALL)", "return {redis.pcall(CALL)}",
    "return type((redis.pcall(CALL)))",
    "local r = redis.pcall(CALL) return type(r) == 'table' and (r.ok or r.err) or r",
    "local fine, r = pcall(redis.call, CALL) return {fine, type(r)}", "return {pcall(redis.call, CALL)}",
    "local r = redis.pcall(CALL) if type(r) ~= 'table' then return tostring(r) end "
    "local names = {} for name in pairs(r) do names[#names + 1] = tostring(name) end table.sort(names) return names",
    "return cjson.encode(redis.pcall(CALL) or 'none')",
    "local work = coroutine.wrap(function() return redis.call(CALL) end) return work()",
    "local function get() return redis.call(CALL) end return get()",
    "return {xpcall(function() return redis.call(CALL) end, function(problem) return problem.err end)}",
]


def script(dice: random.Random) -> str:
    """A script that returns some value, or the reply of some command, under one of the protocols."""
    opening = dice.choice(["", "", "redis.setresp(3) ", "redis.setresp(2) "])
    if dice.random() < 0.5:
        return f"{opening}return {literal(dice, 3)}"
    return opening + dice.choice(USES).replace("CALL", dice.choice(CALLS))


def seen(session: Any, call: list[bytes]) -> Any:
    try:
        return to_json(session.call(*call), session.protocol)
    except ReplyError as error:
        return to_json(error, session.protocol)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("protocol", (2, 3))
def test_scripts_beside_the_real_server(oracle: tuple[str, int], seed: int, protocol: int) -> None:
    dice = random.Random(f"{seed} {protocol}")
    lab = Lab(record=False)
    ours, real = lab.session(protocol=protocol), RealClient(oracle, protocol)
    for _ in range(SCRIPTS):
        code = script(dice)
        if "'*'" in code:  # an id of its own clock
            continue
        call = [b"EVAL", code.encode("latin-1"), b"1", b"key", b"argument"]
        assert seen(ours, call) == tagged(real.call(call)), code
    real.close()
