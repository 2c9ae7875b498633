"""Reading redis.conf: from the text of a file, and of a command line's options, to directives and to an engine.

`directives` is lazy, because Redis reads and obeys a file line by line: of two mistakes it tells of the upper one.
Files that are included are asked for through `Files`; nothing here opens one. A mistake ends the reading, and
ConfigFileError has the text that redis-server prints before it gives up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from redislab.engine import finding
from redislab.engine.config_kinds import ConfigError, as_text, quoted
from redislab.engine.config_parameters import Parameter
from redislab.engine.version import REDIS_VERSION
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["ConfigFileError", "Directive", "Files", "apply_directives", "directives", "options_text"]

BLANKS = " \t\r\n"
DEEPEST = 64
"""Files within files; Redis itself goes on until it may open no more."""
FORGOTTEN = {"list-max-ziplist-entries": 2, "list-max-ziplist-value": 2, "lua-replicate-commands": 2}
"""Directives of old files that are passed over, with the number of words they have."""
USERS_TWICE = (
    "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This"
    " setup is very likely to lead to configuration errors and security holes, please define either an ACL file or"
    " declare users directly in your redis.conf, but not both."
)
BAD = "Bad directive or wrong number of arguments"


class ConfigFileError(Exception):
    """A configuration that cannot be used; the text is what redis-server prints, of several lines."""


class Directive(NamedTuple):
    """One line of a file: its number, the line without blanks around it, and its words."""

    number: int
    line: str
    words: list[bytes]

    def error(self, why: str) -> ConfigFileError:
        """What is said when this line cannot be obeyed."""
        return fatal(f"Reading the configuration file, at line {self.number}\n>>> '{self.line}'\n{why}")


class Files(Protocol):
    """Where included files come from."""

    def read(self, path: str) -> str:
        """The text of a file. Raises OSError."""
        ...

    def matching(self, pattern: str) -> Sequence[str]:
        """The paths that a pattern such as `conf.d/*.conf` stands for, in order."""
        ...


def fatal(text: str) -> ConfigFileError:
    """An error with the heading that all of them have."""
    return ConfigFileError(f"*** FATAL CONFIG FILE ERROR (Redis {REDIS_VERSION}) ***\n{text}")


# -- from text to directives ---------------------------------------------------------------------------------


def directives(text: str, files: Files | None = None) -> Iterator[Directive]:
    """The directives of a text, those of included files in their place.

    Raises ConfigFileError at a line it cannot read, and at an include when there are no `files`.
    """
    return _directives(text, files, 0)


def _directives(text: str, files: Files | None, depth: int) -> Iterator[Directive]:
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(BLANKS)
        if not line or line.startswith("#"):
            continue
        try:
            words = split(line)
        except UnbalancedQuotes:
            raise Directive(number, line, []).error("Unbalanced quotes in configuration line") from None
        if not words:
            continue
        directive = Directive(number, line, [words[0].lower(), *words[1:]])
        if directive.words[0] == b"include" and len(words) == 2:
            yield from _included(directive, files, depth + 1)
        else:
            yield directive


def _included(directive: Directive, files: Files | None, depth: int) -> Iterator[Directive]:
    path = as_text(directive.words[1])
    if files is None or depth > DEEPEST:
        raise directive.error("redislab cannot include files here" if files is None else "Files include each other")
    paths = files.matching(path) if any(mark in path for mark in "*?[") else [path]
    for each in paths:
        try:
            text = files.read(each)
        except OSError as error:
            raise ConfigFileError(f"Fatal error, can't open config file '{each}': {error.strerror}") from None
        yield from _directives(text, files, depth)


def options_text(arguments: Sequence[str]) -> str:
    """Options of a command line as lines of a file: `--port 6380 --save "60 1"`.

    Each option takes the words up to the next one, and its first word whatever that looks like: `--requirepass --x`. An
    option may also bring its value along in one word, `"--port 6380"`. `--save` without a value means none.
    """
    text = ""
    takes_value = False
    for at, argument in enumerate(arguments):
        following = arguments[at + 1] if at + 1 < len(arguments) else None
        if takes_value or not argument.startswith("--"):
            text += quoted(argument) + " "
            takes_value = False
            continue
        text += ("\n" if text else "") + argument[2:] + " "
        takes_value = len(split(argument)) == 1
        if argument.lower() == "--save" and (following is None or following.startswith("--")):
            text += '""'
            takes_value = False
    return text


# -- from directives to an engine ----------------------------------------------------------------------------


def apply_directives(engine: Engine, directives: Iterable[Directive]) -> None:
    """Let an engine begin with a configuration. Raises ConfigFileError at the first directive it cannot obey.

    This is for an engine that starts: nothing is recorded for undo, and what CONFIG SET may not change is set, too.
    """
    Loader(engine).load(directives)


class Loader:
    """The reading of one configuration."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen: set[str] = set()
        self.users = False
        self.problem = ""
        """What is wrong with a user: some of that Redis finds out after it has read all lines."""

    def load(self, directives: Iterable[Directive]) -> None:
        """Obey directives, and look whether they go together. Raises ConfigFileError."""
        for directive in directives:
            try:
                self._obey(directive)
            except ConfigError as error:
                raise directive.error(str(error)) from None
        config = self.engine.config
        if config["cluster-enabled"] and config["replicaof"]:
            raise fatal("replicaof directive not allowed in cluster mode")
        if self.users and config["aclfile"]:
            self.engine.acl.problems = (USERS_TWICE,)
        elif self.problem:
            self.engine.acl.problems = (self.problem, "Critical error while loading ACLs. Exiting.")

    def _obey(self, directive: Directive) -> None:
        name, count = as_text(directive.words[0]), len(directive.words)
        parameter = self.engine.config.parameters.get(name)
        if parameter is not None:
            self._set(parameter, directive.words[1:])
        elif FORGOTTEN.get(name) == count:
            return
        elif name == "rename-command" and count == 3:
            self._rename(*directive.words[1:])
        elif name == "user" and count >= 2:
            self._user(directive)
        elif name == "loadmodule" and count >= 2:
            raise ConfigError("redislab cannot load modules")
        elif "." in name:
            missing = "Module config specified without value"
            raise ConfigError(missing if count < 2 else f"redislab cannot load modules, and {name} belongs to one")
        elif name == "sentinel":
            if count > 1:
                raise ConfigError("sentinel directive while not in sentinel mode")
        else:
            raise ConfigError(BAD)

    def _set(self, parameter: Parameter, words: list[bytes]) -> None:
        kind, config = parameter.kind, self.engine.config
        if not kind.multiple and len(words) != 1:
            raise ConfigError("wrong number of arguments")
        if kind.multiple and len(words) == 1:
            words = _taken_apart(words[0])
        value = config.read(parameter.name, words)
        if kind.accumulates and value and parameter.name in self.seen:
            value = (*config[parameter.name], *value)
        self.seen.add(parameter.name)
        try:
            config.put(parameter.name, value)
        except ConfigError:
            if parameter.area == "tls":
                raise ConfigError("redislab speaks TLS in a server, with clients only") from None
            raise

    def _rename(self, name: bytes, new: bytes) -> None:
        found = as_text(name).lower()
        if found not in self.engine.commands:
            raise ConfigError("No such command in rename-command")
        if not finding.rename_command(self.engine, found, as_text(new).lower()):
            raise ConfigError("Target command name already exists")

    def _user(self, directive: Directive) -> None:
        self.users = True
        try:
            self.engine.acl.apply_user_line(directive.words)
        except ValueError as error:
            if str(error).startswith("Error in user declaration"):
                raise ConfigError(str(error)) from None
            self.problem = self.problem or str(error)


def _taken_apart(word: bytes) -> list[bytes]:
    """The words within one word in quotes: `save "60 1"`."""
    try:
        return split(as_text(word)) if word else [word]
    except UnbalancedQuotes:
        raise ConfigError("Unbalanced quotes in configuration line") from None


