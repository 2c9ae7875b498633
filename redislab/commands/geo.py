"""Places in a sorted set, one by one: GEOADD, GEOPOS, GEODIST, GEOHASH. The score of a member is its place.

Also how longitudes, latitudes and units are read, which the searches in `geo_search` share.
"""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Null, OneOf
from redislab.commands.sorted_set import add_all
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import number
from redislab.engine.engine import Engine
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import NULL_ARRAY, LongDouble, Reply
from redislab.values import geohash as codes
from redislab.values.numbers import format_distance, format_human
from redislab.values.sorted_set import SortedSet

__all__ = ["position", "position_reply", "unit_in_metres"]

GROUP = "geo"

UNITS = {name.encode(): metres for name, metres in codes.UNITS.items()}
ADD_OPTIONS = frozenset((b"NX", b"XX", b"CH"))


def position(longitude: bytes, latitude: bytes) -> tuple[float, float]:
    """A longitude and a latitude in degrees. Raises ReplyError for what is no number or out of range."""
    x, y = number(longitude), number(latitude)
    if not codes.in_range(x, y):
        raise ReplyError(f"ERR invalid longitude,latitude pair {x:f},{y:f}")
    return x, y


def unit_in_metres(word: bytes) -> float:
    """The metres of a unit, written in capitals or not. Raises ReplyError for any other word."""
    metres = UNITS.get(word) or UNITS.get(word.lower())
    if metres is None:
        raise ReplyError("ERR unsupported unit provided. please use M, KM, FT, MI")
    return metres


def position_reply(score: float, engine: Engine) -> list[float]:
    """Longitude and latitude as they are shown: of the middle of the cell that the score names."""
    longitude, latitude = codes.decode(score)
    if engine.version >= (8, 2):
        return [longitude, latitude]
    return [LongDouble(format_human(longitude)), LongDouble(format_human(latitude))]


@command(
    "GEOADD key condition=[NX | XX]@6.2.0 change=[CH]@6.2.0 (longitude:float latitude:float member)...",
    since="3.2.0",
    told="zadd",
    complexity="O(log(N)) for each member, N members in the sorted set",
    flags="write denyoom",
    keys="RW update",
    history={"6.2.0": "The options CH, NX and XX."},
    reply=Integer("how many members were added; with CH, how many were added or moved"),
)
def geoadd(session: Session, key: bytes, *words: bytes) -> Reply:
    """Store places by longitude and latitude, in degrees; longitude comes first.

    The key holds a sorted set whose scores are the places, so ZREM removes one and ZCARD counts them. Latitudes go
    to 85.05112878 degrees. A place is kept to within some 0.6 metres. Options are those of ZADD.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEOADD cities XX CH 15.09 37.5 Catania
    (integer) 1
    > GEOADD cities 200 100 nowhere
    (error) ERR invalid longitude,latitude pair 200.000000,100.000000
    """
    place = 0
    while place < len(words) and words[place].upper() in ADD_OPTIONS:
        place += 1
    options = {word.upper() for word in words[:place]}
    places = words[place:]
    if len(places) % 3 or not places or {b"NX", b"XX"} <= options:
        raise ReplyError(errors.SYNTAX)
    scores = [codes.encode(*position(x, y)) for x, y in zip(places[::3], places[1::3], strict=True)]
    if session.engine.propagation is not None:
        pairs = (part for code, name in zip(scores, places[2::3], strict=True) for part in (b"%d" % code, name))
        session.engine.effect(session, b"zadd", key, *words[:place], *pairs)
    return add_all(session, key, places[2::3], scores, options)


@command(
    "GEOPOS key member...",
    since="3.2.0",
    complexity="O(N) for N members asked for",
    flags="readonly",
    keys="RO access",
    arity=-2,
    reply=Array("longitude and latitude, or nil, for each member asked for"),
)
def geopos(session: Session, key: bytes, *members: bytes) -> Reply:
    """Read the longitude and latitude of members.

    What comes back differs a little from what was stored: it is the middle of a small cell.

    > GEOADD cities 13.361389 38.115556 Palermo
    (integer) 1
    > GEOPOS cities Palermo Atlantis
    1) 1) "13.36138933897018433"
       2) "38.11555639549629859"
    2) (nil)
    """
    scores, engine = _scores(session, key, members), session.engine
    return [NULL_ARRAY if score is None else position_reply(score, engine) for score in scores]


@command(
    "GEOHASH key member...",
    since="3.2.0",
    complexity="O(1) for each member asked for",
    flags="readonly",
    keys="RO access",
    arity=-2,
    reply=Array("a geohash, or nil, for each member asked for", OneOf(Bulk(), Null())),
)
def geohash(session: Session, key: bytes, *members: bytes) -> Reply:
    """Read the standard geohash of members, as used on geohash.org.

    Eleven characters; cut off the last ones for a wider area around the same place.

    > GEOADD cities 13.361389 38.115556 Palermo
    (integer) 1
    > GEOHASH cities Palermo Atlantis
    1) "sqc8b49rny0"
    2) (nil)
    """
    return [None if score is None else codes.geohash(score) for score in _scores(session, key, members)]


def _scores(session: Session, key: bytes, members: tuple[bytes, ...]) -> list[float | None]:
    value = session.db.view(key, SortedSet)
    return [None if value is None else value.score(member) for member in members]


@command(
    "GEODIST key member1 member2 unit=[M | KM | FT | MI]",
    since="3.2.0",
    complexity="O(1)",
    flags="readonly",
    keys="RO access",
    reply=OneOf(Bulk("the distance with four decimals"), Null("one of the members does not exist")),
)
def geodist(session: Session, key: bytes, first: bytes, second: bytes, *unit: bytes) -> Reply:
    """Tell the distance between two members: in metres, or in kilometres, feet or miles.

    The Earth is taken for a perfect sphere, which may be wrong by half a percent.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEODIST cities Palermo Catania
    "166274.1516"
    > GEODIST cities Palermo Catania km
    "166.2742"
    > GEODIST cities Palermo Atlantis
    (nil)
    """
    if len(unit) > 1:
        raise ReplyError(errors.SYNTAX)
    metres = unit_in_metres(unit[0]) if unit else 1.0
    one, other = _scores(session, key, (first, second))
    if one is None or other is None:
        return None
    return format_distance(codes.distance_of(one, other) / metres)
