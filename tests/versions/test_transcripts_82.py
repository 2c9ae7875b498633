"""Sessions in redis-cli's form, recorded from Redis 8.2.3 and replayed on an engine of 8.2.

The form is that of the transcripts of 7.0 (see `transcripts/transcript.py`). To write one, write its commands, then
record with `REDISLAB_RECORD=1 pytest tests/versions/test_transcripts_82.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from real import RealClient
from transcripts.transcript import EngineClients, RealClients, parse, replay

FILES = sorted(Path(__file__).with_name("transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_engine_answers_as_recorded(path: Path) -> None:
    transcript = parse(path.read_text())
    clients = EngineClients(transcript.protocol, version="8.2")
    for moment, output in replay(transcript, clients.run):
        assert output == moment.expected, f"line {moment.number}: {moment.line}"


@pytest.mark.skipif("REDISLAB_RECORD" not in os.environ, reason="records anew")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_record(path: Path, redis_82: tuple[str, int]) -> None:
    fresh = RealClient(redis_82)
    fresh.many([[b"FLUSHALL"], [b"CONFIG", b"SET", b"notify-keyspace-events", b""]])
    transcript = parse(path.read_text())
    clients, lines = RealClients(redis_82, transcript.protocol), []
    for moment, output in replay(transcript, clients.try_out):
        head = f"@{moment.client} " if moment.client else ""
        lines += [*moment.above, f"{head}<" if moment.line is None else f"{head}> {moment.line}", *output]
    clients.close()
    path.write_text("\n".join([*lines, *transcript.tail]) + "\n")
