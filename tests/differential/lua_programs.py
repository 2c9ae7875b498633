"""Random Lua programs for hypothesis, from a small grammar: values, conversions, calls, errors, loops, libraries.

Programs end for sure and need no time: loops are short and nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hypothesis import strategies as st

LITERALS = [
    "nil", "true", "false", "0", "1", "-1", "2", "3.99", "-3.99", "1e15", "2^53", "-2^63", "1e300", "0/0", "1/0",
    "''", "'text'", "'1'", "' 2 '", "'0x10'", "'a,b'", "'\\r\\n'", "'\\0nul'", "'\\255'", "'h\u00e9'",
    "'[1,{\"a\":2}]'",
    "KEYS[1]", "ARGV[1]", "ARGV[2]", "#ARGV", "KEYS", "ARGV", "function() end", "redis.call", "cjson.null", "{}",
    "{1, 2, 3}", "{'x', y = 1}", "{1, nil, 3}", "{ok = 'FINE'}", "{err = 'MY problem'}", "{double = 1.5}",
    "{map = {a = 1}}", "{set = {a = true}}", "{big_number = '123'}",
    "{verbatim_string = {format = 'txt', string = 'x'}}",
]  # fmt: skip
NAMES = ["a", "b", "c", "d"]
VARIABLES = [*NAMES, *NAMES, *NAMES, "unknown"]
BINARY = ["+", "-", "*", "/", "%", "..", "==", "~=", "<", "<=", ">", "and", "or"]
UNARY = ["-", "not ", "#"]
ONE = [
    "tostring", "tonumber", "type", "string.upper", "string.len", "string.reverse", "string.byte", "math.floor",
    "math.abs", "math.ceil", "table.concat", "table.getn", "table.maxn", "unpack", "next", "redis.sha1hex",
    "redis.error_reply", "redis.status_reply", "cjson.encode", "cjson.decode", "cmsgpack.pack", "cmsgpack.unpack",
    "bit.tohex", "bit.bnot", "bit.bswap", "string.lower", "math.sqrt", "select('#', ",
    "string.format('%s|%5.2f', 'x', ",
    "string.format('%q', ", "string.format('%d', ", "string.format('%x', ", "string.format('%10s', ",
    "cjson.encode({1, ", "cmsgpack.unpack(cmsgpack.pack(", "cjson.decode(cjson.encode(", "{pcall(error, ",
    "{pcall(redis.pcall, 'GET', ", "getmetatable", "rawlen", "string.char", "tonumber('z', ", "{pcall(tostring, ",
    "struct.size", "math.random", "ipairs", "rawget(KEYS, ", "{xpcall(function() return #nil end, ",
    "redis.acl_check_cmd",
    "redis.log", "redis.breakpoint", "redis.set_repl", "redis.setresp", "redis.debug", "setmetatable({}, ",
    "loadstring",
]  # fmt: skip
TWO = [
    "string.rep", "string.sub", "string.find", "string.match", "string.gmatch", "math.max", "math.min", "math.fmod",
    "math.pow", "bit.band", "bit.bor", "bit.bxor", "bit.lshift", "bit.rshift", "bit.arshift", "bit.rol", "table.concat",
    "rawequal", "rawget", "tonumber", "select", "struct.pack('>I2s', ", "struct.pack('<dBc0', ",
    "struct.unpack('>I2', ",
    "struct.unpack('s', ", "struct.pack('bh', ", "string.format('%s %s', ", "string.gsub('a.b', ", "assert", "error",
    "cmsgpack.pack", "redis.call", "redis.pcall", "{pcall(redis.call, ", "redis.acl_check_cmd", "setmetatable",
    "redis.log(redis.LOG_DEBUG, ", "string.format('%c%i', ", "math.random", "table.remove", "cmsgpack.unpack_one",
    "cmsgpack.unpack_limit",
]  # fmt: skip
CALLS = [
    "'SET', 'a', 'value'", "'GET', 'a'", "'GET', 'missing'", "'INCR', 'count'", "'INCR', 'a'", "'DEL', 'a', 'l'",
    "'HSET', 'h', 'f', 1, 'g', 2", "'HGETALL', 'h'", "'HMGET', 'h', 'f', 'x'", "'RPUSH', 'l', 'a', 'b', 'c'",
    "'LRANGE', 'l', 0, -1", "'LPOP', 'l', 2", "'LPOP', 'missing', 2", "'SADD', 's', 1, 2", "'SMEMBERS', 's'",
    "'ZADD', 'z', 1.5, 'a', 3, 'b'", "'ZSCORE', 'z', 'a'", "'ZRANGE', 'z', 0, -1, 'WITHSCORES'",
    "'ZINCRBY', 'z', 0.1, 'c'",
    "'ZPOPMIN', 'z'", "'ZMSCORE', 'z', 'a', 'x'", "'GEOADD', 'g', 13.361389, 38.115556, 'P'", "'GEOPOS', 'g', 'P', 'x'",
    "'INCRBYFLOAT', 'f', 0.1", "'TYPE', 'h'", "'EXISTS', 'h', 'l'", "'PING'", "'ECHO', 3.5", "'ECHO', 1e15",
    "'ECHO', 2^60",
    "'BITFIELD', 'n', 'GET', 'u4', 0", "'XADD', 'x', '5-*', 'a', 1", "'XRANGE', 'x', '-', '+'",
    "'XREAD', 'STREAMS', 'x', '0'",
    "'LPUSH', 'a', 'x'", "'GET'", "'NOSUCH', 'x'", "'MULTI'", "'SET', 'a', 'v', 'EX'", "'OBJECT', 'ENCODING', 'h'",
    "'CONFIG', 'GET', 'save'", "'SELECT', 3", "'SELECT', 0", "'SELECT', 99", "'DBSIZE'", "'PUBLISH', 'channel', 'x'",
    "'BLPOP', 'l', 0", "'BLPOP', 'missing', 0", "'EVAL', 'return 1', 0", "'SORT', 'l', 'ALPHA'", "{}", "nil", "",
    "'GET', {}", "'GET', nil", "'SET', KEYS[1], ARGV[1]", "'APPEND', KEYS[1], a", "'ECHO', a", "'ECHO', tostring(b)",
    "'EXPIRE', 'a', 1000", "'PERSIST', 'a'", "'WATCH', 'a'", "'SUBSCRIBE', 'x'", "'SCRIPT', 'FLUSH'", "'HELLO', 3",
    "'FCALL', 'f', 0", "'CLIENT', 'ID'", "'ACL', 'WHOAMI'", "'DEBUG', 'DIGEST'", "'XGROUP', 'CREATE', 'x', 'g', '0'",
    "'XREADGROUP', 'GROUP', 'g', 'eve', 'STREAMS', 'x', '>'", "'COMMAND', 'COUNT'", "'MEMORY', 'USAGE', 'h'",
]  # fmt: skip
CALLERS = ["redis.call", "redis.pcall", "redis.pcall"]



def hidden(make: Callable[[], st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    """A strategy made when it is first needed, of which hypothesis writes out no more than a name."""
    made = cache(make)

    @st.composite
    def strategy(draw: st.DrawFn) -> str:
        return draw(made())

    return strategy()


literal = st.sampled_from(LITERALS)
variable = st.sampled_from(VARIABLES)
name = st.sampled_from(NAMES)
call = st.builds("{}({})".format, st.sampled_from(CALLERS), st.sampled_from(CALLS))


def application(function: str, arguments: str) -> str:
    """A function applied; the open brackets in its name are closed."""
    text = f"{function}{arguments}" if function.endswith(" ") else f"{function}({arguments}"
    closing = {"(": ")", "{": "}"}
    depth: list[str] = []
    quoted = False
    for letter in text:
        quoted ^= letter == "'"
        if quoted:
            continue
        if letter in closing:
            depth.append(closing[letter])
        elif depth and letter == depth[-1]:
            depth.pop()
    return text + "".join(reversed(depth))


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of smaller ones."""
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(BINARY), inner),
        st.builds("({}{})".format, st.sampled_from(UNARY), inner),
        st.builds(application, st.sampled_from(ONE), inner),
        st.builds(application, st.sampled_from(ONE), inner),
        st.builds(application, st.sampled_from(TWO), st.builds("{}, {}".format, inner, inner)),
        st.builds("{{{}, {}}}".format, inner, inner),
        st.builds("{{{}, f = {}}}".format, inner, inner),
        st.builds("{{{} = {}}}".format, st.sampled_from(["ok", "err", "double", "map", "set", "big_number"]), inner),
        st.builds("{{verbatim_string = {{format = 'txt', string = {}}}}}".format, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["ok", "err", "f", "map", "set"])),
    )


small = hidden(lambda: st.one_of(literal, variable, variable))
grown = hidden(lambda: larger(small))
middling = hidden(lambda: st.one_of(small, call, grown))
outgrown = hidden(lambda: larger(middling))
expression = hidden(lambda: st.one_of(small, middling, call, outgrown))


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements made of smaller ones."""
    return st.one_of(
        st.builds("if {} then {} else {} end".format, expression, inner, inner),
        st.builds("for i = 1, 3 do {} end".format, inner),
        st.builds("for place, each in ipairs({}) do {} end".format, variable, inner),
        st.builds("{} = {{pcall(function() {} end)}}".format, name, inner),
        st.builds("{} = coroutine.wrap(function() {} return 1 end)()".format, name, inner),
        st.builds("{} = {{xpcall(function() {} end, function(e) return type(e) == 'table' and e.err or e end)}}".format,
                  name, inner),
        st.builds("do {} end".format, inner),
    )  # fmt: skip


simple = hidden(lambda: st.one_of(
    st.builds("{} = {}".format, name, expression),
    st.builds("{} = {}".format, name, expression),
    st.builds("{} = {}".format, name, call),
    call,
    st.builds("redis.setresp({})".format, st.sampled_from(["2", "3", "3", "4", "'3'"])),
    st.builds("if type({0}) == 'table' then {0}[#{0} + 1] = {1} end".format, name, expression),
    st.builds("{}.f = {}".format, name, expression),
    st.builds("table.insert({}, {})".format, name, expression),
    st.builds("error({})".format, expression),
    st.builds("table.sort({})".format, name),
))
several = hidden(lambda: st.lists(simple, min_size=1, max_size=2).map("\n".join))
block = hidden(lambda: blocks(several))
statement = hidden(lambda: st.one_of(simple, simple, block))
ending = hidden(lambda: st.one_of(
    st.builds("return {}".format, expression),
    st.just("return {a, b, c, d}"),
    st.just("return a"),
    st.just("return {pcall(cjson.encode, {a, b})}"),
    st.builds("return {}".format, call),
    st.just(""),
))
SAFE = "local a, b, c, d = {}, 1, 'text', {1, 2}\n"
programs = hidden(lambda: st.builds(
    lambda statements, last: SAFE + "\n".join([*statements, last]), st.lists(statement, max_size=4), ending
))
SHEBANGS = [
    "", "", "", "", "#!lua\n", "#!lua flags=no-writes\n", "#!lua flags=allow-oom,allow-stale\n",
    "#!lua flags=no-cluster\n", "#!lua flags=nothing\n", "#!lua flags=allow-cross-slot-keys,no-writes\n", "#!python\n",
    "#!lua name=x\n",
]  # fmt: skip
