"""Integers, doubles and long doubles: what the server accepts, refuses and prints."""

from __future__ import annotations

import random

import pytest

from redislab.values.numbers import (
    add_long_double,
    format_distance,
    format_double,
    format_human,
    format_long_double,
    parse_float,
    parse_int64,
    parse_long_double,
)

INTEGERS = [
    (b"0", 0),
    (b"7", 7),
    (b"-1", -1),
    (b"9223372036854775807", 2**63 - 1),
    (b"-9223372036854775808", -(2**63)),
    (b"999999999999999999", 10**18 - 1),
]
NOT_INTEGERS = [b"", b"-", b"+1", b"-0", b"01", b"-01", b" 1", b"1 ", b"1\n", b"1_0", b"1.0", b"\xb2", b"1\0", b"--1"]
TOO_LARGE = [b"9223372036854775808", b"-9223372036854775809", b"10000000000000000000", b"9" * 40]

FLOATS = [
    (b"1.5", 1.5),
    (b".5", 0.5),
    (b"5.", 5.0),
    (b"+.5e+3", 500.0),
    (b"0x1p3", 8.0),
    (b"0X1P3", 8.0),
    (b"0x1.8", 1.5),
    (b"0x1.", 1.0),
    (b"0x.8p1", 1.0),
    (b"0e500", 0.0),
    (b"0e99999999999999999999", 0.0),
    (b"0x0p99999999999999999", 0.0),
    (b"4e-324", 5e-324),
    (b"inf", float("inf")),
    (b"+inf", float("inf")),
    (b"INF", float("inf")),
    (b"-Infinity", float("-inf")),
]
NOT_FLOATS = [b"", b".", b"1e", b"0x", b"0x.p1", b"0x1p", b"nan", b"-nan", b"nan(1)", b"infinit", b"1_0", b"--1"]
NOT_FLOATS += [b" 1", b"1 ", b"\t1", b"1\n", b"1\0"]
OUT_OF_RANGE = [b"1e400", b"-1e400", b"1e-400", b"2e-324", b"0x1p1024", b"0x1p-1080", b"1e99999999999999999999"]


@pytest.mark.parametrize(("text", "value"), INTEGERS)
def test_integers(text: bytes, value: int) -> None:
    assert parse_int64(text) == value


@pytest.mark.parametrize("text", NOT_INTEGERS + TOO_LARGE)
def test_refused_integers(text: bytes) -> None:
    assert parse_int64(text) is None


@pytest.mark.parametrize(("text", "value"), FLOATS)
def test_floats(text: bytes, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize("text", NOT_FLOATS + OUT_OF_RANGE)
def test_refused_floats(text: bytes) -> None:
    assert parse_float(text) is None


def test_doubles_have_seventeen_digits() -> None:
    assert format_double(0.1) == b"0.10000000000000001"
    assert format_double(3.0) == b"3"
    assert format_double(1e20) == b"1e+20"
    assert format_double(float("-inf")) == b"-inf"


def test_human_numbers_have_no_trailing_zeros() -> None:
    assert format_human(13.361389338970184) == b"13.36138933897018433"
    assert format_human(180.0) == b"180"
    assert format_human(-1e-30) == b"0"


def test_distances_round_half_to_even_on_the_scaled_number() -> None:
    # %.4f would give ...0587 and ...9257: the doubles are not exactly in the middle, their products are.
    assert format_distance(15156719.05865) == b"15156719.0586"
    assert format_distance(7722225.6301686 / 0.3048) == b"25335385.9258"
    assert format_distance(0.0) == b"0.0000"
    assert format_distance(166274.15156960033) == b"166274.1516"


def total(left: bytes, right: bytes) -> bytes:
    """What INCRBYFLOAT answers, or why it does not."""
    first, second = parse_long_double(left), parse_long_double(right)
    if first is None or second is None:
        return b"not a float"
    result = add_long_double(first, second)
    return b"not finite" if result is None or result.infinite else format_long_double(result)


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        (b"10.5", b"0.1", b"10.6"),
        (b"0.1", b"0.2", b"0.3"),
        (b"3.0e3", b"200", b"3200"),
        (b"0", b"0x1p3", b"8"),
        (b"-0", b"-0", b"0"),
        (b"0", b"-4e-18", b"0"),
        (b"0", b"-6e-18", b"-0.00000000000000001"),
        (b"18446744073709551615", b"0.5", b"18446744073709551616"),
        (b"0", b"1e-4950", b"0"),
        (b"0", b"1e-4951", b"not a float"),
        (b"1e4933", b"1", b"not a float"),
        (b"1.18e4932", b"1.18e4932", b"not finite"),
        (b"inf", b"1", b"not finite"),
        (b"inf", b"-inf", b"not finite"),
        (b"1", b"nan", b"not a float"),
        (b"1", b"0" * 5118 + b"1", b"2"),
        (b"1", b"0" * 5119 + b"1", b"not a float"),
    ],
)
def test_long_double_sums(left: bytes, right: bytes, answer: bytes) -> None:
    assert total(left, right) == answer


def test_the_largest_long_double_is_printed_in_full() -> None:
    text = total(b"0", b"1e4932")
    assert len(text) == 4933
    assert text.startswith(b"10000000000000000000")


def random_number(dice: random.Random) -> bytes:
    kind = dice.randrange(6)
    if kind == 0:
        whole, fraction = dice.randint(1, 20), dice.randint(1, 25)
        return b"%d.%d" % (dice.randint(-(10**whole), 10**18), dice.randint(0, 10**fraction))
    if kind == 1:
        return b"%de%d" % (dice.randint(-(10**20), 10**9), dice.randint(-60, 60))
    if kind == 2:
        exponent = dice.choice([4920, 4923, 4930, -4950, -4955, -4958, 300, -320, -330])
        return b"%de%d" % (dice.randint(1, 10**9), exponent)
    if kind == 3:
        exponent = dice.choice([0, -5, -60, -1070, 1000, -16445])
        return b"0x%x.%xp%d" % (dice.getrandbits(80), dice.getrandbits(70), exponent)
    if kind == 4:
        return b"%d.5" % dice.getrandbits(64)
    return "".join(dice.choices("0123456789.eE+-xpinfat_ ", k=dice.randint(0, 6))).encode()


def test_like_the_server(ask) -> None:
    dice = random.Random(7)
    pairs = [(random_number(dice), random_number(dice)) for _ in range(1500)]
    calls: list[tuple[object, ...]] = []
    for left, right in pairs:
        calls += [("SET", "f", left), ("INCRBYFLOAT", "f", right), ("DEL", "z"), ("ZADD", "z", left, "m")]
        calls += [("ZSCORE", "z", "m"), ("SET", "i", "0"), ("INCRBY", "i", left)]
    replies = ask.many(calls)
    for place, (left, right) in enumerate(pairs):
        _, summed, _, _, score, _, integer = replies[7 * place : 7 * place + 7]
        refused = {
            "value is not a valid float": b"not a float",
            "increment would produce NaN or Infinity": b"not finite",
        }
        assert total(left, right) == refused.get(summed, summed), (left, right)
        value = parse_float(left)
        # A small sorted set keeps -0 as 0; that is its affair.
        assert (None if value is None else format_double(value + 0.0)) == score, left
        assert parse_int64(left) == (None if isinstance(integer, str) else integer), left
