"""HyperLogLog sketches: the string is the server's, byte for byte."""

from __future__ import annotations

import random

import pytest

from redislab.values import hyperloglog
from redislab.values.hyperloglog import CorruptSketch

EMPTY = b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"
HEAD = b"HYLL\x01" + bytes(10) + b"\x80"
DENSE_HEAD = b"HYLL\0" + bytes(10) + b"\x80"


def test_a_new_sketch() -> None:
    sketch = hyperloglog.new_sketch()
    assert sketch == EMPTY
    assert hyperloglog.cached_count(sketch) == 0
    assert hyperloglog.describe(sketch) == "Z:16384"


def test_adding_marks_the_estimate_as_old() -> None:
    sketch = hyperloglog.new_sketch()
    assert hyperloglog.add(sketch, b"a", 3000)
    assert not hyperloglog.add(sketch, b"a", 3000)
    assert hyperloglog.cached_count(sketch) is None
    hyperloglog.store_count(sketch, hyperloglog.count(sketch))
    assert hyperloglog.cached_count(sketch) == 1


@pytest.mark.parametrize(
    "text",
    [b"", b"HYLL", b"HYLL\x01" + bytes(10), b"HYLL\x02" + bytes(20), b"HYLL\0" + bytes(20), b"hyll\x01" + bytes(20)],
)
def test_other_strings_are_no_sketches(text: bytes) -> None:
    assert not hyperloglog.is_sketch(text)


@pytest.mark.parametrize("held", range(64))
@pytest.mark.parametrize("value", [1, 2, 7, 31, 32, 33, 50, 51])
def test_a_register_keeps_the_larger_value(monkeypatch: pytest.MonkeyPatch, held: int, value: int) -> None:
    hashed = 5 | (1 << 63 + value - 50) * (value < 51)
    monkeypatch.setattr(hyperloglog, "murmur64", lambda element: hashed)
    sketch = hyperloglog.new_sketch()
    hyperloglog.to_dense(sketch)
    if held:
        hyperloglog.set_dense(sketch, 5, held)
    assert hyperloglog.add(sketch, b"", 3000) == (value > held)
    assert hyperloglog.get_register(sketch, 5) == max(held, value)


@pytest.mark.parametrize("runs", [b"", b"\x7f", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xff\x80", b"\x7f\xff\x7f\xff"])
def test_runs_that_do_not_add_up(runs: bytes) -> None:
    assert hyperloglog.is_sketch(HEAD + runs)
    with pytest.raises(CorruptSketch):
        hyperloglog.count(HEAD + runs)
    target = bytearray(EMPTY)
    with pytest.raises(CorruptSketch):
        hyperloglog.merge(target, [HEAD + runs], 3000)
    assert target == EMPTY


@pytest.mark.parametrize(("value", "answer"), [(0, 0), (1, 23637), (50, -(2**63)), (51, -(2**63)), (63, -(2**63))])
def test_estimates_of_made_up_registers(value: int, answer: int) -> None:
    registers = hyperloglog.pack(bytes((value,)) * 16384)
    assert hyperloglog.count(DENSE_HEAD + registers) == answer


def test_registers_survive_packing() -> None:
    dice = random.Random(1)
    registers = bytes(dice.randrange(64) for _ in range(16384))
    sketch = DENSE_HEAD + hyperloglog.pack(registers)
    assert hyperloglog.registers(sketch) == registers
    assert all(hyperloglog.get_register(sketch, place) == registers[place] for place in range(16384))


def test_a_dense_register_changes_nothing_beside_it() -> None:
    dice = random.Random(2)
    sketch, registers = bytearray(EMPTY), bytearray(16384)
    assert hyperloglog.to_dense(sketch)
    assert not hyperloglog.to_dense(sketch)
    for _ in range(3000):
        place, value = dice.randrange(16384), dice.randint(1, 63)
        assert hyperloglog.set_register(sketch, place, value, 3000) == (value > registers[place])
        registers[place] = max(registers[place], value)
    assert hyperloglog.registers(sketch) == registers


def test_a_value_above_32_makes_it_dense() -> None:
    sketch = bytearray(EMPTY)
    assert hyperloglog.set_register(sketch, 5, 32, 3000)
    assert not hyperloglog.is_dense(sketch)
    assert hyperloglog.set_register(sketch, 5, 33, 3000)
    assert hyperloglog.is_dense(sketch)
    assert hyperloglog.get_register(sketch, 5) == 33


def test_equal_neighbours_are_joined_up_to_four() -> None:
    sketch = bytearray(EMPTY)
    for register in (10, 12, 11, 13, 14):
        hyperloglog.set_register(sketch, register, 3, 3000)
    assert hyperloglog.describe(sketch) == "z:10 v:3,4 v:3,1 Z:16369"


def test_estimates_are_near_the_truth() -> None:
    sketch = hyperloglog.new_sketch()
    for number in range(20000):
        hyperloglog.add(sketch, b"element:%d" % number, 3000)
        if number + 1 in (10, 100, 1000, 20000):
            assert abs(hyperloglog.count(sketch) - number - 1) <= 0.04 * (number + 1)


@pytest.mark.parametrize("limit", [3000, 0, 20, 700, 20000])
def test_bytes_like_the_server_s(ask, limit: int) -> None:
    dice = random.Random(limit)
    before = ask("CONFIG", "GET", "hll-sparse-max-bytes")[1]
    ask("CONFIG", "SET", "hll-sparse-max-bytes", limit)
    try:
        sketches: dict[str, bytearray] = {}
        for _ in range(40):
            key = dice.choice("abcde")
            sketch = sketches.setdefault(key, hyperloglog.new_sketch())
            if dice.random() < 0.75:
                elements = [b"some element %d" % dice.randint(0, 10**6) for _ in range(dice.choice([1, 3, 40, 200]))]
                ask("PFADD", key, *elements)
                for element in elements:
                    hyperloglog.add(sketch, element, limit)
                hyperloglog.invalidate(sketch)
            else:
                sources = dice.choices(sorted(sketches), k=2)
                ask("PFMERGE", key, *sources)
                hyperloglog.merge(sketch, [bytes(sketches[source]) for source in sources], limit)
            # PFCOUNT of one key writes its estimate; of two it does not.
            assert ask("PFCOUNT", key, "none") == hyperloglog.count(sketch)
            assert ask("PFMERGE", key) == b"OK"
            hyperloglog.invalidate(sketch)
            assert ask("GET", key) == bytes(sketch)
    finally:
        ask("CONFIG", "SET", "hll-sparse-max-bytes", before)


def test_both_ways_to_find_an_opcode_agree() -> None:
    dice = random.Random(5)
    sketch = hyperloglog.new_sketch()
    for _ in range(25):
        for _ in range(40):
            hyperloglog.add(sketch, dice.randbytes(8), 20000)
        for register in (0, 16383, *(dice.randrange(16384) for _ in range(20))):
            padded = bytearray(hyperloglog.SHORT_SKETCH)
            padded[: len(sketch)] = sketch
            assert hyperloglog.find_by_walking(sketch, register) == hyperloglog.find_opcode(padded, register)


def test_the_self_test_passes_and_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(6)
    assert hyperloglog.self_test(lambda: dice.randrange(64), cycles=1) is None
    monkeypatch.setattr(hyperloglog, "get_register", lambda sketch, register: 0)
    assert "should be" in str(hyperloglog.self_test(lambda: dice.randrange(64), cycles=1))
