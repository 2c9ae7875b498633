"""The command `redislab`: its verbs, and which module does each.

Owns the table of verbs, nothing of what they do. Only the module of the verb that was asked for is imported, so
`exec` and the shell start fast. Exit codes: 0 done, 1 a reply was an error or a check failed, 2 wrong usage, 3 bad
content, 4 no connection, 130 interrupted. Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module

from redislab import __version__

TYPE_CHECKING = False  # The module `typing` would take longer than all that is done here.
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["main"]

OK, FAILED, USAGE, CONTENT, NO_CONNECTION, INTERRUPTED = 0, 1, 2, 3, 4, 130


class Verb:
    """A verb: the module with its `add_arguments(subparsers)`, and a line of help. No module: not built yet."""

    def __init__(self, module: str, help: str) -> None:
        self.module, self.help = module, help


VERBS = {
    "shell": Verb(
        "redislab.shell.cli_shell", "an interactive Redis; the default. Commands may also come through a pipe"
    ),
    "exec": Verb("redislab.shell.cli_exec", "one command: redislab exec SET greeting hello"),
    "lesson": Verb("redislab.learn.cli_lesson", "learn Redis step by step"),
    "quiz": Verb("redislab.quiz.cli_quiz", "questions, also as asked in job interviews"),
    "progress": Verb("redislab.learn.cli_progress", "what you have done so far"),
    "course": Verb("redislab.learn.cli_course", "write and check courses"),
    "lab": Verb("", ""),
    "serve": Verb("redislab.server.cli_serve", "the same Redis on a port, for any client"),
    "run": Verb("redislab.server.cli_run", "a program of yours, in Python or Node, with a Redis of its own"),
    "doctor": Verb("", ""),
    "completion": Verb("", ""),
}

EXAMPLES = """\
Examples:
  redislab                         a Redis to type commands to; what you store is there the next time
  redislab lesson                  the course: learn Redis from the first SET on
  redislab exec SET greeting hello one command
  redislab < commands.redis        commands from a file
  redislab quiz                    ten questions
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Collecting garbage waits until everything is read in, because what is made until then stays. As a process of its
    own, a single command ends without taking the interpreter apart: that would take longer than the command.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    gc.disable()
    try:
        code = run(words)
        if argv is None and words[:1] == ["exec"] and flushed():
            os._exit(code)
        return code
    finally:
        gc.enable()


def flushed() -> bool:
    """Send on what was printed; False if that fails, which the end of the process then tells."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True


def run(words: list[str]) -> int:
    """Do what the words ask for, and turn the ways to be stopped into exit codes."""
    try:
        return dispatch(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except SystemExit as leaving:  # argparse ends this way, after help and after wrong usage
        return leaving.code if isinstance(leaving.code, int) else FAILED


def dispatch(words: list[str]) -> int:
    """Do what the words ask for."""
    if words and words[0] in ("-h", "--help", "help") and len(words) == 1:
        print(overview())
        return OK
    if words in (["--version"], ["-V"]):
        print(f"redislab {__version__}")
        return OK
    if words and words[0] == "help":
        words = [words[1], "--help"]
    if words[:1] == ["--redis-version"] and len(words) > 2 and words[2] in VERBS:
        words = [words[2], *words[:2], *words[3:]]
    if not words or words[0].startswith("-"):
        words = ["shell", *words]
    name = words[0]
    verb = VERBS.get(name)
    if verb is None:
        return complain(unknown(words))
    if not verb.module:
        return complain(f"this version has no `{name}` yet")
    return run_verb(name, verb, words)


def run_verb(name: str, verb: Verb, words: list[str]) -> int:
    """Run a verb with its words."""
    try:
        module = import_module(verb.module)
    except ModuleNotFoundError as error:
        if error.name != verb.module:
            raise
        return complain(f"this version has no `{name}` yet")
    plainly = getattr(module, "run_plainly", None)
    if plainly is not None and (hasattr(module, "OPTIONS_OF_ITS_OWN") or not "".join(words[1:2]).startswith("-")):
        return int(plainly(words[1:]))  # no options: the parser would take longer than the work
    return run_parsed(verb, module, words)


def run_parsed(verb: Verb, module: Any, words: list[str]) -> int:
    """Parse the words with the verb's own arguments and run it."""
    import argparse

    parser = argparse.ArgumentParser(prog="redislab", allow_abbrev=False)
    module.add_arguments(parser.add_subparsers(dest="verb", metavar="VERB", prog="redislab"))
    namespace: Any = parser.parse_args(words)
    if not verb.module.startswith("redislab.shell."):
        gc.enable()  # the shell does so itself, when its engine is there
    work = getattr(namespace, "run", None) or module.run
    return int(work(namespace) or OK)


def overview() -> str:
    """The help page."""
    verbs = "\n".join(f"  {name:<10} {verb.help}" for name, verb in VERBS.items() if verb.module)
    return (
        f"{EXAMPLES}\nVerbs (redislab VERB --help tells more):\n{verbs}\n\n"
        "redislab --version prints the version. Data is kept in your data folder, or in $REDISLAB_HOME."
    )


def unknown(words: list[str]) -> str:
    """What to say about a word that is no verb."""
    from difflib import get_close_matches

    name = words[0]
    near = get_close_matches(name.lower(), [verb for verb in VERBS if VERBS[verb].module], 1, 0.6)
    if near:
        return f"there is no verb `{name}`; did you mean `redislab {near[0]}`?"
    from redislab.commands.table import TABLE

    if name.lower() in TABLE:
        from shlex import join

        return f"`{name}` is no verb of redislab but a command of Redis: redislab exec {join(words)}"
    return f"there is no verb `{name}`; `redislab --help` lists them"


def complain(text: str) -> int:
    print(f"redislab: {text}", file=sys.stderr)
    return USAGE
