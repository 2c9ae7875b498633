"""RDB files both ways, over generated data of every type and encoding: what redis-server 7.0.15 reads from a file and
what redislab reads from it is the same key by key, whoever has written it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rdb.data import SETTINGS, generated
from rdb.reading import content, differences
from servers import OURS, Running, needed, real, running

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
SEEDS = range(260) if SOAK else [0, 9, 11, 12]


def facts(server: Running) -> list[Any]:
    """All that can be told about a server's data."""
    libraries = sorted(map(str, server("FUNCTION", "LIST", "WITHCODE")))
    return [server("DEBUG", "DIGEST"), libraries, content(server)]


def read_by(program: Sequence[str], file: Path, *options: str) -> tuple[list[Any], Path]:
    """What a server finds in a file, and the file it writes of it."""
    folder = file.parent / Path(program[0]).name
    folder.mkdir()
    shutil.copy(file, folder / "dump.rdb")
    with running(program, folder, *options) as server:
        assert str(server("SAVE")) == "OK"  # first, because to read a key is to use it
        return facts(server), folder / "dump.rdb"


def assert_same(one: list[Any], other: list[Any]) -> None:
    assert differences(one[2], other[2]) == []
    assert one[:2] == other[:2]


@pytest.mark.parametrize("seed", SEEDS)
def test_files_are_read_alike(seed: int, tmp_path: Path) -> None:
    options = [word if number else f"--{word}" for number, word in enumerate(SETTINGS[seed % len(SETTINGS)])]
    commands = generated(seed)
    for name, program in (("theirs", real()), ("ours", OURS)):
        with running(program, tmp_path / name, *options) as server:
            server.client.many(commands)
            assert str(server("SAVE")) == "OK"
            assert len(content(server)) > 20
        file = tmp_path / name / "dump.rdb"
        subprocess.run([needed("redis-check-rdb"), str(file)], check=True, capture_output=True)
        by_redis, _ = read_by(real(), file, *options)
        by_us, again = read_by(OURS, file, *options)
        assert_same(by_redis, by_us)
        by_redis_again, _ = read_by(real(), again, *options)
        assert_same(by_redis, by_redis_again)
