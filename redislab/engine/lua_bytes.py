"""How numbers become bytes and come back, in Lua 5.1, which has doubles and nothing to take them apart.

Adds to the support table of `lua_libraries`: whole numbers as two halves of 32 bits, doubles and floats as those of
IEEE 754. Nothing here looks at the arguments of a script.
"""

from __future__ import annotations

__all__ = ["BYTES"]

BYTES = rb"""
local support = ...
local byte, char = string.byte, string.char
local floor, frexp, ldexp, huge = math.floor, math.frexp, math.ldexp, math.huge
local tostring = tostring

-- Four bytes of a number of 32 bits, the highest first.
local function four(number)
  local low = number % 65536
  local high = (number - low) / 65536
  local a, c = floor(high / 256), floor(low / 256)
  return a, high - a * 256, c, low - c * 256
end

function support.bytes_of_32(number) return char(four(number)) end

-- The halves, high and low, of a whole number in two's complement.
local function halves(number)
  local high = floor(number / 4294967296)
  local low = number - high * 4294967296
  return high % 4294967296, low
end
support.halves = halves

local function bytes_of_halves(high, low)
  local a, b, c, d = four(high)
  return char(a, b, c, d, four(low))
end

function support.bytes_of_64(number) return bytes_of_halves(halves(number)) end

function support.number_of_32(text, at)
  local a, b, c, d = byte(text, at, at + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end
local number_of_32 = support.number_of_32

-- A signed number of 64 bits.
function support.number_of_64(text, at)
  local high = number_of_32(text, at)
  if high >= 2147483648 then high = high - 4294967296 end
  return high * 4294967296 + number_of_32(text, at + 4)
end

-- Sign, exponent and mantissa as they are stored, for a format with that many bits of mantissa and that bias.
local function parts(number, bits, bias)
  local sign = (number < 0 or (number == 0 and 1 / number < 0)) and 1 or 0
  if number ~= number then
    return tostring(number) == '-nan' and 1 or 0, 2 * bias + 1, 2 ^ (bits - 1)
  elseif number == huge or number == -huge then
    return sign, 2 * bias + 1, 0
  elseif number == 0 then
    return sign, 0, 0
  end
  local fraction, exponent = frexp(sign == 1 and -number or number)
  exponent = exponent - 1 + bias
  if exponent <= 0 then return sign, 0, ldexp(fraction, bits + exponent) end
  return sign, exponent, (fraction * 2 - 1) * 2 ^ bits
end

function support.bytes_of_double(number)
  local sign, exponent, mantissa = parts(number, 52, 1023)
  local high = floor(mantissa / 4294967296)
  return bytes_of_halves(sign * 2147483648 + exponent * 1048576 + high, mantissa - high * 4294967296)
end

-- A float, rounded to the nearest and to even; and whether it is the number itself.
function support.bytes_of_float(number)
  local sign, exponent, mantissa = parts(number, 23, 127)
  local finite = number - number == 0
  if finite and exponent > 254 then exponent, mantissa = 255, 0 end
  local whole = floor(mantissa)
  local rest = mantissa - whole
  if rest > 0.5 or (rest == 0.5 and whole % 2 == 1) then whole = whole + 1 end
  local bits = exponent * 8388608 + whole
  local exact = rest == 0 and number == number and (exponent < 255 or not finite)
  return char(four(sign * 2147483648 + bits)), exact
end

-- The number that stored parts stand for.
local function number_of_parts(sign, exponent, mantissa, bits, bias)
  local number
  if exponent == 2 * bias + 1 then
    number = mantissa == 0 and huge or -(huge - huge)
    if mantissa ~= 0 and tostring(number) == '-nan' then number = -number end
  elseif exponent == 0 then
    number = ldexp(mantissa, 1 - bias - bits)
  else
    number = ldexp(mantissa + 2 ^ bits, exponent - bias - bits)
  end
  return sign == 1 and -number or number
end

function support.number_of_double(text, at)
  local high, low = number_of_32(text, at), number_of_32(text, at + 4)
  local sign = high >= 2147483648 and 1 or 0
  high = high - sign * 2147483648
  local exponent = floor(high / 1048576)
  return number_of_parts(sign, exponent, (high - exponent * 1048576) * 4294967296 + low, 52, 1023)
end

function support.number_of_float(text, at)
  local bits = number_of_32(text, at)
  local sign = bits >= 2147483648 and 1 or 0
  bits = bits - sign * 2147483648
  local exponent = floor(bits / 8388608)
  return number_of_parts(sign, exponent, bits - exponent * 8388608, 23, 127)
end
"""
