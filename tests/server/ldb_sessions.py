"""Sessions with the debugger of scripts: every command, right and wrong, and scripts of all kinds.

What a real server sends is kept in ldb-7.0.15.json. REDISLAB_RECORD=1 makes test_ldb.py record it again.
"""

from __future__ import annotations

from real import request
from tests.server.ldb_play import Debugged

__all__ = ["LOOP", "NESTED", "SESSIONS", "VALUES"]

LOOP = """\
local total = 0
for i = 1, 3 do
  total = total + i
end
return total
"""
VALUES = """\
local text = 'some text'
local number, float, negative = 42, 3.14159265, -0.5
local yes, no, none = true, false, nil
local list = {1, 'two', {3, 4}, true}
local map = {name = 'value'}
local mixed = {1, 2, x = 'y'}
local gap = {}
gap[2] = 'second'
local deep = {{{{{{{{{{{{'bottom'}}}}}}}}}}}}
local keyed = {[{1}] = 'table', [true] = 'yes'}
local long = string.rep('0123456789', 40)
local odd = 'a\\0b\\n\\r\\t\\a\\b\\127\\200"\\\\'
local big, tiny, huge, infinite, undefined = 1e15, 1e-7, 123456789, 1/0, 0/0
local work = function(a, b) return a end
local thread = coroutine.create(function() end)
local null = cjson.null
local inner = {a = {b = {c = {1, 2, 3}}}}
local empty = {}
return text
"""
NAMES = """\
text number float negative yes no none list map mixed gap deep keyed long odd big tiny huge infinite undefined work
thread null inner empty nosuch KEYS ARGV
"""
NESTED = """\
local outer = 'outer'
local function third(c)
  local inner = c .. '!'
  return inner
end
local function second(b)
  local result = third(b .. b)
  return result
end
local first = function(a) local outer = 'hidden'
  local x = second(a)
  return x
end
return first(ARGV[1])
"""
CALLS = """\
local a = redis.call('GET', 'text')
local b = redis.call('LRANGE', 'list', 0, -1)
redis.call('SET', 'new', 'value')
local c = redis.pcall('INCR', 'list')
local d = redis.call('MGET', 'text', 'nosuch')
local e = redis.pcall('nosuch', 'x')
local f = redis.pcall('GET')
local g = redis.error_reply('MY own error')
local h = redis.status_reply('FINE')
local i = redis.sha1hex('a')
local j = redis.call('GET', 'nosuch')
local k = redis.pcall()
local l = redis.pcall({})
local m = redis.call('MSET', 'k1', 1, 'k2', 2, 'k3', 3, 'k4', 4, 'k5', 5, 'k6', 6)
local n = redis.call('PING')
redis.log(redis.LOG_DEBUG, 'a line')
local o = redis.call('HGETALL', 'hash')
return 'done'
"""
STEPS = ["s"] * 60
SESSIONS = [
    Debugged("steps to the end", LOOP, STEPS),
    Debugged("steps in all words", LOOP, ["step", "n", "next", "S", "NEXT", "c"]),
    Debugged("continue at once", LOOP, ["continue"]),
    Debugged("synchronous", LOOP, ["s", "s", "c"], mode="SYNC"),
    Debugged("mode in small letters", LOOP, ["c"], mode="sync"),
    Debugged("list", "\n".join(f"local a{i} = {i}" for i in range(1, 31)), [
        "l", "list", "l 10", "l 10 2", "list 0", "l -3", "l 99", "l 99 80", "l x", "l 5 x", "l 5 -1", "l 2147483648",
        "l 3 0", "l 3 1 7", "w", "whole", "w 3", "s", "s", "l", "l 0 1", "c",
    ]),
    Debugged("many lines", "\n" * 1200 + "return 1", ["l", "l 1201 1", "b 1201", "l 100 1", "s"]),
    Debugged("blank lines and line ends", "\r\n\nlocal a = 1\r\n\n  return a  \r\n\n\r\n", ["w", "s", "c"]),
    Debugged("a line with a zero byte", "local a = 1 -- x\0y\nreturn a", ["w", "s", "c"]),
    Debugged("one line", "return 1", ["l", "p", "t", "w", "s"]),
    Debugged("no line", "", ["l"]),
    Debugged("only a comment", "-- nothing", ["l", "s", "s"]),
    Debugged("help", LOOP, ["h", "help", "HELP me", "c"]),
    Debugged("unknown commands", LOOP, [
        "x", "quit", "exit", "restart", "r", "redis", "stepp", ["step", "x"], "unknown word", [" s"], "c",
    ]),
    Debugged("breakpoints", NESTED, [
        "b", "b 3", "b 3", "b 7 12", "b", "l 3 1", "c", "l", "c", "b -7", "b -7", "b -99", "b 99", "b x", "b 1x",
        "b 0", "b", "b 16", "b 15", "b 14", "b +1", "b 4294967297", "b 99999999999999999999", "b -0", "b 0", "c",
    ], words=["0", "arg"]),
    Debugged("breakpoints removed of many", "\n".join(f"local a{i} = {i}" for i in range(1, 31)), [
        "b 1 2 3 4 5 6", "b -1", "b", "b -3", "b", "b 300 -300 7 x 0", "b", "c",
    ]),
    Debugged("breakpoints removed of many lines", "\n".join(f"a = {i}" for i in range(1, 900)), [
        "b 300 301 515 700 899", "b -301", "b", "b -300", "b", "c",
    ]),
    Debugged("too many breakpoints", "\n".join(f"local a{i} = {i}" for i in range(1, 80)), [
        ["b", *map(str, range(1, 64))], "b 64", "b 65", "b 66 1", "b", "b 0", "c",
    ]),
    Debugged("breakpoint in a loop", LOOP, ["b 3", "c", "p", "c", "p i", "c", "c"]),
    Debugged("breakpoint on the present line", LOOP, ["b 1", "l", "s", "l", "c"]),
    Debugged("trace", NESTED, ["t", "b 3", "c", "t", "trace", "s", "t", "c"], words=["0", "arg"]),
    Debugged("trace through C and tail calls", """\
local function inner(x)
  local y = x
  return y
end
local function tail(x)
  return inner(x)
end
local a = {3, 1}
table.sort(a, function(p, q)
  return p < q
end)
local t = tail(1)
local ok = pcall(inner, 2)
local also = pcall(function() return inner(3) end)
local text = string.gsub('x', '.', function(c)
  return inner(c)
end)
local m = {work = inner}
m.work(4)
m:work(5)
local co = coroutine.wrap(function(x)
  inner(x)
  coroutine.yield(1)
  inner(x)
end)
co(6)
co(7)
local x = setmetatable({}, {__index = function(t, k)
  return inner(k)
end})
local y = x.field
xpcall(function()
  inner(8)
end, function(e) return e end)
return load(function() return nil end)
""", ["b 2 10", *["c", "t", "p"] * 14, "c"]),
    Debugged("a name of each kind", """\
local t = {}
function t.field(x)
  return x
end
function t:method(x)
  return x
end
local up = function(x)
  return x
end
local function caller()
  local y = up(1)
  return y
end
t.field(1)
t:method(2)
caller()
""", ["b 3 6 9", "c", "t", "c", "t", "c", "t", "c"]),
    Debugged("values", VALUES, ["b 18", "c", *(f"p {name}" for name in NAMES.split()), "p", "c"],
             words=["2", "key one", "key2", "arg", "1"]),
    Debugged("values, unlimited", VALUES, [
        "b 18", "c", "maxlen 0", "p", "p long", "p deep", "maxlen 1", "p long", "c",
    ]),
    Debugged("values in RESP3", VALUES, ["b 18", "c", "p"], protocol=3),
    Debugged("print", NESTED, [
        "p", "s", "p", "print outer", "p outer extra words", "b 3", "c", "p", "p c", "p outer", "p a", "p b", "p first",
        "p KEYS", "p ARGV", "p redis", "p _G", "p print", "c",
    ], words=["1", "key", "arg"]),
    Debugged("print of locals with one name", """\
local x = 1
do
  local x = 2
  local x = 3
  local y = x
end
local z = x
return z""", ["s", "s", "s", "s", "p", "p x", "s", "p", "p x", "c"]),
    Debugged("print in a loop", """\
for name, value in pairs({a = 1}) do
  local x = name
end
for i = 1, 2 do
  local x = i
end
return 1""", ["p", "s", "p", "p (for", "s", "p", "s", "p", "s", "p", "c"]),
    Debugged("varargs", "local function f(...)\n  local a, b = ...\n  return a\nend\nlocal x = f(1, 2)\nreturn x",
             ["s", "s", "p", "s", "p", "p arg", "c"]),
    Debugged("maxlen", VALUES, [
        "b 13", "c", "m", "maxlen", "p long", "p long", "m 60", "p long", "m 61", "p long", "m 59", "m -1", "p long",
        "m x", "p long", "m 100 3", "m 1000", "p long", "m 0", "m", "c",
    ]),
    Debugged("maxlen at its edge", "local a = string.rep('x', 246)\nlocal b = a .. 'x'\nlocal c = b .. 'x'\nreturn 1",
             ["s", "s", "s", "p a", "p b", "p c", "p", "c"]),
    Debugged("maxlen and calls", "redis.call('SET', 'k', string.rep('x', 300))\nlocal a = redis.call('GET', 'k')\n"
             "return a", ["s", "s", "r GET k", "maxlen 0", "r get k", "c"]),
    Debugged("maxlen is of a session", LOOP, ["maxlen 0", "c"], mode="SYNC"),
    Debugged("calls", CALLS, STEPS[:30]),
    Debugged("calls in RESP3", "redis.setresp(3)\n" + CALLS, STEPS[:30]),
    Debugged("calls in a session of RESP3", CALLS, STEPS[:30], protocol=3),
    Debugged("calls without steps", CALLS, ["b 5", "c", "b 0", "c"]),
    Debugged("calls change nothing", "redis.call('SET', 'new', 1)\nredis.call('DEL', 'text')\nreturn 1",
             ["s", "r GET new", "s", "r EXISTS text", "s"], after=["GET new", "GET text"]),
    Debugged("calls change what is there", "redis.call('SET', 'new', 1)\nredis.call('DEL', 'text')\nreturn 1",
             ["s", "r GET new", "s", "r EXISTS text", "s"], mode="SYNC", after=["GET new", "GET text"]),
    Debugged("kinds of replies", """\
redis.setresp(3)
local a = redis.call('HGETALL', 'hash')
local b = redis.call('SMEMBERS', 'set')
local c = redis.call('ZSCORE', 'zset', 'm')
local d = redis.call('GET', 'nosuch')
local e = redis.call('ZRANGE', 'zset', 0, -1, 'WITHSCORES')
local f = redis.call('DEBUG', 'PROTOCOL', 'true')
return 1
""", [
        *["s"] * 7, "p a", "p b", "p c", "p d", "p e", "r DEBUG PROTOCOL false", "r DEBUG PROTOCOL bignum",
        "r DEBUG PROTOCOL verbatim", "r DEBUG PROTOCOL map", "r DEBUG PROTOCOL set", "r DEBUG PROTOCOL double",
        "r DEBUG PROTOCOL null", "r DEBUG PROTOCOL array", "r DEBUG PROTOCOL attrib", "r DEBUG PROTOCOL push",
        "r LRANGE nosuch 0 -1", "r INFO nosuch", "s", "c",
    ], before=["SADD set m", "ZADD zset 1.5 m", "CONFIG SET busy-reply-threshold 5000"]),
    Debugged("the debugger's own calls", LOOP, [
        "r PING", "redis GET text", "r GET", "r nosuch", "r SET a b", "r GET a", "r INCR list", "r LRANGE list 0 -1",
        "r HGETALL hash", "r MGET text nosuch", "r set odd \n\r\t\\", ["r", "SET", "odd", 'a"b\n\\c\x01'], "r GET odd",
        "r EVAL", "r MULTI", "r SUBSCRIBE a", "r SCRIPT DEBUG NO", "r KEYS a*", "r CLIENT GETNAME", "r BLPOP none 0",
        "r MSET 1 1 2 2 3 3 4 4 5 5", "r MSET 1 1 2 2 3 3 4 4 5 5 6 6", "r LPUSH nums 1 2 3", "r EXISTS text list",
        "R PING", "REDIS PING hello", "r SELECT 1", "r GET text", "r ZADD z 1.5 m", "r ZSCORE z m", "r ACL WHOAMI",
        "r OBJECT ENCODING text", "r CONFIG GET maxmemory", "r COMMAND COUNT", "r SHUTDOWN", "r INCRBYFLOAT x 1.5", "s",
        "p", "c",
    ], after=["EXISTS a", "DBSIZE"]),
    Debugged("eval", NESTED, [
        "e 1", "e 1 + 1", "eval 'text'", "e return 2", "e x = 1", "e local x = 1", "e nosuch", "e nosuch()", "e (",
        "e {1, 2, {3}}", "e nil", "e", "e error('mine')", "e error('at', 0)",
        "e redis.call('GET', 'text')", "e redis.call('LRANGE', 'list', 0, -1)", "e pcall(redis.call, 'nosuch')",
        "e redis.status_reply('X')",
        "e redis.error_reply('X')", "e KEYS[1]", "e ARGV", "e outer", "e string.rep('x', 300)", "e 1, 2",
        "e for i = 1, 2 do redis.call('INCR', 'n') end", "r GET n", "e redis.sha1hex('x')", "e math.floor(2.5)",
        ["e", "return\n1"], ["e", "1\n+\n(("], ["e", "nosuch\n()"], "e redis.pcall('nosuch')", "e tostring(nil)",
        "e function() end", "e local function f() error('deep') end f()", "e ('x'):rep(3)", "e ('x'):nosuch()",
        "e redis.breakpoint()", "e redis.debug('said')", "e redis.debug(1, 'two', {3})", "E 1", "EVAL 2", "l", "s", "t",
        "c",
    ], words=["1", "key", "arg"]),
    Debugged("eval of globals", "local a = 1\nreturn a", [
        "e KEYS[1] = 'other'", "p KEYS", "e KEYS = 1", "e redis.call = 1", "e a", "e setmetatable(_G, {})",
        "e getfenv", "e debug", "e print", "e loadstring('return 5')()", "e pcall(error, 'x')",
        "e xpcall(nosuch, nosuch)",
        "e tostring(redis)", "e type(redis.call)", "e rawset(_G, 'x', 1)", "e next({})", "e unpack({1, 2})",
        "e select('#', 1, 2)", "e cjson.encode({1, 2})", "e cmsgpack.pack(1)", "e bit.band(7, 3)",
        "e struct.pack('B', 1)",
        "e os.clock()", "e os.time()", "e io", "e require", "e dofile", "c",
    ], words=["1", "key"]),
    Debugged("breakpoint()", "local a = 1\nlocal b = redis.breakpoint()\nlocal c = 2\nif redis.breakpoint() then\n"
             "  c = 3\nend\nreturn {tostring(b), c}", ["c", "p", "c", "l", "c"]),
    Debugged("breakpoint() at the end", "local a = 1\nreturn redis.breakpoint()", ["c"]),
    Debugged("breakpoint() on a breakpoint", "redis.breakpoint()\nlocal a = 1\nreturn a", ["b 2", "c", "c"]),
    Debugged("breakpoint() with words", "redis.breakpoint(1, 2)\nlocal a = 1\nreturn a", ["s", "c"]),
    Debugged("debug()", """\
redis.debug('a text', 1, 1.5, true, nil, {1, 2}, {a = 'b'})
redis.debug()
redis.debug(nil)
for i = 1, 3 do redis.debug('i', i) end
redis.debug(string.rep('x', 400))
local r = {redis.debug('value')}
redis.debug(r, function() end)
redis.debug('line\\nbroken\\r')
return 1""", ["s", "s", "c"]),
    Debugged("debug() in steps", "redis.debug('one')\nredis.debug('two')\nreturn 3", STEPS[:5]),
    Debugged("debug() and nothing else", "redis.debug('one')\nredis.debug('two')\nreturn 3", ["c"], mode="SYNC"),
    Debugged("an error in a step", "local a = 1\nredis.call('INCR', 'list')\nreturn a", STEPS[:5]),
    Debugged("an error after continue", "local a = 1\nredis.call('INCR', 'list')\nreturn a", ["c"]),
    Debugged("an unknown command in a step", "redis.call('nosuch')\nreturn 1", STEPS[:3]),
    Debugged("error()", "local a = 1\nerror('mine')\nreturn a", STEPS[:5]),
    Debugged("error() of a table", "local a = 1\nerror({err = 'MY error'})\nreturn a", STEPS[:5]),
    Debugged("an error of Lua", "local a = nil\nlocal b = a.x\nreturn b", STEPS[:5]),
    Debugged("a global that is none", "local a = 1\nlocal b = nosuch\nreturn b", STEPS[:5]),
    Debugged("a global that is set", "local a = 1\nb = 2\nreturn b", STEPS[:5], mode="SYNC"),
    Debugged("an error that is returned", "return redis.error_reply('MINE')", STEPS[:3]),
    Debugged("pcall in steps", "local ok, e = pcall(function()\n  redis.call('nosuch')\nend)\nreturn e", STEPS[:6]),
    Debugged("abort", LOOP, ["s", "a"]),
    Debugged("abort in a word", LOOP, ["ABORT now"]),
    Debugged("abort in a function", NESTED, ["b 3", "c", "abort"], words=["0", "x"]),
    Debugged("abort caught", "local ok, e = pcall(function()\n  local x = 1\n  return x\nend)\nreturn e",
             ["s", "a", "t", "s"]),
    Debugged("abort caught by xpcall", "local ok, e = xpcall(function()\n  local x = 1\n  return x\nend, function(e)\n"
             "  return e .. '!'\nend)\nreturn e", ["s", "a", "s", "s", "s"]),
    Debugged("abort in a coroutine", "local co = coroutine.create(function()\n  local x = 1\n  return x\nend)\n"
             "local ok, e = coroutine.resume(co)\nreturn e", ["b 2", "c", "p", "t", "a", "s", "s"]),
    Debugged("abort keeps changes", "redis.call('SET', 'new', 1)\nreturn 1", ["s", "a"], mode="SYNC",
             after=["GET new"]),
    Debugged("coroutines", """\
local co = coroutine.wrap(function(a)
  local b = a + 1
  local c = coroutine.yield(b)
  return c
end)
local x = co(1)
local y = co(x)
return {x, y}""", ["s", "s", "p", "t", "s", "p", "s", "s", "s", "p", "t", "s", "p", "s", "s"]),
    Debugged("a script that does not compile", "return (", ["l"]),
    Debugged("a script of bytes", "\x1bLua", ["l"]),
    Debugged("a number of keys that is none", LOOP, words=["x"]),
    Debugged("too many keys", LOOP, words=["2", "a"]),
    Debugged("too few words", LOOP, words=[]),
    Debugged("EVAL_RO", "redis.call('GET', 'text')\nredis.call('SET', 'a', 1)\nreturn 1", STEPS[:4], call="EVAL_RO"),
    Debugged("EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", call="EVALSHA", before=["SCRIPT LOAD 'return 1'"]),
    Debugged("EVALSHA of none", "ffff", call="EVALSHA"),
    Debugged("EVALSHA_RO", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", call="EVALSHA_RO"),
    Debugged("EVALSHA of an unknown script", "f" * 40, call="EVALSHA", words=["x"]),
    Debugged("FCALL", "f", call="FCALL", before=["FUNCTION FLUSH", (
        "FUNCTION LOAD \"#!lua name=lib\\nredis.register_function('f', function(keys, args)\\n redis.breakpoint()\\n "
        "redis.debug('x')\\n return 7\\nend)\"")]),
    Debugged("a shebang", "#!lua flags=no-writes\nlocal a = 1\nredis.call('SET', 'x', a)\nreturn a",
             ["w", "s", "s", "c"]),
    Debugged("a shebang of another engine", "#!python\nreturn 1", ["w"]),
    Debugged("a shebang with a wrong flag", "#!lua flags=nosuch\nreturn 1", ["w"]),
    Debugged("a reply of every kind", "return {1, 'two', {3.9}, false, {ok = 'FINE'}, {err = 'ERR bad'}}", ["s"]),
    Debugged("a reply in RESP3", "redis.setresp(3)\nreturn {map = {a = 1}}", ["s", "s"], protocol=3),
    Debugged("a long reply", "return string.rep('x', 5000)", ["s"]),
    Debugged("DEBUG NO after YES", "return 1", mode="NO", before=["SCRIPT DEBUG YES"]),
    Debugged("SYNC after YES", "redis.call('SET', 'new', 1)\nreturn 1", ["c"], mode="SYNC", before=["SCRIPT DEBUG YES"],
             after=["GET new"]),
    Debugged("YES after SYNC", "redis.call('SET', 'new', 1)\nreturn 1", ["c"], mode="YES", before=["SCRIPT DEBUG SYNC"],
             after=["GET new"]),
    Debugged("YES after SYNC and NO", "redis.call('SET', 'new', 1)\nreturn 1", ["c"], mode="YES",
             before=["SCRIPT DEBUG SYNC", "SCRIPT DEBUG NO"], after=["GET new"]),
    Debugged("other commands before", "return 1", ["s"], call="EVAL", before=["SCRIPT DEBUG YES", "PING", "GET text"],
             mode=""),
    Debugged("RESET", "return 1", mode="", before=["SCRIPT DEBUG YES", "RESET"]),
    Debugged("SCRIPT DEBUG refused", "return 1", mode="maybe", before=["SCRIPT DEBUG", "SCRIPT DEBUG YES NO"]),
    Debugged("SCRIPT DEBUG in MULTI", "return 1", mode="", before=["MULTI", "SCRIPT DEBUG YES", "EXEC"]),
    Debugged("SCRIPT DEBUG in a script", "return redis.call('SCRIPT', 'DEBUG', 'YES')", mode=""),
    Debugged("a script without the debugger", "return {tostring(redis.breakpoint()), tostring(redis.debug('x'))}",
             mode=""),
    Debugged("no command", LOOP, [b"PING\r\n"]),
    Debugged("an inline command", LOOP, [b"step\r\n"]),
    Debugged("no words", LOOP, [b"*0\r\n"]),
    Debugged("too many words", LOOP, [b"*1025\r\n"]),
    Debugged("many words", LOOP, [["b", *["1"] * 1000], "c"]),
    Debugged("an empty word", LOOP, [["e", ""]]),
    Debugged("a long word", LOOP, [["e", "'" + "x" * 1022 + "'"], "c"]),
    Debugged("a word too long", LOOP, [["e", "'" + "x" * 1023 + "'"]]),
    Debugged("no bulk", LOOP, [b"*1\r\n:1\r\n"]),
    Debugged("a bulk that ends too late", LOOP, [b"*1\r\n$1\r\nstep\r\n"]),
    Debugged("something before the star", LOOP, [b"xyz*1\r\n$1\r\ns\r\n", "c"]),
    Debugged("something after the command", LOOP, [b"*1\r\n$1\r\ns\r\n*1\r\n$1\r\nt\r\n", "c"]),
    Debugged("a number with more behind it", LOOP, [b"* 1x\r\n$1 \r\ns\r\n", "c"]),
    Debugged("a zero byte", LOOP, [
        b"*2\r\n$1\r\np\r\n$4\r\ntot\0\r\n", b"*1\r\n$2\r\ns\0\r\n", b"\0*1\r\n$1\r\ns\r\n",
    ]),
    Debugged("a negative number of words", LOOP, [b"*-1\r\n"]),
    Debugged("abort within pcall", """\
local ok, e = pcall(function()
  local x = 1
  return x
end)
local also, f = xpcall(function()
  local y = 2
  return y
end, function(e)
  return type(e) == 'table' and e.err or e
end)
return {tostring(ok), e, tostring(also), f}
""", ["b 2 6", "c", "a", "c", "abort", "s"]),
    Debugged("an error of the client within pcall", "local ok, e = pcall(function()\n  local x = 1\nend)\nreturn e",
             ["b 2", "c", b"PING\r\n", "s"]),
    Debugged("no memory", "redis.call('SET', 'a', 1)\nreturn 1", ["r SET b 1", "s"], before=["CONFIG SET maxmemory 1"],
             after=["CONFIG SET maxmemory 0"]),
    Debugged("no permission", "redis.call('SET', 'a', 1)\nreturn 1", ["r GET text", "r SET b 1", "r GET other", "s"],
             before=["ACL SETUSER limited on nopass ~text +eval +script +get +set", "AUTH limited x"],
             after=["ACL DELUSER limited"]),
    Debugged("a script without end", "local i = 0\nwhile true do end\nreturn i", ["c", "p", "t", "l", "c", "a"],
             before=["CONFIG SET busy-reply-threshold 100"], after=["CONFIG SET busy-reply-threshold 5000"]),
    Debugged("a script without end in the server", "local i = 0\nwhile true do end\nreturn i", ["c", "p", "a"],
             mode="SYNC", before=["CONFIG SET busy-reply-threshold 100"],
             after=["CONFIG SET busy-reply-threshold 5000"]),
    Debugged("a step that is long", "for i = 1, 1000000 do end\nreturn 1", ["s", "p", "s", "b 1", "c", "b 0", "c"]),
    Debugged("other chunks", """\
local f = loadstring('local a = 1\\nlocal b = 2\\nredis.debug(a)\\nreturn a + b')
local x = f()
redis.debug(x)
local g = loadstring('local user_script = 1\\nreturn user_script')
local y = g()
return x + y
""", ["s"] * 8),
    Debugged("errors of functions in steps", """\
local a = pcall(redis.sha1hex)
local b = pcall(redis.log, 'x')
local c = pcall(redis.log)
local d = pcall(redis.setresp, 4)
local e = pcall(redis.setresp)
local f = pcall(redis.set_repl, 99)
local g = pcall(redis.set_repl)
local h = pcall(redis.acl_check_cmd)
local i = pcall(redis.acl_check_cmd, 'nosuch')
local j = redis.error_reply()
local k = redis.status_reply(1)
local l = redis.error_reply('-CODE text\\nmore')
local m = pcall(redis.call, 'SET', 'a', {})
local n = redis.acl_check_cmd('get', 'x')
redis.set_repl(redis.REPL_NONE)
redis.call('SET', 'a', 1)
redis.set_repl(redis.REPL_ALL)
redis.call('SET', 'a', 1.5)
return {j, k}
""", ["s"] * 20),
    Debugged("in MULTI", "redis.call('SET', 'new', 1)\nreturn 1", ["GET text", "EXEC", "s", "s", "s"],
             before=["SCRIPT DEBUG YES", "MULTI", "PING"], mode="", after=["GET new"]),
    Debugged("in MULTI in the server", "redis.call('SET', 'new', 1)\nreturn 1", ["GET text", "EXEC", "s", "s", "s"],
             before=["SCRIPT DEBUG SYNC", "MULTI", "PING"], mode="", after=["GET new"]),
    Debugged("in MULTI before others", "return 1", ["SET after 1", "EXEC", "c"], before=["SCRIPT DEBUG YES", "MULTI"],
             mode="", after=["GET after"]),
    Debugged("in a pipeline", "return 1", [
        request([b"PING"]) + request([b"SCRIPT", b"DEBUG", b"YES"]), b"", request([b"SCRIPT", b"DEBUG", b"NO"])
        + request([b"SCRIPT", b"DEBUG", b"SYNC"]), b"", "EVAL x x", "DBSIZE"], call="PING", words=(), mode=""),
    Debugged("before others in a pipeline", "x", [
        request([b"GET", b"text"]) + request([b"EVAL", b"return 1", b"0"]) + request([b"SET", b"after", b"1"]), "c"],
             call="PING", words=(), before=["SCRIPT DEBUG YES"], mode="", after=["GET after"]),
    Debugged("before others in a pipeline in the server", "x", [
        request([b"GET", b"text"]) + request([b"EVAL", b"return 1", b"0"]) + request([b"SET", b"after", b"1"]), "c"],
             call="PING", words=(), before=["SCRIPT DEBUG SYNC"], mode="", after=["GET after"]),
    Debugged("a script is known afterwards", "return 1", ["c"], mode="SYNC",
             before=["SCRIPT FLUSH"], after=["EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0"]),
    Debugged("a script is not known afterwards", "return 1", ["c"],
             before=["SCRIPT FLUSH"], after=["EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0"]),
    Debugged("a variable of no name", "local a = 1\nlocal b = {a}\nreturn b", [
        "p (*temporary)", "s", "p (*temporary)", "c",
    ]),
    Debugged("upvalues", """\
local outside = 1
local function make()
  local hidden = 2
  return function(x)
    local y = x + hidden + outside
    return y
  end
end
local f = make()
return f(3)
""", ["b 6", "c", "p", "p y", "p hidden", "p outside", "p f", "c"]),
    Debugged("libraries", """\
local a = cjson.encode({1, 2})
local b = cjson.decode('{"x": [1, null]}')
local c = struct.pack('>I', 1)
local d = cmsgpack.unpack(cmsgpack.pack({1}))
local e = bit.tohex(255)
local f, g = pcall(cjson.decode, '{')
for w in string.gmatch('a b', '%a') do redis.debug(w) end
table.foreach({1, 2}, function(k, v)
  redis.debug(k, v)
end)
table.sort({2, 1})
local h = select(2, pcall(error))
return e
""", [*["s"] * 22, "p"]),
    Debugged("random numbers follow on those before and after", "local a = math.random(1000)\nreturn a", [
        "s", "p a", "e math.random(1000)", "c",
    ], mode="SYNC", before=["EVAL 'math.randomseed(7)' 0"], after=["EVAL 'return math.random(1000)' 0"]),
    Debugged("random numbers of a copy do not", "local a = math.random(1000)\nreturn a", ["s", "p a", "c"],
             before=["EVAL 'math.randomseed(7) return math.random(1000)' 0"],
             after=["EVAL 'return math.random(1000)' 0"]),
    Debugged("keys without order", "local t = {}\nfor i = 10, 1, -1 do t[i] = i end\nt.x = 1\n"
             "local u = {a = 1, b = 2, c = 3}\nreturn 1", ["b 5", "c", "p t", "p u", "c"]),
]
