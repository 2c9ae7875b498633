"""How a server starts and tells of it: its log, its files and sockets, and what keeps it from starting."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import free_port
from servers import OURS, ROOT, Died, real, running
from wire import Wire

CRITICAL = "Critical error while loading ACLs. Exiting."
BOTH = pytest.mark.parametrize("which", ["redislab", "redis"])
MOMENT = r"\d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3}"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
UNLIKE = ("WARNING Memory overcommit", "RDB memory usage when created", "WARNING The TCP backlog")
"""Lines of the real server that depend on the machine."""


def program(which: str) -> list[str]:
    return OURS if which == "redislab" else real()


def events(log: str) -> list[str]:
    """The lines of a log: role, mark and text, without what differs from run to run."""
    found = re.findall(rf"^\d+:([A-Z]) {MOMENT} ([.*#-]) (.*)$", log, re.MULTILINE)
    return [
        re.sub(r"\d+\.\d{3} seconds|pid=\d+|age \d+|addr=\S+|:\d{4,5}|port \d+|port=\d+", "…", f"{role} {mark} {text}")
        for role, mark, text in found
        if not text.startswith(UNLIKE)
    ]


def refusal(which: str, folder: Path, *words: str, given: str = "") -> tuple[int, str]:
    """Start a server that cannot: how it ends, and what it says."""
    ended = subprocess.run(
        [*program(which), *words], cwd=folder, env=ENVIRONMENT, input=given, capture_output=True, text=True, timeout=60
    )
    return ended.returncode, ended.stdout + ended.stderr


@BOTH
def test_the_log_of_a_whole_life(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--save", "60 1000", "--loglevel", "verbose") as server:
        server("SET", "k", "v")
        server("CONFIG", "SET", "loglevel", "notice")
        assert server.stop() == 0
    assert [line for line in events(server.log()) if " - " not in line] == [
        "C # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        "C # Redis version=7.0.15, bits=64, commit=00000000, modified=0, …, just started",
        "C # Configuration loaded",
        "M * monotonic clock: POSIX clock_gettime",
        "M * Running mode=standalone, ….",
        "M # Server initialized",
        "M * Ready to accept connections",
        "M # User requested shutdown...",
        "M * Saving the final RDB snapshot before exiting.",
        "M * DB saved on disk",
        "M # Redis is now ready to exit, bye bye...",
    ]
    assert re.search(r"^\d+:signal-handler \(\d+\) Received SIGTERM scheduling shutdown\.\.\.$", server.log(), re.M)
    assert re.search(rf"^{server.process.pid}:M {MOMENT} - Accepted 127\.0\.0\.1:\d+$", server.log(), re.M)
    with running(program(which), tmp_path / "data", "--save", "60 1000") as server:
        assert server("GET", "k") == b"v"
        server("SHUTDOWN", "NOSAVE")
        assert server.end() == 0
    told = [line for line in events(server.log())[11:]]
    assert "M * Done loading RDB, keys loaded: 1, keys expired: 0." in told
    assert "M * DB loaded from disk: …" in told
    assert told[-1] == "M # Redis is now ready to exit, bye bye..."


@BOTH
def test_a_talkative_log_tells_how_much_there_is(which: str, tmp_path: Path) -> None:
    """At the start, when there is nothing yet but what was loaded, and every five seconds."""
    with running(program(which), tmp_path, "--loglevel", "debug") as server:
        server("MSET", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5)
        server("SET", "f", 1, "EX", 1000)
        server("SAVE")
        server("CONFIG", "SET", "loglevel", "notice")
    with running(program(which), tmp_path, "--loglevel", "debug") as server:
        while "clients connected" not in server.log():
            time.sleep(0.01)
        told = events(server.log())
        place = next(place for place, line in enumerate(told) if "HT." in line)
        assert told[place] == "M - DB 0: 6 keys (1 volatile) in 8 slots HT."
        assert re.fullmatch(r"M \. [01] clients connected \(0 replicas\), \d{6} bytes in use", told[place + 1])


@BOTH
def test_what_is_odd_about_a_data_file_is_a_warning(which: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    an_empty_list, no_checksum = b"\x01\x01l\0", bytes(8)
    file = tmp_path / "data" / "dump.rdb"
    file.write_bytes(b"REDIS0010\xfe\0" + an_empty_list + b"\0\x01k\x01v\xff" + no_checksum)
    with running(program(which), tmp_path / "data") as server:
        assert server("KEYS", "*") == [b"k"]
        server.stop()
    told = events(server.log())
    at = told.index("M # rdbLoadObject skipping empty key: l")
    assert told[at + 1 : at + 3] == [
        "M # RDB file was saved with checksum disabled: no check performed.",
        "M # Done loading RDB, keys loaded: 1, keys expired: 0, empty keys skipped: 1.",
    ]


@BOTH
def test_a_data_file_of_a_later_version_is_refused(which: str, tmp_path: Path) -> None:
    content = b"REDIS0099\xff" + bytes(8)
    (tmp_path / "dump.rdb").write_bytes(content)
    code, told = refusal(which, tmp_path, "--port", str(free_port()))
    assert code == 1
    assert "# Can't handle RDB format version 99" in told
    if which == "redislab":
        assert f"version 99. The file {tmp_path}/dump.rdb was left as it is." in told
    assert (tmp_path / "dump.rdb").read_bytes() == content


def test_the_version_stands_where_any_option_may(tmp_path: Path) -> None:
    with running(OURS, tmp_path / "data", "--redis-version", "7.2", "--redis-version", "8.2", "--hz", "20") as server:
        assert b"redis_version:8.2." in server("INFO", "server")
        assert server("CONFIG", "GET", "hz")[1] == b"20"
    assert refusal("redislab", tmp_path, "--hz", "20", "--redis-version")[0] == 2


def test_a_log_of_nothing(tmp_path: Path) -> None:
    words = ("--redis-version", "7.2", "--loglevel", "nothing")
    with running(OURS, tmp_path / "data", *words) as server:
        assert server("CONFIG", "GET", "loglevel")[1] == b"nothing"
        server("CONFIG", "SET", "loglevel", "warning")
        server("CONFIG", "SET", "loglevel", "nothing")
        assert server.stop() == 0
    assert server.log() == ""
    told = refusal("redislab", tmp_path, "--loglevel", "nothing")[1]
    assert "argument(s) must be one of the following: debug, verbose, notice, warning" in told


def test_harnesses_find_what_they_look_for(tmp_path: Path) -> None:
    with running(OURS, tmp_path / "data") as server:
        assert re.search(rf" PID: {server.process.pid}.*Server initialized.*Ready to accept connections", server.log(),
                         re.DOTALL)  # fmt: skip


@BOTH
def test_pid_file_and_unix_socket_come_and_go(which: str, tmp_path: Path) -> None:
    path, pid_file = tmp_path / "redis.sock", tmp_path / "redis.pid"
    words = ("--unixsocket", str(path), "--unixsocketperm", "700", "--pidfile", str(pid_file))
    with running(program(which), tmp_path / "data", *words) as server:
        assert pid_file.read_text() == f"{server.process.pid}\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        with Wire(path) as wire:
            assert wire.line(b"PING") == b"+PONG"
            line = server("CLIENT", "LIST").splitlines()[-1]
            assert f"addr={path}:0 laddr={path}:0".encode() in line
        server.stop()
        assert not path.exists()
        assert not pid_file.exists()
    assert f"M * The server is now ready to accept connections at {path}" in events(server.log())
    assert events(server.log())[-3:] == [
        "M * Removing the pid file.",
        "M * Removing the unix socket file.",
        "M # Redis is now ready to exit, bye bye...",
    ]


@BOTH
def test_only_a_unix_socket(which: str, tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    started = subprocess.Popen(
        [*program(which), "--port", "0", "--unixsocket", str(path), "--save", ""],
        cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    for line in started.stdout:
        if "ready to accept" in line:
            break
    with Wire(path) as wire:
        wire.send(b"SHUTDOWN\r\n")
        assert wire.rest() == b""
    assert started.wait(20) == 0
    started.stdout.close()


@BOTH
def test_what_keeps_it_from_listening(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data") as server:
        port = str(server.port)
        assert refusal_lines(which, tmp_path, "--port", port) == [
            "M # Warning: Could not create server TCP listening socket *…: bind: Address already in use",
            "M # Failed listening on … (TCP), aborting.",
        ]
    port = str(free_port())
    assert refusal_lines(which, tmp_path, "--port", port, "--bind", "127.0.0.1", "192.0.2.1") == [
        "M # Warning: Could not create server TCP listening socket 192.0.2.1…: bind: Cannot assign requested address",
        "M # Failed listening on … (TCP), aborting.",
    ]
    assert refusal_lines(which, tmp_path, "--port", "0") == ["M # Configured to not listen anywhere, exiting."]
    assert refusal_lines(which, tmp_path, "--port", "0", "--unixsocket", "/nowhere/there.sock") == [
        "M # Failed opening Unix socket: bind: No such file or directory"
    ]


def refusal_lines(which: str, folder: Path, *words: str) -> list[str]:
    code, said = refusal(which, folder, *words)
    assert code == 1, said
    return [line for line in events(said) if line.startswith("M #")]


@BOTH
def test_an_address_that_may_be_missing(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--bind", "127.0.0.1", "-192.0.2.1") as server:
        assert server("CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1 -192.0.2.1"]
    assert (
        "M # Warning: Could not create server TCP listening socket 192.0.2.1…: bind: Cannot assign requested address"
    ) in events(server.log())


@BOTH
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--logfile", "/nowhere/redis.log"), "Can't open the log file: No such file or directory"),
        (("--dir", "/nowhere"), ">>> 'dir \"/nowhere\"'\nNo such file or directory"),
        (("--nonsense", "1"), ">>> 'nonsense \"1\"'\nBad directive or wrong number of arguments"),
        (("--port", "65536"), ">>> 'port \"65536\"'\nargument must be between 0 and 65535 inclusive"),
    ],
)
def test_bad_configurations(which: str, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    code, text = refusal(which, tmp_path, *words)
    assert code == 1
    assert text.startswith("\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n")
    assert text.rstrip("\n").endswith(said)


@BOTH
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user bob on +nosuch", ["Error loading ACL rule '+nosuch' for the user named 'bob': ", CRITICAL]),
        ('user "b ob" on\nuser c +nosuch', ["Spaces not allowed in ACL usernames", CRITICAL]),
        ("user bob on\naclfile {folder}/users.acl", ["Configuring Redis with users defined in redis.conf and at "]),
        ("aclfile {folder}/users.acl", ["Aborting Redis startup because of ACL errors: {folder}/users.acl:1: Syntax"]),
        ("aclfile {folder}/none", ["Aborting Redis startup because of ACL errors: Error loading ACLs, opening file "]),
    ],
)
def test_what_is_wrong_with_users_is_in_the_log(which: str, text: str, said: list[str], tmp_path: Path) -> None:
    folder = str(tmp_path)
    (tmp_path / "redis.conf").write_text(text.format(folder=folder))
    (tmp_path / "users.acl").write_text("user bob on bogus\n")
    options = ("--logfile", f"{folder}/the.log", "--dir", folder)
    code, printed = refusal(which, tmp_path, f"{folder}/redis.conf", *options)
    assert (code, printed) == (1, "")
    lines = (tmp_path / "the.log").read_text().splitlines()[-len(said) :]
    for line, start in zip(lines, said, strict=True):
        assert line.partition(" # ")[2].startswith(start.format(folder=folder))


@BOTH
def test_a_path_that_is_too_long_for_a_socket(which: str, tmp_path: Path) -> None:
    code, said = refusal(which, tmp_path, "--port", "0", "--unixsocket", "/tmp/" + "x" * 120)
    assert code == 1
    reason = "M # Failed opening Unix socket: unix socket path too long (125), must be under 108"
    assert reason in events(said)


@BOTH
def test_a_configuration_file_that_is_not_there(which: str, tmp_path: Path) -> None:
    code, said = refusal(which, tmp_path, "/nowhere/redis.conf")
    assert code == 1
    assert events(said) == ["C # Fatal error, can't open config file '/nowhere/redis.conf': No such file or directory"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--daemonize yes", "stays in the foreground: leave daemonize out and start it with a supervisor"),
        ("--replicaof 127.0.0.1 6379", "does not replicate another server: leave replicaof out"),
        ("--cluster-enabled yes", "is no node of a cluster: leave cluster-enabled out"),
        ("--syslog-enabled yes", "does not write to the system's log: leave syslog-enabled out, and see logfile"),
        ("--port 0 --sentinel", "is no Sentinel: leave --sentinel out"),
    ],
)
def test_what_is_not_done_is_refused(words: str, said: str, tmp_path: Path) -> None:
    """A server that started all the same would not be what was asked for."""
    assert refusal("redislab", tmp_path, *words.split()) == (1, f"\nredislab {said}\n")


@BOTH
@pytest.mark.parametrize("mode", ["systemd", "auto"])
def test_systemd_is_told(which: str, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # The path of a socket may not be long.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("notify")
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with running(program(which), tmp_path / "data", "--supervised", mode) as server:
            heard = [manager.recv(100) for _ in range(3)]
            assert server.info("server")["process_supervised"] == "systemd"
        assert [*heard, manager.recv(100)] == [
            b"STATUS=Redis is loading...\n", b"STATUS=Ready to accept connections\n", b"READY=1\n", b"STOPPING=1\n",
        ]  # fmt: skip
    assert events(server.log())[0] == (
        "C * Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec"
        " in your service unit."
    )


@BOTH
@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("systemd", "systemd supervision error: NOTIFY_SOCKET not found!"),
        ("upstart", "upstart supervision requested, but UPSTART_JOB not found!"),
    ],
)
def test_a_supervisor_that_is_not_there(which: str, mode: str, said: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--supervised", mode) as server:
        assert server.info("server")["process_supervised"] == "no"
    assert events(server.log())[0] == f"C # {said}"


@BOTH
def test_a_file_without_a_name(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--dbfilename", "") as server:
        assert server("SET", "k", "v") == "OK"
        assert str(server("SAVE")) == "ERR"
    told = [line for line in events(server.log()) if "temp DB" in line]
    assert len(told) == 1
    assert told[0].startswith("M # Error moving temp DB file temp-")


@BOTH
def test_at_the_level_of_warnings_nothing_else_is_written(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--loglevel", "warning") as server:
        pass
    log = server.log()
    assert re.findall(r"^(?!\d+:(?:[A-Z]|signal-handler) ).+", log, re.MULTILINE) == []
    assert [line for line in events(log) if " # " not in line] == []


@BOTH
@pytest.mark.parametrize("place", ["first", "last"])
def test_configuration_from_the_standard_input(which: str, tmp_path: Path, place: str) -> None:
    """A port outside the range ends the start, after the other lines were obeyed."""
    words = ["-", "--port", "70000"] if place == "first" else ["--port", "70000", "-"]
    code, said = refusal(which, tmp_path, *words, given="maxclients 7\nappendonly maybe\n")
    assert code == 1
    assert ">>> 'appendonly maybe'" in said


@BOTH
def test_a_file_and_options_that_win_over_it(which: str, tmp_path: Path) -> None:
    (tmp_path / "redis.conf").write_text("timeout 7\nmaxmemory 1mb\nlogfile server2.log\n")
    with running([*program(which), str(tmp_path / "redis.conf")], tmp_path / "data", "--maxmemory", "2mb") as server:
        assert server("CONFIG", "GET", "timeout", "maxmemory") in (
            [b"timeout", b"7", b"maxmemory", b"2097152"],
            [b"maxmemory", b"2097152", b"timeout", b"7"],
        )
        assert server.info("server")["config_file"] == str(tmp_path / "redis.conf")
    assert "Ready to accept connections" in (tmp_path / "data" / "server2.log").read_text()


@BOTH
def test_fewer_open_files_than_clients(which: str, tmp_path: Path) -> None:
    import resource

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 1000))

    words = ("--maxclients", "2147483000")
    if os.geteuid() == 0 and which == "redis":
        pytest.skip("the superuser's limit can be raised, which takes the real server a minute to find out")
    with running(program(which), tmp_path / "data", *words, prepare=prepare) as server:
        most = int(server("CONFIG", "GET", "maxclients")[1])
        assert most < 2147483000
        error = server("CONFIG", "SET", "maxclients", "2147480000")
        assert str(error) == (
            "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to "
            f"handle the specified number of clients, try with {most}"
        )
        assert int(server("CONFIG", "GET", "maxclients")[1]) == most
    told = events(server.log())
    assert "M # You requested maxclients of 2147483000 requiring at least 2147483032 max file descriptors." in told
    assert any(line.startswith(f"M # Current maximum open files is {most + 32}. maxclients has been") for line in told)


@BOTH
def test_files_are_asked_for(which: str, tmp_path: Path) -> None:
    import resource

    with running(
        program(which), tmp_path / "data", "--maxclients", "500",
        prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 1000)),
    ) as server:  # fmt: skip
        assert server("CONFIG", "GET", "maxclients") == [b"maxclients", b"500"]
    assert "M * Increased maximum number of open files to 532 (it was originally set to 100)." in events(server.log())


@BOTH
def test_too_few_files_to_start(which: str, tmp_path: Path) -> None:
    import resource

    if os.geteuid() == 0:
        pytest.skip("the superuser's limit can be raised")
    with pytest.raises(Died, match="is not enough for the server to start"), running(
        program(which), tmp_path / "data",
        prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30)),
    ):  # fmt: skip
        pass


@BOTH
def test_ports_and_addresses_change(which: str, tmp_path: Path) -> None:
    """CONFIG SET listens anew at once; who is connected stays, and what cannot be is not."""
    with running(program(which), tmp_path / "data") as server, Wire(server.port) as other:
        port = server.port
        taken = free_port()
        failed = "-ERR CONFIG SET failed (possibly related to argument "
        assert other.line(b"CONFIG SET port %d" % taken) == b"+OK"
        with Wire(taken) as new:
            assert new.line(b"PING") == b"+PONG"
        with pytest.raises(ConnectionRefusedError):
            Wire(port)
        with running(program(which), tmp_path / "second") as second:
            words = b"CONFIG SET port %d" % second.port
            expected = failed + "'port') - Unable to listen on this port. Check server logs."
            assert other.line(words) == expected.encode()
        with Wire(taken) as new:
            assert new.line(b"CONFIG GET port") == b"*2"
        expected = failed + "'bind') - Failed to bind to specified addresses."
        assert other.line(b"CONFIG SET bind 192.0.2.1") == expected.encode()
        assert other.line(b"CONFIG SET bind 127.0.0.1") == b"+OK"
        with Wire(taken) as new:
            assert new.line(b"PING") == b"+PONG"
        assert other.line(b"CONFIG SET port 0") == b"+OK"
        with pytest.raises(ConnectionRefusedError):
            Wire(taken)
        assert other.line(b"CONFIG SET port %d" % port) == b"+OK"
        with Wire(port) as new:
            assert new.line(b"PING") == b"+PONG"
    assert "M # Failed to bind" in events(server.log())
    assert (
        "M # Failed applying new configuration. Possibly related to new port setting. Restoring previous settings."
    ) in events(server.log())


HEAVY = {
    "argparse", "asyncio", "ctypes", "dataclasses", "glob", "inspect", "json", "logging", "lupa", "msgspec", "pathlib",
    "platform", "prompt_toolkit", "redislab.persist.aof", "redislab.persist.rdb", "rich", "shutil", "sqlite3", "ssl",
    "subprocess", "tempfile", "threading", "traceback", "yaml",
}  # fmt: skip
"""What takes milliseconds to import, and is not needed before the first command."""


def test_a_start_imports_nothing_heavy(tmp_path: Path) -> None:
    """The time of a start is that of its imports; those named here would add a half again, and asyncio double it."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from redislab.server import running\n"
        f"running.Server.serve = lambda server: print(sorted({HEAVY!r} & set(sys.modules)))\n"
        f"running.serve(['--port', '{free_port()}', '--save', '', '--logfile', 'server.log'])"
    )
    ended = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert "Ready to accept connections" in (tmp_path / "server.log").read_text()
    assert ended.stdout == "[]\n"


def test_all_is_read_in_soon_after_the_start(tmp_path: Path) -> None:
    """A server that saves when its program is no longer there, or was replaced by another, has read what it needs."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from redislab.server import running\n"
        "read = running.readings\n"
        "def then(engine):\n"
        "    yield from read(engine)\n"
        "    before = set(sys.modules)\n"
        "    engine.host.shutdown(save=True, now=True, force=False)\n"
        "    print(sorted(name for name in set(sys.modules) - before if name.startswith('redislab')))\n"
        "    print(sorted({'dataclasses', 'inspect'} & before))\n"
        "    yield\n"
        "running.readings = then\n"
        f"running.serve(['--port', '{free_port()}', '--save', '', '--logfile', 'server.log'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == ["[]", "[]"]  # the latter hold others up for as long as twenty modules of ours
    assert "DB saved on disk" in (tmp_path / "server.log").read_text()
