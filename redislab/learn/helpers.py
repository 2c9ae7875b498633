"""The shell's looking glasses inside a lesson: `:why`, `:peek`, `:inspect`, and `help COMMAND`.

Owns how they are asked from a lesson; what they say is the shell's. They only look: nothing here counts as a command of
the learner's or changes the data. On a real server only `:peek` and `help` have anything to go by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.learn.attempt import command_table
from redislab.learn.check_reply import shown
from redislab.learn.draw import columns
from redislab.learn.play import BadLine, command_of
from redislab.learn.state import text_of
from redislab.learn.world import MAIN
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["HELPERS", "command_help"]

READERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "string": ("GET", ()),
    "list": ("LRANGE", (0, 99)),
    "hash": ("HGETALL", ()),
    "set": ("SMEMBERS", ()),
    "zset": ("ZRANGE", (0, 99, "WITHSCORES")),
    "stream": ("XRANGE", ("-", "+", "COUNT", 100)),
}


def why(runner: Runner, rest: str) -> str:
    """why the last reply was what it was, and which command made the data so"""
    from redislab.shell.console import Outcome
    from redislab.shell.theme import wrapped
    from redislab.shell.why import explain

    lab = _lab(runner)
    last = runner.attempt.log.last if runner.free is None else None
    if last is None:
        raise BadLine("no command has been sent in this step yet")
    client = runner.world.client(last.client)
    command = command_of(lab.commands, last.argv)
    outcome = Outcome(last.client, last.argv, last.reply, last.protocol, client.db_index, command)
    sentences = explain(lab, outcome)
    return "\n".join(line for sentence in sentences for line in wrapped(sentence.split(), columns()))


def peek(runner: Runner, rest: str) -> str:
    """KEY: what is in a key, whatever its type"""
    key = _key(rest, "peek")
    read = runner.world.reader()
    read("SELECT", runner.world.client(MAIN).db_index)
    kind = text_of(read("TYPE", key))
    if kind not in READERS:
        raise BadLine(f"there is no key {text_of(key)} in this database")
    name, tail = READERS[kind]
    argv = [name.encode(), key, *(str(word).encode() for word in tail)]
    return f"({kind})\n{shown(read(*argv), 2, argv)}"


def inspect(runner: Runner, rest: str) -> str:
    """KEY: a key from the inside: encoding and the thresholds that decide it"""
    from redislab.shell.inspect_key import inspect_lines
    from redislab.shell.theme import plain

    lab = _lab(runner)
    key = _key(rest, "inspect")
    return "\n".join(plain(line) for line in inspect_lines(lab, runner.world.client(MAIN).db_index, key, columns()))


def command_help(runner: Runner, rest: str) -> str:
    """The shell's help page for a command."""
    from redislab.shell.help import help_lines
    from redislab.shell.theme import plain

    return "\n".join(plain(line) for line in help_lines(command_table(runner.world), rest.split(), columns()))


HELPERS: dict[str, Callable[[Any, str], str]] = {":why": why, ":peek": peek, ":inspect": inspect}


def _lab(runner: Runner) -> Any:
    lab = getattr(runner.world, "lab", None)
    if lab is None:
        raise BadLine("this needs the embedded engine; a real server does not tell its past")
    return lab


def _key(rest: str, word: str) -> bytes:
    try:
        words = split(rest)
    except UnbalancedQuotes as error:
        raise BadLine("a quote is open") from error
    if len(words) != 1:
        raise BadLine(f"write :{word} KEY")
    return words[0]
