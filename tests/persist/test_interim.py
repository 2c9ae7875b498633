"""Sandboxes of the form before RDB: two that were written then are read, and damaged ones are refused."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from persist.test_sandbox_form import filled, state
from redislab.lab import Lab
from redislab.persist.interim import HEAD, MAGIC
from redislab.persist.sandbox_form import BadSandbox, load

SANDBOXES = Path(__file__).parent / "sandboxes"


def written(version: str = "7.0") -> bytes:
    """A sandbox as it was written: `filled` in 7.0, and what only later versions have in 7.4."""
    return zlib.decompress((SANDBOXES / f"interim-{version}.sandbox.z").read_bytes())


def test_everything_comes_back() -> None:
    lab = Lab(clock="manual")
    load(lab, written())
    assert state(lab) == state(filled())
    assert lab.engine.config.values == filled().engine.config.values
    assert lab.steps == []


def test_what_later_versions_have_comes_back() -> None:
    lab = Lab(clock="manual", version="7.4")
    load(lab, written("7.4"))
    session = lab.session()
    assert session.run("HTTL h FIELDS 2 f g") == [100, -1]
    encodings = [session.run(f"OBJECT ENCODING {key}") for key in "lsnh"]
    assert encodings == [b"listpack", b"listpack", b"intset", b"listpackex"]
    assert session.run("LRANGE l 0 -1") == [b"a", b"b", b"c"]
    assert session.run("SMEMBERS n") == [b"1", b"2"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[:20], "not a sandbox"),
        (lambda data: data[:-1], "should have"),
        (lambda data: data[:40] + bytes([data[40] ^ 255]) + data[41:], "checksum"),
        (lambda data: data[:17] + struct.pack("<H", 99) + data[19:], "version 99"),
    ],
)
def test_damage_is_found(damage: Callable[[bytes], bytes], said: str) -> None:
    lab = Lab(clock="manual")
    with pytest.raises(BadSandbox, match=said):
        load(lab, damage(written()))
    assert not any(db.values for db in lab.engine.databases)


@pytest.mark.parametrize("version", ["7.0", "7.4"])
def test_what_a_checksum_does_not_show_is_refused_or_read(version: str) -> None:
    """Bytes that were wrong before they were summed up end in one kind of error, if in any."""
    dice = random.Random(5)
    content = written(version)[HEAD.size :]
    refused = 0
    for _ in range(100):
        wrong = bytearray(content)
        for _ in range(dice.randrange(1, 5)):
            wrong[dice.randrange(len(wrong))] = dice.choice((0, 1, 127, 255, dice.randrange(256)))
        wrong = wrong[: dice.choice((len(wrong), dice.randrange(len(wrong))))]
        try:
            load(Lab(version=version), HEAD.pack(MAGIC, 1, zlib.crc32(wrong), len(wrong)) + wrong)
        except BadSandbox:
            refused += 1
    assert refused > 20
