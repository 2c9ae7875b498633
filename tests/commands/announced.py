"""What commands announce (keyspace events) and whether they spoil a WATCH, on the engine and on the real server."""

from __future__ import annotations

from typing import Any

from real import RealClient, emptied
from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED
from redislab.resp.words import split

ALL_EVENTS = "CONFIG SET notify-keyspace-events KEAmn"
EVENT_CHANNEL = "__keyevent@0__:"
WATCHED = "watched"

Announced = list[tuple[str, list[str], bool]]
"""For each line the events, as `event key`, and whether a transaction that watches the key `watched` fails."""


def on_the_engine(lines: list[str]) -> Announced:
    lab = Lab(record=False)
    worker, watcher = lab.session(), lab.session()
    events: list[str] = []

    def note(channel: bytes, message: bytes) -> int:
        name = channel.decode()
        if name.startswith(EVENT_CHANNEL):
            events.append(f"{name.removeprefix(EVENT_CHANNEL)} {message.decode()}")
        return 0

    lab.engine.pubsub.publish = note  # type: ignore[method-assign]
    worker.run(ALL_EVENTS)
    found: Announced = []
    for line in lines:
        watcher.run(f"WATCH {WATCHED}")
        try:
            worker.run(line)
        except ReplyError as error:
            events.append(str(error))
        happened = events[:]
        watcher.run("MULTI")
        spoiled = watcher.run("EXEC") != []
        events.clear()
        found.append((line, happened, spoiled))
    return found


def on_the_server(address: tuple[str, int], lines: list[str]) -> Announced:
    emptied(address)
    worker, watcher, listener = RealClient(address), RealClient(address), RealClient(address)
    worker.call(split(ALL_EVENTS))
    listener.call([b"PSUBSCRIBE", f"{EVENT_CHANNEL}*".encode()])
    found: Announced = []
    try:
        for line in lines:
            watcher.call([b"WATCH", WATCHED.encode()])
            reply = worker.call(split(line))
            worker.call([b"PUBLISH", f"{EVENT_CHANNEL}end".encode(), b""])
            events = heard(listener)
            if isinstance(reply, ReplyError):
                events.append(str(reply))
            watcher.call([b"MULTI"])
            found.append((line, events, watcher.call([b"EXEC"]) != []))
    finally:
        for client in (worker, watcher, listener):
            client.close()
        emptied(address)
    return found


def heard(listener: RealClient) -> list[str]:
    """The events that came before the one called `end`."""
    events: list[str] = []
    while True:
        message: Any = listener.later(5.0)
        assert message is not BLOCKED
        name = message[2].decode().removeprefix(EVENT_CHANNEL)
        if name == "end":
            return events
        events.append(f"{name} {message[3].decode()}")
