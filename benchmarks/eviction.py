"""A million keys under a policy: what a SET costs that has to evict, and the longest pauses from the first key on.

    python benchmarks/eviction.py [keys] [calls] [policy]

Fills an engine, asks how much memory is used, and makes that its maxmemory. Then it goes on writing new keys, reads and
deletes some old ones in between, walks through the keys with SCAN and asks for random ones, and ticks as an edge does.
Under a volatile- policy all keys have a time to live, which is set again now and then. Python's own full garbage
collections stop everything for longer than eviction ever does, and find nothing in values: they are put off, as a
server does, and what remains is measured.
"""

from __future__ import annotations

import gc
import random
import sys
import time

from redislab import Lab

VALUE = b"x" * 20
TICK_EVERY = 5_000
SHOWN = 5


class Pauses:
    """How long each call took, by the clock on the wall, which others' work moves too, and by the processor's."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.session = lab.session()
        self.calls = 0
        self.took: list[tuple[int, int, str]] = []

    def call(self, *words: bytes | int) -> object:
        """A command; after some of them comes a tick."""
        wall, processor = time.perf_counter_ns(), time.thread_time_ns()
        reply = self.session.call(*words)
        self._note(wall, processor, str(words[0], "ascii"))
        self.calls += 1
        if self.calls % TICK_EVERY == 0:
            wall, processor = time.perf_counter_ns(), time.thread_time_ns()
            self.lab.tick()
            self._note(wall, processor, "tick")
        return reply

    def _note(self, wall: int, processor: int, what: str) -> None:
        self.took.append((time.perf_counter_ns() - wall, time.thread_time_ns() - processor, what))

    def show(self, phase: str) -> None:
        """Print the longest, and what a SET took, and begin anew."""
        sets = [processor for _, processor, what in self.took if what == "SET"]
        share = f", {sum(sets) / len(sets) / 1000:.1f} µs of processor time a SET" if sets else ""
        print(f"{phase}{share}")
        for place, clock in enumerate(("wall clock", "processor")):
            longest = sorted(self.took, key=lambda pause: -pause[place])[:SHOWN]
            print(f"  longest by {clock}: " + ", ".join(f"{one[place] / 1e6:.1f} ms ({one[2]})" for one in longest))
        self.took.clear()


def main(keys: int = 1_000_000, calls: int = 1_000_000, policy: str = "allkeys-lru") -> None:
    """Fill, write on, and print."""
    gc.freeze()
    gc.disable()
    lab = Lab(seed=1, record=False, observe=False)
    pauses, memory = Pauses(lab), lab.engine.memory
    lasts = (b"EX", 100_000) if policy.startswith("volatile") else ()
    for number in range(keys):
        pauses.call(b"SET", b"key:%d" % number, VALUE, *lasts)
    pauses.show(f"{keys:,} keys written")
    pauses.call(b"INFO", b"memory")
    pauses.show("the first figure of used_memory")
    limit = memory.used()
    pauses.call(b"CONFIG", b"SET", b"maxmemory", limit, b"maxmemory-policy", policy.encode())
    write_on(pauses, keys, calls, lasts)
    pauses.show(f"{memory.evicted_keys:,} evicted in {calls:,} SETs under {policy}")
    print(f"used_memory {memory.used():,} of {limit:,}; {lab.session().run('DBSIZE'):,} keys")


def write_on(pauses: Pauses, keys: int, calls: int, lasts: tuple[bytes | int, ...]) -> None:
    """New keys, and other commands between them."""
    dice, cursor = random.Random(2), b"0"
    for number in range(keys, keys + calls):
        pauses.call(b"SET", b"key:%d" % number, VALUE, *lasts)
        if number % 10 == 0:
            key = b"key:%d" % dice.randrange(number)
            pauses.call(b"GET", key)
            if lasts:
                pauses.call(b"EXPIRE", key, 200_000)
        if number % 100 == 0:
            pauses.call(b"DEL", b"key:%d" % dice.randrange(number))
            cursor, _ = pauses.call(b"SCAN", cursor, b"COUNT", 100)
            pauses.call(b"RANDOMKEY")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:4])
