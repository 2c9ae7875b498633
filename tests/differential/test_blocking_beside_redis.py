"""Several clients that wait, publish, pause and track, on the engine and on redis-server 7.0.15: who gets what, when.

After each command all that came to each client is compared, in order. What takes no time in Redis' terms (serving who
waits, chains, pushes) is complete when two rounds of PING by one more client are; waiting times are waited out at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from differential.sides import TwoSides, play
from real import RealClient
from redislab import ReplyError
from redislab.resp.types import BLOCKED, NO_REPLY
from redislab.resp.words import split
from reference.recorded import to_json

WAITS = re.compile(rb" flags=(\w+) ")

keys = st.sampled_from(["a", "b", "c"])
names = st.sampled_from(["news", "nets", "tea"])
patterns = st.sampled_from(["n*", "ne?s", "[nt]e*", "t[e]a"])
elements = st.sampled_from(["1", "2", "3"])
ends = st.sampled_from(["LEFT", "RIGHT"])
many = st.lists(keys, min_size=1, max_size=3)


def line(form: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Lines made of a form and its parts; a list stands with blanks between."""
    texts = {name: part.map(lambda value: " ".join(value) if isinstance(value, list) else value)
             for name, part in parts.items()}  # fmt: skip
    return st.builds(lambda **values: form.format(**values), **texts)


def blocking(timeout: str) -> st.SearchStrategy[str]:
    """Commands that wait if there is nothing."""
    milliseconds = str(round(float(timeout) * 1000))
    return st.one_of(
        line("XREAD BLOCK " + milliseconds + " STREAMS {one} {other} $ {id}", one=keys, other=keys,
             id=st.sampled_from(["$", "0", "2-1"])),
        line("XREADGROUP GROUP g eve BLOCK " + milliseconds + " STREAMS {key} >", key=keys),
        line("XREADGROUP GROUP g {who} COUNT 1 BLOCK " + milliseconds + " NOACK STREAMS {one} {other} > {id}",
             one=keys, other=keys, who=st.sampled_from(["eve", "bob"]), id=st.sampled_from([">", ">", "0"])),
        line("{way} {keys} " + timeout, way=st.sampled_from(["BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX"]), keys=many),
        line("BLMOVE {one} {other} {end} {start} " + timeout, one=keys, other=keys, end=ends, start=ends),
        line("BRPOPLPUSH {one} {other} " + timeout, one=keys, other=keys),
        line("BLMPOP " + timeout + " 2 {one} {other} {end} COUNT {count}", one=keys, other=keys, end=ends,
             count=elements),
        line("BZMPOP " + timeout + " 2 {one} {other} {end}", one=keys, other=keys,
             end=st.sampled_from(["MIN", "MAX"])),
    )  # fmt: skip


writes = st.one_of(
    line("{way} {key} {elements}", way=st.sampled_from(["RPUSH", "LPUSH", "RPUSH", "LPUSHX", "SADD", "APPEND"]),
         key=keys, elements=elements),
    line("RPUSH {key} {elements}", key=keys, elements=st.lists(elements, min_size=1, max_size=3)),
    line("ZADD {key} {score} {member}", key=keys, score=elements, member=elements),
    line("{way} {key}", way=st.sampled_from(["DEL", "UNLINK", "LPOP", "ZPOPMIN", "PERSIST"]), key=keys),
    line("{way} {one} {other}", way=st.sampled_from(["RENAME", "RENAMENX", "COPY", "RPOPLPUSH"]), one=keys, other=keys),
    line("XADD {key} {number}-* f v", key=keys, number=elements),
    line("XGROUP CREATE {key} g $ MKSTREAM", key=keys),
    line("XGROUP DESTROY {key} g", key=keys),
    line("XGROUP DELCONSUMER {key} g eve", key=keys),
    line("XACK {key} g {number}-0 {number}-1", key=keys, number=elements),
    line("XDEL {key} {number}-0", key=keys, number=elements),
    line("XSETID {key} 9-{number}", key=keys, number=elements),
    line("XTRIM {key} MAXLEN {number}", key=keys, number=elements),
    line("RESTORE {key} 0 x REPLACE", key=keys),
    line("HSET {key} f v", key=keys),
    line("SDIFFSTORE {key} {other}", key=keys, other=keys),
    line("PEXPIREAT {key} 1", key=keys),
    line("LMOVE {one} {other} {end} LEFT", one=keys, other=keys, end=ends),
    line("SORT {one} STORE {other}", one=keys, other=keys),
    line("ZUNIONSTORE {one} 1 {other}", one=keys, other=keys),
    line("ZRANGESTORE {one} {other} 0 -1", one=keys, other=keys),
    line("{way} {key} v", way=st.sampled_from(["SET", "GETSET", "SETNX"]), key=keys),
    line("EXPIRE {key} {seconds}", key=keys, seconds=st.sampled_from(["-1", "1000"])),
    line("MOVE {key} {db}", key=keys, db=st.sampled_from(["0", "1"])),
    st.sampled_from(["FLUSHDB", "FLUSHALL", "SWAPDB 0 1"]),
)  # fmt: skip
reads = st.one_of(
    line("{way} {key}", way=st.sampled_from(["TYPE", "LLEN", "GET", "EXISTS", "ZCARD"]), key=keys),
    line("LRANGE {key} 0 -1", key=keys),
    st.sampled_from(["PING", "DBSIZE", "ECHO x"]),
)
# None but names that sort as one channel: in which order a server leaves several is its own affair.
listening = st.one_of(
    line("{way} {name}", way=st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE"]), name=names),
    line("SUBSCRIBE {names}", names=st.lists(names, min_size=1, max_size=3)),
    line("{way} {pattern}", way=st.sampled_from(["PSUBSCRIBE", "PUNSUBSCRIBE"]), pattern=patterns),
    st.sampled_from(["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "PING", "PING x", "RESET"]),
)
talking = st.one_of(
    line("{way} {name} hello", way=st.sampled_from(["PUBLISH", "SPUBLISH"]), name=names),
    line("PUBSUB {way} {names}", way=st.sampled_from(["NUMSUB", "SHARDNUMSUB"]), names=st.lists(names, max_size=3)),
    st.sampled_from(["PUBSUB NUMPAT", "PUBSUB CHANNELS t*", "PUBSUB SHARDCHANNELS te?"]),
)
tracking = st.sampled_from([
    "CLIENT TRACKING ON", "CLIENT TRACKING ON NOLOOP", "CLIENT TRACKING ON BCAST PREFIX a PREFIX b",
    "CLIENT TRACKING ON BCAST NOLOOP PREFIX c", "CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES",
    "CLIENT TRACKING ON OPTOUT", "CLIENT CACHING NO", "CLIENT TRACKING OFF", "CLIENT TRACKINGINFO",
])  # fmt: skip
pausing = st.sampled_from(["CLIENT PAUSE 100000 WRITE", "CLIENT UNPAUSE", "CLIENT UNPAUSE"])
others = st.sampled_from(["SELECT 0", "SELECT 1", "CONFIG SET notify-keyspace-events KEA",
                          "CONFIG SET notify-keyspace-events ''", "UNWATCH", "WATCH a", "WAIT 0 0",
                          "PSUBSCRIBE __key*"])  # fmt: skip
# Deferred, because hypothesis would write them out in full otherwise.
anything = st.deferred(lambda: st.one_of(
    writes, writes, blocking("0"), blocking("0"), reads, listening, talking, tracking, pausing, others
))  # fmt: skip
in_script = st.deferred(lambda: st.one_of(writes, blocking("0"), reads, talking))
in_vain = st.deferred(lambda: blocking("0.001"))


LEAVING = ("unsubscribe", "punsubscribe", "sunsubscribe")


def steady(replies: list[Any]) -> list[Any]:
    """Replies with an order where a server has none: patterns that match one message, names that are all left."""
    found: list[Any] = []
    for kind, run in groupby(laid_open(replies), kind_of):
        messages = list(run)
        if kind == "pmessage":
            found += sorted(messages, key=str)
        elif kind in LEAVING:
            found += sorted(str(words_of(message)[1]) for message in messages)
            found += [(type(message), words_of(message)[2]) for message in messages]
        else:
            found += messages
    return found


def words_of(reply: Any) -> list[Any]:
    """The parts of a message, which RESP3 pushes; nothing for most else."""
    message = reply.get("push") if isinstance(reply, dict) else reply
    return message if isinstance(message, list) else []


def kind_of(reply: Any) -> Any:
    """The first word of a message."""
    return next(iter(words_of(reply)), None)


def laid_open(replies: list[Any]) -> Iterator[Any]:
    """The replies, those of an EXEC that leaves names one by one: the last may stand behind the end of its array."""
    for reply in replies:
        if isinstance(reply, list) and any(kind_of(item) in LEAVING for item in reply):
            yield f"an array of {len(reply)}"
            yield from reply
        else:
            yield reply


def nameless(reply: Any) -> Any:
    """A recorded reply without the number of a client, which is another on each side."""
    if isinstance(reply, dict):
        return {name: nameless(value) for name, value in reply.items()}
    if not isinstance(reply, list):
        return reply
    parts = [nameless(part) for part in reply]
    if "redirect" in parts[:-1] and isinstance(parts[parts.index("redirect") + 1], int):
        parts[parts.index("redirect") + 1] = min(parts[parts.index("redirect") + 1], 1)
    return parts


class SeveralBesideRedis(TwoSides):
    """Four clients, of RESP2 and RESP3, and one more on the server that sees when it has done all it was told."""

    protocols = dict(enumerate((2, 2, 3, 3)))

    def __init__(self) -> None:
        super().__init__()
        self.real_ids = {place: client.call([b"CLIENT", b"ID"]) for place, client in self.real.items()}
        self.fence = RealClient(self.address)

    def tell(self, place: int, argv: list[bytes], real_argv: list[bytes] | None = None) -> None:
        """Let a client say something, and compare what everybody gets."""
        if self.ours[place].blocked:
            return
        self.compare_all(place, self.send(place, argv, real_argv))

    def send(self, place: int, argv: list[bytes], real_argv: list[bytes] | None = None) -> list[Any]:
        """Give both sides the same command; what came of ours, the reply at its end."""
        self.noted(argv, place)
        self.real[place].send(real_argv or argv)
        try:
            reply = self.ours[place].call(*argv)
        except ReplyError as error:
            reply = error
        came = self.come(place)
        return came if reply is BLOCKED or reply is NO_REPLY else [*came, reply]

    def come(self, place: int) -> list[Any]:
        """What came to a client of ours by itself."""
        came = list(self.ours[place].outbox)
        self.ours[place].outbox.clear()
        return came

    def compare_all(self, answered: int, reply: list[Any]) -> None:
        """Compare what came to each client; one of ours has got its reply already."""
        for _ in range(2):
            self.fence.call([b"PING"])
        self.lab.tick()
        for place, client in self.real.items():
            protocol = self.ours[place].protocol
            came = [*(reply if place == answered else []), *self.come(place)]
            got = steady([nameless(to_json(each, protocol)) for each in came])
            expected = steady([nameless(to_json(each, protocol)) for each in client.arrived()])
            if got != expected:
                self.differ(f"{place}: redis {expected}, redislab {got}")

    @rule(place=st.integers(0, 3), line=anything)
    def command(self, place: int, line: str) -> None:
        self.tell(place, split(line))

    @rule(place=st.integers(0, 3), lines=st.lists(st.one_of(in_script, in_script, anything), max_size=4))
    def transaction(self, place: int, lines: list[str]) -> None:
        kept = [line for line in lines if not line.startswith("RESET")]
        if self.is_told(place):
            kept = [line for line in kept if "SUBSCRIBE " not in line]
        for line in ["MULTI", *kept, "EXEC"]:
            self.tell(place, split(line))

    def is_told(self, place: int) -> bool:
        """Whether somebody who tracks redirects to this client."""
        others = (client.tracking for client in self.ours.values())
        return any(tracked is not None and tracked.redirect == self.ours[place].id for tracked in others)

    @rule(place=st.integers(0, 3), lines=st.lists(in_script, min_size=1, max_size=4))
    def script(self, place: int, lines: list[str]) -> None:
        calls = "; ".join(f"redis.pcall({', '.join(repr(word) for word in line.split())})" for line in lines)
        self.tell(place, [b"EVAL", calls.encode(), b"1", b"a"])

    @rule(place=st.integers(0, 3), other=st.integers(0, 3), how=st.sampled_from(["", "TIMEOUT", "ERROR"]))
    def unblock(self, place: int, other: int, how: str) -> None:
        wait = self.ours[other].wait
        if wait is None or wait.kind == "postponed":
            return  # a real server crashes when asked this of a paused client
        words = [how.encode()] if how else []
        self.tell(
            place,
            [b"CLIENT", b"UNBLOCK", b"%d" % self.ours[other].id, *words],
            [b"CLIENT", b"UNBLOCK", b"%d" % self.real_ids[other], *words],
        )

    # To clients of RESP2 only: those get messages while they listen, and run no writes then. Where a message about what
    # another client tracks stands beside the reply to the own write differs between the commands of Redis.
    @rule(place=st.integers(0, 3), other=st.integers(0, 1))
    def redirect(self, place: int, other: int) -> None:
        start = [b"CLIENT", b"TRACKING", b"ON", b"REDIRECT"]
        self.tell(place, [*start, b"%d" % self.ours[other].id], [*start, b"%d" % self.real_ids[other]])

    @rule(place=st.integers(0, 3), line=in_vain)
    def wait_in_vain(self, place: int, line: str) -> None:
        if self.ours[place].blocked or self.lab.engine.pausing.until:
            return
        reply = self.send(place, split(line))
        if self.ours[place].blocked:
            self.wait_out(place)
        self.compare_all(place, reply)

    def wait_out(self, place: int) -> None:
        """Let time pass until a client waits no more, on either side."""
        self.fence.call([b"PING"])  # by the time this is answered, the server has read what it was told
        give_up = time.monotonic() + 60
        look = [b"CLIENT", b"LIST", b"ID", b"%d" % self.real_ids[place]]
        while self.ours[place].blocked or b"b" in WAITS.search(self.fence.call(look))[1]:
            if time.monotonic() > give_up:
                self.differ(f"{place} still waits: redislab {self.ours[place].blocked}")
            self.lab.tick()

    def teardown(self) -> None:
        self.fence.call([b"CLIENT", b"UNPAUSE"])
        self.fence.close()
        super().teardown()


def test_several_clients_beside_redis(oracle: tuple[str, int]) -> None:
    play(SeveralBesideRedis, oracle, examples=24, steps=40)
