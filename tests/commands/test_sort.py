"""SORT beside Python's own sorting, and what it does to what it reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from redislab import Lab

NUMBERS = st.lists(st.integers(-100, 100), min_size=1, max_size=30)


@given(NUMBERS, st.booleans(), st.integers(-3, 40), st.integers(-3, 40))
def test_numbers_in_order_and_cut(numbers: list[int], descending: bool, offset: int, count: int) -> None:
    alice = Lab(record=False).session()
    alice.call("RPUSH", "l", *numbers)
    got = alice.call("SORT", "l", "LIMIT", offset, count, "DESC" if descending else "ASC")
    # Equal numbers are equal texts here, so that there is one right order.
    wanted = sorted(numbers, reverse=descending)[max(offset, 0) :]
    assert [int(element) for element in got] == (wanted if count < 0 else wanted[:count])


@given(NUMBERS)
def test_weights_of_other_keys(numbers: list[int]) -> None:
    alice = Lab(record=False).session()
    for place, number in enumerate(numbers):
        alice.call("RPUSH", "l", place)
        alice.call("HSET", f"item:{place}", "weight", number)
    got = alice.run("SORT l BY item:*->weight GET item:*->weight")
    assert [int(weight) for weight in got] == sorted(numbers)


def test_a_sorted_set_stays_a_skiplist_and_undo_is_not_confused() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("ZADD z 2 a 1 b")
    assert alice.run("SORT z ALPHA") == [b"a", b"b"]
    assert alice.run("OBJECT ENCODING z") == b"skiplist"
    assert lab.last_change is None
    lab.undo()
    assert alice.run("EXISTS z") == 0


def test_store_replaces_the_key_it_reads_and_undo_gives_it_back() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    for line in ("RPUSH l 3 1 2", "EXPIRE l 100", "SORT l STORE l"):
        alice.run(line)
    assert alice.run("LRANGE l 0 -1") == [b"1", b"2", b"3"]
    assert alice.run("TTL l") == -1
    lab.undo()
    assert alice.run("LRANGE l 0 -1") == [b"3", b"1", b"2"]
    assert alice.run("TTL l") == 100
