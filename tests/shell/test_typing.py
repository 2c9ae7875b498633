"""What helps while a line is typed: suggestions, hints, colours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from redislab.resp.words import split
from redislab.shell.hints import filled, hint
from redislab.shell.lexer import coloured_line
from redislab.shell.suggest import Suggester


@pytest.fixture
def stocked(talk: Any) -> Any:
    talk.all(
        "SET user:name Ann", "HSET user:1 name Ann age 3 'home town' Oslo", "RPUSH user:list a b", "SADD user:set x y",
        "ZADD user:board 1 zoe", "SET 'a b' 1", "SELECT 1", "SET elsewhere 1", "SELECT 0", "MULTI", "DISCARD",
    )  # fmt: skip
    return talk


def texts(talk: Any, line: str) -> list[str]:
    return [found.text for found in Suggester(talk.console).suggest(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GETR", ["GETRANGE"]),
        ("getr", ["getrange"]),
        ("CONFIG RES", ["RESETSTAT"]),
        ("CONFIG GET zset-max-listpack-v", ["zset-max-listpack-value"]),
        ("CONFIG SET appendf", ["appendfsync"]),
        ("CONFIG SET timeout 5 appendfsync ", ["everysec", "always", "no"]),
        ("CONFIG SET APPENDONLY y", ["yes"]),
        ("GET user:", ["user:name"]),
        ("HGET user:", ["user:1"]),
        ("LPUSH user:", ["user:list"]),
        ("SADD user:", ["user:set"]),
        ("ZSCORE user:", ["user:board"]),
        ("DEL user:", ["user:1", "user:board", "user:list", "user:name", "user:set"]),
        ("GET a", ['"a b"']),
        ('GET "a', ['"a b"']),
        ("GET else", []),
        ("HGET user:1 ", ["name", "age", '"home town"']),
        ("HGET user:1 na", ["name"]),
        ("HMGET user:1 name ", ["age", '"home town"']),
        ("SISMEMBER user:set ", ["x", "y"]),
        ("ZSCORE user:board ", ["zoe"]),
        ("SET k v N", ["NX"]),
        ("SET k v NX X", []),
        ("SET k v nx k", ["keepttl"]),
        ("help @stri", ["@string"]),
        ("help getr", ["getrange"]),
        ("3 GETR", ["GETRANGE"]),
        ("@bob GETR", ["GETRANGE"]),
        ("@ma", ["@main"]),
        (":und", [":undo"]),
        (":clie", [":client"]),
        (":diff o", ["on", "off"]),
        (":peek user:b", ["user:board"]),
        ("# GETR", []),
        ("NOSUCH ", []),
    ],
)
def test_suggestions(stocked: Any, line: str, expected: list[str]) -> None:
    assert texts(stocked, line) == expected


def test_suggestions_end_the_word_that_was_begun(stocked: Any) -> None:
    [found] = Suggester(stocked.console).suggest("@bob GET user:n")
    assert found.start == len("@bob GET ")
    assert found.meta == "string"


def test_completing_a_key_disturbs_nothing(stocked: Any) -> None:
    stocked.lab.advance(50)
    list(Suggester(stocked.console).suggest("GET user:"))
    assert stocked.say("OBJECT IDLETIME user:name").startswith("(integer) 50")
    assert stocked.console.clients.keys() == {"main"}


def test_new_and_deleted_keys_are_seen(stocked: Any) -> None:
    suggester = Suggester(stocked.console)

    def found(line: str) -> list[str]:
        return [one.text for one in suggester.suggest(line)]

    assert found("GET fresh") == []
    stocked.say("SET fresh:1 x")
    assert found("GET fresh") == ["fresh:1"]
    stocked.say("RENAME fresh:1 fresh:2")
    assert found("GET fresh") == ["fresh:2"]
    stocked.say(":undo")
    assert found("GET fresh") == ["fresh:1"]
    stocked.say("FLUSHALL")
    assert found("GET fresh") == []
    stocked.say(":undo")
    assert found("GET fresh") == ["fresh:1"]


@contextmanager
def counted() -> Iterator[list[int]]:
    """A list that gets a 1 for each line that runs within, loops on one line included."""
    lines: list[int] = []

    def trace(frame: Any, event: str, argument: Any) -> Any:
        if event == "line":
            lines.append(1)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


def test_among_100_000_keys_little_is_looked_at(talk: Any) -> None:
    """Counted are the lines of Python that run."""
    session = talk.console.session
    for number in range(100_000):
        session.call("SET", f"key:{number}", "x")
    suggester = Suggester(talk.console)
    suggester.keys.prepare(0)
    session.call("SET", "key:new", "x")
    with counted() as lines:
        found = [one.text for one in suggester.suggest("GET key:9999")]
    assert sum(lines) < 10_000
    assert found == sorted(key.decode() for key in session.db.values if key.startswith(b"key:9999"))[:50]
    assert [one.text for one in suggester.suggest("GET key:new")] == ["key:new"]


def test_switched_off(stocked: Any) -> None:
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from redislab.shell.complete import ShellCompleter

    completer = ShellCompleter(Suggester(stocked.console))
    stocked.say(":set complete off")
    typing, asked = CompleteEvent(text_inserted=True), CompleteEvent(completion_requested=True)
    assert list(completer.get_completions(Document("GETR"), typing)) == []
    assert [one.text for one in completer.get_completions(Document("GETR"), asked)] == ["GETRANGE"]
    assert [one.text for one in completer.get_completions(Document("GET k\nGETR"), asked)] == ["GETRANGE"]


# --- hints


def hinted(talk: Any, line: str) -> str:
    return "".join(text for _, text in hint(talk.console, line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ""),
        ("GE", ""),
        ("GETRANGE", "  key start end"),
        ("GETRANGE ", "‹key› start end"),
        ("GETRANGE k", "  ‹key› start end"),
        ("GETRANGE k ", "‹start› end"),
        ("GETRANGE k 0 -1", "  ‹end›"),
        ("GETRANGE k 0 -1 ", ""),
        ("SET k v EX ", "‹seconds› [NX | XX] [GET]"),
        ("@bob GETRANGE ", "‹key› start end"),
        ("3 INCR ", "‹key›"),
        (":goto ", "‹number›"),
        ('GETRANGE "k', ""),
        ("GET k | ", ""),
        ("# GETRANGE ", ""),
        ("NOSUCH ", ""),
    ],
)
def test_hints(talk: Any, line: str, expected: str) -> None:
    assert hinted(talk, line) == expected


def test_hints_wrap_between_words() -> None:
    pieces = [("hint", "one two three four")]
    text = "".join(piece for _, piece in filled(pieces, 17, 20))
    rows = [("x" * 17 + text)[start : start + 20] for start in range(0, 60, 20)]
    assert [row.strip() for row in rows] == ["x" * 17 + "one", "two three four", ""]


# --- colours


@pytest.mark.parametrize(
    ("line", "styles"),
    [
        ("SET k v EX 10", ["command", "key", "", "token", "number"]),
        ("nosuch k", ["unknown", ""]),
        ("GETR", ["command"]),
        ("GETX", ["unknown"]),
        ("GETX k", ["unknown", ""]),
        ('SET k "a b"', ["command", "key", "string"]),
        ('SET k "a b', ["command", "key", "unclosed"]),
        ("CONFIG GET maxmemory", ["command", "command", ""]),
        ("3 INCR n", ["number", "command", "key"]),
        ("@bob GET k", ["client", "command", "key"]),
        (":undo 2", ["meta", ""]),
        ("# a remark", ["comment"]),
        ("help set", ["command", ""]),
    ],
)
def test_colours(talk: Any, line: str, styles: list[str]) -> None:
    pieces = coloured_line(talk.console, line)
    assert "".join(text for _, text in pieces) == line
    assert [style for style, text in pieces if text.strip()] == styles


def test_colours_of_several_lines(talk: Any) -> None:
    from prompt_toolkit.document import Document

    from redislab.shell.lexer import ShellLexer

    text = 'SET k "a\nb"\nGET k\n'
    of_line = ShellLexer(talk.console).lex_document(Document(text))
    assert ["".join(piece[1] for piece in of_line(number)) for number in range(4)] == text.split("\n")
    assert split(text.split("\n", 2)[2]) == [b"GET", b"k"]
