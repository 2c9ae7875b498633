"""Searches around a place: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS commands.

All of them are one search (see `geo_query`); a command differs only in which words it takes.
"""

from __future__ import annotations

from redislab.commands.geo import position
from redislab.commands.geo_query import Search, Words
from redislab.commands.shapes import Array, Integer, OneOf
from redislab.commands.spec import command
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.sorted_set import SortedSet

GROUP = "geo"

FOUND = Array("the members found; with WITHCOORD, WITHDIST or WITHHASH an array for each, the member first")
STORED = Integer("how many members were stored, with STORE or STOREDIST")


def _around_position(session: Session, family: str, words: Words) -> Reply:
    """GEORADIUS and GEORADIUS_RO: key, longitude, latitude, radius, unit, options."""
    search = Search(session.db.view(words[0], SortedSet), family)
    search.centre = position(words[1], words[2])
    search.read_radius(words[3], words[4])
    return _finish(session, search, words[5:])


def _around_member(session: Session, family: str, words: Words) -> Reply:
    """GEORADIUSBYMEMBER and its _RO: key, member, radius, unit, options. Without a key the radius is not even read."""
    search = Search(session.db.view(words[0], SortedSet), family)
    if search.source is not None:
        search.around_member(words[1])
        search.read_radius(words[2], words[3])
    return _finish(session, search, words[4:])


def _finish(session: Session, search: Search, options: Words) -> Reply:
    search.read(options)
    search.check()
    return search.run(session)


@command(
    "GEOSEARCH key from=((FROMMEMBER member) | (FROMLONLAT longitude:float latitude:float)) "
    "by=(circle=((BYRADIUS radius:float) unit=(M | KM | FT | MI)) | box=((BYBOX width:float) height:float "
    "unit=(M | KM | FT | MI))) order=[ASC | DESC] count=[(COUNT count:int) [ANY]] [WITHCOORD] [WITHDIST] "
    "[WITHHASH]",
    since="6.2.0",
    complexity="O(N+log(M)) for N members in the cells around the shape and M inside it",
    flags="readonly",
    keys="RO access",
    history={"7.0.0": "Takes uppercase units."},
    takes_name=True,
    reply=FOUND,
)
def geosearch(session: Session, typed_name: bytes, key: bytes, *options: bytes) -> Reply:
    """Find members in a circle or a box around a place or another member.

    Without ASC or DESC the order means nothing. COUNT alone finds the nearest; with ANY it stops at the first ones
    it comes across. Distances are in the unit of the shape.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEOSEARCH cities FROMLONLAT 15 37 BYRADIUS 200 km ASC
    1) "Catania"
    2) "Palermo"
    > GEOSEARCH cities FROMMEMBER Palermo BYBOX 100 100 km WITHDIST
    1) 1) "Palermo"
       2) "0.0000"
    """
    search = Search(session.db.view(key, SortedSet), "geosearch")
    search.read(options)
    search.check(typed_name)
    return search.run(session)


@command(
    "GEOSEARCHSTORE destination:key source:key from=((FROMMEMBER member) | (FROMLONLAT longitude:float "
    "latitude:float)) by=(circle=((BYRADIUS radius:float) unit=(M | KM | FT | MI)) | box=((BYBOX "
    "width:float) height:float unit=(M | KM | FT | MI))) order=[ASC | DESC] count=[(COUNT count:int) "
    "[ANY]] [STOREDIST]",
    since="6.2.0",
    complexity="O(N+log(M)) for N members in the cells around the shape and M inside it",
    flags="write denyoom",
    keys="OW update; RO access",
    history={"7.0.0": "Takes uppercase units."},
    takes_name=True,
    reply=Integer("how many members were stored"),
)
def geosearchstore(
    session: Session, typed_name: bytes, destination: bytes, source: bytes, *options: bytes
) -> Reply:
    """Store what GEOSEARCH would find as a sorted set: places again, or with STOREDIST distances as scores.

    Whatever the destination was is replaced; when nothing is found, it is deleted.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEOSEARCHSTORE near cities FROMLONLAT 15 37 BYRADIUS 100 km
    (integer) 1
    > ZRANGE near 0 -1
    1) "Catania"
    """
    search = Search(session.db.view(source, SortedSet), "geosearchstore")
    search.destination = destination
    search.read(options)
    search.check(typed_name)
    return search.run(session)


@command(
    "GEORADIUS key longitude:float latitude:float radius:float unit=(M | KM | FT | MI) [WITHCOORD] "
    "[WITHDIST] [WITHHASH] count=[(COUNT count:int) [ANY]@6.2.0] order=[ASC | DESC] [STORE key] "
    "[STOREDIST key]",
    since="3.2.0",
    complexity="O(N+log(M)) for N members in the cells around the circle and M inside it",
    flags="write denyoom",
    keys="RO access; OW update @STORE>6 0/1; OW update @STOREDIST>6 0/1",
    history={"6.2.0": "The option ANY for COUNT.", "7.0.0": "Takes uppercase units."},
    deprecated_since="6.2.0",
    replaced_by="`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    reply=OneOf(FOUND, STORED),
)
def georadius(session: Session, *words: bytes) -> Reply:
    """Find members within a radius around a place, or store them with STORE or STOREDIST.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEORADIUS cities 15 37 200 km WITHDIST DESC
    1) 1) "Palermo"
       2) "190.4424"
    2) 1) "Catania"
       2) "56.4413"
    > GEORADIUS cities 15 37 200 km STOREDIST near
    (integer) 2
    """
    return _around_position(session, "georadius", words)


@command(
    "GEORADIUS_RO key longitude:float latitude:float radius:float unit=(M | KM | FT | MI) [WITHCOORD] "
    "[WITHDIST] [WITHHASH] count=[(COUNT count:int) [ANY]@6.2.0] order=[ASC | DESC]",
    since="3.2.10",
    complexity="O(N+log(M)) for N members in the cells around the circle and M inside it",
    flags="readonly",
    keys="RO access",
    history={"6.2.0": "The option ANY for COUNT."},
    deprecated_since="6.2.0",
    replaced_by="`GEOSEARCH` with the `BYRADIUS` argument",
    reply=FOUND,
)
def georadius_ro(session: Session, *words: bytes) -> Reply:
    """Find members within a radius around a place: GEORADIUS without its storing options, for replicas.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEORADIUS_RO cities 15 37 100 km
    1) "Catania"
    """
    return _around_position(session, "georadius_ro", words)


@command(
    "GEORADIUSBYMEMBER key member radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
    "count=[(COUNT count:int) [ANY]] order=[ASC | DESC] [STORE key] [STOREDIST key]",
    since="3.2.0",
    complexity="O(N+log(M)) for N members in the cells around the circle and M inside it",
    flags="write denyoom",
    keys="RO access; OW update @STORE>5 0/1; OW update @STOREDIST>5 0/1",
    history={"7.0.0": "Takes uppercase units."},
    deprecated_since="6.2.0",
    replaced_by="`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    reply=OneOf(FOUND, STORED),
)
def georadiusbymember(session: Session, *words: bytes) -> Reply:
    """Find members within a radius around another member, which is found as well.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEORADIUSBYMEMBER cities Palermo 100 km
    1) "Palermo"
    > GEORADIUSBYMEMBER cities Atlantis 100 km
    (error) ERR could not decode requested zset member
    """
    return _around_member(session, "georadius", words)


@command(
    "GEORADIUSBYMEMBER_RO key member radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] "
    "[WITHHASH] count=[(COUNT count:int) [ANY]] order=[ASC | DESC]",
    since="3.2.10",
    complexity="O(N+log(M)) for N members in the cells around the circle and M inside it",
    flags="readonly",
    keys="RO access",
    deprecated_since="6.2.0",
    replaced_by="`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    reply=FOUND,
)
def georadiusbymember_ro(session: Session, *words: bytes) -> Reply:
    """Find members within a radius around another: GEORADIUSBYMEMBER without its storing options, for replicas.

    > GEOADD cities 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    (integer) 2
    > GEORADIUSBYMEMBER_RO cities Palermo 200 km ASC
    1) "Palermo"
    2) "Catania"
    """
    return _around_member(session, "georadius_ro", words)
