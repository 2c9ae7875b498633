"""Random Lua programs on the engine and on redis-server 7.0.15: as EVAL, by digest, as functions, in transactions."""

from __future__ import annotations

import re
from hashlib import sha1
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from differential.lua_programs import SHEBANGS, programs
from differential.sides import TwoSides, play
from reference.recorded import ordered

ADDRESS = re.compile(r"(table|function|userdata|thread|builtin): (0x[0-9a-f]+|[0-9a-f]+|builtin.*)")
KEYS_AND_ARGUMENTS = [[b"0"], [b"1", b"a", b"text"], [b"1", b"a", b"7", b"3.5"], [b"2", b"a", b"l", b"\xff"], [b"-1"]]
FLAGS = ["", "", "flags = {'no-writes'}", "flags = {'allow-oom', 'allow-stale'}", "flags = {'nothing'}"]
who = st.sampled_from([2, 2, 3, 3, "clerk"])
tail = st.sampled_from(KEYS_AND_ARGUMENTS)


def nameless(reply: Any) -> Any:
    """A reply without the addresses of tables and functions."""
    if isinstance(reply, list):
        return [nameless(part) for part in reply]
    if isinstance(reply, dict):
        return {name: nameless(part) for name, part in reply.items()}
    return ADDRESS.sub(r"\1", reply) if isinstance(reply, str) else reply


class ScriptsBesideRedis(TwoSides):
    """Programs one after the other, on what those before have left."""

    def __init__(self) -> None:
        super().__init__()
        self.both([b"ACL", b"SETUSER", b"clerk", b"on", b"nopass", b"+@all", b"-@list", b"-acl", b"%R~*", b"%W~[a-h]"])
        self.connect("clerk", 2)
        self.both([b"AUTH", b"clerk", b"x"], "clerk")

    def compare(self, argv: list[bytes], who: Any, expected: Any, got: Any) -> None:
        super().compare(argv, who, nameless(expected), nameless(got))

    @rule(code=programs, shebang=st.sampled_from(SHEBANGS), tail=tail, who=who,
          way=st.sampled_from([b"EVAL", b"EVAL", b"EVAL", b"EVAL_RO"]))  # fmt: skip
    def evaluate(self, code: str, shebang: str, tail: list[bytes], who: Any, way: bytes) -> None:
        self.both([way, (shebang + code).encode(), *tail], who)

    @rule(code=programs, tail=tail, who=who)
    def by_digest(self, code: str, tail: list[bytes], who: Any) -> None:
        body = code.encode()
        self.both([b"SCRIPT", b"LOAD", body], who)
        self.both([b"EVALSHA", sha1(body).hexdigest().encode(), *tail], who)

    @rule(code=programs, flags=st.sampled_from(FLAGS), tail=tail, who=who, way=st.sampled_from([b"FCALL", b"FCALL_RO"]))
    def function(self, code: str, flags: str, tail: list[bytes], who: Any, way: bytes) -> None:
        body = (
            f"#!lua name=lib\nredis.register_function{{function_name='f', callback=function(KEYS, ARGV)\n{code}\nend, "
            f"{flags}}}"
        )
        self.both([b"FUNCTION", b"LOAD", b"REPLACE", body.encode()], who)
        self.both([way, b"f", *tail], who)

    @rule(code=programs)
    def while_loading(self, code: str) -> None:
        """The program runs when the library is loaded, where there is little that it may do."""
        body = f"#!lua name=lib\n{code.replace('return', 'local _ =')}\nredis.register_function('g', function() end)"
        self.both([b"FUNCTION", b"LOAD", b"REPLACE", body.encode()])

    @rule(codes=st.lists(programs, min_size=1, max_size=3), tail=tail, who=who)
    def transaction(self, codes: list[str], tail: list[bytes], who: Any) -> None:
        self.both([b"MULTI"], who)
        for code in codes:
            self.both([b"EVAL", code.encode(), *tail], who)
        self.both([b"EXEC"], who)

    @rule(argv=st.sampled_from([
        [b"SCRIPT", b"FLUSH"], [b"FLUSHALL"], [b"CONFIG", b"SET", b"maxmemory", b"1"], [b"FUNCTION", b"FLUSH"],
        [b"CONFIG", b"SET", b"maxmemory", b"0"], [b"CONFIG", b"SET", b"maxmemory", b"0"], [b"FUNCTION", b"STATS"],
        [b"PEXPIRE", b"a", b"-1"], [b"RPUSH", b"l", b"3", b"1", b"2"], [b"DEL", b"a", b"s", b"h", b"l"]]))  # fmt: skip
    def meanwhile(self, argv: list[bytes]) -> None:
        self.both(argv)

    def teardown(self) -> None:
        try:
            self.both([b"CONFIG", b"SET", b"maxmemory", b"0"])
            self.both([b"DEBUG", b"DIGEST"])
            expected, got = self.ask([b"FUNCTION", b"LIST"])
            assert ordered(expected) == ordered(got)
        finally:
            super().teardown()


def test_random_programs_beside_redis(oracle: tuple[str, int]) -> None:
    play(ScriptsBesideRedis, oracle, examples=25, steps=30)
