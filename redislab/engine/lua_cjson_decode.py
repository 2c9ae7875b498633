"""The library `cjson` of scripts: decoding.

Text is read token by token; an error names the token that was expected and what was found, with the place counted
from 1. Text ends at its first NUL. Numbers are what C's strtod takes, as long as `decode_invalid_numbers` is on.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support = ...
local fail, fail_argument, check_string, null = support.fail, support.fail_argument, support.check_string, support.null
local tonumber, type, floor, huge = tonumber, type, math.floor, math.huge
local byte, char, find, match, sub, lower, concat =
  string.byte, string.char, string.find, string.match, string.sub, string.lower, table.concat

-- By the code of the first character: tokens of one character, and what a longer one may be.
local single = {
  [123] = 'T_OBJ_BEGIN', [125] = 'T_OBJ_END', [91] = 'T_ARR_BEGIN', [93] = 'T_ARR_END', [44] = 'T_COMMA',
  [58] = 'T_COLON',
}
local blank = {[32] = true, [9] = true, [13] = true, [10] = true}
local begins_number = {[45] = true}
for code = 48, 57 do begins_number[code] = true end
local goes_on = {[69] = true, [101] = true, [88] = true, [120] = true}  -- E, e, X, x
local escapes = {
  ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\8', t = '\t', n = '\n', f = '\12', r = '\r',
}
local nan = -(huge - huge)
if tostring(nan) == '-nan' then nan = -nan end

local text, at, token_at, depth, slots

-- A token that is none: what is wrong with it, at the present place.
local function bad(what)
  token_at = at
  return 'T_ERROR', what
end

-- Strings -------------------------------------------------------------------------------------------------------

local function utf8(code)
  local last = 128 + code % 64
  if code < 128 then return char(code) end
  if code < 2048 then return char(192 + floor(code / 64), last) end
  local middle = 128 + floor(code / 64) % 64
  if code < 65536 then return char(224 + floor(code / 4096), middle, last) end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, middle, last)
end

-- The text of an escape \uXXXX, or of a pair of them, that starts at the present place; nil if it is none.
local function unicode_escape()
  local digits = match(text, '^%x%x%x%x', at + 2)
  if not digits then return nil end
  local code, size = tonumber(digits, 16), 6
  if code >= 0xD800 and code < 0xE000 then
    local second = match(text, '^\\u(%x%x%x%x)', at + 6)
    local low = second and tonumber(second, 16)
    if code >= 0xDC00 or not low or low < 0xDC00 or low >= 0xE000 then return nil end
    code, size = (code - 0xD800) * 1024 + low - 0xDC00 + 65536, 12
  end
  at = at + size
  return utf8(code)
end

-- The rest of a string with escapes; `at` is at the first of them, `start` is where the string began.
local function string_with_escapes(start)
  local parts = {sub(text, start, at - 1)}
  while true do
    local letter = byte(text, at)
    if letter == 34 then
      at = at + 1
      return 'T_STRING', concat(parts)
    elseif letter ~= 92 then
      return bad('unexpected end of string')
    end
    local escape = sub(text, at + 1, at + 1)
    if escape == 'u' then
      local decoded = unicode_escape()
      if not decoded then return bad('invalid unicode escape code') end
      parts[#parts + 1] = decoded
    elseif escapes[escape] then
      parts[#parts + 1] = escapes[escape]
      at = at + 2
    else
      return bad('invalid escape code')
    end
    local _, ending = find(text, '^[^"\\]+', at)
    if ending then
      parts[#parts + 1] = sub(text, at, ending)
      at = ending + 1
    end
  end
end

local function string_token()
  local start = at + 1
  local ending = find(text, '["\\]', start)
  if not ending then
    at = #text + 1
    return bad('unexpected end of string')
  end
  at = ending
  if byte(text, ending) == 92 then return string_with_escapes(start) end
  at = ending + 1
  return 'T_STRING', sub(text, start, ending - 1)
end

-- Numbers -------------------------------------------------------------------------------------------------------

-- Whether what starts here is a number that JSON does not have, though strtod may take it.
local function is_invalid_number()
  return find(text, '^%+', at) or find(text, '^%-?0[xX0-9]', at) or find(text, '^%-?[iI][nN][fF]', at)
    or find(text, '^%-?[nN][aA][nN]', at)
end

-- The end of the longest hexadecimal number, of which the digits after the 0x are at a place.
local function hexadecimal_end(place)
  local whole = match(text, '^%x*', place)
  local fraction = match(text, '^%.%x*', place + #whole) or ''
  if #whole == 0 and #fraction < 2 then return nil end
  local ending = place + #whole + #fraction
  return match(text, '^[pP][-+]?%d+()', ending) or ending
end

local function decimal_end(place)
  local whole = match(text, '^%d*', place)
  local fraction = match(text, '^%.%d*', place + #whole) or ''
  if #whole == 0 and #fraction < 2 then return nil end
  local ending = place + #whole + #fraction
  return match(text, '^[eE][-+]?%d+()', ending) or ending
end

-- What is neither digits nor hexadecimal: infinity and NaN; returns the value and where it ends.
local function word_number(place)
  local word = lower(match(text, '^%a*', place))
  if sub(word, 1, 8) == 'infinity' then return huge, place + 8 end
  if sub(word, 1, 3) == 'inf' then return huge, place + 3 end
  if sub(word, 1, 3) ~= 'nan' then return nil end
  return nan, match(text, '^%([%w_]*%)()', place + 3) or place + 3
end

local function number_token()
  -- Most are plain decimals.
  local digits, after = match(text, '^(%-?%d+%.?%d*)()', at)
  if digits and not goes_on[byte(text, after)] then
    at = after
    return 'T_NUMBER', tonumber(digits)
  end
  local sign, place = match(text, '^([-+]?)()', at)
  local value, ending
  if find(text, '^0[xX]', place) then ending = hexadecimal_end(place + 2) end
  ending = ending or decimal_end(place)
  if ending then
    value = tonumber(sub(text, place, ending - 1))
  else
    value, ending = word_number(place)
    if not value then return bad('invalid number') end
  end
  at = ending
  return 'T_NUMBER', sign == '-' and -value or value
end

-- Tokens --------------------------------------------------------------------------------------------------------

local function word_token(settings)
  if sub(text, at, at + 3) == 'true' then
    at = at + 4
    return 'T_BOOLEAN', true
  elseif sub(text, at, at + 4) == 'false' then
    at = at + 5
    return 'T_BOOLEAN', false
  elseif sub(text, at, at + 3) == 'null' then
    at = at + 4
    return 'T_NULL', null
  elseif settings.decode_invalid_numbers == 1 and find(text, '^[iInN+]', at) and is_invalid_number() then
    return number_token()
  end
  return bad('invalid token')
end

local function next_token(settings)
  local code = byte(text, at)
  while blank[code] do
    at = at + 1
    code = byte(text, at)
  end
  token_at = at
  local kind = single[code]
  if kind then
    at = at + 1
    return kind
  elseif code == 34 then
    return string_token()
  elseif begins_number[code] then
    if settings.decode_invalid_numbers == 0 and is_invalid_number() then return bad('invalid number') end
    return number_token()
  elseif not code then
    return 'T_END'
  end
  return word_token(settings)
end

local function unexpected(expected, kind, value)
  fail('Expected %s but found %s at character %d', expected, kind == 'T_ERROR' and value or kind, token_at)
end

-- Values --------------------------------------------------------------------------------------------------------

local take_value

-- One level deeper. `slots` is what this would take of the stack in C, which holds 8000 values.
local function descend(settings, needed)
  depth = depth + 1
  if depth > settings.decode_max_depth or slots + needed > 8000 then
    fail('Found too many nested data structures (%d) at character %d', depth, at - 1)
  end
end

local function take_object(settings)
  descend(settings, 3)
  local object, kind, value = {}, next_token(settings)
  slots = slots + 2
  while kind ~= 'T_OBJ_END' do
    if kind ~= 'T_STRING' then unexpected('object key string', kind, value) end
    local key = value
    kind, value = next_token(settings)
    if kind ~= 'T_COLON' then unexpected('colon', kind, value) end
    object[key] = take_value(settings, next_token(settings))
    kind, value = next_token(settings)
    if kind == 'T_COMMA' then
      kind, value = next_token(settings)
      if kind == 'T_OBJ_END' then unexpected('object key string', kind) end
    elseif kind ~= 'T_OBJ_END' then
      unexpected('comma or object end', kind, value)
    end
  end
  depth, slots = depth - 1, slots - 2
  return object
end

local function take_array(settings)
  descend(settings, 2)
  local array, length, kind, value = {}, 0, next_token(settings)
  slots = slots + 1
  while kind ~= 'T_ARR_END' do
    length = length + 1
    array[length] = take_value(settings, kind, value)
    kind, value = next_token(settings)
    if kind == 'T_COMMA' then
      kind, value = next_token(settings)
      if kind == 'T_ARR_END' then unexpected('value', kind) end
    elseif kind ~= 'T_ARR_END' then
      unexpected('comma or array end', kind, value)
    end
  end
  depth, slots = depth - 1, slots - 1
  return array
end

function take_value(settings, kind, value)
  if kind == 'T_STRING' or kind == 'T_NUMBER' or kind == 'T_BOOLEAN' or kind == 'T_NULL' then return value end
  if kind == 'T_OBJ_BEGIN' then return take_object(settings) end
  if kind == 'T_ARR_BEGIN' then return take_array(settings) end
  unexpected('value', kind, value)
end

-- The function `decode` of a module with these settings.
return function(settings)
  return function(count, json)
    if count ~= 1 then fail_argument(1, 'expected 1 argument') end
    json = check_string(1, json, count)
    if #json >= 2 and find(sub(json, 1, 2), '%z') then
      fail('JSON parser does not support UTF-16 or UTF-32')
    end
    text, at, depth, slots = match(json, '^%Z*'), 1, 0, 1
    local value = take_value(settings, next_token(settings))
    local kind, wrong = next_token(settings)
    if kind ~= 'T_END' then unexpected('the end', kind, wrong) end
    return value
  end
end
"""
