"""The server as a whole: time, and databases that are exchanged or emptied."""

from __future__ import annotations

from redislab import Lab


def test_time_is_the_lab_s() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    seconds, microseconds = map(int, alice.run("TIME"))
    assert 0 <= microseconds < 1_000_000
    lab.advance(1.5)
    later = list(map(int, alice.run("TIME")))
    assert (later[0] - seconds) * 1_000_000 + later[1] - microseconds == 1_500_000


def test_swapdb_serves_who_waits() -> None:
    lab = Lab()
    alice, bob = lab.session(), lab.session()
    alice.run("BLPOP l 0")
    for line in ("SELECT 1", "RPUSH l x", "SWAPDB 0 1"):
        bob.run(line)
    assert list(alice.outbox) == [[b"l", b"x"]]
    assert bob.run("DBSIZE") == 0


def test_flushall_empties_all_databases_and_undo_fills_them() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    for index in (0, 5, 15):
        alice.run(f"SELECT {index}")
        alice.run("SET k v EX 100")
    alice.run("FLUSHALL")
    assert [len(db.values) for db in lab.engine.databases] == [0] * 16
    lab.undo()
    assert [db.index for db in lab.engine.databases if db.values] == [0, 5, 15]
    assert alice.run("TTL k") == 100


def test_keys_whose_time_is_over_count_until_they_are_found() -> None:
    lab = Lab(clock="manual")
    lab.engine.active_expire = False
    alice = lab.session()
    alice.run("SET k v PX 1")
    lab.advance(1)
    assert alice.run("DBSIZE") == 1
    assert alice.run("KEYS *") == []
