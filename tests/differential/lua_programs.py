"""Random Lua programs: values, conversions, calls, errors, loops, libraries, as `lua_grammar` has them.

Programs end for sure and need little time: loops are short and nothing recurses without a bound.
"""

from __future__ import annotations

import re
from random import Random

from differential.lua_grammar import BLOCKS, ENDS, GROWN, MISTAKES, SIMPLE, STAND_ALONE

PLACE = re.compile(r"\$([A-Z])")
DEPTH = 3
PRELUDE = "local a, b, c, d = {}, 1, 'text', {1, 2}\n"
SHOW = """local function show(value, deep) deep = deep or 1
if type(value) == 'number' then return string.format('%.17g', value) end
if type(value) == 'string' then return '<' .. value .. '>' end
if type(value) ~= 'table' then return type(value) == 'boolean' and tostring(value) or type(value) end
if deep > 4 then return '...' end
local parts, library = {}, false
for name, each in pairs(value) do parts[#parts + 1] = show(name, deep + 1) .. '=' .. show(each, deep + 1)
library = library or type(each) == 'function' end
if library then table.sort(parts) end
return '{' .. table.concat(parts, ' ') .. '}' end""".replace("\n", " ") + "\n"
"""A value with all its digits, and all that is in a table: in its order, but for libraries."""
NESTED = "local function nested(depth) local t = {} for i = 1, depth do t = {t} end return t end\n"
SORTED = "local function sorted(list, ...) table.sort(list, ...) return list end\n"
ONCE = "local function once(piece) return function() local now = piece piece = nil return now end end\n"
PLAIN = "local function plain(v) return (string.gsub(tostring(v), '0x%x+', '0x')) end\n"
"""A text without the address of a table, of which a hash or a length would tell."""
SEEDED = "local function seeded() math.randomseed(7) return math end\n"
"""The numbers of a real server go on where its last script has left them."""
NEEDED = [
    ("show(", SHOW), ("nested(", NESTED), ("sorted(", SORTED), ("once(", ONCE), ("plain(", PLAIN),
    ("seeded(", SEEDED),
]  # fmt: skip


class Programs:
    """Programs of one generator of random numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pick = random.choice

    def piece(self, kind: str, depth: int) -> str:
        """A piece of a kind; the deeper, the likelier one that stands alone."""
        alone, grown = STAND_ALONE.get(kind), GROWN.get(kind)
        if alone is None or (grown is not None and self.random.random() * DEPTH < depth):
            assert grown is not None
            return self.filled(self.pick(grown), depth - 1) if depth > 0 or alone is None else "nil"
        return self.filled(self.pick(alone), 0)

    def filled(self, piece: str, depth: int) -> str:
        """A piece with its places filled."""
        return PLACE.sub(lambda place: self.piece(place[1], depth), piece)

    def statement(self) -> str:
        """One statement; an error in it mostly does not end the program."""
        text = self.filled(self.pick(SIMPLE if self.random.random() < 0.6 else BLOCKS), self.random.randint(0, DEPTH))
        chance = self.random.random()
        if chance < 0.4:
            return f"a = {{pcall(function() {text}\nend)}}"
        if chance < 0.6:
            return f"d[#d + 1] = show({{pcall(function() return {self.piece('E', DEPTH)} end)}})"
        return text

    def program(self) -> str:
        """A program with what it needs before it."""
        lines = [self.statement() for _ in range(self.random.randint(0, 4))]
        code = "\n".join([*lines, self.filled(self.pick(ENDS), self.random.randint(0, DEPTH))])
        needed = [part for word, part in NEEDED if word in code]
        chance = self.random.random()
        if chance < 0.04:
            code = self.mistaken(code)
        elif chance < 0.2:
            code = f"redis.setresp(3) {code}"
        return "".join([*needed, PRELUDE, code])

    def mistaken(self, code: str) -> str:
        """The code with one mistake in it."""
        place = self.random.randint(0, len(code))
        rest = self.pick([code[place:], code[place:], code[place + 1 :], ""])
        return code[:place] + self.pick(MISTAKES) + rest
