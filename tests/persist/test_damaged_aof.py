"""Damaged append only files: refused or cut with a reason, and never a traceback or a hang."""

from __future__ import annotations

import os
from random import Random

import pytest

from persist.effects import random_call
from redislab.commands.table import TABLE
from redislab.engine.clock import SystemClock
from redislab.engine.engine import Engine
from redislab.persist.aof_base import encoded
from redislab.persist.aof_load import BadAof, play_aof

ROUNDS = int(os.environ.get("REDISLAB_ROUNDS", "20000")) if os.environ.get("REDISLAB_SOAK") == "1" else 60


def written(seed: int) -> bytes:
    """A file with commands of every kind; what they would answer does not matter."""
    random = Random(seed)
    calls = [random_call(random) for _ in range(60)]
    return b"".join(encoded(tuple(call)) for call in calls if call[0].upper() not in (b"MULTI", b"EXEC", b"DISCARD"))


def damaged(data: bytes, random: Random) -> bytes:
    body = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4])):
        at = random.randrange(len(body) - 10)
        kind = random.randrange(5)
        if kind == 0:
            body[at] = random.randrange(256)
        elif kind == 1:
            del body[at : at + random.choice([1, 3, 40])]
        elif kind == 2:
            body[at:at] = random.choice([b"\r\n", b"*3\r\n", b"$-1\r\n", b"*-1\r\n", b"$99999999999\r\n", b"#", b"\0"])
        elif kind == 3:
            body[at:at] = encoded((b"MULTI",))
        else:
            del body[at + 10 :]
        if len(body) < 40:
            break
    return bytes(body)


def played(data: bytes) -> str:
    """Play it; the reason if it is refused."""
    engine = Engine(TABLE, SystemClock(), Random(1))
    try:
        play_aof(engine, data, lambda level, text: None)
    except BadAof as error:
        assert error.told("x.aof")
        return str(error)
    finally:
        assert not engine.loading
        assert not engine.sessions
    return ""


@pytest.mark.parametrize("seed", range(3))
def test_damage_does_no_harm(seed: int) -> None:
    random = Random(f"aof {seed}")
    data = written(seed)
    assert played(data) == ""
    reasons = {played(damaged(data, random)) for _ in range(ROUNDS)}
    assert len(reasons) > 5
