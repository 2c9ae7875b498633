"""Writes the events of a lesson as text: with rich on a terminal, or plainly, line by line.

Owns the words and marks put before each event, so that nothing is said by colour alone. It reads no input and changes
nothing. The plain form has no boxes, no colour and no redrawing: for screen readers, pipes and dumb terminals.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TextIO

from redislab.learn.events import Event

__all__ = ["Drawer", "PlainDrawer", "RichDrawer", "drawer_for", "wants_plain"]

WIDEST = 96
"""Columns of running text at most: longer lines are hard to read, however wide the window."""

KEPT = ("lines", "reply", "failed", "code", "change")
"""Styles of text that is shown as it is, however wide: replies above all."""
EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})(\w[^*\n]*)\1(?![\w*])")
LIST_ITEM = re.compile(r"^( *)(?:[-*+]|\d+[.)]) +")

Drawer = Any
"""PlainDrawer or RichDrawer: `draw(events)`, `write(text)`."""


def wants_plain(plain: bool, stream: TextIO) -> bool:
    """Is plain text asked for, or all that this output can show?"""
    return plain or os.environ.get("TERM") == "dumb" or not (stream.isatty() or os.environ.get("FORCE_COLOR"))


def drawer_for(plain: bool, stream: TextIO | None = None) -> Drawer:
    """The drawer that fits the terminal and the wish."""
    stream = stream or sys.stdout
    return PlainDrawer(stream) if wants_plain(plain, stream) else RichDrawer(stream)


def columns() -> int:
    """The width for running text."""
    return min(shutil.get_terminal_size((80, 24)).columns, WIDEST)


def parts_of(event: Event) -> list[tuple[str, str]]:
    """An event as pieces (style, text); the styles are those of STYLES, "markdown" and "lines" (kept as they are)."""
    maker = PARTS.get(event.kind)
    pieces = maker(event) if maker else [("lines", event.text)]
    return [(style, visible(text)) for style, text in pieces]


def visible(text: str) -> str:
    """The text with control characters made visible: a course from elsewhere must not steer the terminal."""
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)


class PlainDrawer:
    """Text as it is, wrapped to the width."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def draw(self, events: Iterable[Event]) -> None:
        """Write the events, one after another."""
        for event in events:
            if event.kind == "step":
                self.write("")
            for style, text in parts_of(event):
                plain = unmarked(text) if style.startswith("markdown") else text
                self.write(plain if style in KEPT else self._wrapped(plain))
        self.stream.flush()

    def write(self, text: str) -> None:
        self.stream.write(text + "\n")

    def _wrapped(self, text: str) -> str:
        return "\n".join(line for block in blocks_of(text) for line in _block_lines(block, columns()))


def unmarked(text: str) -> str:
    """Markdown without the asterisks of emphasis, which a screen reader would read aloud; `code` stays as it is."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece[:1] == "`" else EMPHASIS.sub(r"\2", piece) for piece in pieces)


class Block(NamedTuple):
    """Lines of Markdown that belong together; `kept` ones (code, tables, blank lines) are not wrapped."""

    kept: bool
    lines: list[str]


def blocks_of(text: str) -> list[Block]:
    """Markdown as blocks: a paragraph or list item may be wrapped anew, the rest stays as it is."""
    blocks: list[Block] = []
    fenced = False
    for line in text.rstrip().splitlines():
        fence = line.lstrip().startswith("```")
        kept = fenced or fence or not line.strip() or line.startswith(("    ", "|", "#"))
        if kept or not blocks or blocks[-1].kept or LIST_ITEM.match(line):
            blocks.append(Block(kept, []))
        blocks[-1].lines.append(line)
        fenced ^= fence
    return blocks


def _block_lines(block: Block, width: int) -> list[str]:
    if block.kept:
        return block.lines
    item = LIST_ITEM.match(block.lines[0])
    text = " ".join(line.strip() for line in block.lines)
    lead, indent = (item[1], " " * len(item[0])) if item else ("", "")
    return textwrap.wrap(lead + text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


STYLES = {
    "heading": "bold",
    "quiet": "dim",
    "good": "green",
    "bad": "yellow",
    "error": "red",
    "code": "cyan",
    "reply": "none",
    "failed": "red",
    "lines": "none",
    "change": "magenta",
}


class RichDrawer:
    """The same pieces with colour, and Markdown set as such."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.theme import Theme

        theme = Theme({"markdown.code": "bold cyan", "markdown.h1": "bold", "markdown.h2": "bold"})
        self.console = Console(file=stream, highlight=False, theme=theme, soft_wrap=False)

    def draw(self, events: Iterable[Event]) -> None:
        """Write the events, one after another."""
        for event in events:
            if event.kind == "step":
                self.write("")
            for style, text in parts_of(event):
                self._piece(style, text)
        self.console.file.flush()

    def write(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    def _piece(self, style: str, text: str) -> None:
        width = columns()
        if style.startswith("markdown"):
            from rich.markdown import Markdown

            tone = STYLES.get(style.partition(" ")[2], "none")
            self.console.print(Markdown(text, hyperlinks=False, code_theme="ansi_dark"), width=width, style=tone)
        elif style in KEPT:
            self.console.print(text, style=STYLES[style], markup=False, soft_wrap=True)
        else:
            self.console.print(_with_code(text, STYLES[style]), width=width)


def _with_code(text: str, style: str) -> Any:
    """Text in which `code` is coloured in place of its marks; unlike in Markdown, nothing else has a meaning."""
    from rich.text import Text

    made = Text(style=style)
    for place, piece in enumerate(re.split(r"`([^`\n]+)`", text)):
        made.append(piece, "bold cyan" if place % 2 else "")
    return made


def _chapter(event: Event) -> list[tuple[str, str]]:
    found = [("heading", f"Chapter {event.data['number']}: {event.data['title']}")]
    return [*found, ("markdown", event.text)] if event.text else found


def _step(event: Event) -> list[tuple[str, str]]:
    status = f" ({event.data['status']} before)" if event.data["status"] else ""
    return [("heading", f"Step {event.data['number']} of {event.data['of']}: {event.text}{status}")]


def _sent(event: Event) -> list[tuple[str, str]]:
    client = "" if event.data["client"] == "main" else f"@{event.data['client']} "
    asked = [("code", f"> {client}{event.data['line']}")] if event.data["typed"] else []
    label = f"[{event.data['client']}] " if client and not asked else ""
    return [*asked, ("failed" if event.data["error"] else "reply", label + event.text)]


def _indented(text: str, width: int) -> str:
    """Lines two columns in; what is too long goes on six columns in."""
    lines = []
    for line in text.splitlines():
        lead = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(
            line.strip(), width, initial_indent=lead, subsequent_indent=lead + "    ", break_on_hyphens=False
        )
    return "\n".join(lines)


def _hanging(text: str, indent: int, lead: str = "") -> str:
    """Rows that begin with a number; what is too long goes on below the text, not below the number."""
    lines = []
    for line in text.splitlines():
        wrapped = textwrap.wrap(
            lead + line,
            columns(),
            subsequent_indent=" " * indent,
            replace_whitespace=False,
            drop_whitespace=True,
            break_on_hyphens=False,
        )
        lines += wrapped or [""]
    return "\n".join(lines)


def _message(event: Event) -> list[tuple[str, str]]:
    client = "you" if event.data["client"] == "main" else event.data["client"]
    late = f"({client}: the reply to `{event.data['answers']}`)"
    lead = late if event.data["answers"] else f"({client} receive{'' if client == 'you' else 's'})"
    return [("quiet", lead), ("reply", event.text)]


def _route(event: Event) -> list[tuple[str, str]]:
    note = [("markdown", event.data["note"])] if event.data["note"] else []
    if event.data["own"]:
        # What was typed a moment ago need not be read again.
        lead = "" if event.data["reference"] else "Your way: "
        return [("markdown", lead + event.data["note"])] if note else []
    lead = "One way:" if event.data["reference"] else "Another way:"
    return [("quiet", lead), ("code", textwrap.indent(event.text, "    ")), *note]


def _end(event: Event) -> list[tuple[str, str]]:
    outro = [("markdown", event.data["outro"])] if event.data["outro"] else []
    return [("heading", event.text), *outro]


def _help(event: Event) -> list[tuple[str, str]]:
    width = columns()
    lead = max(map(len, event.data["words"])) + 2
    lines = []
    for name, meaning in event.data["words"].items():
        text = f"{name:<{lead}}{meaning}"
        lines += textwrap.wrap(text, width, subsequent_indent=" " * lead, break_on_hyphens=False)
    return [("markdown", event.text), ("lines", "\n".join(lines))]


PARTS: dict[str, Callable[[Event], list[tuple[str, str]]]] = {
    "chapter": _chapter,
    "step": _step,
    "say": lambda event: [("markdown", event.text)],
    "command": lambda event: [("code", f"    {event.text}")],
    "choices": lambda event: [("lines", _hanging(event.text, 5, "  "))],
    "advice": lambda event: [("quiet", event.text)],
    "sent": _sent,
    "message": _message,
    "diff": lambda event: [("change", _indented(event.text, columns()))],
    "check": lambda event: [("good", f"[x] {event.text}") if event.data["ok"] else ("bad", f"[ ] {event.text}")],
    "solved": lambda event: [("good", f"[x] {event.text}")],
    "missed": lambda event: [("bad", "Not yet. " + event.text)],
    "mistake": lambda event: [("markdown bad", "Not yet. " + event.text)],
    "note": lambda event: [("markdown", event.text)],
    "route": _route,
    "why": lambda event: [("lines", ""), ("markdown", event.text)],
    "complexity": lambda event: [("quiet", f"Cost: {event.text}")],
    "corrects": lambda event: [("lines", ""), ("markdown", event.text)],
    "hint": lambda event: [("markdown", f"Hint {event.data['number']} of {event.data['of']}: {event.text}")],
    "solution": lambda event: [("markdown", event.text)],
    "info": lambda event: [("quiet", event.text)],
    "look": lambda event: [("lines", event.text)],
    "error": lambda event: [("error", f"! {event.text}")],
    "list": lambda event: [("lines", _hanging(event.text, 10))],
    "help": _help,
    "end": _end,
    "quit": lambda event: [],
}
