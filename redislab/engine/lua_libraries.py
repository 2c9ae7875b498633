"""The libraries that Redis gives to scripts beside Lua's own: cjson, cmsgpack, struct and bit.

Redis has them in C; here they are Lua, run by the same interpreter as the scripts. That is faster than Python
functions, which cost a crossing for every value, and hands scripts nothing of Python's. `install` puts them into a
runtime; it must run before `debug` and `package` are taken away and before the globals are made read-only. A global
`behind_protected` may say which tables stand behind those that are read-only.

Errors are those of C functions: the position in front of a text is that of the script's line. Two things make that
so. Each public function runs its work protected and raises what went wrong at the level of its caller; and the chunks
are named `=[C]`, so that who looks for the line of a script can skip them as it skips C functions.
"""

from __future__ import annotations

from typing import Any

from redislab.engine import lua_bit, lua_cjson, lua_cjson_decode, lua_cmsgpack, lua_cmsgpack_unpack, lua_struct
from redislab.engine.lua_bytes import BYTES

__all__ = ["CHUNK_NAME", "install"]

CHUNK_NAME = b"=[C]"
"""What the chunks of these libraries are called, as C functions are in the positions of errors."""

SUPPORT = rb"""
local error, pcall, select, type, tonumber, tostring, unpack = error, pcall, select, type, tonumber, tostring, unpack
local getinfo, getmetatable = debug.getinfo, getmetatable
local floor, format = math.floor, string.format

local support = {}
support.behind = behind_protected or {}  -- what stands behind tables that are read-only

-- A light userdata, as cjson.null is: what `require` leaves in package.loaded while a module loads. In Redis it is a
-- null pointer; a metatable shared by all light userdata, of which there is only this one, lets it look like that.
local null
package.preload['(null)'] = function() null = package.loaded['(null)'] end
require '(null)'
package.preload['(null)'], package.loaded['(null)'] = nil, nil
debug.setmetatable(null, {__tostring = function() return 'userdata: (nil)' end, __metatable = false})
support.null = null

-- What goes wrong: `failure` is thrown within, and these say what the public function is to raise instead.
local failure, failed_argument, text, bare = {}, nil, nil, false

-- Fail with a text, before which the caller's position will stand.
function support.fail(...)
  failed_argument, text, bare = nil, format(...), false
  error(failure, 0)
end

-- Fail with a text without a position, as the interpreter does within C functions.
function support.fail_bare(message)
  failed_argument, text, bare = nil, message, true
  error(failure, 0)
end

local function fail_argument(number, message)
  failed_argument, text = number, message
  error(failure, 0)
end
support.fail_argument = fail_argument

-- Raise what was caught, two levels up: called by a public function, it speaks of the line that called that one.
local function raise(problem)
  if problem ~= failure then error(problem, 0) end
  if not failed_argument then error(text, bare and 0 or 3) end
  local call, number = getinfo(2, 'n'), failed_argument
  if call.namewhat == 'method' then
    number = number - 1
    if number == 0 then error("calling '" .. call.name .. "' on bad self (" .. text .. ')', 3) end
  end
  error('bad argument #' .. number .. " to '" .. (call.name or '?') .. "' (" .. text .. ')', 3)
end

-- A public function with one result. `work` gets the number of arguments and the arguments.
function support.public(work)
  return function(...)
    local fine, result = pcall(work, select('#', ...), ...)
    if not fine then raise(result) end
    return result
  end
end

-- A public function with any number of results: `work` returns a list and its length.
function support.public_list(work)
  return function(...)
    local fine, list, length = pcall(work, select('#', ...), ...)
    if not fine then raise(list) end
    return unpack(list, 1, length)
  end
end

-- Arguments -----------------------------------------------------------------------------------------------------

local function fail_type(number, expected, value, count)
  fail_argument(number, expected .. ' expected, got ' .. (number > count and 'no value' or type(value)))
end
support.fail_type = fail_type

function support.check_number(number, value, count)
  if type(value) == 'number' then return value end
  return type(value) == 'string' and tonumber(value) or fail_type(number, 'number', value, count)
end

-- A whole number of 64 bits, as C makes one out of a double.
local function integer(value)
  if value ~= value or value >= 9223372036854775808 or value < -9223372036854775808 then
    return -9223372036854775808
  end
  return value < 0 and -floor(-value) or floor(value)
end
support.integer = integer

function support.check_integer(number, value, count)
  return integer(support.check_number(number, value, count))
end

function support.optional_integer(number, value, count, default)
  if value == nil then return default end
  return integer(support.check_number(number, value, count))
end

function support.check_string(number, value, count)
  if type(value) == 'string' then return value end
  return type(value) == 'number' and tostring(value) or fail_type(number, 'string', value, count)
end

return support
"""


def install(lua: Any) -> None:
    """Give a fresh `lupa.lua51.LuaRuntime(encoding=None)` the globals cjson, cmsgpack, struct and bit."""
    load = lua.eval(b"function(source, name, ...) return assert(loadstring(source, name))(...) end")
    support = load(SUPPORT, CHUNK_NAME)
    load(BYTES, CHUNK_NAME, support)
    names = lua.globals()
    names[b"bit"] = load(lua_bit.SOURCE, CHUNK_NAME, support)
    names[b"struct"] = load(lua_struct.SOURCE, CHUNK_NAME, support)
    names[b"cmsgpack"] = load(lua_cmsgpack.SOURCE, CHUNK_NAME, support)
    load(lua_cmsgpack_unpack.SOURCE, CHUNK_NAME, support, names[b"cmsgpack"])
    new_decoder = load(lua_cjson_decode.SOURCE, CHUNK_NAME, support)
    names[b"cjson"] = load(lua_cjson.SOURCE, CHUNK_NAME, support, new_decoder)
