"""Random rules for users, and random commands as those users, on the engine and on redis-server 7.0.15.

Two users change all the time while clients are logged in as them: what they may do, what ACL LOG notes of refusals, who
is disconnected. Their calls come alone, in transactions and from scripts.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from commands.acl_rules import any_call, rules
from commands_strategy import BY_LUCK, random_command
from differential.sides import TwoSides, play
from redislab.resp.types import ReplyError
from reference.recorded import ordered, to_json

LUCK = BY_LUCK | {"sort", "sort_ro", "object|refcount"}
USERS = [b"u", b"v"]
users = st.sampled_from(USERS)
clients = st.sampled_from(["one", "two", "three"])
useful = st.sampled_from([
    ["on", ">x", "+@all"], ["on", "nopass", "+@all", "~*", "&*"], ["on", ">x", "~a*", "+@read", "+eval", "+auth"],
    ["+@all", "%R~a", "%W~b", "~c"], ["+@all", "-@dangerous", "~*"], ["+@write", "+@read", "(+get ~d)", "allkeys"],
    ["on", ">x", "+@all", "-@write", "%R~*", "&n*"], ["resetchannels", "&a"], ["+@scripting", "+@transaction"],
])  # fmt: skip
other_calls = st.sampled_from([
    [b"ACL", b"WHOAMI"], [b"PUBLISH", b"news", b"x"], [b"PUBLISH", b"a", b"x"], [b"SPUBLISH", b"b", b"x"],
    [b"PUBSUB", b"CHANNELS"], [b"CLIENT", b"GETNAME"], [b"CONFIG", b"GET", b"maxmemory"], [b"COMMAND", b"COUNT"],
    [b"ACL", b"CAT"], [b"ACL", b"USERS"], [b"NOSUCH", b"x"], [b"GET"], [b"MULTI"], [b"EXEC"], [b"DISCARD"],
    [b"SELECT", b"0"], [b"SELECT", b"1"], [b"WATCH", b"a", b"d"], [b"PING"], [b"MEMORY", b"USAGE", b"nothing"],
    [b"SORT", b"l", b"BY", b"w_*"], [b"CLIENT", b"NO-EVICT", b"off"], [b"AUTH", b"u", b"wrong"],
])  # fmt: skip


class UsersBesideRedis(TwoSides):
    """An administrator, and three clients who log in as users that come, change and go."""

    def __init__(self) -> None:
        super().__init__()
        for name, protocol in (("one", 2), ("two", 3), ("three", 2)):
            self.connect(name, protocol)

    @rule(user=users, words=st.one_of(st.lists(rules, min_size=1, max_size=5), useful, useful))
    def set_user(self, user: bytes, words: list[str]) -> None:
        self.compare_rules([b"ACL", b"SETUSER", user, *(word.encode() for word in words)])
        self.compare_rules([b"ACL", b"GETUSER", user], 3)

    def compare_rules(self, argv: list[bytes], who: Any = 2) -> None:
        expected, got = self.ask(argv, who)
        if in_order(expected) != in_order(got):
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")

    @rule(user=users)
    def delete_user(self, user: bytes) -> None:
        gone = [name for name in ("one", "two", "three") if self.ours[name].user.name == user]
        self.both([b"ACL", b"DELUSER", user])
        for name in gone:
            if self.ours[name].closing or self.ours[name].closed:
                protocol = self.ours[name].protocol
                assert self.is_cut_off(name)
                self.real[name].close()
                self.connect(name, protocol)
            else:
                self.differ(f"{name} is still connected, redislab")

    def is_cut_off(self, name: str) -> bool:
        """Whether the server has closed a client's connection."""
        try:
            return str(self.real[name].call([b"PING"])) == str(ReplyError("(connection closed)"))
        except ConnectionError:
            return True

    @rule(who=clients, user=users, password=st.sampled_from([b"x", b"x", b"y"]))
    def log_in(self, who: str, user: bytes, password: bytes) -> None:
        self.both([b"AUTH", user, password], who)

    @rule(who=clients, user=users)
    def log_in_for_sure(self, who: str, user: bytes) -> None:
        self.both([b"ACL", b"SETUSER", user, b"on", b">x"])
        self.both([b"AUTH", user, b"x"], who)

    @rule(who=clients, calls=st.lists(st.one_of(random_command(LUCK), random_command(LUCK), other_calls), max_size=5))
    def commands(self, who: str, calls: list[list[bytes]]) -> None:
        for argv in calls:
            if self.ours[who].in_multi and argv != [b"DISCARD"]:
                self.both([b"DISCARD"], who)
            self.both(argv, who)

    @rule(who=clients, calls=st.lists(random_command(LUCK), max_size=3), words=useful, user=users)
    def transaction(self, who: str, calls: list[list[bytes]], words: list[str], user: bytes) -> None:
        """Between queueing and EXEC the rights may change."""
        if self.ours[who].in_multi:
            self.both([b"DISCARD"], who)
        self.both([b"MULTI"], who)
        for argv in calls:
            self.both(argv, who)
        if len(calls) == 2:
            self.both([b"ACL", b"SETUSER", user, *(word.encode() for word in words)])
        expected, got = self.ask([b"EXEC"], who)
        if rounded(expected) != rounded(got):
            self.differ(f"EXEC of {calls}: redis {expected!r}, redislab {got!r}")

    @rule(who=clients, argv=random_command(LUCK), how=st.sampled_from([b"call", b"pcall", b"acl_check_cmd"]))
    def script(self, who: str, argv: list[bytes], how: bytes) -> None:
        self.both([b"EVAL", b"return redis.%b(unpack(ARGV))" % how, b"0", *argv], who)

    @rule(argv=any_call(), user=users)
    def dry_run(self, argv: list[bytes], user: bytes) -> None:
        self.both([b"ACL", b"DRYRUN", user, *argv])

    @rule(argv=st.sampled_from([[b"ACL", b"LIST"], [b"ACL", b"USERS"], [b"ACL", b"WHOAMI"], [b"ACL", b"CAT", b"read"]]))
    def look(self, argv: list[bytes]) -> None:
        self.compare_rules(argv)

    @rule(words=st.sampled_from([[], [], [b"3"], [b"RESET"], [b"x"], [b"0"]]))
    def log(self, words: list[bytes]) -> None:
        argv = [b"ACL", b"LOG", *words]
        type(self).made += 1
        expected = entries(to_json(self.real[3].call(argv), 3))
        got = entries(to_json(self.ask_ours(argv, 3), 3))
        if got != expected:
            self.differ(f"{argv}: redis {expected!r}, redislab {got!r}")

    def teardown(self) -> None:
        try:
            self.log([b"100"])
            self.both([b"DEBUG", b"DIGEST"])
        finally:
            super().teardown()


def rounded(reply: Any) -> Any:
    """A transaction's replies without their order, and without the times to live, which tick."""
    if isinstance(reply, list):
        return ordered([rounded(item) for item in reply])
    return 0 if isinstance(reply, int) and reply > 10_000 else reply


def entries(reply: Any) -> Any:
    """The entries of the log without times and client numbers."""
    if not isinstance(reply, list):
        return reply
    kept = ("count", "reason", "context", "object", "username")
    return [[(name, value) for name, value in entry["map"] if name in kept] for entry in reply]


def in_order(reply: Any) -> Any:
    """A reply with the commands that rules name one by one in order: Redis has them in that of a hash table."""
    if isinstance(reply, dict):
        return {tag: in_order(value) for tag, value in reply.items()}
    if isinstance(reply, list):
        items = [in_order(item) for item in reply]
        return sorted(items) if "get" in items else items
    if isinstance(reply, str) and "@all" in reply:
        return [sorted(part.rstrip(") ").split(" ")) for part in reply.split("(")]
    return reply


def test_random_users_beside_redis(oracle: tuple[str, int]) -> None:
    play(UsersBesideRedis, oracle, examples=20, steps=40)
