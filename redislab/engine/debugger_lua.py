"""The debugger's part in Lua: the hook that sees each line, and all that reads variables and calls of a script.

It becomes a part of the sandbox's prelude while that still has `debug`; what scripts see of it is redis.debug() and
redis.breakpoint(). A hook is a function that Lua calls between two instructions of a script, and no hook is called
while one runs, so what is evaluated here does not stop.

Levels count calls from the function that asks: in `trace`, 1 is that one itself, 2 is `obey`, 3 the hook, and 4 the
script's.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local host, prelude = ...
local OURS, names, redis, behind = prelude.OURS, prelude.names, prelude.redis, prelude.behind
local next_name, compile, amend, amended = prelude.next_name, prelude.compile, prelude.amend, prelude.amended
local getinfo, getlocal = debug.getinfo, debug.getlocal
local error, pcall, xpcall, rawget, select = error, pcall, xpcall, rawget, select
local setmetatable, tostring, type = setmetatable, tostring, type
local byte, find, format = string.byte, string.find, string.format
local gsub, match, sub = string.gsub, string.match, string.sub
local concat = table.concat

local DEEPEST = 10
local LINES_AT_ONCE = 1000

local line = 0         -- the line that was last begun
local watchful = true  -- whether to stop is to be asked at each line
local stops = {}       -- the lines with breakpoints

-- Values ---------------------------------------------------------------------------------------------------------

local escapes = {['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t', ['\a'] = '\\a',
  ['\b'] = '\\b'}

local function escaped(letter) return escapes[letter] or format('\\x%02x', byte(letter)) end

local shown

-- A table is shown as a list if its keys come as 1, 2, 3 and so on.
local function shown_table(value, depth)
  local items, pairs_of, is_list, count = {}, {}, true, 0
  for key, content in next_name, value do
    count = count + 1
    if key ~= count then is_list = false end
    local text = shown(content, depth)
    items[count] = text
    pairs_of[count] = '[' .. shown(key, depth) .. ']=' .. text
  end
  return '{' .. concat(is_list and items or pairs_of, '; ') .. '}'
end

function shown(value, depth)
  if depth == DEEPEST then return '<max recursion level reached! Nested table?>' end
  local kind = type(value)
  if kind == 'string' then return '"' .. gsub(value, '[%c%z"\\\127-\255]', escaped) .. '"' end
  if kind == 'number' then return format('%g', value) end
  if kind == 'table' then return shown_table(value, depth + 1) end
  if kind == 'function' or kind == 'thread' then
    return '"' .. kind .. '@' .. (match(tostring(value), '0x%x+') or '(nil)') .. '"'
  end
  if kind == 'userdata' then return '"light-userdata@(nil)"' end  -- cjson.null, a pointer to nothing
  return tostring(value)
end

-- Variables and calls --------------------------------------------------------------------------------------------

local function find_local(level, name)
  local place = 1
  while true do
    local found, value = getlocal(level + 1, place)
    if not found then return false end
    if found == name then return true, value end
    place = place + 1
  end
end

-- The innermost variable of a name, whichever call it belongs to.
local function print_one(name)
  local level = 4
  local info = getinfo(level, 'S')
  while info do
    if info.what ~= 'C' and info.what ~= 'tail' and info.source ~= OURS and info.source ~= '=[C]' then
      local found, value = find_local(level, name)
      if found then
        host.log_value('<value> ' .. shown(value, 0))
        return
      end
    end
    level = level + 1
    info = getinfo(level, 'S')
  end
  if name == 'KEYS' or name == 'ARGV' then
    host.log_value('<value> ' .. shown(rawget(names, name), 0))
  else
    host.log('No such variable.')
  end
end

local function print_all()
  local place, none = 1, true
  while true do
    local name, value = getlocal(4, place)
    if not name then break end
    if not find(name, '(*temporary)', 1, true) then
      host.log_value('<value> ' .. name .. ' = ' .. shown(value, 0))
      none = false
    end
    place = place + 1
  end
  if none then host.log('No local variables in the current context.') end
end

-- A function that was called by one of ours was called by C in Redis, which gives it no name.
local function trace()
  local level = 4
  local info = getinfo(level, 'Snl')
  while info do
    local caller = getinfo(level + 1, 'S')
    if find(info.short_src, 'user_script', 1, true) then
      local name = caller and caller.source ~= OURS and info.name or 'top level'
      host.log((level == 4 and 'In ' or 'From ') .. name .. ':')
      host.log_line(info.currentline)
    end
    level = level + 1
    info = getinfo(level, 'Snl')
  end
end

-- Running something ----------------------------------------------------------------------------------------------

local function evaluate(code)
  local chunk, problem = compile('return ' .. code, '@ldb_eval')
  if not chunk then chunk, problem = compile(code, '@ldb_eval') end
  if not chunk then
    host.log('<error> ' .. match(problem, '^[^%z]*'))
    return
  end
  local fine, result = xpcall(chunk, amended)
  if fine then
    host.log_value('<retval> ' .. shown(result, 0))
  elseif type(result) == 'string' or type(result) == 'number' then
    host.log('<error> ' .. match(tostring(result), '^[^%z]*'))
  else
    host.log_odd_error(type(result) == 'table' and tostring(rawget(result, 'err')) or type(result))
  end
end

local function call_redis(...)
  local fine, problem = pcall(redis.call, ...)
  if not fine then amend(problem, 2) end
end

function redis.breakpoint()
  watchful = true
  return host.breakpoint()
end

function redis.debug(...)
  local texts = {}
  for place = 1, select('#', ...) do texts[place] = shown((select(place, ...)), 0) end
  host.log_debug(line, concat(texts, ', '))
end

-- While stepping, Redis tells of every error that one of its own functions makes, be it only to be returned.
local WRONG = 'wrong number or type of arguments'

local function is_one_text(...) return select('#', ...) == 1 and type(...) == 'string' end

local error_reply, status_reply = redis.error_reply, redis.status_reply

function redis.error_reply(...)
  if is_one_text(...) then
    local text = match(..., '^[^%z]*')
    host.log_problem(sub(text, 1, 1) == '-' and text or '-' .. text)
  else
    host.log_problem(WRONG)
  end
  return error_reply(...)
end

function redis.status_reply(...)
  if not is_one_text(...) then host.log_problem(WRONG) end
  return status_reply(...)
end

for _, name in next_name, {'breakpoint', 'debug', 'error_reply', 'status_reply'} do
  prelude.wrappers[redis[name]] = true
end

-- The hook -------------------------------------------------------------------------------------------------------

local function go(stepping, ...)
  watchful, stops = stepping, {}
  for place = 1, select('#', ...) do stops[(select(place, ...))] = true end
end

local function obey(action, ...)
  if action == 'go' then
    go(...)
  elseif action == 'print' then
    print_one(...)
  elseif action == 'print_all' then
    print_all()
  elseif action == 'trace' then
    trace()
  elseif action == 'eval' then
    evaluate(...)
  elseif action == 'redis' then
    call_redis(...)
  elseif action == 'fail' then
    error({err = ...}, 0)
  end
  return action ~= 'go'
end

-- Whose code a function is: 'ours', a 'script', or 'other' that a script has loaded. Remembered, for it takes its time.
local owners = setmetatable({}, {__mode = 'k'})

local function owner_of(work)
  local info = getinfo(work, 'S')
  local owner = 'other'
  if info.source == OURS or info.source == '=[C]' then
    owner = 'ours'
  elseif find(info.short_src, 'user_script', 1, true) then
    owner = 'script'
  end
  owners[work] = owner
  return owner
end

-- Most lines are run while nothing is to stop: then Python is not asked, but now and then whether it takes too long.
-- That is told by lines, for of the instructions that Lua counts most are the hook's own; a loop begins one each time.
local passed = 0

return function(event, reached)
  if event ~= 'line' then return end
  local work = getinfo(2, 'f').func
  local owner = owners[work] or owner_of(work)
  if owner == 'ours' then return end
  line, passed = reached, passed + 1
  if not (watchful or stops[line] or passed > LINES_AT_ONCE) then return end
  local many = passed > LINES_AT_ONCE
  if many then passed = 0 end
  if not host.reached(line, owner == 'script', many) then return end
  while obey(host.next()) do end
end
"""
