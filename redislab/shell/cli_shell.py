"""`redislab shell`, which is also `redislab` alone: a prompt at a terminal, a script in a pipe, or one command."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from redislab.shell.cli_exec import read_options, stdin_lines, verb_parser

__all__ = ["add_arguments", "run"]

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
    if options is None:
        return USAGE
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
