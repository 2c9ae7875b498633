"""Lab.save and Lab.load: RDB files in the in-process API."""

from __future__ import annotations

from pathlib import Path

import pytest

from redislab import Lab

LIBRARY = "#!lua name=%s\nredis.register_function('%s', function() return 1 end)"


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


@pytest.mark.parametrize("why", ["a database too many", "a key twice", "a library that cannot be loaded"])
def test_a_file_that_is_refused_at_its_end_changes_nothing(tmp_path: Path, why: str) -> None:
    lab = Lab()
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", LIBRARY % ("kept", "f"))
    alice.run("SET a 1")
    lab.save(tmp_path / "good.rdb")
    other = Lab()
    bob = other.session()
    bob.call("FUNCTION", "LOAD", LIBRARY % ("first", "g"))
    bob.run("SET b 1")
    if why == "a database too many":
        other.engine.databases[3].values = {b"c": other.engine.databases[0].values[b"b"]}
    other.save(tmp_path / "bad.rdb")
    data = (tmp_path / "bad.rdb").read_bytes()[:-8]
    if why == "a database too many":
        data = data.replace(b"\xfe\x03", b"\xfe\x31")
    elif why == "a key twice":
        data = data[:-1] + b"\x00\x01b\xc0\x01\xff"
    else:
        data = data[:-1] + b"\xf5\x05wrong\xff"
    (tmp_path / "bad.rdb").write_bytes(data + b"\0" * 8)
    said = {"a database too many": "databases", "a key twice": "duplicated", "a library that cannot be loaded": "lib"}
    with pytest.raises(ValueError, match=said[why]):
        lab.load(tmp_path / "bad.rdb")
    assert alice.run("GET a") == b"1"
    assert alice.run("KEYS *") == [b"a"]
    assert [library[b"library_name"] for library in alice.run("FUNCTION LIST")] == [b"kept"]
    assert lab.steps[-1].label == "SET a 1"
    assert lab.load(tmp_path / "good.rdb") == 1
