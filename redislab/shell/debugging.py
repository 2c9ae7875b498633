"""The debugger of scripts in the shell: its prompt, and its lines in colours.

`SCRIPT DEBUG YES` and then EVAL lead here. Nothing of it is read in before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.shell.console import Console
    from redislab.shell.theme import Line

__all__ = ["DebuggerPrompt"]

PROMPT = "lua debugger> "
LEAVING = ("quit", "exit")


class DebuggerPrompt:
    """Asks for the debugger's commands. `read_line` shows a prompt and gives what was typed; EOFError ends it."""

    def __init__(self, console: Console, read_line: Callable[[str], str]) -> None:
        self.console = console
        self.read_line = read_line

    def ask(self) -> Sequence[bytes] | None:
        """The words of the next command; None if the script is to run on without anybody."""
        while True:
            try:
                line = self.read_line(PROMPT).strip()
            except EOFError:
                return None
            word, _, rest = line.partition(" ")
            if word.lower() in LEAVING:
                return None
            if word.lower() in ("e", "eval") and rest:
                return [b"eval", rest.encode()]
            try:
                words = split(line)
            except UnbalancedQuotes:
                self.console.printer.error("unbalanced quotes")
                self.console.printer.flush()
                continue
            # An empty word is for Redis an error in the protocol, which ends the script.
            if words and all(words):
                return words

    def show(self, lines: Sequence[bytes]) -> None:
        """Print lines of the debugger."""
        self.console.printer.lines([coloured(line.decode("utf-8", "replace")) for line in lines])
        self.console.printer.flush()


def coloured(text: str) -> Line:
    """A line with the style that its beginning asks for."""
    if text.startswith("->"):
        return [("command", text)]
    if text.startswith("<error>"):
        return [("error", text)]
    if text.startswith(("* ", "(Lua debugging", "<hint>")):
        return [("dim", text)]
    if text.startswith("<"):
        mark, _, rest = text.partition(" ")
        return [("label", mark), ("", f" {rest}")]
    return [("", text)]
