"""Scripts stay where they are: no way out of the sandbox, no memory or time without end, nothing left for the next."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.engine import lua_runtime
from redislab.engine.host import Host
from redislab.resp.encode import encode


class QuickHost(Host):
    """A host whose stopwatch runs a second further each time it is read."""

    def __init__(self) -> None:
        self.read = 0

    def stopwatch(self) -> int:  # type: ignore[override]
        self.read += 1
        return self.read * 1_000_000_000


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.engine.host = QuickHost()
    return lab


def answer(lab: Lab, code: str, *words: str | int) -> object:
    """The reply of a script, an error as its text without the script's name."""
    try:
        return lab.session().call("EVAL", code, *(words or (0,)))
    except ReplyError as error:
        return error.text.partition(" script: ")[0]


MISSING = (
    "python debug io os package require module dofile loadfile print newproxy getfenv setfenv jit utf8 bit32 load_code"
)


@pytest.mark.parametrize("name", MISSING.split())
def test_names_that_scripts_do_not_have(lab: Lab, name: str) -> None:
    assert answer(lab, f"return {name}") == (
        f"ERR user_script:1: Script attempted to access nonexistent global variable '{name}'"
    )
    assert answer(lab, f"return rawget(_G, '{name}')") is None


READ_ONLY = [
    "x = 1", "_G.x = 1", "_G['_G'] = 1", "KEYS = {}", "redis.call = 1", "redis.new = 1", "string.rep = nil",
    "math.pi = 3", "cjson.null = 1", "bit.band = nil", "struct.x = 1", "cmsgpack.pack = 1", "coroutine.wrap = nil",
    "table.insert = nil", "getmetatable(_G).__index = nil", "getmetatable('').__index = nil",
    "local step, names = pairs(_G) names.x = 1", "local step, names = pairs(string) names.x = 1",
    "loadstring('x = 1')()", "local done load(function() if not done then done = true return 'x = 1' end end)()",
    "coroutine.wrap(function() x = 1 end)()", "pcall(error) xpcall(function() x = 1 end, error) x = 1",
]  # fmt: skip
PAST_THE_RULES = [
    "rawset(_G, 'x', 1)", "rawset(redis, 'call', 1)", "rawset(string, 'rep', nil)", "rawset(getmetatable(''), 'x', 1)",
    "setmetatable(_G, {})", "setmetatable(_G, nil)", "setmetatable(redis, {})", "setmetatable(getmetatable(_G), {})",
    "table.insert(redis, 1)", "table.insert(_G, 1, 1)", "for name in pairs(_G) do rawset(_G, name, nil) end",
]  # fmt: skip


@pytest.mark.parametrize("code", READ_ONLY + PAST_THE_RULES)
def test_what_all_scripts_share_cannot_be_changed(lab: Lab, code: str) -> None:
    state = "return {type(redis.call), type(string.rep), math.floor(3.9), type(cjson.null), #KEYS}"
    before = answer(lab, state)
    reply = str(answer(lab, code))
    assert reply.endswith("Attempt to modify a readonly table")
    assert answer(lab, state) == before
    assert "nonexistent" in str(answer(lab, "return x"))


def test_every_table_that_can_be_reached_is_read_only(lab: Lab) -> None:
    code = """
        local seen, open = {}, {}
        local function visit(value, path)
          if type(value) ~= 'table' or seen[value] or value == KEYS or value == ARGV then return end
          seen[value] = true
          if pcall(function() value.intruder = 1 end) or pcall(rawset, value, 'intruder', 1)
            or pcall(table.insert, value, 1) or pcall(setmetatable, value, {}) then open[#open + 1] = path end
          for name, inner in pairs(value) do visit(inner, path .. '.' .. tostring(name)) end
          visit(getmetatable(value), path .. '<meta>')
        end
        visit(_G, '_G')
        visit(getmetatable(''), 'string')
        local count = 0
        for _ in pairs(seen) do count = count + 1 end
        return {count, unpack(open)}
    """
    reply = answer(lab, code)
    assert isinstance(reply, list)
    assert reply[0] > 10
    assert reply[1:] == []


@pytest.mark.parametrize("code", [
    "return 'ESC'", "return (loadstring('ESC'))", "return (load(function() return 'ESC' end))",
    "local n = 0 return (load(function() n = n + 1 return n == 1 and '' or 'ESC' end))",
    "return (loadstring(string.dump(function() end)))",
])  # fmt: skip
def test_byte_code_is_never_loaded(lab: Lab, code: str) -> None:
    code = code.replace("ESC", "\\27Lua")
    assert answer(lab, code) in (None, b"\x1bLua")
    assert "unexpected symbol near 'char(27)'" in str(answer(lab, "\x1bLua"))


@pytest.mark.parametrize("way", [
    "pcall(redis.call, 'NOSUCH')", "pcall(function() redis.call('NOSUCH') end)",
    "xpcall(function() redis.call('NOSUCH') end, function(problem) kind = nil return problem end)",
    "coroutine.resume(coroutine.create(function() redis.call('NOSUCH') end))",
    "pcall(coroutine.wrap(function() redis.call('NOSUCH') end))", "load(function() redis.call('NOSUCH') end)",
    "pcall(redis.call, {})", "pcall(redis.setresp)", "pcall(redis.log)", "pcall(cjson.decode, '{')",
    "pcall(string.gsub, 'a', 'a', function() redis.call('NOSUCH') end)",
    "pcall(table.sort, {1, 2}, function() redis.call('NOSUCH') end)",
    "pcall(setmetatable({}, {__call = function() redis.call('NOSUCH') end}))",
])  # fmt: skip
def test_an_error_that_a_script_catches_is_lua_s(lab: Lab, way: str) -> None:
    assert answer(lab, f"local _, problem = {way} return type(problem)") in (b"string", b"table")


@pytest.mark.parametrize("code", [
    "while true do end", "while true do pcall(function() while true do end end) end",
    "pcall(function() while true do end end) return 'escaped'", "repeat until pcall(function() while true do end end)",
    "xpcall(function() while true do end end, function() return 1 end) return 'escaped'",
    "xpcall(function() while true do end end, function() while true do end end) return 'escaped'",
    "coroutine.wrap(function() while true do end end)() return 'escaped'",
    "pcall(coroutine.wrap(function() while true do end end)) return 'escaped'",
    "coroutine.resume(coroutine.create(function() while true do end end)) return 'escaped'",
    "local function again() return again() end again()", "load(function() while true do end end) return 'escaped'",
    "table.sort({3, 2, 1}, function() while true do end end)",
    "string.gsub('aa', 'a', function() while true do end end)",
    "return setmetatable({}, {__index = function() while true do end end}).x",
    "while true do redis.call('INCR', 'count') end", "while true do redis.pcall('NOSUCH') end",
    "while true do cjson.encode({1, 2, 3}) end",
    "return string.find(('a'):rep(40000), ('a*'):rep(30) .. 'b')", "return ('a'):rep(60000):match('.-.-b')",
    "return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))", "return ('a'):rep(60000):gsub('a-a-b', '')",
    "for _ in (' '):rep(60000):gmatch('%s*%s*x') do end", "pcall(string.find, ('a'):rep(40000), ('a*'):rep(30) .. 'b')",
    "return pcall(coroutine.wrap(function() return ('('):rep(60000):find('%b().-.-x') end))",
    "string.gsub('a', 'a', function() return string.find(('a'):rep(40000), ('a-'):rep(30) .. 'b') end)",
    "while true do string.find(('a'):rep(8000), '.-b') end", "local l = {} table.insert(l, -2147483648, 1) return #l",
    "return string.find(('a'):rep(2e6), ('a'):rep(1e6) .. 'b', 1, true)",
])  # fmt: skip
def test_a_script_that_does_not_end_is_ended(lab: Lab, code: str) -> None:
    reply = str(answer(lab, code))
    assert "redislab stopped the script after 5 seconds" in reply or reply.startswith("ERR Error running script")
    assert answer(lab, "return 'alive'") == b"alive"


def test_what_an_ended_script_wrote_stays_and_is_one_step(lab: Lab) -> None:
    session = lab.session()
    with pytest.raises(ReplyError, match="on @user_script:1"):
        session.call("EVAL", "while true do redis.call('INCR', 'count') end", 0)
    assert int(session.call("GET", "count")) > 1
    lab.undo()
    assert session.call("EXISTS", "count") == 0


@pytest.mark.parametrize("code", [
    "return #string.rep('x', 1e9)", "local text = 'x' while true do text = text .. text end",
    "local list = {} for place = 1, 1e9 do list[place] = {} end",
    "return #string.gsub(string.rep('a', 1e6), 'a', function() return string.rep('b', 1000) end)",
    "return #table.concat({string.rep('x', 1e8), string.rep('x', 1e8), string.rep('x', 1e8)})",
    "return redis.call('SET', 'key', string.rep('x', 2e8))",
])  # fmt: skip
def test_memory_has_an_end(code: str) -> None:
    lab = Lab()
    with pytest.raises(ReplyError, match="not enough memory"):
        lab.session().call("EVAL", code, 0)
    assert answer(lab, "return redis.call('PING')") == "PONG"


def test_replies_that_do_not_fit_are_refused_not_fatal() -> None:
    lab = Lab()
    session = lab.session()
    session.call("SET", "big", b"x" * 60_000_000)
    code = "local all = {} for place = 1, 9 do all[place] = redis.call('GETRANGE', 'big', place, -1) end return #all"
    with pytest.raises(ReplyError, match="not enough memory"):
        session.call("EVAL", code, 0)
    assert session.call("EVAL", "return #redis.call('GET', 'big')", 0) == 60_000_000


@pytest.mark.parametrize(("code", "reply"), [
    ("return string.find(string.rep('a', 4e5), string.rep('a?', 4e5))", "pattern too complex"),
    ("return string.match('x', string.rep('(', 1e5))", "pattern too complex"),
    ("return ('x'):gsub(string.rep('a*', 1e5), '')", "pattern too complex"),
    ("return string.find('x', string.rep('y', 1e5))", "None"),
    ("local function deep() deep() end deep()", "stack overflow"),
    ("return select(2, loadstring(string.rep('(', 1e5) .. '1'))", "too many syntax levels"),
    ("return unpack({}, 1, 1e8)", "too many results to unpack"),
    ("local all = {} all[1] = all return all", "at most 200 levels"),
    ("local t = {} for _ = 1, 1000 do t = {t} end return t", "at most 200 levels"),
    ("local function deep(n) return n == 0 and redis.call('PING') or coroutine.wrap(deep)(n - 1) end return deep(1e3)",
     "C stack overflow"),
    ("error({})", "without an 'err' field"),
])  # fmt: skip
def test_depth_has_an_end(lab: Lab, code: str, reply: str) -> None:
    assert reply in repr(answer(lab, code))
    assert answer(lab, "return 'alive'") == b"alive"


class InterruptedHost(QuickHost):
    """Ctrl-C comes while a script runs."""

    def stopwatch(self) -> int:  # type: ignore[override]
        self.read += 1
        if self.read == 3:
            raise KeyboardInterrupt
        return 0


@pytest.mark.parametrize("code", [
    "while true do end", "while true do pcall(function() while true do end end) end",
    "pcall(coroutine.wrap(function() while true do end end)) return 1",
])  # fmt: skip
def test_an_interruption_ends_the_script_and_goes_on(lab: Lab, code: str) -> None:
    lab.engine.host = InterruptedHost()
    with pytest.raises(KeyboardInterrupt):
        lab.session().call("EVAL", code, 0)
    assert answer(lab, "return 'alive'") == b"alive"


FILL = """
    local all, names, chain = {}, {}, {}
    pcall(function() for place = 1, 1e9 do all[place] = ('x'):rep(10000) .. place end end)
    pcall(function() for place = 1, 1e9 do names['a' .. place] = 'b' .. place end end)
    pcall(function() while true do chain = {chain} end end)
"""


@pytest.mark.parametrize("code", [
    "for _ = 1, 500 do pcall(redis.call, 'NOSUCH') end return 1", "for _ = 1, 500 do redis.pcall('GET', 'key') end",
    "for _ = 1, 500 do pcall(redis.sha1hex, 'a') pcall(redis.setresp) end return 1", "return redis.call('GET', 'key')",
    "return cjson.encode({1})", "for _ = 1, 100 do pcall(cjson.encode, {}) end return 1", "error('x')", "return nosuch",
    "return {{}, {}, {}, {{}}}", "return {xpcall(function() redis.call('NOSUCH') end, function(e) return e end)}",
    "return names", "return {map = names}", "return chain", "return all",
    "for _ = 1, 100 do local _, co = pcall(coroutine.create, function() redis.call('PING') end) "
    "pcall(coroutine.resume, co) end return 1",
])  # fmt: skip
def test_nothing_breaks_when_memory_is_full(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(lua_runtime, "MEMORY", 12 << 20)
    monkeypatch.setattr(lua_runtime, "HUNGRY", 6 << 20)
    lab = Lab()
    session = lab.session()
    session.call("SET", "key", "value" * 500)
    answer(lab, FILL + code)
    assert answer(lab, "return redis.call('STRLEN', 'key')") == 2500
    assert answer(lab, "return cjson.encode({1, {2}})") == b"[1,[2]]"


@pytest.mark.parametrize("range", [
    "-2^31", "-2147483648, 0", "-2147483648, 2147483647", "0, 2147483647", "-10, 2147483640", "1, 8000",
])  # fmt: skip
def test_unpack_has_no_room_for_a_range_that_c_miscounts(lab: Lab, range: str) -> None:
    assert answer(lab, f"return {{unpack({{}}, {range})}}") == "ERR user_script:1: too many results to unpack"


@pytest.mark.parametrize("way", ["loadstring(code)", "load(function() local now = code code = nil return now end)"])
def test_a_function_that_would_write_past_luas_stack_is_not_compiled(lab: Lab, way: str) -> None:
    words = ", ".join(f"p{place}" for place in range(180))
    code = f"\nlocal function f({words}, ...) local a = ... return f end"
    refusal = "redislab: the function at line 2 has too many parameters before '...', which Lua here cannot hold"
    assert answer(lab, code) == f"ERR Error compiling script (new function): {refusal}"
    assert answer(lab, f"local code = {code!r} return select(2, {way})") == refusal.encode()
    with_fewer = code.replace(" local a = ...", "") + " return f() == f"
    assert answer(lab, with_fewer) == 1


@pytest.mark.parametrize(("format", "begins"), [
    ("txt", b"txt"), ("\\130\\1\\2", b"\x82\1\2"), ("h\\195\\169x", b"h\xc3\xa9"), ("a\\0b", b"a  "),
    ("longer", b"lon"),
])  # fmt: skip
def test_a_verbatim_string_has_three_bytes_of_format(lab: Lab, format: str, begins: bytes) -> None:
    reply = answer(lab, f"return {{verbatim_string = {{format = '{format}', string = 'x'}}}}")
    assert encode(reply, 3) == b"=5\r\n" + begins + b":x\r\n"


def test_what_would_take_long_in_c_is_done_all_the_same() -> None:
    lab = Lab()
    assert answer(lab, "return string.rep('', 2147483647)") == b""
    assert answer(lab, "return redis.error_reply(('\\n'):rep(60000) .. 'a' .. ('\\n'):rep(60000) .. 'b').err") == (
        b"ERR a" + b"\n" * 60000 + b"b"
    )
    code = "local t = {} for i = 1, 20000 do t[i] = (i * 7919) % 20011 end table.sort(t) return {t[1], t[2], t[20000]}"
    assert answer(lab, code) == [1, 2, 20010]
    code = "local t = {} for i = 1, 20000 do t[i] = i end t[500] = {} table.sort(t)"
    assert answer(lab, code) == "ERR attempt to compare table with number"


@pytest.mark.parametrize(("code", "reply"), [
    ("return {string.find(('a'):rep(90000), '.-.-(')}", "ERR user_script:1: unfinished capture"),
    ("return ('a'):rep(9000):match('.-.-.-%')", "ERR user_script:1: malformed pattern (ends with '%')"),
    ("return ('a'):rep(9000):gsub('.-.-.-b', 'a', {})",
     "ERR user_script:1: bad argument #3 to 'gsub' (number expected, got table)"),
    ("return string.find(('a'):rep(9000), '.-.-.-b', {})",
     "ERR user_script:1: bad argument #3 to 'find' (number expected, got table)"),
    ("return {(('k=v,'):rep(50000)):find('(.-)=(.-),', -8)}", [199993, 199996, b"k", b"v"]),
    ("return {(('ab,'):rep(20000)):gsub('(.-)(b),', '%2')}", [b"b" * 20000, 20000]),
    ("local n = 0 for a, b in ('ab,'):rep(20000):gmatch('(.-)(b),') do n = n + #a + #b end return n", 40000),
])  # fmt: skip
def test_long_subjects_are_matched_as_short_ones_are(code: str, reply: object) -> None:
    assert answer(Lab(), code) == reply


@pytest.mark.parametrize(("code", "text"), [
    ("'abc'", b"abc"), ("''", b""), ("'1.5'", b"1.5"), ("'1\\r2'", b"1 2"), ("'+0012'", b"+0012"), ("'-0'", b"-0"),
    ("'a\\0b'", b"a\0b"), ("'\\255'", b"\xff"), ("('9'):rep(5000)", b"9" * 5000),
])  # fmt: skip
def test_a_big_number_of_a_script_keeps_its_text(code: str, text: bytes) -> None:
    bulk = b"$%d\r\n%b\r\n" % (len(text), text)
    for script, two, three in (
        (f"return {{big_number = {code}}}", bulk, b"(%b\r\n" % text),
        (f"return {{1, {{big_number = {code}}}}}", b"*2\r\n:1\r\n" + bulk, b"*2\r\n:1\r\n(%b\r\n" % text),
        (f"redis.setresp(3) return {{map = {{a = {{big_number = {code}}}}}}}", b"*2\r\n$1\r\na\r\n" + bulk,
         b"%%1\r\n$1\r\na\r\n(%b\r\n" % text),
    ):  # fmt: skip
        reply = Lab().session().call("EVAL", script, 0)
        assert encode(reply, 2) == two
        assert encode(reply, 3) == three
