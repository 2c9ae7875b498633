"""Words with a colon: what a real Redis cannot do, declared the way commands are.

`@meta(":goto number:int")` takes a usage line in the grammar of commands/usage.py; the docstring's first line is the
summary, the rest the help. Completion, hints and `:help` come from there. Owns the registry and how a line gets to its
function; the functions are in meta_time.py, meta_look.py, meta_shell.py and meta_serve.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from redislab.commands import usage
from redislab.commands.usage import Argument
from redislab.lab import UndoError
from redislab.resp.words import UnbalancedQuotes, split
from redislab.shell.grammar import Rest, advance
from redislab.shell.requests import Steps
from redislab.shell.theme import Line, wrapped

if TYPE_CHECKING:
    from redislab.shell.console import Console

__all__ = ["META", "Meta", "MetaError", "meta", "meta_arguments", "meta_help", "run_meta"]

META: dict[str, Meta] = {}
"""Every word with a colon, aliases among them."""


class MetaError(Exception):
    """What is wrong with a line; the text is told as it is."""


class Meta:
    """One word with a colon. `run(console, words)` may be a generator that asks for things, as `Console.feed` is."""

    def __init__(self, line: str, run: Callable[..., Any], aliases: tuple[str, ...]) -> None:
        self.name, _, rest = line.partition(" ")
        self.arguments: list[Argument] = usage.parse(f"X ({rest})")[1] if rest else []
        if len(self.arguments) == 1 and self.arguments[0].type == "block" and not self.arguments[0].token:
            self.arguments = self.arguments[0].children
        for argument in self.arguments:
            for node in argument.walk():
                node.token = node.token.lower() if node.token else node.token
        self.run = run
        self.aliases = aliases
        text = inspect.getdoc(run) or ""
        self.summary, _, self.help = text.partition("\n")

    @property
    def usage(self) -> str:
        """The line as learners see it."""
        return f"{self.name} {usage.render(self.arguments)}".rstrip()


def meta(line: str, *aliases: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a word with a colon."""

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        one = Meta(line, run, aliases)
        for name in (one.name, *aliases):
            META[name] = one
        return run

    return declare


def run_meta(console: Console, line: str) -> Steps:
    """Do what a line with a colon says."""
    try:
        words = [word.decode("utf-8", "surrogateescape") for word in split(line)]
    except UnbalancedQuotes:
        console.complain(f"unbalanced quotes: {line}")
        return
    one = META.get(words[0].lower())
    if one is None:
        console.complain(f"there is no {words[0]}{near(words[0])}; `:help` lists what there is")
        return
    try:
        check(one, words[1:])
        steps = one.run(console, *words[1:])
        if isinstance(steps, Iterator):
            yield from steps
    except (MetaError, UndoError) as error:
        console.complain(str(error))
    except OSError as error:
        console.complain(f"{error.filename or one.name}: {error.strerror or error}")


def near(word: str) -> str:
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), META, 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""


def check(one: Meta, words: list[str]) -> None:
    """Raise MetaError if the words do not follow the usage line."""
    rests, taken = meta_arguments([one.name.encode(), *(word.encode("utf-8", "surrogateescape") for word in words)])
    complete = any(all(argument.optional for argument in rest) for rest in rests)
    if not complete or None in taken:
        raise MetaError(f"usage: {one.usage}")


def meta_arguments(words: list[bytes]) -> tuple[list[Rest], list[Argument | None]]:
    """Follow the words of a line through the usage: what may follow, and what each word was taken for."""
    one = META.get(words[0].decode("utf-8", "replace").lower())
    if one is None:
        return [], []
    rests: list[Rest] = [tuple(one.arguments)]
    taken: list[Argument | None] = []
    for word in words[1:]:
        steps = [step for rest in rests for step in advance(rest, word)]
        exact = [step for step in steps if step[0].token is not None]
        steps = exact or steps
        taken.append(steps[0][0] if steps else None)
        rests = [rest for _, rest in steps]
    return rests, taken


def meta_help(name: str, width: int) -> list[Line]:
    """The page about one word, or the list of all."""
    one = META.get(name.lower())
    if one is None or name == ":help":
        rows = sorted({each.usage: each for each in META.values()}.items())
        column = 20 if width >= 60 else 4
        lines: list[Line] = []
        for shown, each in rows:
            texts = wrapped(each.summary.split(), max(width - column - 2, 20))
            if len(shown) > column - 2:
                lines += ([("command", text)] for text in wrapped(shown.split(), width, "  "))
            else:
                lines.append([("command", f"  {shown:<{column}}"), ("", texts.pop(0))])
            lines += ([("", " " * (column + 2) + text)] for text in texts)
        return lines
    page: list[Line] = [[("command", one.usage)]]
    page += ([("", text)] for text in wrapped(one.summary.split(), width))
    if one.aliases:
        page.append([("dim", f"Also: {', '.join(one.aliases)}")])
    for part in one.help.strip().split("\n\n") if one.help.strip() else ():
        page.append([("", "")])
        kept = part.startswith(" ") or "\n  " in part
        page += ([("", text)] for text in (part.splitlines() if kept else wrapped(part.split(), width)))
    return page


for _module in ("meta_time", "meta_look", "meta_shell", "meta_serve"):
    import_module(f"redislab.shell.{_module}")
