"""Where a line has got to in a command's usage, and what may follow."""

from __future__ import annotations

import pytest

from redislab.commands.table import TABLE, all_commands
from redislab.resp.words import split
from redislab.shell.grammar import choices, locate, rest_text


def after(line: str) -> tuple[list[str], list[str]]:
    """Tokens and plain arguments that may follow a line."""
    place = locate(TABLE, split(line))
    assert place is not None
    tokens, plain = choices(place.rests)
    return tokens, [argument.name for argument in plain]


@pytest.mark.parametrize(
    ("line", "tokens", "plain"),
    [
        ("SET", [], ["key"]),
        ("SET k", [], ["value"]),
        ("SET k v", ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"], []),
        ("set k v nx", ["GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"], []),
        ("SET k v GET XX KEEPTTL", [], []),
        ("SET k v EX", [], ["seconds"]),
        ("SET k v EX 10", ["NX", "XX", "GET"], []),
        ("SET k NX", ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"], []),
        ("MGET a b", [], ["key"]),
        ("HSET h f", [], ["value"]),
        ("HSET h f v", [], ["field"]),
        ("ZADD z", ["NX", "XX", "GT", "LT", "CH", "INCR"], ["score"]),
        ("ZADD z NX CH 1 m", [], ["score"]),
        ("SINTERCARD 2 a", [], ["key"]),
        ("SINTERCARD 2 a b", ["LIMIT"], []),
        ("SORT k LIMIT 0", [], ["count"]),
        ("SORT k GET a", ["GET", "BY", "LIMIT", "ASC", "DESC", "ALPHA", "STORE"], []),
        ("CONFIG GET", [], ["parameter"]),
        ("PING a", [], []),
    ],
)
def test_what_may_follow(line: str, tokens: list[str], plain: list[str]) -> None:
    found = after(line)
    assert (sorted(found[0]), found[1]) == (sorted(tokens), plain)


def test_a_word_without_a_place_is_known() -> None:
    place = locate(TABLE, split("SET k v EX 10 EX 20"))
    assert place is not None
    assert [argument.name if argument else None for argument in place.taken][-2:] == [None, None]


def test_every_example_of_every_command_has_a_place() -> None:
    """The usage line and the walk over it take what the command itself takes."""
    wrong = []
    for command in all_commands():
        for example in command.examples:
            if "(error)" in example.output:
                continue
            words = split(example.line)
            place = locate(TABLE, words)
            if place is not None and not place.command.arguments:
                continue  # COMMAND GETKEYS and DEBUG take words that their usage, like Redis' own, does not name
            if place is None or None in place.taken:
                wrong.append(example.line)
    assert wrong == []


def test_rest_is_the_usage_line() -> None:
    for command in all_commands():
        assert " ".join([command.full_name, *rest_text(tuple(command.arguments))]).strip() == command.usage
