"""Records what redis-cli prints, by feeding it replies from a small server of our own.

Run it where redis-cli 7.0.15 is installed and redislab can be imported: `python record_show.py` writes the
recordings beside it. `tests/shell/test_show.py` replays them, and records again to compare where it can.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redislab.resp.encode import encode
from redislab.resp.requests import RequestReader
from redislab.resp.types import (
    NULL_ARRAY,
    OK,
    LongDouble,
    Map,
    Members,
    Pairs,
    Push,
    ReplyError,
    Simple,
    Verbatim,
)

CLIENT = shutil.which("redis-cli")
VERSION = "7.0.15"
RECORDING = Path(__file__).with_name(f"redis-cli-{VERSION}.json")
OPTIONS = {
    "formatted": "--no-raw",
    "raw": "--raw",
    "csv": "--csv",
    "json": "--json",
    "quoted-json": "--quoted-json",
}
HELLO = b"%1\r\n$5\r\nproto\r\n:3\r\n"
SEPARATOR = b"~~~ next ~~~"

REPLIES: dict[str, Any] = {
    "ok": OK,
    "status": Simple('with "quotes", \\ and \udcff'),
    "empty status": Simple(""),
    "error": ReplyError('ERR with "quotes", \\ and \udcff'),
    "error in lines": ReplyError("ERR one\r\ntwo\n"),
    "integer": 12345,
    "smallest integer": -(2**63),
    "string": b"Hello World",
    "empty string": b"",
    "every byte": bytes(range(256)),
    "utf-8": "é€😀".encode(),
    "null": None,
    "null array": NULL_ARRAY,
    "true": True,
    "false": False,
    "double": 3.141,
    "double in 17 digits": 0.1,
    "double without fraction": 5.0,
    "large double": 1e300,
    "negative zero": -0.0,
    "infinity": float("inf"),
    "negative infinity": float("-inf"),
    "long double": LongDouble(b"10.5"),
    "verbatim": Verbatim(b'This is a verbatim\n"string"'),
    "empty verbatim": Verbatim(b""),
    "empty array": [],
    "empty map": {},
    "empty set": Members(),
    "empty pairs": Pairs(),
    "array": [1, b"two", None, NULL_ARRAY, OK, 2.5, True],
    "nine items": list(range(9)),
    "ten items": list(range(10)),
    "hundred and one": [b"x"] * 101,
    "nested": [[1, []], [[b"deep", [b"deeper", 2]]], {}, Members()],
    "ten nested": [[b"a", [1, 2]]] * 10,
    "exec": [OK, ReplyError("WRONGTYPE Operation against a key"), 1, [b"a", b"b"], None],
    "map": {b"name": b"value", b"list": [1, 2], b"one": [1], b"none": [], b"null": None},
    "map of maps": {b"a": {b"k": b"v"}, b"b": {b"k": b"v", b"l": [1, 2]}, b"c": {b"k": [1, 2]}, b"d": {}},
    "map with strange keys": {1: 2, 1.5: True, None: 1, Simple("s"): b"x"},
    "map with aggregate keys": Map([([1, 2], 3), ({b"a": 1}, 4), (Members([5]), 6)]),
    "map with a verbatim": {b"text": Verbatim(b"one\ntwo"), b"after": 1},
    "repeated keys": Map([(b"s", [1]), (b"s", [2, 3])]),
    "twelve keys": {b"%d" % number: number for number in range(12)},
    "set": Members([b"a", b"b", [b"c"], 1]),
    "eleven members": Members(range(11)),
    "pairs": Pairs([(b"one", 1.0), (b"two", 2.5)]),
    "stream entries": [[b"1-1", [b"field", b"value"]], [b"1-2", [b"field", b"value", b"g", b""]]],
    "push inside": [Push([b"a", 1]), Push()],
    "verbatim inside": [Verbatim(b"a\nb"), b"c"],
}
PUSHES: dict[str, Push] = {
    "message": Push([b"message", b"channel", b"text"]),
    "invalidate": Push([b"invalidate", [b"a", b'b"\n']]),
    "invalidate one": Push([b"invalidate", [b"a"]]),
    "invalidate all": Push([b"invalidate", None]),
    "empty": Push(),
}
COMMANDS = """info|INFO all everything|lolwut|lolwut version 5|debug htstats|Debug HTstats 0|debug htstats-key x
debug client-eviction|debug object x|memory malloc-stats|memory doctor|memory doctor x|memory stats|memory
cluster nodes|cluster info|cluster nodes x|cluster info x|cluster slots|client list|client info|client list type normal
client help|client|latency graph|latency graph x|latency graph x y|latency doctor|latency doctor x|latency histogram
latency latest|proxy info|proxy info x|proxy|slowlog get|get info|acl list|command docs|xinfo help""".replace("\n", "|")
COMPLAINTS = [
    *(b"#x", b":x", b":", b":+1", b":01", b"$x", b"$-2", b"*x", b"*-2", b"%x", b"~-2", b">x", b"x", b"\x01"),
    *(b'"', b"\\", b"\rx", b",1x", b",", b",+inf ", b"_x", b"=3\r\nabc", b"=5\r\nabcde", b"+a\rb", b"+a\nb", b"-a\nb"),
    b"(1x",
]
LINES = [
    "a b  c",
    r'a "\n\r\t\b\a\\\"\x41\xfF" b',
    r'a "\q\x4g\x"',
    r"a 'it\'s' '\n'",
    r"a b\n\"",
    'a pre"fix ed" x',
    '"a"',
    "a ''",
    'a "x"y',
    "a 'x'y",
    'a "open',
    "a 'open",
    'a "open\\',
    "a b\vc \vd",
    "é 'ü' \"ö\\xff\"",
    r"a '\\'",
    r"a '\\",
]


class Server:
    """Answers each request with what `answer` makes of it, on a loopback port of its own."""

    def __init__(self, answer: Callable[[list[bytes]], bytes]) -> None:
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with link:
                self.talk(link)

    def talk(self, link: socket.socket) -> None:
        reader = RequestReader()
        while data := link.recv(65536):
            reader.feed(data)
            for argv in reader:
                link.sendall(HELLO if argv[0] == b"HELLO" else self.answer(argv))


def installed_version() -> str | None:
    """The version of the redis-cli on this machine, or None."""
    if CLIENT is None:
        return None
    return subprocess.run([CLIENT, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def run(answer: Callable[[list[bytes]], bytes], *options: str, typed: bytes | None = None) -> tuple[bytes, bytes]:
    """What redis-cli writes to its output and to its error output, with a server that answers so."""
    server = Server(answer)
    try:
        command = [str(CLIENT), "-p", str(server.port), *options]
        done = subprocess.run(command, input=typed, capture_output=True, timeout=20, check=False)
    finally:
        server.listener.close()
    return done.stdout, done.stderr


def printed_texts(wires: list[bytes], *options: str) -> list[bytes]:
    """What redis-cli prints for each of these replies, typed one after another in one session."""

    def answer(argv: list[bytes]) -> bytes:
        if argv[0] == b"NEXT":
            return b"+%b\r\n" % SEPARATOR
        return wires[int(argv[1])] if argv[0] == b"CASE" else b"-ERR no\r\n"

    typed = b"".join(b"CASE %d\nNEXT\n" % number for number in range(len(wires)))
    output, _ = run(answer, *options, typed=typed)
    bare = "--no-raw" in options or "--raw" in options
    texts = output.split(b"%b\n" % SEPARATOR if bare else b'"%b"\n' % SEPARATOR)
    assert len(texts) == len(wires) + 1, (len(texts), output[:500])
    return texts[:-1]


def record_replies() -> dict[str, Any]:
    found: dict[str, Any] = {name: {} for name in REPLIES}
    for protocol in (2, 3):
        wires = [encode(reply, protocol) for reply in REPLIES.values()]
        for form, option in OPTIONS.items():
            texts = printed_texts(wires, f"-{protocol}", option)
            for name, text in zip(REPLIES, texts, strict=True):
                found[name].setdefault(str(protocol), {})[form] = text.decode("latin-1")
    return found


def record_pushes() -> dict[str, Any]:
    wires = [encode(message, 3) + b"+OK\r\n" for message in PUSHES.values()]
    found: dict[str, Any] = {name: {} for name in PUSHES}
    for form, option in OPTIONS.items():
        texts = printed_texts(wires, "-3", option, "--show-pushes", "yes")
        for name, text in zip(PUSHES, texts, strict=True):
            found[name][form] = text.decode("latin-1").removesuffix('"OK"\n').removesuffix("OK\n")
    return found


def record_raw_commands() -> dict[str, bool]:
    """Which commands redis-cli prints raw: the reply is the bulk string `a b` and stays without quotes."""
    typed = COMMANDS.replace("|", "\n") + "\n"
    output, _ = run(lambda argv: b"$4\r\na b\n\r\n", "--no-raw", typed=typed.encode())
    lines = output.decode().splitlines()
    return {command: line == "a b" for command, line in zip(COMMANDS.split("|"), lines, strict=True)}


def record_complaints() -> dict[str, str]:
    found = {}
    for wire in COMPLAINTS:
        _, complaint = run(lambda argv, wire=wire: wire + b"\r\n", "-3", "X")  # type: ignore[misc]
        found[wire.decode("latin-1")] = complaint.decode().removeprefix("Error: ").removesuffix("\n")
    return found


def record_lines() -> dict[str, list[str] | None]:
    """How redis-cli splits a typed line; None where it refuses."""
    found: dict[str, list[str] | None] = {}
    for line in LINES:
        heard: list[list[bytes]] = []

        def answer(argv: list[bytes], heard: list[list[bytes]] = heard) -> bytes:
            heard.append(argv)
            return b"+OK\r\n"

        run(answer, typed=line.encode() + b"\n")
        typed = [argv for argv in heard if argv[0] != b"COMMAND"]
        found[line] = [word.decode("latin-1") for word in typed[0]] if typed else None
    return found


def record() -> dict[str, Any]:
    return {
        "replies": record_replies(),
        "pushes": record_pushes(),
        "raw commands": record_raw_commands(),
        "complaints": record_complaints(),
        "lines": record_lines(),
    }


if __name__ == "__main__":
    RECORDING.write_text(json.dumps(record(), indent=1, ensure_ascii=True) + "\n")
