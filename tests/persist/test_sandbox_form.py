"""The sandbox as an RDB file: everything that a lab holds comes back, and redis-server can load it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from redislab.engine.digest import dataset_digest
from redislab.lab import Lab, Session
from redislab.persist.forms import CODECS
from redislab.persist.sandbox_form import BadSandbox, dump, load
from redislab.values.base import Value
from redislab.values.hash_expiring import ExpiringHash
from redislab.values.list_packed import NewerList
from redislab.values.set_packed import NewerSet
from servers import real, running

LIBRARY = "#!lua name=mine\nredis.register_function('f', function(keys, args) return 'from f' end)"


def again(lab: Lab) -> Lab:
    twin = Lab(clock="manual", version=lab.version)
    load(twin, dump(lab))
    return twin


def filled() -> Lab:
    lab = Lab(clock="manual", seed=3)
    session = lab.session()
    for line in (
        'SET plain "a\\x00\\xff\\r\\n"', "SET number 12", "SET empty ''", "SET raw x", "APPEND raw y",
        "INCRBYFLOAT float 3.0", "SETBIT bits 9 1", "PFADD hll a b c", "RPUSH list a b '' a", "HSET small f v g w",
        "HSET long f " + "x" * 65, "SADD numbers 3 1 2", "SADD words b a", "ZADD few 1 a -inf b 2.5 c",
        "ZADD far 1 " + "m" * 65, "SET brief v EX 100", "XADD log 1-1 f v", "XADD log 2-1 g w", "XDEL log 1-1",
        "XADD log 3-1 f v", "XGROUP CREATE log team 0", "XREADGROUP GROUP team ann COUNT 1 STREAMS log >",
        "XGROUP CREATE idle team $ MKSTREAM",
        "CONFIG SET hash-max-listpack-entries 7 set-max-intset-entries 9 notify-keyspace-events KEA",
    ):  # fmt: skip
        session.run(line)
    for number in range(700):
        session.call("RPUSH", "queue", number)
        session.call("HSET", "table", number, number)
        session.call("ZADD", "board", number % 50, f"m{number}")
        session.call("SADD", "crowd", number)
    for line in ("SELECT 5", "SET other db PX 1500", "GEOADD places 13.36 38.11 p"):
        session.run(line)
    return lab


def state(lab: Lab) -> list[object]:
    """Everything a client could see, of all databases."""
    session = lab.session()
    found: list[object] = []
    for db in lab.engine.databases:
        session.call("SELECT", db.index)
        for key, value in db.values.items():
            reader = READERS[value.type]
            found.append((db.index, key, value.encoding(), value.used, reader(session, key), db.expires.get(key)))
    return found


READERS: dict[str, Callable[[Session, bytes], object]] = {
    "string": lambda session, key: session.call("GET", key),
    "list": lambda session, key: session.call("LRANGE", key, 0, -1),
    "hash": lambda session, key: list(session.call("HGETALL", key).items()),
    "set": lambda session, key: session.call("SMEMBERS", key),
    "zset": lambda session, key: list(session.call("ZRANGE", key, 0, -1, "WITHSCORES")),
    "stream": lambda session, key: session.call("XINFO", "STREAM", key, "FULL", "COUNT", 0),
}


def test_everything_comes_back() -> None:
    lab = filled()
    twin = again(lab)
    assert state(twin) == state(lab)
    assert twin.engine.config.values == lab.engine.config.values
    assert twin.engine.limits.hash_max_listpack_entries == 7
    assert dump(twin)[200:-8] == dump(lab)[200:-8]


def test_it_lives_on() -> None:
    """Values that came back can be changed like any other, and forget nothing of their encoding."""
    session = again(filled()).session()
    assert session.run("ZADD board 7.5 new") == 1
    assert session.run("ZRANK board new") == session.run("ZCOUNT board -inf (7.5")
    assert session.run("LPUSH queue first") == 701
    assert session.run("LINDEX queue 350") == b"349"
    assert session.run("HDEL table 3") == 1
    assert session.run("OBJECT ENCODING table") == b"hashtable"
    assert session.run("APPEND raw z") == 3
    assert session.run("PFCOUNT hll") == 3
    assert session.run("SREM words a b") == 2
    assert session.run("EXISTS words") == 0


def test_loading_is_no_step() -> None:
    assert again(filled()).steps == []


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


def test_time_to_live_goes_on_and_what_is_over_is_gone() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET short v PX 1000")
    session.run("SET long v EX 100")
    data = dump(lab)
    later = Lab(clock="manual")
    later.advance(2)
    load(later, data)
    assert later.session().run("KEYS *") == [b"long"]
    assert later.session().run("PTTL long") == 98_000


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
    assert again(lab).engine.config["requirepass"] == ""


def test_every_type_has_a_codec() -> None:
    """A type without one could not be saved: this fails when a new type joins the engine."""
    import redislab.lab  # noqa: F401  (imports all of them)

    def below(kind: type[Value]) -> set[type[Value]]:
        return {sub for child in kind.__subclasses__() for sub in {child, *below(child)}}

    kinds = {kind for kind in Value.__subclasses__() if kind.__module__.startswith("redislab.values")}
    forms = {kind for kind in below(Value) if kind.__module__.startswith("redislab.values")} - kinds
    assert forms == {NewerList, NewerSet, ExpiringHash}, "a test saves each of these"
    assert kinds == {codec.kind for codec in CODECS}
    assert [codec.number for codec in CODECS] == list(range(len(CODECS)))


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
