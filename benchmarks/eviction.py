"""A million keys under allkeys-lru: what a SET costs that has to evict, and the longest pause.

    python benchmarks/eviction.py [keys] [calls]

Fills an engine to its maxmemory, then goes on writing new keys, reading some old ones in between, and ticks as an edge
does. Python's own full garbage collections stop everything for longer than eviction ever does, and find nothing in
values: they are put off, as a server does, and what remains is measured.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable

from redislab import Lab

VALUE = b"x" * 20
TICK_EVERY = 5_000
SHOWN = 5


def main(keys: int, calls: int) -> None:
    """Fill, write on, and print."""
    gc.freeze()
    gc.disable()
    lab = Lab(seed=1, record=False, observe=False)
    session = lab.session()
    memory = lab.engine.memory
    for number in range(keys):
        session.call(b"SET", b"key:%d" % number, VALUE)
    start = time.perf_counter()
    used = memory.used()
    print(f"{keys:,} keys, used_memory {used:,}; first figure after {(time.perf_counter() - start) * 1000:.1f} ms")
    session.run(f"CONFIG SET maxmemory {used} maxmemory-policy allkeys-lru")
    pauses: list[tuple[int, int, str]] = []
    dice = random.Random(2)
    took = 0
    for number in range(keys, keys + calls):
        key = b"key:%d" % number
        pause = timed(lambda key=key: session.call(b"SET", key, VALUE), "SET")
        took += pause[1]
        pauses.append(pause)
        if number % 10 == 0:
            key = b"key:%d" % dice.randrange(number)
            pauses.append(timed(lambda key=key: session.call(b"GET", key), "GET"))
        if number % TICK_EVERY == 0:
            pauses.append(timed(lab.tick, "tick"))
    print(f"{memory.evicted_keys:,} evicted in {calls:,} SETs, {took / calls / 1000:.1f} µs of processor time a SET")
    print(f"used_memory {memory.used():,}")
    for place, clock in enumerate(("wall clock", "processor")):
        longest = sorted(pauses, key=lambda pause: -pause[place])[:SHOWN]
        print(f"longest by {clock}: " + ", ".join(f"{pause[place] / 1e6:.1f} ms ({pause[2]})" for pause in longest))


def timed(work: Callable[[], object], what: str) -> tuple[int, int, str]:
    """How long something took, in ns by the clock on the wall, which others' work moves too, and by the processor's."""
    wall, processor = time.perf_counter_ns(), time.thread_time_ns()
    work()
    return time.perf_counter_ns() - wall, time.thread_time_ns() - processor, what


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], "1000000", "1000000")[:2]))
