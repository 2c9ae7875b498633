"""The friendly view of replies."""

from __future__ import annotations

from typing import Any

import pytest

from redislab.resp.types import Map, Members, Pairs, ReplyError, Simple, Verbatim
from redislab.shell.console import Outcome
from redislab.shell.json_layout import laid_out
from redislab.shell.pretty import pretty
from redislab.shell.theme import coloured, paint, plain, wide


def drawn(reply: Any, *, argv: str = "X", width: int = 80, protocol: int = 2) -> list[str]:
    outcome = Outcome("main", [word.encode() for word in argv.split()], reply, protocol, 0, None)
    return [plain(line) for line in pretty(outcome, width)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Simple("OK"), ["OK"]),
        (5, ["(integer) 5"]),
        (None, ["(nil)"]),
        (b"", ['""']),
        ("café ☕".encode(), ['"café ☕"']),
        (b"a\nb\x00\x1b[31m", ['"a\\nb\\x00\\x1b[31m"']),
        (b'say "hi" \\', ['"say \\"hi\\" \\\\"']),
        (b"\xff\xc3\xa9", ['"\\xff\\xc3\\xa9"']),
        ("\u202egnp.exe".encode(), ['"\\xe2\\x80\\xaegnp.exe"']),
        (ReplyError("ERR no"), ["(error) ERR no"]),
        ([], ["(empty array)"]),
        ({}, ["(empty hash)"]),
        (Members(), ["(empty set)"]),
        ([b"a", [1, None]], ['1) "a"', "2) 1) (integer) 1", "   2) (nil)"]),
        ({b"name": b"Ann", b"home town": b"Oslo"}, ['name         "Ann"', '"home town"  "Oslo"']),
        (Map([(b"k", [b"a", b"b"])]), ['k  1) "a"', '   2) "b"']),
        (Pairs([(b"zoe", 1.0), (b"al", 2.5)]), ['1) "zoe"  1', '2) "al"   2.5']),
        (Verbatim(b"# Server\r\nredis_version:7.0.15\r\n"), ["# Server", "redis_version:7.0.15"]),
        (True, ["(true)"]),
    ],
)
def test_shapes(reply: Any, expected: list[str]) -> None:
    assert drawn(reply) == expected


def test_numbers_are_aligned() -> None:
    assert drawn([b"x"] * 10)[0] == ' 1) "x"'


def test_doubles_are_told_from_text_where_the_protocol_does() -> None:
    assert drawn(1.5) == ['"1.5"']
    assert drawn(1.5, protocol=3) == ["(double) 1.5"]


def test_wide_characters_are_aligned() -> None:
    lines = drawn({"日本".encode(): b"1", b"abc": b"2"})
    assert [wide(line.split('"')[0]) for line in lines] == [6, 6]


def test_long_names_have_their_value_below() -> None:
    assert drawn({b"n" * 30: b"v"}, width=40) == ["n" * 30, '  "v"']


def test_json_is_laid_out_with_its_own_words() -> None:
    text = b'{"a":[1,2.50,1e3],"b":{},"c":{"d":"x, {y}"}}'
    assert drawn(text) == [
        "{", '  "a": [', "    1,", "    2.50,", "    1e3", "  ],", '  "b": {},', '  "c": {', '    "d": "x, {y}"',
        "  }", "}", f"(a string of {len(text)} bytes, laid out as JSON)",
    ]  # fmt: skip
    assert drawn(b"{no json}") == ['"{no json}"']
    assert laid_out("[]") == ["[]"]


def test_json_cannot_smuggle_control_characters() -> None:
    assert "\x9b" not in "".join(drawn('["\x9b31m"]'.encode()))


def test_unix_times_are_local_times_too(talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    talk.say("SET k v EXAT 1800000000")
    assert talk.say("EXPIRETIME k") == "(integer) 1800000000  2027-01-15 08:00:00 UTC\n"
    assert talk.say("PEXPIRETIME k") == "(integer) 1800000000000  2027-01-15 08:00:00 UTC\n"
    assert "2024-01-01 00:00:00 UTC" in talk.say("TIME")
    assert talk.say("EXPIRETIME nokey") == "(integer) -2\n"


def test_a_page_of_a_scan(talk: Any) -> None:
    talk.say("HSET h f v")
    assert talk.say("HSCAN h 0") == 'cursor 0  (the walk is complete)\nf  "v"\n'


def test_nothing_is_told_by_colour_alone() -> None:
    outcome = Outcome("main", [b"X"], ReplyError("ERR no"), 2, 0, None)
    [line] = pretty(outcome, 80)
    assert paint(line, True) == "\x1b[1;31m(error) ERR no\x1b[0m"
    assert paint(line, False) == "(error) ERR no"


@pytest.mark.parametrize(
    ("environment", "tty", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_when_to_use_colours(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], tty: bool, expected: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    class Stream:
        def isatty(self) -> bool:
            return tty

    assert coloured(Stream()) is expected
