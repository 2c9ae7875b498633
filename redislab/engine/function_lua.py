"""The Lua half of FUNCTION LOAD: what a library's code sees while it runs, and what its functions see afterwards.

All libraries of an engine share one environment that nobody can write to. While a library is loaded it leads to a
`redis` with register_function, log and a few constants, and to nothing else; at all other times to the globals of
scripts. So libraries cannot reach each other, nor leave anything behind but their functions.
"""

from __future__ import annotations

__all__ = ["CHUNK_NAME", "SOURCE"]

CHUNK_NAME = b"@user_function"

# Its lines have other numbers than those of the sandbox, which knows by them where errors come from.
SOURCE = b"\n" * 1000 + rb"""
local names, runs = ...
local globals = names._G
local error, next, rawget, select, setfenv, setmetatable, tostring, type =
  error, next, rawget, select, setfenv, setmetatable, tostring, type
local find, lower = string.find, string.lower

local KNOWN = {
  ['no-writes'] = true, ['allow-oom'] = true, ['allow-stale'] = true, ['no-cluster'] = true,
  ['allow-cross-slot-keys'] = true,
}
local BAD_NAME =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long'

local registered  -- functions of the library that is being loaded, a list and by name; nil when none is

local function fail(text) error({err = 'ERR ' .. text}, 0) end

-- register_function -----------------------------------------------------------------------------------------------

local function is_text(value) return type(value) == 'string' or type(value) == 'number' end

local function text_argument(value, name)
  if not is_text(value) then fail(name .. ' argument given to redis.register_function must be a string') end
  return tostring(value)
end

local readers = {
  function_name = function(value) return text_argument(value, 'function_name') end,
  description = function(value) return text_argument(value, 'description') end,
  callback = function(value)
    if type(value) ~= 'function' then
      fail('callback argument given to redis.register_function must be a function')
    end
    return value
  end,
  flags = function(value)
    if type(value) ~= 'table' then
      fail('flags argument to redis.register_function must be a table representing function flags')
    end
    local flags, place = {}, 1
    while value[place] ~= nil do
      local flag = is_text(value[place]) and lower(value[place])
      if not KNOWN[flag] then fail('unknown flag given') end
      flags[place], place = flag, place + 1
    end
    return flags
  end,
}

local function named(arguments)
  if type(arguments) ~= 'table' then
    fail('calling redis.register_function with a single argument is only applicable to Lua table '
      .. '(representing named arguments).')
  end
  local found = {}
  for key, value in next, arguments do
    if not is_text(key) then fail('named argument key given to redis.register_function is not a string') end
    local name = lower(key)
    if not readers[name] then fail('unknown argument given to redis.register_function') end
    found[name] = readers[name](value)
  end
  if not found.function_name then fail('redis.register_function must get a function name argument') end
  if not found.callback then fail('redis.register_function must get a callback argument') end
  return found
end

local function positional(name, callback)
  if not is_text(name) then fail('first argument to redis.register_function must be a string') end
  if type(callback) ~= 'function' then fail('second argument to redis.register_function must be a function') end
  return {function_name = tostring(name), callback = callback}
end

local function register_function(...)
  if not registered then fail('redis.register_function can only be called on FUNCTION LOAD command') end
  local count = select('#', ...)
  if count < 1 or count > 2 then fail('wrong number of arguments to redis.register_function') end
  local found
  if count == 1 then found = named(...) else found = positional(...) end
  if not find(found.function_name, '^[%w_]+$') then fail(BAD_NAME) end
  if registered[found.function_name] then fail('Function already exists in the library') end
  registered[#registered + 1] = found
  registered[found.function_name] = true
end

-- What a library sees ---------------------------------------------------------------------------------------------

local function refuse_change() error('Attempt to modify a readonly table', 2) end

-- A table that leads to another one, for reading what it has.
local function window(content)
  local function look(_, name)
    local value = rawget(content, name)
    if value == nil then
      if name == '\0select' then return globals[name] end
      error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
    end
    return value
  end
  return setmetatable({}, {__index = look, __newindex = refuse_change, __metatable = false})
end

local commands = {register_function = register_function}
for _, name in next, {
  'log', 'LOG_DEBUG', 'LOG_VERBOSE', 'LOG_NOTICE', 'LOG_WARNING', 'REDIS_VERSION', 'REDIS_VERSION_NUM',
} do commands[name] = globals.redis[name] end

local while_loading = window({redis = window(commands)})
local environment_rules = {__index = globals, __newindex = refuse_change}
local environment = setmetatable({}, environment_rules)

-- For Python -----------------------------------------------------------------------------------------------------

local library  -- the code that is about to run

local parts = {}

-- Make ready to load a library, a compiled chunk: `run` runs it, `finish` says what functions it registered.
function parts.begin(chunk)
  library = setfenv(chunk, environment)
  registered, environment_rules.__index = {}, while_loading
end

function parts.run() library() end

function parts.finish()
  local found = registered
  library, registered, environment_rules.__index = nil, nil, globals
  return found
end

-- A script that calls a function with what EVAL's scripts have in KEYS and ARGV, which functions do not see.
function parts.caller(callback)
  local function call()
    local keys, arguments = names.KEYS, names.ARGV
    names.KEYS, names.ARGV = nil, nil
    local result = callback(keys, arguments)
    return result
  end
  runs(call, 2)
  return call
end

return parts
"""
