"""Everything the shell needs once its prompt is there: the engine, the sandbox, the console, and what knows commands.

Made in a thread by app.py. Owns how these parts are put together; each does its work in a module of its own, and those
that the first commands are likely to need are read in here too.
"""

from __future__ import annotations

from typing import Any

from redislab.lab import Lab
from redislab.shell import changes, danger, help, meta, pretty, why
from redislab.shell.complete import ShellCompleter
from redislab.shell.console import Console
from redislab.shell.hints import HintProcessor
from redislab.shell.lexer import ShellLexer
from redislab.shell.options import Options
from redislab.shell.printer import Printer
from redislab.shell.prompt import prompt_pieces
from redislab.shell.sandbox import Sandbox
from redislab.shell.startup import started
from redislab.shell.suggest import Suggester

__all__ = ["Workshop"]

READ_IN = (changes, danger, help, meta, pretty, why)
MOST_TOLD = 20


class Workshop:
    """The parts of one interactive shell."""

    def __init__(self, options: Options) -> None:
        self.lab = Lab(version=options.version)
        self.sandbox = Sandbox(self.lab, memory=options.memory)
        self.sandbox.open()
        self.printer = Printer(options, together=True)
        self.console = Console(self.lab, options, self.printer, interactive=True)
        self.suggester = Suggester(self.console)
        self.suggester.keys.prepare(options.db)
        self.completer = ShellCompleter(self.suggester)
        self.lexer = ShellLexer(self.console)
        self.hints = HintProcessor(self.console, self.prompt)
        list(self.lab.commands.values())  # completion shows their summaries: read in now, not while somebody types
        started()

    def prompt(self) -> Any:
        """The prompt's pieces."""
        return prompt_pieces(self.console)

    def newest_step(self) -> int:
        """The number of the last step that was recorded."""
        return self.lab.engine.changes.count if self.lab.engine.changes else 0

    def show_expired(self, seen: int) -> int:
        """With :diff on, tell of keys that went by themselves since a step; returns the newest step."""
        newest = self.newest_step()
        if newest != seen and self.console.settings.diff:
            for step in self.lab.steps[-MOST_TOLD:]:
                if step.number > seen and step.automatic:
                    self.console.show_step(step)
            self.printer.flush()
        return newest

    def unsubscribe(self) -> None:
        """Ctrl-C on an empty line ends listening, as it ends it in redis-cli."""
        session = self.console.session
        if session.stop_monitoring():
            session.outbox.clear()
            self.printer.note("No longer monitoring.")
        if not session.subscriptions:
            self.printer.flush()
            return
        for name in ("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"):
            if name.lower() in self.lab.commands:
                session.call(name)
        session.outbox.clear()
        self.printer.note("No longer subscribed.")
        self.printer.flush()

    def confess(self, error: Exception) -> None:
        """A mistake of redislab's own must not take the shell with it."""
        import traceback

        self.printer.error(f"redislab made a mistake: {type(error).__name__}: {error}. The shell goes on.")
        for line in traceback.format_exception(error)[-3:]:
            self.printer.note(line.rstrip())
