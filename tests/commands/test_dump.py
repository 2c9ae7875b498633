"""DUMP and RESTORE: the bytes are those of the real server, both ways, and nothing that is damaged gets in."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from real import RealClient
from redislab import Lab, ReplyError
from redislab.engine.session import encode_argument
from redislab.resp.types import OK

READ = {
    b"string": ("GET", []),
    b"list": ("LRANGE", [0, -1]),
    b"hash": ("HGETALL", []),
    b"set": ("SMEMBERS", []),
    b"zset": ("ZRANGE", [0, -1, "WITHSCORES"]),
}


def words(dice: Random, count: int) -> list[bytes]:
    """Words of all kinds: numbers of every width, texts that compress and texts that do not."""
    made = [
        lambda: b"%d" % dice.choice([dice.randrange(-5, 300), dice.randrange(-(10**5), 10**5)]),
        lambda: b"%d" % dice.randrange(-(2**63), 2**63),
        lambda: bytes(dice.choices(b"abcxyz", k=dice.randrange(12))),
        lambda: bytes(dice.choices(b"ab", k=dice.randrange(90))),
        lambda: dice.randbytes(dice.randrange(300)),
        lambda: dice.choice([b"x" * 5000, b"3.5", b"007", b"-0", b"1e5", b""]),
    ]
    return [dice.choice(made)() for _ in range(count)]


def filling(dice: Random) -> list[Any]:
    """A command that fills the key `k` with a value of some type and size."""
    count = dice.choice([1, 2, 5, 30, 130, 600])
    scores = [dice.choice([b"1.5", b"inf", b"-inf", b"%r" % dice.random(), b"7", b"-0"]) for _ in range(count)]
    return dice.choice([
        ["SET", "k", words(dice, 1)[0]],
        ["APPEND", "k", words(dice, 1)[0]],
        ["RPUSH", "k", *words(dice, count)],
        ["HSET", "k", *words(dice, 2 * count)],
        ["SADD", "k", *words(dice, count)],
        ["SADD", "k", *(b"%d" % dice.randrange(-(2 ** dice.choice([7, 15, 31, 62])), 2**31) for _ in range(count))],
        ["ZADD", "k", *(word for pair in zip(scores, words(dice, count), strict=True) for word in pair)],
    ])


class Real:
    """The real server with the face of a session."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.client = RealClient(address)

    def call(self, *words: Any) -> Any:
        return self.client.call([encode_argument(word) for word in words])


@pytest.mark.parametrize("seed", range(60))
def test_payloads_are_the_real_servers_and_go_both_ways(seed: int, oracle: tuple[str, int]) -> None:
    command = filling(Random(seed))
    ours, real = Lab().session(), Real(oracle)
    for client in (ours, real):
        client.call(*command)
    their_dump, our_dump = real.call("DUMP", "k"), ours.call("DUMP", "k")
    if ours.call("OBJECT", "ENCODING", "k") != b"hashtable":  # a hash table has no order
        assert our_dump == their_dump
    for client in (ours, real):
        assert client.call("RESTORE", "theirs", 0, their_dump) == OK
        assert client.call("RESTORE", "ours", 0, our_dump) == OK
    name, rest = READ[str(ours.call("TYPE", "k")).encode()]
    for key in ("theirs", "ours"):
        one, other = (as_seen(client.call(name, key, *rest)) for client in (ours, real))
        if name in ("SMEMBERS", "HGETALL"):
            one, other = sorted(one), sorted(other)
        assert one == other
        assert ours.call("OBJECT", "ENCODING", key) == real.call("OBJECT", "ENCODING", key)
    real.client.close()


def as_seen(reply: Any) -> Any:
    """The reply's parts one after another, scores as text."""
    if isinstance(reply, dict):
        reply = list(reply.items())
    if isinstance(reply, list | tuple):
        return [part for each in reply for part in as_seen(each)]
    return [b"%.17g" % reply if isinstance(reply, float) else reply]


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_payload_is_refused_whatever_its_checksum_says(seed: int) -> None:
    from redislab.rdb.payload import sealed

    dice = Random(seed)
    client = Lab().session()
    client.call(*filling(dice))
    payload = client.call("DUMP", "k")
    for _ in range(50):
        place = dice.randrange(len(payload))
        damaged = payload[:place] + bytes([payload[place] ^ 1 << dice.randrange(8)]) + payload[place + 1 :]
        with pytest.raises(ReplyError, match="ERR DUMP payload version or checksum are wrong"):
            client.call("RESTORE", "x", 0, damaged)
        try:
            client.call("RESTORE", "y", 0, sealed(damaged[:-10]), "REPLACE")
        except ReplyError as error:
            assert error.text == "ERR Bad data format"
        else:
            client.call("DUMP", "y")
    assert client.call("EXISTS", "x") == 0


def test_times_and_frequencies_of_a_restored_key() -> None:
    lab = Lab(clock="manual")
    client = lab.session()
    client.run("SET k v")
    payload = client.call("DUMP", "k")
    client.call("RESTORE", "soon", 1500, payload)
    assert client.run("PTTL soon") == 1500
    client.call("RESTORE", "at", lab.now_ms + 700, payload, "ABSTTL")
    assert client.run("PTTL at") == 700
    client.call("RESTORE", "past", 5, payload, "ABSTTL")
    assert client.run("EXISTS past") == 0
    client.call("RESTORE", "idle", 0, payload, "IDLETIME", 1000)
    assert client.run("OBJECT IDLETIME idle") == 1000
    client.run("CONFIG SET maxmemory-policy allkeys-lfu")
    client.call("RESTORE", "often", 0, payload, "FREQ", 77)
    assert client.run("OBJECT FREQ often") == 77
    client.call("RESTORE", "soon", 0, payload, "REPLACE")
    assert client.run("PTTL soon") == -1
