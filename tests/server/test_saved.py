"""What values look like when they are saved: DUMP, SAVE and FUNCTION DUMP give the bytes of the real server.

The values are made by luck, the same each time; of what DUMP gives only digests are recorded. There is no value whose
elements stand in the order of a hash table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from random import Random
from typing import Any

import pytest

from real import RealClient
from servers import OURS, real, running
from tests.server.conftest import Served

RECORDINGS = Path(__file__).with_name("saved-7.0.15.json")
SEEDS = range(1500)
FILE_SEEDS = range(60)
SIZES = (0, 1, 5, 12, 20, 21, 22, 30, 63, 64, 65, 100, 264, 300, 1000)
PARTS = (b"tea", b"green", b"https://example.com/", b"name:", b"\",\"id\":", b"0000", b"lorem ipsum", b"\0\1", b"a" * 8)
LIBRARY = b"#!lua name=one\nredis.register_function('f', function(keys, args) return redis.call('GET', keys[1]) end)"


def text(dice: Random, most: int = 3000) -> bytes:
    """A text that compresses well, or hardly, or not at all; or a number."""
    size = min(dice.choice([*SIZES, dice.randrange(3000)]), most)
    kinds = [
        lambda: dice.randbytes(size),
        lambda: dice.choice([b"a", b"b"]) * size,
        lambda: bytes(dice.choices(b"ab", k=size)),
        lambda: b"".join(dice.choices(PARTS, k=size // 4 + 1))[:size],
        lambda: b"%d" % dice.randrange(-10, 10 ** min(size + 1, 30)),
        lambda: b"".join(b"%b:%d," % (dice.choice(PARTS), dice.randrange(999)) for _ in range(size // 8 + 1))[:size],
        lambda: bytes(dice.choices(b"abcdefgh ", k=size)),
    ]
    return dice.choice(kinds)()


def filling(dice: Random, key: bytes = b"k") -> list[list[bytes]]:
    """The calls that make a value of some type."""
    count = dice.choice([1, 2, 5, 20, 100])
    most = dice.choice([10, 50, 300, 3000])
    scores = [b"%.17g" % dice.choice([dice.random(), dice.randrange(100), -1.5, 1e30]) for _ in range(count)]
    entries = [
        [b"XADD", key, b"%d-1" % (number + 1), dice.choice([b"f", b"g"]), text(dice, 50)] for number in range(count)
    ]
    numbers = [b"%d" % dice.randrange(-(10 ** dice.randrange(1, 12)), 10**9) for _ in range(count)]
    return dice.choice([
        [[b"SET", key, text(dice)]],
        [[b"SETRANGE", key, b"%d" % dice.choice(SIZES), text(dice)]],
        [[b"RPUSH", key, *(text(dice, most) for _ in range(count))]],
        [[b"HSET", key, *(text(dice, 50) for _ in range(2 * count))]],
        [[b"SADD", key, *numbers]],
        [[b"ZADD", key, *(part for score in scores for part in (score, text(dice, most)))]],
        [*entries, [b"XGROUP", b"CREATE", key, b"g", b"0"]],
        [[b"PFADD", key, *(text(dice, 10) for _ in range(count))]],
    ])  # fmt: skip


def dumps(address: tuple[str, int]) -> list[str]:
    """A few digits of what DUMP gives of each value."""
    client = RealClient(address)
    found = []
    for seed in SEEDS:
        *_, dumped = client.many([[b"FLUSHALL"], *filling(Random(seed)), [b"DUMP", b"k"]])
        found.append(sha1(dumped or b"").hexdigest()[:8])
    client.close()
    return found


def files(program: Sequence[str], folder: Path) -> list[str]:
    """The files of databases with one key each, as far as it stands in them, half of them uncompressed."""
    found = []
    with running(program, folder) as server:
        server("FUNCTION", "LOAD", LIBRARY)
        for seed in FILE_SEEDS:
            key = [b"k", b"user:" + b"a" * 30][seed % 2]
            server("CONFIG", "SET", "rdbcompression", "no" if seed % 4 < 2 else "yes")
            server.client.many([[b"FLUSHALL"], *filling(Random(seed), key)])
            assert server("SAVE") == "OK"
            data = (folder / "dump.rdb").read_bytes()
            found.append(sha1(data[data.index(b"aof-base") : -8] + server("FUNCTION", "DUMP")).hexdigest()[:8])
    return found


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDINGS.read_text())
    return found


def differing(found: list[str], expected: list[str]) -> list[int]:
    """The seeds of what differs."""
    return [seed for seed, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other]


def test_dumps_are_the_real_servers(fresh: Served) -> None:
    assert differing(dumps(fresh.address), recorded()["dumps"]) == []


def test_files_are_the_real_servers(tmp_path: Path) -> None:
    assert differing(files(OURS, tmp_path), recorded()["files"]) == []


def test_the_recordings_are_of_the_real_server(oracle: tuple[str, int], tmp_path: Path) -> None:
    found = {"dumps": dumps(oracle), "files": files(real(), tmp_path)}
    if os.environ.get("REDISLAB_RECORD") == "1":
        RECORDINGS.write_text(json.dumps(found) + "\n")
    for name, expected in recorded().items():
        assert differing(found[name], expected) == []


@pytest.mark.parametrize("way", ["SAVE", "BGSAVE", "BGREWRITEAOF"])
def test_what_is_not_compressed_any_more_is_written_as_it_is(way: str, tmp_path: Path) -> None:
    """The dataset is several times as large as what is worth the time."""
    value = b"tea, green " * 10_000
    with running(OURS, tmp_path, *(["--appendonly", "yes"] if way == "BGREWRITEAOF" else [])) as server:
        server.client.many([[b"SET", b"k%d" % number, b"%d" % number + value] for number in range(300)])
        server("SAVE") if way == "SAVE" else server(way)
        server.settle()
        files = [*tmp_path.glob("dump.rdb"), *tmp_path.glob("appendonlydir/*.base.rdb")]
        size = max(path.stat().st_size for path in files)
        assert 10 * len(value) < size < 299 * len(value)
        assert server("DEBUG", "RELOAD") == "OK"
        assert server("GET", "k0") == b"0" + value and server("GET", "k299") == b"299" + value
