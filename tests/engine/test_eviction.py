"""The eight policies: who may go, who goes first, and what is refused when nobody can."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from engine.slow_clock import SlowClock
from redislab import Lab, ReplyError
from redislab.engine.eviction import POOL

POLICIES = (
    "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
    "volatile-ttl",
)  # fmt: skip
OOM = "OOM command not allowed when used memory > 'maxmemory'."


def full_lab(policy: str, room: int, seed: int = 1, **options: Any) -> tuple[Lab, Any]:
    """A lab with so many bytes left until its limit; its clock stands still, so evicting is never cut short."""
    lab = Lab(clock="manual", seed=seed, **options)
    session = lab.session()
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() + room, "maxmemory-policy", policy)
    return lab, session


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_memory_stays_within_its_limit_or_commands_are_refused(policy: str, seed: int) -> None:
    lab, session = full_lab(policy, 40_000, seed, record=False)
    dice, immortal, refused = Random(seed), set(), 0
    for number in range(800):
        name, lasts = f"key:{number}", dice.random() < 0.5
        words = ["SET", name, "x" * dice.randrange(200), *(("EX", dice.randrange(10, 1000)) if not lasts else ())]
        try:
            session.call(*words)
            immortal |= {name.encode()} if lasts else set()
        except ReplyError as error:
            assert error.text == OOM
            refused += 1
            if dice.random() < 0.1 and (victim := session.run("RANDOMKEY")):
                session.call("DEL", victim)
                immortal.discard(victim)
        if dice.random() < 0.3:
            session.call("GET", f"key:{dice.randrange(number + 1)}")
        if session.call("EXISTS", "nothing") == 0 and not lab.engine.memory.out_of_memory:
            assert lab.engine.memory.used() <= lab.engine.memory.limit
        if policy.startswith(("volatile", "noeviction")):
            assert immortal <= lab.engine.databases[0].values.keys()
    assert (lab.engine.memory.evicted_keys > 0) == (policy != "noeviction")
    assert (refused > 0) == (not policy.startswith("allkeys"))


def test_the_pool_is_never_larger_than_sixteen() -> None:
    lab, session = full_lab("allkeys-lru", 20_000, record=False)
    for number in range(2000):
        session.call("SET", f"key:{number}", "value")
        assert len(lab.engine.memory.eviction.pool) <= POOL
        assert lab.engine.memory.eviction.pool == sorted(lab.engine.memory.eviction.pool, key=lambda one: one[0])


# -- how good the choice is --------------------------------------------------------------------------------------

COUNT = 2000


def idle(lab: Lab, name: str, number: int) -> None:
    lab.engine.databases[0].values[name.encode()].used = lab.engine.lru_second - (COUNT - number) * 100


def little_used(lab: Lab, name: str, number: int) -> None:
    value = lab.engine.databases[0].values[name.encode()]
    value.used = value.used & ~255 | number * 255 // COUNT


def short_lived(lab: Lab, name: str, number: int) -> None:
    lab.session().call("PEXPIRE", name, 1_000_000 + number * 1000)


QUALITY = [
    # A policy, how a key is made fit to go before those with higher numbers, maxmemory-samples, and which part of the
    # keys that a real server evicted, half of 2000, was of the fitter half: means of five runs.
    ("allkeys-lru", idle, 1, 0.488), ("allkeys-lru", idle, 3, 0.812), ("allkeys-lru", idle, 5, 0.887),
    ("allkeys-lru", idle, 10, 0.954), ("allkeys-lfu", little_used, 1, 0.491), ("allkeys-lfu", little_used, 5, 0.888),
    ("allkeys-lfu", little_used, 10, 0.951), ("volatile-ttl", short_lived, 1, 0.473),
    ("volatile-ttl", short_lived, 5, 0.890), ("volatile-ttl", short_lived, 10, 0.948),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "make_fit", "samples", "measured"), QUALITY)
def test_victims_are_about_as_well_chosen_as_by_a_real_server(
    policy: str, make_fit: Callable[[Lab, str, int], None], samples: int, measured: float
) -> None:
    lab = Lab(clock="manual", seed=7, record=False, observe=False)
    session = lab.session()
    session.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory-samples", samples)
    for number in Random(7).sample(range(COUNT), COUNT):
        session.call("SET", f"k{number}", "x" * 2000)
        make_fit(lab, f"k{number}", number)
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - COUNT // 2 * 2100)
    session.run("PING")
    gone = [number for number in range(COUNT) if not session.call("EXISTS", f"k{number}")]
    assert 900 < len(gone) < 1050
    assert abs(sum(number < len(gone) for number in gone) / len(gone) - measured) < 0.05


@pytest.mark.parametrize("policy", ["allkeys-random", "volatile-random"])
def test_random_is_random(policy: str) -> None:
    gone = []
    for seed in range(40):
        lab, session = full_lab("noeviction", 10_000, seed, record=False, observe=False)
        for number in range(20):
            session.call("SET", number, "x" * 100, "EX", 100)
        session.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", lab.engine.memory.used() - 1)
        session.run("PING")
        gone += [number for number in range(20) if not session.call("EXISTS", number)]
    assert len(gone) == 40
    assert len(set(gone)) > 12


# -- what is told, undone, and cut short -------------------------------------------------------------------------


def test_a_key_that_was_used_again_is_spared_by_lru() -> None:
    lab, session = full_lab("allkeys-lru", 10_000_000, record=False)
    session.call("CONFIG", "SET", "maxmemory-samples", 10)
    for number in range(10):
        session.call("SET", number, "x" * 100)
        lab.advance(10)
    session.call("GET", 0)
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - 1)
    session.run("PING")
    assert session.call("EXISTS", 0) == 1
    assert lab.engine.memory.evicted_keys == 1


def test_lfu_forgets_what_was_used_long_ago() -> None:
    lab, session = full_lab("allkeys-lfu", 10_000_000, record=False)
    session.call("CONFIG", "SET", "lfu-log-factor", 0, "maxmemory-samples", 20)
    session.call("SET", "old", "x" * 100)
    for _ in range(40):
        session.call("GET", "old")
    assert session.call("OBJECT", "FREQ", "old") == 45
    lab.advance(44 * 60)
    assert session.call("OBJECT", "FREQ", "old") == 1
    session.call("SET", "new", "x" * 100)
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - 1)
    session.run("PING")
    assert session.run("KEYS *") == [b"new"]


def test_eviction_is_announced_and_told_as_a_change() -> None:
    lab, session = full_lab("allkeys-lru", 0)
    listener = lab.session(protocol=3)
    listener.run("CONFIG SET notify-keyspace-events Ee")
    listener.run("PSUBSCRIBE __keyevent@*__:*")
    listener.outbox.clear()
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() + 300)
    session.call("SET", "first", "x" * 100)
    session.call("SET", "second", "x" * 100)
    session.call("SET", "third", "x" * 100)
    assert [(push[2], push[3]) for push in listener.outbox] == [(b"__keyevent@0__:evicted", b"first")]
    told = [str(change) for change in lab.what_changed()]
    assert told[0].startswith("- first evicted (string, was ")
    assert told[1].startswith("+ third string ")


def test_undo_brings_back_what_was_evicted() -> None:
    lab, session = full_lab("allkeys-lru", 300)
    session.call("SET", "first", "x" * 100)
    session.call("SET", "second", "x" * 100)
    session.call("SET", "third", "x" * 100)
    assert lab.undo().label.startswith("SET third")
    assert sorted(lab.engine.databases[0].values) == [b"first", b"second"]
    lab.redo()
    assert sorted(lab.engine.databases[0].values) == [b"second", b"third"]


def test_what_goes_before_a_queued_command_is_a_step_of_its_own() -> None:
    lab, session = full_lab("allkeys-lru", 10_000_000)
    session.call("SET", "key", "x" * 100)
    session.run("MULTI")
    lab.session().call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - 1)
    session.run("PING")
    assert [step.label for step in lab.steps][-1] == "(eviction)"
    assert session.run("EXEC") == ["PONG"]
    assert not lab.engine.databases[0].values
    lab.undo()
    assert lab.engine.databases[0].values


def test_a_watched_key_that_is_evicted_spoils_the_transaction() -> None:
    lab, session = full_lab("allkeys-lru", 10_000_000)
    session.call("SET", "key", "x" * 100)
    session.run("WATCH key")
    lab.session().call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - 1)
    session.run("MULTI")
    session.run("PING")
    assert session.run("EXEC") is not None
    assert session.run("EXISTS key") == 0


def test_keys_of_all_databases_may_go() -> None:
    lab, session = full_lab("allkeys-random", 10_000_000, record=False)
    for index in range(4):
        session.call("SELECT", index)
        session.call("SET", "key", "x" * 100)
    session.run("CONFIG SET maxmemory 1")
    with pytest.raises(ReplyError, match="OOM"):
        session.run("SET a b")
    assert not any(db.values for db in lab.engine.databases)
    assert lab.engine.memory.evicted_keys == 4


def test_a_command_evicts_only_for_a_moment_and_ticks_do_the_rest() -> None:
    lab = Lab(SlowClock(), record=False, observe=False, seed=1)
    session = lab.session()
    for number in range(5000):
        session.call("SET", number, "x" * 100)
    half = lab.engine.memory.used() - 400_000
    session.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", half)
    assert session.run("GET nothing") is None
    assert 0 < lab.engine.memory.evicted_keys < 500
    assert lab.engine.memory.used() > half
    session.run("SET served anyway")
    for _ in range(50):
        lab.tick()
    assert lab.engine.memory.used() <= half
    session.call("CONFIG", "SET", "maxmemory-eviction-tenacity", 100, "maxmemory", half - 200_000)
    session.run("PING")
    assert lab.engine.memory.used() <= half - 200_000


def test_deleted_keys_that_wait_in_the_lists_are_passed_over() -> None:
    lab, session = full_lab("allkeys-lru", 40_000, record=False)
    for number in range(3000):
        session.call("SET", number % 60, "x" * 100)
        session.call("DEL", (number * 7) % 60)
    assert 0 < session.run("DBSIZE") <= 60
    assert sorted(session.run("SCAN 0 COUNT 1000")[1]) == sorted(session.run("KEYS *"))
    for number in range(1000):
        session.call("SET", f"new:{number}", "x" * 100)
    session.run("PING")
    assert lab.engine.memory.used() <= lab.engine.memory.limit


def test_volatile_keys_are_found_among_many_times_that_are_over() -> None:
    lab, session = full_lab("volatile-random", 10_000_000, record=False)
    for number in range(2000):
        session.call("SET", number, "x", "EX", 1000)
    session.call("DEL", *range(1, 2000))
    session.call("CONFIG", "SET", "maxmemory", lab.engine.memory.used() - 1)
    session.run("PING")
    assert session.run("DBSIZE") == 0


def test_scripts_are_told_what_they_may_not_call() -> None:
    lab, session = full_lab("noeviction", 10_000_000, record=False)
    commands, memory = lab.commands, lab.engine.memory
    assert not memory.refuses(commands["set"])
    session.run("CONFIG SET maxmemory 1")
    session.run("GET a")
    assert memory.refuses(commands["set"])
    assert not memory.refuses(commands["get"])
    session.run("CONFIG SET maxmemory 0")
    assert not memory.refuses(commands["set"])
