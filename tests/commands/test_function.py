"""FUNCTION beyond what the transcripts hold: undo, copies, dumps, the first line of a library's code."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.changes_view import changes_of
from redislab.engine.library_code import read_head

pytest.importorskip("lupa.lua51")

COUNTER = (
    "#!lua name=counter\nlocal n = 0\n"
    "redis.register_function('next', function() n = n + 1 return n end)\n"
    "redis.register_function{function_name='peek', callback=function() return n end, flags={'no-writes'}}"
)


def greeting(text: str, library: str = "greeter", function: str = "greet") -> str:
    return f"#!lua name={library}\nredis.register_function('{function}', function() return '{text}' end)"


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def names(session) -> list[bytes]:
    return [library[b"library_name"] for library in session.call("FUNCTION", "LIST")]


# -- undo --------------------------------------------------------------------------------------------------------


def test_undo_takes_a_library_away_and_redo_brings_it_back(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    lab.undo()
    assert names(alice) == []
    with pytest.raises(ReplyError, match="Function not found"):
        alice.run("FCALL greet 0")
    lab.redo()
    assert alice.run("FCALL greet 0") == b"hello"


def test_undo_of_replace_brings_the_former_library_back(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    alice.call("FUNCTION", "LOAD", "REPLACE", greeting("good day"))
    assert alice.run("FCALL greet 0") == b"good day"
    lab.undo()
    assert alice.run("FCALL greet 0") == b"hello"


@pytest.mark.parametrize("line", ["FUNCTION DELETE greeter", "FUNCTION FLUSH"])
def test_undo_brings_removed_libraries_back(lab: Lab, line: str) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    alice.run(line)
    assert names(alice) == []
    lab.undo()
    assert alice.run("FCALL greet 0") == b"hello"


def test_a_load_that_fails_is_no_step(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    with pytest.raises(ReplyError, match="already exists"):
        alice.call("FUNCTION", "LOAD", greeting("other"))
    assert len(lab.steps) == 1


def test_to_remove_all_of_no_libraries_is_no_step(lab: Lab) -> None:
    alice = lab.session()
    alice.run("FUNCTION FLUSH")
    alice.call("FUNCTION", "RESTORE", alice.run("FUNCTION DUMP"))
    assert lab.steps == []


def test_steps_tell_of_libraries(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    alice.call("FUNCTION", "LOAD", COUNTER)
    alice.call("FUNCTION", "LOAD", "REPLACE", greeting("good day"))
    alice.run("FUNCTION DELETE counter")
    told = [[str(change) for change in changes_of(lab, step)] for step in lab.steps]
    assert told == [["+ library greeter"], ["+ library counter"], ["~ library greeter"], ["- library counter"]]
    undone = lab.undo()
    assert undone is not None and [str(change) for change in changes_of(lab, undone)] == ["+ library counter"]


def test_what_a_function_changed_is_one_step(lab: Lab) -> None:
    alice = lab.session()
    alice.call(
        "FUNCTION",
        "LOAD",
        "#!lua name=a\nredis.register_function('two', function(keys) "
        "redis.call('SET', keys[1], 1) redis.call('SET', keys[2], 2) return 'done' end)",
    )
    assert alice.run("FCALL two 2 a b") == b"done"
    assert lab.last_change is not None
    assert lab.last_change.label == "FCALL two 2 a b"
    lab.undo()
    assert alice.run("EXISTS a b") == 0
    assert names(alice) == [b"a"]


# -- copies ------------------------------------------------------------------------------------------------------


def test_a_fork_has_the_libraries_and_goes_its_own_way(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", COUNTER)
    other = lab.fork().session()
    alice.run("FUNCTION FLUSH")
    assert names(other) == [b"counter"]
    assert other.run("FCALL next 0") == 1
    assert other.run("FCALL_RO peek 0") == 1
    with pytest.raises(ReplyError, match="write flag"):
        other.run("FCALL_RO next 0")


def test_a_fork_lists_and_dumps_libraries_it_has_not_called(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", COUNTER)
    other = lab.fork().session()
    assert other.run("FUNCTION LIST WITHCODE") == alice.run("FUNCTION LIST WITHCODE")
    assert other.run("FUNCTION DUMP") == alice.run("FUNCTION DUMP")


# -- dump and restore --------------------------------------------------------------------------------------------


def test_what_is_dumped_is_restored(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", COUNTER)
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    listed, dump = alice.run("FUNCTION LIST WITHCODE"), alice.run("FUNCTION DUMP")
    alice.run("FUNCTION FLUSH")
    alice.call("FUNCTION", "RESTORE", dump)
    assert alice.run("FUNCTION LIST WITHCODE") == listed
    assert alice.run("FCALL greet 0") == b"hello"


def test_restore_appends_replaces_or_flushes(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    dump = alice.run("FUNCTION DUMP")
    alice.call("FUNCTION", "LOAD", "REPLACE", greeting("good day"))
    alice.call("FUNCTION", "LOAD", COUNTER)
    with pytest.raises(ReplyError, match=r"^ERR Library greeter already exists$"):
        alice.call("FUNCTION", "RESTORE", dump)
    assert alice.run("FCALL greet 0") == b"good day"
    alice.call("FUNCTION", "RESTORE", dump, "REPLACE")
    assert alice.run("FCALL greet 0") == b"hello"
    assert sorted(names(alice)) == [b"counter", b"greeter"]
    alice.call("FUNCTION", "RESTORE", dump, "FLUSH")
    assert names(alice) == [b"greeter"]


def test_restore_is_all_or_nothing_and_can_be_undone(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    alice.call("FUNCTION", "LOAD", COUNTER)
    dump = alice.run("FUNCTION DUMP")
    alice.run("FUNCTION FLUSH")
    alice.call("FUNCTION", "LOAD", greeting("mine", library="mine", function="next"))
    with pytest.raises(ReplyError, match=r"^ERR Function next already exists$"):
        alice.call("FUNCTION", "RESTORE", dump)
    assert names(alice) == [b"mine"]
    alice.call("FUNCTION", "RESTORE", dump, "FLUSH")
    lab.undo()
    assert alice.run("FCALL next 0") == b"mine"


@pytest.mark.parametrize("spoil", [lambda dump: dump[:-1], lambda dump: b"x" + dump, lambda dump: b"", lambda d: d[:9]])
def test_a_spoilt_payload_is_refused(lab: Lab, spoil) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    with pytest.raises(ReplyError, match=r"^ERR DUMP payload version or checksum are wrong$"):
        alice.call("FUNCTION", "RESTORE", spoil(alice.run("FUNCTION DUMP")), "REPLACE")


def test_the_real_server_and_the_engine_restore_each_other(lab: Lab, oracle) -> None:
    from real import RealClient, emptied

    emptied(oracle)
    real, alice = RealClient(oracle), lab.session()
    real.call([b"FUNCTION", b"FLUSH"])
    real.call([b"FUNCTION", b"LOAD", COUNTER.encode()])
    alice.call("FUNCTION", "LOAD", COUNTER)
    dump = alice.run("FUNCTION DUMP")
    assert real.call([b"FUNCTION", b"DUMP"]) == dump
    assert real.call([b"FUNCTION", b"RESTORE", dump, b"FLUSH"]) == "OK"
    assert alice.call("FUNCTION", "RESTORE", real.call([b"FUNCTION", b"DUMP"]), "FLUSH") == "OK"
    assert alice.run("FCALL next 0") == real.call([b"FCALL", b"next", b"0"]) == 1
    real.call([b"FUNCTION", b"FLUSH"])
    real.close()


# -- loading -----------------------------------------------------------------------------------------------------


def test_a_library_that_does_not_end_is_given_up(lab: Lab) -> None:
    alice = lab.session()
    with pytest.raises(ReplyError, match=r"^ERR Error registering functions: ERR FUNCTION LOAD timeout$"):
        alice.call("FUNCTION", "LOAD", "#!lua name=a\nwhile true do end")
    alice.call("FUNCTION", "LOAD", greeting("hello"))
    assert alice.run("FCALL greet 0") == b"hello"


def test_libraries_do_not_see_each_other(lab: Lab) -> None:
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", COUNTER)
    alice.call("FUNCTION", "LOAD", COUNTER.replace("counter", "second").replace("'next'", "'n2'").replace("peek", "p2"))
    assert [alice.run("FCALL next 0"), alice.run("FCALL next 0"), alice.run("FCALL n2 0")] == [1, 2, 1]


def test_the_head_keeps_the_numbers_of_lines() -> None:
    head = read_head(b"#!LUA name=a_1\nlocal x\n")
    assert (head.engine, head.name, head.body) == (b"LUA", b"a_1", b"\nlocal x\n")


def test_a_function_takes_thousands_of_keys_and_arguments(lab: Lab) -> None:
    alice = lab.session()
    code = "#!lua name=a\nredis.register_function('count', function(keys, args) return {#keys, #args, args[#args]} end)"
    alice.call("FUNCTION", "LOAD", code)
    words = [str(number) for number in range(9000)]
    assert alice.call("FCALL", "count", 4000, *words) == [4000, 5000, b"8999"]


# -- functions that run for long ---------------------------------------------------------------------------------

LOOP = (
    "#!lua name=l\nredis.register_function('loop', function()\n while true do end end)\n"
    "redis.register_function('stubborn', function()\n while true do pcall(function() while true do end end) end end)"
)
BUSY = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
KILLED = "ERR Script killed by user with SCRIPT KILL... script: %s, on @user_function:%d."


def meanwhile(lab: Lab, line: str, lines: list[str]) -> tuple[str, list[object]]:
    """The error that a function ends with, and the replies to what another client sends while it runs."""
    alice, bob = lab.session("alice"), lab.session("bob")
    alice.call("FUNCTION", "LOAD", LOOP)
    alice.run("CONFIG SET busy-reply-threshold 1")
    waiting, replies = list(lines), []

    def while_busy() -> None:
        if waiting:
            try:
                replies.append(bob.run(waiting.pop(0)))
            except ReplyError as error:
                replies.append(error.text)

    lab.engine.host.while_busy = while_busy
    with pytest.raises(ReplyError) as ended:
        alice.run(line)
    return ended.value.text, replies


def test_others_are_let_in_to_look_and_to_kill(lab: Lab) -> None:
    lines = ["GET k", "FCALL loop 0", "SCRIPT KILL", "FUNCTION STATS", "FUNCTION KILL"]
    ended, (got, called, script_kill, stats, killed) = meanwhile(lab, "fcall loop 0 a b", lines)
    assert (got, called, script_kill, killed) == (BUSY, BUSY, BUSY, "OK")
    running = stats[b"running_script"]  # type: ignore[index]
    assert (running[b"name"], running[b"command"]) == (b"loop", [b"fcall", b"loop", b"0", b"a", b"b"])
    assert isinstance(running[b"duration_ms"], int)
    assert ended == KILLED % ("loop", 3)
    assert lab.session().run("FUNCTION STATS")[b"running_script"] is None


def test_a_function_that_catches_errors_is_killed_too(lab: Lab) -> None:
    ended, replies = meanwhile(lab, "FCALL stubborn 0", ["FUNCTION KILL"])
    assert (ended, replies) == (KILLED % ("stubborn", 5), ["OK"])


# -- what is told to others --------------------------------------------------------------------------------------


def test_libraries_are_told_to_the_append_only_file_as_they_were_given(lab: Lab) -> None:
    told: list[object] = []
    lab.engine.propagate_to(told.extend)
    alice = lab.session()
    alice.call("FUNCTION", "LOAD", LOOP)
    alice.run("FUNCTION DELETE l")
    alice.run("FUNCTION LIST")
    alice.run("FUNCTION FLUSH")
    assert told == [
        (0, (b"FUNCTION", b"LOAD", LOOP.encode())),
        (0, [b"FUNCTION", b"DELETE", b"l"]),
        (0, [b"FUNCTION", b"FLUSH"]),
    ]


def test_a_function_is_told_as_what_it_called(lab: Lab) -> None:
    alice = lab.session()
    code = (
        "#!lua name=a\nredis.register_function('two', function(keys) "
        "redis.call('SET', keys[1], 1) redis.call('GET', 'x') redis.call('INCR', keys[1]) end)"
    )
    alice.call("FUNCTION", "LOAD", code)
    told: list[tuple[int, list[bytes]]] = []
    lab.engine.propagate_to(told.extend)
    alice.run("FCALL two 1 k")
    assert [list(argv) for _, argv in told] == [[b"MULTI"], [b"SET", b"k", b"1"], [b"INCR", b"k"], [b"EXEC"]]
