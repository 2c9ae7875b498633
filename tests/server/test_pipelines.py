"""A pipeline is no more than its commands one by one: the same replies, and the same for everybody who watches.

Random commands go through a socket three times: one by one to redislab's server, as a pipeline cut at random places to
redislab's, and the same to the real one. What the client hears must be the same, and so must MONITOR's lines, keyspace
events, invalidations, the counts of INFO commandstats and errorstats, and the slow log.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from real import RealClient, request
from redislab.resp.types import BLOCKED, Push, ReplyError

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
Call = Sequence[bytes]
Address = tuple[str, int]
KEYS = [b"a", b"b", b"list", b"hash"]
END = b"the end of it"
LINE = re.compile(rb"^[0-9.]+ \[(\d+) [^]]*\]")


class Setting:
    """What is switched on while the commands run."""

    def __init__(self, protocol: int, slower_than: int, monitor: bool, events: bytes, tracks: bool) -> None:
        self.protocol, self.slower_than, self.monitor = protocol, slower_than, monitor
        self.events, self.tracks = events, tracks

    def __repr__(self) -> str:
        return f"Setting({self.protocol}, {self.slower_than}, {self.monitor}, {self.events!r}, {self.tracks})"


class Side:
    """One server with those who watch it, for one example."""

    def __init__(self, address: tuple[str, int], setting: Setting) -> None:
        self.clients: list[RealClient] = []
        self.address, self.setting = address, setting
        self.admin = self.connect(2)
        self.admin.call([b"FLUSHALL"])
        slower = b"%d" % setting.slower_than
        self.admin.call([
            b"CONFIG", b"SET", b"notify-keyspace-events", setting.events, b"slowlog-log-slower-than", slower,
            b"slowlog-max-len", b"10000",
        ])  # fmt: skip
        self.listener = self.connect(2)
        self.listener.call([b"SUBSCRIBE", b"end"])
        self.listener.call([b"PSUBSCRIBE", b"__key*"])
        self.broadcast = self.connect(3)
        self.broadcast.call([b"CLIENT", b"TRACKING", b"ON", b"BCAST"])
        self.watcher = self.connect(2)
        if setting.monitor:
            self.watcher.call([b"MONITOR"])
        self.client = self.connect(setting.protocol)
        if setting.tracks:
            self.client.call([b"CLIENT", b"TRACKING", b"ON"])
        self.admin.call([b"SLOWLOG", b"RESET"])
        self.admin.call([b"CONFIG", b"RESETSTAT"])

    def connect(self, protocol: int) -> RealClient:
        client = RealClient(self.address, protocol)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def one_by_one(self, calls: Sequence[Call]) -> dict[str, Any]:
        heard = []
        for call in [*calls, [b"ECHO", END]]:
            heard.append(self.client.call(call, block_after=5))
            while isinstance(heard[-1], Push) and not is_answer(heard[-1], call):
                heard.append(self.client.later(5))
            assert heard[-1] is not BLOCKED, call
        return self.found(heard)

    def together(self, calls: Sequence[Call], cuts: Sequence[int]) -> dict[str, Any]:
        data = b"".join(map(request, [*calls, [b"ECHO", END]]))
        places = [0, *(place for place in itertools.accumulate(cuts) if place < len(data)), len(data)]
        for start, stop in itertools.pairwise(places):
            self.client.socket.sendall(data[start:stop])
        return self.found(until(self.client, lambda reply: reply == END))

    def found(self, heard: list[Any]) -> dict[str, Any]:
        """All that was heard by anybody."""
        slow = [entry[3] for entry in self.admin.call([b"SLOWLOG", b"GET", b"-1"])]
        stats = self.admin.call([b"INFO", b"commandstats", b"errorstats"]).decode().splitlines()
        self.admin.call([b"PUBLISH", b"end", b""])
        self.admin.call([b"SET", b"end", b""])
        seen = []
        if self.setting.monitor:
            lines = until(self.watcher, lambda line: b'"SET" "end"' in text(line))
            seen = [LINE.sub(rb"\1", text(line)) for line in lines]
        return {
            "heard": [plain(reply) for reply in heard],
            "slow log": slow,
            "stats": sorted(re.sub("usec=[^,]*,usec_per_call=[^,]*,", "", line) for line in stats),
            "events": until(self.listener, lambda message: message[1] == b"end"),
            "invalidations": until(self.broadcast, lambda push: push[1] == [b"end"]),
            "monitor": seen,
        }


def text(line: Any) -> bytes:
    return str(line).encode("latin-1", "replace")


def plain(reply: Any) -> Any:
    return (str(reply),) if isinstance(reply, ReplyError) else (type(reply).__name__, reply)


def is_answer(reply: Push, call: Call) -> bool:
    """Whether a push is what a command answers with, as those about subscriptions do."""
    return reply[0] == call[0].lower()


def until(client: RealClient, is_last: Any) -> list[Any]:
    """What a client hears, up to the end."""
    found = []
    while not found or not is_last(found[-1]):
        found.append(client.later(5))
        assert found[-1] is not BLOCKED, found
    return found


# -- random pipelines ----------------------------------------------------------------------------------------

keys = st.sampled_from(KEYS)
words = st.sampled_from([b"1", b"x", b"7.5", b"", b"y" * 100, b"a\r\nb"])
numbers = st.sampled_from([b"0", b"1", b"-1", b"2", b"nine"])
ordinary = st.one_of(
    st.tuples(st.sampled_from([b"GET", b"get", b"INCR", b"DEL", b"LPOP", b"RPOP", b"LLEN", b"TYPE", b"HGETALL"]), keys),
    st.tuples(st.sampled_from([b"SET", b"APPEND", b"LPUSH", b"RPUSH", b"GETSET", b"HGET", b"INCRBY"]), keys, words),
    st.tuples(st.sampled_from([b"HSET", b"SETRANGE", b"LRANGE", b"LREM"]), keys, numbers, words),
    st.tuples(st.just(b"MSET"), keys, words, keys, words),
    st.tuples(st.sampled_from([b"EXPIRE", b"PEXPIRE"]), keys, st.sampled_from([b"1000000", b"-1"])),
)
peculiar = st.sampled_from([
    (b"PING",), (b"ECHO", b"hello"), (b"GET",), (b"GET", b"a", b"b"), (b"NOSUCH", b"a"), (b"OBJECT", b"ENCODING", b"a"),
    (b"SELECT", b"1"), (b"SELECT", b"0"), (b"SELECT", b"99"), (b"MULTI",), (b"EXEC",), (b"DISCARD",),
    (b"WATCH", b"a"), (b"PUBLISH", b"news", b"1"), (b"PUBLISH", b"end", b"of nothing"), (b"BLPOP", b"list", b"0.01"),
    (b"EVAL", b"redis.call('INCR', KEYS[1]) return redis.call('GET', KEYS[1])", b"1", b"a"),
    (b"EVAL", b"return redis.error_reply('MINE of mine')", b"0"), (b"CLIENT", b"SETNAME", b"me"), (b"DBSIZE",),
    (b"FLUSHDB",), (b"SORT", b"list"), (b"CONFIG", b"SET", b"maxmemory", b"0"), (b"UNWATCH",), (b"TOUCH", b"a", b"b"),
])  # fmt: skip
subscribing = st.sampled_from([(b"SUBSCRIBE", b"news"), (b"UNSUBSCRIBE", b"news"), (b"PSUBSCRIBE", b"n*")])
runs = st.tuples(ordinary, st.sampled_from([1, 1, 2, 3, 20, 70]))
flat = st.tuples(st.one_of(ordinary, peculiar), st.just(1))
SETTINGS = st.builds(
    Setting, st.sampled_from([2, 3]), st.sampled_from([-1, 0, 1_000_000]), st.booleans(),
    st.sampled_from([b"", b"KEA"]), st.just(False),
) | st.builds(Setting, st.just(3), st.just(0), st.booleans(), st.just(b"KEA"), st.just(True))  # fmt: skip


@st.composite
def pipelines(draw: Any) -> tuple[Setting, list[Call]]:
    setting = draw(SETTINGS)
    parts = [runs, flat, flat]
    if setting.protocol == 3:
        parts.append(st.tuples(subscribing, st.just(1)))
    drawn = draw(st.lists(st.one_of(parts), min_size=1, max_size=25))
    calls = [call for call, count in drawn for _ in range(count)]
    return setting, well_formed(calls)


def well_formed(calls: list[Call]) -> list[Call]:
    """Within MULTI nobody subscribes: the answer comes with EXEC, where one by one nobody waits for it. And it ends."""
    found, inside = [], False
    for call in calls:
        inside = (inside or call[0] == b"MULTI") and call[0] not in (b"EXEC", b"DISCARD")
        if not inside or not call[0].endswith(b"SUBSCRIBE"):
            found.append(call)
    return [*found, (b"DISCARD",)] if inside else found


def compare(ours: Address, other: Address, setting: Setting, calls: list[Call], cuts: list[int]) -> None:
    """Compare what is found one by one at the first server with what a pipeline leaves at the other."""
    with closing(Side(ours, setting)) as side:
        expected = side.one_by_one(calls)
    with closing(Side(other, setting)) as side:
        found = side.together(calls, cuts)
    # What was read at once is told of at once, and how much that is nobody knows.
    for side_found in (expected, found):
        side_found["invalidations"] = {key for push in side_found["invalidations"] for key in push[1] or ["all"]}
    for what, value in expected.items():
        assert found[what] == value, (what, setting)


cuts = st.lists(st.integers(1, 3_000), max_size=12) | st.just([])
some = settings(
    max_examples=2000 if SOAK else 40,
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@some
@given(pipelines(), cuts)
def test_a_pipeline_is_its_commands_one_by_one(server: Any, given: tuple[Setting, list[Call]], cuts: list[int]) -> None:
    compare(server.address, server.address, *given, cuts)


@some
@given(pipelines(), cuts)
def test_the_real_server_finds_the_same(
    server: Any, real_server: tuple[str, int], given: tuple[Setting, list[Call]], cuts: list[int]
) -> None:
    compare(server.address, real_server, *given, cuts)


def test_runs_of_one_command_with_errors_in_them(server: Any) -> None:
    """What is executed as a run is told one by one: an error, a change of the type, an event for each."""
    calls: list[Call] = [(b"SET", b"a", b"0")]
    calls += [(b"INCR", b"a")] * 40 + [(b"LPUSH", b"a", b"x")] * 20 + [(b"RPUSH", b"list", b"x")] * 33
    calls += [(b"INCR", b"list" if number % 7 == 3 else b"a") for number in range(64)]
    for setting in (
        Setting(2, 0, False, b"KEA", False), Setting(3, -1, True, b"", True), Setting(2, 10_000, False, b"", False),
    ):  # fmt: skip
        compare(server.address, server.address, setting, calls, [])


@pytest.mark.parametrize("protocol", [2, 3])
def test_messages_and_replies_stay_in_order(address: tuple[str, int], protocol: int) -> None:
    """Who subscribes, publishes to itself and reads in one pipeline hears it all in the order of the commands."""
    publisher, listener = RealClient(address, protocol), RealClient(address, protocol)
    listener.call([b"SUBSCRIBE", b"news"])
    calls = [[b"PUBLISH", b"news", b"%d" % number] for number in range(100)]
    assert publisher.many(calls) == [1] * 100
    assert [listener.later()[2] for _ in range(100)] == [b"%d" % number for number in range(100)]
    if protocol == 3:
        pairs = [[b"PUBLISH", b"mine", b"x"], [b"INCR", b"n"]]
        mixed = [[b"SUBSCRIBE", b"mine"], *pairs * 20]
        publisher.socket.sendall(b"".join(map(request, mixed)))
        heard = [publisher.later() for _ in range(61)]
        message = [b"message", b"mine", b"x"]
        assert heard[0] == [b"subscribe", b"mine", 1]
        assert heard[1:] == [each for n in range(1, 21) for each in (message, 1, n)]
    publisher.close()
    listener.close()
