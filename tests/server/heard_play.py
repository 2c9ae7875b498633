"""What a client hears of its own calls, and of others' in between: how that is played on a server, byte for byte.

A call of heard_calls.txt is made by a client of RESP3 that listens to the keyspace events of all keys and tracks them.
A scene has several clients, who send whole packets of commands.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from real import request
from redislab.resp.words import split

__all__ = ["CALLS", "SCENES", "WAYS", "play", "play_scene", "recordings", "write_recordings"]

FOLDER = Path(__file__).parent
RECORDINGS = FOLDER / "heard-7.0.15.json"
KEYS = "a b d h j k s w_1 z"
CALLS = [line for line in (FOLDER / "heard_calls.txt").read_text().splitlines() if not line.startswith("#")]
WAYS: Mapping[str, Sequence[str]] = {
    "alone": ("{}",),
    "in a transaction": ("MULTI", "{}", "PING", "{}", "EXEC"),
    "in a script": ("EVAL 'return redis.call(unpack(ARGV))' 0 {}",),
}
LISTENING = (
    "HELLO 3", "CONFIG SET notify-keyspace-events KEAmn",
    "SUBSCRIBE channel " + " ".join(f"__keyspace@0__:{key}" for key in KEYS.split()),
)  # fmt: skip
TRACKING = ("CLIENT TRACKING ON", f"MGET {KEYS}")
SOON_OVER = re.compile(r"PX 1\b|PEXPIRE k 1\b")
FENCE = b"=fence="
LONG = 60.0
EVENT = re.compile(rb">3\r\n\$7\r\nmessage\r\n\$\d+\r\n__keyspace@0__:([^\r]*)\r\n\$\d+\r\n([^\r]*)\r\n")


class Client:
    """A connection, read to the byte."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=LONG)
        self.buffer = b""

    def send(self, *lines: str) -> None:
        """Send commands in one packet."""
        self.socket.sendall(b"".join(request(split(line)) for line in lines))

    def came(self) -> bytes:
        """All that comes up to the reply to a PING that is sent now."""
        self.socket.sendall(request([b"PING", FENCE]))
        while FENCE + b"\r\n" not in self.buffer:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError(self.buffer)
            self.buffer += data
        found, _, self.buffer = self.buffer.partition(b"$7\r\n" + FENCE + b"\r\n")
        return found

    def say(self, *lines: str) -> bytes:
        self.send(*lines)
        return self.came()


def play(address: tuple[str, int], call: str, way: str) -> str:
    """What a client gets that makes a call in one of the `WAYS`, on an empty server."""
    before, _, line = call.partition("=> ")
    other, client = Client(address), Client(address)
    other.say("FLUSHALL", "CONFIG SET notify-keyspace-events ''", "DEBUG SET-ACTIVE-EXPIRE 0")
    other.say(*filter(None, (each.strip() for each in before.split(";"))))
    if SOON_OVER.search(before):
        time.sleep(0.003)
        client.say(*LISTENING)
    else:
        client.say(*LISTENING, *TRACKING)
    found = client.say(*(each.format(line) for each in WAYS[way]))
    other.say("DEBUG SET-ACTIVE-EXPIRE 1", "CONFIG SET notify-keyspace-events ''")
    for each in (other, client):
        each.socket.close()
    return shown(found)


def shown(data: bytes) -> str:
    """Bytes as they are recorded: an event in short, if it is exactly what it seems to be."""
    def short(match: re.Match[bytes]) -> bytes:
        key, event = match[1], match[2]
        channel = b"__keyspace@0__:" + key
        whole = b">3\r\n$7\r\nmessage\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(channel), channel, len(event), event)
        return b"<%b %b>" % (key, event) if whole == match[0] else match[0]

    return EVENT.sub(short, data).decode("latin-1").replace("\r\n", "\n")


# -- scenes ----------------------------------------------------------------------------------------------------------

BROADCASTING = ("HELLO 3", "CLIENT TRACKING ON BCAST")
PACKETS = [
    ("other", "SET a 1"), ("other", "SET a 1; SET b 2; SET a 3; GET a"), ("other", "MULTI; SET b 2; SET a 1; EXEC"),
    ("other", "SET d 1; MULTI; SET b 2; SET a 1; EXEC; SET h 3"), ("other", "MSET b 1 a 2 d 3; PING"),
    ("other", "EVAL 'redis.call([[SET]], [[b]], 1) redis.call([[SET]], [[a]], 1)' 0; SET j 1"),
    ("one", "SET a 1; SET b 2; PING"), ("one", "SET x 1"), ("one", "MULTI; SET a 1; SET b 1; EXEC; SET a 2"),
    ("one", "EVAL 'redis.call([[SET]], [[b]], 1)' 0; SET a 1"), ("other", "RPUSH l 1 2; LPOP l; LPOP l"),
    ("other", "SET a 1; FLUSHALL; SET b 1"), ("other", "SET a 1; SET ab 1; SET b 1; DEL ab"),
]  # fmt: skip
SCENES: dict[str, tuple[Mapping[str, Sequence[str]], Sequence[tuple[str, str]]]] = {
    "broadcasting": ({"one": BROADCASTING, "other": ()}, PACKETS),
    "broadcasting to others": ({"one": ("HELLO 3", "CLIENT TRACKING ON BCAST NOLOOP"), "other": ()}, PACKETS),
    "both": ({"one": ("HELLO 3", "CLIENT TRACKING ON BCAST NOLOOP"), "other": BROADCASTING}, PACKETS),
    "prefixes": ({"one": ("HELLO 3", "CLIENT TRACKING ON BCAST PREFIX b PREFIX a"), "other": ()}, PACKETS),
    "another connection": (
        {"listener": ("SUBSCRIBE __redis__:invalidate",), "one": ("CLIENT TRACKING ON BCAST REDIRECT {}",),
         "other": ()},
        PACKETS,
    ),
    "another connection, not one's own": (
        {"listener": ("SUBSCRIBE __redis__:invalidate",),
         "one": ("CLIENT TRACKING ON BCAST NOLOOP REDIRECT {} PREFIX a",), "other": ()},
        PACKETS,
    ),
    "tracking": ({"one": ("HELLO 3", *TRACKING), "other": ()}, PACKETS),
    "events": ({"one": (*LISTENING, "CLIENT TRACKING ON BCAST"), "other": ()}, PACKETS),
    "it ends": (
        {"one": BROADCASTING, "other": ()},
        [("one", "SET a 1; CLIENT TRACKING OFF; PING"), ("one", "SET a 1; CLIENT TRACKING ON BCAST; SET b 1"),
         ("one", "SET a 1; RESET; SET b 1")],
    ),
    "it begins within a transaction": (
        {"one": ("HELLO 3", "CONFIG SET notify-keyspace-events KA"), "other": ()},
        [("one", "MULTI; HSET h f 1; PSUBSCRIBE __key*; HSET h g 1; SET a 1; EXEC; HSET h i 1")],
    ),
    "within a transaction of RESP2": (
        {"one": ("CONFIG SET notify-keyspace-events KA",), "other": ()},
        [("one", "MULTI; HSET h f 1; PSUBSCRIBE __key*; HSET h g 1; ZADD z 1 a 2 b; ZPOPMIN z 2; XADD s 1-1 f v; "
                 "XGROUP CREATE s g 0; XREADGROUP GROUP g c STREAMS s >; MGET a j; EXEC")],
    ),
}  # fmt: skip
for waiting, push in {
    "BLPOP k 0": "RPUSH k 1 2", "BRPOP k 0": "RPUSH k 1", "BLMOVE k d LEFT RIGHT 0": "RPUSH k 1",
    "BRPOPLPUSH k d 0": "RPUSH k 1 2", "BLMPOP 0 1 k LEFT COUNT 2": "RPUSH k 1 2", "BZPOPMIN k 0": "ZADD k 1 a",
    "BZPOPMAX k 0": "ZADD k 1 a 2 b", "BZMPOP 0 1 k MIN COUNT 2": "ZADD k 1 a 2 b",
    "XREADGROUP GROUP g c BLOCK 0 STREAMS s >": "XADD s 2-1 f v",
}.items():  # fmt: skip
    SCENES[waiting] = (
        {"one": (*LISTENING, *TRACKING, "XGROUP CREATE s g $ MKSTREAM"), "other": (*LISTENING, *TRACKING)},
        [("one", waiting), ("other", f"PING; {push}; PING"), ("other", "DEL k s d"),
         ("one", "XGROUP CREATE s g $ MKSTREAM"), ("one", waiting), ("other", f"MULTI; {push}; EXEC")],
    )  # fmt: skip


def play_scene(address: tuple[str, int], name: str) -> list[dict[str, str]]:
    """What each client gets of each packet, on an empty server."""
    beginnings, packets = SCENES[name]
    fence = Client(address)
    fence.say("FLUSHALL", "CONFIG SET notify-keyspace-events ''")
    clients = {who: Client(address) for who in beginnings}
    numbers = {who: client.say("CLIENT ID").decode()[1:].strip() for who, client in clients.items()}
    for who, lines in beginnings.items():
        clients[who].say(*(line.format(numbers.get("listener")) for line in lines))
    found = []
    waiting = ""
    for who, lines in packets:
        clients[who].send(*lines.split("; "))
        for _ in range(2):
            fence.say("PING")
        waits = who == "one" and lines.startswith(("B", "XREADGROUP"))
        waiting = who if waits else "" if who != waiting else waiting
        found.append({each: shown(client.came()) for each, client in clients.items() if each != waiting})
    fence.say("CONFIG SET notify-keyspace-events ''")
    for client in (fence, *clients.values()):
        client.socket.close()
    return found


# -- recordings ------------------------------------------------------------------------------------------------------


def recordings() -> dict[str, dict[str, object]]:
    """What the real server sent: by way and call, and the scenes."""
    found: dict[str, dict[str, object]] = json.loads(RECORDINGS.read_text())
    return found


def write_recordings(found: dict[str, dict[str, object]]) -> None:
    RECORDINGS.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")
