"""Calls of the scripts' libraries as Lua expressions, the script that runs them, and how a real Redis answered.

`python tests/engine/lua_calls.py PORT` runs the expressions of `lua_calls.json` on a real 7.0.15 and keeps its answers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

RECORDED = Path(__file__).with_name("lua_calls.json")

# Shows any value as text, tables in the order of next; each expression's results or error become one string.
SHOW = r"""
local out = {}
local show
local function number(value)
  if value ~= value then return tostring(value) end
  return string.format('%.17g', value)
end
function show(value)
  local kind = type(value)
  if kind == 'number' then return number(value) end
  if kind == 'string' then return string.format('%q', value) end
  if kind == 'function' then return kind end
  if kind ~= 'table' then return tostring(value) end
  local parts = {}
  for key, each in next, value do parts[#parts + 1] = show(key) .. '=' .. show(each) end
  return '{' .. table.concat(parts, ',') .. '}'
end
local function list(...)
  local parts = {}
  for place = 1, select('#', ...) do parts[place] = show((select(place, ...))) end
  return table.concat(parts, ' | ')
end
local function try(call)
  local fine, result = pcall(call)
  out[#out + 1] = tostring(fine) .. ' ' .. tostring(result)
end
"""


def script(expressions: list[str]) -> bytes:
    """A script that answers with one string for each expression."""
    calls = [f"try(function() return list({expression}) end)\n" for expression in expressions]
    return (SHOW + "".join(calls) + "return out").encode("latin-1")


def load() -> list[tuple[str, bytes]]:
    return [(expression, answer.encode("latin-1")) for expression, answer in json.loads(RECORDED.read_text())]


def record(port: int) -> None:
    import redis

    expressions = [expression for expression, _ in json.loads(RECORDED.read_text())]
    answers: list[bytes] = redis.Redis(port=port).eval(script(expressions), 0)  # type: ignore[assignment]
    rows = zip(expressions, (answer.decode("latin-1") for answer in answers), strict=True)
    RECORDED.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    record(int(sys.argv[1]))
