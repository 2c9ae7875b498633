"""The same random commands on the engine and on redis-server 7.0.15: the same replies, then the same keyspace.

A machine plays both at once: commands of every group in RESP2 and RESP3, transactions, scripts, users with few rights,
keys that expire (by the machine's clock, which both read), configuration of the encodings, values that travel from one
side to the other as DUMP payloads. What is announced of the keyspace is compared as well.
"""

from __future__ import annotations

import re
import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from commands_strategy import BY_LUCK, LEFT_OUT, SWEEPING, playable, random_command
from differential.sides import CALLS_ANOTHER, TwoSides, excuse, find, play
from redislab.commands.table import all_commands
from redislab.resp.types import ReplyError
from reference.recorded import ordered, to_json

THRESHOLDS = [
    "stream-node-max-entries", "hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-intset-entries",
    "hll-sparse-max-bytes", "list-compress-depth", "hash-max-listpack-value", "zset-max-listpack-value",
    "proto-max-bulk-len",
]  # fmt: skip
# The order of a hash table's elements is its own; with what follows from it there is nothing to compare.
DEPENDS_ON_TABLE_ORDER = {"sort", "sort_ro"}
# What DEBUG OBJECT tells that is the same on both.
SAVED = re.compile(r"(?:encoding|serializedlength|ql_\w+):\S+")
USERS = {
    "reader": [b"+@all", b"%R~a", b"%W~b", b"~c"],
    "writer": [b"+@all", b"-@string", b"-@dangerous", b"~a", b"%W~*", b"(+@read ~d)"],
    "clerk": [b"-@all", b"~*", b"+@hash", b"+@list", b"+get", b"+eval", b"+evalsha", b"+xadd", b"+xrange"],
}
CLIENTS = [2, 2, 2, 3, 3, 3, *USERS]
KEYS = [b"a", b"b", b"c", b"d"]
REPLIES_OF_CALLS = (
    b"local replies, place = {}, 1 while place <= #ARGV do local count = tonumber(ARGV[place]) "
    b"replies[#replies + 1] = {redis.%s(unpack(ARGV, place + 1, place + count))} place = place + count + 1 end "
    b"return replies"
)
CALLERS = {
    2: REPLIES_OF_CALLS % b"pcall",
    3: b"redis.setresp(3) " + REPLIES_OF_CALLS % b"pcall",
    "strict": REPLIES_OF_CALLS % b"call",
}
commands = random_command(BY_LUCK)
in_order = random_command(BY_LUCK | DEPENDS_ON_TABLE_ORDER)
within = random_command(BY_LUCK | DEPENDS_ON_TABLE_ORDER | {"object|refcount"})


def without_luck(messages: list[list[str]]) -> list[list[str]]:
    """Keyspace events; those of keys that expire one after the other are sorted, for a hash table orders them."""
    found: list[list[str]] = []
    expired: list[list[str]] = []
    for message in messages:
        if "expired" in "".join(message):
            expired.append(message)
        else:
            found += [*sorted(expired), message]
            expired = []
    return [*found, *sorted(expired)]


class BesideRedis(TwoSides):
    """Engine and server, two clients each (RESP2 and RESP3) and some with few rights; and one who listens."""

    def __init__(self) -> None:
        super().__init__()
        self.real[2].call([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"])
        for name, rules in USERS.items():
            self.both([b"ACL", b"SETUSER", name.encode(), b"on", b"nopass", *rules])
            self.connect(name, 2)
            self.both([b"AUTH", name.encode(), b"x"], name)
        self.both([b"CONFIG", b"SET", b"notify-keyspace-events", b"KEAmn"])
        self.connect("listener", 2)
        assert self.both([b"PSUBSCRIBE", b"__key*"], "listener") == ["psubscribe", "__key*", 1]

    def heard(self) -> None:
        """Compare what has been announced since the last time."""
        expected, got = self.announced()
        if without_luck(got) != without_luck(expected):
            self.differ(f"announced: redis {expected}, redislab {got}")

    def announced(self) -> tuple[list[Any], list[Any]]:
        """What server and engine have announced since the last time."""
        listener = self.real["listener"]
        expected: list[Any] = []
        message = listener.call([b"PING"])
        while message[0] != b"pong":
            expected.append([part.decode("latin-1") for part in message[2:]])
            message = listener.later()
        outbox = self.ours["listener"].outbox
        got = [[part.decode("latin-1") for part in message[2:]] for message in outbox]
        outbox.clear()
        return expected, got

    @rule(argv=commands, who=st.sampled_from(CLIENTS))
    def command(self, argv: list[bytes], who: Any) -> None:
        if argv[0].lower() in (b"sort", b"sort_ro") and argv[-2:-1] == [b"STORE"]:
            self.both([b"SELECT", b"%d" % self.ours[who].db_index])
            kind = self.both([b"TYPE", argv[1]])
            self.both([b"SELECT", b"0"])
            if kind == {"simple": "set"}:
                return
        self.both(argv, who)
        self.heard()

    @rule(commands=st.lists(within, max_size=4), who=st.sampled_from(CLIENTS))
    def transaction(self, commands: list[list[bytes]], who: Any) -> None:
        self.both([b"MULTI"], who)
        queued = [argv for argv in commands if self.both(argv, who) == {"simple": "QUEUED"}]
        self.together([b"EXEC"], queued, who)

    @rule(commands=st.lists(within, min_size=1, max_size=4), who=st.sampled_from(CLIENTS),
          caller=st.sampled_from([*CALLERS]))  # fmt: skip
    def script(self, commands: list[list[bytes]], who: Any, caller: Any) -> None:
        calls = [argv for argv in commands if argv[0].decode().lower() not in CALLS_ANOTHER]
        words = [word for argv in calls for word in (b"%d" % len(argv), *argv)]
        self.together([b"EVAL", CALLERS[caller], b"0", *words], calls, who)

    def together(self, argv: list[bytes], calls: list[list[bytes]], who: Any) -> None:
        """Say something that is answered with the replies to several calls."""
        expected, got = self.ask(argv, who)
        alike = got == expected or (
            isinstance(got, list)
            and isinstance(expected, list)
            and len(got) == len(expected) == len(calls)
            and all(
                ours == theirs or excuse(call, theirs, ours)
                or (argv[0] == b"EVAL" and excuse(call, theirs[0], ours[0]))
                for call, ours, theirs in zip(calls, got, expected, strict=True)
            )
        )  # fmt: skip
        if not alike:
            self.differ(f"{argv} of {calls} by {who}: redis {expected!r}, redislab {got!r}")
        self.heard()

    @rule(key=st.sampled_from(KEYS[:3]), argv=in_order)
    def watched_transaction(self, key: bytes, argv: list[bytes]) -> None:
        self.both([b"WATCH", key], 2)
        self.both(argv, 3)
        self.both([b"MULTI"], 2)
        self.both([b"PING"], 2)
        self.both([b"EXEC"], 2)
        self.heard()

    @rule(key=st.sampled_from(KEYS))
    def let_expire(self, key: bytes) -> None:
        self.both([b"PEXPIRE", key, b"1"])
        if isinstance(self.real[2].call([b"DEBUG", b"OBJECT", key]), ReplyError):
            # A server that is kept waiting for a millisecond within PEXPIRE deletes the key at once.
            self.ask_ours([b"DEL", key], 2)
            self.announced()
        else:
            self.heard()
        time.sleep(0.004)

    @rule(name=st.sampled_from(THRESHOLDS), value=st.sampled_from([b"0", b"1", b"2", b"3", b"512", b"3000"]))
    def configure(self, name: str, value: bytes) -> None:
        if name.startswith("list-"):  # lists keep what they were made with, as DEBUG OBJECT tells
            self.both([b"FLUSHALL"])
        self.both([b"CONFIG", b"SET", name.encode(), value])

    @rule(argv=st.sampled_from(SWEEPING), who=st.sampled_from([2, 3, "clerk"]))
    def sweep(self, argv: list[bytes], who: Any) -> None:
        self.both(argv, who)
        self.heard()

    @rule(database=st.sampled_from([b"0", b"1", b"99", b"x"]))
    def select(self, database: bytes) -> None:
        self.both([b"SELECT", database], 3)

    @rule(key=st.sampled_from(KEYS), other=st.sampled_from(KEYS), options=st.sampled_from([
        [], [b"REPLACE"], [b"REPLACE"], [b"REPLACE", b"IDLETIME", b"5"], [b"REPLACE", b"FREQ", b"256"]]))  # fmt: skip
    def cross_over(self, key: bytes, other: bytes, options: list[bytes]) -> None:
        """Each side restores what the other has dumped."""
        theirs, ours = self.real[2].call([b"DUMP", key]), self.ask_ours([b"DUMP", key], 2)
        assert (theirs is None) == (ours is None)
        self.heard()
        if theirs is None:
            return
        argv = [b"RESTORE", other, b"0"]
        expected = to_json(self.real[2].call([*argv, ours, *options]), 2)
        self.compare(argv, 2, expected, to_json(self.ask_ours([*argv, theirs, *options], 2), 2))
        self.heard()

    @rule(argv=st.sampled_from([
        [b"SCAN", b"0"], [b"SCAN", b"0", b"TYPE", b"hash"], [b"SCAN", b"0", b"MATCH", b"[ab]"], [b"SSCAN", b"a", b"0"],
        [b"HSCAN", b"a", b"0"], [b"HSCAN", b"b", b"0", b"MATCH", b"*x*"], [b"ZSCAN", b"a", b"0"],
        [b"ZSCAN", b"b", b"0", b"MATCH", b"[1y]*"]]), who=st.sampled_from(CLIENTS))  # fmt: skip
    def scan_at_once(self, argv: list[bytes], who: Any) -> None:
        """A scan that is over in one call finds the same, in whatever order."""
        expected, got = self.ask([*argv, b"COUNT", b"1000"], who)
        if ordered(got) != ordered(pairs(expected)) and ordered(pairs(got)) != ordered(pairs(expected)):
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")
        self.heard()

    @rule(argv=st.sampled_from([
        [b"SPOP", b"a", b"1000"], [b"SRANDMEMBER", b"a", b"1000"], [b"HRANDFIELD", b"a", b"1000", b"WITHVALUES"],
        [b"ZRANDMEMBER", b"a", b"1000", b"WITHSCORES"], [b"SPOP", b"nothing"], [b"SPOP", b"b", b"0"],
        [b"SRANDMEMBER", b"b", b"-1", b"x"], [b"HRANDFIELD", b"b", b"x"], [b"ZRANDMEMBER", b"nothing", b"-3"]]),
        who=st.sampled_from(CLIENTS))  # fmt: skip
    def take_all(self, argv: list[bytes], who: Any) -> None:
        """All members in random order."""
        expected, got = self.ask(argv, who)
        if ordered(got) != ordered(expected) and ordered(pairs([0, got])) != ordered(pairs([0, expected])):
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")
        self.heard()

    @rule(argv=st.sampled_from([
        [b"SRANDMEMBER", b"a"], [b"SRANDMEMBER", b"b", b"-5"], [b"HRANDFIELD", b"a"], [b"HRANDFIELD", b"b", b"1"],
        [b"ZRANDMEMBER", b"a"], [b"ZRANDMEMBER", b"b", b"-4"], [b"RANDOMKEY"], [b"SRANDMEMBER", b"b", b"2"]]))
    def take_any(self, argv: list[bytes]) -> None:
        """Chosen by luck: as many on both sides, or the same refusal."""
        for key in KEYS:
            self.both([b"TYPE", key])  # RANDOMKEY deletes the expired keys that it happens upon: now there are none
        expected, got = self.ask(argv)
        if isinstance(expected, list) and isinstance(got, list):
            alike = len(expected) == len(got)
        else:
            alike = got == expected or (isinstance(got, str) and isinstance(expected, str))
        if not alike:
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")
        self.heard()

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
        self.heard()

    def compare_key(self, key: bytes) -> None:
        for argv in ([b"TYPE", key], [b"OBJECT", b"ENCODING", key], [b"EXPIRETIME", key]):
            self.both(argv)
        kind = str(self.real[2].call([b"TYPE", key]))
        if kind == "none":
            return
        self.both(
            {
                "string": [b"GET", key],
                "list": [b"LRANGE", key, b"0", b"-1"],
                "set": [b"SMEMBERS", key],
                "hash": [b"HGETALL", key],
                "zset": [b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
                "stream": [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"],
            }[kind]
        )
        self.compare_saved_lengths(key)

    def compare_saved_lengths(self, key: bytes) -> None:
        """How long a value would be in an RDB file: its form and the order inside are part of that."""
        argv = [b"DEBUG", b"OBJECT", key]
        expected, got = (SAVED.findall(str(reply)) for reply in (self.real[2].call(argv), self.ask_ours(argv, 2)))
        if got != expected:
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")

    def teardown(self) -> None:
        try:
            self.compare_keyspaces()
        finally:
            super().teardown()


def pairs(reply: Any) -> Any:
    """A scan's reply with the names and values of its flat list in pairs."""
    if not isinstance(reply, list) or len(reply) != 2 or not isinstance(reply[1], list) or len(reply[1]) % 2:
        return reply
    flat = reply[1]
    return [reply[0], [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]]


def test_random_sessions_beside_redis(oracle: tuple[str, int]) -> None:
    play(BesideRedis, oracle, examples=40)


def test_every_command_is_played_with_or_left_out_for_a_reason() -> None:
    made = {command.name for command in playable()}
    for command in all_commands():
        name = command.name
        left_out = name in LEFT_OUT or name.split("|")[0] in LEFT_OUT or name.endswith("|help") or not command.handler
        assert (name in made) != left_out, name
    names = {command.name for command in all_commands()}
    assert names >= LEFT_OUT.keys() and names >= BY_LUCK
    assert find([b"OBJECT", b"FREQ"]) is not None
