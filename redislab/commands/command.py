"""COMMAND: what the server tells about its own commands, all of it derived from the command table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from redislab.commands.command_docs import describe
from redislab.commands.key_places import Places, used_keys
from redislab.commands.keyspecs import KeySpec
from redislab.commands.shapes import Array, Bulk, Integer, Map, Status
from redislab.commands.spec import Command, command
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.acl_categories import CATEGORIES
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Map as MapReply
from redislab.resp.types import Members, Reply, Simple
from redislab.values.glob import compile as compile_pattern

GROUP = "server"


def _find(session: Session, word: bytes) -> Command | None:
    """The command of a name such as `get` or `config|get`, in any case."""
    name, bar, rest = word.decode("latin-1").lower().partition("|")
    command = session.engine.commands.get(name)
    return command.subcommands.get(rest) if command is not None and bar else command


def _all(commands: Iterable[Command]) -> Iterator[Command]:
    for each in commands:
        yield each
        yield from each.subcommands.values()


# -- COMMAND and COMMAND INFO --------------------------------------------------------------------------------


def _statuses(words: Iterable[str]) -> Members:
    return Members([Simple(word) for word in words])


def _info(command: Command) -> Reply:
    """The ten items that describe a command."""
    return [
        command.name.encode(),
        command.arity,
        _statuses(command.flags),
        *command.legacy_range,
        _statuses(sorted(command.acl_categories, key=CATEGORIES.index)),
        Members([tip.encode() for tip in command.tips]),
        Members([_key_spec(spec) for spec in command.key_specs]),
        [_info(each) for each in command.subcommands.values()] or Members(),
    ]


def _key_spec(spec: KeySpec) -> Reply:
    described = spec.describe()
    flags = _statuses(described.pop("flags"))
    notes = {b"notes": spec.note.encode()} if spec.note else {}
    return {**notes, b"flags": flags, **_as_reply(described)}


def _as_reply(tree: Any) -> Reply:
    """Nested names and values with texts as bulk strings."""
    if isinstance(tree, dict):
        return {name.encode(): _as_reply(value) for name, value in tree.items()}
    return tree.encode() if isinstance(tree, str) else tree


@command(
    "COMMAND",
    since="2.8.13",
    complexity="O(N) where N is the number of commands.",
    flags="loading stale",
    acl="connection",
    tips=["nondeterministic_output_order"],
    arity=-1,
    reply=Array(meaning="ten items for each command, as COMMAND INFO has them"),
)
def command_(session: Session, *words: bytes) -> Reply:
    """Describe all commands of the server; see COMMAND INFO.

    > COMMAND
    …1) "…"…
    """
    return [_info(each) for each in session.engine.commands.values()]


@command(
    "COMMAND INFO [command-name]...",
    since="2.8.13",
    complexity="O(N) where N is the number of commands asked for.",
    flags="loading stale",
    acl="connection",
    tips=["nondeterministic_output_order"],
    history={"7.0.0": "Without names it answers for all commands."},
    parent="COMMAND",
    reply=Array(meaning="ten items for each command, null for an unknown one"),
)
def command_info(session: Session, *names: bytes) -> Reply:
    """Describe commands: name, arity, flags, places of the keys, categories, tips, key specifications, subcommands.

    The arity counts the command's name; a negative one is the least number of words.

    > COMMAND INFO get nosuchcommand
    1)  1) "get"
        2) (integer) 2
        3) 1) readonly
           2) fast
        4) (integer) 1
        5) (integer) 1
        6) (integer) 1
        7) 1) @read
           2) @string
           3) @fast
        8) (empty array)
        9) 1) 1) "flags"
              2) 1) RO
                 2) access
              3) "begin_search"
              4) 1) "type"
                 2) "index"
                 3) "spec"
                 4) 1) "index"
                    2) (integer) 1
              5) "find_keys"
              6) 1) "type"
                 2) "range"
                 3) "spec"
                 4) 1) "lastkey"
                    2) (integer) 0
                    3) "keystep"
                    4) (integer) 1
                    5) "limit"
                    6) (integer) 0
       10) (empty array)
    2) (nil)
    """
    if not names:
        return command_(session)
    found = [_find(session, name) for name in names]
    return [None if each is None else _info(each) for each in found]


# -- lists ---------------------------------------------------------------------------------------------------


@command(
    "COMMAND COUNT",
    since="2.8.13",
    complexity="O(1)",
    flags="loading stale",
    acl="connection",
    parent="COMMAND",
    reply=Integer("the number of commands, without subcommands"),
)
def command_count(session: Session) -> Reply:
    """Count the commands that this server has.

    > COMMAND COUNT
    (integer) …
    """
    return len(session.engine.commands)


@command(
    "COMMAND LIST filterby=[FILTERBY ((MODULE module-name) | (ACLCAT category) | (PATTERN pattern:pattern))]",
    since="7.0.0",
    complexity="O(N) where N is the number of commands.",
    flags="loading stale",
    acl="connection",
    tips=["nondeterministic_output_order"],
    parent="COMMAND",
    reply=Array("names, subcommands as `config|get`", Bulk()),
)
def command_list(session: Session, *words: bytes) -> Reply:
    """List the names of commands: all, or those of a module, of an ACL category, or that match a pattern.

    > COMMAND LIST FILTERBY PATTERN pttl
    1) "pttl"
    """
    fits = _filter(words) if words else lambda each: True
    return [each.name.encode() for each in _all(session.engine.commands.values()) if fits(each)]


def _filter(words: tuple[bytes, ...]) -> Callable[[Command], bool]:
    if len(words) != 3 or words[0].upper() != b"FILTERBY":
        raise ReplyError(errors.SYNTAX)
    kind, word = words[1].upper(), words[2]
    if kind == b"MODULE":
        return lambda each: False
    if kind == b"ACLCAT":
        category = "@" + word.decode("latin-1").lower()
        return lambda each: category in each.acl_categories
    if kind == b"PATTERN":
        matches = compile_pattern(word, nocase=True)
        return lambda each: matches(each.name.encode())
    raise ReplyError(errors.SYNTAX)


@command(
    "COMMAND DOCS [command-name]...",
    since="7.0.0",
    complexity="O(N) where N is the number of commands asked for.",
    flags="loading stale",
    acl="connection",
    tips=["nondeterministic_output_order"],
    parent="COMMAND",
    reply=Map("what the manual says about each command"),
)
def command_docs(session: Session, *names: bytes) -> Reply:
    """Show what the manual says about commands: summary, history, arguments. Unknown names are left out.

    > COMMAND DOCS nosuchcommand
    (empty array)
    """
    found = [_find(session, name) for name in names] if names else list(session.engine.commands.values())
    return MapReply([(each.name.encode(), describe(each)) for each in found if each is not None])


# -- keys ----------------------------------------------------------------------------------------------------

def _keys_of_call(session: Session, argv: tuple[bytes, ...]) -> Places:
    """The keys of a whole command given as words. Raises ReplyError."""
    found = session.engine.commands.get(argv[0].decode("latin-1").lower())
    if found is not None and found.subcommands and len(argv) > 1:
        found = found.subcommands.get(argv[1].decode("latin-1").lower())
    if found is None:
        raise ReplyError("ERR Invalid command specified")
    if not found.real_key_specs:
        raise ReplyError("ERR The command has no key arguments")
    if len(argv) != found.arity if found.arity > 0 else len(argv) < -found.arity:
        raise ReplyError("ERR Invalid number of arguments specified for command")
    places = used_keys(found, argv)
    if not places and "no_mandatory_keys" not in found.flags:
        raise ReplyError("ERR Invalid arguments specified for command")
    return places


@command(
    "COMMAND GETKEYS",
    since="2.8.13",
    complexity="O(N) where N is the number of words of the command.",
    flags="loading stale",
    acl="connection",
    arity=-4,
    parent="COMMAND",
    reply=Array("the keys", Bulk()),
)
def command_getkeys(session: Session, *argv: bytes) -> Reply:
    """Tell which words of a whole command are keys.

    > COMMAND GETKEYS MSET tea green coffee black
    1) "tea"
    2) "coffee"
    """
    return [argv[place] for place, _ in _keys_of_call(session, argv)]


@command(
    "COMMAND GETKEYSANDFLAGS",
    since="7.0.0",
    complexity="O(N) where N is the number of words of the command.",
    flags="loading stale",
    acl="connection",
    arity=-4,
    parent="COMMAND",
    reply=Array(meaning="each key with how it is used"),
)
def command_getkeysandflags(session: Session, *argv: bytes) -> Reply:
    """Tell which words of a whole command are keys, and what the command does with each.

    > COMMAND GETKEYSANDFLAGS RENAME draft letter
    1) 1) "draft"
       2) 1) RW
          2) access
          3) delete
    2) 1) "letter"
       2) 1) OW
          2) update
    """
    return [[argv[place], _statuses(flags)] for place, flags in _keys_of_call(session, argv)]


@command(
    "COMMAND HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    acl="connection",
    parent="COMMAND",
    reply=Array("", Status()),
)
def command_help(session: Session) -> Reply:
    """Show what COMMAND can do.

    > COMMAND HELP
     1) COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "command")
