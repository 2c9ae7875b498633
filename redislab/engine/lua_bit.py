"""The library `bit` of scripts: operations on numbers of 32 bits, whose results are signed.

Lua 5.1 has doubles only. And is looked up four bits at a time; or and exclusive or follow from it by arithmetic.
"""

from __future__ import annotations

__all__ = ["SOURCE"]

SOURCE = rb"""
local support = ...
local fail_type, public = support.fail_type, support.public
local type, tonumber, select = type, tonumber, select
local floor, frexp = math.floor, math.frexp
local sub, format, upper = string.sub, string.format, string.upper

local BIT = {}
local WORD = 4294967296
local MAGIC = 6755399441055744  -- 2^52 + 2^51: adding it leaves the number's lowest bits in the mantissa's

-- The lowest 32 bits of a number, by the way the mantissa of a double is rounded.
local function bits_of(number)
  if number >= 0 and number < WORD and number == floor(number) then return number + 0 end
  local shifted = number + MAGIC
  if shifted >= 4503599627370496 and shifted < 9007199254740992 then return shifted % WORD end
  if shifted ~= shifted or shifted - shifted ~= 0 then return 0 end
  local fraction = frexp(shifted < 0 and -shifted or shifted)
  return (fraction * 9007199254740992) % WORD
end

local function argument(number, value, count)
  if type(value) == 'number' then return bits_of(value) end
  local converted = type(value) == 'string' and tonumber(value)
  return converted and bits_of(converted) or fail_type(number, 'number', value, count)
end

local function signed(bits)
  return bits >= 2147483648 and bits - WORD or bits
end

local both = {}
for a = 0, 15 do
  for b = 0, 15 do
    local result, x, y = 0, a, b
    for place = 0, 3 do
      if x % 2 == 1 and y % 2 == 1 then result = result + 2 ^ place end
      x, y = floor(x / 2), floor(y / 2)
    end
    both[a * 16 + b] = result
  end
end

local function band(a, b)
  local result, unit = 0, 1
  while a > 0 and b > 0 do
    local x, y = a % 16, b % 16
    result = result + both[x * 16 + y] * unit
    a, b, unit = (a - x) / 16, (b - y) / 16, unit * 16
  end
  return result
end

local function bor(a, b) return a + b - band(a, b) end
local function bxor(a, b) return a + b - 2 * band(a, b) end

-- An operation on any number of arguments, which are looked at from the last one on.
local function fold(operation)
  return public(function(count, first, ...)
    local bits = argument(1, first, count)
    for place = count, 2, -1 do
      bits = operation(bits, argument(place, (select(place - 1, ...)), count))
    end
    return signed(bits)
  end)
end

BIT.band, BIT.bor, BIT.bxor = fold(band), fold(bor), fold(bxor)

BIT.tobit = public(function(count, value) return signed(argument(1, value, count)) end)
BIT.bnot = public(function(count, value) return signed(WORD - 1 - argument(1, value, count)) end)

local function left(bits, places) return bits * 2 ^ places % WORD end
local function right(bits, places) return floor(bits / 2 ^ places) end

local function shift(operation)
  return public(function(count, value, places)
    local bits = argument(1, value, count)
    return signed(operation(bits, argument(2, places, count) % 32))
  end)
end

BIT.lshift, BIT.rshift = shift(left), shift(right)
BIT.arshift = shift(function(bits, places) return floor(signed(bits) / 2 ^ places) % WORD end)
BIT.rol = shift(function(bits, places) return left(bits, places) + right(bits, 32 - places) end)
BIT.ror = shift(function(bits, places) return left(bits, 32 - places) + right(bits, places) end)

BIT.bswap = public(function(count, value)
  local bits, result = argument(1, value, count), 0
  for _ = 1, 4 do
    local low = bits % 256
    result, bits = result * 256 + low, (bits - low) / 256
  end
  return signed(result)
end)

BIT.tohex = public(function(count, value, digits)
  local bits = argument(1, value, count)
  local wanted = count < 2 and 8 or signed(argument(2, digits, count))
  local text = format('%08x', bits)
  if wanted < 0 then wanted, text = -wanted, upper(text) end
  return wanted >= 8 and text or sub(text, 9 - wanted)
end)

return BIT
"""
