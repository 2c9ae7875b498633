"""The sandbox of scripts, in Lua: which globals they see, and what stands between them and Lua's own functions.

Redis changed its Lua so that a table can be read-only; this one cannot do that. So each protected table is an empty
table here, a proxy: reading goes through to what stands behind it, and writing fails. Functions that would see the
proxy's emptiness, or write past it, are wrapped. A wrapper must look like the C function it stands for: `amend` gives
errors raised inside one the position and the names that the C function would have given them.

What must never get to a script: `debug`, `getfenv`, `setfenv`, `newproxy`, byte code, an object of Python's, and the
tables behind the proxies. Errors raised by Python arrive as Python objects: wherever a script can catch one, `amend`
has made it a table first.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local host = ...
local as_function = python.as_function
for name, value in pairs(host.functions) do host[name] = as_function(value) end
local assert, error, pcall, xpcall = assert, error, pcall, xpcall
local type, select, unpack, tostring, tonumber = type, select, unpack, tostring, tonumber
local next, pairs, ipairs, rawget, rawset = next, pairs, ipairs, rawget, rawset
local getmetatable, setmetatable, setfenv = getmetatable, setmetatable, setfenv
local load, loadstring, collectgarbage = load, loadstring, collectgarbage
local create, resume, wrap = coroutine.create, coroutine.resume, coroutine.wrap
local running, status = coroutine.running, coroutine.status
local find, match, gmatch, gsub, dump = string.find, string.match, string.gmatch, string.gsub, string.dump
local byte, sub, format, rep = string.byte, string.sub, string.format, string.rep
local insert, sort, foreach, concat = table.insert, table.sort, table.foreach, table.concat
local floor, log, clock = math.floor, math.log, os.clock
local getinfo, sethook, newproxy = debug.getinfo, debug.sethook, newproxy

local OURS = '=[redis]'
local READONLY = 'Attempt to modify a readonly table'
local NESTING = "nesting of [[...]] is deprecated near '['"
local FIRST_STEPS, HOOK_STEPS = 1000, 100000
local runs_at = {}        -- the lines here from which scripts are run, where in Redis there is no Lua any more
local killed = false      -- what the script was killed with: an error table
local behind = {}         -- protected table -> the table behind it

-- Errors ---------------------------------------------------------------------------------------------------------

-- Levels are those of `getinfo` as the caller of each of these functions would count them; in a coroutine that has
-- failed, level 0 is the function that raised.

local function frame(level, thread)
  if thread then return getinfo(thread, level, 'Sl') end
  return getinfo(level + 1, 'Sl')
end

-- The function that Redis would blame for an error raised at a level, and its level: a C function passes the blame to
-- its caller, and a wrapper counts as part of the C function that it stands for.
local function blamed(level, thread)
  if not thread then level = level + 1 end
  local info = frame(level, thread)
  if info and info.what == 'C' then
    level = level + 1
    info = frame(level, thread)
  end
  -- A frame that a tail call left is passed over: it knows no line.
  while info and info.what ~= 'C' and (info.source == OURS or info.source == '=[C]' or info.what == 'tail') do
    level = level + 1
    info = frame(level, thread)
  end
  return info, thread and level or level - 1
end

-- The text of an error raised inside a wrapper, as the C function would have worded it.
local function reworded(text, info, level, thread)
  local rest = match(text, '^%[redis%]:%d+: (.*)$') or text
  local number, complaint = match(rest, "^bad argument #(%d+) to '[^']*' (%b())$")
  if number then
    local call = thread and getinfo(thread, level - 1, 'n') or not thread and getinfo(level, 'n') or {}
    number = tonumber(number)
    if call.namewhat == 'method' then number = number - 1 end
    if number == 0 then
      rest = "calling '" .. call.name .. "' on bad self " .. complaint
    else
      local name = call.name and call.name ~= '' and call.name or '?'
      rest = 'bad argument #' .. number .. " to '" .. name .. "' " .. complaint
    end
  end
  if info and info.currentline > 0 then return info.short_src .. ':' .. info.currentline .. ': ' .. rest end
  return rest
end

local wrapped = setmetatable({}, {__mode = 'k'})  -- what coroutine.wrap has started: thread -> number
local wrapped_count = 0

-- The text of an error raised inside a wrapper in a coroutine of coroutine.wrap, which has put its own position before.
local function from_coroutine(problem)
  local failed, latest = nil, 0
  for thread, number in pairs(wrapped) do
    if number > latest and status(thread) == 'dead' and getinfo(thread, 0) then failed, latest = thread, number end
  end
  if not failed then return (gsub(problem, '%[redis%]:%d+: ', '')) end
  wrapped[failed] = nil
  local before, inner = match(problem, '^(.-)(%[redis%]:.*)$')
  local info, at = blamed(0, failed)
  return before .. reworded(inner, info, at, failed)
end

-- An error as a script may see it.
local function amend(problem, level, thread)
  local kind = type(problem)
  if kind == 'userdata' and getmetatable(problem) ~= false then  -- which cjson.null has
    local text, counted = host.explain(problem)
    if not text then
      killed = {err = counted}
      return killed
    end
    return {err = text, ignore_error_stats_update = counted or nil}
  elseif kind == 'string' and sub(problem, 1, 8) == '[redis]:' then
    local line, rest = match(problem, "^%[redis%]:(%d+): (.*)$")
    if runs_at[tonumber(line)] then return rest end
    local info, at = blamed(thread and level or level + 1, thread)
    problem = reworded(problem, info, at, thread)
  elseif kind == 'string' and find(problem, '[redis]:', 1, true) then
    problem = from_coroutine(problem)
  end
  return problem
end

local function amended(problem)
  problem = amend(problem, 2)
  return problem
end

-- What becomes of an error that nobody catches: Redis' own handler adds where it happened.
local function uncaught(problem)
  problem = amend(problem, 2)
  if killed and problem == killed then return problem end
  -- Redis' own handler fails on these, and is asked about that.
  if behind[problem] then
    return {err = 'ERR err_handler_def:10: ' .. READONLY, source = '@err_handler_def', line = 10}
  end
  if type(problem) ~= 'table' then problem = {err = 'ERR ' .. tostring(problem)} end
  local info = blamed(2)
  if info then
    problem.source, problem.line = info.source, info.currentline
  end
  return problem
end

-- Protected tables -----------------------------------------------------------------------------------------------

local shown_metatable = {}  -- proxy -> what getmetatable answers

local function refuse_write() error(READONLY) end

local function protect(content)
  local proxy = setmetatable({}, {__index = content, __newindex = refuse_write})
  behind[proxy] = content
  return proxy
end

-- The globals ----------------------------------------------------------------------------------------------------

local names = {}          -- what stands behind _G
local globals = protect(names)
local libraries           -- loads cjson and its like, once

local function missing(...)
  local _, name = ...
  if name == '\0select' then return select end  -- what `lua_parameters` calls it, which is there at all times
  if libraries then
    local found = libraries()
    libraries = nil
    for library, content in pairs(found) do names[library] = protect(content) end
    if rawget(names, name) ~= nil then return rawget(names, name) end
  end
  if select('#', ...) ~= 2 then error('Wrong number of arguments to luaProtectedTableError') end
  if type(name) ~= 'string' and type(name) ~= 'number' then
    error('Second argument to luaProtectedTableError must be a string or number')
  end
  error("Script attempted to access nonexistent global variable '" .. match(name, '^[^%z]*') .. "'")
end

local function all_names()
  if libraries then pcall(missing, nil, 'cjson') end
end

for _, name in ipairs {
  'assert', 'error', 'gcinfo', 'ipairs', 'rawequal', 'select', 'tonumber', 'tostring', 'type', '_VERSION',
} do names[name] = _G[name] end

local function settle(fine, ...)
  if fine then return fine, ... end
  local problem = ...
  if type(problem) == 'userdata' then problem = amend(problem, 2) end
  if type(problem) == 'string' then problem = gsub(problem, '^%[redis%]:%d+: ', '') end
  if killed then error(killed, 0) end
  if type(problem) == 'table' then
    local text = problem.err
    if type(text) == 'string' or type(text) == 'number' then return false, text end
    return false, problem, text
  end
  return false, problem
end

function names.pcall(work, ...)
  if type(work) ~= 'function' then return settle(pcall(work, ...)) end
  local count = select('#', ...)
  if count == 0 then return settle(xpcall(work, amended)) end
  local arguments = {...}
  return settle(xpcall(function() return work(unpack(arguments, 1, count)) end, amended))
end

local function unless_killed(fine, ...)
  if killed and not fine then error(killed, 0) end
  return fine, ...
end

function names.xpcall(...)
  if select('#', ...) < 2 then return xpcall(...) end
  local work, handler = ...
  return unless_killed(xpcall(work, function(problem)
    problem = amend(problem, 2)
    if killed then return problem end
    return handler(problem)
  end))
end

function names.rawget(...)
  local content = behind[...]
  if content then
    if content == names then all_names() end
    return rawget(content, (select(2, ...)))
  end
  return rawget(...)
end

function names.rawset(...)
  if behind[...] and select('#', ...) > 2 then error(READONLY, 0) end
  return rawset(...)
end

local function next_name(...)
  local content = behind[...]
  if content then
    if content == names then all_names() end
    return next(content, (select(2, ...)))
  end
  return next(...)
end
names.next = next_name

function names.pairs(...)
  if behind[...] then return next_name, ..., nil end
  return pairs(...)
end

local string_metatable = protect {}

function names.getmetatable(...)
  local value = ...
  local shown = shown_metatable[value]
  if shown then return shown end
  if behind[value] or type(value) == 'userdata' then return nil end  -- the one userdata is cjson.null
  if type(value) == 'string' then return string_metatable end
  return getmetatable(...)
end

function names.setmetatable(...)
  local value, metatable = ...
  if behind[value] and (type(metatable) == 'table' or metatable == nil and select('#', ...) > 1) then
    error(READONLY, 0)
  end
  return setmetatable(...)
end

-- A chunk as scripts may run it; nil and a text for one that they may not.
local function settled(chunk, name)
  local code, problem = host.settled(dump(chunk))
  if not code then return nil, problem end
  return setfenv(loadstring(code, name), globals)
end

-- What Lua makes of a text. It is not asked again for the text with other brackets unless they are what it refuses.
local function parsed(...)
  local chunk, problem = loadstring(...)
  if chunk or not find(problem, NESTING, 1, true) then return chunk, problem end
  local code, name = ...
  return loadstring(host.unnested(code), name == nil and code or name)
end

-- Lua 5.1 trusts byte code, which can be made to do anything: a script's own is never loaded.
local function loaded(chunk, ...)
  if chunk then return settled(chunk) end
  return chunk, ...
end

function names.loadstring(...)
  local code, name = ...
  if type(code) == 'string' and byte(code) == 27 then
    name = type(name) == 'string' and name or code
    return nil, '[string "' .. match(name, '^[^%z\n]*') .. "\"]:1: unexpected symbol near 'char(27)'"
  end
  return loaded(parsed(...))
end

function names.load(...)
  local reader, name = ...
  if type(reader) ~= 'function' then return load(...) end
  local first, pieces = true, {}
  local function read()
    local piece = reader()
    pieces[#pieces + 1] = piece
    if first and type(piece) == 'string' and piece ~= '' then
      first = false
      if byte(piece) == 27 then error("unexpected symbol near 'char(27)'", 0) end
    end
    return piece
  end
  name = name == nil and '=(load)' or name
  local chunk, problem = load(read, name)
  if not chunk and type(problem) == 'string' and find(problem, NESTING, 1, true) then
    repeat local piece = read() until piece == nil or piece == ''
    chunk, problem = parsed(concat(pieces), name)
  end
  if chunk then return settled(chunk) end
  if killed then error(killed, 0) end
  return nil, amend(problem, 2)
end

-- Other scripts share this collector: nobody stops it or slows it down, though it looks so.
local settings = {setpause = 200, setstepmul = 200}

function names.collectgarbage(...)
  local option = ...
  if option == 'stop' or option == 'restart' then return 0 end
  if option == 'setpause' or option == 'setstepmul' then
    local before = settings[option]
    settings[option] = tonumber((select(2, ...))) or 0
    return before
  end
  return collectgarbage(...)
end

-- Coroutines -----------------------------------------------------------------------------------------------------

local hook, hook_mask, hook_steps, hook_at = nil, '', FIRST_STEPS, nil

local routines = {}
for name, value in pairs(coroutine) do routines[name] = value end

function routines.create(...)
  local thread = create(...)
  sethook(thread, hook, hook_mask, hook_steps)
  return thread
end

-- Long texts are made without many instructions, too. So the hook is also called when garbage has been collected: this
-- is the finalizer of an object that nobody refers to. Nothing may go wrong in it, so it does as little as can be.
local collected, loading, owed = false, false, false  -- owed: the script was not asked about where it was last
local sentinel = newproxy(true)
getmetatable(sentinel).__gc = function()
  collected = true
  if hook_mask == '' then sethook(hook, '', 1) end
end
newproxy(sentinel)

-- Asks whether the script is to end.
local function look()
  local text = killed and killed.err or host.tick()
  if not text then return end
  local level = 2
  local info = getinfo(level, 'Sl')
  while info and (info.what == 'C' or info.what == 'tail' or info.source == OURS or info.source == '=[C]') do
    level = level + 1
    info = getinfo(level, 'Sl')
  end
  info = info or {}
  killed = {err = text, source = info.source, line = info.currentline}
  error(killed, 0)
end

local function resumed(thread, fine, ...)
  if fine then return true, ... end
  if killed then error(killed, 0) end
  return false, amend(..., 0, thread)
end

function routines.resume(...)
  local thread = ...
  if type(thread) ~= 'thread' then return resume(thread) end
  return resumed(..., resume(...))
end

-- This stays a C function, so that a tail call of it keeps its line: errors pass through it as they are.
function routines.wrap(...)
  local work = ...
  if type(work) ~= 'function' or getinfo(work, 'S').what == 'C' then return wrap(...) end
  return wrap(function(...)
    wrapped_count = wrapped_count + 1
    wrapped[running()] = wrapped_count
    sethook(hook, hook_mask, hook_steps)
    return work(...)
  end)
end

-- Strings and tables ---------------------------------------------------------------------------------------------

local tables, numbers = {}, {}
-- Filled in this order, a table of this size is gone through as Redis goes through it.
local texts = {
  byte = 0, char = 0, dump = 0, find = 0, format = 0, gfind = 0, gmatch = 0, gsub = 0, len = 0, lower = 0, match = 0,
  rep = 0, reverse = 0, sub = 0, upper = 0,
}
for name, value in pairs(string) do texts[name] = value end
for name, value in pairs(table) do tables[name] = value end
for name, value in pairs(math) do numbers[name] = value end

local function checked_int(place, name, value, count)
  local number = type(value) == 'number' and value or type(value) == 'string' and tonumber(value)
  if not number then
    local got = place > count and 'no value' or type(value)
    error('bad argument #' .. place .. " to '" .. name .. "' (number expected, got " .. got .. ')')
  end
  number = number < 0 and -floor(-number) or floor(number)
  if number ~= number or number >= 2 ^ 63 or number < -2 ^ 63 then return 0 end
  number = number % 4294967296
  return number >= 2147483648 and number - 4294967296 or number
end

-- What may take long in C, where no hook runs, is told beforehand as a number of steps of some five nanoseconds.
local LOOK_AFTER = 20000000
local spent = 0

local function spend(steps)
  spent = spent + steps
  if spent > LOOK_AFTER then
    spent = 0
    look()
  end
end

-- Matching goes deeper into C's stack with each of these in a pattern, without a bound of its own.
local MOST_REPEATS = 4000

local function bounded(pattern)
  if #pattern > MOST_REPEATS then
    local _, count = gsub(pattern, '[?*+%-()]', '')
    if count > MOST_REPEATS then error('pattern too complex') end
  end
end

-- Patterns: C matches where it cannot take long, which is nearly everywhere, and `lua_patterns` elsewhere.
local patterns = assert(loadstring(host.patterns, '=[C]'))(spend)
local MOST_STEPS = 400000000

-- What is known of patterns: the longest subject that C need not even be asked about, and the cost.
local function catalogue(loose)
  return {quiet = {}, weights = {}, count = 0, loose = loose}
end

local catalogued, for_gmatch = catalogue(false), catalogue(true)
local quiet, quiet_for_gmatch = catalogued.quiet, for_gmatch.quiet

local function note(catalogue, pattern, longest)
  if catalogue.count > 500 then
    for name in pairs(catalogue.quiet) do catalogue.weights[name], catalogue.quiet[name] = nil, nil end
    catalogue.count = 0
  end
  catalogue.count = catalogue.count + 1
  catalogue.quiet[pattern] = longest
end

local function weighed(catalogue, pattern)
  bounded(pattern)
  local weight = patterns.weigh(pattern, catalogue.loose)
  note(catalogue, pattern, weight.quiet)
  catalogue.weights[pattern] = weight
  return weight
end

local last_subject, last_weight, last_short

-- Whether a match may take so long that C is not to be asked.
local function is_long(catalogue, subject, pattern, plain)
  local kind, size = type(subject), nil
  if kind ~= 'string' and kind ~= 'number' or type(pattern) ~= 'string' then return false end
  size = kind == 'string' and #subject or 32
  local weight = catalogue.weights[pattern]
  if not weight then
    -- A pattern that repeats once at most is not looked at for a short text.
    if size <= 100 and #pattern <= 100 and not find(pattern, '[*+?%-].*[*+?%-]') then
      if not plain then note(catalogue, pattern, 100) end
      return false
    end
    if plain then
      weight = {plain = true}
    else
      weight = weighed(catalogue, pattern)
    end
  end
  size = size + 1
  local steps
  if plain or weight.plain then
    steps = size * (1 + #pattern / 64)
    if steps > MOST_STEPS then return true end
  else
    steps = weight.factor * size ^ weight.power
    if steps > MOST_STEPS then
      steps = weight.usual_factor * size ^ weight.usual_power
      if steps > MOST_STEPS or kind ~= 'string' then return true end
      if last_subject ~= subject or last_weight ~= weight then
        last_short = patterns.runs_are_short(weight, subject)
        last_subject, last_weight = subject, weight
      end
      if not last_short then return true end
    end
  end
  spend(steps)
  return false
end

-- Goes on where matching in Lua has ended. What it complains about, it says as C would.
local function concluded(fine, ...)
  if fine then return ... end
  if (...) == patterns.failed then error(patterns.complaint()) end
  error(..., 0)
end

-- Matching in Lua, behind a function of C's as matching in C would be: nothing yields across it.
local function slowly(work, ...)
  local count, arguments = select('#', ...), {...}
  return concluded(xpcall(function() return work(unpack(arguments, 1, count)) end, amended))
end

local function listed(count, list) return unpack(list, 1, count) end

function texts.find(...)
  local subject, pattern, _, plain = ...
  if type(subject) == 'string' and #subject <= (quiet[pattern] or -1) then return find(...) end
  if not is_long(catalogued, subject, pattern, plain) then return find(...) end
  local start = find(subject, '', (select(3, ...)), true)
  subject = tostring(subject)
  if plain or catalogued.weights[pattern].plain then return slowly(patterns.plain_in, subject, pattern, start) end
  return listed(slowly(patterns.found_in, subject, pattern, start, true))
end

function texts.match(...)
  local subject, pattern = ...
  if type(subject) == 'string' and #subject <= (quiet[pattern] or -1) then return match(...) end
  if not is_long(catalogued, subject, pattern) then return match(...) end
  local start = find(subject, '', (select(3, ...)), true)
  return listed(slowly(patterns.found_in, tostring(subject), pattern, start, false))
end

function texts.gmatch(...)
  local subject, pattern = ...
  if type(subject) == 'string' and #subject <= (quiet_for_gmatch[pattern] or -1) then return gmatch(...) end
  if not is_long(for_gmatch, subject, pattern) then return gmatch(...) end
  local following = patterns.each_in(tostring(subject), pattern)
  return function() return listed(slowly(following)) end
end
texts.gfind = texts.gmatch

function texts.gsub(...)
  local subject, pattern, replacement, most = ...
  if type(subject) == 'string' and #subject <= (quiet[pattern] or -1) then return gsub(...) end
  if not is_long(catalogued, subject, pattern) then return gsub(...) end
  gsub('', 'x', select(3, ...))
  subject = tostring(subject)
  most = most == nil and #subject + 1 or checked_int(4, 'gsub', most, 4)
  return slowly(patterns.substituted, subject, pattern, replacement, most)
end

function texts.rep(...)
  if ... == '' and tonumber((select(2, ...))) then return '' end  -- C adds nothing, as often as it is told
  return rep(...)
end

-- C sorts by itself as long as it is done soon.
local MOST_SORTED = 10000

local function sorted(fine, problem)
  if not fine then error(problem, 0) end
end

function tables.sort(...)
  local list, compare = ...
  if compare ~= nil or type(list) ~= 'table' or #list <= MOST_SORTED then return sort(...) end
  return sorted(xpcall(function() sort(list, patterns.less) end, function(problem)
    if type(problem) == 'string' then problem = gsub(problem, '^%[C%]:%d+: ', '') end
    return amend(problem, 2)
  end))
end

function tables.insert(...)
  if behind[...] and select('#', ...) > 1 and select('#', ...) < 4 then error(READONLY, 0) end
  if select('#', ...) == 3 and type(...) == 'table' then
    local place = tonumber((select(2, ...)))
    if place and place < -MOST_SORTED then
      return slowly(patterns.insert_below, (...), checked_int(2, 'insert', place, 3), (select(3, ...)))
    end
  end
  return insert(...)
end

function tables.foreach(...)
  local content = behind[...]
  if content and type((select(2, ...))) == 'function' then return foreach(content, (select(2, ...))) end
  return foreach(...)
end

-- Numbers: drand48, the generator of Redis, begun as C begins it; the state is `high` * 2^24 + `low` ---------------

local high, low = 0x1234AB, 0xCD330E

local function draw()
  local product = low * 0xECE66D + 0xB
  local carry = floor(product / 0x1000000)
  high = (high * 0xECE66D + low * 0x5DE + carry) % 0x1000000
  low = product % 0x1000000
  local value = high * 128 + floor(low / 131072)
  return value % 2147483647 / 2147483647
end

-- Lua takes a range of 2^31 items or more for one that has room.
function names.unpack(...)
  local list, first, last = ...
  if (first ~= nil or last ~= nil) and type(list) == 'table' then
    local count = select('#', ...)
    first = first == nil and 1 or checked_int(2, 'unpack', first, count)
    last = last == nil and #list or checked_int(3, 'unpack', last, count)
    if last - first >= 2147483647 then error('too many results to unpack') end
  end
  return unpack(...)
end

function numbers.random(...)
  local count, chance = select('#', ...), draw()
  if count == 0 then return chance end
  if count > 2 then error('wrong number of arguments') end
  local least, most = 1, nil
  if count == 1 then
    most = checked_int(1, 'random', ..., 1)
  else
    least, most = checked_int(1, 'random', (...), 2), checked_int(2, 'random', (select(2, ...)), 2)
  end
  if least > most then error('bad argument #' .. count .. " to 'random' (interval is empty)") end
  if count == 1 then return floor(chance * most) + 1 end
  return floor(chance * (most - least + 1)) + least
end

-- What no logarithm is has a sign, which is not the same in all versions of C's library.
function numbers.log(...)
  local value, result = (...), log(...)
  if result ~= result and tonumber(value) < 0 then return 0 / 0 end
  return result
end

function numbers.randomseed(...)
  local seed = checked_int(1, 'randomseed', ..., select('#', ...)) % 4294967296
  high, low = floor(seed / 256), seed % 256 * 65536 + 0x330E
end

-- The state, which another interpreter can go on with; given one, that is taken on.
local function luck(other_high, other_low)
  local before_high, before_low = high, low
  if other_high then high, low = other_high, other_low end
  return before_high, before_low
end

-- redis ----------------------------------------------------------------------------------------------------------

local redis = {}
for name, value in pairs(host.constants) do redis[name] = value end
for name, value in pairs(host.api) do redis[name] = as_function(value) end

local function trimmed(text)
  text = match(text, '^[\r\n]*([^%z]*)')
  local last = #text
  while last > 0 and find(text, '^[\r\n]', last) do last = last - 1 end
  return sub(text, 1, last)
end

function redis.error_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return {err = 'ERR wrong number or type of arguments'} end
  text = match(text, '^[^%z]*')
  if sub(text, 1, 1) ~= '-' then text = '-' .. text end
  local code, rest = match(text, '^%-([^ ]*) (.*)$')
  if not code then return {err = 'ERR ' .. trimmed(sub(text, 2))} end
  return {err = code .. ' ' .. trimmed(rest)}
end

function redis.status_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return {err = 'ERR wrong number or type of arguments'} end
  return {ok = text}
end

function redis.breakpoint() return false end
function redis.debug() end
function redis.replicate_commands() return true end

-- The functions of Python's see a zero without its sign: they are handed what Lua makes of it as a text.
local function with_signs(work)
  return function(...)
    local a, b, c, d, e, f = ...
    local count = select('#', ...)
    if a ~= 0 and b ~= 0 and c ~= 0 and d ~= 0 and e ~= 0 and f ~= 0 and count < 7 then return work(...) end
    local words = {...}
    for place = 1, count do
      if words[place] == 0 and 1 / words[place] < 0 then words[place] = '-0' end
    end
    return work(unpack(words, 1, count))
  end
end

-- Putting it together --------------------------------------------------------------------------------------------

names._G, names.__redis__err__handler = globals, uncaught
names.coroutine, names.string, names.table = protect(routines), protect(texts), protect(tables)
names.math, names.redis = protect(numbers), protect(redis)
if redis.REDIS_VERSION_NUM >= 0x070400 then names.os = protect {clock = os.clock} end
setmetatable(names, {__index = missing})
shown_metatable[globals] = protect {__index = missing}
behind[string_metatable].__index = names.string
getmetatable('').__index = texts

local wrappers = {}
for _, group in pairs {names, routines, texts, tables, numbers, redis} do
  for _, value in pairs(group) do
    if type(value) == 'function' and getinfo(value, 'S').what ~= 'C' then wrappers[value] = true end
  end
end

function texts.dump(...)
  if wrappers[...] then error('unable to dump given function') end
  return dump(...)
end
wrappers[texts.dump] = true

local function keep_signs()
  for _, name in ipairs {'call', 'pcall', 'sha1hex', 'log'} do
    redis[name] = with_signs(redis[name])
    wrappers[redis[name]] = true
  end
end

local hidden = {debug = debug, package = package, require = require}

-- These libraries are written for a runtime with everything in it; they take what they need while they load.
function libraries()
  debug, package, require, behind_protected = hidden.debug, hidden.package, hidden.require, behind
  loading = true  -- and nobody ends the script in the midst of that
  host.install()
  loading = false
  local found = {cjson = cjson, cmsgpack = cmsgpack, bit = bit, struct = struct}
  debug, package, require, behind_protected, cjson, cmsgpack, bit, struct = nil
  return found
end

-- Running --------------------------------------------------------------------------------------------------------

-- Called by Lua after so many instructions: few at first, for one of them may join very long texts.
function hook()
  local now, steps = clock(), hook_steps
  local taken = hook_at and now - hook_at or 0
  hook_at = now
  local early = steps < HOOK_STEPS and taken < 0.05 and not owed
  if early then
    steps = steps * 2
  elseif steps > FIRST_STEPS and taken > 0.1 then
    steps = FIRST_STEPS
  end
  if steps ~= hook_steps or collected or owed then
    if collected then newproxy(sentinel) end
    collected, owed, hook_steps = false, false, steps
    sethook(hook, '', steps)
  end
  if early or loading then return end
  local info = getinfo(2, 'S')
  if not (info and info.source == OURS) then
    look()
  else
    owed = true
    sethook(hook, '', 20)
  end
end
sethook(hook, '', FIRST_STEPS)

-- Before a run.
local function begin()
  killed, loading, hook_at = false, false, nil
  if hook_steps ~= FIRST_STEPS and hook_mask == '' then
    hook_steps = FIRST_STEPS
    sethook(hook, '', FIRST_STEPS)
  end
end

local ARRAY, ERROR, STATUS, DOUBLE, BIG, VERBATIM, MAP, SET, FAILURE = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function flat(list, ...)
  local length = 0
  while rawget(list, length + 1) ~= nil do length = length + 1 end
  if length > 4000 then return ARRAY, false, list, length end
  return ARRAY, true, unpack(list, 1, length)
end

-- What a value that a script returns is: itself, or for a table its kind and what belongs to it.
local function opened(value)
  local kind = type(value)
  if kind == 'string' or kind == 'number' or kind == 'boolean' then return value end
  if kind ~= 'table' or behind[value] then
    if kind == 'table' then return ARRAY, true end
    return nil
  end
  local field = rawget(value, 'err')
  if type(field) == 'string' then return ERROR, field, rawget(value, 'ignore_error_stats_update') == true end
  field = rawget(value, 'ok')
  if type(field) == 'string' then return STATUS, field end
  field = rawget(value, 'double')
  if type(field) == 'number' then return DOUBLE, format('%.17g', field) end
  field = rawget(value, 'big_number')
  if type(field) == 'string' then return BIG, field end
  field = rawget(value, 'verbatim_string')
  if type(field) == 'table' then
    local format, text = rawget(field, 'format'), rawget(field, 'string')
    if type(format) == 'string' and type(text) == 'string' then return VERBATIM, format, text end
  end
  field = rawget(value, 'map')
  if type(field) == 'table' then
    local list, length = {}, 0
    for name, content in next_name, field do
      list[length + 1], list[length + 2], length = name, content, length + 2
    end
    return MAP, list, length
  end
  field = rawget(value, 'set')
  if type(field) == 'table' then
    local list, length = {}, 0
    for name in next_name, field do
      length = length + 1
      list[length] = name
    end
    return SET, list, length
  end
  return flat(value)
end

local function extract(problem)
  return problem.err, problem.source, problem.line, problem.ignore_error_stats_update
end

local function outcome(fine, result)
  local kind = type(result)
  if fine and (kind == 'string' or kind == 'number') then return result end
  if kind == 'table' then host.make_room() end  -- Python keeps what it is handed in Lua's registry
  if fine then return opened(result) end
  if kind ~= 'table' then return FAILURE, false, tostring(result) end
  local sound, text, source, line, counted = pcall(extract, result)
  if not sound then return FAILURE, false, tostring(text) end
  if type(text) ~= 'string' and type(text) ~= 'number' then return FAILURE, true end
  return FAILURE, true, tostring(text), source and tostring(source), line and tostring(line), counted == true
end

-- Run a compiled script: the keys come first among the words.
local function run(script, count, ...)
  begin()
  local total = select('#', ...)
  if count == 0 then
    names.KEYS, names.ARGV = {}, {...}
  elseif count == total then
    names.KEYS, names.ARGV = {...}, {}
  else
    local keys = {...}
    local arguments = {unpack(keys, count + 1, total)}
    for place = count + 1, total do keys[place] = nil end
    names.KEYS, names.ARGV = keys, arguments
  end
  return outcome(xpcall(script, uncaught))
end

local function run_with(script, keys, arguments)
  begin()
  names.KEYS, names.ARGV = keys, arguments
  return outcome(xpcall(script, uncaught))
end

-- A function of ours that runs a script so many lines before its end.
local function runs(work, lines) runs_at[getinfo(work, 'S').lastlinedefined - lines] = true end
runs(run, 1)
runs(run_with, 1)

local function compile(code, name)
  if byte(code) == 27 then return nil, sub(name, 2) .. ":1: unexpected symbol near 'char(27)'" end
  local chunk, problem = parsed(code, name)
  if not chunk then return nil, problem end
  return settled(chunk, name)
end

local function extend(list, length, ...)
  for place = 1, select('#', ...) do list[length + place] = (select(place, ...)) end
end

local function more(found, ...)
  local parts, content = {...}, found.map
  for place = 1, select('#', ...), 2 do content[parts[place]] = parts[place + 1] end
end

local function more_members(found, ...)
  local content = found.set
  for _, member in ipairs {...} do content[member] = true end
end

-- Whoever watches scripts has a hook of their own, for each line.
if host.watching then
  local given = {}
  for name, value in pairs(host.watcher) do given[name] = as_function(value) end
  hook, hook_mask = assert(loadstring(host.watching, OURS))(given, {
    OURS = OURS, names = names, redis = redis, behind = behind, wrappers = wrappers,
    next_name = next_name, compile = compile, amend = amend, amended = amended,
  }), 'l'
  sethook(hook, hook_mask, HOOK_STEPS)
end

-- From here on nothing of Python or of the debugger is reachable by a name.
python, debug, package, require, module, io, os = nil

return {
  run = run, run_with = run_with, compile = compile, opened = opened, extend = extend,
  pack = function(...) return {...} end,
  part = function(list, first, last) return true, unpack(list, first, last) end,
  ok = function() return {ok = 'OK'} end,
  field = function(name, value) return {[name] = value} end,
  failure = function(text, counted) return {err = text, ignore_error_stats_update = counted or nil} end,
  verbatim = function(format, text) return {verbatim_string = {format = format, string = text}} end,
  map = function(...)
    local found = {map = {}}
    more(found, ...)
    return found
  end,
  more = more,
  set = function(...)
    local found = {set = {}}
    more_members(found, ...)
    return found
  end,
  more_members = more_members,
  redis = redis, names = names, protect = protect, keep_signs = keep_signs, luck = luck, number = tonumber, runs = runs,
}
"""
