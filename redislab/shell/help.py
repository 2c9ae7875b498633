"""`help`: pages about commands, groups and the shell itself, made from the command table; and advice after an error.

Owns the layout. Every sentence about a command is its declaration's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from redislab.shell.theme import Line, wrapped

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.shell.outcome import Outcome

__all__ = ["advice", "all_of", "find_command", "groups", "help_lines", "nearest"]

INTRODUCTION = """\
Type a command of Redis and press Enter: SET greeting hello
Tab completes; what is still missing stands behind the cursor. Ctrl-C cancels, Ctrl-D leaves.

  help SET          how a command is written and what it does, with an example
  help @hash        the commands of a group; the groups are:
"""
ENDING = """
  :help             words of this shell: :undo, :clock +1h, :why, :peek KEY, :diff on and more
  @bob GET greeting the same shell as another client, here `bob`
  3 INCR counter    a command three times
  GET j | jq .      the reply through a command of your system's shell\
"""


def help_lines(table: Mapping[str, Command], words: Sequence[str], width: int) -> list[Line]:
    """The help page for the words behind `help`."""
    if not words:
        return list(_introduction(table, width))
    if words[0].startswith(":"):
        from redislab.shell.meta import meta_help

        return meta_help(words[0], width)
    if words[0].startswith("@"):
        return list(_group(table, words[0][1:].lower(), width))
    command = find_command(table, words)
    if command is None:
        from redislab.shell.help_versions import later_command, later_note

        if (later := later_command(table, words)) is not None:
            return [*paragraph(later_note(table, later), width), [("", "")], *_page(later, width)]
        near = nearest(table, " ".join(words))
        return [[("", f"There is no command {' '.join(words).upper()}.{f' Did you mean {near}?' if near else ''}")]]
    return list(_page(command, width))


def find_command(table: Mapping[str, Command], words: Sequence[str]) -> Command | None:
    """The command that words name, a subcommand where there are two: `config get`, `CONFIG|GET`."""
    names = [part.lower() for word in words for part in word.split("|")]
    command = table.get(names[0])
    if command is None or len(names) == 1:
        return command
    return command.subcommands.get(names[1]) if command.subcommands else command


def groups(table: Mapping[str, Command]) -> list[str]:
    """The groups that have commands, sorted."""
    return sorted({command.group for command in all_of(table)})


def all_of(table: Mapping[str, Command]) -> list[Command]:
    """Every command and subcommand; of a container that does nothing itself only the latter."""
    found: list[Command] = []
    for command in table.values():
        if command.handler is not None:
            found.append(command)
        found += command.subcommands.values()
    return found


def _introduction(table: Mapping[str, Command], width: int) -> Iterator[Line]:
    for text in INTRODUCTION.splitlines():
        yield [("", text)]
    for text in wrapped((f"@{group}" for group in groups(table)), width, " " * (20 if width >= 60 else 4)):
        yield [("dim", text)]
    for text in ENDING.splitlines():
        yield [("", text)]


def _group(table: Mapping[str, Command], group: str, width: int) -> Iterator[Line]:
    commands = sorted((one for one in all_of(table) if one.group == group), key=lambda one: one.full_name)
    if not commands:
        known = ", ".join("@" + one for one in groups(table))
        yield from ([("", text)] for text in wrapped(f"There is no group @{group}. Groups: {known}".split(), width))
        return
    column = max(len(one.full_name) for one in commands) + 2
    for one in commands:
        lines = wrapped(one.summary.split(), max(width - column - 2, 20)) or [""]
        yield [("command", f"  {one.full_name:<{column}}"), ("", lines[0])]
        for text in lines[1:]:
            yield [("", " " * (column + 2) + text)]


def _page(command: Command, width: int) -> Iterator[Line]:
    yield from _usage(command, width)
    if command.summary:
        yield from paragraph(command.summary, width)
    if command.subcommands:
        yield [("", "")]
        names = (sub.full_name for sub in command.subcommands.values())
        yield from ([("command", text)] for text in wrapped((name.replace(" ", " ") for name in names), width, "  "))
    for text in command.help.split("\n\n") if command.help else ():
        yield [("", "")]
        yield from paragraph(text, width)
    yield [("", "")]
    yield from _facts(command, width)
    if command.examples:
        yield [("", "")]
        yield [("strong", "Example")]
        for example in command.examples:
            yield [("dim", "  > "), ("command", example.line)]
            yield from ([("", "  " + text)] for text in example.output.splitlines())


def _usage(command: Command, width: int) -> Iterator[Line]:
    first = True
    indent = "  " if width < 60 else " " * (len(command.full_name) + 1)
    for text in wrapped(command.usage.split(), width, indent):
        if first:
            yield [("command", command.full_name), ("", text[len(indent) + len(command.full_name) :])]
            first = False
        else:
            yield [("", text)]


def _facts(command: Command, width: int) -> Iterator[Line]:
    yield from fact("Group", "@" + command.group, width)
    yield from fact("Since", command.since, width)
    if command.complexity:
        yield from fact("Complexity", command.complexity, width)
    if command.acl_categories:
        yield from fact("ACL categories", " ".join(command.acl_categories), width)
    for shape in getattr(command.reply, "shapes", [command.reply] if command.reply else []):
        yield from fact("Reply", shape.describe(), width)
    if command.deprecated_since:
        instead = f", use {command.replaced_by}" if command.replaced_by else ""
        yield from fact("Deprecated", f"since {command.deprecated_since}{instead}", width)
    for version, text in command.history.items():
        yield from fact(f"Since {version}", text, width)


def fact(name: str, text: str, width: int) -> Iterator[Line]:
    """A name and a text beside it, wrapped."""
    head = f"{name:<16}" if width >= 60 else f"{name}: "
    for number, line in enumerate(wrapped(text.split(), width, " " * len(head))):
        yield [("dim", head if number == 0 else " " * len(head)), ("", line[len(head) :])]


def paragraph(text: str, width: int) -> Iterator[Line]:
    """A paragraph, wrapped; lines that are indented stay as they are."""
    if text.startswith(" ") or "\n  " in text:
        yield from ([("", line)] for line in text.splitlines())
        return
    yield from ([("", line)] for line in wrapped(text.split(), min(width, 100)))


# --- after an error


def nearest(table: Mapping[str, Command], name: str) -> str:
    """The name of the command that is most like this one, or nothing."""
    from difflib import get_close_matches

    names = {one.full_name: one for one in all_of(table)}
    found = get_close_matches(name.upper(), names, 1, 0.65)
    return found[0] if found else ""


def advice(table: Mapping[str, Command], outcome: Outcome) -> str:
    """What may help after an error reply: the right name, the right arguments. Nothing where it would be noise."""
    text = str(outcome.reply)
    typed = [word.decode("utf-8", "replace") for word in outcome.argv[:2]]
    if text.startswith("ERR unknown "):
        from redislab.shell.help_versions import later_command, later_note

        if (later := later_command(table, typed[: 2 if "subcommand" in text else 1])) is not None:
            return later_note(table, later) + "."
    if text.startswith("ERR unknown command"):
        near = nearest(table, typed[0])
        return f"Did you mean {near}?" if near else "`help` shows what there is."
    if text.startswith("ERR unknown subcommand"):
        near = nearest(table, " ".join(typed))
        return f"Did you mean {near}?" if near else ""
    if outcome.command is not None and (text.startswith("ERR wrong number of arguments") or text == "ERR syntax error"):
        return f"Usage: {outcome.command.usage}"
    return ""
