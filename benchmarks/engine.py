"""The engine beside fakeredis, beside a bare dictionary, and beside itself at other sizes. Prints ratios.

    pip install '.[bench]' && python benchmarks/engine.py            everything
    python benchmarks/engine.py peer | dict | growth | memory        a part

Each pair does the same work in turns, so that a busy machine slows both; the ratio is that of the medians.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from redislab import Lab

Work = Callable[[], Any]
ROUNDS = 15


def timed(work: Work, times: int) -> float:
    """Seconds a call."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def in_turns(one: Work, other: Work, times: int, other_times: int = 0) -> tuple[float, float]:
    """Median seconds a call of two works, measured in turns."""
    pairs = [(timed(one, times), timed(other, other_times or times)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


# -- beside fakeredis ----------------------------------------------------------------------------------------------


Call = Callable[..., Any]


def peer_works(call: Call, redis: Any) -> Iterator[tuple[str, Work, Work]]:
    """The same work for both: name, ours, theirs. Collections hold 100 elements.

    What stands around a call is as little as possible, for it is a good part of the quickest ones.
    """
    for each in (call, redis.execute_command):
        each("SET", "string", "value")
        each("SET", "counter", 0)
        each("HSET", "hash", *(part for i in range(100) for part in (f"field{i}", f"value{i}")))
        each("SADD", "set", *(f"member{i}" for i in range(100)))
        each("ZADD", "zset", *(part for i in range(100) for part in (i, f"member{i}")))
        each("RPUSH", "list", *(f"item{i}" for i in range(100)))
        each("PFADD", "hll", *(f"item{i}" for i in range(100)))
        each("GEOADD", "geo", *(part for i in range(100) for part in (13 + i / 100, 37 + i / 100, f"place{i}")))
        for i in range(100):
            each("XADD", "stream", f"{i + 1}-0", "field", "value")
    members = cycle([b"new%d" % number for number in range(500)]).__next__
    items = cycle([b"item%d" % number for number in range(5000)]).__next__
    numbers = cycle(range(1000)).__next__
    scores = cycle([b"%d" % number for number in range(1000)]).__next__
    yield "SET", lambda: call(b"SET", b"string", b"value"), lambda: redis.set(b"string", b"value")
    yield "GET", lambda: call(b"GET", b"string"), lambda: redis.get(b"string")
    yield "INCR", lambda: call(b"INCR", b"counter"), lambda: redis.incr(b"counter")
    yield "LPUSH", lambda: call(b"LPUSH", b"pushed", b"item"), lambda: redis.lpush(b"pushed", b"item")
    yield "LPOP", lambda: call(b"LPOP", b"pushed"), lambda: redis.lpop(b"pushed")
    yield "HSET", lambda: call(b"HSET", b"hash", b"field5", b"new"), lambda: redis.hset(b"hash", b"field5", b"new")
    yield "HGETALL", lambda: call(b"HGETALL", b"hash"), lambda: redis.hgetall(b"hash")
    yield (
        "SADD",
        lambda: call(b"SADD", b"set", members()),
        lambda: redis.sadd(b"set", members()),
    )
    yield "SISMEMBER", lambda: call(b"SISMEMBER", b"set", b"member5"), lambda: redis.sismember(b"set", b"member5")
    yield (
        "ZADD",
        lambda: call(b"ZADD", b"zset", scores(), b"member7"),
        lambda: redis.zadd(b"zset", {b"member7": numbers()}),
    )
    yield "ZRANGE", lambda: call(b"ZRANGE", b"zset", b"40", b"49"), lambda: redis.zrange(b"zset", 40, 49)
    yield "ZRANK", lambda: call(b"ZRANK", b"zset", b"member50"), lambda: redis.zrank(b"zset", b"member50")

    def our_transaction() -> None:
        call(b"MULTI")
        call(b"SET", b"string", b"value")
        call(b"INCR", b"counter")
        call(b"EXEC")

    def their_transaction() -> None:
        pipe = redis.pipeline(transaction=True)
        pipe.set(b"string", b"value")
        pipe.incr(b"counter")
        pipe.execute()

    yield "MULTI/EXEC", our_transaction, their_transaction
    script = b"redis.call('INCR', KEYS[1]) return redis.call('GET', KEYS[1])"
    yield "EVAL", lambda: call(b"EVAL", script, b"1", b"counter"), lambda: redis.eval(script, 1, b"counter")
    yield "SETBIT", lambda: call(b"SETBIT", b"bits", b"1000", b"1"), lambda: redis.setbit(b"bits", 1000, 1)
    yield (
        "PFADD",
        lambda: call(b"PFADD", b"hll", items()),
        lambda: redis.pfadd(b"hll", items()),
    )
    yield (
        "GEOSEARCH",
        lambda: call(b"GEOSEARCH", b"geo", b"FROMLONLAT", b"13.5", b"37.5", b"BYRADIUS", b"10", b"km"),
        lambda: redis.geosearch(b"geo", longitude=13.5, latitude=37.5, radius=10, unit="km"),
    )
    yield (
        "XADD",
        lambda: call(b"XADD", b"added", b"*", b"field", b"value"),
        lambda: redis.xadd(b"added", {b"field": b"value"}),
    )
    yield (
        "XRANGE",
        lambda: call(b"XRANGE", b"stream", b"40-0", b"49-0"),
        lambda: redis.xrange(b"stream", b"40-0", b"49-0"),
    )
    yield "PUBLISH", lambda: call(b"PUBLISH", b"news", b"message"), lambda: redis.publish(b"news", b"message")


def beside_fakeredis() -> None:
    import fakeredis

    print("""
beside fakeredis through redis-py. That keeps neither history nor statistics, so the ratio is that of a lab without
them, Lab(record=False, observe=False); the last column is what Lab() takes, which counts and times every call and
records it for undo. Collections of 100 elements; SADD goes up to 600, LPUSH and XADD to 30,000, PFADD takes 5,000
different ones, and nobody has subscribed to what PUBLISH sends.""")
    print(f"{'':12}{'redislab µs':>12}{'fakeredis µs':>14}{'ratio':>8}{'Lab() µs':>12}")
    bare, full = Lab(record=False, observe=False).session().call, Lab().session().call
    works = peer_works(bare, fakeredis.FakeRedis())
    usually = peer_works(full, fakeredis.FakeRedis())
    ratios = {}
    for (name, ours, theirs), (_, recorded, others) in zip(works, usually, strict=True):
        mine, other = in_turns(ours, theirs, 2000, 100)
        usual, _ = in_turns(recorded, others, 2000, 1)
        ratios[name] = other / mine
        print(f"{name:12}{mine * 1e6:12.2f}{other * 1e6:14.1f}{other / mine:8.0f}{usual * 1e6:12.2f}", flush=True)
    lowest = min(ratios, key=ratios.__getitem__)
    mean = statistics.geometric_mean(ratios.values())
    print(f"geometric mean {mean:.0f} (wanted: 40), EVAL {ratios['EVAL']:.0f} (wanted: 8)")
    print(f"lowest: {lowest} {ratios[lowest]:.0f}")


# -- beside a dictionary -------------------------------------------------------------------------------------------


def beside_a_dictionary() -> None:
    print("\nGET beside dict.get, keys in random order")
    for count in (1_000, 10_000, 100_000):
        session = Lab(record=False).session()
        plain: dict[bytes, bytes] = {}
        keys = [b"key:%d" % number for number in range(count)]
        for key in keys:
            session.call(b"SET", key, b"value")
            plain[key] = b"value"
        order = [random.choice(keys) for _ in range(5_000)]

        def ours(call: Callable[..., Any] = session.call, order: list[bytes] = order) -> None:
            for key in order:
                call(b"GET", key)

        def theirs(get: Callable[..., Any] = plain.get, order: list[bytes] = order) -> None:
            for key in order:
                get(key)

        mine, other = in_turns(ours, theirs, 4)
        print(f"{count:>9,} keys  {mine / 5e-6:8.0f} ns  dict {other / 5e-6:6.0f} ns  ratio {mine / other:5.1f}")


# -- growth --------------------------------------------------------------------------------------------------------


def filled(kind: str, size: int) -> Callable[..., Any]:
    """The `call` of a session whose key `k` (or whose keyspace) has this many elements."""
    call = Lab(record=False).session().call
    step = 1000
    for start in range(0, size, step):
        numbers = range(start, min(start + step, size))
        if kind == "zset":
            call(b"ZADD", b"k", *(part for n in numbers for part in (b"%d" % (n * 7919 % size), b"m%d" % n)))
        elif kind == "list":
            call(b"RPUSH", b"k", *(b"item%d" % n for n in numbers))
        elif kind == "set":
            call(b"SADD", b"k", *(b"member%d" % n for n in numbers))
        elif kind == "hash":
            call(b"HSET", b"k", *(part for n in numbers for part in (b"field%d" % n, b"v")))
        else:
            call(b"MSET", *(part for n in numbers for part in (b"key%d" % n, b"v")))
    return call


def scanning(call: Callable[..., Any], words: tuple[bytes, ...]) -> Work:
    """Go on with a scan, call by call, beginning anew at its end."""
    cursor = [b"0"]

    def step() -> None:
        cursor[0] = call(words[0], *words[1:], cursor[0])[0]

    return step


def adding(call: Callable[..., Any], size: int) -> Work:
    """Move a random member to a random score."""
    return lambda: call(b"ZADD", b"k", b"%d" % random.randrange(size), b"m%d" % random.randrange(size))


def at_middle(*words: bytes, last: int | None = None) -> Callable[[Callable[..., Any], int], Work]:
    """A command that takes the middle index, and the one `last` places further where it takes two."""

    def make(call: Callable[..., Any], size: int) -> Work:
        ends = [b"%d" % (size // 2)] + ([] if last is None else [b"%d" % (size // 2 + last)])
        return lambda: call(*words, *ends)

    return make


GROWING: list[tuple[str, str, int, float, Callable[[Callable[..., Any], int], Work]]] = [
    ("ZADD", "zset", 1_000_000, 3, adding),
    ("ZRANK", "zset", 1_000_000, 3, lambda call, size: lambda: call(b"ZRANK", b"k", b"m%d" % (size // 2))),
    ("ZRANGE middle", "zset", 1_000_000, 3, at_middle(b"ZRANGE", b"k", last=9)),
    ("LINDEX middle", "list", 1_000_000, 2, at_middle(b"LINDEX", b"k")),
    ("LRANGE middle", "list", 1_000_000, 2, at_middle(b"LRANGE", b"k", last=9)),
    ("SCAN", "keys", 100_000, 2, lambda call, size: scanning(call, (b"SCAN",))),
    ("SSCAN", "set", 100_000, 2, lambda call, size: scanning(call, (b"SSCAN", b"k"))),
    ("HSCAN", "hash", 100_000, 2, lambda call, size: scanning(call, (b"HSCAN", b"k"))),
    ("RANDOMKEY", "keys", 100_000, 2, lambda call, size: lambda: call(b"RANDOMKEY")),
    ("SRANDMEMBER", "set", 100_000, 2, lambda call, size: lambda: call(b"SRANDMEMBER", b"k")),
    ("SPOP + SADD", "set", 100_000, 2, lambda call, size: lambda: call(b"SADD", b"k", call(b"SPOP", b"k"))),
]  # fmt: skip
IN_PLACE: list[tuple[str, Callable[[Callable[..., Any], int], Work]]] = [
    ("APPEND", lambda call, size: lambda: call(b"APPEND", b"k", b"x")),
    ("SETBIT", lambda call, size: lambda: call(b"SETBIT", b"k", b"%d" % (size * 4), b"1")),
    ("SETRANGE", lambda call, size: lambda: call(b"SETRANGE", b"k", b"%d" % (size // 2), b"abc")),
]


def growth() -> None:
    print("\ngrowth of a call's cost, small to large, each in turns")
    print(f"{'':16}{'small µs':>10}{'large µs':>10}{'ratio':>8}{'reach':>8}")
    for name, kind, size, reach, make in GROWING:
        small, large = make(filled(kind, 1_000), 1_000), make(filled(kind, size), size)
        little, much = in_turns(small, large, 2_000)
        print(f"{name:16}{little * 1e6:10.2f}{much * 1e6:10.2f}{much / little:8.2f}{reach:8}   1,000 to {size:,}")
    for name, make_in_place in IN_PLACE:
        works = []
        for size in (1_000, 1 << 20):
            call = Lab(record=False).session().call
            call(b"SETRANGE", b"k", size - 1, b"x")
            works.append(make_in_place(call, size))
        little, much = in_turns(works[0], works[1], 2_000)
        print(f"{name:16}{little * 1e6:10.2f}{much * 1e6:10.2f}{much / little:8.2f}{1.5:8}   1 kB to 1 MB")


# -- memory --------------------------------------------------------------------------------------------------------


def bytes_of(build: Callable[[], Any]) -> int:
    """Bytes that a structure holds, its elements' own objects included."""
    gc.collect()
    tracemalloc.start()
    kept = build()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return held


def memory() -> None:
    count = 100_000
    print(f"\nbytes an element, {count:,} of them, beside a plain dict of the same content")
    plain = {
        "keys": lambda: {b"key%d" % n: b"v%d" % n for n in range(count)},
        "hash": lambda: {b"field%d" % n: b"v%d" % n for n in range(count)},
        "set": lambda: dict.fromkeys(b"member%d" % n for n in range(count)),
        "zset": lambda: {b"m%d" % n: float(n) for n in range(count)},
        "list": lambda: dict(enumerate(b"item%d" % n for n in range(count))),
    }
    for kind, build in plain.items():
        base = bytes_of(build) / count
        ours = bytes_of(lambda kind=kind: one_by_one(kind, count)) / count
        print(f"{kind:8}{ours:8.0f}{base:8.0f}{ours / base:8.2f}")


def one_by_one(kind: str, count: int) -> Any:
    """As `filled`, each element with bytes of its own."""
    call = Lab(record=False).session().call
    for n in range(count):
        if kind == "keys":
            call(b"SET", b"key%d" % n, b"v%d" % n)
        elif kind == "hash":
            call(b"HSET", b"k", b"field%d" % n, b"v%d" % n)
        elif kind == "set":
            call(b"SADD", b"k", b"member%d" % n)
        elif kind == "zset":
            call(b"ZADD", b"k", b"%d" % n, b"m%d" % n)
        else:
            call(b"RPUSH", b"k", b"item%d" % n)
    return call


PARTS = {"peer": beside_fakeredis, "dict": beside_a_dictionary, "growth": growth, "memory": memory}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
