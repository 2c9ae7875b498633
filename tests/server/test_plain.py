"""Plain sockets as the server looks after them: slow readers, ends of every kind, mistakes, many at once, turns.

Where the real server does the same, it is asked the same.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from real import request
from servers import OURS, Running, real, running
from wire import Wire

LARGE = 200_000
"""Bytes of a value that no socket's buffer takes with a few others."""
FAULTY = """
import sys
from redislab.cli import main
from redislab.server.connection import Connection
from redislab.server.plain import DirectTransport

def failing(kind, name, sign):
    before = getattr(kind, name)
    def patched(self, data, *more):
        if sign in bytes(data):
            raise RuntimeError("a mistake on purpose")
        return before(self, data, *more)
    setattr(kind, name, patched)

failing(Connection, "received", b"FAIL-READING")
failing(Connection, "keep", b"FAIL-KEEPING")
forget = Connection.connection_lost
def lost(self, error):
    forget(self, error)
    if "fail-ending" in str(self.session.name):
        raise RuntimeError("a mistake on purpose")
Connection.connection_lost = lost
sys.exit(main(["serve", *sys.argv[1:]]))
"""


@pytest.fixture(params=["redislab", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    with running(OURS if request.param == "redislab" else real(), tmp_path / "data") as server:
        yield server
        server.wait_for(lambda: server.info("clients")["connected_clients"] == "1")
        assert "failed for a reason of its own" not in server.log()


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Running]:
    with running(OURS, tmp_path / "data") as server:
        yield server


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Running]:
    """A server with mistakes that a client can call for."""
    with running([sys.executable, "-c", FAULTY], tmp_path / "data") as server:
        yield server


def clients(server: Running) -> dict[bytes, dict[bytes, bytes]]:
    """CLIENT LIST by the clients' names."""
    lines = [dict(word.split(b"=", 1) for word in line.split()) for line in server("CLIENT", "LIST").splitlines()]
    return {line[b"name"]: line for line in lines}


def named(server: Running, name: bytes, **options: int) -> Wire:
    wire = Wire(server.port, **options)
    assert wire.line(b"CLIENT SETNAME " + name) == b"+OK"
    return wire


def reset(wire: Wire) -> None:
    """Close a connection so that the other side hears of it at once, and loses what it has sent."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


# -- slow readers --------------------------------------------------------------------------------------------


def test_a_slow_reader_gets_every_byte_and_holds_nobody_up(server: Running) -> None:
    values = [b"%d:" % number + bytes([65 + number]) * LARGE for number in range(20)]
    server.client.many([[b"SET", b"k%d" % number, value] for number, value in enumerate(values)])
    with named(server, b"slow", receive_buffer=4096) as slow:
        slow.send(b"".join(request([b"GET", b"k%d" % (number % 20)]) for number in range(40)))
        server.wait_for(lambda: int(clients(server)[b"slow"][b"omem"]) > 0)
        assert server("PING") == "PONG"
        expected = b"".join(b"$%d\r\n%b\r\n" % (len(value), value) for value in values) * 2
        found = bytearray()
        while len(found) < len(expected):
            found += slow.bytes(min(50_001, len(expected) - len(found)))
            if len(found) % 7 == 0:
                assert server("PING") == "PONG"
        assert found == expected
        assert slow.line(b"PING") == b"+PONG"
        server.wait_for(lambda: clients(server)[b"slow"][b"omem"] == b"0")
        assert clients(server)[b"slow"][b"events"] == b"r"


def test_a_slow_reader_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with running(OURS, tmp_path / "data", "--unixsocket", str(path)) as server, Wire(path) as slow:
        server("SET", "k", b"x" * LARGE)
        slow.send(request([b"GET", b"k"]) * 30 + request([b"ECHO", b"end"]))
        server.wait_for(lambda: b" events=rw " in server("CLIENT", "LIST"))
        one = b"$%d\r\n%b\r\n" % (LARGE, b"x" * LARGE)
        assert slow.bytes(len(one) * 30 + 9) == one * 30 + b"$3\r\nend\r\n"


def test_a_slow_reader_that_goes(server: Running) -> None:
    server("SET", "k", b"x" * LARGE)
    for leave in (reset, lambda wire: wire.socket.close()):
        slow = named(server, b"slow", receive_buffer=4096)
        slow.send(request([b"GET", b"k"]) * 40)
        server.wait_for(lambda: int(clients(server)[b"slow"][b"omem"]) > 0)
        leave(slow)
        server.wait_for(lambda: b"slow" not in clients(server))


def test_messages_for_a_slow_reader_wait_behind_its_replies(server: Running) -> None:
    server("SET", "k", b"x" * LARGE)
    with named(server, b"slow", receive_buffer=4096) as slow:
        slow.send(request([b"GET", b"k"]) * 30 + b"SUBSCRIBE news\r\n")
        server.wait_for(lambda: int(clients(server)[b"slow"][b"omem"]) > 0)
        # Redis goes on executing what it has read, and so is subscribed; redislab when there is room for replies.
        one = b"$%d\r\n%b\r\n" % (LARGE, b"x" * LARGE)
        assert slow.bytes(len(one) * 30) == one * 30
        server.wait_for(lambda: server("PUBLISH", "news", "hello") == 1)
        expected = b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
        assert slow.bytes(len(expected)) == expected


# -- ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 50, 3_000])
def test_one_who_stops_sending_hears_the_answers(server: Running, count: int) -> None:
    with Wire(server.port) as wire:
        wire.send(request([b"INCR", b"n"]) * count)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.rest() == b"".join(b":%d\r\n" % number for number in range(1, count + 1))


def test_one_who_goes_while_its_pipeline_runs(server: Running) -> None:
    """Redis executes what it has read by then; how much that is, is a matter of luck. Others do not notice."""
    for leave in (reset, lambda wire: wire.socket.close()):
        wire = Wire(server.port)
        wire.send(request([b"INCR", b"n"]) * 5_000)
        leave(wire)
    server.wait_for(lambda: server.info("clients")["connected_clients"] == "1")
    done, more = server.client.many([[b"GET", b"n"], [b"INCR", b"n"]])
    assert more == int(done or 0) + 1 <= 10_001


def test_those_who_are_killed_while_they_have_something_to_say(server: Running) -> None:
    """All of it is seen at the same moment: after the one who kills, the sockets of the others are closed already."""
    others = [named(server, b"other") for _ in range(50)]
    killer = Wire(server.port)
    server.client.socket.sendall(request([b"DEBUG", b"SLEEP", b"0.3"]))
    killer.send(b"CLIENT KILL TYPE normal SKIPME yes\r\n")
    for other in others:
        other.send(b"INCR n\r\nINCR n\r\n")
    heard = [other.rest() for other in others]
    killed = int(killer.line()[1:])
    assert killed == 51
    counts = sorted(int(number) for replies in heard for number in replies.replace(b":", b"").split())
    assert counts == list(range(1, len(counts) + 1))
    assert all(other.closed for other in others)
    server.client = server.connect()
    assert int(server("GET", "n") or 0) == len(counts)
    for wire in (killer, *others):
        wire.socket.close()


def test_new_sockets_have_the_numbers_of_old_ones(server: Running) -> None:
    """Numbers of files are given again at once: nothing of who had one before is left."""
    for number in range(300):
        with Wire(server.port) as wire:
            if number % 3 == 0:
                wire.send(b"*2\r\n$4\r\nECHO\r\n$10\r\nhalf")
            elif number % 3 == 1:
                assert wire.line(b"QUIT") == b"+OK"
            else:
                assert wire.line(b"PING") == b"+PONG"
    with Wire(server.port) as wire:
        assert wire.line(b"PING") == b"+PONG"


# -- many at once --------------------------------------------------------------------------------------------


def test_many_are_served_in_one_look(server: Running) -> None:
    wires = [Wire(server.port) for _ in range(300)]
    server.client.socket.sendall(request([b"DEBUG", b"SLEEP", b"0.2"]))
    for wire in wires:
        wire.send(request([b"INCR", b"n"]))
    assert sorted(int(wire.line()[1:]) for wire in wires) == list(range(1, 301))
    assert server.client.later() == "OK"
    for wire in wires:
        wire.socket.close()


def flood(port: int, data: bytes, expected: int, clients: int, done: list[bytes]) -> None:
    """Send the same from several clients, each as fast as it is taken, and read until each has so many bytes."""
    selector = selectors.DefaultSelector()
    for _ in range(clients):
        link = socket.create_connection(("127.0.0.1", port))
        link.setblocking(False)
        selector.register(link, selectors.EVENT_READ | selectors.EVENT_WRITE, [memoryview(data), bytearray()])
    while selector.get_map():
        for key, events in selector.select(20):
            state, link = key.data, key.fileobj
            assert isinstance(link, socket.socket)
            if events & selectors.EVENT_READ:
                state[1] += link.recv(1 << 16)
                if len(state[1]) >= expected:
                    done.append(bytes(state[1]))
                    selector.unregister(link)
                    link.close()
                    continue
            if events & selectors.EVENT_WRITE:
                state[0] = state[0][link.send(state[0][: 1 << 15]) :]
                if not state[0]:
                    selector.modify(link, selectors.EVENT_READ, state)


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("count", [1, 20])
def test_others_are_heard_beside_floods(ours: Running, count: int, inline: bool) -> None:
    """A single command has to wait for a part of what the others sent, not for all; and each of those is in order."""
    pings = 100_000 // count
    data = (b"PING\r\n" if inline else request([b"PING"])) * pings
    done: list[bytes] = []
    thread = threading.Thread(target=flood, args=(ours.port, data, 7 * pings, count, done))
    thread.start()
    heard = 0
    while thread.is_alive():
        assert ours("ECHO", heard) == b"%d" % heard
        heard += 1
    thread.join()
    assert done == [b"+PONG\r\n" * pings] * count
    assert heard > 5


def test_requests_keep_their_order_over_turns(server: Running) -> None:
    """Each client's commands are executed one after another, inline or not, whatever happens between its turns."""
    data, expected = b"", b""
    for number in range(3_000):
        if number % 500 == 499:
            data += request([b"SET", b"big", b"z" * 50_000])
            expected += b"+OK\r\n"
        word = b"%d" % number
        data += b"ECHO %b\r\n" % word if number % 3 else request([b"ECHO", word])
        expected += b"$%d\r\n%b\r\n" % (len(word), word)
    done: list[bytes] = []
    flood(server.port, data, len(expected), 4, done)
    assert done == [expected] * 4


# -- mistakes of ours ----------------------------------------------------------------------------------------


def test_a_mistake_ends_one_connection_and_no_other(faulty: Running) -> None:
    with named(faulty, b"other") as other:
        with Wire(faulty.port) as wire:
            wire.send(b"FAIL-READING\r\n")
            assert wire.rest() == b""
        with Wire(faulty.port) as wire:
            wire.send(b"BLPOP nothing 0\r\n")
            faulty.wait_for(lambda: faulty.info("clients")["blocked_clients"] == "1")
            wire.send(b"FAIL-KEEPING\r\n")
            assert wire.rest() == b""
        named(faulty, b"fail-ending").socket.close()
        faulty.wait_for(lambda: set(clients(faulty)) == {b"", b"other"})
        faulty.wait_for(lambda: faulty.log().count("RuntimeError: a mistake on purpose") == 3)
        assert other.line(b"PING") == b"+PONG"
        assert faulty.info("clients")["blocked_clients"] == "0"
    assert "A command failed for a reason of its own: b'(connection)': RuntimeError(" in faulty.log()
