"""Bits: numbering, ranges, growth, and the overflow rules of BITFIELD."""

from __future__ import annotations

import random

import pytest

from redislab.values.bits import (
    Overflow,
    Unit,
    add_field,
    combine,
    count_bits,
    find_bit,
    fit_field,
    get_bit,
    get_field,
    grow,
    invert,
    set_bit,
    set_field,
)


def test_bit_zero_is_the_highest_of_the_first_byte() -> None:
    text = bytearray()
    assert set_bit(text, 7, 1) == 0
    assert text == b"\x01"
    assert set_bit(text, 0, 1) == 0
    assert set_bit(text, 7, 0) == 1
    assert text == b"\x80"
    assert (get_bit(text, 0), get_bit(text, 1), get_bit(text, 800)) == (1, 0, 0)


def test_clearing_a_bit_past_the_end_grows_the_string() -> None:
    text = bytearray(b"a")
    assert set_bit(text, 23, 0) == 0
    assert text == b"a\0\0"


def test_counting() -> None:
    assert count_bits(b"foobar") == 26
    assert count_bits(b"foobar", 0, 0) == 4
    assert count_bits(b"foobar", 5, 30, Unit.BIT) == 17
    assert count_bits(b"foobar", -1, -100) == 0
    assert count_bits(b"", 0, -1) == 0


def test_positions() -> None:
    assert find_bit(b"\xff\xf0\x00", 0) == 12
    assert find_bit(b"\x00\xff\xf0", 1, 2) == 16
    assert find_bit(b"\x00\x00\x00", 1) == -1
    assert find_bit(b"\xff\xff", 0) == 16
    assert find_bit(b"\xff\xff", 0, 0, -1) == -1
    assert find_bit(b"\xff\xff", 0, 0) == 16
    assert find_bit(b"\x00\xff\xf0", 1, 7, 15, Unit.BIT) == 8


def test_operations_fill_up_with_zeros() -> None:
    assert combine("AND", [b"abc", b"ab"]) == b"ab\0"
    assert combine("OR", [b"a", b"\0b"]) == b"ab"
    assert combine("XOR", [b"abc", b"abc"]) == b"\0\0\0"
    assert invert(b"\0\xff\x0f") == b"\xff\0\xf0"
    with pytest.raises(ValueError):
        combine("NAND", [b"a", b"b"])


@pytest.mark.parametrize(
    ("value", "width", "signed", "wrapped", "saturated"),
    [
        (300, 8, False, 44, 255),
        (-1, 8, False, 255, 255),
        (200, 8, True, -56, 127),
        (-200, 8, True, 56, -128),
        (-(2**63), 8, True, 0, 127),
        (2**63 - 1, 64, True, 2**63 - 1, 2**63 - 1),
    ],
)
def test_written_values_that_do_not_fit(value: int, width: int, signed: bool, wrapped: int, saturated: int) -> None:
    assert fit_field(value, width, signed, Overflow.WRAP) == wrapped
    assert fit_field(value, width, signed, Overflow.SAT) == saturated


def test_additions_that_do_not_fit() -> None:
    assert add_field(255, 1, 8, False, Overflow.WRAP) == 0
    assert add_field(0, -1, 8, False, Overflow.SAT) == 0
    assert add_field(127, 1, 8, True, Overflow.WRAP) == -128
    assert add_field(-128, -(2**63), 8, True, Overflow.SAT) == -128
    assert add_field(2**63 - 1, 1, 64, True, Overflow.FAIL) is None


def test_fields_cross_bytes() -> None:
    text = bytearray(b"\xff")
    set_field(text, 5, 12, 0)
    assert text == b"\xf8\0\0"
    set_field(text, 3, 64, -2)
    assert get_field(text, 3, 64, True) == -2
    assert get_field(b"\xff", 4, 8, False) == 0xF0


def test_one_bit_of_a_large_string_is_cheap() -> None:
    text = bytearray(64 * 1024 * 1024)
    for offset in range(0, 20000, 3):
        set_bit(text, offset * 1000, 1)
        assert get_bit(text, offset * 1000) == 1


def random_text(dice: random.Random) -> bytes:
    return bytes(dice.choice([0, 255, dice.getrandbits(8)]) for _ in range(dice.randint(0, 10)))


def test_ranges_like_the_server(ask) -> None:
    dice = random.Random(1)
    calls, mine = [], []
    for _ in range(600):
        text, bit, unit = random_text(dice), dice.randint(0, 1), dice.choice(list(Unit))
        start, end = (dice.choice([dice.randint(-90, 90), dice.randint(-12, 12), 0, -1]) for _ in range(2))
        calls += [("SET", "s", text), ("BITCOUNT", "s", start, end, unit.name), ("BITPOS", "s", bit)]
        calls += [("BITPOS", "s", bit, start), ("BITPOS", "s", bit, start, end, unit.name)]
        mine += [b"OK", count_bits(text, start, end, unit), find_bit(text, bit)]
        mine += [find_bit(text, bit, start), find_bit(text, bit, start, end, unit)]
    for call, expected, reply in zip(calls, mine, ask.many(calls), strict=True):
        assert expected == reply, call


def test_operations_like_the_server(ask) -> None:
    dice = random.Random(2)
    for _ in range(150):
        texts = [random_text(dice) for _ in range(3)]
        operation = dice.choice(["AND", "OR", "XOR", "NOT"])
        expected = invert(texts[0]) if operation == "NOT" else combine(operation, texts)
        names = "abc"[: 1 if operation == "NOT" else 3]
        sets = [("SET", name, text) for name, text in zip("abc", texts, strict=True)]
        replies = ask.many([*sets, ("BITOP", operation, "d", *names), ("GET", "d")])
        assert replies[-2:] == [len(expected), expected or None], (operation, texts)


def test_fields_like_the_server(ask) -> None:
    dice = random.Random(3)
    for _ in range(600):
        text = bytearray(random_text(dice))
        signed = dice.random() < 0.5
        width = dice.randint(1, 64 if signed else 63)
        offset, overflow = dice.randint(0, 90), dice.choice(list(Overflow))
        value = dice.choice([dice.randint(-(2**63), 2**63 - 1), dice.randint(-300, 300), -(2**63), 1 << width - 1])
        value = min(value, 2**63 - 1)
        old = get_field(text, offset, width, signed)
        action = dice.choice(["SET", "INCRBY"])
        if action == "SET":
            new = fit_field(value, width, signed, overflow)
            answer = None if new is None else old
        else:
            new = answer = add_field(old, value, width, signed, overflow)
        call = ("BITFIELD", "s", "OVERFLOW", overflow.value, action, f"{'iu'[not signed]}{width}", offset, value)
        replies = ask.many([("SET", "s", bytes(text)), call, ("GET", "s")])
        grow(text, (offset + width + 7) // 8)
        if new is not None:
            set_field(text, offset, width, new)
        assert replies[1:] == [[answer], bytes(text)], call
