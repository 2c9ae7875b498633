"""The declaration of a command, and everything that follows from it.

`@command` takes the usage line and the few facts that a usage line cannot say; the function below it is the
handler, its docstring the help. Arity, key specifications, ACL categories, COMMAND's replies, help,
completion and hints are derived here and nowhere else. This module runs no command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from redislab.commands import key_places, keyspecs, usage
from redislab.commands.shapes import Shape
from redislab.commands.usage import Argument
from redislab.engine.hearing import Places
from redislab.engine.version import DEFAULT, Version

__all__ = ["DECLARED", "Command", "Example", "changed", "command", "container"]

Handler = Callable[..., Any]

DECLARED: dict[str, list[Command]] = {}
"""What the modules that are imported declared, by the first word of the name in lower case."""
CHANGES: dict[str, list[tuple[Version, dict[str, Any]]]] = {}
"""What later versions changed of a command, by its name, in the order of the versions: see `changed`."""

_GROUP_CATEGORIES = {
    "sorted-set": "sortedset",
    "generic": "keyspace",
    "transactions": "transaction",
    "server": "",
    "cluster": "",
}
_FLAG_CATEGORIES = {"write": "write", "readonly": "read", "admin": "admin", "pubsub": "pubsub", "blocking": "blocking"}
_FLAG_ORDER = (
    "write", "readonly", "denyoom", "admin", "pubsub", "noscript", "blocking", "loading", "stale", "skip_monitor",
    "skip_slowlog", "asking", "fast", "no_auth", "no_mandatory_keys", "no_async_loading", "no_multi", "movablekeys",
    "allow_busy",
)  # fmt: skip


class Example:
    """One line of a docstring's example with the lines that redis-cli prints for it."""

    __slots__ = ("line", "output")

    def __init__(self, line: str, output: str) -> None:
        self.line = line
        self.output = output


class Command:
    """One command or subcommand. `name` is Redis' own: `set`, `config|get`; `full_name` as typed: `CONFIG GET`."""

    def __init__(
        self,
        line: str,
        handler: Handler | None,
        *,
        since: str,
        group: str,
        complexity: str = "",
        flags: str = "",
        keys: str = "",
        acl: str = "",
        tips: Sequence[str] = (),
        history: dict[str, str] | None = None,
        arity: int | None = None,
        reply: Shape | None = None,
        parent: str = "",
        deprecated_since: str = "",
        replaced_by: str = "",
        doc_flags: Sequence[str] = (),
        takes_name: bool = False,
        told: str | Places = "",
    ) -> None:
        lead = len(parent.split()) + 1
        self.line = line
        self.words = line.split(maxsplit=lead)[:lead]
        self.name = "|".join(self.words).lower()
        self.full_name = " ".join(self.words)
        self.parent = parent.lower()
        self.handler = self.described = handler
        self.since, self.group, self.complexity = since, group, complexity
        self.version = DEFAULT
        """The version of Redis whose command this is: see `of_version`."""
        self.declared_history = history or {}
        self.tips = list(tips)
        self.told = told
        """Where the keyspace events of a call stand in the reply, for who hears of its own; see `engine.hearing`."""
        self.reply = reply
        self.deprecated_since, self.replaced_by, self.doc_flags = deprecated_since, replaced_by, list(doc_flags)
        self.subcommands: dict[str, Command] = {}
        self.declared_flags, self.declared_keys, self.declared_categories = flags, keys, acl
        self.declared_arity = arity
        # A handler whose errors repeat the command's name as typed is handed that word too (`takes_name`).
        self.offset = lead - takes_name

    # What is derived is derived when first asked for: a start that runs one command reads one usage line.

    @cached_property
    def arguments(self) -> list[Argument]:
        """The tree of arguments, from the usage line."""
        words, arguments = usage.parse(self.line)
        extra = words[len(self.words) :]  # tokens that belong to the arguments, not to the name
        if extra:
            arguments = usage.parse(f"X ({' '.join(extra)})")[1] + arguments
        return usage.known(arguments, self.version)

    @cached_property
    def history(self) -> dict[str, str]:
        """What each version brought, up to the command's own."""
        return {since: text for since, text in self.declared_history.items() if release(since) <= self.version}

    @cached_property
    def release(self) -> Version:
        """The version of Redis that brought the command, as it compares."""
        return release(self.since)

    def of_version(self, version: Version) -> Command:
        """The command as a later version of Redis has it, without its subcommands."""
        twin = Command.__new__(Command)
        twin.__dict__.update((name, fact) for name, fact in self.__dict__.items() if name not in _DERIVED)
        twin.version, twin.subcommands = version, {}
        for since, facts in sorted(CHANGES.get(self.name, ()), key=lambda change: change[0]):
            if since <= version:
                twin.__dict__.update(facts)
        return twin

    @cached_property
    def key_specs(self) -> tuple[keyspecs.KeySpec, ...]:
        """Where the keys are."""
        return keyspecs.derive(self.declared_keys, self.arguments, len(self.words))

    @cached_property
    def arity(self) -> int:
        """The number of words of a call, its name among them; negative for "or more"."""
        return self.declared_arity if self.declared_arity is not None else _arity(self.arguments, len(self.words))

    @cached_property
    def count(self) -> int:
        """The arity without the words before the last of the name: a handler of a subcommand sees what follows it."""
        return self.arity - self.offset + 1 if self.arity > 0 else self.arity + self.offset - 1

    def straight(self, word: bytes) -> tuple[Handler, int]:
        """For calls that name the command by this one word: what takes the words behind it, and the arity."""
        handler = self.handler
        assert handler is not None
        if self.offset:
            return handler, self.count

        def named(session: Any, *words: bytes) -> Any:
            return handler(session, word, *words)

        return named, self.arity

    @cached_property
    def flags(self) -> list[str]:
        """The flags of COMMAND INFO, in Redis' order."""
        flags = set(self.declared_flags.split())
        if any(spec.counted or spec.keyword or not spec.known for spec in self.key_specs):
            flags.add("movablekeys")
        unknown = flags - set(_FLAG_ORDER)
        if unknown:
            raise ValueError(f"{self.full_name}: unknown flags {unknown}")
        return [flag for flag in _FLAG_ORDER if flag in flags]

    @cached_property
    def acl_categories(self) -> list[str]:
        """The ACL categories, each with its @, sorted: from the flags and the group, and what the declaration adds."""
        found = {category for flag, category in _FLAG_CATEGORIES.items() if flag in self.flags}
        if self.group == "scripting":
            found.discard("read")
        found.add("fast" if "fast" in self.flags else "slow")
        if "admin" in self.flags:
            found.add("dangerous")
        found.add(_GROUP_CATEGORIES.get(self.group, self.group))
        for word in self.declared_categories.split():
            if word.startswith("-"):
                found.discard(word[1:])
            else:
                found.add(word)
        return sorted("@" + category for category in found if category)

    # -- for people ------------------------------------------------------------------------------------------

    @cached_property
    def usage(self) -> str:
        """The line as the manual has it: name and arguments."""
        return f"{self.full_name} {usage.render(self.arguments)}".rstrip()

    @cached_property
    def _document(self) -> str:
        import inspect

        return inspect.getdoc(self.handler) or inspect.getdoc(self.described) or "" if self.handler else ""

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self._document.partition("\n")[0]

    @cached_property
    def help(self) -> str:
        """The docstring's paragraphs between the summary and the examples."""
        body = self._document.partition("\n")[2]
        return re.split(r"(?m)^> ", body)[0].strip()

    @cached_property
    def examples(self) -> list[Example]:
        """The docstring's examples, in order; they run one after the other on an empty Redis."""
        found: list[Example] = []
        for line in self._document.splitlines():
            if line.startswith("> "):
                found.append(Example(line[2:], ""))
            elif found:
                found[-1].output += line + "\n"
        for example in found:
            example.output = example.output.rstrip()
        return found

    # -- for COMMAND -----------------------------------------------------------------------------------------

    def key_positions(self, argv: Sequence[bytes]) -> list[int] | None:
        """The places of all keys in a call, or None where one cannot be told."""
        places: list[int] = []
        for spec in self.key_specs:
            found = spec.positions(argv)
            if found is None:
                if spec.known:
                    return None
                continue
            places.extend(place for place in found if place not in places)
        return places

    def used_keys(self, argv: Sequence[bytes]) -> key_places.Places:
        """The places of the keys in a call, each with the flags that say how it is used; see `key_places`."""
        fixed = self.fixed_keys
        if fixed is None or (fixed and fixed[-1][0] >= len(argv)):
            return key_places.used_keys(self, argv)
        return fixed

    @cached_property
    def real_key_specs(self) -> list[keyspecs.KeySpec]:
        """The key specifications without those that tell of shard channels."""
        return key_places.real_specs(self)

    @cached_property
    def fixed_keys(self) -> key_places.Places | None:
        """The keys of every call, where they stand in the same places whatever its words are."""
        return key_places.fixed_keys(self)

    @cached_property
    def has_keys(self) -> bool:
        """Whether a call may have keys."""
        return bool(self.real_key_specs)

    @cached_property
    def legacy_range(self) -> tuple[int, int, int]:
        """First key, last key, step."""
        return keyspecs.legacy_range(self.key_specs)

    def __repr__(self) -> str:
        return f"<Command {self.full_name}>"


_DERIVED = frozenset(name for name, fact in vars(Command).items() if isinstance(fact, cached_property))


def release(since: str) -> Version:
    """The version that a number such as 7.0.3 belongs to."""
    major, minor, *_ = since.split(".")
    return int(major), int(minor)


def _arity(arguments: list[Argument], words: int) -> int:
    needs = [_needs(argument) for argument in arguments]
    count = words + sum(count for count, _ in needs)
    return -count if any(varies for _, varies in needs) else count


def _needs(argument: Argument) -> tuple[int, bool]:
    """How many words an argument takes at least, and whether it may take more."""
    if argument.type == "oneof":
        choices = [_needs(child) for child in argument.children]
        counts = {count for count, _ in choices}
        count, varies = min(counts), len(counts) > 1 or any(varies for _, varies in choices)
    elif argument.type == "block":
        parts = [_needs(child) for child in argument.children]
        count, varies = sum(count for count, _ in parts), any(varies for _, varies in parts)
    else:
        count, varies = 1, False
    if argument.token is not None and argument.type != "pure-token":
        count += 1
    if argument.optional:
        return 0, True
    return count, varies or argument.multiple


def command(line: str, *, since: str, **facts: Any) -> Callable[[Handler], Handler]:
    """Declare a command; see `Command` for the facts. The group is the module's `GROUP`, the handler stays as it is."""

    def declare(handler: Handler) -> Handler:
        facts.setdefault("group", handler.__globals__["GROUP"])
        _keep(Command(line, handler, since=since, **facts))
        return handler

    return declare


def container(name: str, *, since: str, group: str, **facts: Any) -> None:
    """Declare a command that only holds subcommands; each of those names it as `parent`."""
    _keep(Command(name, None, since=since, group=group, arity=-2, **facts))


def _keep(command: Command) -> None:
    DECLARED.setdefault(command.words[0].lower(), []).append(command)


def changed(name: str, *, since: str, **facts: Any) -> Callable[[Handler], Handler]:
    """Say what a later version changed of a command: facts of its declaration, and its handler.

    Decorates the handler that it has from then on; called with None it leaves the handler as it is. The help stays that
    of the first declaration unless the new handler has a docstring of its own.
    """
    declared = {_FACTS.get(fact, fact): value for fact, value in facts.items()}

    def declare(handler: Handler) -> Handler:
        if handler is not None:
            declared["handler"] = handler
        CHANGES.setdefault(name, []).append((release(since), declared))
        return handler

    return declare


_FACTS = {"arity": "declared_arity", "flags": "declared_flags", "keys": "declared_keys", "acl": "declared_categories"}
