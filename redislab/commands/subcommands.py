"""The HELP subcommand of every container, in the layout of Redis, from the table's own summaries."""

from __future__ import annotations

from redislab.commands.spec import Command
from redislab.engine.session import Session
from redislab.resp.types import Reply, Simple
from redislab.commands.usage import render

__all__ = ["describe_subcommands"]


def describe_subcommands(session: Session, container: str) -> Reply:
    """What `X HELP` answers: one line of usage for each subcommand, an indented summary below, HELP at the end."""
    command: Command = session.engine.commands[container]
    lines = [f"{command.full_name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    if command.handler is not None:
        lines += ["(no subcommand)", f"    {command.summary}"]
    for subcommand in command.subcommands.values():
        if subcommand.words[-1] != "HELP":
            lines += [f"{subcommand.words[-1]} {render(subcommand.arguments)}".rstrip(), f"    {subcommand.summary}"]
    return [Simple(line) for line in [*lines, "HELP", "    Prints this help."]]
