"""The verb `serve`: redislab as a server that any Redis client can use."""

from __future__ import annotations

import sys
from typing import Any

from redislab.engine.version import VERSIONS, version_of

__all__ = ["add_arguments", "run_plainly"]

OPTIONS_OF_ITS_OWN = True
USAGE = 2
VERSION = "--redis-version"
HELP = """\
redislab serve                                     a server on port 6379
redislab serve --port 6380 --save "60 1000"        any parameter of redis.conf as an option
redislab serve my.conf --loglevel verbose          a configuration file, and options that win over it
redislab serve --redis-version 8.2 --port 6380     with the semantics of a later version: 7.2, 7.4 or 8.2

Takes what redis-server takes: a configuration file, then options; a lone - reads more configuration from the standard
input. It stays in the foreground; Ctrl-C or SIGTERM ends it, after saving if there are save points.
"""


def add_arguments(verbs: Any) -> None:
    """For `redislab serve --help`; all else is read as redis-server reads it."""
    import argparse

    parser = verbs.add_parser(
        "serve", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=True
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="[redis.conf] [--parameter value ...]")
    parser.set_defaults(run=lambda namespace: run_plainly(namespace.words))


def run_plainly(words: list[str]) -> int:
    """Run a server with these words."""
    version = "7.0"
    while VERSION in words:  # Like any option it may stand after the file and others, and the last one wins.
        at = words.index(VERSION)
        if at + 1 == len(words):
            print("redislab: which version? redislab serve --redis-version 8.2", file=sys.stderr)
            return USAGE
        version, words = words[at + 1], [*words[:at], *words[at + 2 :]]
    try:
        number = version_of(version)
    except ValueError as error:
        print(f"redislab: {error}", file=sys.stderr)
        return USAGE
    if words[:1] in (["-v"], ["--version"]):
        print(f"redislab, with the semantics of Redis v={VERSIONS[number]}")
        return 0
    if words[:1] in (["-h"], ["--help"]):
        print(HELP)
        return 0
    from redislab.server.running import serve

    return serve(words, number)
