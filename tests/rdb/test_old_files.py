"""RDB files of versions before 7.0: recorded from a 6.2.14 server, and older forms put together by hand."""

from __future__ import annotations

import shutil
import struct
from math import inf
from pathlib import Path

import pytest

from rdb.reading import content, differences
from redislab.engine.digest import dataset_digest
from redislab.lab import Lab
from redislab.persist.rdb import load_rdb
from servers import OURS, real, running

FILES = Path(__file__).parent / "files"
RECORDED = {
    "redis-6.2.14-1.rdb": "641adc157bf800dfca473ed703d3979a4c554a69",
    "redis-6.2.14-5.rdb": "b235c8167e624e1b876cee35cf823bdd69f500da",
    "redis-6.2.14-8.rdb": "d57fb4e21b1b152efaa1fb3bb36a22e08e1dfaff",
}
"""Files and what DEBUG DIGEST told of their data on the server that wrote them."""


def text(word: bytes) -> bytes:
    return bytes((len(word),)) + word


def ziplist(*items: bytes) -> bytes:
    """A ziplist of short texts, and of numbers where an item is of the form that ziplists have for them."""
    body, before = b"", 0
    for item in items:
        entry = bytes((before,)) + item
        body, before = body + entry, len(entry)
    return struct.pack("<IIH", len(body) + 11, 10 + len(body) - before, len(items)) + body + b"\xff"


def key(kind: int, name: bytes, body: bytes, head: bytes = b"") -> bytes:
    return head + bytes((kind,)) + text(name) + body


NUMBERS = [
    b"\xf1", b"\xfd", b"\xfe\x80", b"\xc0\x00\x80", b"\xf0\x00\x00\x80", b"\xd0\x00\x00\x00\x80",
    b"\xe0\x00\x00\x00\x00\x00\x00\x00\x80", text(b"word"), b"\x40\x46" + b"x" * 70, b"\x80\0\0\0\x03abc",
]  # fmt: skip
"""Every form of an element of a ziplist."""
OLD_KEYS = [
    key(0, b"seconds", text(b"v"), b"\xfd" + struct.pack("<i", 2_000_000_000)),
    key(0, b"eight", b"\xc0\xff"),
    key(0, b"sixteen", b"\xc1\x00\x80"),
    key(0, b"thirty-two", b"\xc2\x00\x00\x00\x80"),
    key(1, b"linked list", b"\x03" + text(b"a") + b"\xc0\x07" + text(b"")),
    key(2, b"set", b"\x03" + text(b"a") + text(b"1") + text(b"c")),
    key(2, b"set of numbers", b"\x02\xc0\x05\xc0\x06"),
    key(3, b"old zset", b"\x04" + text(b"a") + text(b"1.5") + text(b"b") + b"\xfe" + text(b"c") + b"\xff"
        + text(b"d") + text(b"-3")),
    key(4, b"hash", b"\x01" + text(b"f") + text(b"v" * 63)),
    key(9, b"zipmap", text(b"\x02\x01f\x01\x00v\x01g\x02\x03vw\0\0\0\xff")),
    key(10, b"ziplist", b"\x40" + (lambda made: bytes((len(made),)) + made)(ziplist(*NUMBERS))),
    key(11, b"intset", text(struct.pack("<IIhhh", 2, 3, -5, 0, 300))),
    key(11, b"wide intset", text(struct.pack("<IIqq", 8, 2, -(1 << 40), 1 << 40))),
    key(12, b"zset ziplist", text(ziplist(text(b"m"), b"\xf2", text(b"n"), text(b"2.5"), text(b"o"), text(b"inf")))),
    key(13, b"hash ziplist", text(ziplist(text(b"f"), b"\xf2", text(b"g"), text(b"w")))),
    key(14, b"quicklist", b"\x02" + text(ziplist(text(b"a"))) + text(ziplist(text(b"b"), b"\xf9"))),
]  # fmt: skip


def file_of(version: int, *keys: bytes) -> bytes:
    """A file without a checksum, which those before version 5 do not have."""
    return b"REDIS%04d\xfe\x00" % version + b"".join(keys) + b"\xff" + (b"\0" * 8 if version >= 5 else b"")


def loaded(data: bytes) -> Lab:
    lab = Lab(clock="manual")
    load_rdb(lab.engine, data)
    return lab


@pytest.mark.parametrize("name", RECORDED)
def test_files_of_62(name: str) -> None:
    lab = Lab()
    load_rdb(lab.engine, (FILES / name).read_bytes())
    assert dataset_digest(lab.engine) == RECORDED[name]


@pytest.mark.parametrize("version", [1, 4, 5, 9])
def test_old_forms(version: int) -> None:
    session = loaded(file_of(version, *OLD_KEYS)).session()
    assert session.run("PEXPIRETIME seconds") == 2_000_000_000_000
    assert session.run("MGET eight sixteen thirty-two") == [b"-1", b"-32768", b"-2147483648"]
    assert session.run("LRANGE 'linked list' 0 -1") == [b"a", b"7", b""]
    assert sorted(session.run("SMEMBERS set")) == [b"1", b"a", b"c"]
    assert session.run("OBJECT ENCODING 'set of numbers'") == b"intset"
    assert [session.call("ZSCORE", "old zset", name) for name in "cdab"] == [-inf, -3.0, 1.5, inf]
    assert session.run("HMGET zipmap f g") == [b"v", b"vw"]
    assert session.run("LRANGE ziplist 0 -1") == [
        b"0", b"12", b"-128", b"-32768", b"-8388608", b"-2147483648", b"-9223372036854775808", b"word",
        b"x" * 70, b"abc",
    ]  # fmt: skip
    assert session.run("SMEMBERS intset") == [b"-5", b"0", b"300"]
    assert session.call("ZSCORE", "zset ziplist", "o") == inf
    assert session.call("HGET", "hash ziplist", "f") == b"1"
    assert session.run("LRANGE quicklist 0 -1") == [b"a", b"b", b"8"]


@pytest.mark.parametrize("name", [*RECORDED, "by hand"])
def test_beside_redis(name: str, tmp_path: Path) -> None:
    """The real server finds the same in these files."""
    found = []
    for number, program in enumerate((real(), OURS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        if name == "by hand":
            (folder / "dump.rdb").write_bytes(file_of(9, *OLD_KEYS))
        else:
            shutil.copy(FILES / name, folder / "dump.rdb")
        with running(program, folder) as server:
            found.append(content(server))
    assert differences(*found) == []
    assert len(found[0]) > 10
