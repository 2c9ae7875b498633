"""Styles: which words a piece of text may be styled with, and what a terminal is sent for them.

Text travels as lines of (style, text) pieces. Colour never says anything that the text does not say too, so a line
without its styles reads the same. Honours NO_COLOR, FORCE_COLOR and TERM=dumb.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

__all__ = ["PROMPT_STYLES", "Line", "coloured", "dumb", "paint", "plain", "prompt_style", "wide", "wrapped"]

Line = list[tuple[str, str]]
"""Pieces of one line, each with the name of a style from STYLES, or "" for none."""

STYLES = {
    "added": "32",
    "command": "1;36",
    "changed": "33",
    "dim": "2",
    "error": "1;31",
    "gone": "31",
    "key": "36",
    "label": "35",
    "number": "33",
    "status": "32",
    "strong": "1",
    "text": "",
    "token": "34",
    "warning": "1;33",
}
"""SGR codes by style."""

PROMPT_STYLES = {
    "command": "bold ansicyan",
    "unknown": "ansired underline",
    "token": "ansiblue bold",
    "key": "ansicyan",
    "number": "ansiyellow",
    "string": "ansigreen",
    "unclosed": "ansired underline",
    "comment": "ansigray italic",
    "meta": "ansimagenta",
    "client": "ansimagenta bold",
    "hint": "ansibrightblack",
    "hint.current": "ansibrightblack bold underline",
    "prompt": "bold",
    "prompt.db": "ansiyellow",
    "prompt.state": "ansired",
    "prompt.clock": "ansimagenta",
    "bottom-toolbar": "noreverse ansibrightblack",
}
"""The same for what is being typed, in the words of prompt_toolkit."""


def dumb() -> bool:
    """Whether the terminal can only print one line after another."""
    return os.environ.get("TERM", "") in ("dumb", "unknown")


def coloured(stream: Any) -> bool:
    """Whether to send colours to a stream. NO_COLOR wins over FORCE_COLOR, and both over what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return not dumb() and bool(stream.isatty())


def paint(line: Line, colour: bool) -> str:
    """A line as text, with or without colours."""
    if not colour:
        return plain(line)
    return "".join(
        f"\x1b[{code}m{text}\x1b[0m" if (code := STYLES.get(style)) and text else text for style, text in line
    )


def plain(line: Line) -> str:
    """The text of a line alone."""
    return "".join(text for _, text in line)


def wide(text: str) -> int:
    """How many columns a text takes, counting East Asian wide characters twice and combining ones not at all."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(words: Iterable[str], width: int, indent: str = "") -> list[str]:
    """Words in lines of at most `width` columns; every line begins with the indent."""
    lines, line = [], indent
    for word in words:
        if line.strip() and wide(line) + wide(word) + 1 > width:
            lines.append(line)
            line = indent
        line = f"{line} {word}" if line.strip() else line + word
    return [*lines, line] if line.strip() else lines


def prompt_style() -> Any:
    """PROMPT_STYLES as prompt_toolkit wants them; without colours where none are wanted."""
    from prompt_toolkit.styles import Style

    if os.environ.get("NO_COLOR"):
        marks = {"hint.current": "underline", "unknown": "underline", "unclosed": "underline"}
        return Style.from_dict({name: marks.get(name, "") for name in PROMPT_STYLES} | {"bottom-toolbar": "noreverse"})
    return Style.from_dict(PROMPT_STYLES)
