"""Damaged RDB data is refused with RdbError: no other exception, no hang, and what does load can be worked with."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from rdb.data import generated
from redislab.engine.digest import dataset_digest
from redislab.lab import Lab
from redislab.persist.rdb import content_of, load_rdb
from redislab.rdb.strings import RdbError
from redislab.rdb.write_file import rdb_pieces
from redislab.resp.types import ReplyError

FILES = Path(__file__).parent / "files"
SOAK = os.environ.get("REDISLAB_SOAK") == "1"
ROUNDS = int(os.environ.get("REDISLAB_ROUNDS", 20_000)) if SOAK else 20
LENGTHS = [b"\xff\xff\xff\xff", b"\x80\xff\xff\xff", b"\x81" + b"\xff" * 8, b"\0\0\0\0"]
"""What looks like an enormous length, or like none."""
USES = {
    "string": [("APPEND", "x"), ("STRLEN",)],
    "list": [("LRANGE", 0, -1), ("LINSERT", "BEFORE", "a", "b"), ("LSET", 0, "x"), ("RPUSH", "x"), ("LPOP",)],
    "hash": [("HGETALL",), ("HSET", "f", "v"), ("HDEL", "f")],
    "set": [("SMEMBERS",), ("SADD", "x"), ("SPOP",)],
    "zset": [("ZRANGE", 0, -1, "WITHSCORES"), ("ZADD", 1, "x"), ("ZPOPMIN",)],
    "stream": [
        ("XRANGE", "-", "+"), ("XADD", "*", "f", "v"), ("XTRIM", "MAXLEN", 3), ("XAUTOCLAIM", "g", "c", 0, "0"),
    ],
}  # fmt: skip
"""By type, commands that go through a value and change it; the key comes second."""


def sources() -> list[bytes]:
    """Files to damage."""
    lab = Lab(clock="manual")
    session = lab.session()
    for argv in generated(4, 30):
        if max(map(len, argv)) < 3000:
            try_call(session, argv)
    ours = b"".join(rdb_pieces(content_of(lab.engine)))
    return [ours, (FILES / "redis-6.2.14-8.rdb").read_bytes(), (FILES / "redis-6.2.14-1.rdb").read_bytes()]


def try_call(session: object, argv: list[object]) -> None:
    with suppress(ReplyError):
        session.call(*argv)  # type: ignore[attr-defined]


def damaged(data: bytes, random: Random) -> bytes:
    """The same with a few bytes changed, left out, doubled or swapped."""
    body = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        at = random.randrange(9, len(body))
        kind = random.randrange(6)
        if kind == 0:
            body[at] = random.randrange(256)
        elif kind == 1:
            body[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            del body[at : at + random.choice([1, 2, 50])]
        elif kind == 3:
            body[at:at] = body[at - random.randrange(1, 9) : at]
        elif kind == 4:
            body[at : at + 4] = random.choice(LENGTHS)
        else:
            del body[at:]
            body += b"\xff" * 20
    return bytes(body)


@pytest.mark.parametrize("number", range(3))
def test_damage_is_seen(number: int) -> None:
    """With its checksum every damaged file is refused."""
    data, random = sources()[number], Random(number)
    for _ in range(20):
        body = bytearray(data)
        body[random.randrange(9, len(body))] ^= 1 << random.randrange(8)
        with pytest.raises(RdbError):
            load_rdb(Lab(clock="manual", record=False).engine, bytes(body))


@pytest.mark.parametrize("number", range(3))
def test_damage_does_no_harm(number: int) -> None:
    """Without a checksum the loader is on its own."""
    data, random = sources()[number], Random(f"damage {number}")
    for _ in range(ROUNDS):
        body = damaged(data, random)
        lab = Lab(clock="manual", record=False)
        lab.engine.config.values["rdbchecksum"] = False
        try:
            load_rdb(lab.engine, body)
        except RdbError as error:
            assert str(error)
        work_with(lab)


def work_with(lab: Lab) -> None:
    """Go through all that was loaded, and change it; any reply will do, but no exception."""
    session = lab.session()
    dataset_digest(lab.engine)
    for db in lab.engine.databases:
        session.call("SELECT", db.index)
        for key, value in list(db.values.items()):
            try_call(session, ["DUMP", key])
            for name, *words in USES[value.type]:
                try_call(session, [name, key, *words])
    b"".join(rdb_pieces(content_of(lab.engine)))


@pytest.mark.parametrize("number", range(3))
def test_cut_files(number: int) -> None:
    """A file that ends too early is refused wherever it ends."""
    data, random = sources()[number], Random(number)
    for size in [*range(12), *(random.randrange(len(data)) for _ in range(40)), len(data) - 1, len(data) - 8]:
        with pytest.raises(RdbError):
            load_rdb(Lab(clock="manual", record=False).engine, data[:size])
