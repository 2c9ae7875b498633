"""Splits a typed line into words and writes bytes as words, by the rules of redis-cli and inline requests.

A word is bare, in double quotes (escapes `\\n \\r \\t \\b \\a \\\\ \\" \\xHH`), in single quotes (only `\\'` is an
escape), or a bare start with a quoted end. A closing quote must be followed by a blank or by the end of
the line. A NUL ends the line, as it ends a C string. Nothing here knows a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["Token", "UnbalancedQuotes", "join", "quote", "split", "tokens"]

BLANKS = " \t\n\v\f\r"
BLANK_RUN = re.compile(r"[ \t\n\v\f\r]*")
# Inside a bare word only these four blanks end it; a vertical tab there is a character of the word.
BARE_RUN = re.compile(r"[^ \t\n\r\"']+")
DOUBLE_RUN = re.compile(r'[^"\\]+')
SINGLE_RUN = re.compile(r"[^'\\]+")
HEX_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a"}
ESCAPED_BYTES = str.maketrans(
    {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 256))}
    | {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\a": "\\a", "\\": "\\\\", '"': '\\"'}
)
TEXT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


class UnbalancedQuotes(ValueError):
    """A quote that is not closed, or a closing quote with no blank after it.

    `position` is the index in the line of the open quote, or of the character that stands in the blank's place.
    """

    def __init__(self, position: int) -> None:
        super().__init__(f"unbalanced quotes at {position}")
        self.position = position


class Token(NamedTuple):
    """One word of a line, finished or not.

    `line[start:end]` is the word as typed; `value` its bytes as far as they go; `quote` the quote still
    open at its end, or ""; `problem` the position of what makes it wrong, or None.
    """

    start: int
    end: int
    value: bytes
    quote: str
    problem: int | None

    @property
    def complete(self) -> bool:
        return self.problem is None


def split(line: str, encoding: str = "utf-8") -> list[bytes]:
    """The words of a line. Raises UnbalancedQuotes; a blank line has no words.

    With encoding "latin-1" each character of the line is one byte, which is how an inline request is read.
    """
    words = []
    for token in scan(line, encoding):
        if token.problem is not None:
            raise UnbalancedQuotes(token.problem)
        words.append(token.value)
    return words


def tokens(line: str, encoding: str = "utf-8") -> list[Token]:
    """The words of a line with their places, whatever state the quotes are in.

    A word that goes on after its closing quote is one token with that place as its `problem`.
    """
    return list(scan(line, encoding))


def scan(line: str, encoding: str) -> Iterator[Token]:
    line = line.partition("\0")[0]
    position = skip(BLANK_RUN, line, 0)
    while position < len(line):
        token = read_word(line, position, encoding)
        yield token
        position = skip(BLANK_RUN, line, token.end)


def read_word(line: str, start: int, encoding: str) -> Token:
    position, problem = start, None
    parts: list[bytes] = []
    while position < len(line) and line[position] not in " \t\n\r":
        opening = line[position]
        if opening not in QUOTED:
            end = skip(BARE_RUN, line, position)
            parts.append(line[position:end].encode(encoding, "surrogateescape"))
            position = end
            continue
        text, end = QUOTED[opening](line, position, encoding)
        parts.append(text)
        if end < 0:
            return Token(start, len(line), b"".join(parts), opening, position if problem is None else problem)
        position = end
        if position < len(line) and line[position] in BLANKS:
            break
        if position < len(line) and problem is None:
            problem = position
    return Token(start, position, b"".join(parts), "", problem)


def read_double(line: str, position: int, encoding: str) -> tuple[bytes, int]:
    """The text in double quotes from `position` on and the place after them, or -1 if they stay open."""
    parts: list[bytes] = []
    position += 1
    while position < len(line):
        character = line[position]
        if character == '"':
            return b"".join(parts), position + 1
        if character == "\\" and position + 1 < len(line):
            part, position = read_escape(line, position, encoding)
        else:
            end = max(skip(DOUBLE_RUN, line, position), position + 1)
            part, position = line[position:end].encode(encoding, "surrogateescape"), end
        parts.append(part)
    return b"".join(parts), -1


def read_escape(line: str, position: int, encoding: str) -> tuple[bytes, int]:
    code = HEX_ESCAPE.match(line, position)
    if code:
        return bytes.fromhex(code[1]), code.end()
    character = line[position + 1]
    return ESCAPES.get(character) or character.encode(encoding, "surrogateescape"), position + 2


def read_single(line: str, position: int, encoding: str) -> tuple[bytes, int]:
    """As `read_double`, for single quotes."""
    parts: list[str] = []
    position += 1
    while position < len(line):
        if line[position] == "'":
            return "".join(parts).encode(encoding, "surrogateescape"), position + 1
        if line.startswith("\\'", position):
            parts.append("'")
            position += 2
        else:
            end = max(skip(SINGLE_RUN, line, position), position + 1)
            parts.append(line[position:end])
            position = end
    return "".join(parts).encode(encoding, "surrogateescape"), -1


QUOTED = {'"': read_double, "'": read_single}


def skip(run: re.Pattern[str], line: str, position: int) -> int:
    match = run.match(line, position)
    return match.end() if match else position


def quote(value: bytes) -> str:
    """The bytes in double quotes as redis-cli prints a string: `"caf\\xc3\\xa9\\n"`. ASCII only."""
    return '"' + value.decode("latin-1").translate(ESCAPED_BYTES) + '"'


def join(argv: Iterable[bytes]) -> str:
    """A line that `split` takes apart into the same words, with quotes only where a word needs them.

    Readable UTF-8 stays readable; other bytes are escaped as `quote` does.
    """
    return " ".join(map(word, argv))


def word(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return quote(value)
    if not text.isprintable():
        return quote(value)
    if text and not any(character in text for character in " \"'"):
        return text
    return '"' + text.translate(TEXT_ESCAPES) + '"'
