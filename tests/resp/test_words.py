"""Splitting and quoting of typed lines: the rules of redis-cli, and round trips."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.resp.words import Token, UnbalancedQuotes, join, quote, split, tokens


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  \t\v\f ", []),
        ("SET k v\r\n", [b"SET", b"k", b"v"]),
        (r'"\n\r\t\b\a\\\"\x41\xfF"', [b'\n\r\t\b\a\\"A\xff']),
        (r'"\q\x4g\x"', [b"qx4gx"]),
        (r"'it\'s' '\n' '\\ '", [b"it's", rb"\n", rb"\\ "]),
        (r"bare\n", [rb"bare\n"]),
        ('pre"fix ed" x', [b"prefix ed", b"x"]),
        ("a\vb \vc", [b"a\vb", b"c"]),
        ('"a"\vb', [b"a", b"b"]),
        ('""', [b""]),
        ("é 'ü' \"ö\"", ["é".encode(), "ü".encode(), "ö".encode()]),
        ("a b\0c 'd", [b"a", b"b"]),
    ],
)
def test_split(line: str, words: list[bytes]) -> None:
    assert split(line) == words


@pytest.mark.parametrize(
    ("line", "position"),
    [
        ("SET k 'a b", 6),
        ('a "b\\', 2),
        ('"a"b', 3),
        ("x 'a''b'", 5),
        ('"a\\"', 0),
        (r"'\'", 0),
        ("it's", 2),
        ('"a"b "c', 3),
    ],
)
def test_unbalanced_quotes_say_where(line: str, position: int) -> None:
    with pytest.raises(UnbalancedQuotes) as caught:
        split(line)
    assert caught.value.position == position


def test_tokens_tell_where_words_are_and_what_is_open() -> None:
    assert tokens(' SET k "a b') == [
        Token(1, 4, b"SET", "", None),
        Token(5, 6, b"k", "", None),
        Token(7, 11, b"a b", '"', 7),
    ]
    assert tokens("'x'y z") == [Token(0, 4, b"xy", "", 3), Token(5, 6, b"z", "", None)]
    assert [token.complete for token in tokens("'x'y z")] == [False, True]


def test_latin1_reads_one_byte_a_character() -> None:
    assert split("\xe4 '\xff'", "latin-1") == [b"\xe4", b"\xff"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"", '""'),
        (b"plain text", '"plain text"'),
        (b'\\"\n\r\t\a\b', r'"\\\"\n\r\t\a\b"'),
        (b"\x00\x0b\x1b\x7f\xff", r'"\x00\x0b\x1b\x7f\xff"'),
        ("é'".encode(), r'''"\xc3\xa9'"'''),
    ],
)
def test_quote(value: bytes, text: str) -> None:
    assert quote(value) == text


def test_join_quotes_only_where_needed() -> None:
    assert join([b"SET", b"a\\b", b"two words", b"", b"\xff"]) == r'SET a\b "two words" "" "\xff"'
    assert join(["Zoë".encode(), "Zoë B".encode(), b"it's"]) == 'Zoë "Zoë B" "it\'s"'


@given(st.lists(st.binary(max_size=12) | st.text(max_size=12).map(lambda text: text.encode("utf-8", "replace"))))
def test_join_and_quote_round_trip(argv: list[bytes]) -> None:
    assert split(join(argv)) == argv
    assert split(" ".join(map(quote, argv))) == argv


@given(st.text(alphabet="ab \t\v\r\n'\"\\xé4\0", max_size=20))
def test_tokens_take_any_line(line: str) -> None:
    found = tokens(line)
    for token, following in itertools.pairwise(found):
        assert token.start < token.end <= following.start
    if all(token.complete for token in found):
        assert split(line) == [token.value for token in found]
    else:
        with pytest.raises(UnbalancedQuotes):
            split(line)
