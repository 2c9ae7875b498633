"""What could complete a line: commands, subcommands, options by position, live keys, fields, members, names.

Owns the choice and its order; prompt_toolkit is not needed here (complete.py hands it over). Everything about commands
comes from the command table, everything live is looked at without being touched, and bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from redislab.commands.usage import Argument
from redislab.resp.words import Token, tokens, word
from redislab.shell.console import OWN_WORDS
from redislab.shell.grammar import Place, choices, locate
from redislab.shell.help import groups
from redislab.shell.keyindex import KeyIndex
from redislab.shell.lines import CLIENT_LINE, REPEAT

if TYPE_CHECKING:
    from redislab.shell.console import Console

__all__ = ["Suggester", "Suggestion", "current_word"]

MOST = 50
MOST_LOOKED_AT = 3000

KINDS = {
    "bitmap": "string",
    "geo": "zset",
    "hash": "hash",
    "hyperloglog": "string",
    "list": "list",
    "set": "set",
    "sorted-set": "zset",
    "stream": "stream",
    "string": "string",
}
"""The type that the commands of a group work on; other groups take any."""


@dataclass(frozen=True)
class Suggestion:
    """A word that could stand from column `start` to the cursor. `meta` says in a few words what it is."""

    text: str
    start: int
    meta: str = ""


def current_word(line: str) -> tuple[list[Token], int, bytes]:
    """The complete words of a line, the column at which the one being typed begins, and that word so far."""
    found = tokens(line)
    if not found or (found[-1].end < len(line) and not found[-1].quote):
        return found, len(line), b""
    if found[-1].complete and line[found[-1].start] in "\"'" and found[-1].end - found[-1].start > 1:
        return found, len(line), b""  # behind a closed quote nothing can be added to the word
    return found[:-1], found[-1].start, found[-1].value


class Suggester:
    """Suggestions for the lines of one console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.keys = KeyIndex(console.lab)

    def suggest(self, line: str) -> Iterator[Suggestion]:
        """What could complete the line up to the cursor, best first."""
        indent = len(line) - len(line.lstrip())
        if line.lstrip().startswith("#"):
            return
        if line.startswith(":", indent):
            yield from self._of_meta(line)
            return
        if line.startswith("@", indent) and not CLIENT_LINE.match(line[indent:]):
            if " " not in line[indent:]:
                names = (f"@{name}" for name in self.console.clients)
                yield from starting(names, line[indent:], indent, "client")
                return
            indent = len(line)
        elif line.startswith("@", indent):
            indent += line[indent:].index(" ") + 1
        session = self.console.client(line.split()[0][1:]) if line.lstrip().startswith("@") else self.console.session
        for found in self._of_command(line[indent:], session):
            yield Suggestion(found.text, found.start + indent, found.meta)

    # -- commands --------------------------------------------------------------------------------------------

    def _of_command(self, line: str, session: Any) -> Iterator[Suggestion]:
        before, start, typed = current_word(line)
        if before and REPEAT.fullmatch(before[0].value.decode("latin-1")):
            before = before[1:]
        words = [token.value for token in before]
        if not words:
            yield from self._names(typed, start)
        elif words[0].lower() in (b"help", b"?"):
            yield from self._help_topics(words[1:], typed, start)
        else:
            yield from self._arguments(words, typed, start, session)

    def _names(self, typed: bytes, start: int) -> Iterator[Suggestion]:
        text = typed.decode("utf-8", "replace")
        if not text:
            return
        table = self.console.lab.commands
        for name in sorted(table):
            if name.startswith(text.lower()):
                yield Suggestion(cased(table[name].full_name, text), start, table[name].summary)
        yield from starting(OWN_WORDS, text.lower(), start, "word of the shell")

    def _help_topics(self, words: Sequence[bytes], typed: bytes, start: int) -> Iterator[Suggestion]:
        text, table = typed.decode("utf-8", "replace"), self.console.lab.commands
        if words:
            command = table.get(words[0].lower().decode("latin-1"))
            subcommands = command.subcommands if command is not None else {}
            yield from starting((name.upper() for name in subcommands), text, start, "")
            return
        if not text or text.startswith("@"):
            yield from starting((f"@{group}" for group in groups(table)), text.lower(), start, "group")
        for name in sorted(table):
            if name.startswith(text.lower()) and text:
                yield Suggestion(cased(table[name].full_name, text), start, table[name].summary)

    def _arguments(self, words: list[bytes], typed: bytes, start: int, session: Any) -> Iterator[Suggestion]:
        place = locate(self.console.lab.commands, words)
        if place is None:
            return
        text = typed.decode("utf-8", "replace")
        if place.command.subcommands and place.offset == 1 and len(words) == 1:
            for name, sub in place.command.subcommands.items():
                if name.startswith(text.lower()):
                    yield Suggestion(cased(name.upper(), text), start, sub.summary)
            return
        options, plain = choices(place.rests)
        for option in options:
            if option.lower().startswith(text.lower()):
                yield Suggestion(cased(option, text), start, "option")
        for argument in plain:
            for found, meta in self._live(argument, place, words, typed, session):
                yield Suggestion(word(found), start, meta)

    # -- live data -------------------------------------------------------------------------------------------

    def _live(
        self, argument: Argument, place: Place, words: list[bytes], typed: bytes, session: Any
    ) -> Iterator[tuple[bytes, str]]:
        """Values that are there for an argument, each with what it is."""
        if argument.type == "key" or argument.name in ("source", "destination", "newkey"):
            kind = KINDS.get(place.command.group, "")
            values = session.db.values
            for key in self.keys.find(session.db_index, typed, kind, MOST):
                value = values.get(key)
                if value is not None:
                    yield key, value.type
            return
        if place.command.parent == "config" and argument.name in ("parameter", "value"):
            yield from parameters(self.console, words, typed, values=argument.name == "value")
            return
        source = LIVE.get(argument.name)
        if source is None:
            return
        taken = zip(words[place.offset :], place.taken, strict=True)
        owner = next((one for one, argument in taken if is_key(argument)), None)
        found = islice(source(self.console, session, owner, place), MOST_LOOKED_AT)
        already = set(words)
        matching = (value for value in found if value.startswith(typed) and value not in already)
        yield from ((value, argument.name) for value in islice(matching, MOST))

    # -- words with a colon ----------------------------------------------------------------------------------

    def _of_meta(self, line: str) -> Iterator[Suggestion]:
        from redislab.shell.meta import META, meta_arguments

        before, start, typed = current_word(line)
        text = typed.decode("utf-8", "replace")
        if not before:
            for name, meta in sorted(META.items()):
                if name.startswith(text.lower()):
                    yield Suggestion(name, start, meta.summary)
            return
        words = [token.value for token in before]
        rests, _ = meta_arguments(words)
        options, plain = choices(rests)
        yield from starting((option.lower() for option in options), text.lower(), start, "")
        session = self.console.session
        for argument in plain:
            if argument.type == "key":
                for key in self.keys.find(session.db_index, typed, "", MOST):
                    yield Suggestion(word(key), start, session.db.values[key].type)
            elif argument.name == "name":
                yield from starting(self.console.clients, text, start, "client")


def is_key(argument: Argument | None) -> bool:
    return argument is not None and argument.type == "key"


def starting(words: Iterable[str], text: str, start: int, meta: str) -> Iterator[Suggestion]:
    """The words that begin with a text."""
    return (Suggestion(one, start, meta) for one in words if one.startswith(text))


def cased(name: str, typed: str) -> str:
    """A name in small letters if it was begun so."""
    return name.lower() if typed[:1].islower() else name


# --- where live values come from, by the name of the argument

Source = Callable[[Any, Any, "bytes | None", Place], Iterable[bytes]]


def value_at(session: Any, key: bytes | None) -> Any:
    return session.db.values.get(key) if key is not None else None


def fields(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    value = value_at(session, key)
    return value.fields() if value is not None and value.type == "hash" else ()


def members(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    value = value_at(session, key)
    return iter(value) if value is not None and value.type in ("set", "zset") else ()


def elements(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    value = value_at(session, key)
    return dict.fromkeys(islice(value, MOST_LOOKED_AT)) if value is not None and value.type == "list" else ()


def parameters(console: Console, words: list[bytes], typed: bytes, *, values: bool) -> Iterator[tuple[bytes, str]]:
    """The parameters of the configuration with what they are, or the words to choose from behind one of them."""
    config = console.lab.engine.config
    if not values:
        for name in config.names():
            parameter = config.parameters[name]
            offered = parameter.live or words[1].lower() != b"set"
            if offered and name.encode().startswith(typed.lower()) and name.encode() not in words[2:]:
                yield name.encode(), parameter.help
        return
    named = config.parameters.get(words[-1].decode("latin-1").lower())
    for option in named.kind.options if named is not None else ():
        if option.encode().startswith(typed.lower()):
            yield option.encode(), ""


def channels(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    pubsub = console.lab.engine.pubsub
    return (
        pubsub.shard_channels
        if place.command.name.startswith("s") and "shard" in place.command.usage
        else pubsub.channels
    )


def types(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    return (kind.encode() for kind in dict.fromkeys(KINDS.values()))


def command_names(console: Console, session: Any, key: bytes | None, place: Place) -> Iterable[bytes]:
    return (name.encode() for name in console.lab.commands)


LIVE: dict[str, Source] = {
    "channel": channels,
    "command-name": command_names,
    "element": elements,
    "field": fields,
    "member": members,
    "pivot": elements,
    "shardchannel": channels,
    "type": types,
}
