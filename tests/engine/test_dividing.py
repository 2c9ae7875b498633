"""Databases whose dictionaries are in parts answer as those whose are not, whatever happens while keys are moved."""

from __future__ import annotations

import contextlib
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redislab import Lab, ReplyError
from redislab.engine import deadlines as deadlines_module
from redislab.engine import dividing, memory
from redislab.engine.candidates import Candidates
from redislab.engine.changes import UndoError
from redislab.engine.deadlines import Deadlines
from redislab.persist.sandbox_form import dump, load
from redislab.values.divided import Divided

KEYS = st.sampled_from([f"k{number}" for number in range(30)])
LINES = st.one_of(
    st.builds("SET {} {}".format, KEYS, st.integers(0, 9)),
    st.builds("MSET {} 1 {} 2 {} 3".format, KEYS, KEYS, KEYS),
    st.builds("SET {} 1 EX {}".format, KEYS, st.integers(1, 50)),
    st.builds("{} {}".format, st.sampled_from(["GET", "DEL", "PERSIST", "INCR", "TYPE", "EXISTS", "PTTL"]), KEYS),
    st.builds("{} {} {}".format, st.sampled_from(["RPUSH", "SADD", "EXPIRE", "APPEND"]), KEYS, st.integers(1, 50)),
    st.builds("{} {} {}".format, st.sampled_from(["RENAME", "COPY", "SMOVE"]), KEYS, KEYS),
    st.sampled_from([
        "DBSIZE", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "SELECT 0", "SELECT 1", "KEYS *", "DEBUG DIGEST", "DEBUG RELOAD",
        "MULTI", "EXEC", "(scan)", "(tick)", "(tick)", "(advance)", "(undo)", "(redo)", "(fork)", "(restore)", "(used)",
    ]),
)  # fmt: skip


def played(lines: list[str], version: str) -> list[Any]:
    """What a lab answers to these lines, its ticks and its undo among them; lists of keys in order."""
    lab = Lab(clock="manual", seed=1, version=version)
    session = lab.session()
    session.run("MSET " + " ".join(f"k{number} {number}" for number in range(0, 30, 2)))
    answers: list[Any] = []
    for line in [*lines, "DISCARD", "(tick)", "(scan)", "KEYS *", "DEBUG DIGEST"]:
        if line == "(fork)":
            lab = lab.fork()
            session = lab.session()
        elif line == "(restore)":
            data, lab = dump(lab), Lab(clock="manual", seed=1, version=version)
            load(lab, data)
            session = lab.session()
        else:
            answers.append(one_answer(lab, session, line))
    return answers


def one_answer(lab: Lab, session: Any, line: str) -> Any:
    if line == "(scan)":
        return "queued" if session.in_multi else sorted(scanned(session))
    if line.startswith("("):
        work = {"tick": lab.tick, "advance": lambda: lab.advance(7), "undo": lab.undo, "redo": lab.redo}
        with contextlib.suppress(UndoError):
            return lab.engine.memory.used() if line == "(used)" else str(work[line[1:-1]]() is None)
        return "not to be undone"
    try:
        reply = session.run(line)
    except ReplyError as error:
        return error.text
    return sorted(reply) if line == "KEYS *" and isinstance(reply, list) else reply


def scanned(session: Any) -> set[bytes]:
    """The keys that a whole walk finds."""
    cursor, page = session.call("SCAN", 0, "COUNT", 3)
    found = set(page)
    while cursor != b"0":
        cursor, page = session.call("SCAN", cursor, "COUNT", 3)
        found |= set(page)
    return found


def lower_thresholds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dividing, "DIVIDED_ABOVE", 10)
    patch.setattr(dividing, "UNITED_BELOW", 4)
    patch.setattr(dividing, "MOVED_AT_A_TICK", 3)
    patch.setattr(deadlines_module, "SPARE", 2)
    patch.setattr(deadlines_module, "MOVED_WITH_EACH", 1)
    patch.setattr(deadlines_module, "MOVED_AT_A_TICK", 2)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, min_size=10, max_size=60), st.sampled_from(["7.0", "8.2"]))
def test_a_divided_database_answers_as_another(lines: list[str], version: str) -> None:
    plain = played(lines, version)
    with pytest.MonkeyPatch.context() as patch:
        lower_thresholds(patch)
        assert played(lines, version) == plain


def filled(monkeypatch: pytest.MonkeyPatch, count: int, *words: object) -> tuple[Lab, Any]:
    """A lab with a divided database of so many keys, of which some have not been moved yet."""
    monkeypatch.setattr(dividing, "DIVIDED_ABOVE", 100)
    monkeypatch.setattr(dividing, "UNITED_BELOW", 20)
    monkeypatch.setattr(dividing, "MOVED_AT_A_TICK", count // 4)
    lab = Lab(clock="manual", seed=1, record=False)
    session = lab.session()
    for number in range(count):
        session.call("SET", f"key:{number}", "x" * 100, *words)
    lab.tick()
    lab.tick()
    return lab, session


def test_it_is_divided_when_it_is_large_and_one_again_when_it_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    lab, session = filled(monkeypatch, 400, "EX", 100)
    values, expires = lab.engine.databases[0].values, lab.engine.databases[0].expires
    assert isinstance(values, Divided) and values.old and any(values.parts)
    assert isinstance(expires, Divided)
    for _ in range(5):
        lab.tick()
    assert lab.engine.databases[0].values is values
    assert not values.old and not expires.old
    cursor, found = session.call("SCAN", 0, "COUNT", 50)
    session.call("DEL", *(f"key:{number}" for number in range(10, 400)))
    lab.tick()
    assert type(lab.engine.databases[0].values) is type(lab.engine.databases[0].expires) is dict
    while cursor != b"0":
        cursor, more = session.call("SCAN", cursor, "COUNT", 5)
        found += more
    assert {b"key:%d" % number for number in range(10)} <= set(found)
    lab.advance(100)
    assert session.run("DBSIZE") == 0


def test_a_scan_that_began_before_the_division_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "DIVIDED_ABOVE", 100)
    monkeypatch.setattr(dividing, "UNITED_BELOW", 20)
    monkeypatch.setattr(dividing, "MOVED_AT_A_TICK", 10)
    lab = Lab(clock="manual", seed=1, record=False)
    session = lab.session()
    for number in range(90):
        session.call("SET", f"key:{number}", 1)
    cursor, found = session.call("SCAN", 0, "COUNT", 20)
    for number in range(90, 200):
        session.call("SET", f"key:{number}", 1)
    while cursor != b"0":
        lab.tick()
        cursor, more = session.call("SCAN", cursor, "COUNT", 7)
        found += more
    assert {b"key:%d" % number for number in range(90)} <= set(found)


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl", "volatile-random"])
def test_divided_databases_keep_to_their_limit(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lab, session = filled(monkeypatch, 400, "EX", 1000)
    used = lab.engine.memory.used()
    session.call("CONFIG", "SET", "maxmemory", used - 10_000, "maxmemory-policy", policy)
    for number in range(400, 1200):
        session.call("SET", f"key:{number}", "x" * 100, "EX", 1000)
        if number % 50 == 0:
            lab.tick()
            assert lab.engine.memory.used() <= used - 10_000
    assert lab.engine.memory.evicted_keys > 800
    assert 200 < session.run("DBSIZE") < 400
    by_ttl = policy == "volatile-ttl"
    assert session.call("EXISTS", "key:1199") == 1 or not by_ttl


def test_memory_is_counted_right_however_it_comes_to_be_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "AT_FIRST", 20)
    lab, session = filled(monkeypatch, 400)
    estimate = lab.engine.memory.used()
    for number in range(350, 450):
        session.call("SET", f"key:{number}", "x" * 200)
    for _ in range(10):
        lab.tick()
    figure = lab.engine.memory.used()
    lab.engine.memory.stop()
    monkeypatch.undo()
    lab.engine.memory.start()
    assert lab.engine.memory.counted[0] == 450
    assert lab.engine.memory.used() == figure
    assert abs(estimate - (figure - 100 * 150)) < 0.1 * figure


def test_of_very_many_changed_keys_a_part_is_weighed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MANY_CHANGED", 100)
    monkeypatch.setattr(memory, "AT_FIRST", 50)
    lab = Lab(clock="manual", seed=1, record=False)
    session = lab.session()
    lab.engine.memory.start()
    for number in range(1000):
        session.call("SET", f"key:{number:04}", "x" * 100)
    estimate = lab.engine.memory.used()
    assert lab.engine.memory.counted[0] == 50
    for _ in range(2):
        lab.tick()
    assert lab.engine.memory.counted[0] == 1000
    assert estimate == lab.engine.memory.used()


# -- drawing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [None, 0, 70, 200])
def test_every_key_is_drawn_as_often_as_the_next(moved: int | None) -> None:
    names = [b"key:%d" % number for number in range(200)]
    table: Any = dict.fromkeys(names, 1) if moved is None else Divided(dict.fromkeys(names, 1))
    if moved:
        table.move(moved)
    candidates, dice = Candidates(table), Random(3)
    times = Counter(key for _ in range(40_000) for key in candidates.draw(dice, 1))
    assert set(times) == set(names)
    assert 130 < min(times.values()) <= max(times.values()) < 280


def test_what_is_drawn_is_there_and_what_came_is_drawn_too() -> None:
    table = Divided({b"key:%d" % number: number for number in range(500)})
    candidates, dice = Candidates(table), Random(3)
    for number in range(500, 5000):
        assert all(table[key] == value for key, value in candidates.draw(dice, 3).items())
        del table[b"key:%d" % (number - 500)]
        table[b"key:%d" % number] = number
        table.move(1)
    drawn = {key for _ in range(5000) for key in candidates.draw(dice, 3)}
    assert len(drawn) > 490


# -- deadlines ---------------------------------------------------------------------------------------------------


STEPS = st.sampled_from(["set", "set", "tick", "due", "next", "drop"])


@given(st.lists(st.tuples(STEPS, st.integers(0, 12), st.integers(0, 100)), max_size=150))
def test_deadlines_name_what_is_due_in_its_order(steps: list[tuple[str, int, int]]) -> None:
    expires: dict[bytes, int] = {}
    deadlines = Deadlines()
    with pytest.MonkeyPatch.context() as patch:
        lower_thresholds(patch)
        for what, number, when in steps:
            key = b"%d" % number
            if what == "set":
                expires[key] = when
                deadlines.add(when, key, expires)
            elif what == "tick":
                deadlines.tick(expires)
            elif what == "drop":
                expires.pop(key, None)
            elif what == "next":
                assert deadlines.next(expires) == min(expires.values(), default=None)
            else:
                keys, _ = deadlines.due(when, expires, 1000)
                due = sorted((moment, key) for key, moment in expires.items() if moment <= when)
                assert list(dict.fromkeys(keys)) == [key for _, key in due]
                for key in keys:
                    expires.pop(key, None)
            assert len(deadlines) <= 4 * 13 + 10


def test_times_that_are_set_again_and_again_are_forgotten() -> None:
    lab = Lab(clock="manual", record=False)
    session = lab.session()
    for number in range(20_000):
        session.call("SET", f"key:{number % 100}", 1, "EX", 1000 + number)
        assert len(lab.engine.databases[0].deadlines) < 400
    session.run("FLUSHALL")
    session.run("SET a 1 EX 1")
    session.run("DEL a")
    lab.tick()
    lab.advance(10)
    assert lab.next_deadline() is None
