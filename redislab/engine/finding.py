"""Finding a command by the words of a call, and the errors for those that there are not.

Owns looking up and renaming; calls nothing. What is found often is kept in `Engine.lookup`, which `execute` asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.errors import ReplyError, shown, wrong_arity
from redislab.engine.guard import refuse
from redislab.engine.unsupported import unsupported

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["find", "rename_command"]

MOST_KEPT = 4096


def find(engine: Engine, session: Session, argv: Sequence[bytes]) -> Command:
    """The command or subcommand these words name. Raises ReplyError for an unknown one."""
    name = argv[0].decode("latin-1").lower()
    command = engine.commands.get(name)
    if command is None:
        if (missing := unsupported(name, engine.version)) is not None:
            raise refuse(engine, session, ReplyError(missing))
        shown = "".join(f"'{_shown(word)}' " for word in _first_arguments(argv))
        error = ReplyError(f"ERR unknown command '{_shown(argv[0])}', with args beginning with: {shown}")
        raise refuse(engine, session, error)
    if not command.subcommands:
        if len(engine.lookup) < MOST_KEPT and command.handler is not None:
            word = bytes(argv[0])
            engine.lookup[word] = command, *command.straight(word)
        return command
    if len(argv) == 1:
        if command.handler is not None:
            return command
        session.last_command = command
        raise refuse(engine, session, wrong_arity(command.name))
    subname = argv[1].decode("latin-1").lower()
    subcommand = command.subcommands.get(subname)
    if subcommand is None:
        if (missing := unsupported(f"{name}|{subname}", engine.version)) is not None:
            raise refuse(engine, session, ReplyError(missing))
        error = ReplyError(f"ERR unknown subcommand '{_shown(argv[1])}'. Try {command.full_name} HELP.")
        raise refuse(engine, session, error)
    return subcommand


def rename_command(engine: Engine, name: str, new: str) -> bool:
    """Have a command answer to another name, or to none: rename-command. False if the new name is taken."""
    commands = dict(engine.commands)
    command = commands.pop(name)
    if new in commands:
        return False
    if new:
        commands[new] = command
    engine.commands = commands
    engine.lookup.clear()
    engine.observed.clear()
    return True


def _shown(word: bytes) -> str:
    """A word as the errors about unknown commands show it."""
    return shown(word, 128)


def _first_arguments(argv: Sequence[bytes]) -> list[bytes]:
    """The arguments that fit into the 128 bytes which an unknown command's error has for them."""
    shown: list[bytes] = []
    room = 128
    for word in argv[1:]:
        if room <= 0:
            break
        shown.append(word[:room])
        room -= len(word[:room]) + 3
    return shown
