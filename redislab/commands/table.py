"""The command table: imports every group and freezes what they declared.

`TABLE` maps the lower-case name of each top-level command to its Command; subcommands are in `Command.subcommands`.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType

from redislab.commands.spec import DECLARED, Command

__all__ = ["GROUPS", "TABLE", "all_commands"]

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


def _build() -> MappingProxyType[str, Command]:
    for group in GROUPS:
        try:
            import_module(f"redislab.commands.{group}")
        except ModuleNotFoundError as error:
            if error.name != f"redislab.commands.{group}":
                raise
    table: dict[str, Command] = {}
    for command in sorted(DECLARED, key=lambda command: len(command.words)):
        if command.parent:
            table[command.parent].subcommands[command.words[-1].lower()] = command
        else:
            table[command.name] = command
    return MappingProxyType(table)


TABLE = _build()


def all_commands() -> list[Command]:
    """Every command and subcommand."""
    return [each for command in TABLE.values() for each in (command, *command.subcommands.values())]
