"""redis-cli of the real package in all its modes, against redislab's server and the real one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from real import RealClient
from tests.server.conftest import serving

Cli = Callable[..., str]


@pytest.fixture
def cli(program: str, address: tuple[str, int]) -> Cli:
    """Runs redis-cli against a server; returns what it printed, both streams together."""

    def run(*words: str, typed: str | bytes = "", code: int = 0) -> str:
        done = subprocess.run(
            [program, "-h", address[0], "-p", str(address[1]), *words],
            input=typed.encode() if isinstance(typed, str) else typed,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout.decode(errors="replace")

    return run


@pytest.fixture
def watching(program: str, address: tuple[str, int]) -> Any:
    """Starts redis-cli at a terminal, for modes that do not end by themselves."""
    started: list[Any] = []

    def start(*words: str) -> Any:
        terminal = pexpect.spawn(
            program, ["-h", address[0], "-p", str(address[1]), *words],
            timeout=60, encoding="utf-8", env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        started.append(terminal)
        return terminal

    yield start
    for terminal in started:
        terminal.close(force=True)


@pytest.fixture
def data(address: tuple[str, int]) -> Iterator[RealClient]:
    """A few keys of every type, and the client that made them."""
    client = RealClient(address)
    client.many([[b"SET", b"user:%d" % number, b"x" * number] for number in range(1, 301)])
    for line in (
        "RPUSH list a b c", "HSET hash a 1 b 2", "SADD set a b c", "ZADD zset 1.5 a 2 b", "XADD stream 1-1 a b",
    ):  # fmt: skip
        client.call(line.encode().split())
    yield client
    client.close()


# -- one command ---------------------------------------------------------------------------------------------


def test_shapes_of_output(cli: Cli, data: RealClient) -> None:
    assert cli("LRANGE", "list", "0", "-1") == "a\nb\nc\n"
    assert cli("--no-raw", "LRANGE", "list", "0", "-1") == '1) "a"\n2) "b"\n3) "c"\n'
    assert cli("--csv", "LRANGE", "list", "0", "-1") == '"a","b","c"\n'
    assert cli("--json", "HGETALL", "hash") == '{"a":"1","b":"2"}\n'
    assert cli("-3", "--json", "ZRANGE", "zset", "0", "-1", "WITHSCORES") == '[["a",1.5],["b",2.0]]\n'.replace(
        "2.0", "2"
    )
    assert cli("-3", "--no-raw", "HGETALL", "hash") == '1# "a" => "1"\n2# "b" => "2"\n'
    assert cli("-3", "--no-raw", "ZSCORE", "zset", "a") == "(double) 1.5\n"
    assert cli("-3", "--no-raw", "GET", "none") == "(nil)\n"
    assert cli("-2", "--no-raw", "XRANGE", "stream", "-", "+") == '1) 1) "1-1"\n   2) 1) "a"\n      2) "b"\n'
    assert json.loads(cli("-3", "--json", "COMMAND", "DOCS", "GET"))["get"]["since"] == "1.0.0"
    for kind in ("string", "integer", "double", "null", "array", "set", "map", "true", "false", "verbatim"):
        assert not cli("-3", "--no-raw", "DEBUG", "PROTOCOL", kind).startswith("(error)")


def test_ways_to_give_a_command(cli: Cli, address: tuple[str, int], tmp_path: Path) -> None:
    assert cli("-x", "SET", "from-stdin", typed=b"pay\0load") == "OK\n"
    assert cli("STRLEN", "from-stdin") == "8\n"
    assert cli("-X", "tag", "SET", "key", "tag", typed="body") == "OK\n"
    assert cli("-r", "3", "INCR", "n") == "1\n2\n3\n"
    assert (
        cli("-n", "3", "SET", "a", "b") == "OK\n"
        and cli("-u", f"redis://{address[0]}:{address[1]}/3", "GET", "a") == "b\n"
    )
    assert cli("--quoted-input", "SET", r'"\x00\xff"', "v") == "OK\n"
    assert cli(typed="SET a 1\nGET a\nLPUSH a 1\n") == (
        "OK\n1\nWRONGTYPE Operation against a key holding the wrong kind of value\n\n"
    )
    assert cli("-e", "LPUSH", "a", "1", code=1).startswith("WRONGTYPE")
    script = tmp_path / "script.lua"
    script.write_text("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
    assert cli("--eval", str(script), "counter", ",", "x") == "counter\nx\n1\n"
    assert cli("-c", "GET", "a") == "1\n"


def test_passwords(cli: Cli, address: tuple[str, int]) -> None:
    client = RealClient(address)
    client.call(b"ACL SETUSER ann on >secret ~* +@all".split())
    assert cli("--user", "ann", "--pass", "secret", "--no-auth-warning", "ACL", "WHOAMI") == "ann\n"
    assert "WRONGPASS" in cli("--user", "ann", "--pass", "wrong", "--no-auth-warning", "PING")
    client.call(b"CONFIG SET requirepass sesame".split())
    assert cli("PING") == "NOAUTH Authentication required.\n\n"
    assert cli("-3", "-a", "sesame", "--no-auth-warning", "PING") == "PONG\n"
    client.call([b"CONFIG", b"SET", b"requirepass", b""])
    client.close()


# -- looking at all keys -------------------------------------------------------------------------------------


def test_scan(cli: Cli, data: RealClient) -> None:
    assert sorted(cli("--scan").split()) == sorted(
        [f"user:{number}" for number in range(1, 301)] + ["list", "hash", "set", "zset", "stream"]
    )
    assert sorted(cli("--scan", "--pattern", "user:1?").split()) == [f"user:1{digit}" for digit in range(10)]
    assert cli("--scan", "--quoted-pattern", r'"\x6c*"') == "list\n"


def summary(printed: str) -> list[str]:
    """The end of a report, without sizes that are not the same everywhere."""
    return printed[printed.index("-------- summary") :].splitlines()


def test_bigkeys(cli: Cli, data: RealClient) -> None:
    lines = summary(cli("--bigkeys"))
    assert "Sampled 305 keys in the keyspace!" in lines
    for line in (
        'Biggest string found \'"user:300"\' has 300 bytes', 'Biggest   list found \'"list"\' has 3 items',
        'Biggest   hash found \'"hash"\' has 2 fields', 'Biggest    set found \'"set"\' has 3 members',
        'Biggest   zset found \'"zset"\' has 2 members', 'Biggest stream found \'"stream"\' has 1 entries',
        "300 strings with 45150 bytes (98.36% of keys, avg size 150.50)",
    ):  # fmt: skip
        assert line in lines


def test_memkeys(cli: Cli, data: RealClient) -> None:
    lines = summary(cli("--memkeys"))
    assert "Sampled 305 keys in the keyspace!" in lines
    assert any(re.match(r"Biggest stream found '\"stream\"' has \d+ bytes", line) for line in lines)
    assert any(re.match(r"300 strings with \d{5} bytes \(98\.36% of keys", line) for line in lines)
    assert "Sampled 305 keys" in cli("--memkeys", "--memkeys-samples", "3")


def test_hotkeys(cli: Cli, data: RealClient) -> None:
    assert "An LFU maxmemory policy is not selected" in cli("--hotkeys", code=1)
    data.call(b"CONFIG SET maxmemory-policy allkeys-lfu".split())
    data.call(b"CONFIG SET lfu-log-factor 0".split())
    data.many([[b"SET", b"hot", b"1"], *[[b"GET", b"hot"]] * 100])
    assert re.search(r'hot key found with counter: 10\d\tkeyname: "hot"', cli("--hotkeys"))


# -- measuring -----------------------------------------------------------------------------------------------


def test_stat(watching: Any, data: RealClient) -> None:
    terminal = watching("--stat", "-i", "0.05")
    terminal.expect(r"keys +mem +clients blocked requests +connections")
    for _ in range(3):
        terminal.expect(r"305 +[\d.]+[KM] +\d+ +0 +\d+ \(\+\d+\) +\d+")


def test_latency(program: str, watching: Any, cli: Cli) -> None:
    assert re.fullmatch(r"\d+ \d+ [\d.]+ \d+\n", cli("--latency", "--raw", "-i", "0.1"))
    history = watching("--latency-history", "-i", "0.1")
    for _ in range(2):
        history.expect(r"min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\) -- 0\.\d+ seconds range")
    watching("--latency-dist", "-i", "0.1").expect("-------------")


def test_lru_test(watching: Any) -> None:
    watching("--lru-test", "500").expect(r"\d+ Gets/sec \| Hits: \d+ \([\d.]+%\) \| Misses: \d+ \([\d.]+%\)")


# -- many commands -------------------------------------------------------------------------------------------


def test_pipe(cli: Cli, data: RealClient) -> None:
    count = 20_000
    commands = b"".join(b"*3\r\n$3\r\nSET\r\n$%d\r\np%d\r\n$1\r\nx\r\n" % (len(str(n)) + 1, n) for n in range(count))
    printed = cli("--pipe", typed=commands)
    assert printed.endswith(f"errors: 0, replies: {count}\n")
    assert data.call([b"DBSIZE"]) == 305 + count
    printed = cli("--pipe", typed="SET inline 1\r\nLPUSH inline 1\r\n", code=1)
    assert "WRONGTYPE" in printed and printed.endswith("errors: 1, replies: 2\n")
    assert cli("--pipe", "--pipe-timeout", "5", typed="PING\r\n" * 100).endswith("errors: 0, replies: 100\n")


# -- listening -----------------------------------------------------------------------------------------------


def test_monitor(watching: Any, data: RealClient) -> None:
    terminal = watching("MONITOR")
    terminal.expect("OK")
    data.call([b"SET", b"seen", b'a "b"\0'])
    terminal.expect(r'\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "seen" "a \\"b\\"\\x00"')


@pytest.mark.parametrize("protocol", ["-2", "-3"])
def test_subscribe(watching: Any, data: RealClient, protocol: str) -> None:
    terminal = watching(protocol)
    terminal.expect("> ")
    terminal.sendline("SUBSCRIBE news")
    terminal.expect('1\\) "subscribe"')
    assert data.call([b"PUBLISH", b"news", b"hello"]) == 1
    terminal.expect('1\\) "message"\r\n2\\) "news"\r\n3\\) "hello"')
    pattern = watching("PSUBSCRIBE", "n*")
    pattern.expect('"psubscribe"')
    assert data.call([b"PUBLISH", b"news", b"again"]) == 2
    pattern.expect('1\\) "pmessage"\r\n2\\) "n\\*"\r\n3\\) "news"\r\n4\\) "again"')


def test_prompt(watching: Any) -> None:
    terminal = watching()
    for typed, answer in (
        ("SELECT 2", r"\[2\]"), ("MULTI", r"\(TX\)"), ("INCR n", "QUEUED"), ("EXEC", r"\(integer\) 1"),
        ("HELP @string", "APPEND"), ("GET", "wrong number of arguments"), ("HELLO 3", "1# "), ("QUIT", pexpect.EOF),
    ):  # fmt: skip
        terminal.expect("> ")
        terminal.sendline(typed)
        terminal.expect(answer)


def test_a_blocking_command_that_is_interrupted(watching: Any, data: RealClient) -> None:
    terminal = watching()
    terminal.expect("> ")
    terminal.sendline("BLPOP nothing 0")
    wait_for(lambda: b"blocked_clients:1" in bytes(data.call([b"INFO", b"clients"])))
    terminal.close(force=True)
    wait_for(lambda: b"blocked_clients:0" in bytes(data.call([b"INFO", b"clients"])))


def wait_for(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_shutting_down(program: str, tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        printed = subprocess.run(
            [program, "-p", str(served.port), "SHUTDOWN", "NOSAVE"], capture_output=True, timeout=60
        )
        assert printed.returncode == 0 and printed.stdout == b""
        assert served.process.wait(60) == 0
        assert not list(tmp_path.glob("*.rdb"))


# -- what needs more than this server has --------------------------------------------------------------------


def test_copies_of_the_data(cli: Cli, data: RealClient, tmp_path: Path) -> None:
    """--rdb and --functions-rdb pose as a replica that wants one file and nothing more."""
    data.call(b"CONFIG SET repl-diskless-sync-delay 0".split())
    data.call(
        [
            b"FUNCTION",
            b"LOAD",
            b"#!lua name=shop\nredis.register_function('double', function(k, a) return a[1] * 2 end)",
        ]
    )
    whole, functions = tmp_path / "whole.rdb", tmp_path / "functions.rdb"
    assert "Transfer finished with success" in cli("--rdb", str(whole))
    assert "Transfer finished with success" in cli("--functions-rdb", str(functions))
    assert cli("--rdb", "-").count("user:") >= 300  # to the standard output, between what is said about it
    for path, keys in ((whole, 305), (functions, 0)):
        folder = tmp_path / path.stem
        folder.mkdir()
        shutil.copy(path, folder / "dump.rdb")
        with serving(folder) as served:
            copy = RealClient(served.address)
            assert copy.call([b"DBSIZE"]) == keys
            assert copy.call([b"FCALL", b"double", b"0", b"21"]) == 42
            if keys:
                assert copy.call([b"DEBUG", b"DIGEST"]) == data.call([b"DEBUG", b"DIGEST"])
            copy.close()


def test_a_large_copy(program: str, fresh: Any, tmp_path: Path) -> None:
    """More than a socket takes at once, and the connection closes after all of it."""
    client = RealClient(fresh.address)
    client.many([[b"SET", b"big:%d" % number, bytes([number]) * 1_000_000] for number in range(30)])
    client.call(b"CONFIG SET rdbcompression no".split())
    copy = tmp_path / "copy.rdb"
    done = subprocess.run(
        [program, "-p", str(fresh.port), "--rdb", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and "Transfer finished with success" in done.stderr
    assert copy.stat().st_size > 30_000_000
    checker = shutil.which("redis-check-rdb")
    if checker is not None:
        checked = subprocess.run([checker, str(copy)], capture_output=True, text=True, timeout=60).stdout
        assert "30 keys read" in checked and "looks OK" in checked
    client.close()


def test_following_is_refused_in_plain_words(program: str, fresh: Any) -> None:
    done = subprocess.run([program, "-p", str(fresh.port), "--replica"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "SYNC with master failed: -ERR redislab does not support feeding a replica yet" in done.stderr


def test_a_server_without_cluster_says_so(cli: Cli, address: tuple[str, int]) -> None:
    printed = cli("--cluster", "info", f"{address[0]}:{address[1]}", code=1)
    assert "is not configured as a cluster node" in printed
    assert cli("CLUSTER", "INFO").startswith("ERR This instance has cluster support disabled\n")


def test_many_clients_at_once(cli: Cli, data: RealClient) -> None:
    printed: list[str] = []
    threads = [threading.Thread(target=lambda: printed.append(cli("INCR", "together"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(int, printed)) == list(range(1, 21))
