"""The HELP subcommand of every container, in the layout of Redis, from the table's own summaries."""

from __future__ import annotations

from redislab.commands.spec import Command
from redislab.commands.usage import Argument
from redislab.engine.session import Session
from redislab.resp.types import Reply, Simple

__all__ = ["describe_subcommands"]


def describe_subcommands(session: Session, container: str) -> Reply:
    """What `X HELP` answers: one line of usage for each subcommand, an indented summary below, HELP at the end."""
    command: Command = session.engine.commands[container]
    lines = [f"{command.full_name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    if command.handler is not None:
        lines += ["(no subcommand)", f"    {command.summary}"]
    for subcommand in command.subcommands.values():
        if subcommand.words[-1] != "HELP":
            lines += [f"{subcommand.words[-1]} {_shown(subcommand.arguments)}".rstrip(), f"    {subcommand.summary}"]
    return [Simple(line) for line in [*lines, "HELP", "    Prints this help."]]


def _shown(arguments: list[Argument]) -> str:
    return " ".join(map(_argument, arguments))


def _argument(argument: Argument) -> str:
    """One argument as the server's own help writes it: `<key>`, `(YES|NO)`, `[<pattern>]`."""
    if argument.type == "oneof":
        body = "|".join(map(_argument, argument.children))
        body = body if argument.optional else f"({body})"
    elif argument.type == "block":
        body = _shown(argument.children)
    else:
        body = argument.token or "" if argument.type == "pure-token" else f"<{argument.shown or argument.name}>"
    if argument.token and argument.type != "pure-token":
        body = f"{argument.token} {body}"
    if argument.multiple:
        body += f" [{body} ...]" if not argument.optional else " ..."
    return f"[{body}]" if argument.optional else body
