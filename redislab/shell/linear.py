"""The shell one line after another: for screen readers, dumb terminals, and output that goes to a file.

Nothing is redrawn, completed or coloured. What comes meanwhile is told before the next prompt.
"""

from __future__ import annotations

import sys

from redislab.lab import Lab
from redislab.shell.console import Console
from redislab.shell.ending import end_when_asked, finish_undisturbed
from redislab.shell.lines import is_open
from redislab.shell.oneshot import FAILED, OK
from redislab.shell.options import Options, tag
from redislab.shell.printer import Printer
from redislab.shell.prompt import prompt_pieces
from redislab.shell.requests import debug_with, drive
from redislab.shell.sandbox import LEAVE_AGAIN, Sandbox, unsaved
from redislab.shell.startup import started

__all__ = ["run_linear"]


def run_linear(options: Options) -> int:
    """Read lines until they end; the reply is the exit code."""
    options.form = options.form or ("friendly" if sys.stdout.isatty() else "formatted")
    lab = Lab(version=options.version)
    sandbox = Sandbox(lab, memory=options.memory)
    sandbox.open()
    started()
    printer = Printer(options, together=True)
    console = Console(lab, options, printer, interactive=True)
    debug_with(console, input)
    for message in sandbox.messages:
        printer.note(message)
    printer.note(f"redislab{tag(lab.version)}: type a command of Redis. help explains, quit leaves.")
    end_when_asked()
    code = OK
    try:
        _converse(console, sandbox)
    except SystemExit as asked:
        code = int(str(asked.code))
    except OSError:  # the terminal is gone: nobody reads on
        printer.give_up()
    finish_undisturbed()
    try:
        sandbox.close()
    except OSError as error:
        print(f"redislab: {unsaved(error)}", file=sys.stderr)
        code = FAILED
    return code


def _converse(console: Console, sandbox: Sandbox) -> None:
    """Turn after turn, until leaving is asked for and the data is safe, or it is asked for twice."""
    warned = False
    while True:
        try:
            while not console.finished:
                _turn(console, sandbox)
        except EOFError:
            print()
        try:
            sandbox.save()
            return
        except OSError as error:
            if warned:
                raise
            warned, console.finished = True, False
            console.printer.error(f"{unsaved(error)}. {LEAVE_AGAIN}")


def _turn(console: Console, sandbox: Sandbox) -> None:
    """One line, or several while a quote is open. Raises EOFError at the end of the input."""
    try:
        console.lab.tick()
        console.drain()
        console.printer.flush()
        text = input("".join(piece for _, piece in prompt_pieces(console)))
        while is_open(text):
            text += "\n" + input("... ")
        drive(console.feed(text), console.lab, ask, lambda: arrived(console))
    except KeyboardInterrupt:
        print()
    console.printer.flush()
    problem = sandbox.save_when_idle()
    if problem:
        console.printer.error(problem)


def arrived(console: Console) -> None:
    if console.drain():
        console.printer.flush()


def ask(question: str) -> bool:
    """A question with yes or no; anything but yes is no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False
