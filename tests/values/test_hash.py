"""The hash against a dictionary; its encodings; picks and scans."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from redislab.values.base import Limits
from redislab.values.hash import Hash

FIELDS = st.sampled_from([b"f%d" % number for number in range(12)])


def small_limits() -> Limits:
    limits = Limits()
    limits.hash_max_listpack_entries = 4
    limits.hash_max_listpack_value = 8
    return limits


def numbered(count: int) -> Hash:
    result = Hash()
    for number in range(count):
        result.set(b"%d" % number, b"x", Limits())
    return result


@given(st.lists(st.tuples(FIELDS, st.none() | st.binary(max_size=9), st.booleans()), max_size=80), st.integers(0, 9))
def test_it_behaves_like_a_dictionary(steps: list[tuple[bytes, bytes | None, bool]], seed: int) -> None:
    value, model, limits, listpack = Hash(), dict[bytes, bytes](), small_limits(), True
    for field, text, look in steps:
        if text is None:
            assert value.delete(field) == (model.pop(field, None) is not None)
        else:
            assert value.set(field, text, limits) == (field not in model)
            model[field] = text
            listpack = listpack and len(model) <= 4 and len(text) <= 8
        if look and model:
            assert value.pick(Random(seed)) in model
        assert list(value.items()) == list(model.items())
        assert value.get(field) == model.get(field)
        assert (field in value) == (field in model)
        assert (len(value), value.is_empty()) == (len(model), not model)
        assert value.encoding() == ("listpack" if listpack else "hashtable")
    assert Counter(pairs(value, 3)) == Counter(model.items())


def pairs(value: Hash, count: int) -> list[tuple[bytes, bytes]]:
    cursor, found = value.scan(0, count)
    while cursor:
        cursor, more = value.scan(cursor, count)
        found += more
    return found


def test_the_513th_field_makes_a_hash_table_of_it_for_good() -> None:
    value = numbered(512)
    assert value.encoding() == "listpack"
    value.set(b"last", b"x", Limits())
    assert value.encoding() == "hashtable"
    for field in list(value):
        value.delete(field)
    assert value.encoding() == "hashtable"


def test_65_bytes_are_too_long_for_a_listpack() -> None:
    for field, text, encoding in [
        (b"f" * 64, b"v" * 64, "listpack"), (b"f" * 65, b"v", "hashtable"), (b"f", b"v" * 65, "hashtable"),
    ]:
        value = Hash()
        value.set(field, text, Limits())
        assert value.encoding() == encoding


def test_under_lowered_limits_an_update_converts_and_reading_does_not() -> None:
    value, limits = numbered(3), Limits()
    limits.hash_max_listpack_entries = 2
    value.get(b"1")
    assert value.encoding() == "listpack"
    assert value.set(b"1", b"y", limits) is False
    assert value.encoding() == "hashtable"


def test_a_listpack_is_scanned_at_once_and_sampled_in_order() -> None:
    value = numbered(100)
    assert value.scan(0, 1) == (0, [(b"%d" % number, b"x") for number in range(100)])
    sample = value.sample(Random(1), 33)
    assert sample == sorted(set(sample), key=int) and len(sample) == 33
    assert value.sample(Random(1), 100) == value.sample(Random(1), 1000) == list(value.fields())
    mixed = value.sample(Random(1), 50)
    assert len(set(mixed)) == 50 and mixed != sorted(mixed, key=int)


def test_a_copy_is_independent() -> None:
    value = numbered(3)
    value.used = 7
    value.pick(Random(1))
    twin = value.copy()
    twin.set(b"new", b"x" * 65, Limits())
    twin.delete(b"0")
    assert list(value) == [b"0", b"1", b"2"] and value.encoding() == "listpack" and twin.used == 7
    assert list(twin) == [b"1", b"2", b"new"] and twin.encoding() == "hashtable"
