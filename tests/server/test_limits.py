"""What a client may ask of a server: how many there are, how much they send, and how much may wait for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from redislab.server.listening import keep_alive
from servers import OURS, Running, real, running
from wire import Wire

TOO_MANY = b"-ERR max number of clients reached\r\n"
RESIDENT_LIMIT = 200 << 20


@pytest.fixture(params=["redislab", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    with running(OURS if request.param == "redislab" else real(), tmp_path / "data") as server:
        yield server
        assert "failed for a reason of its own" not in server.log()


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Running]:
    with running(OURS, tmp_path / "data") as server:
        yield server
        assert "failed for a reason of its own" not in server.log()


def field(server: Running, client: bytes, name: str) -> int:
    """A field of the line that CLIENT LIST has for the client with this name."""
    line = next(line for line in server("CLIENT", "LIST").splitlines() if b" name=%b " % client in line)
    return int(dict(word.split(b"=", 1) for word in line.split())[name.encode()])


def resident(server: Running) -> int:
    """Bytes of memory that a server's process takes."""
    return int(server.info("memory")["used_memory_rss"])


def subscribe(wire: Wire) -> None:
    """Listen to the channel news."""
    wire.send(b"SUBSCRIBE news\r\n")
    answer = b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"
    assert wire.bytes(len(answer)) == answer


def flood(wire: Wire, data: bytes, times: int, patience: float = 0.5) -> int:
    """Send as long as the other side takes it; returns how many bytes it took."""
    sent = 0
    wire.socket.settimeout(patience)
    try:
        for _ in range(times):
            sent += wire.socket.send(data)
    except (TimeoutError, ConnectionError):
        pass
    wire.socket.settimeout(20)
    return sent


# -- how many ------------------------------------------------------------------------------------------------


def test_too_many_clients(server: Running) -> None:
    assert server("CONFIG", "SET", "maxclients", 4) == "OK"
    wires = [Wire(server.port) for _ in range(3)]
    assert all(wire.line(b"PING") == b"+PONG" for wire in wires)
    with Wire(server.port) as late:
        assert late.rest() == TOO_MANY
    assert server.info("stats")["rejected_connections"] == "1"
    wires.pop().socket.close()
    server.wait_for(lambda: server.info("clients")["connected_clients"] == "3")
    with Wire(server.port) as late:
        assert late.line(b"PING") == b"+PONG"
    for wire in wires:
        wire.socket.close()


def test_protected_mode(server: Running) -> None:
    """Clients of other machines are refused while nobody needs a password; here they come over another address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("the machine has no address but the loopback's")
        address = str(probe.getsockname()[0])
    with Wire((address, server.port)) as wire:
        assert wire.rest().startswith(b"-DENIED Redis is running in protected mode because protected mode is enabled")
    assert server("CONFIG", "SET", "protected-mode", "no") == "OK"
    with Wire((address, server.port)) as wire:
        assert wire.line(b"PING") == b"+PONG"
    assert server("CONFIG", "SET", "protected-mode", "yes", "requirepass", "secret") == "OK"
    with Wire((address, server.port)) as wire:
        assert wire.line(b"PING") == b"-NOAUTH Authentication required."
    assert server("CONFIG", "SET", "requirepass", "") == "OK"


def test_idle_clients_are_closed(server: Running) -> None:
    with (
        Wire(server.port) as idle, Wire(server.port) as waiting, Wire(server.port) as listening,
        Wire(server.port) as watching,
    ):  # fmt: skip
        waiting.send(b"BLPOP nothing 0\r\n")
        subscribe(listening)
        assert watching.line(b"MONITOR") == b"+OK"
        server.wait_for(lambda: server.info("clients")["blocked_clients"] == "1")
        assert server("CONFIG", "SET", "timeout", 1) == "OK"
        assert idle.rest(30) == b""
        with Wire(server.port) as late:
            assert late.line(b"RPUSH nothing x") == b":1"
            assert waiting.line() == b"*2"
            assert late.line(b"PUBLISH news x") == b":1"
            while b"news" not in (told := watching.line()):
                assert not watching.closed, told


def test_keep_alive_is_asked_of_the_system() -> None:
    with socket.socket() as made:
        keep_alive(made, 100)
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 100
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 33
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
    with socket.socket() as made:
        keep_alive(made, 0)
        assert not made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


# -- what comes ----------------------------------------------------------------------------------------------


def test_a_request_that_is_too_long(server: Running) -> None:
    assert server("CONFIG", "SET", "client-query-buffer-limit", "1mb") == "OK"
    with Wire(server.port) as wire:
        flood(wire, b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 2_000_000, 1)
        assert wire.rest() == b""
    server.wait_for(lambda: "Closing client that reached max query buffer length: id=" in server.log())
    assert server("PING") == "PONG"


def test_what_a_waiting_client_sends_is_kept_up_to_a_limit(server: Running) -> None:
    with Wire(server.port) as wire:
        wire.send(b"BLPOP k 0\r\n" + b"INCR n\r\n" * 30_000)
        server.wait_for(lambda: server.info("clients")["blocked_clients"] == "1")
        assert server("RPUSH", "k", "x") == 1
        assert [wire.line() for _ in range(5)] == [b"*2", b"$1", b"k", b"$1", b"x"]
        size = sum(len(f":{number}\r\n") for number in range(1, 30_001))
        assert wire.bytes(size).endswith(b":30000\r\n")
    assert server("CONFIG", "SET", "client-query-buffer-limit", "1mb") == "OK"
    with Wire(server.port) as wire:
        wire.send(b"BLPOP nothing 0\r\n")
        flood(wire, b"INCR m\r\n" * 10_000, 400)
        assert wire.rest() == b""
    assert server("GET", "m") is None
    assert server("GET", "n") == b"30000"


def test_long_strings(server: Running) -> None:
    assert server("CONFIG", "SET", "proto-max-bulk-len", "2mb") == "OK"
    with Wire(server.port) as wire:
        wire.send(b"*2\r\n$4\r\nECHO\r\n$2097153\r\n")
        assert wire.rest() == b"-ERR Protocol error: invalid bulk length\r\n"
    with Wire(server.port) as wire:
        wire.send(b"*2\r\n$4\r\nECHO\r\n$2097152\r\n" + b"x" * 2097152 + b"\r\n")
        assert wire.line() == b"$2097152"


def test_before_logging_in_little_may_be_sent(server: Running) -> None:
    assert server("CONFIG", "SET", "requirepass", "secret") == "OK"
    for data, reply in [
        (b"*11\r\n", b"-ERR Protocol error: unauthenticated multibulk length\r\n"),
        (b"*2\r\n$4\r\nECHO\r\n$16385\r\n", b"-ERR Protocol error: unauthenticated bulk length\r\n"),
    ]:
        with Wire(server.port) as wire:
            wire.send(data)
            assert wire.rest() == reply
    with Wire(server.port) as wire:
        wire.send(b"PING\r\nAUTH secret\r\nPING\r\n*11\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n" + b"$1\r\nx\r\n" * 9)
        answers = b"-NOAUTH Authentication required.\r\n+OK\r\n+PONG\r\n:9\r\n"
        assert wire.bytes(len(answers)) == answers
    assert server("CONFIG", "SET", "requirepass", "") == "OK"


def test_half_requests_show_in_client_list(server: Running) -> None:
    with Wire(server.port) as wire:
        wire.send(b"CLIENT SETNAME half\r\n")
        assert wire.line() == b"+OK"
        wire.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n" + b"x" * 50_000)
        server.wait_for(lambda: field(server, b"half", "qbuf") >= 50_000)
        assert 50_000 <= field(server, b"half", "qbuf") <= 50_100
        assert field(server, b"half", "argv-mem") == 4
        assert field(server, b"half", "tot-mem") > 50_000


# -- what waits to be sent -----------------------------------------------------------------------------------


def test_a_subscriber_that_does_not_read_is_closed(server: Running) -> None:
    assert server("CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0") == "OK"
    with Wire(server.port, receive_buffer=4096) as deaf, Wire(server.port) as good:
        for wire in (deaf, good):
            subscribe(wire)
        sent, listeners = 0, 2
        while listeners == 2 and sent < 300:
            listeners = server("PUBLISH", "news", "x" * 100_000)
            good.bytes(len("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$100000\r\n\r\n") + 100_000)
            sent += 1
        assert listeners == 1
        assert "overcoming of output buffer limits." in server.log()
        assert server("PUBLISH", "news", "x") == 1


def test_a_soft_limit_is_a_matter_of_time(server: Running) -> None:
    assert server("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 1mb 1") == "OK"
    with Wire(server.port, receive_buffer=4096) as deaf:
        subscribe(deaf)
        assert server("PUBLISH", "news", "x" * 10_000_000) == 1
        assert server("PUBLISH", "news", "x") == 1
        server.wait_for(lambda: server("PUBLISH", "news", "x") == 0)


def test_a_hard_limit_for_all_clients(server: Running) -> None:
    assert server("CONFIG", "SET", "client-output-buffer-limit", "normal 2mb 0 0") == "OK"
    server("SET", "big", "x" * 1_000_000)
    with Wire(server.port, receive_buffer=4096) as deaf:
        flood(deaf, b"GET big\r\n" * 100, 1)
        server.wait_for(lambda: "overcoming of output buffer limits." in server.log())
        assert len(deaf.rest()) < 100 * 1_000_000
    assert server("PING") == "PONG"


def test_one_who_does_not_read_is_not_served_on(ours: Running) -> None:
    """What it sends is executed only as fast as it reads, so that nothing piles up; in the end everything is done."""
    before = resident(ours)
    ours("SET", "big", "x" * 1_000_000)
    with Wire(ours.port, receive_buffer=4096) as deaf:
        deaf.send(b"CLIENT SETNAME deaf\r\n")
        deaf.bytes(5)
        deaf.send(b"GET big\r\nINCR n\r\n" * 300)
        ours.wait_for(lambda: field(ours, b"deaf", "omem") > 0)
        assert ours("PING") == "PONG"
        assert int(ours("GET", "n") or 0) < 100
        assert resident(ours) - before < RESIDENT_LIMIT
        size = 300 * (1_000_000 + len("$1000000\r\n\r\n")) + sum(len(f":{n}\r\n") for n in range(1, 301))
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        received = deaf.bytes(size)
        assert received.endswith(b":300\r\n")


def test_a_pipeline_without_end_does_not_grow_the_server(ours: Running) -> None:
    before = resident(ours)
    with Wire(ours.port, receive_buffer=4096) as deaf:
        sent = flood(deaf, (b"PING " + b"x" * 1000 + b"\r\n") * 60, 2_000)
        assert sent < 50 << 20
        assert resident(ours) - before < RESIDENT_LIMIT
        assert ours("PING") == "PONG"


def test_clients_are_evicted(server: Running) -> None:
    assert server("CONFIG", "SET", "maxmemory-clients", "3mb") == "OK"
    server("CLIENT", "NO-EVICT", "ON")
    with Wire(server.port) as spared, Wire(server.port) as first, Wire(server.port) as small:
        assert spared.line(b"CLIENT NO-EVICT ON") == b"+OK"
        assert small.line(b"PING") == b"+PONG"
        for wire in (spared, first):
            wire.send(b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 2_000_000)
        assert first.rest() == b""
        assert small.line(b"PING") == b"+PONG"
        spared.send(b"x" * 1_000_000 + b"\r\n")
        assert spared.line() == b"$3000000"
        assert b"evicted_clients:1\r\n" in server("INFO", "stats")
    assert "Evicting client: id=" in server.log()
    server("CONFIG", "RESETSTAT")
    assert b"evicted_clients:0\r\n" in server("INFO", "stats")


def test_who_quits_while_data_is_saved_is_let_go_at_once(tmp_path: Path) -> None:
    """The process that saves has a copy of each socket, which must not keep the connection open."""
    with running(OURS, tmp_path / "data") as server:
        server("DEBUG", "POPULATE", "200000")
        assert any(is_let_go_meanwhile(server) for _ in range(5))


def is_let_go_meanwhile(server: Running) -> bool:
    """Whether a client that quits is let go before the saving ends; it may have been over too soon to say."""
    server.settle()
    with Wire(server.port) as wire:
        assert wire.line(b"PING") == b"+PONG"
        server("BGSAVE")
        assert wire.line(b"QUIT") == b"+OK"
        assert wire.rest() == b""
        return server.info()["rdb_bgsave_in_progress"] == "1"
