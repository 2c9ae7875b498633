"""The names of the ACL categories, and what each stands for among the commands of one table.

A set of commands is one integer, a bit for each command and subcommand: counting a category, or giving it, is one
operation. A number below zero has all bits beyond the table too, which is how `+@all` allows commands to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["CATEGORIES", "Catalogue", "catalogue_of"]

CATEGORIES = (
    "@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap", "@hyperloglog",
    "@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous", "@connection", "@transaction",
    "@scripting",
)  # fmt: skip
"""In the order in which the server shows them and tries them on a user's commands."""


class Catalogue:
    """The commands of a table with their bits. A container comes before its subcommands."""

    def __init__(self, table: Mapping[str, Command]) -> None:
        self.commands: dict[str, Command] = {}
        """By Redis' own name: `set`, `config|get`."""
        self.bits: dict[str, int] = {}
        self.reach: dict[str, int] = {}
        """What a rule about a command changes: its own bit and those of its subcommands."""
        for command in table.values():
            for each in (command, *command.subcommands.values()):
                self.bits[each.name] = 1 << len(self.commands)
                self.commands[each.name] = each
            names = [command.name, *(each.name for each in command.subcommands.values())]
            self.reach[command.name] = sum(self.bits[name] for name in names)
            self.reach.update((name, self.bits[name]) for name in names[1:])
        self.members: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
        """The commands of each category."""
        self.gifts: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
        """What a rule about a category changes: its commands, and the subcommands of those, whatever theirs are."""
        for name, command in self.commands.items():
            for category in command.acl_categories:
                self.members[category] |= self.bits[name]
                self.gifts[category] |= self.reach[name]

    def of_category(self, category: str) -> list[Command]:
        """The commands of a category, in the order of the table."""
        members = self.members[category]
        return [command for name, command in self.commands.items() if members & self.bits[name]]


_made: list[tuple[Mapping[str, Command], Catalogue]] = []


def catalogue_of(table: Mapping[str, Command]) -> Catalogue:
    """The catalogue of a table, made when first asked for: it reads the declaration of every command."""
    for known, catalogue in _made:
        if known is table:
            return catalogue
    catalogue = Catalogue(table)
    _made.append((table, catalogue))
    return catalogue
