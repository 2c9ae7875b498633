"""Patterns: the corners of the server's matcher, and many stars in little time."""

from __future__ import annotations

import random

import pytest

from redislab.values.glob import compile, has_wildcards, matches

YES = [
    (b"hello", b"hello"),
    (b"h?llo", b"hallo"),
    (b"h*llo", b"hllo"),
    (b"h[ae]llo", b"hallo"),
    (b"h[^e]llo", b"hbllo"),
    (b"h[a-b]llo", b"hbllo"),
    (b"[z-a]", b"m"),
    (b"[^", b"x"),
    (b"[abc", b"c"),
    (b"[a-", b"-"),
    (b"[a-]", b"_"),
    (b"[\\]]", b"]"),
    (b"\\*", b"*"),
    (b"\\", b"\\"),
    (b"a\\", b"a\\"),
    (b"[\xff-a]", b"A"),
    (b"*\n*", b"a\nb"),
    (b"", b""),
    (b"a***", b"a"),
]
NO = [
    (b"hello", b"Hello"),
    (b"h?llo", b"hllo"),
    (b"h[^e]llo", b"hello"),
    (b"[]", b"]"),
    (b"[", b"["),
    (b"*", b""),
    (b"**", b""),
    (b"\\*", b"x"),
    (b"[\xff-a]", b"\x80"),
    (b"a", b""),
    (b"", b"a"),
]


@pytest.mark.parametrize(("pattern", "text"), YES)
def test_matches(pattern: bytes, text: bytes) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(("pattern", "text"), NO)
def test_does_not_match(pattern: bytes, text: bytes) -> None:
    assert not matches(pattern, text)


def test_ignoring_case() -> None:
    assert matches(b"MaxMem*", b"maxmemory", nocase=True)
    assert matches(b"[A-C]", b"b", nocase=True)
    assert not matches(b"[\\A]", b"a", nocase=True)
    assert not matches(b"[Z-_]", b"z", nocase=True)


def test_wildcards_are_recognised() -> None:
    assert not has_wildcards(b"user:1]^-")
    assert all(has_wildcards(pattern) for pattern in (b"a*", b"?", b"[a]", b"a\\*"))


def test_many_stars_do_not_explode() -> None:
    assert not compile(b"a*" * 40 + b"b")(b"a" * 3000)
    assert not compile(b"*a?[ab]" * 40 + b"b")(b"a" * 3000)


def test_like_the_server(ask) -> None:
    dice = random.Random(3)
    alphabet = [bytes((byte,)) for byte in b"abc-^][\\*?AZ_\n\x80\xff"]
    keys = list({b"".join(dice.choices(alphabet, k=dice.randint(0, 5))) for _ in range(300)})
    ask.many([("SET", key, 1) for key in keys])
    patterns = [b"".join(dice.choices([*alphabet, b"*", b"[", b"]"], k=dice.randint(0, 8))) for _ in range(800)]
    patterns = [pattern for pattern in patterns if pattern != b"*"]
    replies = ask.many([("SCAN", 0, "COUNT", 10000, "MATCH", pattern) for pattern in patterns])
    for pattern, (_, found) in zip(patterns, replies, strict=True):
        assert {key for key in keys if compile(pattern)(key)} == set(found), pattern


def test_ignoring_case_like_the_server(ask) -> None:
    dice = random.Random(4)
    names = ask("COMMAND", "LIST")
    patterns = ["".join(dice.choices("gEt[]**\\-^?SZa_", k=dice.randint(0, 6))).encode() + b"*" for _ in range(500)]
    replies = ask.many([("COMMAND", "LIST", "FILTERBY", "PATTERN", pattern) for pattern in patterns])
    for pattern, found in zip(patterns, replies, strict=True):
        assert {name for name in names if compile(pattern, nocase=True)(name)} == set(found), pattern
