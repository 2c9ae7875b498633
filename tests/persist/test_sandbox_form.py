"""The sandbox as an RDB file: everything that a lab holds comes back, redis-server can load it, old files are read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from persist.test_interim import filled, state
from redislab.engine.digest import dataset_digest
from redislab.lab import Lab
from redislab.persist import interim
from redislab.persist.sandbox_form import BadSandbox, dump, load
from servers import real, running

LIBRARY = "#!lua name=mine\nredis.register_function('f', function(keys, args) return 'from f' end)"


def again(lab: Lab) -> Lab:
    twin = Lab(clock="manual", version=lab.version)
    load(twin, dump(lab))
    return twin


def test_everything_comes_back() -> None:
    lab = filled()
    twin = again(lab)
    assert state(twin) == state(lab)
    assert twin.engine.config.values == lab.engine.config.values
    assert twin.engine.limits.hash_max_listpack_entries == 7
    assert dump(twin)[200:-8] == dump(lab)[200:-8]


def test_functions_come_back() -> None:
    lab = Lab(clock="manual")
    lab.session().call("FUNCTION", "LOAD", LIBRARY)
    assert again(lab).session().run("FCALL f 0") == b"from f"


def test_encodings_outlive_their_thresholds() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    small = "hash-max-listpack-entries 1 set-max-intset-entries 1 zset-max-listpack-entries 1"
    large = "hash-max-listpack-entries 512 set-max-intset-entries 512 zset-max-listpack-entries 128"
    keys = [f"{kind}{order}" for kind in "hsz" for order in "12"]
    for order, first, then in (("1", small, large), ("2", large, small)):
        session.run(f"CONFIG SET {first}")
        for line in (f"HSET h{order} a 1 b 2", f"SADD s{order} 1 2", f"ZADD z{order} 1 a 2 b"):
            session.run(line)
        session.run(f"CONFIG SET {then}")
        twin = again(lab).session()
        for key in keys:
            assert twin.run(f"OBJECT ENCODING {key}") == session.run(f"OBJECT ENCODING {key}"), (key, order)


def test_forms_of_strings() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for line in ("SET int 12", "SET raw x", "APPEND raw y", "SET n 5", "INCRBYFLOAT n 1", "SETBIT bits 9 1"):
        session.run(line)
    twin = again(lab).session()
    for key in ("int", "raw", "n", "bits"):
        assert twin.run(f"OBJECT ENCODING {key}") == session.run(f"OBJECT ENCODING {key}"), key


@pytest.mark.parametrize("version", ["7.0", "7.2", "7.4", "8.2"])
def test_other_versions(version: str) -> None:
    lab = Lab(clock="manual", version=version)
    session = lab.session()
    for line in ("RPUSH l a b c", "SADD s a b", "SADD n 1 2", "HSET h f v g w", "ZADD z 1 a", "XADD x 1-1 f v"):
        session.run(line)
    if version in ("7.4", "8.2"):
        session.run("HEXPIRE h 100 FIELDS 1 f")
    twin = again(lab)
    assert [line[2:] for line in state(twin)] == [line[2:] for line in state(lab)]  # type: ignore[index]
    if version in ("7.4", "8.2"):
        assert twin.session().run("HTTL h FIELDS 2 f g") == [100, -1]


def test_a_moved_clock() -> None:
    """What is kept is the time that is left."""
    lab = Lab(clock="manual")
    lab.session().run("SET a 1 EX 100")
    lab.advance(60)
    twin = again(lab)
    assert twin.session().run("TTL a") == 40


def test_scores() -> None:
    lab = Lab(clock="manual")
    lab.session().run("CONFIG SET zset-max-listpack-entries 0")
    lab.session().run("ZADD z -0 a inf b -inf c")
    value = again(lab).engine.databases[0].values[b"z"]
    assert math.copysign(1, value.score(b"a")) == -1  # type: ignore[attr-defined]
    assert value.score(b"b") == math.inf  # type: ignore[attr-defined]


def test_passwords_stay_in_memory() -> None:
    lab = Lab(clock="manual")
    lab.session().run("CONFIG SET requirepass geheim123")
    assert b"geheim123" not in dump(lab)


def test_files_of_before_are_read() -> None:
    lab = filled()
    twin = Lab(clock="manual")
    load(twin, interim.dump(lab))
    assert state(twin) == state(lab)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"", "not a sandbox"),
        (lambda data: b"hello" + data, "not a sandbox"),
        (lambda data: data[:-1], "checksum"),
        (lambda data: data[:400] + bytes([data[400] ^ 255]) + data[401:], "checksum"),
        (lambda data: b"REDIS0099" + data[9:], "version 99"),
    ],
)
def test_damage_is_found(damage: Callable[[bytes], bytes], said: str) -> None:
    lab = Lab(clock="manual")
    with pytest.raises(BadSandbox, match=said):
        load(lab, damage(dump(filled())))
    assert not any(db.values for db in lab.engine.databases)
    assert lab.engine.limits.hash_max_listpack_entries == 512


def test_redis_loads_it(tmp_path: Path) -> None:
    lab = filled()
    lab.session().call("FUNCTION", "LOAD", LIBRARY)
    lab.session().run("DEL brief")
    for db in lab.engine.databases:
        db.expires.clear()
    (tmp_path / "dump.rdb").write_bytes(dump(lab))
    with running(real(), tmp_path) as server:
        assert str(server("DEBUG", "DIGEST")) == dataset_digest(lab.engine)
        assert server("FCALL", "f", 0) == b"from f"
