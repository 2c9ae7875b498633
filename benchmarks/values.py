"""How the data types scale from a thousand elements to a million, and what they weigh beside a plain dictionary.

    python benchmarks/values.py [elements]

Prints the time of a call in µs at both sizes (the best of several rounds), and by which factor it grows: of the call
alone, and with 0.6 µs added to both for the command around it. Then bytes an element, as tracemalloc counts them.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from redislab.values.base import Limits
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet

SMALL = 1_000
LARGE = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
CALLS, ROUNDS, COMMAND = 400, 9, 0.6
LIMITS = Limits()

Build = Callable[[int], object]
Calls = dict[str, tuple[Callable[..., Any], Iterable[tuple[Any, ...]]]]


def best(call: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> float:
    """µs a call, of the fastest round. Every round has its own arguments, so that nothing is warm that would not be."""
    size = len(arguments) // ROUNDS
    times = []
    for start in range(0, size * ROUNDS, size):
        begin = perf_counter()
        for items in arguments[start : start + size]:
            call(*items)
        times.append((perf_counter() - begin) / size * 1e6)
    return min(times)


def names(count: int) -> list[bytes]:
    return [b"member:%d" % number for number in range(count)]


def build_sorted_set(count: int) -> SortedSet:
    dice = Random(1)
    return SortedSet.from_pairs(((name, dice.random() * count) for name in names(count)), LIMITS)


def build_hash(count: int) -> Hash:
    value = Hash()
    for name in names(count):
        value.set(name, b"value of " + name, LIMITS)
    return value


def sorted_set_calls(count: int) -> Calls:
    value, dice, total = build_sorted_set(count), Random(2), CALLS * ROUNDS
    member = [(b"member:%d" % dice.randrange(count),) for _ in range(total)]
    middle = [(place := dice.randrange(count - 10), place + 9) for _ in range(total)]

    def change(name: bytes, score: float) -> None:
        value.set(name, score, LIMITS)

    def add_and_remove(name: bytes, score: float) -> None:
        value.set(name, score, LIMITS)
        value.remove(name)

    return {
        "zset add + remove": (add_and_remove, [(b"new%d" % turn, dice.random() * count) for turn in range(total)]),
        "zset new score": (change, [(name, dice.random() * count) for (name,) in member]),
        "zset score": (value.score, member),
        "zset rank": (value.rank, member),
        "zset 10 by rank": (value.by_rank, middle),
        "zset 10 by score": (
            lambda low: value.by_score(low, False, count, False, False, 0, 10),
            [(dice.random() * count,) for _ in range(total)],
        ),
        "zset scan 10": (value.scan, [(dice.randrange(10, count), 10) for _ in range(total)]),
    }


def list_calls(count: int) -> Calls:
    value, dice, total = List.from_elements(names(count)), Random(3), CALLS * ROUNDS
    middle = [(place := dice.randrange(count - 10), place + 9) for _ in range(total)]
    # As many pops as pushes, so that the list has its size again; a thousand pushes at a time would change the small.
    turns = [(b"element %d" % turn,) for turn in range(total)]

    def push_and_pop_left(element: bytes) -> None:
        value.push_left(element)
        value.pop_left()

    def rotate(element: bytes) -> None:
        value.push_left(element)
        value.pop_right()

    def push_and_look(element: bytes) -> None:
        value.push_left(element)
        value.get(count // 2)
        value.pop_right()

    return {
        "list push + pop left": (push_and_pop_left, turns),
        "list push left, pop right": (rotate, turns),
        "list push, index, pop": (push_and_look, turns),
        "list index": (value.get, [(place,) for place, _ in middle]),
        "list 10 in the middle": (value.range, middle),
    }


def table_calls(count: int) -> Calls:
    fields, dice, total = build_hash(count), Random(4), CALLS * ROUNDS
    numbers = Set.from_members((b"%d" % number for number in range(count)), LIMITS)
    member = [(b"member:%d" % dice.randrange(count),) for _ in range(total)]
    number = [(b"%d" % dice.randrange(count),) for _ in range(total)]
    cursors = [(dice.randrange(10, count), 10) for _ in range(total)]
    fields.pick(dice)

    def replace(field: bytes) -> None:
        fields.delete(field)
        fields.set(field, b"value", LIMITS)

    return {
        "hash get": (fields.get, member),
        "hash set": (lambda field: fields.set(field, b"value", LIMITS), member),
        "hash delete + set": (replace, member),
        "hash pick": (fields.pick, [(dice,)] * total),
        "hash scan 10": (fields.scan, cursors),
        "set contains": (numbers.contains, number),
        "set add (present)": (lambda name: numbers.add(name, LIMITS), number),
        "set pick": (numbers.pick, [(dice,)] * total),
    }


def timings() -> None:
    print(f"{'µs a call':28}{SMALL:>12,}{LARGE:>12,}{'factor':>9}{'+ 0.6 µs':>10}")
    for make in (sorted_set_calls, list_calls, table_calls):
        small = {name: best(call, list(arguments)) for name, (call, arguments) in make(SMALL).items()}
        large = {name: best(call, list(arguments)) for name, (call, arguments) in make(LARGE).items()}
        for name, before in small.items():
            after = large[name]
            grown = (after + COMMAND) / (before + COMMAND)
            print(f"{name:28}{before:12.2f}{after:12.2f}{after / before:9.1f}{grown:10.1f}")


def plain_scores(count: int) -> dict[bytes, float]:
    dice = Random(1)
    return {b"member:%d" % number: dice.random() * count for number in range(count)}


def added_one_by_one(count: int) -> SortedSet:
    dice, value = Random(1), SortedSet()
    for number in range(count):
        value.set(b"member:%d" % number, dice.random() * count, LIMITS)
    return value


def bytes_each(build: Build, count: int) -> float:
    tracemalloc.start()
    held = build(count)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del held
    return size / count


def weights(count: int) -> None:
    print(f"\n{'bytes an element':28}{count:>12,}{'of the dictionary':>20}")
    plain = bytes_each(plain_scores, count)
    print(f"{'dict member -> score':28}{plain:12.1f}")
    ranked: list[tuple[str, Build]] = [("zset at once", build_sorted_set), ("zset one by one", added_one_by_one)]
    for name, build in ranked:
        each = bytes_each(build, count)
        print(f"{name:28}{each:12.1f}{each / plain:20.2f}")
    others: list[tuple[str, Build]] = [
        ("hash", build_hash),
        ("set", lambda size: Set.from_members(names(size), LIMITS)),
        ("list", lambda size: List.from_elements(names(size))),
    ]
    for name, build in others:
        print(f"{name:28}{bytes_each(build, count):12.1f}")


if __name__ == "__main__":
    timings()
    weights(min(LARGE, 200_000))
