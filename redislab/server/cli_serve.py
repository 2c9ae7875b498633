"""The verb `serve`: redislab as a server that any Redis client can use."""

from __future__ import annotations

from typing import Any

__all__ = ["add_arguments", "run_plainly"]

OPTIONS_OF_ITS_OWN = True
HELP = """\
redislab serve                                     a server on port 6379
redislab serve --port 6380 --save "60 1000"        any parameter of redis.conf as an option
redislab serve my.conf --loglevel verbose          a configuration file, and options that win over it

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
    if words[:1] in (["-v"], ["--version"]):
        from redislab.engine.version import REDIS_VERSION

        print(f"redislab, with the semantics of Redis v={REDIS_VERSION}")
        return 0
    if words[:1] in (["-h"], ["--help"]):
        print(HELP)
        return 0
    from redislab.server.running import serve

    return serve(words)
