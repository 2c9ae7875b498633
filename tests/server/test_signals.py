"""The end: SIGTERM, SIGINT and SHUTDOWN, while clients wait, scripts run or data is saved."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from servers import OURS, Running, real, running
from wire import Wire

BOTH = pytest.mark.parametrize("which", ["redislab", "redis"])
BYE = "Redis is now ready to exit, bye bye..."


def program(which: str) -> list[str]:
    return OURS if which == "redislab" else real()


def after(log: str, mark: str) -> list[str]:
    """The texts of a log's lines after the first that has `mark`."""
    lines = log.splitlines()
    start = next(number for number, line in enumerate(lines) if mark in line)
    return [re.sub(r"^\d+:\S+ (.*?\d\d\.\d{3} [.*#-]|\(\d+\)) ", "", line) for line in lines[start + 1 :] if line]


def send(server: Running, number: int, mark: str) -> None:
    """Send a signal, and wait until the log tells of it."""
    count = server.log().count(mark)
    server.process.send_signal(number)
    server.wait_for(lambda: server.log().count(mark) > count)


@BOTH
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clients_that_wait_are_cut_off(which: str, number: signal.Signals, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data") as server, Wire(server.port) as wire, Wire(server.port) as idle:
        wire.send(b"BLPOP nothing 0\r\n")
        assert idle.line(b"PING") == b"+PONG"
        server.process.send_signal(number)
        assert wire.rest() == b""
        assert idle.rest() == b""
        assert server.end() == 0
        assert after(server.log(), f"Received {number.name}") == ["User requested shutdown...", BYE]


@BOTH
def test_signals_save_as_configured(which: str, tmp_path: Path) -> None:
    words = ("--shutdown-on-sigterm", "save", "--shutdown-on-sigint", "nosave now")
    with running(program(which), tmp_path / "data", *words) as server:
        server("SET", "k", "1")
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 0
    with running(program(which), tmp_path / "data", *words, "--save", "60 1") as server:
        assert server("INCR", "k") == 2
        server.process.send_signal(signal.SIGINT)
        assert server.end() == 0
    with running(program(which), tmp_path / "data") as server:
        assert server("GET", "k") == b"1"
        server("SET", "k", "3")
        server("CONFIG", "SET", "shutdown-on-sigint", "save")
        server.process.send_signal(signal.SIGINT)
        assert server.end() == 0
    with running(program(which), tmp_path / "data") as server:
        assert server("GET", "k") == b"3"


@BOTH
def test_a_server_that_cannot_save_goes_on(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--save", "60 1") as server:
        server("SET", "k", "1")
        (tmp_path / "data" / "dump.rdb").mkdir()
        send(server, signal.SIGTERM, "can't exit")
        assert server("GET", "k") == b"1"
        with Wire(server.port) as wire:
            assert wire.line(b"SHUTDOWN") == b"-ERR Errors trying to SHUTDOWN. Check logs."
            assert wire.line(b"SHUTDOWN SAVE") == b"-ERR Errors trying to SHUTDOWN. Check logs."
            wire.send(b"SHUTDOWN FORCE\r\n")
            assert wire.rest() == b""
        assert server.end() == 0
    told = [re.sub(r"temp-\d+|/\S+(?=\))", "…", line) for line in after(server.log(), "Received SIGTERM")]
    tried = [
        "User requested shutdown...", "Saving the final RDB snapshot before exiting.",
        "Error moving temp DB file ….rdb on the final destination dump.rdb (in server root dir …): Is a directory",
    ]  # fmt: skip
    failed = [
        *tried, "Error trying to save the DB, can't exit.",
        "Errors trying to shut down the server. Check the logs for more information.",
    ]  # fmt: skip
    assert told == [*failed * 3, *tried, "Error trying to save the DB. Exit anyway.", BYE]


@BOTH
def test_a_signal_while_a_script_runs_is_heeded_after_it(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--busy-reply-threshold", "50") as server:
        with script(server) as wire:
            send(server, signal.SIGTERM, "Received SIGTERM scheduling shutdown...")
            with Wire(server.port) as other:
                assert other.line(b"PING").startswith(b"-BUSY")
                assert other.line(b"SCRIPT KILL") == b"+OK"
            wire.rest()
        assert server.end() == 0
        assert server.log().endswith(f"{BYE}\n")


@BOTH
def test_who_insists_is_obeyed_at_once(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--busy-reply-threshold", "50") as server:
        with script(server):
            send(server, signal.SIGINT, "Received SIGINT scheduling shutdown...")
            server.process.send_signal(signal.SIGINT)
            assert server.end() == 1
        assert "You insist... exiting now." in server.log()


def script(server: Running) -> Wire:
    """A client whose script runs for ever."""
    wire = Wire(server.port)
    wire.send(b"EVAL 'while true do end' 0\r\n")
    with Wire(server.port) as other:
        while other.line(b"PING") == b"+PONG":
            time.sleep(0.01)
    return wire


@BOTH
def test_the_end_while_saving(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--rdb-key-save-delay", "100000") as server:
        for number in range(20):
            server("SET", f"k{number}", "x" * 100)
        server("CONFIG", "SET", "rdb-key-save-delay", "0" if which == "redislab" else "100000")
        if which == "redislab":
            server("DEBUG", "POPULATE", "300000")
        server("BGSAVE")
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 0
        assert "There is a child saving an .rdb. Killing it!" in server.log()
        assert not list((tmp_path / "data").glob("*.rdb"))


@BOTH
def test_the_end_while_the_first_append_only_file_is_written(which: str, tmp_path: Path) -> None:
    """Who is forced to end saves all the same: nothing else has the data yet."""
    slowly = ("--rdb-key-save-delay", "1000000") if which == "redis" else ()
    with running(program(which), tmp_path / "data", "--save", "60 1", *slowly) as server:
        for number in range(3):
            server("SET", f"k{number}", "x")
        if which == "redislab":
            server("DEBUG", "POPULATE", "200000")
        server("CONFIG", "SET", "appendonly", "yes")
        server("CONFIG", "SET", "rdb-key-save-delay", "0", "shutdown-on-sigterm", "force")
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 0
    told = [re.sub(r": \d+", ": …", line) for line in after(server.log(), "Received SIGTERM") if "SIGUSR1" not in line]
    assert [line for line in told if "fsync" not in line] == [
        "User requested shutdown...", "Writing initial AOF. Exit anyway.",
        "There is a child rewriting the AOF. Killing it!", "Killing running AOF rewrite child: …",
        "Saving the final RDB snapshot before exiting.", "DB saved on disk", BYE,
    ]  # fmt: skip
    with running(program(which), tmp_path / "data") as server:
        assert server("EXISTS", "k0", "k1", "k2") == 3


@BOTH
@pytest.mark.parametrize("how", [(), ("NOSAVE",), ("SAVE",), ("NOW",)])
def test_nobody_ends_it_while_the_first_append_only_file_is_written(
    which: str, how: tuple[str, ...], tmp_path: Path
) -> None:
    slowly = ("--rdb-key-save-delay", "1000000") if which == "redis" else ()
    with running(program(which), tmp_path / "data", *slowly) as server:
        server("SET", "k", "x")
        if which == "redislab":
            server("DEBUG", "POPULATE", "200000")
        server("CONFIG", "SET", "appendonly", "yes")
        assert str(server("SHUTDOWN", *how)) == "ERR Errors trying to SHUTDOWN. Check logs."
        with Wire(server.port) as wire:
            wire.send(b"SHUTDOWN NOSAVE FORCE\r\n")
            assert wire.rest() == b""
        assert server.end() == 0
    told = [re.sub(r": \d+", ": …", line) for line in after(server.log(), "rewriting started by pid")]
    assert [line for line in told if "fsync" not in line and "SIGUSR1" not in line and "temp-" not in line] == [
        "User requested shutdown...", "Writing initial AOF, can't exit.",
        "Errors trying to shut down the server. Check the logs for more information.",
        "User requested shutdown...", "Writing initial AOF. Exit anyway.",
        "There is a child rewriting the AOF. Killing it!", "Killing running AOF rewrite child: …", BYE,
    ]  # fmt: skip


@BOTH
def test_what_a_rewrite_writes_has_the_number_of_its_process(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data", "--appendonly", "yes") as server:
        server("BGREWRITEAOF")
        while "rewrite finished successfully" not in server.log():
            time.sleep(0.05)
    (process_id,) = re.findall(r"rewriting started by pid (\d+)", server.log())
    assert set(re.findall(r"temp-rewriteaof-bg-(\d+)\.aof", server.log())) == {process_id}


@BOTH
def test_shutdown_sends_no_answer_and_ends_pipelines(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data") as server, Wire(server.port) as wire:
        wire.send(b"SET k 1\r\nSHUTDOWN NOSAVE\r\nSET k 2\r\n")
        assert wire.rest() in (b"", b"+OK\r\n")
        assert server.end() == 0


@BOTH
def test_hanging_up_the_terminal_is_nothing_to_it(which: str, tmp_path: Path) -> None:
    with running(program(which), tmp_path / "data") as server:
        server.process.send_signal(signal.SIGHUP)
        assert server("PING") == "PONG"
