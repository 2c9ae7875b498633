"""An engine and redis-server 7.0.15 that are told the same session of script commands, and how their replies compare.

A session is known before any of it is sent: the engine answers first, then the server gets all that one client says
in a row at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from differential.script_sessions import Call
from differential.sides import SPARED
from real import RealClient
from redislab import Lab, ReplyError
from redislab.resp.encode import encode
from redislab.resp.replies import LEAVES, OPEN, ReplyReader
from redislab.resp.types import BLOCKED
from reference.recorded import ordered, tagged

__all__ = ["Sides"]

NAMELESS: Sequence[tuple[str, str]] = [
    (r"\b(table|function|userdata|thread|builtin): (0x[0-9a-f]+|[0-9a-f]+|builtin.*)", r"\1"),
    (r"\b0x[0-9a-f]{8,}", "0x"),
    (r"\bFunction [a-z]+ already exists", "Function already exists"),
    (r"-nan", "nan"),
    (r"Attempt to modify a readonly table|table index is (nil|NaN)", "Attempt to modify a table"),
]
"""What is not compared: where tables and functions lie in memory; which of several functions is named that another
library has as well, as the server's hash seed has it; the sign of what is no number, which depends on the library of C;
and what is wrong first, when something is written into a read-only table at no index."""
CLERK = [b"ACL", b"SETUSER", b"clerk", b"reset", b"on", b"nopass", b"+@all", b"-@list", b"-acl", b"%R~*", b"%W~[a-h]"]
BEGIN: list[Call] = [(2, [b"CONFIG", b"SET", b"maxmemory", b"0"]), (2, CLERK), ("clerk", [b"AUTH", b"clerk", b"x"])]
END: list[Call] = [BEGIN[0], (2, [b"DEBUG", b"DIGEST"]), (2, [b"FUNCTION", b"LIST"])]
CLEAN = [[b"FLUSHALL"], [b"FUNCTION", b"FLUSH"], [b"SCRIPT", b"FLUSH"]]
PROTOCOLS = {2: 2, 3: 3, "clerk": 2}
TOO_LONG = "redislab stopped the script"


def nameless(reply: Any) -> Any:
    """A reply without what is not compared."""
    if isinstance(reply, list):
        return [nameless(part) for part in reply]
    if isinstance(reply, dict):
        return {name: nameless(part) for name, part in reply.items()}
    if isinstance(reply, str):
        for pattern, text in NAMELESS:
            reply = re.sub(pattern, text, reply)
    return reply


class Reader(ReplyReader):
    """Reads what no client goes on with: a big number that is none, and an error of FUNCTION LOAD with a broken line.

    redislab answers with a string, and with spaces.
    """

    def read_leaf(self, kind: str, text: bytes) -> Any:
        if kind == "-":
            text = text.replace(b"\n", b" ").replace(b"\r", b" ")
        return text if kind == "(" and LEAVES[kind](text) is OPEN else super().read_leaf(kind, text)


class Sides:
    """The server at an address and a new engine, with clients of the same names."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.lab = Lab(record=False)
        self.ours = {name: self.lab.session(protocol=protocol) for name, protocol in PROTOCOLS.items()}
        self.real = {name: RealClient(address, protocol) for name, protocol in PROTOCOLS.items()}
        for client in self.real.values():
            client.reader = Reader()
        self.real[2].many(CLEAN)

    def difference(self, calls: Sequence[Call]) -> str | None:
        """Play a session on both: what was said up to the first reply that differs, or None."""
        told: list[str] = []
        played = [*BEGIN, *calls, *END]
        got = [self.ask_ours(*call) for call in played]
        try:
            for (who, argv), ours, real in zip(played, got, self.ask_real(played, got), strict=True):
                told.append(f"{who}> {b' '.join(argv).decode('latin-1')}"[:2000])
                if real is BLOCKED or TOO_LONG in str(ours):
                    return "\n".join([*told, f"takes too long: redis {real!r}, redislab {ours!r}"])
                expected = ours if spared(ours) else tagged(real)
                if ours != expected and nameless(ours) != nameless(expected) and not orderless(argv, ours, expected):
                    return "\n".join([*told, f"redis    {expected!r}", f"redislab {ours!r}"])
            return None
        finally:
            self.close()

    def ask_ours(self, who: Any, argv: list[bytes]) -> Any:
        """What the engine answers, in the form of the recordings."""
        try:
            reply = self.ours[who].call(*argv)
        except ReplyError as error:
            reply = error
        assert reply is not BLOCKED
        reader = Reader()
        reader.feed(encode(reply, PROTOCOLS[who]))
        shown = tagged(reader.next())
        if spared(shown):
            for words in CLEAN:
                self.ours[2].call(*words)
        return shown

    def ask_real(self, calls: Sequence[Call], got: Sequence[Any]) -> Iterator[Any]:
        """What the server answers. What it would not survive it is not asked; both begin anew there."""
        for _, group in groupby(zip(calls, got, strict=True), key=lambda pair: (pair[0][0], spared(pair[1]))):
            part = list(group)
            who = part[0][0][0]
            if spared(part[0][1]):
                for (_, argv), _ in part:
                    if argv[0] == b"EXEC":
                        self.real[who].call([b"DISCARD"])
                    self.real[2].many(CLEAN)
                    yield None
                continue
            for reply in self.real[who].many([argv for (_, argv), _ in part]):
                yield reply
                if reply is BLOCKED:
                    return

    def close(self) -> None:
        """Leave the server free, even of a script that does not end."""
        if any(client.waiting for client in self.real.values()):
            helper = RealClient(self.address)
            helper.many([[b"SCRIPT", b"KILL"], [b"FUNCTION", b"KILL"]])
            helper.close()
        for client in self.real.values():
            client.close()


def spared(reply: Any) -> bool:
    """Whether the engine says that a server would not survive this, or goes no further where that does."""
    return any(text in str(reply) for text in SPARED)


def orderless(argv: Sequence[bytes], ours: Any, expected: Any) -> bool:
    """Whether two replies to FUNCTION LIST are the same but for an order that nobody promises."""
    return argv[:2] == [b"FUNCTION", b"LIST"] and bool(ordered(nameless(ours)) == ordered(nameless(expected)))
