"""`redislab exec`: one command against the sandbox. Must not import prompt_toolkit, asyncio, rich, yaml or msgspec."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from redislab.shell.options import Options

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "read_options", "run", "run_plainly", "stdin_lines"]

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
    from redislab.shell.arguments import verb_parser

    return verb_parser(
        subparsers,
        "exec",
        EXAMPLES,
        "Run one command, or those that stdin holds, on the sandbox and print the replies.",
    )


def run(namespace: argparse.Namespace) -> int:
    """Do what the arguments say; the reply is the exit code."""
    options = read_options(namespace)
    return USAGE if options is None else work(options)


def run_plainly(command: list[str]) -> int:
    """Run a command that has no options in front of it; the reply is the exit code."""
    return work(Options(command=command))


def work(options: Options) -> int:
    """Run the command, or what stdin holds."""
    from redislab.shell.oneshot import run_command, run_script

    if options.command:
        return run_command(options)
    if sys.stdin.isatty():
        print("redislab: which command? redislab exec SET greeting hello", file=sys.stderr)
        return USAGE
    return run_script(options, stdin_lines())


def read_options(namespace: argparse.Namespace) -> Options | None:
    """The options, or None after saying what is wrong with them."""
    from redislab.shell.arguments import options_of

    try:
        return options_of(namespace)
    except ValueError as error:
        print(f"redislab: {error}", file=sys.stderr)
        return None


def stdin_lines() -> Any:
    """Stdin as lines in which every byte survives."""
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")  # type: ignore[union-attr]
    return sys.stdin
