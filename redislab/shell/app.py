"""The shell at a terminal: a prompt on an event loop, with the engine's time and messages beside it.

Owns the loop: reading a line, working on it, waiting for blocked commands, and the background task that lets time pass,
shows what comes meanwhile above the prompt, and saves the sandbox. Before the first prompt nothing may be imported but
the standard library, prompt_toolkit and redislab; the sandbox is read in a thread once the prompt is there.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from importlib import import_module
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle

from redislab import __version__
from redislab.lab import Lab
from redislab.paths import history_file
from redislab.shell.complete import ShellCompleter
from redislab.shell.console import Console, is_open
from redislab.shell.hints import HintProcessor
from redislab.shell.history import ShellHistory
from redislab.shell.keys import bindings
from redislab.shell.lexer import ShellLexer
from redislab.shell.options import Options
from redislab.shell.printer import Printer
from redislab.shell.prompt import prompt_pieces
from redislab.shell.requests import Ask, Pause, Request
from redislab.shell.sandbox import Sandbox
from redislab.shell.suggest import Suggester
from redislab.shell.theme import prompt_style

__all__ = ["App", "run_app"]

OK, FAILED = 0, 1
TICK_S = 0.1
SAVE_EVERY_TICKS = 5
WARM = ("pretty", "help", "changes", "meta", "why", "danger", "inspect_key")
"""Modules of the shell that the first commands are likely to need; read in while the person reads the prompt."""


def run_app(options: Options) -> int:
    """Run the shell until it is left; the reply is the exit code."""
    options.form = options.form or "friendly"
    return asyncio.run(App(options).main())


class App:
    """One shell at one terminal. `input` and `output` are prompt_toolkit's, for tests."""

    def __init__(self, options: Options, *, input: Any = None, output: Any = None, printer: Printer | None = None) -> None:
        self.lab = Lab()
        self.printer = printer or Printer(options, together=True)
        self.console = Console(self.lab, options, self.printer, interactive=True)
        self.sandbox = Sandbox(self.lab, memory=options.memory)
        self.suggester = Suggester(self.console)
        self.loaded = asyncio.Event()
        self.interrupted = asyncio.Event()
        self.seen_step = 0
        self.shown_prompt: Any = None
        self.save_failed = False
        self.io = {"input": input, "output": output}
        self.session: PromptSession[str] = self._session()

    def _session(self) -> PromptSession[str]:
        settings = self.console.settings
        return PromptSession(
            message=lambda: prompt_pieces(self.console),
            prompt_continuation="... ",
            multiline=Condition(lambda: is_open(get_app().current_buffer.text)),
            lexer=ShellLexer(self.console),
            completer=ShellCompleter(self.suggester),
            complete_while_typing=Condition(lambda: settings.complete),
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=6,
            input_processors=[HintProcessor(self.console)],
            history=ShellHistory(history_file()),
            key_bindings=bindings(),
            style=prompt_style(),
            enable_suspend=True,
            **self.io,
        )

    # -- the loop --------------------------------------------------------------------------------------------

    async def main(self) -> int:
        """Read and work on lines until the shell is left."""
        self.printer.lines([[("dim", f"redislab {__version__}: Redis 7.0 to play with. help explains, Ctrl-D leaves.")]])
        self.printer.flush()
        self.session.app.after_render += self._painted
        beside = asyncio.create_task(self._beside())
        try:
            while not self.console.finished:
                text = await self._read()
                if text is None:
                    break
                await self.loaded.wait()
                await self._work(text)
        finally:
            beside.cancel()
        return self._leave()

    async def _read(self) -> str | None:
        """The next line; "" if it was cancelled, None at the end."""
        self.session.editing_mode = EditingMode.VI if self.console.settings.vi else EditingMode.EMACS
        try:
            with patch_stdout(raw=True):
                return await self.session.prompt_async()
        except KeyboardInterrupt:
            if not self.session.default_buffer.text and self.console.session.subscriptions:
                self._unsubscribe()
            return ""
        except EOFError:
            return None

    def _unsubscribe(self) -> None:
        """Ctrl-C on an empty line ends listening, as it ends it in redis-cli."""
        for name in ("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"):
            if name.lower() in self.lab.commands:
                self.console.session.call(name)
        self.console.session.outbox.clear()
        self.printer.note("No longer subscribed.")
        self.printer.flush()

    async def _work(self, text: str) -> None:
        """Work on what was entered, answering what the console asks for."""
        self.interrupted.clear()
        loop = asyncio.get_running_loop()
        catches = hasattr(loop, "add_signal_handler") and sys.platform != "win32"
        if catches:
            loop.add_signal_handler(signal.SIGINT, self.interrupted.set)
        steps = self.console.feed(text)
        answer: Any = None
        try:
            while True:
                request = steps.send(answer)
                self.printer.flush()
                answer = await self._answer(request)
        except StopIteration:
            pass
        except Exception as error:
            self._confess(error)
        finally:
            if catches:
                loop.remove_signal_handler(signal.SIGINT)
            self.printer.flush()
            self.seen_step = self.lab.engine.changes.count if self.lab.engine.changes else 0

    async def _answer(self, request: Request) -> bool:
        if isinstance(request, Ask):
            return await self._ask(request.question)
        if isinstance(request, Pause):
            await asyncio.sleep(request.seconds)
        else:
            while request.session.blocked and not self.interrupted.is_set():
                await asyncio.sleep(0.01)
        if self.interrupted.is_set():
            print("^C" if self.printer.tty else "")
            return False
        return True

    async def _ask(self, question: str) -> bool:
        asking: PromptSession[str] = PromptSession(**self.io)
        try:
            return (await asking.prompt_async(f"{question} [y/N] ")).strip().lower() in ("y", "yes")
        except (KeyboardInterrupt, EOFError):
            return False

    def _confess(self, error: Exception) -> None:
        """A mistake of redislab's own must not take the shell with it."""
        import traceback

        self.printer.error(f"redislab made a mistake: {type(error).__name__}: {error}. The shell goes on.")
        for line in traceback.format_exception(error)[-3:]:
            self.printer.note(line.rstrip())

    def _leave(self) -> int:
        self.printer.flush()
        try:
            self.sandbox.close()
        except OSError as error:
            self.printer.error(f"the sandbox could not be saved: {error}")
            return FAILED
        return OK

    # -- beside the prompt -----------------------------------------------------------------------------------

    def _painted(self, app: Any) -> None:
        """The first prompt is on the screen: now there is time for everything else."""
        self.session.app.after_render -= self._painted
        asyncio.get_running_loop().create_task(self._load())

    async def _load(self) -> None:
        """Read the sandbox, sort its keys, and read in modules that will be needed, all in a thread."""
        await asyncio.to_thread(self._open)
        for message in self.sandbox.messages:
            self.printer.note(message)
        self.printer.flush()
        self.loaded.set()
        await asyncio.to_thread(lambda: [import_module(f"redislab.shell.{name}") for name in WARM])

    def _open(self) -> None:
        self.sandbox.open()
        self.suggester.keys.prepare(self.console.session.db_index)

    async def _beside(self) -> None:
        """Let the engine's time pass, show what comes, and save now and then."""
        await self.loaded.wait()
        ticks = 0
        while True:
            due = self.lab.next_deadline()
            await asyncio.sleep(TICK_S if due is None else min(TICK_S, max(due / 1000, 0.002)))
            self.lab.tick()
            if self.console.drain():
                self.printer.flush()
            self._show_expired()
            self._refresh_prompt()
            ticks += 1
            if ticks % SAVE_EVERY_TICKS == 0:
                self._save()

    def _show_expired(self) -> None:
        """With :diff on, tell of keys that went by themselves."""
        changes = self.lab.engine.changes
        if changes is None or changes.count == self.seen_step:
            return
        new = [step for step in self.lab.steps[-20:] if step.number > self.seen_step and step.automatic]
        self.seen_step = changes.count
        if self.console.settings.diff:
            for step in new:
                self.console.show_step(step)
            self.printer.flush()

    def _refresh_prompt(self) -> None:
        pieces = prompt_pieces(self.console)
        if pieces != self.shown_prompt:
            self.shown_prompt = pieces
            self.session.app.invalidate()

    def _save(self) -> None:
        try:
            self.sandbox.save_when_idle()
            self.save_failed = False
        except OSError as error:
            if not self.save_failed:
                self.printer.error(f"the sandbox could not be saved: {error}; it is tried again")
                self.printer.flush()
            self.save_failed = True
