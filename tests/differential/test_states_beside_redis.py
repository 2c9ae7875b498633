"""The small states around the data, on the engine and on redis-server 7.0.15: parameters, clients, statistics, logs.

What a client is (name, protocol, database, user, transaction), what CONFIG keeps, what INFO, SLOWLOG and COMMAND tell
of all that was called. Times, sizes of buffers and the numbers of clients are left out of the comparison.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from commands_strategy import BY_LUCK, call_of, random_command
from differential.sides import TwoSides, play
from redislab.commands.table import all_commands
from redislab.engine.config import PARAMETERS
from reference.recorded import ordered

LUCK = BY_LUCK | {"sort", "sort_ro", "object|refcount", "role"}
# Parameters that would cut the clients off, write files, or bring luck into what follows.
UNTOUCHED = {
    "bind", "port", "requirepass", "appendonly", "save", "maxclients", "maxmemory", "maxmemory-clients", "timeout",
    "client-query-buffer-limit", "proto-max-bulk-len", "protected-mode", "masteruser", "masterauth", "rename-command",
    "notify-keyspace-events", "busy-reply-threshold", "lua-time-limit", "latency-tracking", "slowlog-max-len",
    "slowlog-log-slower-than", "daemonize", "replicaof", "slaveof", "dir", "dbfilename", "crash-log-enabled",
    "loglevel", "syslog-enabled", "close-on-oom", "min-replicas-to-write", "min-slaves-to-write", "socket-mark-id",
    "active-expire-effort", "maxmemory-policy", "tls-port", "logfile", "client-output-buffer-limit", "io-threads",
    "activedefrag", "oom-score-adj", "oom-score-adj-values", "tcp-backlog", "bind-source-addr", "jemalloc-bg-thread",
    "acl-pubsub-default", "latency-monitor-threshold", "proc-title-template", "latency-tracking-info-percentiles",
    "set-proc-title", "disable-thp", "cluster-port", "shutdown-timeout", "watchdog-period", "hz", "dynamic-hz",
    # These are covered in SLOWLOG, as passwords should be; Redis 7.0 forgets to.
    "tls-key-file-pass", "tls-client-key-file-pass",
}  # fmt: skip
NAMES = [
    parameter.name.encode() for parameter in PARAMETERS
    if parameter.live and not parameter.machine and not parameter.protected and parameter.name not in UNTOUCHED
]  # fmt: skip
VALUES = [
    b"0", b"1", b"2", b"-1", b"10", b"64", b"100", b"512", b"1mb", b"2gb", b"50%", b"yes", b"no", b"YES", b"on", b"x",
    b"", b"1.5", b"9223372036854775807", b"99999999999999999999", b"everysec", b"always", b"default", b"a b", b"\xff",
    b"1k", b"010", b" 5", b"disabled", b"clients",
]  # fmt: skip
FIELDS = {"name", "db", "sub", "psub", "ssub", "multi", "flags", "user", "cmd", "resp", "redir"}
CALLS = [
    b"CLIENT SETNAME bob", b"CLIENT SETNAME", b"CLIENT SETNAME \xff", b"CLIENT SETNAME x\ty", b"CLIENT GETNAME",
    b"CLIENT NO-EVICT on", b"CLIENT NO-EVICT off", b"CLIENT NO-EVICT x", b"CLIENT GETREDIR", b"CLIENT TRACKINGINFO",
    b"CLIENT TRACKING off", b"CLIENT TRACKING x", b"CLIENT TRACKING on PREFIX a", b"CLIENT TRACKING on REDIRECT 99999",
    b"CLIENT TRACKING on OPTIN OPTOUT", b"CLIENT CACHING yes", b"CLIENT CACHING x", b"CLIENT KILL ID 99999",
    b"CLIENT KILL TYPE nothing", b"CLIENT KILL 1.1.1.1:1", b"CLIENT KILL USER nobody", b"CLIENT KILL ID x",
    b"CLIENT KILL SKIPME maybe", b"CLIENT KILL ADDR 1.1.1.1:1 LADDR 2.2.2.2:2", b"CLIENT UNBLOCK 99999",
    b"CLIENT UNBLOCK x", b"CLIENT UNBLOCK 99999 NOW", b"CLIENT PAUSE x", b"CLIENT PAUSE -1", b"CLIENT PAUSE 1 NONE",
    b"CLIENT UNPAUSE", b"CLIENT REPLY x", b"CLIENT NOSUCH", b"CLIENT LIST TYPE x", b"CLIENT LIST ID x",
    b"CLIENT LIST ID 99999", b"CLIENT LIST TYPE master", b"MULTI", b"MULTI", b"EXEC", b"EXEC", b"DISCARD",
    b"WATCH a b", b"WATCH a", b"UNWATCH", b"SELECT 0", b"SELECT 1", b"SELECT 99", b"SELECT x", b"RESET", b"PING",
    b"PING a", b"PING a b", b"ECHO a", b"ECHO", b"AUTH x", b"AUTH default x", b"AUTH eve good", b"AUTH eve bad",
    b"AUTH a b c", b"ACL WHOAMI", b"COMMAND COUNT", b"COMMAND INFO get nosuch client|list acl|nosuch",
    b"COMMAND LIST FILTERBY PATTERN x*", b"COMMAND LIST FILTERBY ACLCAT hyperloglog", b"COMMAND LIST FILTERBY MODULE m",
    b"COMMAND LIST FILTERBY X y", b"COMMAND GETKEYS", b"COMMAND NOSUCH", b"MODULE LIST", b"MODULE UNLOAD x",
    b"SLOWLOG LEN", b"SLOWLOG RESET", b"SLOWLOG GET x", b"SLOWLOG GET -2", b"SLOWLOG NOSUCH", b"LATENCY RESET",
    b"LATENCY LATEST", b"LATENCY HISTORY command", b"LATENCY RESET command x", b"LATENCY NOSUCH", b"READONLY",
    b"READWRITE", b"ASKING", b"WAIT 0 1", b"WAIT x 0", b"WAIT 0 -1", b"REPLICAOF NO ONE", b"SLAVEOF no one",
    b"REPLICAOF a b", b"FAILOVER ABORT", b"FAILOVER", b"FAILOVER TIMEOUT x", b"ROLE", b"PUBSUB NUMPAT",
    b"PUBSUB NOSUCH",
    b"PUBSUB NUMSUB a b", b"MEMORY NOSUCH", b"MEMORY USAGE", b"MEMORY USAGE a SAMPLES -1", b"MEMORY USAGE a SAMPLES x",
    b"MEMORY PURGE", b"DEBUG JMAP", b"OBJECT NOSUCH a", b"CONFIG NOSUCH", b"CONFIG GET", b"CONFIG SET a", b"NOSUCH a b",
    b"nosuch 'a'", b"\xff", b"CONFIG RESETSTAT", b"SCRIPT NOSUCH", b"FUNCTION NOSUCH", b"XINFO NOSUCH a",
    b"INFO nosuch",
    b"HELLO 2", b"HELLO 3", b"HELLO 4", b"HELLO x", b"HELLO 2 AUTH eve good", b"HELLO 3 AUTH eve bad",
    b"HELLO 3 SETNAME sue", b"HELLO 2 SETNAME", b"HELLO 3 AUTH default x SETNAME z", b"HELLO 2 SETNAME \xff", b"HELLO",
    b"LOLWUT VERSION 9", b"LOLWUT x", b"SUBSCRIBE", b"PUBLISH a", b"SWAPDB 0", b"SYNC x", b"REPLCONF x",
    b"SHUTDOWN x", b"SHUTDOWN ABORT", b"SAVE x", b"BGSAVE x", b"MONITOR x", b"TIME x", b"MIGRATE", b"PFSELFTEST x",
]  # fmt: skip
calls = st.sampled_from([call.split(b" ") for call in CALLS])
of_clusters = [command for command in all_commands() if command.name.startswith("cluster|")]
cluster = st.sampled_from(of_clusters).flatmap(call_of)
whoever = st.sampled_from([2, 3, "eve"])


class StatesBesideRedis(TwoSides):
    """Three clients who change what they are."""

    def __init__(self) -> None:
        super().__init__()
        self.real[2].call([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"])
        self.both([b"ACL", b"SETUSER", b"eve", b"on", b">good", b"~[ab]*", b"&*", b"+@all", b"-@dangerous", b"+info"])
        self.connect("eve", 2)
        self.both([b"AUTH", b"eve", b"good"], "eve")
        self.both([b"CONFIG", b"SET", b"slowlog-log-slower-than", b"0", b"slowlog-max-len", b"20"])
        self.both([b"SLOWLOG", b"RESET"])
        self.both([b"ACL", b"LOG", b"RESET"])
        self.both([b"CONFIG", b"RESETSTAT"])

    def compare(self, argv: list[bytes], who: Any, expected: Any, got: Any) -> None:
        super().compare(argv, who, plain(argv, expected), plain(argv, got))

    @rule(argv=calls, who=whoever)
    def call(self, argv: list[bytes], who: Any) -> None:
        self.both(argv, who)

    @rule(argv=calls, other=calls, who=whoever)
    def two_calls(self, argv: list[bytes], other: list[bytes], who: Any) -> None:
        self.both(argv, who)
        self.both(other, who)

    @rule(argv=random_command(LUCK), who=whoever)
    def command(self, argv: list[bytes], who: Any) -> None:
        self.both(argv, who)

    @rule(argv=cluster, who=whoever)
    def without_a_cluster(self, argv: list[bytes], who: Any) -> None:
        self.both(argv, who)

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), values=st.lists(
        st.sampled_from(VALUES), min_size=3, max_size=3), same=st.booleans())  # fmt: skip
    def configure(self, names: list[bytes], values: list[bytes], same: bool) -> None:
        words = [word for pair in zip(names[:1] if same else names, values, strict=False) for word in pair]
        self.both([b"CONFIG", b"SET", *words])
        self.both([b"CONFIG", b"GET", *names], 3)

    @rule(pattern=st.sampled_from([b"*max*", b"hash*", b"*-[lm]*", b"nosuch", b"*lru*", b"list-*", b"repl*", b"A*"]))
    def parameters(self, pattern: bytes) -> None:
        self.both([b"CONFIG", b"GET", pattern, b"zset-*"])

    @rule(argv=random_command(LUCK), way=st.sampled_from([b"GETKEYS", b"GETKEYSANDFLAGS"]), who=whoever)
    def keys_of(self, argv: list[bytes], way: bytes, who: Any) -> None:
        self.both([b"COMMAND", way, *argv], who)

    @rule(who=whoever)
    def client(self, who: Any) -> None:
        """CLIENT INFO, in the fields that are the same for a client in a process; not queued, as EXEC tells all."""
        if self.ours[who].in_multi:
            self.both([b"DISCARD"], who)
        expected, got = (fields(reply) for reply in self.ask([b"CLIENT", b"INFO"], who))
        if expected != got:
            self.differ(f"CLIENT INFO: redis {expected}, redislab {got}")

    @rule(who=whoever, section=st.sampled_from([b"commandstats", b"errorstats", b"keyspace", b"stats", b"clients"]))
    def info(self, who: Any, section: bytes) -> None:
        expected, got = (figures(reply) for reply in self.ask([b"INFO", section], who))
        if expected != got:
            self.differ(f"INFO {section!r}: redis {expected}, redislab {got}")

    @rule(count=st.sampled_from([b"1", b"5", b"-1", b"0"]))
    def slowlog(self, count: bytes) -> None:
        """The entries without number, time, duration and address."""
        expected, got = self.ask([b"SLOWLOG", b"GET", count])
        if isinstance(expected, list) and isinstance(got, list):
            expected, got = ([[entry[3], entry[5]] for entry in entries] for entries in (expected, got))
        if expected != got:
            self.differ(f"SLOWLOG GET: redis {expected}, redislab {got}")

    @rule(key=st.sampled_from([b"a", b"b", b"c", b"d"]))
    def memory_usage(self, key: bytes) -> None:
        """Not of a skip list: how high its nodes are is a server's luck, and ours counts what they take on average."""
        value = self.ours[2].db.values.get(key)
        if self.ours[2].in_multi or (value is not None and value.encoding() == "skiplist"):
            return
        self.both([b"MEMORY", b"USAGE", key, b"SAMPLES", b"0"])

    def teardown(self) -> None:
        try:
            self.both([b"RESET"])
            self.info(2, b"commandstats")
            self.info(2, b"errorstats")
            self.client(3)
            self.both([b"DEBUG", b"DIGEST"])
        finally:
            super().teardown()


def plain(argv: list[bytes], reply: Any) -> Any:
    """A reply with a client's own number made one, and lists from a hash table in order."""
    if isinstance(reply, dict) and "map" in reply and ["proto", 3] in reply["map"]:
        return [[name, value] for name, value in reply["map"] if name != "id"]
    if isinstance(reply, list) and "proto" in reply:
        return [*reply[:7], 1, *reply[8:]]
    name = argv[0].upper()
    if name in (b"CONFIG", b"COMMAND") and argv[1:2] != [b"GETKEYS"]:
        return ordered(pairs(reply))
    return re.sub(r"\d{6,}", "N", str(ordered(reply))) if name == b"EXEC" else reply


def pairs(reply: Any) -> Any:
    """CONFIG GET's flat list as pairs."""
    if isinstance(reply, list) and len(reply) % 2 == 0 and all(isinstance(item, str) for item in reply):
        return list(zip(reply[::2], reply[1::2], strict=True))
    return reply


def fields(reply: Any) -> Any:
    """The fields of CLIENT INFO that compare."""
    text = reply.get("verbatim") if isinstance(reply, dict) else reply
    if not isinstance(text, str) or "addr=" not in text:
        return reply
    found = dict(item.split("=", 1) for item in text.strip().split(" "))
    return {name: value for name, value in found.items() if name in FIELDS}


STATISTICS = {
    "keyspace_hits", "keyspace_misses", "expired_keys", "evicted_keys", "total_error_replies", "pubsub_channels",
    "acl_access_denied_auth", "unexpected_error_replies", "total_commands_processed", "pubsub_patterns",
    "tracking_clients", "blocked_clients", "connected_clients", "clients_in_timeout_table",
}  # fmt: skip


def figures(reply: Any) -> Any:
    """What INFO counts, without times."""
    text = reply.get("verbatim") if isinstance(reply, dict) else reply
    if not isinstance(text, str) or not text.startswith("#"):
        return reply
    kept = []
    for line in text.split("\r\n"):
        name, _, value = line.partition(":")
        if name.startswith("cmdstat_"):
            kept.append(f"{name}:{','.join(part for part in value.split(',') if 'usec' not in part)}")
        elif name.startswith("db"):
            kept.append(f"{name}:{value.rpartition(',')[0]}")
        elif name.startswith("errorstat_") or name in STATISTICS:
            kept.append(line)
    return sorted(kept)


def test_random_states_beside_redis(oracle: tuple[str, int]) -> None:
    play(StatesBesideRedis, oracle, examples=25, steps=50)
