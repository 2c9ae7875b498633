"""Long strings and comments that have `[[` in them, which Lua 5.1 refuses as a relic of an older Lua, and Redis takes.

Those of a script that was refused get brackets with `=` between, as many as it takes; all else stays where it is.
"""

from __future__ import annotations

import re

__all__ = ["unnested"]

OPENING_OR_SHORT = re.compile(
    rb"""(?:--)?\[(=*)\[ | --[^\r\n]* | "(?:\\.|[^"\\\r\n])*" | '(?:\\.|[^'\\\r\n])*'""", re.DOTALL | re.VERBOSE
)


def unnested(code: bytes) -> bytes:
    """The code with other brackets around long strings and comments that have `[[` in them."""
    parts: list[bytes] = []
    place = 0
    while found := OPENING_OR_SHORT.search(code, place):
        parts.append(code[place : found.start()])
        place = found.end()
        if found[1] is None:
            parts.append(found[0])
            continue
        closing = b"]" + found[1] + b"]"
        end = code.find(closing, place)
        content = code[place:end] if end >= 0 else code[place:]
        level = found[1] or (_level(content) if b"[[" in content else b"")
        before = found[0][: found[0].index(b"[")]
        parts.append(before + b"[" + level + b"[" + content)
        if end < 0:
            return b"".join(parts)
        parts.append(b"]" + level + b"]")
        place = end + len(closing)
    return b"".join([*parts, code[place:]])


def _level(content: bytes) -> bytes:
    """What to put into brackets so that none within the content ends it."""
    level = b"="
    while b"]" + level + b"]" in content:
        level += b"="
    return level
