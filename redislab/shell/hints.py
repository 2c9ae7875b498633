"""What is still missing, behind the cursor: the rest of the usage line, with the argument being typed marked.

Owns the text and the mark: ‹ › stand around the argument that the cursor is at, in colour and without. prompt_toolkit
shows it as part of the input line, so it wraps as that does; here words are kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from redislab.resp.words import tokens
from redislab.shell.grammar import Rest, choices, is_token, locate, rest_text
from redislab.shell.lines import CLIENT_LINE, REPEAT, last_line
from redislab.shell.suggest import current_word
from redislab.shell.theme import wide

if TYPE_CHECKING:
    from redislab.shell.console import Console

__all__ = ["HintProcessor", "hint"]


class HintProcessor(Processor):
    """Adds the hint behind the last line of the input. `prompt` gives what stands before the first line."""

    def __init__(self, console: Console, prompt: Callable[[], list[tuple[str, str]]] | None = None) -> None:
        self.console = console
        self.prompt = prompt

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        given, document = transformation_input, transformation_input.document
        if (
            not self.console.settings.hints
            or given.lineno != document.line_count - 1
            or not document.is_cursor_at_the_end
            or get_app().is_done
        ):
            return Transformation(given.fragments)
        pieces = hint(self.console, last_line(document.text))
        column = self._column(given) if pieces else 0
        added: StyleAndTextTuples = [(f"class:{style}", text) for style, text in filled(pieces, column, given.width)]
        return Transformation(given.fragments + added)

    def _column(self, given: TransformationInput) -> int:
        """The column in which the hint begins."""
        lead = 0
        if given.lineno == 0 and self.prompt is not None:
            lead = sum(wide(text) for _, text in self.prompt())
        return lead + sum(wide(fragment[1]) for fragment in given.fragments)


def filled(pieces: Sequence[tuple[str, str]], column: int, width: int) -> Iterator[tuple[str, str]]:
    """Pieces in which a word that the edge of the terminal would cut begins the next row."""
    for style, text in pieces:
        words = re.findall(r"\s*\S+|\s+$", text)
        for word in words:
            room = width - column % width
            if width > 10 and room < len(word) <= width:
                yield style, " " * room
                column, word = column + room, word.lstrip()
            yield style, word
            column += wide(word)


def hint(console: Console, line: str) -> list[tuple[str, str]]:
    """The pieces to show behind a line; nothing where there is nothing to say."""
    body = line.lstrip()
    if body.startswith("@"):
        found = CLIENT_LINE.match(body)
        body = found[2] + line[len(line.rstrip()) :] if found else ""
    if not body or body.startswith("#"):
        return []
    if body.startswith(":"):
        return meta_hint(body)
    before, _, typed = current_word(body)
    if before and REPEAT.fullmatch(before[0].value.decode("latin-1")):
        before = before[1:]
    if tokens(body)[-1].problem is not None or "|" in [body[token.start : token.end] for token in before]:
        return []
    words = [token.value for token in before]
    in_word = bool(typed) or not body[-1].isspace()
    if not words:
        return name_hint(console, typed) if in_word else []
    place = locate(console.lab.commands, words)
    if place is None or not place.rests:
        return []
    if place.command.subcommands and place.offset == 1:
        return [] if in_word else marked(["|".join(sub.upper() for sub in place.command.subcommands)], in_word=False)
    return argument_hint(place.rests, in_word)


def name_hint(console: Console, typed: bytes) -> list[tuple[str, str]]:
    """Behind a whole command name: all its arguments."""
    command = console.lab.commands.get(typed.lower().decode("latin-1"))
    if command is None or command.subcommands:
        return []
    return [("hint", "  " + " ".join(rest_text(tuple(command.arguments))))] if command.arguments else []


def argument_hint(rests: Sequence[Rest], in_word: bool) -> list[tuple[str, str]]:
    """The rest of the usage line. Several ways of reading the words so far begin with the likeliest."""
    rest = rests[0]
    if not rest:
        return []
    if not in_word:
        return marked(rest_text(rest), in_word=False)
    _, plain = choices([rest])
    texts = rest_text(rest)
    if not plain and not any(is_token(argument) or argument.children for argument in rest):
        return []
    return marked(texts, in_word=True)


def marked(texts: Sequence[str], *, in_word: bool) -> list[tuple[str, str]]:
    """Texts with the mark around the first."""
    lead = "  " if in_word else ""
    rest = "".join(f" {text}" for text in texts[1:])
    return [("hint", lead), ("hint.current", f"‹{texts[0]}›"), ("hint", rest)]


def meta_hint(body: str) -> list[tuple[str, str]]:
    """The same for words with a colon."""
    from redislab.shell.meta import META, meta_arguments

    before, _, typed = current_word(body)
    if not before:
        meta = META.get(typed.decode("utf-8", "replace").lower())
        return [("hint", "  " + " ".join(rest_text(tuple(meta.arguments))))] if meta and meta.arguments else []
    rests, _ = meta_arguments([token.value for token in before])
    return argument_hint(rests, bool(typed)) if rests and rests[0] else []
