"""The console: what a typed line does, without a terminal.

Owns the clients of one shell, the settings, and the way from a line to what is printed. It works on lines from a
prompt, a pipe or a test alike; what it needs from outside it asks for (requests.py), and what it prints goes to a
printer (printer.py). Words with a colon are in meta.py, and nothing here knows a command of Redis by name but those
that redis-cli itself treats as its own: help, clear, exit, quit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from redislab.lab import Lab, ReplyError, Session
from redislab.resp.types import BLOCKED, NO_REPLY, Push, Reply
from redislab.resp.words import UnbalancedQuotes, join, split, tokens
from redislab.shell.lines import CLIENT_LINE, REPEAT, split_lines
from redislab.shell.outcome import Outcome, Settings
from redislab.shell.requests import Ask, Pause, Request, Steps, Wait

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.lab import Step
    from redislab.server.guesthouse import Guesthouse
    from redislab.shell.options import Options
    from redislab.shell.printer import Printer

__all__ = ["MAIN", "Console", "Outcome", "Settings"]

MAIN = "main"
"""The client that there is from the beginning."""

OWN_WORDS = ("help", "?", "clear", "exit", "quit")
KEPT_OUTCOMES = 5000


class Console:
    """One shell: a lab, its clients, and what they last did."""

    def __init__(self, lab: Lab, options: Options, printer: Printer, *, interactive: bool = False) -> None:
        self.lab = lab
        self.options = options
        self.printer = printer
        self.interactive = interactive
        self.settings = Settings(
            form=options.form, complete=options.completion, hints=options.hints, pipes=options.pipes and interactive,
            warn=options.warnings and interactive,
        )  # fmt: skip
        self.clients: dict[str, Session] = {}
        self.current = MAIN
        self.outcomes: deque[Outcome] = deque(maxlen=KEPT_OUTCOMES)
        self.waiting: dict[str, Outcome] = {}
        """Outcomes of blocked commands by client: their replies are still to come."""
        self.failures = 0
        """Error replies and lines that could not be read."""
        self.guests: Guesthouse | None = None
        """Other programs that use this lab, if they are let in."""
        self.finished = False
        self.remembered: deque[Outcome | str] = deque(maxlen=KEPT_OUTCOMES)
        """The session for `:save`: commands, and moves of the clock as lines."""
        self.loading = 0
        self.place = ""
        """Where the present line stands, as complaints begin with: `line 3: `."""
        self.client(MAIN)

    # -- clients ---------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The client that commands without a name go to."""
        return self.client(self.current)

    def client(self, name: str) -> Session:
        """The client of that name, connected when first asked for."""
        session = self.clients.get(name)
        if session is None or session.closed:
            session = self.lab.session("" if name == MAIN else name, protocol=self.options.protocol)
            self.clients[name] = session
            if self.options.db:
                session.call("SELECT", self.options.db)
        return session

    def close_client(self, name: str) -> None:
        """Disconnect a client; the first one comes back when it is next used."""
        self.clients.pop(name).close()
        self.waiting.pop(name, None)
        if self.current == name:
            self.current = MAIN

    # -- lines -----------------------------------------------------------------------------------------------

    def feed(self, text: str) -> Steps:
        """Work on what was entered: one line, or several that were pasted. Yields what it needs; see requests.py."""
        lines = split_lines(text)
        for line in lines:
            if len(lines) > 1 and self.interactive:
                self.printer.echo(line)
            yield from self.line(line)
            if self.finished:
                return

    def line(self, line: str) -> Steps:
        """Work on one line."""
        line = line.strip(" \t\r\n")
        if not line or line.startswith("#"):
            return
        if line.startswith(":"):
            from redislab.shell.meta import run_meta

            yield from run_meta(self, line)
            return
        found = CLIENT_LINE.match(line)
        name, line = (found[1], found[2]) if found else (self.current, line)
        line, pipe = self._pipe(line)
        try:
            argv = split(line)
        except UnbalancedQuotes as error:
            self.complain(f"unbalanced quotes at column {error.position + 1}: {line}")
            return
        if argv and not self.own_word(argv):
            yield from self._commands(name, argv, pipe)

    def _pipe(self, line: str) -> tuple[str, str]:
        """The command and the shell command behind a `|` that stands alone, outside quotes."""
        if self.settings.pipes and "|" in line:
            for token in tokens(line):
                if line[token.start : token.end] == "|":
                    return line[: token.start].rstrip(), line[token.end :].strip()
        return line, ""

    def own_word(self, argv: Sequence[bytes]) -> bool:
        """Do what the shell itself does with a line (help, clear, exit, quit); False for a command."""
        word = argv[0].lower().decode("latin-1")
        if word not in OWN_WORDS:
            return False
        if word in ("exit", "quit"):
            self.finished = True
        elif word == "clear":
            self.printer.clear()
        else:
            from redislab.shell.help import help_lines

            self.printer.lines(help_lines(self.lab.commands, [word.decode() for word in argv[1:]], self.printer.width))
        return True

    def _commands(self, name: str, argv: list[bytes], pipe: str) -> Steps:
        times = 1
        if len(argv) > 1 and REPEAT.fullmatch(argv[0].decode("latin-1")):
            times, argv = int(argv[0]), argv[1:]
            if times <= 0:
                self.complain("Invalid redis-cli repeat command option value.")
                return
        if self.settings.warn:
            danger = self._danger(name, argv)
            if danger and not (yield Ask(f"{danger}. Go on?")):
                self.printer.note("Nothing was done. `:set warn off` asks no more.")
                return
        for number in range(times):
            outcome = yield from self.command(name, argv, pipe)
            if outcome is None or self.finished:
                return
            if number % 1000 == 999 and not (yield Pause(0)):
                return

    def _danger(self, name: str, argv: list[bytes]) -> str | None:
        from redislab.shell.danger import warning

        return warning(self.lab, self.client(name), argv, self.settings.warn_from)

    # -- one command -----------------------------------------------------------------------------------------

    def command(self, name: str, argv: list[bytes], pipe: str = "") -> Generator[Request, Any, Outcome | None]:
        """Run a command as a client and print what comes of it. Gives its Outcome, None if it was interrupted."""
        session = self.client(name)
        if session.blocked:
            self.complain(
                f"{name} is waiting in {join(self.waiting[name].argv)}: `:client cancel {name}` gives that up"
            )
            return None
        outcome = self.run(name, argv)
        if outcome.reply is BLOCKED:
            self.waiting[name] = outcome
            if name == self.current and not (yield Wait(session)):
                self.cancel(name)
                return None
            if name != self.current:
                self.printer.note(f"@{name} waits; its reply will be shown when it comes.")
        else:
            self.show(outcome, pipe)
        self.drain()
        if session.closing:
            self._left(name)
        return outcome

    def run(self, name: str, argv: Sequence[bytes]) -> Outcome:
        """Run a command and remember what came of it; print nothing but the wire."""
        session = self.client(name)
        queue = session.queue
        protocol, db = session.protocol, session.db_index
        if self.settings.wire:
            self.printer.wire_request(argv)
        try:
            reply = session.call(*argv)
        except ReplyError as error:
            reply = error
            self.failures += 1
        queued = [list(words) for _, words in queue or ()] if argv[0].upper() == b"EXEC" else []
        step = self.lab.last_change if self.lab.engine.changes is not None else None
        protocol = session.protocol if argv[0].upper() == b"HELLO" else protocol
        outcome = Outcome(name, list(argv), reply, protocol, db, self.find(argv), step, queued)
        self.outcomes.append(outcome)
        self.remembered.append(outcome)
        return outcome

    def remember(self, line: str) -> None:
        """Keep a line for `:save`."""
        self.remembered.append(line)

    def look(self, argv: Sequence[bytes]) -> None:
        """Run a reading command as a client of its own in the present database, and show it with its reply."""
        looking = self.lab.session("peek", protocol=self.session.protocol)
        try:
            looking.call("SELECT", self.session.db_index)
            reply = looking.call(*argv)
        except ReplyError as error:
            reply = error
        finally:
            looking.close()
        self.printer.lines([[("dim", "> "), ("command", join(argv))]])
        self.printer.reply(
            Outcome(self.current, list(argv), reply, looking.protocol, self.session.db_index, self.find(argv)),
            self.settings.form,
        )

    def find(self, argv: Sequence[bytes]) -> Command | None:
        """The command or subcommand that these words name."""
        command = self.lab.commands.get(argv[0].lower().decode("latin-1"))
        if command is None or not command.subcommands or len(argv) < 2:
            return command
        return command.subcommands.get(argv[1].lower().decode("latin-1"), command)

    def show(self, outcome: Outcome, pipe: str = "", label: str = "") -> None:
        """Print a reply, and what the command changed if that was asked for."""
        if outcome.reply is NO_REPLY:
            return
        if self.settings.wire:
            self.printer.wire_reply(outcome.reply, outcome.protocol)
        if pipe:
            self.printer.piped(outcome, pipe)
        else:
            self.printer.reply(outcome, self.settings.form, label)
        if outcome.failed and self.interactive:
            self._suggest(outcome)
        elif self.interactive and not self.options.plain and not pipe:
            self._remark(outcome)
        if self.settings.diff:
            self.show_step(outcome.step)

    def show_step(self, step: Step | None) -> None:
        """Print what a step changed."""
        if step is not None:
            from redislab.shell.changes import change_lines

            self.printer.lines(change_lines(self.lab, step, self.printer.width))

    def show_undone(self, step: Step) -> None:
        """Print what taking back a step changed."""
        from redislab.shell.changes import change_lines

        self.printer.lines(change_lines(self.lab, step, self.printer.width, clock=False))

    def _suggest(self, outcome: Outcome) -> None:
        from redislab.shell.help import advice

        text = advice(self.lab.commands, outcome)
        if text:
            self.printer.note(text)

    def _remark(self, outcome: Outcome) -> None:
        from redislab.shell.remarks import remarks

        for text in remarks(self.lab, outcome):
            self.printer.note(text)

    def cancel(self, name: str) -> None:
        """Give up the command that a client waits in."""
        self.client(name).cancel()
        self.waiting.pop(name, None)
        self.printer.note("Given up." if name == self.current else f"@{name} has given up.")

    def _left(self, name: str) -> None:
        """A client was closed by the server's side: QUIT, CLIENT KILL."""
        self.close_client(name)
        self.finished = name == MAIN

    # -- what comes by itself --------------------------------------------------------------------------------

    def drain(self) -> bool:
        """Print what came to the clients meanwhile: late replies, messages. False if nothing came."""
        came = False
        for name, session in list(self.clients.items()):
            while session.outbox:
                self._arrived(name, session, session.outbox.popleft())
                came = True
        return came

    def _arrived(self, name: str, session: Session, reply: Reply) -> None:
        label = "" if name == self.current and len(self.clients) == 1 else f"@{name}"
        if isinstance(reply, Push):
            self.printer.push(reply, session.protocol, self.settings.form, label)
            return
        outcome = self.waiting.pop(name, None) or Outcome(name, [b""], reply, session.protocol, session.db_index, None)
        outcome.reply = reply
        if outcome.failed:
            self.failures += 1
        self.show(outcome, label="" if name == self.current else label)

    def complain(self, text: str) -> None:
        """Tell of a line that could not be worked on."""
        self.failures += 1
        self.printer.error(self.place + text)
