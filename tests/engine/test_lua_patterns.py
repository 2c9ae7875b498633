"""Patterns matched in Lua beside C's own matcher: the same results, and the same complaints in the same cases."""

from __future__ import annotations

import random
from typing import Any

import pytest

from redislab.engine.lua_patterns import SOURCE

lua51 = pytest.importorskip("lupa.lua51")

HARNESS = b"""
local patterns = assert(loadstring(..., '=[C]'))(function() end)
local find, match, gmatch, gsub = string.find, string.match, string.gmatch, string.gsub

local function listed(count, list) return unpack(list, 1, count) end

local function shown(fine, ...)
  local problem = ...
  if fine then
    local parts = {}
    for place = 1, select('#', ...) do
      local value = select(place, ...)
      parts[place] = type(value) .. ':' .. tostring(value)
    end
    return table.concat(parts, '|')
  end
  if problem == patterns.failed then return 'ERR ' .. patterns.complaint() end
  return 'ERR ' .. (gsub(problem, '^%[string "<python>"%]:%d+: ', ''))
end

local function all(step)
  local found = {}
  for _ = 1, 60 do
    local one = shown(true, step())
    found[#found + 1] = one
    if one == 'nil:nil' or one == '' then break end
  end
  return table.concat(found, ';')
end

local function plain(subject, pattern, from)
  return not find(match(pattern, '^%Z*'), '[%^%$%*%+%?%.%(%[%%%-]')
end

local replacements = {'<%0|%1>', '%2%%', 'x%', {a = 'A', b = false, ab = 12}, function(a, b) return b or nil end,
  function(...) return select('#', ...) end, function() return {} end, 7}

return function(subject, pattern, from, kind)
  local start = find(subject, '', from, true)
  local theirs, ours
  if kind == 0 then
    if plain(subject, pattern) then return true, '', '' end
    theirs = shown(pcall(find, subject, pattern, from))
    ours = shown(pcall(function() return listed(patterns.found_in(subject, pattern, start, true)) end))
  elseif kind == 1 then
    theirs = shown(pcall(match, subject, pattern, from))
    ours = shown(pcall(function() return listed(patterns.found_in(subject, pattern, start, false)) end))
  elseif kind == 2 then
    theirs = shown(pcall(function() return all(gmatch(subject, pattern)) end))
    ours = shown(pcall(function()
      local step = patterns.each_in(subject, pattern)
      return all(function() return listed(step()) end)
    end))
  else
    local replacement, most = replacements[kind - 2], from > 0 and from or #subject + 1
    theirs = shown(pcall(gsub, subject, pattern, replacement, most))
    ours = shown(pcall(patterns.substituted, subject, pattern, replacement, most))
  end
  return theirs == ours, theirs, ours
end
"""
CLASSES = ["a", "b", ".", "%a", "%d", "%s", "%W", "%z", "%Z", "[ab]", "[^a]", "[a-c]", "[%a1]", "[]]", "[^]]", "[a-]",
           "[%]]", "%%", "%.", "$", "^", "-", "]", "x", " ", "[b-\xff]", "\\", "[-a]", "[^%s]", "%p"]  # fmt: skip
OTHERS = ["(", ")", "()", "(a)", "(.-)", "(a*)", "(%w+)", "%1", "%2", "%0", "%bab", "%b()", "%f[%a]", "%f[%z]",
          "%f[^a]"]  # fmt: skip
BROKEN = ["%", "[", "[a", "[^", "%b", "%ba", "%f", "%fa", "[%", "\0", "%3", ")", "[a-", "*", "+", "?"]
PIECES = ["a", "b", "ab", "aab", "c", "x", "1", " ", "()", "(", ")", "\n", ".", "%", "\0", "$", "^", "]", "-", "\xe9"]


def pattern(dice: random.Random) -> str:
    """A pattern, most often a sound one."""
    parts = ["^"] if dice.random() < 0.2 else []
    for _ in range(dice.randrange(1, 6)):
        if dice.random() < 0.7:
            parts.append(dice.choice(CLASSES) + dice.choice(["", "", "*", "+", "-", "?"]))
        else:
            parts.append(dice.choice(OTHERS if dice.random() < 0.9 else BROKEN))
    return "".join([*parts, "$" if dice.random() < 0.15 else ""])


def compared(seed: int, calls: int) -> tuple[list[Any], int]:
    """The cases in which they differ, and how many ended in an error."""
    dice = random.Random(seed)
    lua = lua51.LuaRuntime(encoding=None, unpack_returned_tuples=True)
    compare = lua.execute(HARNESS, SOURCE)
    wrong, errors = [], 0
    for _ in range(calls):
        subject = "".join(dice.choice(PIECES[:6] if dice.random() < 0.5 else PIECES) for _ in range(dice.randrange(12)))
        case = (subject.encode("latin-1"), pattern(dice).encode("latin-1"), dice.randrange(-4, 6), dice.randrange(11))
        same, theirs, ours = compare(*case)
        errors += theirs.startswith(b"ERR")
        if not same:
            wrong.append((case, theirs, ours))
    return wrong, errors


@pytest.mark.parametrize("seed", range(4))
def test_random_patterns_match_alike(seed: int) -> None:
    wrong, errors = compared(seed, 3000)
    assert wrong == []
    assert 100 < errors < 2000
