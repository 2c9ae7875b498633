"""Matching of Lua's patterns that can be interrupted, and what a pattern may cost at worst.

Lua matches in C, where no hook runs: a pattern that goes back and forth for ever would hold the process. So it is told
beforehand how much work a pattern can make of a subject of that length; what might take seconds is matched here, in
Lua, where a script can be ended. Both give the same results and the same errors, and patterns of everyday never come
here. What is one character's class is asked of C; runs of it are, too.

Told costs are upper bounds, in steps of some five nanoseconds, as a factor and a power of the subject's length.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local spend = ...  -- told of work done in C; raises an error if the script is to end
local find, match, gmatch, gsub, rep, byte, sub = string.find, string.match, string.gmatch, string.gsub, string.rep,
  string.byte, string.sub
local type, tostring, error, unpack, concat = type, tostring, error, unpack, table.concat
local next, ipairs, rawget, rawset = next, ipairs, rawget, rawset
local floor, max, min = math.floor, math.max, math.min

-- Reading a pattern ----------------------------------------------------------------------------------------------

-- Where the class that begins at a place ends, and what is wrong with it.
local function class_end(pattern, at)
  local first = sub(pattern, at, at)
  if first == '%' then
    if at == #pattern then return nil, "malformed pattern (ends with '%')" end
    return at + 2
  elseif first ~= '[' then
    return at + 1
  end
  at = at + 1
  if sub(pattern, at, at) == '^' then at = at + 1 end
  repeat
    if at > #pattern then return nil, "malformed pattern (missing ']')" end
    local here = sub(pattern, at, at)
    at = at + 1
    if here == '%' and at <= #pattern then at = at + 1 end
  until sub(pattern, at, at) == ']'
  return at + 1
end

-- The items of a pattern, which C takes to end at a NUL; the last is of kind 'end', 'last' ($) or 'wrong'.
local function parse(pattern)
  pattern = match(pattern, '^%Z*')
  local items, at, levels, open = {}, 1, 0, {}
  local function add(kind, a, b) items[#items + 1] = {kind = kind, a = a, b = b} end
  local function stop(kind, a)
    add(kind, a)
    return items, levels, open
  end
  while at <= #pattern do
    local here, following = sub(pattern, at, at), sub(pattern, at + 1, at + 1)
    if here == '(' then
      if levels == 32 then return stop('wrong', 'too many captures') end
      levels = levels + 1
      if following == ')' then
        add('position', levels)
        open[levels], at = false, at + 2
      else
        add('open', levels)
        open[levels], at = true, at + 1
      end
    elseif here == ')' then
      local level = levels
      while level > 0 and not open[level] do level = level - 1 end
      if level == 0 then return stop('wrong', 'invalid pattern capture') end
      add('close', level)
      open[level], at = false, at + 1
    elseif here == '$' and following == '' then
      return stop('last')
    elseif here == '%' and following == 'b' then
      if at + 3 > #pattern then return stop('wrong', 'unbalanced pattern') end
      add('balance', sub(pattern, at + 2, at + 3))
      at = at + 4
    elseif here == '%' and following == 'f' then
      if sub(pattern, at + 2, at + 2) ~= '[' then return stop('wrong', "missing '[' after '%f' in pattern") end
      local ending, problem = class_end(pattern, at + 2)
      if not ending then return stop('wrong', problem) end
      add('frontier', sub(pattern, at + 2, ending - 1))
      at = ending
    elseif here == '%' and find(following, '^%d') then
      local level = byte(following) - 48
      if level == 0 or level > levels or open[level] then return stop('wrong', 'invalid capture index') end
      add('again', level)
      at = at + 2
    else
      local ending, problem = class_end(pattern, at)
      if not ending then return stop('wrong', problem) end
      local class, repeated = sub(pattern, at, ending - 1), sub(pattern, ending, ending)
      if class == '$' or class == '^' then class = '%' .. class end  -- it stands for itself
      at = ending
      if repeated == '?' or repeated == '*' or repeated == '+' or repeated == '-' then
        at = at + 1
        if repeated == '+' then
          add('one', class)
          repeated = '*'
        end
        add(repeated, class)
      else
        add('one', class)
      end
    end
  end
  return stop('end')
end

-- Classes --------------------------------------------------------------------------------------------------------

local every = {}
for code = 0, 255 do every[code + 1] = string.char(code) end
every = concat(every)

local sets, known = {}, 0

-- The codes of the characters in a class: code -> true.
local function set_of(class)
  local set = sets[class]
  if set then return set end
  if known > 200 then sets, known = {}, 0 end
  set = {}
  for character in gmatch(every, class) do set[byte(character)] = true end
  sets[class], known = set, known + 1
  return set
end

local function disjoint(class, other)
  local set, other_set = set_of(class), set_of(other)
  for code in next, set do
    if other_set[code] then return false end
  end
  return true
end

-- The class of the character that must stand where an item begins, if one must.
local function required(items, place)
  local item = items[place]
  while item.kind == 'open' or item.kind == 'close' or item.kind == 'position' do
    place = place + 1
    item = items[place]
  end
  return item.kind == 'one' and item.a or nil
end

-- Costs ----------------------------------------------------------------------------------------------------------

-- A cost is two numbers, a factor and a power of the subject's length.
local function plus(a, b) return {a[1] + b[1], a[2] > b[2] and a[2] or b[2]} end
local function times(a, b) return {a[1] * b[1], a[2] + b[2]} end

-- What all of a search may cost. `run` is the most characters of a class, other than `.`, in a row, if that is known.
local function total(items, anchored, run)
  -- Of what follows an item: can it fail, what costs a failure, and what a success: per character taken, and beyond.
  local sure, failure, taken, wasted = true, {0, 0}, {1, 0}, {1, 0}
  for place = #items, 1, -1 do
    local item = items[place]
    local kind, class = item.kind, item.a
    if kind == 'last' or kind == 'wrong' then
      sure, failure = false, {1, 0}
    elseif kind == 'open' or kind == 'close' or kind == 'position' then
      if not sure then failure = plus(failure, {1, 0}) end
      wasted = plus(wasted, {1, 0})
    elseif kind == 'balance' or kind == 'again' then
      sure, failure, taken = false, plus({1, 1}, failure), plus(taken, {1, 0})
    elseif kind == 'frontier' then
      local step = {2 * #class, 0}
      sure, failure, wasted = false, plus(step, failure), plus(step, wasted)
    elseif kind ~= 'end' then
      local step = {#class, 0}
      local length = class ~= '.' and run and {run, 0} or {1, 1}
      local following = required(items, place + 1)
      local once = following and not sure and disjoint(class, following)  -- only one way to go on
      if kind == 'one' then
        sure, failure, wasted = false, plus(step, failure), plus(step, wasted)
      elseif sure or kind == '*' and class == '.' and items[place + 1].kind == 'last' then
        sure, failure, taken, wasted = true, {0, 0}, plus(taken, step), plus(step, wasted)
      elseif kind == '?' then
        local tried = once and plus(step, {#following, 0}) or plus(step, failure)
        failure, wasted = plus(tried, failure), plus(tried, wasted)
      elseif once then
        local each = {#class + #following + 2, 0}
        failure, taken, wasted = plus(times(length, each), failure), plus(taken, each), plus(wasted, step)
      else
        local tried = times(length, plus(step, failure))
        if kind == '*' then
          wasted = plus(tried, wasted)
        else
          taken, wasted = plus(taken, plus(step, failure)), plus(step, wasted)
        end
        failure = plus(tried, failure)
      end
    end
  end
  if anchored then return plus(plus(failure, wasted), times({1, 1}, taken)) end
  return times({1, 1}, plus(plus(failure, wasted), taken))
end

-- The classes whose runs matter.
local function repeated_classes(items)
  local classes = {}
  for _, item in ipairs(items) do
    if (item.kind == '*' or item.kind == '-') and item.a ~= '.' then classes[#classes + 1] = item.a end
  end
  return classes
end

local RUN, LONGEST = 32, 1000000
local QUIET, PLAIN = 20000, 64

-- What is known of a pattern beforehand. `loose` is for gmatch, to which ^ is a character like any other.
local function weigh(pattern, loose)
  local items
  local plain = not find(match(pattern, '^%Z*'), '[%^%$%*%+%?%.%(%[%%%-]')
  local found = {plain = plain}
  if plain then
    found.factor, found.power = 1 + #pattern / PLAIN, 1
  else
    local anchored = not loose and byte(pattern) == 94
    items = parse(anchored and sub(pattern, 2) or pattern)
    local worst, usual = total(items, anchored), total(items, anchored, RUN)
    found.factor, found.power = worst[1], worst[2]
    found.usual_factor, found.usual_power = usual[1], usual[2]
    found.classes = repeated_classes(items)
  end
  found.quiet = found.power == 0 and 1e15 or (QUIET / found.factor) ^ (1 / found.power) - 1
  return found
end

-- Are runs of the pattern's classes short in this subject?
local function runs_are_short(found, subject)
  if #subject > LONGEST then return false end
  for _, class in ipairs(found.classes) do
    spend(#subject * RUN)
    if find(subject, rep(class, RUN)) then return false end
  end
  return true
end

-- Matching -------------------------------------------------------------------------------------------------------

local failed, complaint = {}, nil

local function fail(text)
  complaint = text
  error(failed, 0)
end

-- Matches, written as functions that go on with the next one: each takes a place in the subject and returns where all
-- that follows has ended, or nil.

local make = {}

make['end'] = function() return function(at) return at end end
make.last = function(_, _, text)
  local stop = #text + 1
  return function(at) return at == stop and at or nil end
end
make.wrong = function(item) return function() fail(item.a) end end

make.open = function(item, go_on, _, starts)
  local level = item.a
  return function(at)
    starts[level] = at
    return go_on(at)
  end
end
make.position = make.open
make.close = function(item, go_on, _, _, ends)
  local level = item.a
  return function(at)
    ends[level] = at
    return go_on(at)
  end
end

make.balance = function(item, go_on, text)
  local pattern = '^%b' .. item.a
  return function(at)
    local _, last = find(text, pattern, at)
    spend((last or #text) - at)
    if last then return go_on(last + 1) end
  end
end

make.frontier = function(item, go_on, text)
  local set = set_of(item.a)
  return function(at)
    if set[at > 1 and byte(text, at - 1) or 0] or not set[byte(text, at) or 0] then return nil end
    return go_on(at)
  end
end

make.again = function(item, go_on, text, starts, ends)
  local level = item.a
  return function(at)
    if not ends[level] then return nil end  -- of a position nothing is found again
    local wanted = sub(text, starts[level], ends[level] - 1)
    spend(#wanted)
    if sub(text, at, at + #wanted - 1) == wanted then return go_on(at + #wanted) end
  end
end

make.one = function(item, go_on, text)
  local set = set_of(item.a)
  return function(at)
    if set[byte(text, at) or -1] then return go_on(at + 1) end
  end
end

make['?'] = function(item, go_on, text)
  local set = set_of(item.a)
  return function(at)
    if set[byte(text, at) or -1] then
      local ending = go_on(at + 1)
      if ending then return ending end
    end
    return go_on(at)
  end
end

-- As many as there are, and then fewer.
make['*'] = function(item, go_on, text, _, _, following)
  local run, wanted = '^' .. item.a .. '*', following and set_of(following)
  if following and disjoint(item.a, following) then
    return function(at)  -- with fewer, what follows is never there
      local _, last = find(text, run, at)
      spend(last - at)
      return go_on(last + 1)
    end
  end
  return function(at)
    local _, last = find(text, run, at)
    spend(last - at)
    for place = last + 1, at, -1 do
      if not wanted or wanted[byte(text, place) or -1] then
        local ending = go_on(place)
        if ending then return ending end
      end
    end
  end
end

-- As few as do.
make['-'] = function(item, go_on, text, _, _, following)
  local set, wanted = set_of(item.a), following and set_of(following)
  if item.a == '.' and following then
    return function(at)
      while true do
        local place = find(text, following, at)
        spend((place or #text) - at)
        local ending = place and go_on(place)
        if ending or not place then return ending end
        at = place + 1
      end
    end
  end
  return function(at)
    while true do
      local code = byte(text, at) or -1
      local ending = (not wanted or wanted[code]) and go_on(at)
      if ending then return ending end
      if not set[code] then return nil end
      at = at + 1
    end
  end
end

-- A search for a pattern in a subject: the next match from a place on, and what it has captured.
local function searcher(text, pattern, anchored)
  local items, levels, unfinished = parse(pattern)
  local starts, ends = {}, {}
  local attempt
  for place = #items, 1, -1 do
    local item = items[place]
    local following = item.kind ~= 'end' and items[place + 1] and required(items, place + 1)
    attempt = make[item.kind](item, attempt, text, starts, ends, following)
  end
  local first = required(items, 1)

  local function search(at)
    if anchored then
      local ending = attempt(at)
      if ending then return at, ending end
      return nil
    end
    local after = #text + 1
    while at <= after do
      if first then
        local place = find(text, first, at)
        spend((place or #text) - at)
        if not place then return nil end
        at = place
      end
      local ending = attempt(at)
      if ending then return at, ending end
      at = at + 1
    end
  end

  local function captured(level, from, ending)
    if level > levels then
      if level > 1 then fail('invalid capture index') end
      return sub(text, from, ending - 1)
    end
    if unfinished[level] then fail('unfinished capture') end
    if not ends[level] then return starts[level] end
    return sub(text, starts[level], ends[level] - 1)
  end

  -- All captures, in a list that is filled from a place on; the list's length.
  local function capture_all(list, length, from, ending)
    for level = 1, levels do list[length + level] = captured(level, from, ending) end
    return length + levels
  end

  return search, captured, capture_all, levels
end

-- `find` and `match` from a place on: the number of results and a list of them.
local function found_in(text, pattern, at, with_place)
  local anchored = byte(pattern) == 94
  local search, _, capture_all, levels = searcher(text, anchored and sub(pattern, 2) or pattern, anchored)
  local from, ending = search(at)
  if not from then return 1, {} end
  if with_place then
    local list = {from, ending - 1}
    return capture_all(list, 2, from, ending), list
  end
  if levels == 0 then return 1, {sub(text, from, ending - 1)} end
  local list = {}
  return capture_all(list, 0, from, ending), list
end

-- What `gmatch` calls: each time the number of results and a list of them.
local function each_in(text, pattern)
  local search, captured, capture_all, levels = searcher(text, pattern, false)
  local at = 1
  return function()
    if at > #text + 1 then return 0, {} end
    local from, ending = search(at)
    if not from then
      at = #text + 2
      return 0, {}
    end
    at = ending == from and ending + 1 or ending
    if levels == 0 then return 1, {captured(1, from, ending)} end
    local list = {}
    return capture_all(list, 0, from, ending), list
  end
end

-- What stands for a match when the replacement is a text: pieces are added to a list.
local function add_text(replacement, out, length, captured, from, ending)
  local place = 1
  while true do
    local escape = find(replacement, '%', place, true)
    length = length + 1
    out[length] = sub(replacement, place, (escape or 0) - 1)
    if not escape then return length end
    local code = byte(replacement, escape + 1)
    length = length + 1
    if not code then
      out[length] = '\0'  -- C goes by the NUL behind the text
    elseif code < 48 or code > 57 then
      out[length] = sub(replacement, escape + 1, escape + 1)
    elseif code == 48 then
      out[length] = captured(0, from, ending)
    else
      out[length] = captured(code - 48, from, ending)
    end
    place = escape + 2
  end
end

local function substituted(text, pattern, replacement, most)
  local anchored = byte(pattern) == 94
  local search, captured, capture_all, levels = searcher(text, anchored and sub(pattern, 2) or pattern, anchored)
  local kind = type(replacement)
  if kind == 'number' then kind, replacement = 'string', tostring(replacement) end
  local out, length, at, count = {}, 0, 1, 0

  local function whole_or(level, from, ending)
    if level == 0 then return sub(text, from, ending - 1) end
    return captured(level, from, ending)
  end

  local function value_of(from, ending)
    local value
    if kind == 'table' then
      value = replacement[captured(1, from, ending)]
    elseif levels == 0 then
      value = replacement(captured(1, from, ending))
    else
      local list = {}
      value = replacement(unpack(list, 1, capture_all(list, 0, from, ending)))
    end
    if not value then return sub(text, from, ending - 1) end
    if type(value) ~= 'string' and type(value) ~= 'number' then
      fail('invalid replacement value (a ' .. type(value) .. ')')
    end
    return value
  end

  while count < most do
    local from, ending = search(at)
    if not from then break end
    count = count + 1
    length = length + 1
    out[length] = sub(text, at, from - 1)
    if kind == 'string' then
      length = add_text(replacement, out, length, whole_or, from, ending)
    else
      length = length + 1
      out[length] = value_of(from, ending)
    end
    at = ending
    if ending == from then
      if at > #text then break end
      length = length + 1
      out[length] = sub(text, at, at)
      at = at + 1
    end
    if anchored then break end
  end
  length = length + 1
  out[length] = sub(text, at)
  return concat(out, '', 1, length), count
end

-- A plain text in a very long one, window by window: so many places at a time that comparing at each is soon done.
local function plain_in(text, wanted, at)
  local places = max(1, min(100000, floor(200000000 / (#wanted + 1))))
  local width = #wanted + places - 1
  while at + #wanted - 1 <= #text do
    local from = find(sub(text, at, at + width - 1), wanted, 1, true)
    spend(width + places * #wanted / PLAIN)
    if from then return at + from - 1, at + from + #wanted - 2 end
    at = at + places
  end
end

-- What `table.insert` does at a place far below a list: all there is moves up.
local function insert_below(list, place, value)
  for at = #list + 1, place + 1, -1 do
    local moved = rawget(list, at - 1)
    if moved ~= nil or rawget(list, at) ~= nil then rawset(list, at, moved) end
  end
  rawset(list, place, value)
end

-- What `sort` is given to compare with where it would compare by itself: a hook can run in it.
local function less(a, b) return a < b end

return {
  weigh = weigh, runs_are_short = runs_are_short, found_in = found_in, each_in = each_in, substituted = substituted,
  plain_in = plain_in, insert_below = insert_below, less = less, failed = failed,
  complaint = function() return complaint end,
}
"""
