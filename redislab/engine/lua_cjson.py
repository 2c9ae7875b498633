"""The library `cjson` of scripts: encoding, and the settings that each module made by `cjson.new` has for itself.

A table is an array if all its keys are whole numbers from 1 up (holes become null), unless it is sparse in excess; else
an object in the order of `next`. An empty table is an object.

The order of `next` is that of Redis for names of up to 31 bytes. Redis changed how its Lua hashes longer ones, so that
an object with such names may come out in another order there.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support, new_decoder = ...
local behind, fail, fail_argument, check_integer, check_string, null =
  support.behind, support.fail, support.fail_argument, support.check_integer, support.check_string, support.null
local type, next, rawget, floor, huge = type, next, rawget, math.floor, math.huge
local format, gsub, find, byte, concat = string.format, string.gsub, string.find, string.byte, table.concat

local INT_MAX = 2147483647

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\127'] = '\\u007f'}
for code = 0, 31 do escapes[string.char(code)] = format('\\u%04x', code) end
for letter, code in next, {b = '\8', t = '\t', n = '\n', f = '\12', r = '\r'} do escapes[code] = '\\' .. letter end

local function encode_text(text)
  if find(text, '[%z\1-\31"\\/\127]') then text = gsub(text, '[%z\1-\31"\\/\127]', escapes) end
  return '"' .. text .. '"'
end

local function refuse(value, reason)
  fail('Cannot serialise %s: %s', type(value), reason)
end

local function encode_number(number, settings)
  if number ~= number or number == huge or number == -huge then
    if settings.encode_invalid_numbers == 0 then refuse(number, 'must not be NaN or Inf') end
    if settings.encode_invalid_numbers == 2 then return 'null' end
    if number ~= number then return 'nan' end
  end
  return format(settings.number_format, number)
end

-- The length of the array that a table is, or -1 for an object.
local function array_length(table, settings)
  local most, items = 0, 0
  for key, value in next, table do
    if type(key) ~= 'number' or key < 1 or key ~= floor(key) then return -1 end
    -- A larger key than C's int can hold becomes its smallest number.
    if key > most then most = key <= INT_MAX and key or -INT_MAX - 1 end
    items = items + 1
  end
  local ratio = settings.encode_sparse_ratio
  if ratio > 0 and most > items * ratio and most > settings.encode_sparse_safe then
    if settings.encode_sparse_convert == 0 then refuse(table, 'excessively sparse array') end
    return -1
  end
  return most
end

local encode_value

local function encode_array(table, length, settings, depth, slots, out)
  out[#out + 1] = '['
  for place = 1, length do
    if place > 1 then out[#out + 1] = ',' end
    encode_value(rawget(table, place), settings, depth, slots + 1, out)
  end
  out[#out + 1] = ']'
end

local function encode_object(table, settings, depth, slots, out)
  local mark = '{'
  for key, value in next, table do
    local kind = type(key)
    if kind == 'string' then
      out[#out + 1] = mark .. encode_text(key) .. ':'
    elseif kind == 'number' then
      out[#out + 1] = mark .. '"' .. encode_number(key, settings) .. '":'
    else
      refuse(key, 'table key must be a number or string')
    end
    encode_value(value, settings, depth, slots + 2, out)
    mark = ','
  end
  out[#out + 1] = mark == '{' and '{}' or '}'
end

-- `slots` is what this would take of the stack in C, which holds 8000 values.
function encode_value(value, settings, depth, slots, out)
  local kind = type(value)
  if kind == 'string' then
    out[#out + 1] = encode_text(value)
  elseif kind == 'number' then
    out[#out + 1] = encode_number(value, settings)
  elseif kind == 'boolean' then
    out[#out + 1] = value and 'true' or 'false'
  elseif kind == 'table' then
    depth = depth + 1
    if depth > settings.encode_max_depth or slots + 3 > 8000 then
      fail('Cannot serialise, excessive nesting (%d)', depth)
    end
    value = behind[value] or value
    local length = array_length(value, settings)
    if length > 0 then
      encode_array(value, length, settings, depth, slots, out)
    else
      encode_object(value, settings, depth, slots, out)
    end
  elseif kind == 'nil' or value == null then
    out[#out + 1] = 'null'
  else
    refuse(value, 'type not supported')
  end
end

-- Settings -------------------------------------------------------------------------------------------------------

local function at_most(count, most)
  if count > most then fail_argument(most + 1, 'found too many arguments') end
end

local function set_integer(settings, name, place, value, least, most)
  if value ~= nil then
    -- As many bits as C's int has.
    local number = (check_integer(place, value, place) + 2147483648) % 4294967296 - 2147483648
    if number < least or number > most then
      fail_argument(1, format('expected integer between %d and %d', least, most))
    end
    settings[name] = number
  end
  return settings[name]
end

-- A setting that is off, on, or one of further words, kept as their number; true and false stand for on and off.
local function set_choice(settings, name, place, value, words)
  if type(value) == 'boolean' then
    settings[name] = value and 1 or 0
  elseif value ~= nil then
    local word = check_string(place, value, place)
    if not words[word] then fail_argument(place, "invalid option '" .. word .. "'") end
    settings[name] = words[word]
  end
  local number = settings[name]
  if number > 1 then return 'null' end
  return number == 1
end

local ON_OFF = {off = 0, on = 1}
local ON_OFF_NULL = {off = 0, on = 1, null = 2}

local function integer_setting(settings, name, most)
  return support.public(function(count, value)
    at_most(count, 1)
    return set_integer(settings, name, 1, value, 1, most)
  end)
end

local function choice_setting(settings, name, words)
  return support.public(function(count, value)
    at_most(count, 1)
    return set_choice(settings, name, 1, value, words)
  end)
end

local function new()
  local settings = {
    encode_sparse_convert = 0, encode_sparse_ratio = 2, encode_sparse_safe = 10, encode_max_depth = 1000,
    decode_max_depth = 1000, encode_invalid_numbers = 0, decode_invalid_numbers = 1, encode_keep_buffer = 1,
    encode_number_precision = 14, number_format = '%.14g',
  }
  local module = {_NAME = 'cjson', _VERSION = '2.1.0', null = null, new = new}
  module.encode = support.public(function(count, value)
    if count ~= 1 then fail_argument(1, 'expected 1 argument') end
    local out = {}
    encode_value(value, settings, 0, 1, out)
    return concat(out)
  end)
  module.decode = support.public(new_decoder(settings))
  module.encode_sparse_array = support.public_list(function(count, convert, ratio, safe)
    at_most(count, 3)
    return {
      set_choice(settings, 'encode_sparse_convert', 1, convert, ON_OFF),
      set_integer(settings, 'encode_sparse_ratio', 2, ratio, 0, INT_MAX),
      set_integer(settings, 'encode_sparse_safe', 3, safe, 0, INT_MAX),
    }, 3
  end)
  module.encode_max_depth = integer_setting(settings, 'encode_max_depth', INT_MAX)
  module.decode_max_depth = integer_setting(settings, 'decode_max_depth', INT_MAX)
  module.encode_number_precision = support.public(function(count, value)
    at_most(count, 1)
    local digits = set_integer(settings, 'encode_number_precision', 1, value, 1, 14)
    settings.number_format = '%.' .. digits .. 'g'
    return digits
  end)
  module.encode_keep_buffer = choice_setting(settings, 'encode_keep_buffer', ON_OFF)
  module.encode_invalid_numbers = choice_setting(settings, 'encode_invalid_numbers', ON_OFF_NULL)
  module.decode_invalid_numbers = choice_setting(settings, 'decode_invalid_numbers', ON_OFF)
  return module
end

return new()
"""
