"""What a step changed, in words, for each type and kind of change."""

from __future__ import annotations

import pytest

from redislab.changes_view import changes_in_short, changes_of, each_change, shown, span
from redislab.lab import Lab


def lines_of(*commands: str) -> list[str]:
    """What the last of some commands changed."""
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    for command in commands:
        session.run(command)
    assert lab.last_change is not None
    return [line for change in changes_of(lab, lab.last_change) for line in change.lines()]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["SET tea green"], ['+ tea string "green"']),
        (["SET n 1", "INCR n"], ["~ n 1 → 2"]),
        (["SET tea green", "APPEND tea y"], ["~ tea", '    "green" → "greeny"', "    encoding embstr → raw"]),
        (["SET tea green", "DEL tea"], ['- tea (string, was "green")']),
        (["HSET user:1 name Ann"], ['+ user:1 hash field name "Ann"']),
        (["HSET u name Ann", "HSET u name Bob"], ['~ u field name "Ann" → "Bob"']),
        (["HSET u age 1", "HINCRBY u age 2"], ["~ u field age 1 → 3"]),
        (["HSET u a 1", "HSET u b x"], ['~ u + field b "x"']),
        (["HSET u a 1 b x", "HDEL u b"], ['~ u - field b "x"']),
        (["RPUSH l a b"], ["+ l list", '    [0] "a"', '    [1] "b"']),
        (["RPUSH l a b", "LPUSH l x"], ['~ l + left "x"']),
        (["RPUSH l a b", "RPUSH l x"], ['~ l + right "x"']),
        (["RPUSH l a b c", "LPOP l"], ['~ l - left "a"']),
        (["RPUSH l a b c", "LSET l 1 x"], ['~ l [1] "b" → "x"']),
        (["RPUSH l a b c", "LREM l 1 b"], ['~ l - [1] "b"']),
        (["SADD s 1", "SADD s 2"], ['~ s + member "2"']),
        (["SADD s 1", "SADD s x"], ["~ s", '    + member "x"', "    encoding intset → hashtable"]),
        (["ZADD z 1 a", "ZADD z 2.5 a"], ['~ z member "a" 1 → 2.5']),
        (["ZADD z 1 a", "ZADD z 2 b"], ['~ z + member "b" 2']),
        (["ZADD z 1 a 2 b", "ZREM z a"], ['~ z - member "a" 1']),
        (["SET t v", "EXPIRE t 60"], ["~ t ttl none → 60 s"]),
        (["SET t v EX 60", "PERSIST t"], ["~ t ttl 60 s → none"]),
        (["SET t v EX 7200"], ["+ t string", '    "v"', "    ttl 2 h"]),
        (["RPUSH k a", "SET k b"], ["~ k list 1 element → string \"b\""]),
        (["SET a 1", "RENAME a b"], ['- a (string, was "1")', '+ b string "1"']),
        (["SELECT 2", "SET k v"], ['+ [2] k string "v"']),
        (["SET a 1", "FLUSHALL"], ['- a (string, was "1")']),
        (
            ["SET a 1", "SWAPDB 0 1"],
            ["~ databases 0 and 1 changed places", "    database 0 now has no keys", "    database 1 now has 1 key: a"],
        ),
        (["RPUSH l a b c d e", "LTRIM l 1 2"], ["~ l", '    - left "a"', '    - right "d"', '    - right "e"']),
        (["CONFIG SET hash-max-listpack-entries 3"], ['~ config hash-max-listpack-entries "512" → "3"']),
        (["CONFIG SET requirepass geheim"], ['~ config requirepass (secret) → (secret)']),
        (["SET 'a b' 1"], ['+ "a b" string "1"']),
    ],
)  # fmt: skip
def test_lines(commands: list[str], expected: list[str]) -> None:
    found = lines_of(*commands)
    assert sorted(found) == sorted(expected) if commands[-1].startswith("RENAME") else found == expected


def test_many_details_are_bounded() -> None:
    found = lines_of("SADD s " + " ".join(map(str, range(100))))
    assert len(found) == 14
    assert found[-1] == "    … and 88 more"


def test_a_transaction_is_one_step() -> None:
    found = lines_of("MULTI", "SET a 1", "INCR n", "EXEC")
    assert found == ['+ a string "1"', '+ n string "1"']


def test_expiry_is_told_apart_from_deletion() -> None:
    lab = Lab(clock="manual")
    lab.session().run("SET tea green PX 500")
    lab.advance(1)
    lines = [line for change in changes_of(lab, lab.steps[-1]) for line in change.lines()]
    assert lines[0] == '- tea expired (string, was "green")'


def test_an_older_step_is_told_as_it_was_then() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for command in ("SET n 1", "INCR n", "INCR n", "DEL n", "SET n 9"):
        session.run(command)
    told = [changes_of(lab, step)[0].lines() for step in lab.steps]
    assert told == [['+ n string "1"'], ["~ n 1 → 2"], ["~ n 2 → 3"], ['- n (string, was "3")'], ['+ n string "9"']]


def test_an_older_step_before_a_flush() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for command in ("SET n 1", "INCR n", "FLUSHALL"):
        session.run(command)
    assert changes_of(lab, lab.steps[1])[0].lines() == ["~ n 1 → 2"]


def test_change_has_what_programs_want() -> None:
    lab = Lab(clock="manual")
    lab.session().run("SET tea green EX 60")
    [change] = changes_of(lab, lab.steps[-1])
    assert (change.db, change.key, change.kind, change.type) == (0, b"tea", "created", "string")
    assert (change.ttl_before, change.ttl_after) == (None, 60_000)
    assert str(change) == '+ tea string "green", ttl 60 s'


def test_text_is_readable_and_safe() -> None:
    assert shown("café".encode()) == '"café"'
    assert shown(b"\x1b[31m") == '"\\x1b[31m"'
    assert shown(b"\xff") == '"\\xff"'
    assert shown(b"x" * 1000) == '"' + "x" * 60 + '…" (1,000 bytes)'
    assert shown("é".encode() * 1000).startswith('"éé')


def test_spans() -> None:
    assert [span(ms) for ms in (None, 1, 1500, 60_000, 7_200_000, 172_800_000)] == [
        "none", "1 ms", "2 s", "60 s", "2 h", "2 d",
    ]  # fmt: skip


def told(lab: Lab) -> list[str]:
    """The last step in short."""
    step = lab.undone_steps[0] if lab.undone_steps else lab.steps[-1]
    return [line for change in changes_in_short(lab, step) for line in change.lines()]


def test_what_an_undone_flush_brings_back() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for command in ("SET greeting hi", "ZADD board 1 x", "SET user:1 y", "FLUSHALL"):
        session.run(command)
    lab.undo()
    assert told(lab) == ["+ 3 keys: board, greeting, user:1"]
    lab.redo()
    assert told(lab) == ['- greeting (string, was "hi")', "- board (zset, was 1 member)", '- user:1 (string, was "y")']


def test_what_an_undone_swap_brings_back() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for command in ("SET a 1", "SWAPDB 0 3"):
        session.run(command)
    lab.undo()
    assert told(lab)[1:] == ["    database 0 now has 1 key: a", "    database 3 now has no keys"]


def test_many_keys_are_told_in_one_line_each_way() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET old 1")
    session.run("MSET " + " ".join(f"k{number:02} v" for number in range(50)) + " old 2")
    assert told(lab) == ["+ 50 keys: k00, k01, k02, k03, k04, k05, k06, k07, …", "~ 1 key: old"]
    lab.undo()
    assert told(lab)[0].startswith("- 50 keys: k00")
    lab.redo()
    session.run("FLUSHALL")
    assert told(lab) == ["- 51 keys: k00, k01, k02, k03, k04, k05, k06, k07, …"]
    lab.undo()
    assert told(lab) == ["+ 51 keys: k00, k01, k02, k03, k04, k05, k06, k07, …"]


def test_many_keys_that_expire_at_once() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for number in range(30):
        session.call("SET", f"k{number:02}", "v", "PX", 5)
    lab.advance(1)
    assert told(lab)[0].startswith("- 30 keys expired: k00, k01")


def test_long_names_of_many_keys_are_cut() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.call("MSET", *(word for number in range(30) for word in ("x" * 5000 + str(number), "v")))
    assert len(told(lab)[0]) < 600


def test_of_very_many_changes_the_first_are_there_at_once() -> None:
    lab = Lab(clock="manual")
    lab.session().run("DEBUG POPULATE 1000")
    changes = each_change(lab, lab.steps[-1], lab.steps[-1].entries)
    assert next(changes).key == b"key:0"


def test_what_is_too_big_to_compare_says_so() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.call("SET", "big", b"x" * 2_000_000)
    session.call("APPEND", "big", "y")
    assert told(lab) == ["~ big string, too big to compare"]
