"""What is typed, as lines: where one ends, what may stand before the command. Knows no command.

Imported before the first prompt is there, so it must import nothing but the splitting of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from redislab.resp.words import tokens

__all__ = ["CLIENT_LINE", "REPEAT", "is_open", "last_line", "split_lines"]

CLIENT_LINE = re.compile(r"@([A-Za-z0-9_.-]+)[ \t]+(\S.*)", re.DOTALL)
"""`@bob GET k`: the client and the command."""

REPEAT = re.compile(r"[+-]?\d+")
"""A count before a command."""


def split_lines(text: str) -> list[str]:
    """The lines of a text; a line break inside quotes belongs to its line. Blank lines are left out."""
    if "\n" not in text:
        return [text] if text.strip() else []
    lines: list[str] = []
    held = ""
    for line in text.split("\n"):
        held = f"{held}\n{line}" if held else line
        if not is_open(held):
            lines.append(held)
            held = ""
    return [line for line in (*lines, *unclosed(held)) if line.strip()]


def unclosed(held: str) -> Iterable[str]:
    """The lines of a text whose last quote is never closed: each for itself, so that one error does not swallow all."""
    return held.split("\n") if held else ()


def is_open(text: str) -> bool:
    """Whether a quote is still open at the end of a text, so that another line has to follow."""
    if text.lstrip().startswith("#"):
        return False
    if '"' not in text and "'" not in text:
        return False
    found = tokens(text)
    return bool(found) and bool(found[-1].quote)


def last_line(text: str) -> str:
    """The line that the end of a text belongs to; line breaks inside quotes do not end it."""
    if "\n" not in text:
        return text
    held = ""
    for line in text.split("\n"):
        held = f"{held}\n{line}" if held and is_open(held) else line
    return held
