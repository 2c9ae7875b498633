"""Geo: what transcripts do not show. Announcements, undo, and searches beside the real server's, ties included."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from commands.announced import on_the_engine, on_the_server
from conftest import Oracle
from redislab import Lab, Session
from redislab.resp.encode import encode
from redislab.resp.seen import as_seen
from redislab.values.partial_sort import first_sorted

LINES = [
    "GEOADD watched 15 37 a 16 38 b",
    "GEOADD watched 15 37 a",
    "GEOADD watched XX 15 37 nobody",
    "GEOADD missing XX 15 37 nobody",
    "GEOADD watched CH 15.5 37 a",
    "GEOADD watched 15 37 c 200 37 d",
    "GEOPOS missing a",
    "GEOHASH missing a",
    "GEODIST missing a b",
    "GEOSEARCH missing FROMMEMBER a BYRADIUS 1 m",
    "GEORADIUS missing 1 1 1 m",
    "GEORADIUSBYMEMBER missing a 1 m",
    "GEORADIUS watched 15 37 500 km STORE stored",
    "GEORADIUS watched 15 37 500 km STOREDIST watched",
    "GEOADD watched 15 37 a 16 38 b",
    "GEORADIUSBYMEMBER watched a 500 km STORE stored",
    "GEOSEARCHSTORE stored watched FROMMEMBER a BYRADIUS 500 km",
    "GEOSEARCHSTORE stored watched FROMLONLAT 100 37 BYRADIUS 1 m",
    "GEOSEARCHSTORE stored watched FROMLONLAT 100 37 BYRADIUS 1 m",
    "GEOSEARCHSTORE watched missing FROMMEMBER a BYRADIUS 1 m",
    "SET text x",
    "GEORADIUS missing 15 37 500 km STORE text",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual", seed=1).session()


def both(session: Session, ask: Oracle, calls: list[tuple[Any, ...]]) -> None:
    """The engine's replies equal the server's, in RESP2."""
    ours = [as_seen(session.call(*call), 2) for call in calls]
    for call, got, wanted in zip(calls, ours, ask.many(calls), strict=True):
        assert got == wanted, call


@pytest.mark.parametrize("size", [6, 7, 8, 40, 41, 200])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_members_at_one_place_come_in_the_servers_order(session: Session, ask: Oracle, size: int, order: str) -> None:
    dice = Random(size)
    places = [dice.choice([("10", "10"), ("11", "10"), ("9.5", "10.5"), ("10", "11")]) for _ in range(size)]
    calls: list[tuple[Any, ...]] = [
        ("GEOADD", "g", *(word for number, place in enumerate(places) for word in (*place, f"m{number}")))
    ]
    for count in (1, 2, size // 2, size - 1, size, size + 1):
        search = ("GEOSEARCH", "g", "FROMLONLAT", "10", "10", "BYRADIUS", "500", "km")
        calls.append((*search, order, "COUNT", f"{count}", "WITHDIST"))
    both(session, ask, calls)


def test_searches_anywhere_find_what_the_server_finds(session: Session, ask: Oracle) -> None:
    dice = Random(7)

    def place() -> tuple[str, str]:
        return f"{dice.uniform(-180, 180):.4f}", f"{dice.uniform(-85, 85):.4f}"

    calls: list[tuple[Any, ...]] = [("GEOADD", "g", *place(), f"m{number}") for number in range(300)]
    for _ in range(150):
        shape = dice.choice([("BYRADIUS", "size"), ("BYBOX", "size", "size")])
        sizes = (f"{10 ** dice.uniform(0, 4.3):.3f}" if word == "size" else word for word in shape)
        options = dice.choice([(), ("WITHDIST", "WITHHASH", "WITHCOORD"), ("ASC",), ("COUNT", "5", "ANY")])
        calls.append(("GEOSEARCH", "g", "FROMLONLAT", *place(), *sizes, dice.choice(["km", "mi"]), *options))
    both(session, ask, calls)


@pytest.mark.parametrize(
    "line", ["GEOADD g 15.5 37 a", "GEOSEARCHSTORE g g FROMMEMBER a BYRADIUS 1 m", "GEORADIUS g 0 0 1 m STORE g"]
)
def test_undo_brings_places_back(line: str) -> None:
    lab = Lab(clock="manual", seed=1)
    session = lab.session()
    session.run("GEOADD g 15 37 a 16 38 b")
    before = session.run("GEOPOS g a b")
    session.run(line)
    assert session.run("GEOPOS g a b") != before
    lab.undo()
    assert session.run("GEOPOS g a b") == before


def test_positions_are_texts_in_resp2_and_doubles_in_resp3(session: Session) -> None:
    session.run("GEOADD g 13.361389 38.115556 Palermo")
    reply = session.run("GEOPOS g Palermo nobody")
    assert encode(reply, 2) == b"*2\r\n*2\r\n$20\r\n13.36138933897018433\r\n$20\r\n38.11555639549629859\r\n*-1\r\n"
    assert encode(reply, 3) == b"*2\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n_\r\n"


def test_a_partial_sort_orders_what_has_no_ties_like_any_sort() -> None:
    dice = Random(3)
    for size in (0, 1, 6, 7, 50, 500):
        items = dice.sample(range(10_000), size)
        for count in (0, 1, size // 3, size):
            assert first_sorted(items, float, count) == sorted(items)[:count]


def test_a_partial_sort_with_ties_returns_the_lowest_each_once() -> None:
    dice = Random(4)
    for size in (7, 41, 300):
        items = [(dice.randrange(5), number) for number in range(size)]
        for count in (1, size // 2, size - 1):
            found = first_sorted(items, lambda item: float(item[0]), count)
            assert [key for key, _ in found] == sorted(key for key, _ in items)[:count]
            assert len(set(found)) == count
