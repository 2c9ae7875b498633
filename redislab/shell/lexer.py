"""The colours of what is being typed: command, options, keys, numbers, quotes that are open, words nobody knows.

Owns which style a word gets, from the command table and the place of the word in the usage line. What the colours are
is in theme.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from redislab.resp.words import tokens
from redislab.shell.console import OWN_WORDS
from redislab.shell.grammar import is_token, locate
from redislab.shell.lines import CLIENT_LINE, REPEAT, split_lines

if TYPE_CHECKING:
    from redislab.shell.console import Console

__all__ = ["ShellLexer", "coloured_line"]

LONGEST = 20_000
"""Characters up to which what is typed gets colours; beyond, a paste would make typing slow."""


class ShellLexer(Lexer):
    """Colours for the prompt."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        text = document.text
        if len(text) > LONGEST:
            return lambda number: [("", document.lines[number])] if number < len(document.lines) else []
        lines: list[StyleAndTextTuples] = [[]]
        at = 0
        for logical in split_lines(text):
            start = text.index(logical, at)
            add(lines, "", text[at:start])
            for style, piece in coloured_line(self.console, logical):
                add(lines, f"class:{style}" if style else "", piece)
            at = start + len(logical)
        add(lines, "", text[at:])
        return lambda number: lines[number] if number < len(lines) else []

    def invalidation_hash(self) -> int:
        return id(self.console)


def add(lines: list[StyleAndTextTuples], style: str, text: str) -> None:
    """Add a piece, beginning a new line at each line break."""
    for number, part in enumerate(text.split("\n")):
        if number:
            lines.append([])
        if part:
            lines[-1].append((style, part))


def coloured_line(console: Console, line: str) -> list[tuple[str, str]]:
    """One line as (style, text) pieces that make it up without a gap."""
    body = line.lstrip()
    lead = len(line) - len(body)
    pieces: list[tuple[str, str]] = [("", line[:lead])] if lead else []
    if body.startswith("#"):
        return [*pieces, ("comment", body)]
    if body.startswith(":"):
        name, blank, rest = body.partition(" ")
        return [*pieces, ("meta", name), ("", blank + rest)]
    if body.startswith("@"):
        found = CLIENT_LINE.match(body)
        cut = found.start(2) if found else len(body)
        return [*pieces, ("client", body[:cut]), *command_line(console, body[cut:])]
    return [*pieces, *command_line(console, body)]


def command_line(console: Console, line: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    at = 0
    found = tokens(line)
    styles = word_styles(console, line)
    for token, style in zip(found, styles, strict=True):
        pieces += [("", line[at : token.start]), (style, line[token.start : token.end])]
        at = token.end
    pieces.append(("", line[at:]))
    return [piece for piece in pieces if piece[1]]


def word_styles(console: Console, line: str) -> list[str]:
    """A style for each word of a command."""
    found = tokens(line)
    styles = [""] * len(found)
    skip = 1 if len(found) > 1 and REPEAT.fullmatch(found[0].value.decode("latin-1")) else 0
    words = [token.value for token in found[skip:]]
    if skip:
        styles[0] = "number"
    if words:
        table = console.lab.commands
        typing = len(words) == 1 and found[-1].end == len(line)
        styles[skip:] = argument_styles(table, words, typing)
    for place, token in enumerate(found):
        if token.problem is not None:
            styles[place] = "unclosed"
        elif line[token.start] in "\"'" and styles[place] != "key":
            styles[place] = "string"
    return styles


def argument_styles(table: object, words: list[bytes], typing: bool) -> list[str]:
    """Styles for a command's words. A name that is being typed is unknown only when no command begins so."""
    name = words[0].lower().decode("latin-1")
    place = locate(table, words)  # type: ignore[arg-type]
    if place is None:
        known = name in OWN_WORDS or (typing and any(one.startswith(name) for one in table))  # type: ignore[attr-defined]
        return ["command" if known else "unknown", *[""] * (len(words) - 1)]
    styles = ["command"] * place.offset
    for argument in place.taken:
        if argument is None:
            styles.append("")
        elif is_token(argument):
            styles.append("token")
        elif argument.type == "key":
            styles.append("key")
        else:
            styles.append("number" if argument.type in ("integer", "double", "unix-time") else "")
    return styles
