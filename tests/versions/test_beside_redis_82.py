"""Random calls on an engine of 8.2 beside the real Redis 8.2.3: now where it is installed, and as it was recorded.

The recording is made by `REDISLAB_RECORD=1 pytest tests/versions/test_beside_redis_82.py`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from differential.sides import without_times
from real import RealClient
from redislab import Lab, ReplyError
from reference.recorded import tagged, to_json
from versions.calls import GROUPS, words

RECORDING = Path(__file__).with_name("replies-8.2.3.json")
RECORDED_CALLS = 400
FRESH = [[b"FLUSHALL"], [b"CONFIG", b"SET", b"stream-node-max-entries", b"100"]]


def own_reply(session: Any, call: list[bytes]) -> Any:
    try:
        reply = session.call(*call)
    except ReplyError as error:
        reply = error
    return without_times(to_json(reply, session.protocol))


def wanted(real: RealClient, call: list[bytes]) -> Any:
    return without_times(tagged(real.call(call)))


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("group", GROUPS)
def test_same_replies_as_the_real_server(group: str, protocol: int, redis_82: tuple[str, int]) -> None:
    dice, real = Random(), RealClient(redis_82, protocol)
    session = Lab(version="8.2").session(protocol=protocol)
    real.many(FRESH)
    history = []
    for _ in range(600):
        call = words(GROUPS[group](dice))
        history.append(b" ".join(call)[:100])
        ours, theirs = own_reply(session, call), wanted(real, call)
        if ours != theirs:
            real.close()
        assert ours == theirs, history
    real.close()


@pytest.mark.parametrize("group", GROUPS)
def test_same_replies_as_recorded(group: str) -> None:
    recorded = json.loads(RECORDING.read_text())[group]
    dice, session = Random(group), Lab(version="8.2").session()
    for number, reply in enumerate(recorded):
        call = words(GROUPS[group](dice))
        assert own_reply(session, call) == reply, f"call {number}: {call}"


@pytest.mark.skipif("REDISLAB_RECORD" not in os.environ, reason="records anew")
def test_record(redis_82: tuple[str, int]) -> None:
    found = {}
    for group, make in GROUPS.items():
        dice, real = Random(group), RealClient(redis_82)
        real.many(FRESH)
        found[group] = [wanted(real, words(make(dice))) for _ in range(RECORDED_CALLS)]
        real.close()
    RECORDING.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")
