"""What goes, and what is refused, when memory is full: the engine beside redis-server 7.0.15 where outcomes compare.

Both are luck in general, and no two processes use the same memory. But three things are the same on both sides:
- with a maxmemory of one byte all keys that a policy lets go are gone before the next command, and what needs memory is
  refused for as long as it stays so;
- of a few large keys of one size with idle times, counters or times to live far apart, all of which are looked at
  (maxmemory-samples), so many go as are too many, the fittest first; each side's limit is set from its own use;
- a random policy lets go as many.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from commands_strategy import BY_LUCK, random_command
from differential.sides import TwoSides, play

POLICIES = [
    "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
    "volatile-ttl",
]  # fmt: skip
SIZE = 200_000
TAKEN = 229_376
"""What the allocator gives a value of that size."""
STEPS = [3, 5, 8, 13, 21, 34]
LUCK = BY_LUCK | {"sort", "sort_ro"}
serial = count()
clients = st.sampled_from([2, 2, 3, "limited"])
commands = random_command(LUCK)


class EvictionBesideRedis(TwoSides):
    """Data without a limit, then moments under one."""

    def __init__(self) -> None:
        super().__init__()
        self.real[2].call([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"])
        self.both([b"CONFIG", b"SET", b"maxmemory-samples", b"64", b"maxmemory-eviction-tenacity", b"100"])
        self.both([b"CONFIG", b"SET", b"notify-keyspace-events", b"Ee"])
        self.both([b"ACL", b"SETUSER", b"limited", b"on", b"nopass", b"+@all", b"~[ab]", b"-@dangerous"])
        self.connect("limited", 2)
        self.both([b"AUTH", b"limited", b"x"], "limited")
        self.connect("listener", 2)
        self.both([b"PSUBSCRIBE", b"__key*"], "listener")
        self.policy = "noeviction"

    def evicted(self) -> tuple[list[bytes], list[bytes]]:
        """The keys that server and engine have said to be evicted, in order."""
        expected, listener = [], self.real["listener"]
        message = listener.call([b"PING"])
        while message[0] != b"pong":
            expected.append(message[3])
            message = listener.later()
        got = [message[3] for message in self.ours["listener"].outbox]
        self.ours["listener"].outbox.clear()
        return expected, got

    @initialize(policy=st.sampled_from(POLICIES))
    def begin(self, policy: str) -> None:
        self.choose(policy)

    @rule(policy=st.sampled_from(POLICIES))
    def choose(self, policy: str) -> None:
        self.both([b"CONFIG", b"SET", b"maxmemory-policy", policy.encode()])
        self.policy = policy

    @rule(argv=commands, who=st.sampled_from([2, 3]))
    def command(self, argv: list[bytes], who: Any) -> None:
        self.both(argv, who)

    @rule(key=st.sampled_from([b"a", b"b", b"c", b"d"]), seconds=st.sampled_from([b"1000", b"20000"]))
    def will_expire(self, key: bytes, seconds: bytes) -> None:
        self.both([b"EXPIRE", key, seconds])

    @rule(calls=st.lists(st.tuples(clients, commands, st.sampled_from(["", "", "", "MULTI", "EVAL", "SHEBANG"])),
                         min_size=1, max_size=6))  # fmt: skip
    def nothing_left(self, calls: list[tuple[Any, list[bytes], str]]) -> None:
        self.evicted()
        self.both([b"CONFIG", b"SET", b"maxmemory", b"1"])
        for who, argv, way in calls:
            if way == "MULTI":
                self.both([b"MULTI"], who)
                self.both(argv, who)
                self.both([b"GET", b"a"], who)
                self.both([b"EXEC"], who)
            elif way:
                opening = b"#!lua flags=allow-oom\n" if way == "SHEBANG" else b""
                self.both([b"EVAL", opening + b"return redis.call(unpack(ARGV))", b"0", *argv], who)
            else:
                self.both(argv, who)
        for key in (b"a", b"b", b"c", b"d"):
            self.both([b"TYPE", key])
        expected, got = self.evicted()
        if sorted(expected) != sorted(got):
            self.differ(f"evicted: redis {expected}, redislab {got}")
        self.both([b"CONFIG", b"SET", b"maxmemory", b"0"])

    @rule(order=st.permutations(STEPS), volatile=st.lists(st.booleans(), min_size=6, max_size=6),
          databases=st.lists(st.sampled_from([b"0", b"0", b"1"]), min_size=6, max_size=6), excess=st.integers(1, 6),
          reread=st.booleans(), policy=st.sampled_from(POLICIES))  # fmt: skip
    def too_many(
        self, order: list[int], volatile: list[bool], databases: list[bytes], excess: int, reread: bool, policy: str
    ) -> None:
        """Six large keys, each with its own fitness to go; then less room than they need."""
        self.choose(policy)
        self.both([b"FLUSHALL"])
        self.both([b"SETRANGE", b"model", b"%d" % (SIZE - 1), b"x"])
        payload, number = self.real[2].call([b"DUMP", b"model"]), next(serial)
        self.both([b"DEL", b"model"])
        use = b"FREQ" if self.policy.endswith("lfu") else b"IDLETIME"
        for place, step in enumerate(order):
            key, ttl = b"large:%d:%d" % (number, place), 10_000_000 * step if volatile[place] else 0
            degree = 5 * step if use == b"FREQ" else 1000 * step
            self.both([b"SELECT", databases[place]])
            self.both([b"RESTORE", key, b"%d" % ttl, payload, use, b"%d" % degree])
        self.both([b"SELECT", b"0"])
        if reread:
            self.both([b"EXISTS", b"large:%d:0" % number])
            self.both([b"STRLEN", b"large:%d:1" % number])
        self.evicted()
        # Between two multiples of a key's size, and as far from both as possible.
        info = self.real[2].call([b"INFO", b"memory"]).decode()
        used = int(info.partition("used_memory:")[2].split()[0]), self.lab.engine.memory.used()
        for ask, in_use in zip((self.real[2].call, lambda argv: self.ask_ours(argv, 2)), used, strict=True):
            ask([b"CONFIG", b"SET", b"maxmemory", b"%d" % (in_use - excess * TAKEN + TAKEN // 2)])
        self.both([b"PING"])
        self.both([b"SET", b"small", b"x"])
        expected, got = self.evicted()
        self.both([b"CONFIG", b"SET", b"maxmemory", b"0"])
        random = self.policy.endswith("random")
        if len(expected) != len(got) if random else expected != got:
            self.differ(f"evicted under {self.policy}: redis {expected}, redislab {got}")
        if random:
            self.both([b"FLUSHALL"])

    @rule(name=st.sampled_from([b"a", b"b"]), way=st.sampled_from([b"FREQ", b"IDLETIME", b"REFCOUNT"]))
    def how_used(self, name: bytes, way: bytes) -> None:
        """Which of them is told depends on the policy; the count itself is luck."""
        expected, got = self.ask([b"OBJECT", way, name])
        if expected != got and not (isinstance(expected, int) and isinstance(got, int)):
            self.differ(f"OBJECT {way!r}: redis {expected}, redislab {got}")

    def teardown(self) -> None:
        try:
            self.both([b"CONFIG", b"SET", b"maxmemory", b"0"])
            self.both([b"DEBUG", b"DIGEST"])
        finally:
            super().teardown()


def test_random_eviction_beside_redis(oracle: tuple[str, int]) -> None:
    play(EvictionBesideRedis, oracle, examples=20, steps=30)
