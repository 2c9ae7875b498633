"""Other clients while a script runs for too long, on redislab's server and on the real one."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import OURS, Running, real, running
from wire import Wire

LOOP = b"EVAL 'while true do end' 0\r\n"
WRITING_LOOP = b"EVAL \"redis.call('SET', 'k', '1') while true do end\" 0\r\n"
BUSY = b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."


@pytest.fixture(params=["redislab", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A server whose scripts count as slow after 50 ms."""
    program = OURS if request.param == "redislab" else real()
    with running(program, tmp_path / "data", "--busy-reply-threshold", "50") as server:
        yield server
        if server.process.poll() is None:
            kill(server)
            server.wait_for(lambda: kill(server).startswith(b"-NOTBUSY"))
        assert "failed for a reason of its own" not in server.log()


def begin(server: Running, script: bytes = LOOP) -> Wire:
    """Start a script that does not end, and wait until it counts as slow."""
    wire = Wire(server.port)
    wire.send(script)
    with Wire(server.port) as other:
        while other.line(b"PING") == b"+PONG":
            time.sleep(0.01)
    return wire


def kill(server: Running, command: bytes = b"SCRIPT KILL") -> bytes:
    with Wire(server.port) as other:
        return other.line(command)


def test_others_hear_busy_until_the_script_is_killed(server: Running) -> None:
    with Wire(server.port) as before, begin(server) as wire:
        assert before.line(b"GET k") == BUSY
        assert before.line(b"PING") == BUSY
        assert before.line(b"NOSUCH") == b"-ERR unknown command 'NOSUCH', with args beginning with: "
        assert before.line(b"GET") == b"-ERR wrong number of arguments for 'get' command"
        assert before.line(b"SCRIPT KILL") == b"+OK"
        text = wire.line()
        assert text.startswith(b"-ERR Error running script") or text.startswith(b"-ERR Script killed by user"), text
        assert before.line(b"SET k 1") == b"+OK"
        assert wire.line(b"INCR k") == b":2"
    log = server.log()
    assert "Slow script detected: still in execution after" in log
    assert "You can try killing the script using the SCRIPT KILL command." in log


@pytest.mark.parametrize("call", [
    b"string.find(('a'):rep(40000), ('a*'):rep(30) .. 'b')", b"('a'):rep(60000):gsub('.-.-b', '')",
])  # fmt: skip
def test_a_pattern_that_goes_back_and_forth_for_ever_can_be_killed(tmp_path: Path, call: bytes) -> None:
    """The real server matches within C and hears nobody: this is ours alone."""
    script = b'EVAL "return ' + call + b'" 0\r\n'
    with running(OURS, tmp_path / "data", "--busy-reply-threshold", "50") as server, begin(server, script) as wire:
        assert kill(server) == b"+OK"
        assert b"killed by user" in wire.line()
        assert wire.line(b"PING") == b"+PONG"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be stopped here")
def test_who_asked_at_the_same_moment_is_answered_while_the_script_runs(server: Running) -> None:
    with Wire(server.port) as earlier, Wire(server.port) as wire, Wire(server.port) as later:
        for each in (earlier, wire, later):
            assert each.line(b"PING") == b"+PONG"
        # What comes while a process stands still is there all at once when it goes on.
        server.process.send_signal(signal.SIGSTOP)
        earlier.send(b"ECHO before\r\n")
        wire.send(LOOP)
        later.send(b"GET k\r\n")
        server.process.send_signal(signal.SIGCONT)
        assert earlier.line() in (b"$6", BUSY)
        assert later.line() in (BUSY, b"$-1")  # the system tells of who is ready in any order
        assert kill(server) == b"+OK"
        assert b"killed by user" in wire.line()
        later.send(b"PING\r\n")
        assert later.line() == b"+PONG"


def test_a_script_that_has_written_is_not_killed(server: Running) -> None:
    with begin(server, WRITING_LOOP), Wire(server.port) as other:
        assert other.line(b"SCRIPT KILL").startswith(b"-UNKILLABLE Sorry the script already executed write commands")
        assert other.line(b"SHUTDOWN") == BUSY
        assert other.line(b"SHUTDOWN SAVE") == BUSY
        assert other.line(b"SHUTDOWN ABORT") == b"-ERR No shutdown in progress."
        other.send(b"SHUTDOWN NOSAVE\r\n")
        assert other.rest() == b""
    assert server.end() == 0
    assert "Redis is now ready to exit, bye bye..." in server.log()


def test_functions_are_killed_by_function_kill(server: Running) -> None:
    code = "#!lua name=lib\nredis.register_function('forever', function() while true do end end)"
    server("FUNCTION", "LOAD", code)
    refusal = BUSY.replace(b"SCRIPT KILL", b"FUNCTION KILL")
    with begin(server, b"FCALL forever 0\r\n") as wire, Wire(server.port) as other:
        assert other.line(b"GET k") == refusal
        assert other.line(b"SCRIPT KILL") == refusal
        assert other.line(b"FUNCTION STATS").startswith(b"*4")
        assert kill(server, b"FUNCTION KILL") == b"+OK"
        assert wire.line().startswith(b"-ERR")
        assert wire.line(b"PING") == b"+PONG"


def test_transactions_meanwhile(server: Running) -> None:
    with Wire(server.port) as other:
        assert other.line(b"MULTI") == b"+OK"
        with begin(server) as wire:
            assert other.line(b"SET a 1") == BUSY
            assert other.line(b"EXEC") == b"-EXECABORT Transaction discarded because of: " + BUSY[1:]
            assert other.line(b"DISCARD") == b"-ERR DISCARD without MULTI"
            assert other.line(b"MULTI") == b"+OK"
            assert other.line(b"DISCARD") == b"+OK"
            assert kill(server) == b"+OK"
            wire.line()
        assert other.line(b"EXEC") == b"-ERR EXEC without MULTI"


def test_login_and_protocol_meanwhile(server: Running) -> None:
    with begin(server) as wire, Wire(server.port) as other:
        assert other.line(b"AUTH nobody").startswith(b"-ERR AUTH <password> called without any password")
        assert other.line(b"HELLO 3") == b"%7"
        assert (other.line(), other.line()) == (b"$6", b"server")
        other.send(b"PING\r\n")
        assert BUSY in iter(other.line, b"")
        assert other.line(b"RESET") == b"+RESET"
        assert other.line(b"QUIT") == b"+OK"
        assert other.rest() == b""
        assert kill(server) == b"+OK"
        wire.line()


def test_new_clients_go_on_after_the_script(server: Running) -> None:
    with begin(server) as wire:
        guests = [Wire(server.port) for _ in range(30)]
        assert [guest.line(b"PING") for guest in guests] == [BUSY] * 30
        gone = [guests.pop() for _ in range(10)]
        for guest in gone:
            guest.socket.close()
        assert kill(server) == b"+OK"
        assert wire.line().startswith(b"-ERR")
        assert [guest.line(b"INCR n") for guest in guests] == [b":%d" % n for n in range(1, 21)]
        assert guests[0].line(b"BLPOP nothing 0.05") == b"*-1"
        assert guests[1].line(b"SUBSCRIBE news") == b"*3"
        assert guests[0].line(b"PUBLISH news hello") == b":1"
        heard = b"$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
        assert guests[1].bytes(len(heard)) == heard
        server.wait_for(lambda: len(server("CLIENT", "LIST").splitlines()) == 22)
        for guest in guests:
            guest.socket.close()


def test_pipelines_and_protocol_errors_meanwhile(server: Running) -> None:
    with begin(server) as wire, Wire(server.port) as other, Wire(server.port) as broken:
        other.send(b"PING\r\n" * 500)
        assert other.bytes(len(BUSY + b"\r\n") * 500) == (BUSY + b"\r\n") * 500
        broken.send(b"*1\r\nPING\r\n")
        assert broken.rest() == b"-ERR Protocol error: expected '$', got 'P'\r\n"
        assert kill(server) == b"+OK"
        wire.line()
        assert other.line(b"PING") == b"+PONG"


def test_the_script_of_a_client_that_went_goes_on(server: Running) -> None:
    begin(server).socket.close()
    time.sleep(0.1)
    assert kill(server) == b"+OK"
    with Wire(server.port) as other:
        server.wait_for(lambda: other.line(b"PING") == b"+PONG")


def test_scripts_again_and_again(server: Running) -> None:
    with Wire(server.port) as other:
        for _ in range(5):
            with begin(server) as wire:
                assert other.line(b"PING") == BUSY
                assert other.line(b"SCRIPT KILL") == b"+OK"
                assert wire.line().startswith(b"-ERR")
            assert other.line(b"PING") == b"+PONG"


def test_one_who_does_not_read_holds_nobody_up(server: Running) -> None:
    with begin(server) as wire, Wire(server.port) as other, Wire(server.port, receive_buffer=4096) as deaf:
        deaf.socket.settimeout(0.2)
        try:
            for _ in range(400):
                deaf.socket.sendall(b"PING\r\n" * 1000)
        except TimeoutError:
            pass
        assert other.line(b"PING") == BUSY
        assert kill(server) == b"+OK"
        wire.line()
        assert other.line(b"PING") == b"+PONG"
