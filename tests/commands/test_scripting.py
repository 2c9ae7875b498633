"""What a script is to the rest: one step, one instant, one command; and what ends it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from hashlib import sha1
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.engine import lua_runtime
from redislab.engine.host import Host
from redislab.resp.types import BLOCKED


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual")


def reply(session: Any, *words: Any) -> Any:
    try:
        return session.call(*words)
    except ReplyError as error:
        return error.text


def test_a_script_is_one_step_that_undo_takes_back(lab: Lab) -> None:
    session = lab.session()
    session.call("SET", "kept", "old")
    session.call("EVAL", "redis.call('SET', 'kept', 'new') redis.call('RPUSH', 'list', 1, 2) redis.call('DEL', 'x')", 0)
    assert [change.key for change in lab.what_changed()] == [b"kept", b"list"]
    lab.undo()
    assert session.call("GET", "kept") == b"old"
    assert session.call("EXISTS", "list") == 0
    lab.redo()
    assert session.call("LRANGE", "list", 0, -1) == [b"1", b"2"]


def test_what_a_failing_script_wrote_stays(lab: Lab) -> None:
    session = lab.session()
    assert "stop" in reply(session, "EVAL", "redis.call('SET', 'key', 1) error('stop')", 0)
    assert session.call("GET", "key") == b"1"
    lab.undo()
    assert session.call("GET", "key") is None


def test_time_stands_still_while_a_script_runs() -> None:
    lab = Lab()
    code = """
        local before = redis.call('TIME')
        redis.call('SET', 'key', 1, 'PX', 1)
        for _ = 1, 20000 do redis.call('EXISTS', 'key') end
        local after = redis.call('TIME')
        return {before[1] == after[1] and before[2] == after[2], redis.call('EXISTS', 'key')}
    """
    assert lab.session().call("EVAL", code, 0) == [1, 1]


def test_who_waits_is_served_after_the_script(lab: Lab) -> None:
    waiting, session = lab.session("waiting"), lab.session()
    assert waiting.call("BLPOP", "queue", 0) is BLOCKED
    code = "redis.call('RPUSH', 'queue', 'a', 'b') redis.call('LPOP', 'queue') return redis.call('LLEN', 'queue')"
    assert session.call("EVAL", code, 0) == 1
    assert waiting.outbox.popleft() == [b"queue", b"b"]


def test_a_script_does_not_wait(lab: Lab) -> None:
    session = lab.session()
    assert session.call("EVAL", "return redis.call('XREAD', 'STREAMS', 'none', '$')", 0) is None
    assert "is not allowed with BLOCK option from scripts" in reply(
        session, "EVAL", "return redis.call('xread', 'BLOCK', 0, 'STREAMS', 'none', '$')", 0
    )
    assert not session.blocked


def test_a_watched_key_that_a_script_changes_ends_the_transaction(lab: Lab) -> None:
    session, other = lab.session(), lab.session()
    session.call("WATCH", "key")
    other.call("EVAL", "redis.call('SET', 'key', 1)", 0)
    session.call("MULTI")
    assert not session.call("EXEC")


def test_monitors_see_what_a_script_calls(lab: Lab) -> None:
    monitor, session = lab.session(), lab.session()
    monitor.call("MONITOR")
    session.call("EVAL", "redis.call('SET', 'key', 1.5)", 0)
    assert [line.partition("] ")[2] for line in monitor.outbox if "lua" in line] == ['"SET" "key" "1.5"']


def test_calls_of_scripts_are_counted(lab: Lab) -> None:
    session = lab.session()
    code = "for _ = 1, 5 do redis.call('INCR', 'key') end redis.pcall('INCR') redis.pcall('LPOP', 'key')"
    session.call("EVAL", code, 0)
    stats = session.call("INFO", "commandstats").decode()
    line = next(line for line in stats.splitlines() if line.startswith("cmdstat_incr:"))
    assert line.startswith("cmdstat_incr:calls=5,")
    assert "rejected_calls=1,failed_calls=0" in line
    assert "failed_calls=1" in next(line for line in stats.splitlines() if line.startswith("cmdstat_lpop:"))


def test_the_random_numbers_are_those_of_a_fresh_server(lab: Lab) -> None:
    session = lab.session()
    session.call("EVAL", "math.random() math.random()", 0)
    code = "return {math.random(100), math.random(5, 10), tostring(math.random())}"
    assert session.call("EVAL", code, 0) == [36, 7, b"0.31869277233197"]
    assert session.call("EVAL", code, 0) == [89, 5, b"0.58409022054825"]


def test_writes_that_nobody_is_to_hear_of(lab: Lab) -> None:
    heard: list[Any] = []
    lab.engine.propagate_to(heard.append)
    code = "redis.call('SET', 'a', 1) redis.set_repl(redis.REPL_NONE) redis.call('SET', 'b', 1) redis.set_repl(3)"
    lab.session().call("EVAL", code + " redis.call('INCR', 'a')", 0)
    assert heard == [[(0, words) for words in [(b"MULTI",), (b"SET", b"a", b"1"), (b"INCR", b"a"), (b"EXEC",)]]]


def test_more_scripts_than_the_interpreter_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lua_runtime, "MEMORY", 2 << 20)
    monkeypatch.setattr(lua_runtime, "HUNGRY", 1 << 20)
    session = Lab().session()
    assert [session.call("EVAL", f"return {number}", 0) for number in range(3000)] == list(range(3000))
    assert session.call("EVAL", "return 7", 0) == 7


def test_a_fork_knows_the_scripts(lab: Lab) -> None:
    digest = lab.session().call("SCRIPT", "LOAD", "return redis.call('PING')")
    twin = lab.fork().session()
    assert twin.call("EVALSHA", digest, 0) == "PONG"
    twin.call("SCRIPT", "FLUSH")
    assert lab.session().call("SCRIPT", "EXISTS", digest) == [1]


def test_undo_brings_flushed_scripts_back(lab: Lab) -> None:
    session = lab.session()
    digest = session.call("SCRIPT", "LOAD", "return 'known'")
    session.call("EVALSHA", digest, 0)
    session.call("SCRIPT", "FLUSH")
    assert reply(session, "EVALSHA", digest, 0).startswith("NOSCRIPT")
    lab.undo()
    assert session.call("EVALSHA", digest, 0) == b"known"
    lab.redo()
    assert session.call("SCRIPT", "EXISTS", digest) == [0]


def test_scripts_share_nothing(lab: Lab) -> None:
    session = lab.session()
    session.call("EVAL", "KEYS[3] = 'left' ARGV.left = 1 local left = 1 return left", 1, "a", "b")
    assert session.call("EVAL", "return {#KEYS, #ARGV, KEYS[3] == nil, ARGV.left == nil}", 0) == [0, 0, 1, 1]


def test_many_keys_and_long_replies_cross_whole(lab: Lab) -> None:
    session = lab.session(protocol=3)
    keys = [f"key{number}" for number in range(5000)]
    assert session.call("EVAL", "return {#KEYS, #ARGV, KEYS[5000], ARGV[3000]}", 5000, *keys, *keys[:3000]) == [
        5000, 3000, b"key4999", b"key2999",
    ]  # fmt: skip
    session.call("RPUSH", "list", *keys)
    session.call("HSET", "hash", *(word for key in keys for word in (key, key)))
    got = session.call("EVAL", "return redis.call('LRANGE', 'list', 0, -1)", 0)
    assert got == session.call("LRANGE", "list", 0, -1)
    got = session.call("EVAL", "redis.setresp(3) return redis.call('HGETALL', 'hash')", 0)
    assert dict(got) == session.call("HGETALL", "hash")
    session.call("SADD", "set", *keys)
    got = session.call("EVAL", "redis.setresp(3) return redis.call('SMEMBERS', 'set')", 0)
    assert sorted(got) == sorted(key.encode() for key in keys)


class LogHost(Host):
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def log(self, level: str, text: str) -> None:
        self.lines.append((level, text))


def test_the_log_is_the_host_s(lab: Lab) -> None:
    lab.engine.host = host = LogHost()
    lab.session().call("EVAL", "redis.log(redis.LOG_WARNING, 'two', 2, nil, 'words') redis.log('2', 'x')", 0)
    assert host.lines == [("warning", "two 2 words"), ("notice", "x")]


class BusyHost(LogHost):
    """An edge that lets others in while a script runs; its stopwatch runs 50 ms further each time it is read."""

    def __init__(self, meanwhile: Callable[[int], None]) -> None:
        super().__init__()
        self.reads = self.calls = 0
        self.meanwhile = meanwhile
        self.while_busy = self.let_in

    def stopwatch(self) -> int:  # type: ignore[override]
        self.reads += 1
        return self.reads * 50_000_000

    def let_in(self) -> None:
        self.calls += 1
        self.meanwhile(self.calls)


def run_busy(lab: Lab, code: str, *steps: tuple[str, ...]) -> tuple[Any, list[Any]]:
    """Run a script for too long, and another client's commands meanwhile; then the script is killed if need be."""
    other = lab.session("other")
    got: list[Any] = []

    def meanwhile(count: int) -> None:
        if count <= len(steps):
            got.append(reply(other, *steps[count - 1]))
        elif count > len(steps) + 2:
            run = lab.engine.scripts.run
            assert run is not None
            run.killed = True

    lab.engine.host = BusyHost(meanwhile)
    session = lab.session()
    session.call("CONFIG", "SET", "busy-reply-threshold", 100)
    return reply(session, "EVAL", code, 0), got


BUSY = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
KILLED = "ERR Script killed by user with SCRIPT KILL..."


def test_others_are_told_that_a_script_runs_and_can_kill_it(lab: Lab) -> None:
    calls = [("GET", "key"), ("PING",), ("FUNCTION", "KILL"), ("MULTI",), ("DISCARD",), ("SCRIPT", "KILL")]
    ended, got = run_busy(lab, "while true do end", *calls)
    assert ended.startswith(KILLED)
    assert ended.endswith("on @user_script:1.")
    assert got == [BUSY, BUSY, BUSY, "OK", "OK", "OK"]
    assert lab.session().call("PING") == "PONG"


@pytest.mark.parametrize("code", [
    "while true do pcall(function() while true do end end) end",
    "pcall(function() while true do end end) return 'escaped'",
    "coroutine.wrap(function() while true do end end)() return 'escaped'",
    "coroutine.resume(coroutine.create(function() while true do end end)) return 'escaped'",
])  # fmt: skip
def test_a_kill_cannot_be_caught(lab: Lab, code: str) -> None:
    assert run_busy(lab, code, ("SCRIPT", "KILL"))[0].startswith(KILLED)


def test_a_script_that_wrote_is_not_killed(lab: Lab) -> None:
    _, got = run_busy(lab, "redis.call('SET', 'key', 1) while true do end", ("SCRIPT", "KILL"), ("SCRIPT", "KILL"))
    assert [each.partition(" ")[0] for each in got] == ["UNKILLABLE", "UNKILLABLE"]
    assert lab.session().call("GET", "key") == b"1"


def test_others_do_not_move_the_script_s_time_or_step(lab: Lab) -> None:
    code = "redis.call('SET', 'key', 1) for _ = 1, 3e6 do end redis.call('SET', 'other', 1)"
    ended, got = run_busy(lab, code, ("GET", "key"))
    assert got == [BUSY]
    assert ended is None or ended.startswith(KILLED)
    assert [change.key for change in lab.what_changed()][:1] == [b"key"]


def test_a_long_script_is_told_in_the_log(lab: Lab) -> None:
    run_busy(lab, "while true do end", ("SCRIPT", "KILL"))
    host = lab.engine.host
    assert isinstance(host, BusyHost)
    assert host.lines[0][0] == "warning"
    assert host.lines[0][1].startswith("Slow script detected: still in execution after")
    sha = sha1(b"while true do end").hexdigest()
    assert host.lines[0][1].endswith(f"using the SCRIPT KILL command. Script name is: {sha}.")


@pytest.mark.parametrize(("code", "answer"), [
    ("return redis.setresp(2)", None),
    ("return redis.set_repl(redis.REPL_ALL)", None),
    ("return redis.replicate_commands()", 1),
    ("return redis.breakpoint()", None),
    ("return redis.debug('x')", None),
    ("return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM}", [b"7.0.15", 0x7000F]),
    ("return {redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.REPL_ALL}", [0, 1, 2, 2, 3]),
])  # fmt: skip
def test_small_functions(lab: Lab, code: str, answer: Any) -> None:
    assert lab.session().call("EVAL", code, 0) == answer


def test_a_table_from_a_coroutine_that_ends_outlives_nobody() -> None:
    """What an error remembers of its way would hand the table back to a coroutine that is gone: a crash."""
    session = Lab(record=False).session()
    for call in ("redis.call('ECHO', {})", "redis.pcall({})", "redis.sha1hex({}, {})", "redis.log({}, {})"):
        code = f"return {{pcall(coroutine.wrap(function() {call} end))}}"
        for _ in range(1000):
            session.call("EVAL", code, 0)
        gc.collect()


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing goes but by itself."""
    gc.disable()
    yield
    gc.enable()


def test_an_interpreter_that_is_left_is_gone(lab: Lab, uncollected: None) -> None:
    """Lua and Python hold each other, so somebody has to let go."""
    session = lab.session()
    session.call("EVAL", "return redis.call('PING')", 0)
    machine = lab.engine.scripts.machine
    assert machine is not None
    left = weakref.ref(machine.sandbox)
    session.call("SCRIPT", "FLUSH")
    assert session.call("EVAL", "return 1", 0) == 1
    assert left() is None


def test_the_interpreter_of_a_debugged_script_is_gone_with_it(lab: Lab, uncollected: None) -> None:
    left: list[weakref.ref[Any]] = []
    lab.debug_scripts(lambda: left.append(weakref.ref(session.debugging.machine.sandbox)), lambda lines: None)
    session = lab.session()
    session.call("SCRIPT", "DEBUG", "SYNC")
    assert session.call("EVAL", "local a = redis.call('PING') return a", 0) == "PONG"
    sandbox = left[0]()
    assert sandbox is None or sandbox.lua is None
