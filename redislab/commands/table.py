"""The command tables: which commands there are, and the modules that declare them.

`TABLE` maps the lower-case name of each top-level command of Redis 7.0 to its Command; subcommands are in
`Command.subcommands`. Which names there are is read off the declarations in the sources, which takes a millisecond or
two; the modules of a command are imported when somebody asks for it, because all of them take twenty times as long.
`table_of` has the table of another version, for which everything is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module

from redislab.commands.spec import DECLARED, Command
from redislab.engine.version import DEFAULT, NEWEST, VERSIONS, Version, number_of, version_of

__all__ = [
    "DEFAULT", "GROUPS", "NEWER_GROUPS", "NEWEST", "TABLE", "VERSIONS", "all_commands", "number_of", "table_of",
    "version_of",
]  # fmt: skip

GROUPS = (
    "acl", "acl_log", "bitfield", "bitmap", "client", "client_pause", "client_tracking", "cluster", "command", "config",
    "connection", "debug", "dump", "expire", "function", "function_call", "function_dump", "generic", "geo",
    "geo_search", "hash", "hash_number", "hash_scan", "hyperloglog", "info", "latency", "list", "list_blocking",
    "list_edit", "list_move", "lolwut", "memory", "migrate", "module", "monitor", "object", "persistence", "pubsub",
    "replication", "scan", "scripting", "scripting_script", "server", "set", "set_algebra", "shutdown",
    "set_random", "slowlog", "sort", "sorted_set", "sorted_set_algebra", "sorted_set_blocking", "sorted_set_range",
    "sorted_set_remove", "sorted_set_scan", "stream", "stream_claim", "stream_group", "stream_info",
    "stream_pending", "stream_read", "stream_trim", "string", "string_number", "string_range", "transactions",
)  # fmt: skip


NEWER_GROUPS = (
    "client_newer", "hash_expire", "hash_expire_get", "later_facts", "sorted_set_strict",
    "stream_references", "waitaof", "later_names",
)  # fmt: skip
"""The modules of what came after 7.0."""

MARKS = (b"\n@command(", b"\ncontainer(", b"\n_command(")
"""What a declaration begins with; the first word after it is the command's name."""
LONGEST = 60


def _load(groups: Iterable[str]) -> None:
    for group in groups:
        import_module(f"redislab.commands.{group}")


def _build(commands: Iterable[Command]) -> dict[str, Command]:
    table: dict[str, Command] = {}
    for command in sorted(commands, key=lambda command: len(command.words)):
        if command.parent:
            table[command.parent].subcommands[command.words[-1].lower()] = command
        else:
            table[command.name] = command
    return table


def homes() -> dict[str, list[str]]:
    """Every top-level name with the groups that declare it or subcommands of it; the sources tell."""
    found: dict[str, list[str]] = {}
    for group in GROUPS:
        for name in names_in(_source(group)):
            groups = found.setdefault(name, [])
            if group not in groups:
                groups.append(group)
    return found


def names_in(source: bytes) -> Iterator[str]:
    """The first words of the names that a module declares."""
    for mark in MARKS:
        place = source.find(mark)
        while place >= 0:
            place += len(mark)
            yield source[place : place + LONGEST].split(None, 1)[0].strip(b"\"',").lower().decode()
            place = source.find(mark, place)


def _source(group: str) -> bytes:
    """The text of a module, as the import system has it. Raises OSError if redislab was installed without sources."""
    read: Callable[[str], bytes] = __spec__.loader.get_data  # type: ignore[union-attr]
    return read(f"{__file__.removesuffix('table.py')}{group}.py")


class Table(Mapping[str, Command]):
    """The top-level commands of the default version, by lower-case name, each imported when it is asked for."""

    def __init__(self) -> None:
        self.found: dict[str, Command] = {}

    @cached_property
    def homes(self) -> dict[str, list[str]]:
        """Every name with the groups to import for it."""
        try:
            return homes()
        except OSError:
            _load(GROUPS)
            return {name: list(GROUPS) for name, (first, *_) in DECLARED.items() if first.release <= DEFAULT}

    def __getitem__(self, name: str) -> Command:
        if name not in self.found:
            _load(self.homes[name])
            self.found.update(_build(self._declared(name)))
        return self.found[name]

    def _declared(self, name: str) -> list[Command]:
        """A command and its subcommands, in an order that does not depend on which module was imported first."""
        groups = [f"redislab.commands.{group}" for group in self.homes[name]]
        commands = [command for command in DECLARED[name] if command.release <= DEFAULT]
        return sorted(commands, key=lambda each: groups.index(each.handler.__module__) if each.handler else -1)

    def __contains__(self, name: object) -> bool:
        return name in self.homes

    def __iter__(self) -> Iterator[str]:
        return iter(self.homes)

    def __len__(self) -> int:
        return len(self.homes)


TABLE = Table()


@cache
def table_of(version: Version) -> Mapping[str, Command]:
    """The command table of a version of Redis."""
    if version == DEFAULT:
        return TABLE
    _load((*GROUPS, *NEWER_GROUPS))
    declared = [command for commands in DECLARED.values() for command in commands]
    return _build(command.of_version(version) for command in declared if command.release <= version)


def all_commands(version: Version = DEFAULT) -> list[Command]:
    """Every command and subcommand."""
    return [each for command in table_of(version).values() for each in (command, *command.subcommands.values())]
