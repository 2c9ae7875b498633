"""The library `struct` of scripts: C structures packed into strings and taken out of them again.

A format is a row of letters, each with an optional size: b B h H l L T i I for whole numbers, f d for floating point,
c s for text, x for a zero byte, < > for the order of bytes, ! for alignment. Text ends at the first NUL, as in C.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support = ...
local fail, fail_argument, check_number, check_string, integer =
  support.fail, support.fail_argument, support.check_number, support.check_string, support.integer
local bytes_of_64, bytes_of_double, bytes_of_float =
  support.bytes_of_64, support.bytes_of_double, support.bytes_of_float
local number_of_double, number_of_float = support.number_of_double, support.number_of_float
local sub, byte, find, match, rep, reverse, char, concat = string.sub, string.byte, string.find, string.match,
  string.rep, string.reverse, string.char, table.concat
local type, tonumber, floor = type, tonumber, math.floor

local LONGEST = 32
local SIZES = {b = 1, B = 1, h = 2, H = 2, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1}
local INTEGERS = {b = true, B = true, h = true, H = true, l = true, L = true, T = true, i = true, I = true}
local SIGNED = {b = true, h = true, l = true, i = true}

-- A format being read: the text up to its first NUL, the place, the order of bytes, the alignment.
local function reader(text)
  return {text = match(text, '^%Z*'), at = 1, little = true, align = 1}
end

local function number_in(format, default)
  local digits = match(format.text, '^%d+', format.at)
  if not digits then return default end
  format.at = format.at + #digits
  if tonumber(digits) > 2147483647 then fail('integral size overflow') end
  return tonumber(digits)
end

-- The next option and its size; nil at the end.
local function next_option(format)
  if format.at > #format.text then return nil end
  local option = sub(format.text, format.at, format.at)
  format.at = format.at + 1
  if option == 'c' then return option, number_in(format, 1) end
  if option ~= 'i' and option ~= 'I' then return option, SIZES[option] or 0 end
  local size = number_in(format, 4)
  if size > LONGEST then fail('integral size %d is larger than limit of %d', size, LONGEST) end
  return option, size
end

local function is_power_of_2(number)
  while number > 1 and number % 2 == 0 do number = number / 2 end
  return number == 1
end

-- The bits that two numbers have in common.
local function common(a, b)
  local result, unit = 0, 1
  while a > 0 and b > 0 do
    if a % 2 == 1 and b % 2 == 1 then result = result + unit end
    a, b, unit = floor(a / 2), floor(b / 2), unit * 2
  end
  return result
end

-- The bytes to skip before an element of that size. The rule is meant for powers of two; others go through it too.
local function padding(format, position, option, size)
  if size == 0 or option == 'c' then return 0 end
  if size > format.align then size = format.align end
  if size == 1 then return 0 end
  return common(size - common(position, size - 1), size - 1)
end

local function control(format, option)
  if option == '<' then
    format.little = true
  elseif option == '>' then
    format.little = false
  elseif option == '!' then
    local align = number_in(format, 8)
    if not is_power_of_2(align) then fail('alignment %d is not a power of 2', align) end
    format.align = align
  elseif option ~= ' ' then
    fail_argument(1, "invalid format option '" .. option .. "'")
  end
end

-- A number as 64 bits; what does not fit is what the machine makes of it.
local function low_bytes(number)
  if number < 0 then return bytes_of_64(integer(number)) end
  if number >= 18446744073709551616 then return '\0\0\0\0\0\0\0\0' end
  if number ~= number then return '\128\0\0\0\0\0\0\0' end
  return bytes_of_64(floor(number))
end

local function pack_integer(number, size, little)
  local bytes = low_bytes(number)
  bytes = size <= 8 and sub(bytes, 9 - size) or rep('\0', size - 8) .. bytes
  return little and reverse(bytes) or bytes
end

local function ordered(bytes, little)
  return little and reverse(bytes) or bytes
end

local function pack(count, format_text, ...)
  local format, arguments, used = reader(check_string(1, format_text, count)), {...}, 1
  local out, total = {}, 0
  local function following(check)
    used = used + 1
    return check(used, arguments[used - 1], count + 1)  -- in C a nil stands behind the arguments
  end
  for option, size in next_option, format do
    local gap = padding(format, total, option, size)
    total = total + gap
    if gap > 0 then out[#out + 1] = rep('\0', gap) end
    if INTEGERS[option] then
      out[#out + 1] = pack_integer(following(check_number), size, format.little)
    elseif option == 'x' then
      out[#out + 1] = '\0'
    elseif option == 'f' then
      local bytes = bytes_of_float(following(check_number))
      out[#out + 1] = ordered(bytes, format.little)
    elseif option == 'd' then
      out[#out + 1] = ordered(bytes_of_double(following(check_number)), format.little)
    elseif option == 'c' or option == 's' then
      local text = following(check_string)
      if size == 0 then size = #text end
      if #text < size then fail_argument(used + 1, 'string too short') end
      out[#out + 1] = sub(text, 1, size)
      if option == 's' then
        out[#out + 1] = '\0'
        size = size + 1
      end
    else
      control(format, option)
    end
    total = total + size
  end
  return concat(out)
end

local function unpack_integer(bytes, option, size)
  if size == 0 then return 0 end
  local high, low = 0, 0  -- of the lowest 64 bits; what is above them is shifted out
  for place = size > 8 and size - 7 or 1, size do
    low = low * 256 + byte(bytes, place)
    local over = floor(low / 4294967296)
    low = low - over * 4294967296
    high = (high * 256 + over) % 4294967296
  end
  if SIGNED[option] then
    -- Of a number wider than 64 bits the sign is looked for as far up, and that wraps around.
    local place = (size * 8 - 1) % 64
    if place < 32 then
      local half = 2 ^ place
      return (high > 0 or low >= half) and low % half - half or low
    end
    local half = 2 ^ (place - 32)
    if high >= half then high = high % half - half end
  end
  return high * 4294967296 + low
end

-- The size of a c0 is the value read before it, which is taken back.
local function previous_size(results, length)
  local size = length > 0 and tonumber(results[length])
  if not size then fail("format 'c0' needs a previous size") end
  return integer(size)
end

-- A position below zero is, in C, one far beyond the end.
local function need(position, size, available)
  if position < 0 or size < 0 or position + size > available then fail_argument(2, 'data string too short') end
end

local function unpack(count, format_text, data, offset)
  local format = reader(check_string(1, format_text, count))
  data = check_string(2, data, count)
  local position = support.optional_integer(3, offset, count, 1) - 1
  if position == -1 then fail_argument(3, 'offset must be 1 or greater') end
  local results, length, available = {}, 0, #data
  for option, size in next_option, format do
    position = position + padding(format, position, option, size)
    need(position, size, available)
    local value
    if INTEGERS[option] then
      local bytes = sub(data, position + 1, position + size)
      value = unpack_integer(format.little and reverse(bytes) or bytes, option, size)
    elseif option == 'f' then
      value = number_of_float(ordered(sub(data, position + 1, position + 4), format.little), 1)
    elseif option == 'd' then
      value = number_of_double(ordered(sub(data, position + 1, position + 8), format.little), 1)
    elseif option == 'c' then
      if size == 0 then
        size = previous_size(results, length)
        length = length - 1
        need(position, size, available)
      end
      value = sub(data, position + 1, position + size)
    elseif option == 's' then
      local ending = find(data, '%z', position + 1)
      if not ending then fail('unfinished string in data') end
      value = sub(data, position + 1, ending - 1)
      size = ending - position
    elseif option ~= 'x' then
      control(format, option)
    end
    if value ~= nil then
      length = length + 1
      results[length] = value
    end
    position = position + size
  end
  results[length + 1] = position + 1
  return results, length + 1
end

local function size(count, format_text)
  local format, position = reader(check_string(1, format_text, count)), 0
  for option, size in next_option, format do
    position = position + padding(format, position, option, size)
    if option == 's' then
      fail_argument(1, "option 's' has no fixed size")
    elseif option == 'c' and size == 0 then
      fail_argument(1, "option 'c0' has no fixed size")
    end
    if not find(option, '^%w') then control(format, option) end
    position = position + size
  end
  return position
end

return {pack = support.public(pack), unpack = support.public_list(unpack), size = support.public(size)}
"""
