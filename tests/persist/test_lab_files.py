"""Lab.save and Lab.load: RDB files in the in-process API."""

from __future__ import annotations

from pathlib import Path

import pytest

from redislab import Lab


def test_what_was_saved_is_loaded_elsewhere(tmp_path: Path) -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    for line in ("SET a 1 EX 100", "HSET h f v", "XADD s 1-1 f v", "SELECT 3", "SADD t x"):
        alice.run(line)
    assert lab.save(tmp_path / "dump.rdb") == (tmp_path / "dump.rdb").stat().st_size
    other = Lab(clock="manual")
    bob = other.session()
    bob.run("SET mine 1")
    assert other.load(tmp_path / "dump.rdb") == 4
    assert bob.run("DBSIZE") == 3
    assert bob.run("TTL a") == 100
    assert bob.run("DEBUG DIGEST") == alice.run("DEBUG DIGEST")
    other.undo()
    assert bob.run("KEYS *") == [b"mine"]
    other.redo()
    assert bob.run("DEBUG DIGEST") == alice.run("DEBUG DIGEST")


def test_a_damaged_file_changes_nothing(tmp_path: Path) -> None:
    lab = Lab()
    alice = lab.session()
    alice.run("SET a 1")
    lab.save(tmp_path / "dump.rdb")
    data = (tmp_path / "dump.rdb").read_bytes()
    (tmp_path / "dump.rdb").write_bytes(data[:-9] + b"\0" + data[-8:])
    with pytest.raises(ValueError, match="at byte"):
        lab.load(tmp_path / "dump.rdb")
    assert alice.run("GET a") == b"1"
    with pytest.raises(FileNotFoundError):
        lab.load(tmp_path / "none.rdb")
