"""The debugger of scripts over sockets and with redis-cli, to the byte what a real server sends."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest

from real import emptied, request
from redislab import Lab, ReplyError
from servers import OURS, Running, real, running
from tests.server.conftest import Served
from tests.server.ldb_play import Debugged, Debugging, play, recordings, write_recordings
from tests.server.ldb_sessions import LOOP, NESTED, SESSIONS, VALUES

RECORDED = recordings()
UNSTEADY = ("in MULTI", "in MULTI before others")
"""The real server's process of such a session takes the head of EXEC's array from memory that it has freed."""
WRITES = "redis.call('SET', 'new', 1)\nredis.call('SET', 'newer', 2)\nreturn 1"


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_a_session_is_what_redis_sends(session: Debugged, fresh: Served) -> None:
    assert play(fresh.address, session) == RECORDED[session.name]


def test_the_recordings_are_of_the_real_server(oracle: tuple[str, int]) -> None:
    found = {session.name: play(oracle, session) for session in SESSIONS}
    if os.environ.get("REDISLAB_RECORD") == "1":
        write_recordings(found)
    recorded = recordings()
    for name in UNSTEADY:
        del found[name], recorded[name]
    assert found == recorded


# -- what happens beside a session -----------------------------------------------------------------------------------


@pytest.fixture(params=["redislab", "redis"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A server of a test's own: redislab's, and the real one, which proves the test itself."""
    with running(OURS if request.param == "redislab" else real(), tmp_path) as server:
        yield server


def debugging(server: Running, mode: str, script: str, *words: str) -> Debugging:
    """A client that stands at the first line of a script."""
    client = Debugging(("127.0.0.1", server.port))
    assert client.call("SCRIPT", "DEBUG", mode) == b"+OK\r\n"
    client.call("EVAL", script, *(words or ("0",)))
    return client


def test_two_clients_debug_at_the_same_time(own: Running) -> None:
    with debugging(own, "YES", WRITES) as one:
        with debugging(own, "YES", WRITES) as other:
            for client in (one, other, one):
                client.command("s")
                assert b"+OK" in client.value()
            client = own.connect()
            assert client.call([b"EXISTS", b"new"]) == 0
            other.command("r EXISTS newer")
            assert other.value() == b"*2\r\n+<redis> EXISTS newer\r\n+<reply> 0\r\n"
            other.command("c")
            assert other.value() == b"*1\r\n+<endsession>\r\n:1\r\n(closed)"
        one.command("r EXISTS newer")
        assert one.value() == b"*2\r\n+<redis> EXISTS newer\r\n+<reply> 1\r\n"
        one.command("c")
        assert one.value() == b"*1\r\n+<endsession>\r\n:1\r\n(closed)"
    assert own("EXISTS", "new") == 0


def test_others_are_served_while_a_copy_is_debugged(own: Running) -> None:
    with debugging(own, "YES", WRITES) as client:
        own("SET", "other", "x")
        client.command("r GET other")
        assert client.value() == b"*2\r\n+<redis> GET other\r\n+<reply> NULL\r\n"
        assert b"cmd=eval" not in own("CLIENT", "LIST")
        assert own("SCRIPT", "KILL").text == "NOTBUSY No scripts in execution right now."


def test_others_wait_for_a_session_in_the_server(own: Running) -> None:
    with debugging(own, "SYNC", WRITES) as client:
        own.client.socket.sendall(request([b"SCRIPT", b"KILL"]))
        assert own.client.later(0.3) is not None
        assert own.client.waiting
        client.command("s")
        assert client.value().startswith(b"*4\r\n+<redis> SET new 1\r\n")
        client.command("c")
        assert client.value() == b"*1\r\n+<endsession>\r\n:1\r\n(closed)"
    assert own.client.later().text == "NOTBUSY No scripts in execution right now."
    assert own("MGET", "new", "newer") == [b"1", b"2"]


def test_a_client_who_leaves_a_copy(own: Running) -> None:
    with debugging(own, "YES", WRITES) as client:
        client.command("s")
        client.value()
    own.wait_for(lambda: "session child exiting" in own.log())
    assert own("EXISTS", "new", "newer") == 0


def test_a_client_who_leaves_the_server(own: Running) -> None:
    """The script runs on without one."""
    with debugging(own, "SYNC", "redis.breakpoint()\n" + WRITES) as client:
        client.command("b 1 2 3")
        client.value()
    assert own("MGET", "new", "newer") == [b"1", b"2"]
    assert own("EVAL", "return 7", "0") == 7


@pytest.mark.parametrize("mode", ["YES", "SYNC"])
def test_a_client_who_leaves_a_script_without_end(own: Running, mode: str) -> None:
    own("CONFIG", "SET", "busy-reply-threshold", "100")
    with debugging(own, mode, "redis.call('SET', 'new', 1)\nwhile true do end"):
        pass
    own.wait_for(lambda: re.search("session (child exiting|ended)|debugging eval session ended", own.log()))
    assert own("EXISTS", "new") == (mode == "SYNC")


def children(process_id: int) -> list[int]:
    """The processes that a process has started, those that have ended and are not let go among them."""
    listed = subprocess.run(["ps", "-o", "ppid=,pid=", "-A"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[1]) for line in listed.splitlines() if line.split()[0] == str(process_id)]


def test_copies_leave_nothing_behind(own: Running) -> None:
    for _ in range(3):
        with debugging(own, "YES", WRITES) as client:
            client.command("c")
            client.value()
    own.wait_for(lambda: not children(own.process.pid))
    assert own.info("stats")["total_forks"] == "3"


@pytest.mark.parametrize("how", ["signal", "SHUTDOWN"])
def test_the_end_of_the_server_ends_copies(own: Running, how: str) -> None:
    with debugging(own, "YES", WRITES) as client:
        if how == "signal":
            own.process.send_signal(signal.SIGTERM)
        else:
            own.client.socket.sendall(request([b"SHUTDOWN", b"NOSAVE"]))
        assert client.value() == b"(closed)"
        assert own.end() == 0
    assert "Killing debugging session" in own.log()


def test_a_copy_heeds_no_signal(own: Running) -> None:
    with debugging(own, "YES", WRITES) as client:
        found = re.findall(r"^(\d+):C .* Redis forked for debugging eval", own.log(), re.MULTILINE)
        os.kill(int(found[-1]), signal.SIGTERM)
        os.kill(int(found[-1]), signal.SIGINT)
        client.command("s")
        assert client.value().startswith(b"*4\r\n+<redis> SET new 1\r\n")
        client.command("c")
        assert client.value() == b"*1\r\n+<endsession>\r\n:1\r\n(closed)"
    assert own("PING") == "PONG"


def test_a_signal_ends_a_session_in_the_server(own: Running) -> None:
    """The script runs to its end without its client, who hears of it, and then the server ends."""
    with debugging(own, "SYNC", WRITES) as client:
        for _ in range(20):  # Redis' sleeps on if the signal comes just before it waits for a command.
            own.process.send_signal(signal.SIGTERM)
            if select.select([client.socket], [], [], 0.5)[0]:
                break
        heard = client.value()  # Redis sometimes ends before it has sent the reply.
        assert heard.replace(b":1\r\n", b"") == b"*1\r\n+<endsession>\r\n(closed)"
        assert own.end() == 0


def test_time_goes_on_while_a_script_stands(own: Running) -> None:
    own("SET", "text", "x")
    script = "redis.call('PEXPIRE', 'text', 50)\nlocal a = 1\nreturn redis.call('GET', 'text')"
    with debugging(own, "YES", script) as client:
        client.command("s")
        client.value()
        time.sleep(0.1)
        client.command("c")
        assert client.value() == b"*1\r\n+<endsession>\r\n$-1\r\n(closed)"


def test_only_what_stays_is_written_to_the_append_only_file(own: Running) -> None:
    own("CONFIG", "SET", "appendonly", "yes")
    own.settle()
    with debugging(own, "YES", "redis.call('SET', 'gone', 1)") as client:
        client.command("c")
        client.value()
    with debugging(own, "SYNC", "redis.call('SET', 'kept', 1)") as client:
        client.command("c")
        client.value()
    own("DEBUG", "LOADAOF")
    assert own("KEYS", "*") == [b"kept"]


@pytest.mark.parametrize("own", ["redislab"], indirect=True)
def test_saving_beside_a_session(own: Running) -> None:
    """A copy of the process that saves has the client's socket, too. The client is let go all the same."""
    own("DEBUG", "POPULATE", "50000")
    own("CONFIG", "SET", "rdb-key-save-delay", "1000")
    with Debugging(("127.0.0.1", own.port)) as client:
        client.call("SCRIPT", "DEBUG", "YES")
        own("BGSAVE")
        (saving,) = children(own.process.pid)
        os.kill(saving, signal.SIGSTOP)
        client.call("EVAL", WRITES, "0")
        assert own.info()["rdb_bgsave_in_progress"] == "1"
        client.command("c")
        assert client.value() == b"*1\r\n+<endsession>\r\n:1\r\n(closed)"
        os.kill(saving, signal.SIGKILL)
    own.wait_for(lambda: not children(own.process.pid))


def test_many_values_do_not_end_the_server(fresh: Served) -> None:
    """What Redis does not survive: an error that is a table. It is told as what it is."""
    session = Debugged("", "return 1", ["e error({err = 'MINE'})", "e error({})", "e error(nil)", "s"], mode="SYNC")
    assert play(fresh.address, session)[2:] == [
        "*1\r\n+<error> MINE (an error that is no text: a server of Redis 7.0 ends here)\r\n",
        "*1\r\n+<error> nil (an error that is no text: a server of Redis 7.0 ends here)\r\n",
        "*1\r\n+<error> nil (an error that is no text: a server of Redis 7.0 ends here)\r\n",
        "*1\r\n+<endsession>\r\n:1\r\n(closed)",
    ]


def test_much_is_shown_within_bounds(fresh: Served) -> None:
    session = Debugged("", "local a = string.rep('x', 100000000)\nlocal b = 1\nreturn b", [
        "s", "p a", "p b", "e string.rep('y', 200000000)", "e 1", "c",
    ], mode="SYNC")  # fmt: skip
    came = play(fresh.address, session)
    assert came[1].startswith("*2\r\n+* Stopped at 1")
    assert came[-1].endswith("(closed)")
    with Debugging(fresh.address) as client:
        assert client.call("PING") == b"+PONG\r\n"


# -- redis-cli ---------------------------------------------------------------------------------------------------------


def printed(program: str, address: tuple[str, int], script: Path, options: list[str], typed: list[str]) -> str:
    """What redis-cli shows at a terminal, for lines typed at its prompts."""
    terminal = pexpect.spawn(
        program, ["-p", str(address[1]), *options, "--eval", str(script), "key1", "key2", ",", "arg"],
        timeout=60, encoding="utf-8", env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    seen = ""
    for line in typed:
        if terminal.expect(["(lua debugger|[0-9.:]+)> ", pexpect.EOF]) == 1:
            break
        seen += terminal.before + terminal.after
        terminal.sendline(line)
    with suppress(pexpect.TIMEOUT):
        terminal.expect(pexpect.EOF)
    seen += terminal.before if isinstance(terminal.before, str) else ""
    terminal.close(force=True)
    return re.sub(r"0x[0-9a-f]+", "0x", seen.replace(str(address[1]), "PORT"))


DIALOGUES = {
    "steps": (LOOP, ["s", "p", "l", "s", "p total", "c", "quit"]),
    "values": (VALUES, ["b 18", "c", "p", "maxlen 0", "p long", "t", "e {1, 2}", "e 'a  b'", "r get x", "c", "quit"]),
    "restart": (NESTED, ["s", "s", "restart", "s", "w", "quit"]),
    "abort": (NESTED, ["s", "abort", "quit"]),
    "help": (NESTED, ["help", "nosuch", "b 3", "c", "t", "c", "get x", "quit"]),
    "an error": ("local a = 1\nreturn a.b.c", ["c", "quit"]),
    "no script": ("return (", ["quit"]),
}


@pytest.mark.parametrize("options", [["--ldb"], ["--ldb-sync-mode"]], ids=["copy", "sync"])
@pytest.mark.parametrize("name", DIALOGUES)
def test_redis_cli_shows_the_same(
    name: str, options: list[str], program: str, fresh: Served, oracle: tuple[str, int], tmp_path: Path
) -> None:
    text, typed = DIALOGUES[name]
    script = tmp_path / "script.lua"
    script.write_text(text)
    shown = []
    for address in (fresh.address, oracle):
        emptied(address)
        shown.append(printed(program, address, script, options, typed))
    assert shown[0] == shown[1]
    assert ("Lua debugging session" in shown[0]) == (name != "no script")


# -- where there is none -----------------------------------------------------------------------------------------------


def test_a_lab_has_none_and_runs_no_script_in_earnest() -> None:
    session = Lab().session()
    refusal = "ERR redislab debugs scripts over a connection only: there is no Lua debugger here"
    for call in (("SCRIPT", "DEBUG", "YES"), ("EVAL", "redis.call('SET', 'a', 1)", 0), ("SCRIPT", "DEBUG", "SYNC")):
        with pytest.raises(ReplyError) as raised:
            session.call(*call)
        assert str(raised.value) == refusal
    assert session.call("EXISTS", "a") == 0
    assert session.call("SCRIPT", "DEBUG", "NO") == "OK"
    assert session.call("EVAL", "return 1", 0) == 1


def test_nothing_of_it_is_loaded_for_scripts_that_are_not_debugged() -> None:
    code = (
        "import sys; from redislab import Lab; s = Lab().session(); s.call('EVAL', 'return 1', 0);"
        "s.call('SCRIPT', 'DEBUG', 'NO'); print([name for name in sys.modules if 'debugg' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
