"""What later versions of Redis have: told where somebody asks for it, or types it, under an earlier one.

The later versions' commands are read in only then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from redislab.commands.table import NEWEST, VERSIONS, number_of, table_of

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["later_command", "later_note"]


def later_command(table: Mapping[str, Command], words: Sequence[str]) -> Command | None:
    """The command that words name, if a later version than that of the table has it."""
    from redislab.shell.help import find_command

    if not words or find_command(table, words) is not None:
        return None
    found = find_command(table_of(NEWEST), words)
    return found if found is not None and found.release > version_of_table(table) else None


def later_note(table: Mapping[str, Command], command: Command) -> str:
    """Which version brought a command, and how to try it."""
    first = min(version for version in VERSIONS if version >= command.release)
    return (
        f"{command.full_name} came with Redis {number_of(command.release)}, and this is Redis"
        f" {number_of(version_of_table(table))}. To try it: redislab --redis-version {number_of(first)}"
    )


def version_of_table(table: Mapping[str, Command]) -> tuple[int, int]:
    """The version whose commands these are."""
    return table["command"].version
