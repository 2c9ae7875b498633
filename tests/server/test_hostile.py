"""Clients that mean no good, or have gone wrong: the server stays small, and serves the others."""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from servers import OURS, Running, running
from wire import Wire

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
GROWTH_LIMIT = 100 << 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A server that has to be well at the end: it answers, has let go of everybody, and is no larger than before."""
    with running(OURS, tmp_path / "data") as server:
        before = resident(server)
        files = descriptors(server)
        yield server
        server.wait_for(lambda: server.info("clients")["connected_clients"] == "1" and descriptors(server) <= files)
        assert resident(server) - before < GROWTH_LIMIT
        assert "failed for a reason of its own" not in server.log()


def resident(server: Running) -> int:
    return int(server.info("memory")["used_memory_rss"])


def descriptors(server: Running) -> int:
    """Open files of a server's process; 0 where the system does not tell."""
    with suppress(OSError):
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))
    return 0


def test_random_bytes(server: Running) -> None:
    dice = random.Random(7)
    for _ in range(300):
        with Wire(server.port) as wire:
            wire.send(dice.randbytes(dice.randrange(1, 5_000)))
    assert server("PING") == "PONG"


def test_many_short_connections(server: Running) -> None:
    for number in range(20_000 if SOAK else 3_000):
        with Wire(server.port) as wire:
            if number % 3 == 0:
                wire.send(b"PING\r\n")
            elif number % 3 == 1:
                assert wire.line(b"INCR n") == b":%d" % (number // 3 + 1)
    assert server("PING") == "PONG"


def test_connections_that_are_reset(server: Running) -> None:
    for number in range(500):
        with Wire(server.port) as wire:
            wire.send(b"BLPOP nothing 0\r\n" if number % 2 else b"GET k\r\n" * 1000)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert server("PING") == "PONG"


def test_huge_lengths_and_half_requests(server: Running) -> None:
    starts = (
        b"*2147483647\r\n", b"*2\r\n$4\r\nECHO\r\n$536870912\r\n", b"*3\r\n$3\r\nSET\r\n$1\r\n",
        b"*100000\r\n$4\r\nMSET\r\n",
    )  # fmt: skip
    wires = [Wire(server.port) for _ in range(100)]
    for number, wire in enumerate(wires):
        wire.send(starts[number % len(starts)])
    assert server("PING") == "PONG"
    assert resident(server) < 400 << 20
    for wire in wires:
        wire.socket.close()


def test_one_byte_at_a_time(server: Running) -> None:
    """Slow senders, each with a request that never ends, cost others nothing."""
    wires = [Wire(server.port) for _ in range(200)]
    for byte in b"*2\r\n$4\r\nECHO\r\n$10":
        for wire in wires:
            wire.send(bytes([byte]))
        assert server("PING") == "PONG"
    for wire in wires:
        wire.socket.close()


def test_a_long_argument_in_small_pieces(server: Running) -> None:
    """The work grows with the bytes, not with the square of their pieces."""
    with Wire(server.port) as wire:
        wire.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4000000\r\n")
        for _ in range(4_000):
            wire.send(b"x" * 1_000)
        wire.send(b"\r\n")
        assert wire.line() == b"+OK"
    assert server("STRLEN", "k") == 4_000_000
    assert server("DEL", "k") == 1


def test_deep_nesting(server: Running) -> None:
    with Wire(server.port) as wire:
        wire.send(b"*1\r\n" * 100_000)
        assert wire.rest().startswith(b"-ERR Protocol error: expected '$', got '*'")
    error = server("EVAL", "return cjson.decode(ARGV[1])", "0", "[" * 100_000)
    assert "Found too many nested data structures" in str(error)
    error = server("EVAL", "local function f() return f() + 1 end return f()", "0")
    assert "stack overflow" in str(error)
    with Wire(server.port) as wire:
        wire.send(b"MULTI\r\n" * 10_000)
        assert wire.line() == b"+OK"
        assert wire.line() == b"-ERR MULTI calls can not be nested"
    assert server("PING") == "PONG"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be stopped here")
def test_a_long_pipeline_lets_others_have_their_turn(server: Running) -> None:
    """What others send at the same moment as a client its many commands is not kept waiting for their end."""
    with Wire(server.port) as busy, Wire(server.port) as other:
        assert other.line(b"PING") == b"+PONG"
        server.process.send_signal(signal.SIGSTOP)  # what comes now is there all at once when it goes on
        busy.send(b"CLIENT REPLY OFF\r\n" + b"*3\r\n$4\r\nLPOS\r\n$1\r\nl\r\n$1\r\nx\r\n" * 5 + b"INCR n\r\n" * 20_000)
        other.send(b"GET n\r\n")
        server.process.send_signal(signal.SIGCONT)
        assert other.line() == b"$-1" or int(other.line()) < 20_000
        server.wait_for(lambda: server("GET", "n") == b"20000")
        busy.send(b"CLIENT REPLY ON\r\n")
        assert busy.line() == b"+OK"


def test_subscriptions_and_watches_of_those_who_went(server: Running) -> None:
    for number in range(200):
        with Wire(server.port) as wire:
            wire.send(b"WATCH a b c\r\nMULTI\r\nSET a 1\r\n" if number % 2 else b"SUBSCRIBE a b c\r\nPSUBSCRIBE *\r\n")
            wire.until_quiet(0.005)
    server.wait_for(lambda: server("PUBSUB", "NUMPAT") == 0)
    assert server("PUBSUB", "CHANNELS") == []
    assert server("SET", "a", "2") == "OK"


def test_one_who_sends_after_quitting(server: Running) -> None:
    for _ in range(100):
        with Wire(server.port) as wire:
            wire.send(b"QUIT\r\n" + b"INCR n\r\n" * 1_000)
    assert server("GET", "n") is None


def test_one_who_stops_sending_gets_all_answers(server: Running) -> None:
    """As with `nc`: a client sends a long pipeline and shuts its side; all of it is executed."""
    with Wire(server.port) as wire:
        wire.send(b"INCR n\r\n" * 50_000)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.rest().endswith(b":50000\r\n")
    assert server("GET", "n") == b"50000"


def test_many_at_the_same_time(server: Running) -> None:
    wires = [Wire(server.port) for _ in range(800)]
    for wire in wires:
        wire.send(b"INCR n\r\nBLPOP start 0\r\n")
    server.wait_for(lambda: server.info("clients")["blocked_clients"] == "800")
    for _ in wires:
        server("RPUSH", "start", "go")
    for wire in wires:
        assert wire.line().startswith(b":")
        popped = b"*2\r\n$5\r\nstart\r\n$2\r\ngo\r\n"
        assert wire.bytes(len(popped)) == popped
        wire.socket.close()
    assert server("GET", "n") == b"800"
    assert server("LLEN", "start") == 0
