"""The options of `redislab shell` and `redislab exec`: those of redis-cli that make sense for an engine of one's own.

Owns their names and meaning, and nothing of what they do. Imported only where there are options to read.
"""

from __future__ import annotations

import argparse
from typing import Any

from redislab.commands.table import DEFAULT, VERSIONS, number_of, version_of
from redislab.shell.options import Options

__all__ = ["add_options", "options_of", "verb_parser"]

NOT_YET = {
    "-h": "HOST", "-p": "PORT", "-s": "SOCKET", "-u": "URI", "-a": "PASSWORD", "--user": "NAME", "--pass": "PASSWORD",
}  # fmt: skip
NOT_YET_ALONE = (
    "-c", "--tls", "--eval", "--pipe", "--scan", "--bigkeys", "--memkeys", "--hotkeys", "--stat", "--latency",
    "--latency-history", "--latency-dist", "--rdb", "--functions-rdb", "--askpass",
)  # fmt: skip
"""Options of redis-cli for what this version does not have: they are known, and say so."""


class Refuse(argparse.Action):
    """Says that an option is not there yet."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: object, values: object, option: str | None = None
    ) -> None:
        if option == "-h" and not values:
            parser.print_help()
            parser.exit(0)
        parser.exit(
            2,
            f"redislab: this version has no {option} yet: it works on its own engine, not on a server."
            " `redislab shell --help` lists the options there are.\n",
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


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to the parser of a verb."""
    output = parser.add_argument_group("output")
    forms = output.add_mutually_exclusive_group()
    for name, form, what in (
        ("--raw", "raw", "bare values (the default when the output is no terminal)"),
        ("--no-raw", "formatted", "redis-cli's text"),
        ("--friendly", "friendly", "readable text (the default on a terminal)"),
        ("--csv", "csv", "comma-separated values"),
        ("--json", "json", "JSON, with RESP3 unless -2 is given"),
        ("--quoted-json", "quoted-json", "JSON, with strings quoted as redis-cli quotes them"),
    ):
        forms.add_argument(name, dest="form", action="store_const", const=form, default="", help=what)
    output.add_argument("-d", dest="delimiter", metavar="TEXT", default="\n", help="between items of raw output")
    output.add_argument("-D", dest="end", metavar="TEXT", default="\n", help="after each reply of raw output")
    output.add_argument("-e", action="store_true", help="exit with 1 after an error reply: redislab always does")
    output.add_argument(
        "--plain", action="store_true", help="one line after another, nothing redrawn: for screen readers"
    )
    client = parser.add_argument_group("client")
    client.add_argument("-n", dest="db", metavar="DB", type=int, default=0, help="database number")
    client.add_argument("-2", dest="protocol", action="store_const", const=2, help="RESP2 (the default)")
    client.add_argument("-3", dest="protocol", action="store_const", const=3, help="RESP3")
    client.add_argument(
        "--memory", action="store_true", help="begin empty and keep nothing, instead of using the sandbox"
    )
    client.add_argument(
        "--redis-version",
        metavar="VERSION",
        default=number_of(DEFAULT),
        help=f"{', '.join(map(number_of, VERSIONS))} (default: {number_of(DEFAULT)}); each has a sandbox of its own",
    )
    command = parser.add_argument_group("command")
    command.add_argument("-r", dest="repeat", metavar="N", type=int, default=1, help="run it N times, -1 for ever")
    command.add_argument("-i", dest="interval", metavar="S", type=float, default=0.0, help="wait S seconds in between")
    command.add_argument("-x", dest="last_from_stdin", action="store_true", help="the last argument is read from stdin")
    command.add_argument("-X", dest="tag", metavar="TAG", help="the argument TAG is read from stdin")
    for option, metavar in NOT_YET.items():
        parser.add_argument(option, metavar=metavar, nargs="?", action=Refuse, help=argparse.SUPPRESS)
    for option in NOT_YET_ALONE:
        parser.add_argument(option, nargs=0, action=Refuse, help=argparse.SUPPRESS)


def options_of(namespace: argparse.Namespace) -> Options:
    """The options that were parsed. Raises ValueError for values that cannot be."""
    if not 0 <= namespace.db <= 15:
        raise ValueError("ERR DB index is out of range: databases have the numbers 0 to 15")
    version_of(namespace.redis_version)
    json = namespace.form in ("json", "quoted-json")
    return Options(
        db=namespace.db,
        protocol=namespace.protocol or (3 if json else 2),
        form=namespace.form,
        delimiter=namespace.delimiter.encode("utf-8", "surrogateescape"),
        end=namespace.end.encode("utf-8", "surrogateescape"),
        repeat=namespace.repeat,
        interval=namespace.interval,
        last_from_stdin=namespace.last_from_stdin,
        tag=namespace.tag,
        memory=namespace.memory,
        version=namespace.redis_version,
        plain=namespace.plain,
        completion=not getattr(namespace, "no_completion", False),
        hints=not getattr(namespace, "no_hints", False),
        warnings=not getattr(namespace, "no_warnings", False),
        pipes=not getattr(namespace, "no_pipes", False),
        command=namespace.command,
    )
