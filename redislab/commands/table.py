"""The command tables: imports every group and freezes what they declared.

`TABLE` maps the lower-case name of each top-level command of Redis 7.0 to its Command; subcommands are in
`Command.subcommands`. `table_of` has the table of another version; the modules of what it added are imported only then.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from types import MappingProxyType

from redislab.commands.spec import DECLARED, Command
from redislab.engine.version import DEFAULT, Version

__all__ = ["GROUPS", "NEWER_GROUPS", "TABLE", "all_commands", "table_of"]

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


NEWER_GROUPS = ()
"""The modules of what came after 7.0; "differences" holds what changed of the older commands and is no small thing."""


def _load(groups: Iterable[str]) -> None:
    for group in groups:
        try:
            import_module(f"redislab.commands.{group}")
        except ModuleNotFoundError as error:
            if error.name != f"redislab.commands.{group}":
                raise


def _build(commands: Iterable[Command]) -> MappingProxyType[str, Command]:
    table: dict[str, Command] = {}
    for command in sorted(commands, key=lambda command: len(command.words)):
        if command.parent:
            table[command.parent].subcommands[command.words[-1].lower()] = command
        else:
            table[command.name] = command
    return MappingProxyType(table)


_load(GROUPS)
TABLE = _build(DECLARED)


@cache
def table_of(version: Version) -> MappingProxyType[str, Command]:
    """The command table of a version of Redis."""
    if version == DEFAULT:
        return TABLE
    _load(NEWER_GROUPS)
    return _build(command.of_version(version) for command in DECLARED if command.release <= version)


def all_commands(version: Version = DEFAULT) -> list[Command]:
    """Every command and subcommand."""
    return [each for command in table_of(version).values() for each in (command, *command.subcommands.values())]
