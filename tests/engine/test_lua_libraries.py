"""cjson, cmsgpack, struct and bit in a bare Lua runtime answer what those of a real Redis answered."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

lua51 = pytest.importorskip("lupa.lua51")

sys.path.insert(0, str(Path(__file__).parent))

import lua_calls  # noqa: E402

from redislab.engine.lua_bytecode import settled  # noqa: E402
from redislab.engine.lua_libraries import install  # noqa: E402
from redislab.engine.lua_runtime import WRAPPED  # noqa: E402

COMPILE = b"function(source) return string.dump(assert(loadstring(source, '@user_script'))) end"
RUN = b"function(chunk) return table.concat(loadstring(chunk)(), '\\0\\1\\2') end"


@pytest.fixture
def lua():
    runtime = lua51.LuaRuntime(encoding=None, unpack_returned_tuples=True)
    install(runtime)
    return runtime


def compiled(lua, source: bytes) -> bytes:
    return settled(lua.eval(COMPILE)(source), WRAPPED)[0]


def run(lua, expressions: list[str]) -> list[bytes]:
    chunk = compiled(lua, lua_calls.script(expressions))
    return lua.eval(RUN)(chunk).split(b"\0\1\2")


def test_every_recorded_call_answers_as_redis_does(lua) -> None:
    recorded = lua_calls.load()
    answers = run(lua, [expression for expression, _ in recorded])
    different = [
        (expression, answer, expected)
        for (expression, expected), answer in zip(recorded, answers, strict=True)
        if answer != expected
    ]
    assert different == []


def test_an_error_of_a_tail_call_knows_its_line(lua) -> None:
    source = b"local ok, problem = pcall(function()\n return cjson.decode('[')\nend)\nreturn {problem}"
    assert lua.eval(RUN)(compiled(lua, source)) == b"user_script:2: Expected value but found T_END at character 2"


def test_libraries_hold_no_python_object(lua) -> None:
    kinds = lua.eval(
        b"function() local r = {} for _, name in ipairs {'cjson', 'cmsgpack', 'struct', 'bit'} do"
        b" for key, value in pairs(_G[name]) do r[type(value)] = true end end"
        b" r['function'], r.string, r.userdata = nil, nil, nil return next(r) == nil and type(cjson.null) end"
    )()
    assert kinds == b"userdata"
