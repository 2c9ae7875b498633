"""Commands that make data of every type and encoding, from a seed: large and small, at and around every threshold."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

__all__ = ["SETTINGS", "generated"]

Command = list[bytes]
SIZES = [1, 2, 3, 11, 12, 20, 21, 63, 64, 65, 127, 128, 250, 4095, 4096, 20_000]
EDGES = [
    0, 1, -1, 12, 13, 127, 128, -128, -129, 4095, 4096, -4096, -4097, 32767, 32768, -32768, -32769, 8388607, 8388608,
    -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649, (1 << 63) - 1, -(1 << 63), 1 << 63,
]  # fmt: skip
SCORES = [
    b"0", b"1", b"-1", b"1.5", b"-2.25", b"inf", b"-inf", b"0.1", b"3.14159265358979", b"1e300", b"-0",
    b"4611686018427387904", b"9223372036854775807", b"12345678901234567890", b"5e-324", b"1e17", b"123456789012",
]  # fmt: skip
GREEN = b"\0\5green\n\0)\x84\xce\x1dz\xc5\x96/"
"""A string as DUMP gives it."""
SETTINGS = [
    [], ["list-max-listpack-size", "3"], ["list-max-listpack-size", "-1"], ["list-compress-depth", "1"],
    ["rdbcompression", "no"], ["rdbchecksum", "no"], ["hash-max-listpack-entries", "2"],
    ["set-max-intset-entries", "2"], ["zset-max-listpack-value", "2"], ["stream-node-max-entries", "3"],
    ["stream-node-max-bytes", "100"], ["maxmemory-policy", "allkeys-lru"], ["maxmemory-policy", "allkeys-lfu"],
]  # fmt: skip
"""Parameters under which data is made and saved."""


class Generator:
    """One dataset."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def text(self, largest: int = 20_000) -> bytes:
        """A text: a number, something that compresses well, or noise."""
        random = self.random
        kind = random.random()
        if kind < 0.35:
            return b"%d" % random.choice(EDGES)
        size = random.choice([size for size in SIZES if size <= largest])
        if kind < 0.6:
            return bytes(random.choices(b"ab", k=size))
        if kind < 0.65:
            return b""
        return random.randbytes(size) if kind < 0.85 else (b"redis %d " % size * size)[:size]

    def count(self) -> int:
        return self.random.choice([1, 2, 3, 5, 30, 128, 129, 512, 513])

    def strings(self, key: bytes) -> Iterator[Command]:
        yield [b"SET", key, self.text()]
        if self.random.random() < 0.2:
            yield [b"APPEND", key, b"7"]
        yield [b"RESTORE", b"used " + key, b"0", GREEN, b"FREQ", b"%d" % self.random.randrange(256)]
        yield [b"RESTORE", b"idle " + key, b"0", GREEN, b"IDLETIME", b"%d" % (self.random.randrange(90_000) * 60 + 20)]

    def lists(self, key: bytes) -> Iterator[Command]:
        for _ in range(min(self.count(), 200)):
            name = self.random.choice([b"RPUSH", b"RPUSH", b"LPUSH"])
            yield [name, key, self.text(self.random.choice([70, 4096]))]
        if self.random.random() < 0.3:
            yield [b"RPUSH", key, self.text()]

    def hashes(self, key: bytes) -> Iterator[Command]:
        largest = self.random.choice([20, 64, 65, 300])
        yield [b"HSET", key, *(word for i in range(self.count()) for word in (b"%d" % i, self.text(largest)))]
        yield [b"HSET", key, self.text(largest), self.text(largest)]

    def sets(self, key: bytes) -> Iterator[Command]:
        if self.random.random() < 0.5:
            widest = self.random.choice([100, 40_000, 1 << 33])
            numbers = [self.random.randrange(-widest, widest) for _ in range(self.count())]
            yield [b"SADD", key, *(b"%d" % number for number in numbers)]
        else:
            yield [b"SADD", key, *(self.text(65) for _ in range(self.count()))]

    def sorted_sets(self, key: bytes) -> Iterator[Command]:
        largest = self.random.choice([20, 64, 65])
        pairs = [(self.score(), self.text(largest)) for _ in range(self.random.choice([1, 3, 20, 127, 128, 129, 300]))]
        yield [b"ZADD", key, *(word for pair in pairs for word in pair)]

    def score(self) -> bytes:
        number, fraction = b"%d" % self.random.choice(EDGES), repr(self.random.random()).encode()
        return self.random.choice([self.random.choice(SCORES), number, fraction])

    def streams(self, key: bytes) -> Iterator[Command]:
        random = self.random
        entry_id = random.randrange(1, 1 << 40)
        ids = []
        for _ in range(random.choice([1, 3, 99, 100, 101, 250])):
            entry_id += random.choice([0, 1, 1, 1000])
            ids.append(b"%d-%d" % (entry_id, len(ids)))
            fields = random.choice([[b"f", b"g"], [b"f", b"g"], [self.text(20)]])
            yield [b"XADD", key, ids[-1], *(word for field in fields for word in (field, self.text(65)))]
        if random.random() < 0.5:
            yield [b"XDEL", key, *random.sample(ids, random.randrange(1, len(ids) + 1))]
        for group in random.sample([b"g", b"h", b"7", b""], random.randrange(4)):
            yield from self.groups(key, group, ids)
        if random.random() < 0.3:
            yield [b"XTRIM", key, b"MAXLEN", random.choice([b"=", b"~"]), b"%d" % random.randrange(len(ids))]
        if random.random() < 0.2:
            yield [b"XSETID", key, b"%d-999" % (entry_id + 1)]

    def groups(self, key: bytes, group: bytes, ids: list[bytes]) -> Iterator[Command]:
        random = self.random
        yield [b"XGROUP", b"CREATE", key, group, random.choice([b"0", b"$", random.choice(ids)])]
        yield [b"XGROUP", b"CREATECONSUMER", key, group, b"idle"]
        for _ in range(random.randrange(4)):
            consumer = random.choice([b"ann", b"bob", self.text(20) or b"x"])
            count = b"%d" % random.choice([1, 2, 50])
            yield [b"XREADGROUP", b"GROUP", group, consumer, b"COUNT", count, b"STREAMS", key, b">"]
        yield [b"XACK", key, group, *random.sample(ids, random.randrange(1, len(ids) + 1))[:3]]
        yield [b"XCLAIM", key, group, b"ann", b"0", random.choice(ids), b"RETRYCOUNT", b"70000", b"FORCE"]

    def commands(self, keys: int) -> Iterator[Command]:
        random = self.random
        for name in (b"one", b"two"):
            code = b"#!lua name=%b\nredis.register_function('%b', function() return 1 end)" % (name, name)
            yield [b"FUNCTION", b"LOAD", b"REPLACE", code]
        kinds = [self.strings, self.lists, self.hashes, self.sets, self.sorted_sets, self.streams]
        for number in range(keys):
            if number % 8 == 0:
                yield [b"SELECT", b"%d" % random.choice([0, 0, 3, 15])]
            key = random.choice([b"key:%d" % number, b"%d" % number, random.randbytes(30) + b"%d" % number])
            yield from random.choice(kinds)(key)
            if random.random() < 0.2:
                yield [b"PEXPIREAT", key, b"%d" % random.choice([4102444800000, 9007199254740993])]
        yield [b"SELECT", b"0"]


def generated(seed: int, keys: int = 40) -> list[Command]:
    """The commands of a seed."""
    return list(Generator(seed).commands(keys))
