"""Every transcript, on the engine, and beside it on the real server where there is one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from transcript import EngineClients, RealClients, Transcript, all_files, parse, replay

from real import emptied

FILES = all_files()


def differences(transcript: Transcript, run) -> list[str]:
    return [
        f"line {moment.number}: {moment.line}\n  expected {moment.expected}\n  got      {output}"
        for moment, output in replay(transcript, run)
        if output != moment.expected
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_engine_answers_as_recorded(path: Path) -> None:
    transcript = parse(path.read_text())
    assert transcript.moments
    assert "\n".join(differences(transcript, EngineClients(transcript.protocol).run)) == ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_real_server_still_answers_as_recorded(path: Path, oracle: tuple[str, int]) -> None:
    emptied(oracle)
    transcript = parse(path.read_text())
    clients = RealClients(oracle, transcript.protocol)
    try:
        assert "\n".join(differences(transcript, clients.run)) == ""
    finally:
        clients.close()
