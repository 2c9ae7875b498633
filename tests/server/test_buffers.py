"""Fields of CLIENT LIST and INFO that tell of clients' buffers, on redislab's server and on the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import OURS, Running, real, running
from wire import Wire


@pytest.fixture(params=["redislab", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    with running(OURS if request.param == "redislab" else real(), tmp_path / "data") as server:
        yield server
        assert "failed for a reason of its own" not in server.log()


def fields(server: Running, client: bytes) -> dict[str, int]:
    """The numbers in the line that CLIENT LIST has for the client with this name."""
    line = next(line for line in server("CLIENT", "LIST").splitlines() if b" name=%b " % client in line)
    words = [word.split(b"=", 1) for word in line.split()]
    return {name.decode(): int(text) for name, text in words if text.isdigit()}


def named(server: Running, name: bytes, **options: int) -> Wire:
    wire = Wire(server.port, **options)
    assert wire.line(b"CLIENT SETNAME " + name) == b"+OK"
    return wire


def test_the_present_command_is_in_the_buffers(server: Running) -> None:
    server("CLIENT", "SETNAME", "me")
    mine = fields(server, b"me")
    assert (mine["qbuf"], mine["qbuf-free"] > 20_000, mine["argv-mem"], mine["omem"]) == (26, True, 10, 0)
    line = dict(word.split(b"=", 1) for word in server("CLIENT", "INFO").split())
    assert (line[b"qbuf"], line[b"argv-mem"]) == (b"26", b"10")


def test_room_for_requests_is_given_back_after_a_silence(server: Running) -> None:
    with named(server, b"silent"):
        found = fields(server, b"silent")
        assert (found["qbuf"], found["qbuf-free"], found["argv-mem"], found["multi-mem"]) == (0, 20474, 0, 0)
        assert 20_000 < found["tot-mem"] < 60_000
        server.wait_for(lambda: fields(server, b"silent")["qbuf-free"] == 0)
        assert fields(server, b"silent")["tot-mem"] < 5_000


def test_half_requests_of_each_kind(server: Running) -> None:
    with named(server, b"inline") as inline, named(server, b"large") as large, named(server, b"short") as short:
        inline.send(b"SET k " + b"x" * 5_000)
        short.send(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nab")
        large.send(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100000\r\n" + b"x" * 50_000)
        server.wait_for(lambda: fields(server, b"large")["qbuf"] >= 50_000)
        server.wait_for(lambda: fields(server, b"inline")["qbuf"] and fields(server, b"short")["qbuf"])
        found = fields(server, b"inline")
        assert (found["qbuf"], found["qbuf-free"], found["argv-mem"]) == (5_006, 15_468, 0)
        found = fields(server, b"short")
        assert (found["qbuf"], found["qbuf-free"], found["argv-mem"]) == (2, 20_472, 6)
        found = fields(server, b"large")
        assert (found["qbuf"], found["argv-mem"]) == (50_000, 6)
        assert 50_000 <= found["qbuf-free"] <= 120_000  # Redis may have set aside more
        assert found["tot-mem"] > 100_000
        server.wait_for(lambda: int(server.info("clients")["client_recent_max_input_buffer"]) >= 100_000)


def test_who_does_not_read_takes_memory(server: Running) -> None:
    server("SET", "k", b"x" * 200_000)
    with named(server, b"deaf", receive_buffer=4096) as deaf:
        deaf.send(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 60)
        server.wait_for(lambda: fields(server, b"deaf")["omem"] > 1_000_000)
        found = fields(server, b"deaf")
        assert found["oll"] > 0
        assert found["tot-mem"] > found["omem"]
        server.wait_for(lambda: int(server.info("clients")["client_recent_max_output_buffer"]) > 1_000_000)


def test_what_a_blocked_client_and_a_transaction_hold(server: Running) -> None:
    with named(server, b"blocked") as blocked, named(server, b"multi") as multi:
        blocked.send(b"BLPOP nothing 0\r\n")
        server.wait_for(lambda: server.info("clients")["blocked_clients"] == "1")
        blocked.send(b"*1\r\n$4\r\nPING\r\n" * 1000)
        server.wait_for(lambda: fields(server, b"blocked")["qbuf"] == 14_000)
        assert fields(server, b"blocked")["argv-mem"] == len("BLPOPnothing0")
        multi.line(b"MULTI")
        multi.line(b"SET a " + b"x" * 1_000)
        before = fields(server, b"multi")
        multi.line(b"SET b " + b"x" * 1_000)
        found = fields(server, b"multi")
        assert found["multi-mem"] - before["multi-mem"] >= 1_004
        assert found["tot-mem"] - before["tot-mem"] >= 1_004


def test_what_is_set_aside_for_the_first_request_is_a_buffer_of_late(server: Running) -> None:
    server.wait_for(lambda: server.info("clients")["client_recent_max_input_buffer"] == "20480")
