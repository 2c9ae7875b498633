"""What COMMAND DOCS answers about one command: the manual's facts in the shape and with the names of Redis."""

from __future__ import annotations

from redislab.commands.spec import Command
from redislab.commands.usage import Argument
from redislab.resp.types import Members, Reply, Simple

__all__ = ["describe"]


def describe(command: Command) -> dict[bytes, Reply]:
    """Facts that a command does not have are left out."""
    document: dict[bytes, Reply] = {
        b"summary": command.summary.encode(),
        b"since": command.since.encode(),
        b"group": command.group.encode(),
    }
    if command.complexity:
        document[b"complexity"] = command.complexity.encode()
    flags = (["deprecated"] if command.deprecated_since else []) + command.doc_flags
    if flags:
        document[b"doc_flags"] = Members([Simple(flag) for flag in flags])
    if command.deprecated_since:
        document[b"deprecated_since"] = command.deprecated_since.encode()
        document[b"replaced_by"] = command.replaced_by.encode()
    if command.history:
        document[b"history"] = Members([[version.encode(), text.encode()] for version, text in command.history.items()])
    if command.arguments:
        document[b"arguments"] = [_argument(argument) for argument in command.arguments]
    if command.subcommands:
        document[b"subcommands"] = {each.name.encode(): describe(each) for each in command.subcommands.values()}
    return document


def _argument(argument: Argument) -> dict[bytes, Reply]:
    document: dict[bytes, Reply] = {b"name": argument.name.encode(), b"type": argument.type.encode()}
    if argument.key_spec is not None:
        document[b"key_spec_index"] = argument.key_spec
    if argument.token is not None:
        document[b"token"] = argument.token.encode()
    if argument.since is not None:
        document[b"since"] = argument.since.encode()
    if argument.deprecated_since is not None:
        document[b"deprecated_since"] = argument.deprecated_since.encode()
    flags = [Simple(mark) for mark in ("optional", "multiple", "multiple_token") if getattr(argument, mark)]
    if flags:
        document[b"flags"] = Members(flags)
    if argument.children:
        document[b"arguments"] = [_argument(child) for child in argument.children]
    return document
