"""Geohash scores, distances and search areas."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest

from redislab.values.geohash import UNITS, Box, Circle, Shape, decode, distance, encode, geohash, in_range, score_ranges
from redislab.values.numbers import format_distance, format_double, format_human

PALERMO = encode(13.361389, 38.115556)
CATANIA = encode(15.087269, 37.502669)


def test_the_manual_s_places() -> None:
    assert (PALERMO, CATANIA) == (3479099956230698, 3479447370796909)
    assert [format_human(part) for part in decode(PALERMO)] == [b"13.36138933897018433", b"38.11555639549629859"]
    assert (geohash(PALERMO), geohash(CATANIA)) == (b"sqc8b49rny0", b"sqdtr74hyu0")
    metres = distance(*decode(PALERMO), *decode(CATANIA))
    assert format_distance(metres) == b"166274.1516"
    assert format_distance(metres / UNITS["km"]) == b"166.2742"
    assert format_distance(metres / UNITS["mi"]) == b"103.3182"


def test_positions_out_of_range() -> None:
    assert in_range(180, 85.05112878)
    assert not in_range(180.1, 0)
    assert not in_range(0, -85.06)
    with pytest.raises(ValueError):
        encode(0, 86)


def test_the_eastern_edge_loses_its_last_bit() -> None:
    assert format_double(encode(180, -12.564584453014476)) == b"9364609543720964"


def test_inside_and_outside() -> None:
    circle, box = Circle(15, 37, 200, UNITS["km"]), Box(15, 37, 400, 400, UNITS["km"])
    assert format_distance((circle.distance_to(*decode(CATANIA)) or 0) / 1000) == b"56.4413"
    assert format_distance((box.distance_to(*decode(PALERMO)) or 0) / 1000) == b"190.4424"
    assert Circle(15, 37, 100, UNITS["km"]).distance_to(*decode(PALERMO)) is None
    assert Box(15, 37, 400, 10, UNITS["km"]).distance_to(*decode(PALERMO)) is None


def test_ranges_hold_what_is_inside() -> None:
    for first, second in ((PALERMO, CATANIA), (CATANIA, PALERMO)):
        ranges = score_ranges(Circle(*decode(first), 170_000))
        assert any(start <= second < end for start, end in ranges)
        assert len(ranges) <= 9


def random_place(dice: random.Random) -> tuple[float, float]:
    kind = dice.randrange(4)
    if kind == 0:
        return dice.uniform(10, 10.2), dice.uniform(50, 50.2)
    if kind == 1:
        return dice.choice([-180.0, 180.0, 179.9999, -179.9999, 0.0]), dice.uniform(-85, 85)
    if kind == 2:
        return dice.uniform(-180, 180), dice.choice([85.05112878, -85.05112878, 85.0, 80.1, -66.1, 0.0])
    return dice.uniform(-180, 180), dice.uniform(-85.05, 85.05)


def fill(ask, dice: random.Random) -> dict[bytes, float]:
    """Random places on the server and here; their scores by name."""
    places = {b"p%d" % number: random_place(dice) for number in range(300)}
    ask.many([("GEOADD", "g", repr(x), repr(y), name) for name, (x, y) in places.items()])
    return {name: encode(*place) for name, place in places.items()}


def test_places_like_the_server(ask) -> None:
    dice = random.Random(1)
    scores = fill(ask, dice)
    names = list(scores)
    assert ask("ZMSCORE", "g", *names) == [format_double(score) for score in scores.values()]
    assert ask("GEOHASH", "g", *names) == [geohash(score) for score in scores.values()]
    positions = [[format_human(part) for part in decode(score)] for score in scores.values()]
    assert ask("GEOPOS", "g", *names) == positions
    pairs = [(dice.choice(names), dice.choice(names), dice.choice(list(UNITS))) for _ in range(500)]
    replies = ask.many([("GEODIST", "g", *pair) for pair in pairs])
    for (one, other, unit), reply in zip(pairs, replies, strict=True):
        assert reply == format_distance(distance(*decode(scores[one]), *decode(scores[other])) / UNITS[unit])


def test_any_score_has_a_place_like_the_server_s(ask) -> None:
    for score in ("-1", "-1.5", "1e19", "-1e19", "inf", "-inf", "9007199254740991", "18446744073709549568"):
        ask("ZADD", "z", score, "m")
        assert ask("GEOPOS", "z", "m") == [[format_human(part) for part in decode(float(score))]], score
        assert ask("GEOHASH", "z", "m") == [geohash(float(score))], score


def random_shape(dice: random.Random) -> tuple[Shape, tuple[object, ...], str]:
    """A shape, the words that ask the server for it, and its unit."""
    unit = dice.choice(list(UNITS))
    x, y = random_place(dice)
    size = dice.choice([0.0, 1e9, float("inf"), *(10 ** dice.uniform(-1, 7.6) / UNITS[unit] for _ in range(30))])
    height = size * dice.uniform(0.01, 3) if size else 5.0
    centre = ("FROMLONLAT", repr(x), repr(y))
    if dice.random() < 0.5:
        return Circle(x, y, size, UNITS[unit]), (*centre, "BYRADIUS", repr(size), unit), unit
    return Box(x, y, size, height, UNITS[unit]), (*centre, "BYBOX", repr(size), repr(height), unit), unit


def test_searches_like_the_server_in_its_order(ask) -> None:
    dice = random.Random(2)
    members = sorted((score, name) for name, score in fill(ask, dice).items())
    shapes = [random_shape(dice) for _ in range(500)]
    replies = ask.many([("GEOSEARCH", "g", *words, "WITHDIST") for _, words, _ in shapes])
    for (shape, words, unit), reply in zip(shapes, replies, strict=True):
        found = []
        for start, end in score_ranges(shape):
            for score, name in members[bisect_left(members, (start, b"")) : bisect_left(members, (end, b""))]:
                metres = shape.distance_to(*decode(score))
                if metres is not None:
                    found.append([name, format_distance(metres / UNITS[unit])])
        assert found == reply, words


def test_what_is_not_measured_is_found_all_the_same() -> None:
    dice = random.Random(11)
    for _ in range(300):
        x, y, size = dice.uniform(-180, 180), dice.uniform(-85, 85), 10 ** dice.uniform(-1, 6.5)
        degrees = size / 80_000
        pairs = []
        for number in range(60):
            far, high = x + dice.uniform(-degrees, degrees), y + dice.uniform(-degrees, degrees)
            pairs.append((b"%d" % number, encode(min(max(far, -180.0), 180.0), min(max(high, -85.0), 85.0))))
        circle = Circle(x, y, size)
        assert [name for name, _, _ in circle.inside(pairs, measured=False)] == [
            name for name, _, _ in circle.inside(pairs)
        ]
