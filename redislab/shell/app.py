"""The shell at a terminal: a prompt on an event loop, with the engine's time and messages beside it.

Owns the loop: reading a line, working on it, waiting for blocked commands, and the background task that lets time pass,
shows what comes meanwhile above the prompt, and saves the sandbox.

The first prompt has to be there at once. Until then nothing may be imported but the standard library, prompt_toolkit
and the few light modules below; the engine, the sandbox and all that knows commands (workshop.py) are read in by a
thread while the person reads the prompt. A line that is entered before that is done waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import DummyCompleter, DynamicCompleter
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.layout.processors import DummyProcessor, DynamicProcessor
from prompt_toolkit.lexers import DynamicLexer
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle

from redislab import __version__
from redislab.paths import history_file
from redislab.shell.ending import ASKED_TO_END, finish_undisturbed, silence_lost_terminal
from redislab.shell.history import ShellHistory
from redislab.shell.keys import bindings
from redislab.shell.lines import is_open
from redislab.shell.options import tag
from redislab.shell.requests import Ask, Pause, Request, debug_with
from redislab.shell.sandbox import LEAVE_AGAIN, unsaved
from redislab.shell.theme import coloured, paint, prompt_style

if TYPE_CHECKING:
    from redislab.shell.options import Options
    from redislab.shell.workshop import Workshop

__all__ = ["App", "run_app"]

OK, FAILED = 0, 1
TICK_S = 0.1
SAVE_EVERY_TICKS = 5
CATCHES = sys.platform != "win32"
"""Whether the event loop can be told of signals."""


def run_app(options: Options) -> int:
    """Run the shell until it is left; the reply is the exit code."""
    options.form = options.form or "friendly"
    return asyncio.run(App(options).main())


class App:
    """One shell at one terminal. `input` and `output` are prompt_toolkit's, for tests."""

    def __init__(self, options: Options, *, input: Any = None, output: Any = None) -> None:
        self.options = options
        self.io = {"input": input, "output": output}
        self.shop: Workshop | None = None
        self.loading: asyncio.Task[Workshop] | None = None
        self.beside: asyncio.Task[None] | None = None
        self.interrupted = asyncio.Event()
        self.seen_step = 0
        self.seen_text = ""
        self.shown_prompt: Any = None
        self.leaving_failed = False
        self.asked_to_end = 0
        """The exit code, once a signal asked for the end."""
        self.asking: PromptSession[str] | None = None
        self.debugger: PromptSession[str] | None = None
        self.session: PromptSession[str] = self._session()

    def _session(self) -> PromptSession[str]:
        nothing, plain = DummyCompleter(), DummyProcessor()
        return PromptSession(
            message=self._message,
            prompt_continuation=lambda width, number, wrapped: "" if wrapped else "... ",
            multiline=Condition(lambda: is_open(get_app().current_buffer.text)),
            lexer=DynamicLexer(lambda: self.shop.lexer if self.shop else None),
            completer=DynamicCompleter(lambda: self.shop.completer if self.shop else nothing),
            complete_while_typing=Condition(lambda: bool(self.shop and self.shop.console.settings.complete)),
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=6,
            input_processors=[DynamicProcessor(lambda: self.shop.hints if self.shop else plain)],
            history=ShellHistory(history_file()),
            key_bindings=bindings(),
            style=prompt_style(),
            enable_suspend=True,
            include_default_pygments_style=False,
            **self.io,
        )

    def _message(self) -> Any:
        if self.shop is not None:
            return self.shop.prompt()
        name, db = f"redislab{tag(self.options.version)}", f"[{self.options.db}]" if self.options.db else ""
        return [("class:prompt", name), ("class:prompt.db", db), ("class:prompt", "> ")]

    # -- the loop --------------------------------------------------------------------------------------------

    async def main(self) -> int:
        """Read and work on lines until the shell is left."""
        welcome = f"redislab {__version__}: Redis {self.options.version} to play with. help explains, Ctrl-D leaves."
        print(paint([("dim", welcome)], coloured(sys.stdout)), flush=True)
        self.session.app.after_render += self._painted
        if CATCHES:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, self._interrupt)
            for number in ASKED_TO_END:
                loop.add_signal_handler(number, self._end, number)
        try:
            while not self.asked_to_end:
                self.interrupted.clear()  # here, as Ctrl-C may come as soon as the line is entered
                text = await self._read()
                if self.loading is not None:
                    await self.loading
                if self.shop is not None and text is not None:
                    await self._work(self.shop, text)
                if (text is None or self.shop is None or self.shop.console.finished) and self._may_leave(text):
                    break
        finally:
            if self.beside is not None:
                self.beside.cancel()
            code = self._leave()
        return self.asked_to_end or code

    def _end(self, number: int) -> None:
        """The system wants the shell to end: its terminal was closed, say."""
        self.asked_to_end = 128 + number
        silence_lost_terminal(number)
        prompt = self.asking or self.session
        if prompt.app.is_running:
            prompt.app.exit(exception=EOFError())
        else:
            self.interrupted.set()

    def _may_leave(self, text: str | None) -> bool:
        """Whether the data is safe. If not, that is told once, and whoever leaves again, leaves."""
        if self.shop is None:
            return text is None
        try:
            self.shop.sandbox.save()
        except OSError as error:
            if not self.asked_to_end and not self.leaving_failed:
                self.leaving_failed, self.shop.console.finished = True, False
                self.shop.printer.error(f"{unsaved(error)}. {LEAVE_AGAIN}")
                self.shop.printer.flush()
                return False
        return True

    async def _read(self) -> str | None:
        """The next line; "" if it was cancelled, None at the end."""
        vi = self.shop is not None and self.shop.console.settings.vi
        self.session.editing_mode = EditingMode.VI if vi else EditingMode.EMACS
        try:
            with patch_stdout(raw=True):
                return await self.session.prompt_async(handle_sigint=not CATCHES)
        except KeyboardInterrupt:
            if self.shop is not None and not self.session.default_buffer.text:
                self.shop.unsubscribe()
            return ""
        except (EOFError, OSError):  # an OSError: the terminal is gone
            return None

    def _read_debugger(self, prompt: str) -> str:
        """A line for the debugger of scripts. The loop stands still meanwhile: the script is at work."""
        if self.debugger is None:
            self.debugger = PromptSession(enable_suspend=True, **self.io)
        return self.debugger.prompt(prompt, in_thread=True, handle_sigint=False)

    def _interrupt(self) -> None:
        """The signal of Ctrl-C. A prompt gets it as a key; without one it is meant for what is being worked on."""
        prompt = self.asking or self.session
        if prompt.app.is_running:
            prompt.app.key_processor.send_sigint()
        else:
            self.interrupted.set()

    async def _work(self, shop: Workshop, text: str) -> None:
        """Work on what was entered, answering what the console asks for."""
        steps = shop.console.feed(text)
        answer: Any = None
        try:
            while True:
                request = steps.send(answer)
                shop.printer.flush()
                answer = await self._answer(request)
        except StopIteration:
            pass
        except Exception as error:
            shop.confess(error)
        finally:
            shop.printer.flush()
            self.seen_step = shop.newest_step()

    async def _answer(self, request: Request) -> bool:
        if isinstance(request, Ask):
            return await self._ask(request.question)
        if isinstance(request, Pause):
            await asyncio.sleep(request.seconds)
        else:
            while request.session.blocked and not self.interrupted.is_set():
                await asyncio.sleep(0.01)
        if self.interrupted.is_set():
            print()
            return False
        return True

    async def _ask(self, question: str) -> bool:
        if self.asked_to_end:
            return False
        asking = self.asking = PromptSession(**self.io)
        try:
            answer = await asking.prompt_async(f"{question} [y/N] ", handle_sigint=not CATCHES)
        except (KeyboardInterrupt, EOFError):
            return False
        finally:
            self.asking = None
        return answer.strip().lower() in ("y", "yes")

    def _leave(self) -> int:
        if self.shop is None:
            return OK
        finish_undisturbed()
        try:
            self.shop.sandbox.close()
        except OSError as error:
            print(f"redislab: {unsaved(error)}, what changed since is lost", file=sys.stderr)
            return FAILED
        with contextlib.suppress(OSError):
            self.shop.printer.flush()
        return OK

    # -- beside the prompt -----------------------------------------------------------------------------------

    def _painted(self, app: Any) -> None:
        """The first prompt is on the screen: now there is time for everything else."""
        self.session.app.after_render -= self._painted
        self.loading = asyncio.get_running_loop().create_task(self._load())

    async def _load(self) -> Workshop:
        """Read in the engine, the sandbox, and what knows commands."""

        def build() -> Workshop:
            from redislab.shell.workshop import Workshop

            return Workshop(self.options)

        shop = self.shop = await asyncio.to_thread(build)
        debug_with(shop.console, self._read_debugger)
        for message in shop.sandbox.messages:
            shop.printer.note(message)
        shop.printer.flush()
        self.session.app.invalidate()
        self.beside = asyncio.create_task(self._beside(shop))
        return shop

    async def _beside(self, shop: Workshop) -> None:
        """Let the engine's time pass, show what comes, and save now and then."""
        ticks = 0
        while True:
            due = shop.lab.next_deadline()
            await asyncio.sleep(TICK_S if due is None else min(TICK_S, max(due / 1000, 0.002)))
            shop.lab.tick()
            if shop.console.drain():
                shop.printer.flush()
            self.seen_step = shop.show_expired(self.seen_step)
            self._refresh_prompt(shop)
            ticks += 1
            if ticks % SAVE_EVERY_TICKS == 0 and self._idle():
                self._save(shop)

    def _idle(self) -> bool:
        """Whether nothing was typed since the last time: saving much data is a hitch that a typist would feel."""
        before, self.seen_text = self.seen_text, self.session.default_buffer.text
        return before == self.seen_text

    def _refresh_prompt(self, shop: Workshop) -> None:
        pieces = shop.prompt()
        if pieces != self.shown_prompt:
            self.shown_prompt = pieces
            self.session.app.invalidate()

    def _save(self, shop: Workshop) -> None:
        problem = shop.sandbox.save_when_idle()
        if problem:
            shop.printer.error(problem)
            shop.printer.flush()
