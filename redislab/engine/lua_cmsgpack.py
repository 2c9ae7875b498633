"""The library `cmsgpack` of scripts, its packing half: Lua values as MessagePack.

A whole number takes the shortest integer form, another one a float where that is exact, else a double. A table is an
array if its keys are 1 to n, else a map in the order of `next`. What has no form (functions, cjson.null) is nil, and
so is a table nested too deep.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support = ...
local behind = support.behind
local bytes_of_32, bytes_of_64, bytes_of_double, bytes_of_float =
  support.bytes_of_32, support.bytes_of_64, support.bytes_of_double, support.bytes_of_float
local type, next, select, floor, char, concat = type, next, select, math.floor, string.char, table.concat

local DEEPEST = 16

local function two(number)
  local low = number % 256
  return char((number - low) / 256, low)
end

local function pack_text(text)
  local size = #text
  if size < 32 then return char(160 + size) .. text end
  if size <= 255 then return '\217' .. char(size) .. text end
  if size <= 65535 then return '\218' .. two(size) .. text end
  return '\219' .. bytes_of_32(size) .. text
end

local function pack_integer(number)
  if number >= 0 then
    if number <= 127 then return char(number) end
    if number <= 255 then return '\204' .. char(number) end
    if number <= 65535 then return '\205' .. two(number) end
    if number <= 4294967295 then return '\206' .. bytes_of_32(number) end
    return '\207' .. bytes_of_64(number)
  end
  if number >= -32 then return char(256 + number) end
  if number >= -128 then return '\208' .. char(256 + number) end
  if number >= -32768 then return '\209' .. two(65536 + number) end
  if number >= -2147483648 then return '\210' .. bytes_of_32(4294967296 + number) end
  return '\211' .. bytes_of_64(number)
end

local function pack_number(number)
  if number == floor(number) and number >= -9223372036854775808 and number < 9223372036854775808 then
    return pack_integer(number)
  end
  local bytes, exact = bytes_of_float(number)
  return exact and '\202' .. bytes or '\203' .. bytes_of_double(number)
end

-- Whether the keys of a table are 1 to n, each a number that fits 31 bits.
local function is_array(table)
  local count, most = 0, 0
  for key in next, table do
    if type(key) ~= 'number' or key <= 0 or key ~= floor(key) or key > 2147483647 then return false end
    if key > most then most = key end
    count = count + 1
  end
  return most == count
end

local function pack_count(count, short, two_bytes, four_bytes)
  if count <= 15 then return char(short + count) end
  return count <= 65535 and two_bytes .. two(count) or four_bytes .. bytes_of_32(count)
end

local pack_value

local function pack_table(table, level, out)
  if is_array(table) then
    local size = #table
    out[#out + 1] = pack_count(size, 144, '\220', '\221')
    for place = 1, size do pack_value(table[place], level, out) end
    return
  end
  local count = 0
  for _ in next, table do count = count + 1 end
  out[#out + 1] = pack_count(count, 128, '\222', '\223')
  for key, value in next, table do
    pack_value(key, level, out)
    pack_value(value, level, out)
  end
end

function pack_value(value, level, out)
  local kind = type(value)
  if kind == 'string' then
    out[#out + 1] = pack_text(value)
  elseif kind == 'number' then
    out[#out + 1] = pack_number(value)
  elseif kind == 'boolean' then
    out[#out + 1] = value and '\195' or '\194'
  elseif kind == 'table' and level < DEEPEST then
    pack_table(behind[value] or value, level + 1, out)
  else
    out[#out + 1] = '\192'
  end
end

local function pack(count, ...)
  if count == 0 then support.fail_argument(0, 'MessagePack pack needs input.') end
  local out = {}
  for place = 1, count do pack_value((select(place, ...)), 0, out) end
  return concat(out)
end

return {
  pack = support.public(pack),
  _NAME = 'cmsgpack',
  _VERSION = 'lua-cmsgpack 0.4.0',
  _COPYRIGHT = 'Copyright (C) 2012, Salvatore Sanfilippo',
  _DESCRIPTION = 'MessagePack C implementation for Lua',
}
"""
