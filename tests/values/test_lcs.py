"""The longest common subsequence: the server's choice among equals."""

from __future__ import annotations

import random

from redislab.values.lcs import Match, common, length, matches


def test_the_manual_s_example() -> None:
    a, b = b"ohmytext", b"mynewtext"
    assert common(a, b) == b"mytext"
    assert length(a, b) == 6
    assert matches(a, b) == ([Match(4, 7, 5, 8), Match(2, 3, 0, 1)], 6)
    assert matches(a, b, minimum=4) == ([Match(4, 7, 5, 8)], 6)


def test_empty_and_foreign_strings() -> None:
    assert (common(b"", b"abc"), length(b"abc", b""), matches(b"", b"")) == (b"", 0, ([], 0))
    assert (common(b"abc", b"xyz"), length(b"abc", b"xyz")) == (b"", 0)


def test_equal_strings_are_one_match() -> None:
    assert matches(b"abc", b"abc") == ([Match(0, 2, 0, 2)], 3)


def test_long_strings() -> None:
    dice = random.Random(1)
    a, b = (bytes(dice.choices(b"ACGT", k=4000)) for _ in range(2))
    text = common(a, b)
    assert len(text) == length(a, b)
    for whole in (a, b):
        walk = iter(whole)
        assert all(byte in walk for byte in text)


def test_like_the_server(ask) -> None:
    dice = random.Random(2)
    cases, calls = [], []
    for _ in range(400):
        letters = dice.choice([b"ab", b"abc", bytes(range(65, 85)), bytes(range(256))])
        a, b = (bytes(dice.choices(letters, k=dice.choice([0, 1, 5, 20, 70, 200]))) for _ in range(2))
        if dice.random() < 0.3:
            b = a[: len(a) // 2] + b + a[len(a) // 2 :]
        minimum = dice.choice([-1, 0, 1, 2, 3])
        cases.append((a, b, minimum))
        calls += [("MSET", "a", a, "b", b), ("LCS", "a", "b"), ("LCS", "a", "b", "LEN")]
        calls += [("LCS", "a", "b", "IDX", "MINMATCHLEN", minimum, "WITHMATCHLEN")]
    replies = ask.many(calls)
    for place, (a, b, minimum) in enumerate(cases):
        _, text, size, (_, pairs, _, again) = replies[4 * place : 4 * place + 4]
        found, whole = matches(a, b, minimum)
        assert (common(a, b), length(a, b), whole) == (text, size, again), (a, b)
        mine = [[[match.a_start, match.a_end], [match.b_start, match.b_end], match.length] for match in found]
        assert mine == pairs, (a, b)
