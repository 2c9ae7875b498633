"""`redislab shell`, which is also `redislab` alone: a prompt at a terminal, a script in a pipe, or one command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from redislab.shell.cli_exec import read_options, stdin_lines
from redislab.shell.options import Options

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run", "run_plainly"]

USAGE = 2
EXAMPLES = """\
Examples:
  redislab                         a prompt; Tab completes, help explains, Ctrl-D leaves
  redislab shell --memory          the same, beginning empty and keeping nothing
  redislab shell SET greeting hello
  redislab shell -3 --json < commands.redis

"""


def add_arguments(subparsers: Any) -> argparse.ArgumentParser:
    """Add the verb `shell` to argparse's sub-commands."""
    from redislab.shell.arguments import verb_parser

    parser = verb_parser(
        subparsers, "shell", EXAMPLES, "A Redis to type commands to. What you store is there the next time."
    )
    prompt = parser.add_argument_group("prompt")
    prompt.add_argument("--no-completion", action="store_true", help="complete nothing while typing")
    prompt.add_argument("--no-hints", action="store_true", help="show no arguments behind what is typed")
    prompt.add_argument("--no-warnings", action="store_true", help="ask nothing before commands that hit much data")
    prompt.add_argument("--no-pipes", action="store_true", help="`GET j | jq .` is no pipe to a shell command")
    return parser


def run(namespace: argparse.Namespace) -> int:
    """Do what the arguments say; the reply is the exit code."""
    options = read_options(namespace)
    return USAGE if options is None else work(options)


def run_plainly(command: list[str]) -> int:
    """Do the same where there are no options; the command may be empty, and then there is a prompt."""
    return work(Options(command=command))


def work(options: Options) -> int:
    """A command, a script or a prompt."""
    if options.command:
        from redislab.shell.oneshot import run_command

        return run_command(options)
    if not sys.stdin.isatty():
        from redislab.shell.oneshot import run_script

        return run_script(options, stdin_lines())
    from redislab.shell.theme import dumb

    if options.plain or dumb() or not sys.stdout.isatty():
        from redislab.shell.linear import run_linear

        return run_linear(options)
    from redislab.shell.app import run_app

    return run_app(options)
