"""The library `cmsgpack` of scripts, its unpacking half: unpack, unpack_one and unpack_limit.

In C each value waits on Lua's stack, which has room for 8000; how much of it is taken is counted here, because a
script can tell: there is an error for too many values at once and one for too deep a nesting.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support, cmsgpack = ...
local fail, fail_bare, check_string, check_integer, optional_integer =
  support.fail, support.fail_bare, support.check_string, support.check_integer, support.optional_integer
local number_of_32, number_of_64, number_of_float, number_of_double =
  support.number_of_32, support.number_of_64, support.number_of_float, support.number_of_double
local byte, sub = string.byte, string.sub

local SLOTS = 8000

local text, at, length, slots  -- what is read, the next byte, the number of bytes, the slots of the stack taken

local function room(what)
  if slots + 1 > SLOTS then fail('stack overflow (%s)', what) end
end

local function need(size)
  if at + size - 1 > length then fail('Missing bytes in input.') end
end

local function take(size)
  need(size)
  local start = at
  at = at + size
  return start
end

local function take_text(size)
  local start = take(size)
  return sub(text, start, at - 1)
end

local function two(place)
  local high, low = byte(text, place, place + 1)
  return high * 256 + low
end

local take_value

local function take_array(size)
  local array = {}
  slots = slots + 1
  room('in function mp_decode_to_lua_array')
  slots = slots + 1
  for index = 1, size do array[index] = take_value() end
  slots = slots - 2
  return array
end

local function take_map(size)
  local map = {}
  slots = slots + 1
  for _ = 1, size do
    local key = take_value()
    slots = slots + 1
    local value = take_value()
    slots = slots - 1
    if key == nil then fail_bare('table index is nil') end
    if key ~= key then fail_bare('table index is NaN') end
    map[key] = value
  end
  slots = slots - 1
  return map
end

local readers = {
  [192] = function() at = at + 1 return nil end,
  [194] = function() at = at + 1 return false end,
  [195] = function() at = at + 1 return true end,
  [202] = function() return number_of_float(text, take(5) + 1) end,
  [203] = function() return number_of_double(text, take(9) + 1) end,
  [204] = function() return byte(text, take(2) + 1) end,
  [205] = function() return two(take(3) + 1) end,
  [206] = function() return number_of_32(text, take(5) + 1) end,
  [207] = function() return number_of_64(text, take(9) + 1) end,
  [208] = function()
    local number = byte(text, take(2) + 1)
    return number >= 128 and number - 256 or number
  end,
  [209] = function()
    local number = two(take(3) + 1)
    return number >= 32768 and number - 65536 or number
  end,
  [210] = function()
    local number = number_of_32(text, take(5) + 1)
    return number >= 2147483648 and number - 4294967296 or number
  end,
  [211] = function() return number_of_64(text, take(9) + 1) end,
  [217] = function() return take_text(byte(text, take(2) + 1)) end,
  [218] = function() return take_text(two(take(3) + 1)) end,
  [219] = function() return take_text(number_of_32(text, take(5) + 1)) end,
  [220] = function() return take_array(two(take(3) + 1)) end,
  [221] = function() return take_array(number_of_32(text, take(5) + 1)) end,
  [222] = function() return take_map(two(take(3) + 1)) end,
  [223] = function() return take_map(number_of_32(text, take(5) + 1)) end,
}

function take_value()
  need(1)
  room('too many return values at once; use unpack_one or unpack_limit instead.')
  local first = byte(text, at)
  local reader = readers[first]
  if reader then return reader() end
  if first >= 192 and first < 224 then fail('Bad data format in input.') end
  at = at + 1
  if first < 128 then return first end
  if first >= 224 then return first - 256 end
  if first >= 160 then return take_text(first - 160) end
  if first >= 144 then return take_array(first - 144) end
  return take_map(first - 128)
end

local function unpack(number, limit, offset)
  if offset < 0 or limit < 0 then
    fail('Invalid request to unpack with offset of %d and limit of %d.', offset, #text)
  elseif offset > #text then
    fail('Start offset %d greater than input length %d.', offset, #text)
  end
  local all = limit == 0 and offset == 0
  if all then limit = 2147483647 end
  at, length, slots = offset + 1, #text, 1
  local results, found = {}, all and 0 or 1
  while at <= length and found - (all and 0 or 1) < limit do
    found = found + 1
    results[found] = take_value()
    slots = slots + 1
  end
  if not all then results[1] = at > length and -1 or at - 1 end
  return results, found
end

cmsgpack.unpack = support.public_list(function(count, packed)
  text = check_string(1, packed, count)
  return unpack(count, 0, 0)
end)

cmsgpack.unpack_one = support.public_list(function(count, packed, offset)
  offset = optional_integer(2, offset, count, 0)
  text = check_string(1, packed, count)
  return unpack(count, 1, offset)
end)

cmsgpack.unpack_limit = support.public_list(function(count, packed, limit, offset)
  limit = check_integer(2, limit, count)
  offset = optional_integer(3, offset, count, 0)
  text = check_string(1, packed, count)
  return unpack(count, limit, offset)
end)
"""
