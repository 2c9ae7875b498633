"""Places on Earth as scores of a sorted set, distances, and which scores an area covers.

Owns the 52-bit code and Redis' formulas, each float operation in the server's order, because the last digit
of a distance decides who is inside. It must never look at a sorted set: it names ranges of scores and tests
single places.

Longitude and latitude are each cut into 2**26 steps and their bits interleaved, longitude first, so that
places near each other mostly have near scores, and a cell of any coarser grid is one range of scores.
Latitudes end at 85.05112878 degrees, as in web maps. A search takes the cell around its centre, at a grid
about as coarse as the area is wide, and the eight cells around that one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = [
    "ALL",
    "UNITS",
    "Box",
    "Circle",
    "Found",
    "Shape",
    "decode",
    "distance",
    "distance_of",
    "encode",
    "geohash",
    "in_range",
    "score_ranges",
]

LATITUDE_MAX = 85.05112878
LONGITUDE_MAX = 180.0
STEPS = 26
SLICES = 1 << STEPS
EARTH_RADIUS_M = 6372797.560856
EARTH_DIAMETER_M = 2.0 * EARTH_RADIUS_M
MERCATOR_MAX_M = 20037726.37
MERCATOR_FRACTION, MERCATOR_EXPONENT = math.frexp(MERCATOR_MAX_M)
RADIANS_PER_DEGREE = math.pi / 180.0
ALPHABET = b"0123456789bcdefghjkmnpqrstuvwxyz"

UNITS = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.34}
"""Metres per unit."""

NEIGHBOURS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""East and north steps from the centre cell, in the order in which the server searches them."""


Cell = tuple[int, int, int]
"""A cell (x, y, steps) of the grid with 2**steps columns (x, from the west) and rows (y, from the south)."""

Sides = tuple[int | None, int | None, int | None]
"""Of a cell itself, the next one to the east or north, and the one before: a side of NEIGHBOURS is an index."""

Bounds = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""

Point = tuple[float, float, float]
"""A position as distances are measured: longitude and latitude in radians, and the cosine of the latitude."""

PLACES_REMEMBERED = 8192
"""So many scores are decoded once only while searches come back to them."""
places_remembered: dict[float, Point] = {}

Found = tuple[bytes, float, float]
"""A member inside a shape, its score, and its distance from the centre in metres."""

SHORT_WAY_M = 1_000_000.0
"""Up to here angles and their sines agree well enough to be worth a comparison."""
ALL = -1
"""As the number of members that are wanted."""


def in_range(longitude: float, latitude: float) -> bool:
    """Whether a position in degrees can be stored."""
    return -LONGITUDE_MAX <= longitude <= LONGITUDE_MAX and -LATITUDE_MAX <= latitude <= LATITUDE_MAX


def encode(longitude: float, latitude: float) -> float:
    """The score of a position in degrees: a whole number of 52 bits. Raises ValueError outside of `in_range`.

    At the very eastern and northern edge it takes more bits, and what a double does not hold is lost.
    """
    if not in_range(longitude, latitude):
        raise ValueError("position out of range")
    x, y, _ = cell_of(longitude, latitude, STEPS)
    return float(interleave(x, y))


def decode(score: float) -> tuple[float, float]:
    """Longitude and latitude of the middle of a score's cell, in degrees. Any score has one."""
    bits = f"{to_uint64(score):064b}"
    x, y = int(bits[0::2], 2), int(bits[1::2], 2)
    # Numbers past 32 bits wrap, as in the server.
    longitude = (edge(x, SLICES, LONGITUDE_MAX) + edge(x + 1 & 0xFFFFFFFF, SLICES, LONGITUDE_MAX)) / 2
    latitude = (edge(y, SLICES, LATITUDE_MAX) + edge(y + 1 & 0xFFFFFFFF, SLICES, LATITUDE_MAX)) / 2
    return clamp(longitude, LONGITUDE_MAX), clamp(latitude, LATITUDE_MAX)


def geohash(score: float) -> bytes:
    """The 11 characters of the standard geohash, whose latitudes go to 90 degrees.

    52 bits make ten characters and two bits; the last character is always 0.
    """
    longitude, latitude = decode(score)
    x = fixed_point(longitude, LONGITUDE_MAX, STEPS)
    y = fixed_point(latitude, 90.0, STEPS)
    bits = interleave(x, y)
    return bytes(ALPHABET[bits >> (47 - 5 * place) & 31] for place in range(10)) + ALPHABET[:1]


def distance(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """Metres along the surface between two positions in degrees."""
    return haversine(point(longitude, latitude), point(other_longitude, other_latitude))


def distance_of(one: float, other: float) -> float:
    """Metres along the surface between the places of two scores."""
    return haversine(point_of(one), point_of(other))


def point(longitude: float, latitude: float) -> Point:
    """A position given in degrees."""
    y = radians(latitude)
    return radians(longitude), y, math.cos(y)


def point_of(score: float) -> Point:
    """The position of a score."""
    place = places_remembered.get(score)
    if place is None:
        if len(places_remembered) >= PLACES_REMEMBERED:
            places_remembered.clear()
        place = places_remembered[score] = point(*decode(score))
    return place


def haversine(one: Point, other: Point) -> float:
    """Metres along the surface between two positions, on a perfect sphere."""
    x, y, cosine_y = one
    other_x, other_y, other_cosine_y = other
    v = math.sin((other_x - x) / 2)
    if v == 0.0:
        return EARTH_RADIUS_M * abs(other_y - y)
    u = math.sin((other_y - y) / 2)
    root = math.sqrt(u * u + cosine_y * other_cosine_y * v * v)
    return EARTH_DIAMETER_M * math.asin(root) if root <= 1.0 else math.nan


class Circle:
    """All within a radius. Centre in degrees, `radius` in units of `unit` metres."""

    __slots__ = ("latitude", "longitude", "radius", "unit")

    def __init__(self, longitude: float, latitude: float, radius: float, unit: float = 1.0) -> None:
        self.longitude, self.latitude = longitude, latitude
        self.radius, self.unit = radius, unit

    def reach(self) -> float:
        """Metres from the centre to the furthest point."""
        return self.radius * self.unit

    def extent(self) -> tuple[float, float]:
        """Metres to the side and up from the centre."""
        return self.unit * self.radius, self.unit * self.radius

    def distance_to(self, longitude: float, latitude: float) -> float | None:
        """Metres from the centre to a position inside; None for one outside."""
        metres = distance(self.longitude, self.latitude, longitude, latitude)
        return None if metres > self.radius * self.unit else metres

    def inside(self, pairs: Iterable[tuple[bytes, float]], most: int = ALL, measured: bool = True) -> list[Found]:
        """Those members whose scores are places inside, in the order given, `most` at most.

        Where they need not be `measured`, the distance may be told as 0.
        """
        x, y, cosine_y = point(self.longitude, self.latitude)
        longest = self.radius * self.unit
        # No way is shorter than the one along the meridian; the little that is added outweighs every rounding.
        farthest = longest / EARTH_RADIUS_M * 1.000001 + 1e-9
        lowest, highest = y - farthest, y + farthest
        # An angle is longer than its sine, so what the angles say to be well inside is so by their sines as well.
        surely = -1.0 if measured or longest > SHORT_WAY_M else math.sin(longest / EARTH_DIAMETER_M) ** 2 * 3.999999
        diameter, known, sin, sqrt, asin = EARTH_DIAMETER_M, places_remembered.get, math.sin, math.sqrt, math.asin
        found: list[Found] = []
        # `haversine`, spelt out: a search does little else.
        for member, score in pairs:
            other_x, other_y, other_cosine_y = known(score) or point_of(score)
            if other_y < lowest or other_y > highest:
                continue
            north, east = other_y - y, other_x - x
            if north * north + cosine_y * other_cosine_y * east * east <= surely:
                metres = 0.0
            elif (v := sin(east / 2)) == 0.0:
                metres = EARTH_RADIUS_M * abs(north)
            else:
                u = sin(north / 2)
                root = sqrt(u * u + cosine_y * other_cosine_y * v * v)
                metres = diameter * asin(root) if root <= 1.0 else math.nan
            if not metres > longest:
                found.append((member, score, metres))
                if len(found) == most:
                    break
        return found


class Box:
    """All within a box along the axes. Centre in degrees, sides in units of `unit` metres."""

    __slots__ = ("height", "latitude", "longitude", "unit", "width")

    def __init__(self, longitude: float, latitude: float, width: float, height: float, unit: float = 1.0) -> None:
        self.longitude, self.latitude = longitude, latitude
        self.width, self.height, self.unit = width, height, unit

    def reach(self) -> float:
        """Metres from the centre to a corner."""
        half_width, half_height = self.width / 2, self.height / 2
        return math.sqrt(half_width * half_width + half_height * half_height) * self.unit

    def extent(self) -> tuple[float, float]:
        """Metres to the side and up from the centre."""
        return self.unit * (self.width / 2), self.unit * (self.height / 2)

    def distance_to(self, longitude: float, latitude: float) -> float | None:
        """Metres from the centre to a position inside; None for one outside.

        The width is measured on the position's own parallel, so a box gets no narrower towards the poles.
        """
        return self._distance(point(self.longitude, self.latitude), point(longitude, latitude))

    def _distance(self, centre: Point, place: Point) -> float | None:
        x, y, cosine_y = centre[0], place[1], place[2]
        if EARTH_RADIUS_M * abs(centre[1] - y) > self.height * self.unit / 2:
            return None
        if haversine(place, (x, y, cosine_y)) > self.width * self.unit / 2:
            return None
        return haversine(centre, place)

    def inside(self, pairs: Iterable[tuple[bytes, float]], most: int = ALL, measured: bool = True) -> list[Found]:
        """Those members whose scores are places inside, in the order given, `most` at most; all are measured."""
        centre = point(self.longitude, self.latitude)
        found: list[Found] = []
        for member, score in pairs:
            metres = self._distance(centre, point_of(score))
            if metres is not None:
                found.append((member, score, metres))
                if len(found) == most:
                    break
        return found


Shape = Circle | Box


def score_ranges(shape: Shape) -> list[tuple[float, float]]:
    """The ranges of scores (first, one past the last) to search for a shape, in the server's order.

    They cover more than the shape: `inside` decides on each member found.
    """
    limits = bounding_box(shape)
    steps = estimate_steps(shape.reach(), shape.latitude)
    centre = cell_of(shape.longitude, shape.latitude, steps)
    if steps > 1 and too_fine(centre, limits):
        steps -= 1
        centre = cell_of(shape.longitude, shape.latitude, steps)
    columns, rows = cells_around(centre, limits)
    shift = 2 * (STEPS - steps)
    ranges: list[tuple[float, float]] = []
    for east, north in NEIGHBOURS:
        column, row = columns[east], rows[north]
        if column is None or row is None:
            continue
        bits = column << 1 | row
        found = float(bits << shift), float((bits + 1) << shift)
        # A coarse grid has one cell on both sides. The server compares with the range before, unless that
        # was the centre's.
        if not (len(ranges) > 1 and ranges[-1] == found):
            ranges.append(found)
    return ranges


def too_fine(centre: Cell, limits: Bounds) -> bool:
    """Whether one of the four cells next to the centre's ends before the shape does."""
    x, y, steps = centre
    west, south, east, north = limits
    count = 1 << steps
    mask = count - 1
    return (
        edge((y + 1 & mask) + 1, count, LATITUDE_MAX) < north
        or edge(y - 1 & mask, count, LATITUDE_MAX) > south
        or edge((x + 1 & mask) + 1, count, LONGITUDE_MAX) < east
        or edge(x - 1 & mask, count, LONGITUDE_MAX) > west
    )


def cells_around(centre: Cell, limits: Bounds) -> tuple[Sides, Sides]:
    """The columns of the centre's cell and of its neighbours, their bits `spread`, and the rows; around the edges of
    the map. None stands for a side on which the shape ends inside the centre's cell, unless the grid is very coarse.
    """
    x, y, steps = centre
    west, south, east, north = limits
    count = 1 << steps
    mask = count - 1
    fine = steps > 1
    return (
        (
            spread(x),
            None if fine and edge(x + 1, count, LONGITUDE_MAX) > east else spread(x + 1 & mask),
            None if fine and edge(x, count, LONGITUDE_MAX) < west else spread(x - 1 & mask),
        ),
        (
            spread(y),
            None if fine and edge(y + 1, count, LATITUDE_MAX) > north else spread(y + 1 & mask),
            None if fine and edge(y, count, LATITUDE_MAX) < south else spread(y - 1 & mask),
        ),
    )


def estimate_steps(reach: float, latitude: float) -> int:
    """How fine a grid may be so that a cell and its neighbours cover the reach, in metres."""
    if reach == 0:
        return STEPS
    steps = -1
    if reach < MERCATOR_MAX_M:
        # One step for each time that the reach can be doubled until it is as wide as the map.
        fraction, exponent = math.frexp(reach)
        steps += MERCATOR_EXPONENT - exponent + (fraction < MERCATOR_FRACTION)
    away = abs(latitude)
    if away > 66:
        steps -= 2 if away > 80 else 1
    return 1 if steps < 1 else STEPS if steps > STEPS else steps


def bounding_box(shape: Shape) -> Bounds:
    """The degrees around a shape, its longitudes measured where a degree is shortest."""
    width, height = shape.extent()
    up = height / EARTH_RADIUS_M / RADIANS_PER_DEGREE
    widest = shape.latitude - up if shape.latitude < 0 else shape.latitude + up
    side = width / EARTH_RADIUS_M / cosine(radians(widest)) / RADIANS_PER_DEGREE
    return shape.longitude - side, shape.latitude - up, shape.longitude + side, shape.latitude + up


def cell_of(longitude: float, latitude: float, steps: int) -> Cell:
    """The cell of a position in degrees."""
    return fixed_point(longitude, LONGITUDE_MAX, steps), fixed_point(latitude, LATITUDE_MAX, steps), steps


def fixed_point(degrees: float, limit: float, steps: int) -> int:
    """Which of the 2**steps slices of -limit to limit holds the angle; one more than the last at the very end."""
    return int((degrees + limit) / (limit + limit) * (1 << steps))


def edge(place: int, count: int, limit: float) -> float:
    """Where a slice begins of the `count` ones between -limit and limit, in degrees."""
    return -limit + (place / count) * (limit + limit)


def interleave(x: int, y: int) -> int:
    """The bits of x and y by turns, x first."""
    return spread(x) << 1 | spread(y)


def spread(number: int) -> int:
    """The bits of a number one place apart: its binary digits read as if to base 4."""
    return int(f"{number:b}", 4)


def to_uint64(score: float) -> int:
    """A double as the server's processor turns it into an unsigned integer: out of range is 0 or wraps."""
    if -(2.0**63) <= score < 2.0**64:
        return int(score) & (2**64 - 1)
    return 2**63 if score < 0 else 0


def clamp(degrees: float, limit: float) -> float:
    return min(max(degrees, -limit), limit)


def radians(degrees: float) -> float:
    return degrees * RADIANS_PER_DEGREE


def cosine(angle: float) -> float:
    """math.cos, but not a number for infinity, as in C; Python would raise."""
    return math.cos(angle) if math.isfinite(angle) else math.nan
