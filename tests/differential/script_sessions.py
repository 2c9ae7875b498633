"""Random sessions of script commands, known in whole before any is sent, and how one that fails is made small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha1
from random import Random
from typing import Any, TypeVar

from differential.lua_programs import Programs

__all__ = ["Call", "session", "shrunk"]

Call = tuple[Any, list[bytes]]
"""Who says what."""
Item = TypeVar("Item")

CALLERS = [2, 2, 3, 3, "clerk"]
TAILS = [
    [b"0"], [b"1", b"a", b"text"], [b"1", b"a", b"7", b"3.5"], [b"2", b"a", b"l", b"\xff"], [b"-1"], [b"3", b"a"],
    [b"x"], [b"0", b"0x10", b" 5 "], [b"2", b"h", b"z"],
]  # fmt: skip
SHEBANGS = [
    *[""] * 14, "#!lua\n", "#!lua flags=no-writes\n", "#!lua flags=allow-oom,allow-stale\n",
    "#!lua flags=no-cluster\n", "#!lua flags=nothing\n", "#!lua flags=allow-cross-slot-keys,no-writes\n",
    "#!python\n", "#!lua name=x\n", "#!lua", "#!lua flags=\n", "#!lua flags=no-writes,\n",
    "#!lua flags=no-writes flags=allow-oom\n", "#!LUA\n", "#! lua\n", "#!lua  flags=no-writes \n",
    "#!lua Flags=no-writes\n", "#!lua flags='no-writes'\n", "#!lua flags\n", "#!\n",
]  # fmt: skip
LIBRARIES = [
    *["#!lua name=lib\n"] * 16, "#!LUA name=lib\n", "#!lua\n", "#!lua name=\n", "#!lua name=lib name=two\n",
    "name=lib\n", "#!lua name='lib'\n", "#!js name=lib\n", "#!lua name=l-b\n", "#!lua name=lib flags=x\n",
    "#!lua name=\"lib\"\n", "#!lua name=lib", "#!lua NAME=lib\n", "#!lua name=lib \n", "#!lua   name=lib\n",
    "#!lua name=other\n", "\n#!lua name=lib\n",
]  # fmt: skip
FIELDS = [
    "", "", "", "flags = {'no-writes'}", "flags = {'no-writes'}", "flags = {'allow-oom', 'allow-stale'}",
    "flags = {}", "flags = {'nothing'}", "flags = {'no-writes', 'no-writes'}", "flags = 'no-writes'", "flags = {1}",
    "flags = {{}}", "flags = {nil, 'no-writes'}", "flags = {a = 'no-writes'}", "description = 'says'",
    "description = 5", "extra = 1", "description = 'x', flags = {'allow-cross-slot-keys', 'no-cluster'}",
    "function_name = 'g'", "function_name = 5", "5", "callback = 5", "description = 'a\\0b'", "[5] = 1",
    "description = {}",
]  # fmt: skip
# No two functions of one library have names that differ in case alone: the server calls either, as its hash seed has
# it, and does not survive that the library is replaced.
REGISTERS = [
    *["redis.register_function{{function_name = 'f', callback = {0}, {1}}}"] * 6, "redis.register_function('f', {0})",
    "redis.register_function('g', {0})\nredis.register_function('f', {0})", "redis.register_function('f-f', {0})",
    "redis.register_function('', {0})", "redis.register_function('f', {0}, 5)", "redis.register_function({{{0}}})",
    "local f = {0}\nredis.register_function('f', function(...) return f(...) end)", "redis.register_function(5, {0})",
    "redis.register_function('f')", "redis.register_function()", "redis.register_function('f', 'g')",
    "return redis.register_function('f', {0})", "error({{err = redis.register_function('f', {0})}})",
    "redis.register_function{{callback = {0}}}", "redis.register_function{{function_name = 'f'}}",
]  # fmt: skip
MEANWHILE = [
    "SCRIPT FLUSH", "FLUSHALL", "FUNCTION FLUSH", "FUNCTION STATS", "PEXPIRE a -1", "RPUSH l 3 1 2", "DEL a s h l z x",
    "FUNCTION LIST", "FUNCTION LIST WITHCODE", "FUNCTION DELETE lib", "FCALL missing 0", "FCALL f",
    "FUNCTION LIST LIBRARYNAME l*", "SCRIPT EXISTS x", "SCRIPT KILL", "FUNCTION KILL", "SET a 9007199254740993",
    "EVALSHA x 0", "EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0", "FCALL f -1", "FCALL f x", "FCALL_RO f 1",
    "DEL a", "DBSIZE", "EVAL",
]
OUT_OF_MEMORY = [[b"CONFIG", b"SET", b"maxmemory", b"1"], [b"CONFIG", b"SET", b"maxmemory", b"0"]]


class Sessions:
    """Sessions of one generator of random numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pick = random.choice
        self.program = Programs(random).program
        self.ways = [
            *[self.evaluate] * 8, self.by_digest, *[self.function] * 4, self.while_loading, self.transaction,
            self.meanwhile,
        ]  # fmt: skip

    def evaluate(self) -> Iterator[list[bytes]]:
        way = self.pick([b"EVAL", b"EVAL", b"EVAL", b"EVAL_RO"])
        yield [way, (self.pick(SHEBANGS) + self.program()).encode(), *self.pick(TAILS)]

    def by_digest(self) -> Iterator[list[bytes]]:
        body = (self.pick(SHEBANGS) + self.program()).encode()
        yield [b"SCRIPT", b"LOAD", body]
        yield [self.pick([b"EVALSHA", b"EVALSHA_RO"]), sha1(body).hexdigest().encode(), *self.pick(TAILS)]

    def function(self) -> Iterator[list[bytes]]:
        callback = f"function(KEYS, ARGV)\n{self.program()}\nend"
        code = self.pick(REGISTERS).format(callback, self.pick(FIELDS))
        yield [b"FUNCTION", b"LOAD", b"REPLACE", library(code, self.pick(LIBRARIES))]
        for _ in range(self.random.randint(1, 2)):
            yield [self.pick([b"FCALL", b"FCALL", b"FCALL_RO"]), b"f", *self.pick(TAILS)]

    def while_loading(self) -> Iterator[list[bytes]]:
        """The program runs when the library is loaded, where there is little that it may do."""
        body = library(f"do {self.program()}\nend\nredis.register_function('g', function() end)")
        yield [b"FUNCTION", b"LOAD", *self.pick([[], [b"REPLACE"]]), body]

    def transaction(self) -> Iterator[list[bytes]]:
        yield [b"MULTI"]
        for _ in range(self.random.randint(1, 3)):
            yield from self.pick([self.evaluate, self.evaluate, self.by_digest, self.function])()
        yield [b"EXEC"]

    def meanwhile(self) -> Iterator[list[bytes]]:
        yield self.pick(MEANWHILE).encode().split()

    def session(self, length: int) -> list[Call]:
        """At least so many commands; for some of the time there is no memory."""
        calls: list[Call] = []
        while len(calls) < length:
            who = self.pick(CALLERS)
            if self.random.random() < 0.02:
                calls.append((2, self.pick([*OUT_OF_MEMORY, OUT_OF_MEMORY[1]])))
            calls += [(who, argv) for argv in self.pick(self.ways)()]
        return calls


def library(code: str, first_line: str = "#!lua name=lib\n") -> bytes:
    """The code of a library. No string in it breaks a line: FUNCTION LOAD would send it so within an error."""
    return (first_line + code.replace("\\r\\n", "\\r \\n")).encode()


def session(seed: int, length: int) -> list[Call]:
    """The session of a seed."""
    return Sessions(Random(seed)).session(length)


def shrunk(calls: Sequence[Call], fails: Callable[[Sequence[Call]], bool]) -> list[Call]:
    """A session that still fails, with as few commands, and lines in each, as leaving out some at a time can reach."""
    kept = fewer(calls, fails)
    for place in range(len(kept)):
        for word in range(len(kept[place][1])):
            kept = with_fewer_lines(kept, place, word, fails)
    return kept


def with_fewer_lines(
    calls: Sequence[Call], place: int, word: int, fails: Callable[[Sequence[Call]], bool]
) -> list[Call]:
    """The session with lines left out in one word of one command."""
    who, argv = calls[place]

    def among(lines: Sequence[bytes]) -> list[Call]:
        return [*calls[:place], (who, [*argv[:word], b"\n".join(lines), *argv[word + 1 :]]), *calls[place + 1 :]]

    lines = argv[word].split(b"\n")
    return among(fewer(lines, lambda some: fails(among(some)))) if len(lines) > 1 else list(calls)


def fewer(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """Leave out ever smaller parts as long as the rest still fails."""
    kept = list(items)
    size = len(kept) + 1
    while size := size // 2:
        place = 0
        while place < len(kept):
            rest = kept[:place] + kept[place + size :]
            if fails(rest):
                kept = rest
            else:
                place += size
    return kept
