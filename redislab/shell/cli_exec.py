"""`redislab exec`: one command against the sandbox. Must not import prompt_toolkit, asyncio, rich, yaml or msgspec."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from redislab.shell.options import Options, add_options, options_of

__all__ = ["add_arguments", "read_options", "run", "stdin_lines", "verb_parser"]

USAGE = 2
EXAMPLES = """\
Examples:
  redislab exec SET greeting hello
  redislab exec --json HGETALL user:1
  redislab exec -r 3 -i 0.5 INCR counter
  redislab exec -x SET photo < photo.jpg
  redislab exec < commands.redis

"""


def add_arguments(subparsers: Any) -> argparse.ArgumentParser:
    """Add the verb `exec` to argparse's sub-commands."""
    return verb_parser(
        subparsers,
        "exec",
        EXAMPLES,
        "Run one command, or those that stdin holds, on the sandbox and print the replies.",
    )


def verb_parser(subparsers: Any, name: str, examples: str, description: str) -> argparse.ArgumentParser:
    """A parser whose help begins with examples, with the options of redis-cli and a command behind them."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        add_help=False,
        allow_abbrev=False,
        description=description,
        usage=f"redislab {name} [options] [COMMAND …]",
    )
    parser.add_argument("--help", action="help", help="this page")
    add_options(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="a command with its arguments")
    usual = parser.format_help
    parser.format_help = lambda: examples + usual()  # type: ignore[method-assign]
    return parser


def run(namespace: argparse.Namespace) -> int:
    """Do what the arguments say; the reply is the exit code."""
    options = read_options(namespace)
    if options is None:
        return USAGE
    from redislab.shell.oneshot import run_command, run_script

    if options.command:
        return run_command(options)
    if sys.stdin.isatty():
        print("redislab: which command? redislab exec SET greeting hello", file=sys.stderr)
        return USAGE
    return run_script(options, stdin_lines())


def read_options(namespace: argparse.Namespace) -> Options | None:
    """The options, or None after saying what is wrong with them."""
    try:
        return options_of(namespace)
    except ValueError as error:
        print(f"redislab: {error}", file=sys.stderr)
        return None


def stdin_lines() -> Any:
    """Stdin as lines in which every byte survives."""
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")  # type: ignore[union-attr]
    return sys.stdin
