"""The grammar of a usage line, and the tree of arguments that comes from it.

A command is declared with the line a learner sees in the manual, plus three small marks that the manual
leaves out, so that COMMAND DOCS, help, hints and completion all come from one text:

    word            an argument; `word:int` gives its type (string is the default; `key` is a key)
    WORD            a token to be typed as it stands; quotes hold odd ones
    [ … ]           may be left out
    a | b           one of these (inside brackets or parentheses)
    ( … )           keeps things together
    …...            may be repeated; `…...*` repeats its token as well
    name=…          what COMMAND DOCS calls it, where that does not follow from the parts
    …@6.2.0         the version that brought it; `~6.2.0` the one that deprecated it
    …#1             the number of the key specification that finds it

Inside brackets, parentheses or an alternative, a token followed by one thing belongs to that thing
(`EX seconds`), a token followed by several leads a block (`LIMIT offset count`), and several things
without a token are a block. Braces make a block whose first part is a token of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

__all__ = ["Argument", "known", "parse", "render"]

compiled = cache(re.compile)
"""Expressions are compiled when they are first used: the start of a server reads no usage line."""
_LEXEME = (
    r'\s*(?:(\.\.\.\*?)|([\[\](){}|])|([\w.+-]+)=|@([\d.]+)|~([\d.]+)|#(\d+)|("[^"]*")'
    r"|([^\s\[\](){}|@~#=]+?)(?=\.\.\.|[\s\[\](){}|@~#=]|$))"
)
_TOKEN = r"[A-Z0-9_*$.-]*[A-Z*$][A-Z0-9_*$.-]*"
_TYPES = {
    "int": "integer", "float": "double", "time": "unix-time", "pattern": "pattern", "key": "key", "string": "string",
}  # fmt: skip


class Argument:
    """One node of the argument tree, with the names COMMAND DOCS uses.

    `type` is string, integer, double, key, pattern, unix-time, pure-token, oneof or block; the last two
    have `children`. `shown` is the word learners see where it differs from `name`.
    """

    __slots__ = (
        "children", "deprecated_since", "key_spec", "multiple", "multiple_token", "name", "optional", "shown", "since",
        "token", "type",
    )  # fmt: skip

    def __init__(
        self, name: str = "", type: str = "string", token: str | None = None, children: Sequence[Argument] = ()
    ) -> None:
        self.name, self.type, self.token = name, type, token
        self.children = list(children)
        self.optional = self.multiple = self.multiple_token = False
        self.since: str | None = None
        self.deprecated_since: str | None = None
        self.key_spec: int | None = None
        self.shown: str | None = None

    def but(self, **changes: Any) -> Argument:
        """The same node with some of its facts changed."""
        twin = Argument()
        for fact in self.__slots__:
            setattr(twin, fact, changes.get(fact, getattr(self, fact)))
        return twin

    def walk(self) -> Iterator[Argument]:
        """This node and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(usage: str) -> tuple[list[str], list[Argument]]:
    """Split a usage line into the words of the command's name and its arguments.

    Raises ValueError for a line that does not follow the grammar.
    """
    reader = _Reader(usage)
    name = []
    while reader.peek_name():
        name.append(reader.take()[1])
    arguments = reader.items("")
    if reader.position < len(reader.lexemes):
        raise ValueError(f"usage line {usage!r}: unexpected {reader.lexemes[reader.position][1]!r}")
    _number_keys(arguments)
    return name, arguments


def _number_keys(arguments: list[Argument]) -> None:
    number = 0
    for top in arguments:
        for argument in top.walk():
            if argument.type == "key":
                if argument.key_spec is None:
                    argument.key_spec = number
                number = argument.key_spec + 1


class _Reader:
    """Recursive descent over the lexemes of one line."""

    def __init__(self, usage: str) -> None:
        self.usage = usage
        self.lexemes: list[tuple[str, str]] = []
        self.position = 0
        at = 0
        while at < len(usage.rstrip()):
            match = compiled(_LEXEME).match(usage, at)
            if match is None or match.end() == at:
                raise ValueError(f"usage line {usage!r}: cannot read from {usage[at:]!r}")
            kinds = ("dots", "bracket", "name", "since", "deprecated", "key", "quoted", "word")
            group = match.lastindex or 0
            self.lexemes.append((kinds[group - 1], match[group]))
            at = match.end()

    def peek(self) -> tuple[str, str]:
        return self.lexemes[self.position] if self.position < len(self.lexemes) else ("end", "")

    def take(self) -> tuple[str, str]:
        lexeme = self.peek()
        self.position += 1
        return lexeme

    def peek_name(self) -> bool:
        kind, text = self.peek()
        return kind == "word" and compiled(_TOKEN).fullmatch(text) is not None

    def items(self, closing: str) -> list[Argument]:
        found = []
        while self.peek() not in (("end", ""), ("bracket", closing), ("bracket", "|")):
            found.append(self.item())
        return found

    def item(self) -> Argument:
        kind, text = self.take()
        label = None
        if kind == "name":
            label = text
            kind, text = self.take()
        if kind == "bracket" and text in "[({":
            argument = self.group({"[": "]", "(": ")", "{": "}"}[text])
            argument.optional = argument.optional or text == "["
        elif kind == "quoted":
            argument = Argument(text[1:-1].lower(), "pure-token", text[1:-1])
        elif kind == "word":
            argument = self.word(text)
        else:
            raise ValueError(f"usage line {self.usage!r}: unexpected {text!r}")
        if label is not None:
            argument.name = label
        self.marks(argument)
        return argument

    def word(self, text: str) -> Argument:
        if compiled(_TOKEN).fullmatch(text):
            return Argument(text.lower(), "pure-token", text)
        name, _, kind = text.rpartition(":")
        if name and kind in _TYPES:
            return Argument(name, _TYPES[kind])
        return Argument(text, "key" if text == "key" else "string")

    def marks(self, argument: Argument) -> None:
        while True:
            kind, text = self.peek()
            if kind == "dots":
                argument.multiple = True
                argument.multiple_token = argument.multiple_token or text.endswith("*")
            elif kind == "since":
                argument.since = text
            elif kind == "deprecated":
                argument.deprecated_since = text
            elif kind == "key":
                argument.key_spec = int(text)
            else:
                return
            self.position += 1

    def group(self, closing: str) -> Argument:
        branches = [self.items(closing)]
        while self.peek() == ("bracket", "|"):
            self.take()
            branches.append(self.items(closing))
        if self.take() != ("bracket", closing):
            raise ValueError(f"usage line {self.usage!r}: {closing!r} is missing")
        if closing == "}":
            return _block(branches[0], None)
        parts = [_together(branch) for branch in branches]
        if len(parts) == 1:
            return parts[0]
        return Argument("_".join(part.name for part in parts), "oneof", children=parts)


def _together(parts: list[Argument]) -> Argument:
    first = parts[0]
    if len(parts) == 1:
        return first
    leads = first.type == "pure-token" and not (first.multiple or first.optional or first.since)
    if leads and len(parts) == 2 and parts[1].token is None and not parts[1].optional:
        parts[1].token = first.token
        return parts[1]
    return _block(parts[1:], first.token) if leads else _block(parts, None)


def _block(parts: list[Argument], token: str | None) -> Argument:
    return Argument("_".join(part.name for part in parts), "block", token, children=parts)


def known(arguments: list[Argument], version: tuple[int, int]) -> list[Argument]:
    """The arguments that a version of Redis has: those that came later are left out, from the children as well."""
    kept = []
    for argument in arguments:
        if argument.since is not None and tuple(map(int, argument.since.split(".")[:2])) > version:
            continue
        if argument.children:
            argument.children = known(argument.children, version)
        kept.append(argument)
    return kept


def render(arguments: list[Argument]) -> str:
    """The arguments as the manual shows them: `key value [NX | XX] [EX seconds | …]`."""
    return " ".join(_shown(argument) for argument in arguments)


def _shown(argument: Argument) -> str:
    if argument.type == "oneof":
        body = " | ".join(_shown(child) for child in argument.children)
        if not argument.optional or argument.token:
            body = f"<{body}>"
    elif argument.type == "block":
        body = render(argument.children)
    elif argument.type == "pure-token":
        body = argument.token or ""
    else:
        body = argument.shown or argument.name
    tokened = f"{argument.token} {body}" if argument.token and argument.type != "pure-token" else body
    if argument.token == "" and argument.type != "pure-token":
        tokened = f'"" {body}'
    if argument.multiple:
        tokened += f" [{tokened if argument.multiple_token else body} ...]"
    return f"[{tokened}]" if argument.optional else tokened
