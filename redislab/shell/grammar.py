"""Where in a command's arguments a line has got to, and what may come next.

Owns the walk over the argument tree of the command table (commands/usage.py): word by word, a word takes a place in the
tree, and what is left is the rest of the usage line. Options may come in any order, each once; one of several
excludes the others. Completion, hints and colours all ask here. The tree is followed as the usage line has it, so a
call that Redis would refuse may still be followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redislab.commands.usage import Argument, render

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["Place", "Rest", "advance", "choices", "locate", "rest_text"]

Rest = tuple[Argument, ...]
"""What may still follow, in order."""

MOST_PATHS = 6
MOST_COPIES = 64


@dataclass(frozen=True)
class Place:
    """Where a line has got to: the command, how many words its name has, what is left of its usage, likeliest first.

    `taken` tells for each argument word what it was taken for; None where the usage line has no place for it.
    """

    command: Command
    offset: int
    rests: list[Rest]
    taken: list[Argument | None]


def locate(table: Mapping[str, Command], words: Sequence[bytes]) -> Place | None:
    """Follow complete words through a command's usage line; None if they do not begin with a command."""
    command = table.get(words[0].lower().decode("latin-1")) if words else None
    if command is None:
        return None
    offset = 1
    if command.subcommands and len(words) > 1:
        found = command.subcommands.get(words[1].lower().decode("latin-1"))
        if found is not None:
            command, offset = found, 2
    rests: list[Rest] = [tuple(command.arguments)]
    taken: list[Argument | None] = []
    for word in words[offset:]:
        steps = [step for rest in rests for step in advance(rest, word)]
        exact = [step for step in steps if is_token(step[0])]
        steps = (exact or steps)[:MOST_PATHS]
        taken.append(steps[0][0] if steps else None)
        rests = [rest for _, rest in steps]
    return Place(command, offset, rests, taken)


def is_token(argument: Argument) -> bool:
    return argument.type == "pure-token" or argument.token is not None


def advance(rest: Rest, word: bytes) -> Iterator[tuple[Argument, Rest]]:
    """The ways in which a word may be the next one: what it is taken for, and what is left then."""
    for place, argument in enumerate(rest):
        for taken, tail in consume(argument, word):
            after = rest[place + 1 :]
            # Options stand together in any order: those that were passed over may still come.
            passed = rest[:place] if argument.optional else ()
            left = (*tail, *passed, *after)
            yield taken, counted(left, word) if taken.name == "numkeys" else left
        if not argument.optional:
            return


def counted(rest: Rest, word: bytes) -> Rest:
    """What is left after a number of keys: exactly so many."""
    place = next((place for place, argument in enumerate(rest) if argument.multiple), None)
    if place is None or not word.isdigit() or not 0 < int(word) <= MOST_COPIES:
        return rest
    return rest[:place] + (rest[place].but(multiple=False),) * int(word) + rest[place + 1 :]


def consume(argument: Argument, word: bytes) -> Iterator[tuple[Argument, Rest]]:
    """The ways in which a word may begin an argument."""
    again: Rest = ()
    if argument.multiple:
        repeated = argument.token if argument.multiple_token else None
        again = (argument.but(optional=True, token=repeated),)
    if argument.token is not None and argument.type != "pure-token":
        if same(word, argument.token):
            more = argument.multiple and not argument.multiple_token
            body = argument.but(token=None, optional=False, multiple=more)
            yield argument, (body, *(again if argument.multiple_token else ()))
        return
    if argument.type == "pure-token":
        if same(word, argument.token or ""):
            yield argument, again
    elif argument.type == "oneof":
        for child in argument.children:
            for taken, tail in consume(child, word):
                yield taken, (*tail, *again)
    elif argument.type == "block":
        for taken, tail in advance(tuple(argument.children), word):
            yield taken, (*tail, *again)
    elif fits(argument, word):
        yield argument, again


def same(word: bytes, token: str) -> bool:
    return word.decode("latin-1").upper() == token.upper()


def fits(argument: Argument, word: bytes) -> bool:
    """Whether a word may stand for a plain argument: a number has to look like one (also `(5` and `#2`)."""
    if argument.type not in ("integer", "double", "unix-time"):
        return True
    try:
        float(word.lstrip(b"(#"))
    except ValueError:
        return word in (b"-", b"+")
    return True


def choices(rests: Sequence[Rest]) -> tuple[list[str], list[Argument]]:
    """What the next word may be: tokens to be typed as they are, and plain arguments."""
    tokens: dict[str, None] = {}
    plain: dict[tuple[str, str], Argument] = {}
    for rest in rests:
        for argument in rest:
            for leaf in leaves(argument):
                if is_token(leaf):
                    tokens.setdefault(leaf.token or "")
                else:
                    plain.setdefault((leaf.name, leaf.type), leaf)
            if not argument.optional:
                break
    return [token for token in tokens if token], list(plain.values())


def leaves(argument: Argument) -> Iterator[Argument]:
    """The arguments that may begin an argument."""
    if is_token(argument) or argument.type not in ("oneof", "block"):
        yield argument
    elif argument.type == "oneof":
        for child in argument.children:
            yield from leaves(child)
    else:
        for child in argument.children:
            yield from leaves(child)
            if not child.optional:
                return


def rest_text(rest: Rest) -> list[str]:
    """What is left of a usage line, each argument for itself."""
    return [render([argument]) for argument in rest]
