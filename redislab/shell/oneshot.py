"""One command, or the lines of a pipe: the shell without a prompt. Must not import prompt_toolkit or asyncio.

Owns exit codes here: 0, 1 if a reply was an error or a line could not be read, 2 for wrong usage, 130 interrupted. All
lines run, whatever comes of the ones before.
"""

from __future__ import annotations

import sys
from typing import TextIO

from redislab.lab import Lab
from redislab.resp.types import BLOCKED
from redislab.shell.console import Console
from redislab.shell.ending import end_when_asked, finish_undisturbed
from redislab.shell.options import Options
from redislab.shell.printer import Printer
from redislab.shell.requests import drive, wait_for
from redislab.shell.sandbox import Sandbox, unsaved
from redislab.shell.startup import started

__all__ = ["FAILED", "INTERRUPTED", "OK", "USAGE", "run_command", "run_script"]

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def run_command(options: Options) -> int:
    """Run the command of the options against the sandbox; the reply is the exit code."""
    argv = [word.encode("utf-8", "surrogateescape") for word in options.command]
    problem = fill_from_stdin(argv, options)
    if problem:
        print(f"redislab: {problem}", file=sys.stderr)
        return USAGE
    lab = Lab(record=False, version=options.version)
    return in_sandbox(options, lab, lambda console: repeat(console, argv, options))


def run_script(options: Options, lines: TextIO) -> int:
    """Run the lines of a file or a pipe against the sandbox; the reply is the exit code."""
    return in_sandbox(options, Lab(version=options.version), lambda console: feed_lines(console, lines))


def in_sandbox(options: Options, lab: Lab, work: object) -> int:
    """Open the sandbox, let `work` use a console on it, and save."""
    assert callable(work)
    options.form = options.form or ("friendly" if sys.stdout.isatty() else "raw")
    sandbox = Sandbox(lab, memory=options.memory, brief=True)
    sandbox.open()
    started()
    printer = Printer(options)
    for message in sandbox.messages:
        print(f"redislab: {message}", file=sys.stderr)
    console = Console(lab, options, printer)
    code = OK
    end_when_asked()
    try:
        work(console)
        printer.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as asked:
        code = int(str(asked.code))
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print(f"redislab: the output cannot be written: {error}", file=sys.stderr)
        printer.give_up()
        code = FAILED
    finish_undisturbed()
    try:
        sandbox.close()
    except OSError as error:
        print(f"redislab: {unsaved(error)}, what changed now is lost", file=sys.stderr)
        return FAILED
    return code or (FAILED if console.failures else OK)


def repeat(console: Console, argv: list[bytes], options: Options) -> None:
    """Run one command as often as the options ask for."""
    from time import sleep

    left = options.repeat
    while left:
        left -= 1
        run_once(console, argv)
        console.printer.flush()
        if left and options.interval > 0:
            sleep(options.interval)
            console.lab.tick()
    session = console.session
    while session.subscriptions or session.monitoring:  # redis-cli, too, goes on listening until it is interrupted
        sleep(0.05)
        console.lab.tick()
        console.drain()
        console.printer.flush()


def run_once(console: Console, argv: list[bytes]) -> None:
    outcome = console.run(console.current, argv)
    if outcome.reply is BLOCKED:
        console.waiting[console.current] = outcome
        wait_for(console.session, console.lab, lambda: None)
    else:
        console.show(outcome)
    console.drain()


def feed_lines(console: Console, lines: TextIO) -> None:
    """Run lines one after another. Each stands for itself: a quote that is open at its end is a mistake."""
    for number, line in enumerate(lines, 1):
        console.place = f"line {number}: "
        drive(console.line(line), console.lab, lambda question: True, lambda: drained(console))
        console.printer.flush()  # whoever writes the lines may wait for the reply before the next one
        if console.finished:
            return
        console.lab.tick()
        console.drain()


def drained(console: Console) -> None:
    if console.drain():
        console.printer.flush()


def fill_from_stdin(argv: list[bytes], options: Options) -> str:
    """Put what stdin holds in its place among the arguments (-x, -X). Returns what is wrong, or nothing."""
    if options.last_from_stdin:
        argv.append(sys.stdin.buffer.read())
    elif options.tag is not None:
        tag = options.tag.encode("utf-8", "surrogateescape")
        if tag not in argv:
            return f"the tag {options.tag!r} of -X is none of the arguments"
        argv[argv.index(tag)] = sys.stdin.buffer.read()
    return ""
