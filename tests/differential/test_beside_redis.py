"""The same random commands on the engine and on redis-server 7.0.15: the same replies, then the same keyspace.

A machine plays both at once: commands of every group in RESP2 and RESP3, transactions, keys that expire (by the
machine's clock, which both read), configuration of the encodings. What hypothesis finds is kept as a transcript.
"""

from __future__ import annotations

import os
import re
import time
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from commands_strategy import BY_LUCK, SWEEPING, random_command
from real import RealClient, emptied
from redislab import Lab, ReplyError
from redislab.commands.table import TABLE
from redislab.resp.types import BLOCKED
from reference.recorded import ORDERLESS, ordered, to_json

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
THRESHOLDS = [
    "stream-node-max-entries", "hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-intset-entries",
    "hll-sparse-max-bytes",
]  # fmt: skip
# The order of a hash table's elements is its own; with what follows from it there is nothing to compare.
DEPENDS_ON_TABLE_ORDER = {"sort", "sort_ro"}
# What DEBUG OBJECT tells that is the same on both.
SAVED = re.compile(r"(?:encoding|serializedlength|ql_\w+):\S+")


class BesideRedis(RuleBasedStateMachine):
    """Engine and server, two clients each (RESP2 and RESP3), always told the same."""

    address: tuple[str, int]

    def __init__(self) -> None:
        super().__init__()
        emptied(self.address)
        self.lab = Lab(record=False)
        self.real = {protocol: RealClient(self.address, protocol) for protocol in (2, 3)}
        self.ours = {protocol: self.lab.session(protocol=protocol) for protocol in (2, 3)}
        self.active_expiry_off()

    def active_expiry_off(self) -> None:
        self.real[2].call([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"])

    def both(self, argv: list[bytes], protocol: int = 2) -> None:
        """Tell both the same and compare what they say."""
        expected = to_json(self.real[protocol].call(argv), protocol)
        got = to_json(self.ask_ours(argv, protocol), protocol)
        name = argv[0].decode().lower()
        command = TABLE.get(name)
        if command is not None and len(argv) > 1:
            command = command.subcommands.get(argv[1].decode("latin-1").lower(), command)
        tips = command.tips if command is not None else []
        if ORDERLESS in tips or self.is_a_table(argv, name):
            expected, got = ordered(expected), ordered(got)
        assert same(got, expected, name), f"{argv} RESP{protocol}: redis {expected!r}, redislab {got!r}"

    def is_a_table(self, argv: list[bytes], name: str) -> bool:
        """Whether a reply lists a hash table, whose order is not defined."""
        return name in ("hgetall", "hkeys", "hvals", "smembers", "sunion", "sdiff", "sinter", "keys") or (
            name in DEPENDS_ON_TABLE_ORDER and self.real[2].call([b"TYPE", argv[1]]) == "set"
        )

    def ask_ours(self, argv: list[bytes], protocol: int) -> Any:
        try:
            reply = self.ours[protocol].call(*argv)
        except ReplyError as error:
            return error
        assert reply is not BLOCKED
        return reply

    @rule(argv=random_command(leave_out=BY_LUCK), protocol=st.sampled_from([2, 2, 3]))
    def command(self, argv: list[bytes], protocol: int) -> None:
        if argv[0].lower() in (b"sort", b"sort_ro") and argv[-2:-1] == [b"STORE"] and self.sorts_a_set(argv):
            return
        self.both(argv, protocol)

    def sorts_a_set(self, argv: list[bytes]) -> bool:
        return len(argv) > 1 and self.real[2].call([b"TYPE", argv[1]]) == "set"

    @rule(commands=st.lists(random_command(leave_out=BY_LUCK | DEPENDS_ON_TABLE_ORDER), max_size=4),
          protocol=st.sampled_from([2, 3]))  # fmt: skip
    def transaction(self, commands: list[list[bytes]], protocol: int) -> None:
        self.both([b"MULTI"], protocol)
        for argv in commands:
            self.both(argv, protocol)
        expected = to_json(self.real[protocol].call([b"EXEC"]), protocol)
        got = to_json(self.ask_ours([b"EXEC"], protocol), protocol)
        told = f"EXEC of {commands}: redis {expected!r}, redislab {got!r}"
        assert same(ordered(got), ordered(expected), "exec"), told

    @rule(key=st.sampled_from([b"a", b"b", b"c"]), argv=random_command(leave_out=BY_LUCK | DEPENDS_ON_TABLE_ORDER))
    def watched_transaction(self, key: bytes, argv: list[bytes]) -> None:
        self.both([b"WATCH", key], 2)
        self.both(argv, 3)
        self.both([b"MULTI"], 2)
        self.both([b"PING"], 2)
        self.both([b"EXEC"], 2)

    @rule(key=st.sampled_from([b"a", b"b", b"c", b"d"]))
    def let_expire(self, key: bytes) -> None:
        self.both([b"PEXPIRE", key, b"1"])
        if isinstance(self.real[2].call([b"DEBUG", b"OBJECT", key]), ReplyError):
            # A server that is kept waiting for a millisecond within PEXPIRE deletes the key at once.
            self.ask_ours([b"DEL", key], 2)
        time.sleep(0.004)

    @rule(name=st.sampled_from(THRESHOLDS), value=st.sampled_from([b"0", b"1", b"2", b"3", b"512", b"3000"]))
    def configure(self, name: str, value: bytes) -> None:
        self.both([b"CONFIG", b"SET", name.encode(), value])

    @rule(argv=st.sampled_from(SWEEPING))
    def sweep(self, argv: list[bytes]) -> None:
        self.both(argv)

    @rule()
    def compare_keyspaces(self) -> None:
        for database in (b"0", b"1"):
            self.both([b"SELECT", database])
            # Expired keys that nobody has looked at count in DBSIZE on both sides; KEYS looks at all of them.
            self.both([b"KEYS", b"*"])
            for key in sorted(self.real[2].call([b"KEYS", b"*"])):
                self.compare_key(key)
        self.both([b"SELECT", b"0"])
        self.both([b"DEBUG", b"DIGEST"])

    def compare_key(self, key: bytes) -> None:
        for argv in ([b"TYPE", key], [b"OBJECT", b"ENCODING", key], [b"EXPIRETIME", key]):
            self.both(argv)
        self.both(
            {
                "string": [b"GET", key],
                "list": [b"LRANGE", key, b"0", b"-1"],
                "set": [b"SMEMBERS", key],
                "hash": [b"HGETALL", key],
                "zset": [b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
                "stream": [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"],
            }[str(self.real[2].call([b"TYPE", key]))]
        )

    def compare_saved_lengths(self, key: bytes) -> None:
        """How long a value would be in an RDB file: its form and the order inside are part of that."""
        argv = [b"DEBUG", b"OBJECT", key]
        expected, got = (SAVED.findall(str(reply)) for reply in (self.real[2].call(argv), self.ask_ours(argv, 2)))
        assert got == expected, f"{argv}: redis {expected!r}, redislab {got!r}"

    def teardown(self) -> None:
        try:
            self.compare_keyspaces()
        finally:
            for client in self.real.values():
                client.close()


def same(got: Any, expected: Any, name: str) -> bool:
    """Equal, but for times that tick between the two calls."""
    if got == expected:
        return True
    if name in ("ttl", "pttl", "expiretime", "pexpiretime") and isinstance(got, int) and isinstance(expected, int):
        return got >= 0 and expected >= 0 and abs(got - expected) <= 2_000
    if name in ("xinfo", "xpending", "exec") and without_times(got) == without_times(expected):
        return True
    if name == "exec" and isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected):
        return all(
            ours == theirs or (isinstance(ours, int) and isinstance(theirs, int) and min(ours, theirs) > 0
                               and abs(ours - theirs) <= 2_000)
            for ours, theirs in zip(got, expected, strict=True)
        )  # fmt: skip
    return False


def without_times(reply: Any) -> Any:
    """What XINFO and XPENDING tell, without moments and the time since."""
    if isinstance(reply, list):
        if len(reply) == 4 and isinstance(reply[1], str) and isinstance(reply[2], int):  # a pending entry
            return [*reply[:2], "idle", reply[3]]
        idle = [place + 1 for place, item in enumerate(reply[:-1]) if item == "idle"]
        return [0 if place in idle else without_times(item) for place, item in enumerate(reply)]
    if isinstance(reply, dict):
        return {name: without_times(item) for name, item in reply.items()}
    return 0 if isinstance(reply, int) and reply > 10**12 else reply


def test_random_sessions_beside_redis(oracle: tuple[str, int]) -> None:
    BesideRedis.address = oracle
    run_state_machine_as_test(
        BesideRedis,
        settings=settings(
            max_examples=2000 if SOAK else 60,
            stateful_step_count=60,
            deadline=None,
            derandomize=not SOAK,  # the same sessions each time; the soak looks for new ones
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        ),
    )
