"""One search around a place: its options, who is inside, and what is answered or stored. Declares no command."""

from __future__ import annotations

from redislab.commands.geo import position, position_reply, unit_in_metres
from redislab.commands.sorted_set_range import store
from redislab.engine import errors
from redislab.engine.arguments import integer, number
from redislab.engine.engine import Engine
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.geohash import ALL, Box, Circle, Found, Shape, decode, score_ranges
from redislab.values.numbers import INT64_MAX, INT64_MIN, format_distance
from redislab.values.partial_sort import first_sorted
from redislab.values.sorted_set import SortedSet

__all__ = ["Search", "Words"]

Words = tuple[bytes, ...]

SEARCH_OPTIONS = frozenset((b"FROMMEMBER", b"FROMLONLAT", b"BYRADIUS", b"BYBOX", b"STOREDIST"))
"""What only GEOSEARCH and GEOSEARCHSTORE take, or take in another way."""


class Search:
    """What is asked for, filled in while the words are read. Sizes are in `unit` metres."""

    __slots__ = (
        "any", "box", "centre", "circle", "count", "destination", "extras", "family", "order", "origin", "source",
        "store_distances", "unit",
    )  # fmt: skip

    def __init__(self, source: SortedSet | None, family: str) -> None:
        self.source = source
        self.family = family
        """Which command's words are taken: georadius, georadius_ro, geosearch or geosearchstore."""
        self.centre: tuple[float, float] | None = None
        self.circle: float | None = None
        self.box: tuple[float, float] | None = None
        self.unit = 1.0
        self.origin = ""
        """The word that gave the centre."""
        self.order = ""
        self.count = 0
        self.any = False
        self.extras: set[bytes] = set()
        self.destination: bytes | None = None
        self.store_distances = False

    # -- reading the words -----------------------------------------------------------------------------------

    def read(self, words: Words) -> None:
        """Take all options. Raises ReplyError for the first that does not fit, as Redis does."""
        place = 0
        while place < len(words):
            place += 1 + self._read_option(words[place].upper(), words[place + 1 :])

    def _read_option(self, option: bytes, rest: Words) -> int:
        """Note one option; returns how many words after it belong to it."""
        if option in SEARCH_OPTIONS and self.family.startswith("geosearch"):
            return self._read_search_option(option, rest)
        if option in (b"WITHDIST", b"WITHHASH", b"WITHCOORD"):
            self.extras.add(option)
        elif option == b"ANY":
            self.any = True
        elif option in (b"ASC", b"DESC"):
            self.order = option.decode()
        elif option == b"COUNT" and rest:
            self.count = integer(rest[0])
            if self.count <= 0:
                raise ReplyError("ERR COUNT must be > 0")
            return 1
        elif option in (b"STORE", b"STOREDIST") and rest and self.family == "georadius":
            self.destination, self.store_distances = rest[0], option == b"STOREDIST"
            return 1
        else:
            raise ReplyError(errors.SYNTAX)
        return 0

    def _read_search_option(self, option: bytes, rest: Words) -> int:
        """The options that only GEOSEARCH and GEOSEARCHSTORE have."""
        if option == b"FROMMEMBER" and rest and self.origin != "FROMLONLAT":
            self.origin = "FROMMEMBER"
            if self.source is not None:
                self.around_member(rest[0])
            return 1
        if option == b"FROMLONLAT" and len(rest) >= 2 and self.origin != "FROMMEMBER":
            self.origin, self.centre = "FROMLONLAT", position(rest[0], rest[1])
            return 2
        if option == b"BYRADIUS" and len(rest) >= 2 and self.box is None:
            self.read_radius(rest[0], rest[1])
            return 2
        if option == b"BYBOX" and len(rest) >= 3 and self.circle is None:
            self._read_box(rest[0], rest[1], rest[2])
            return 3
        if option == b"STOREDIST" and self.family == "geosearchstore":
            self.store_distances = True
            return 0
        raise ReplyError(errors.SYNTAX)

    def around_member(self, member: bytes) -> None:
        """Put the centre where a member is. Raises ReplyError when there is no such member."""
        score = None if self.source is None else self.source.score(member)
        if score is None:
            raise ReplyError("ERR could not decode requested zset member")
        self.centre = decode(score)

    def read_radius(self, radius: bytes, unit: bytes) -> None:
        size = number(radius, "ERR need numeric radius")
        if size < 0:
            raise ReplyError("ERR radius cannot be negative")
        self.circle, self.unit = size, unit_in_metres(unit)

    def _read_box(self, width: bytes, height: bytes, unit: bytes) -> None:
        sides = number(width, "ERR need numeric width"), number(height, "ERR need numeric height")
        if min(sides) < 0:
            raise ReplyError("ERR height or width cannot be negative")
        self.box, self.unit = sides, unit_in_metres(unit)

    def check(self, typed_name: bytes = b"") -> None:
        """What has to be said once, and what cannot go together; GEOSEARCH's errors name it as it was typed."""
        if self.destination is not None and self.extras:
            who = "GEOSEARCHSTORE" if self.family == "geosearchstore" else "STORE option in GEORADIUS"
            raise ReplyError(f"ERR {who} is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
        if self.family.startswith("geosearch"):
            pair = "" if self.origin else "FROMMEMBER or FROMLONLAT"
            if not pair and self.circle is None and self.box is None:
                pair = "BYRADIUS and BYBOX"
            if pair:
                raise ReplyError(f"ERR exactly one of {pair} can be specified for {shown(typed_name)}")
        if self.any and not self.count:
            raise ReplyError("ERR the ANY argument requires COUNT argument")

    # -- finding ---------------------------------------------------------------------------------------------

    def run(self, session: Session) -> Reply:
        """The whole reply: what was found, or how much was stored."""
        found = self._found()
        if self.destination is None:
            engine = session.engine
            return [self._entry(*match, engine) for match in found] if self.extras else [match[0] for match in found]
        pairs = ((member, metres / self.unit if self.store_distances else score) for member, score, metres in found)
        event = "georadiusstore" if self.family == "georadius" else "geosearchstore"
        result = SortedSet.from_pairs(pairs, session.engine.limits)
        session.engine.dirty += max(0, len(result) - 1)  # Every place that is stored counts as a change.
        return store(session.db, self.destination, result, event)

    def _found(self) -> list[Found]:
        if self.source is None:
            return []
        matches = self._inside(self.source, self._shape())
        wanted = min(self.count or len(matches), len(matches))
        if not self.order and (self.any or not self.count):
            return matches[:wanted]
        sign = -1.0 if self.order == "DESC" else 1.0
        return first_sorted(matches, lambda match: sign * match[2], wanted)

    def _shape(self) -> Shape:
        longitude, latitude = self.centre or (0.0, 0.0)
        if self.box is not None:
            return Box(longitude, latitude, *self.box, self.unit)
        return Circle(longitude, latitude, self.circle or 0.0, self.unit)

    def _inside(self, source: SortedSet, shape: Shape) -> list[Found]:
        """All members inside, in the order of the cells searched; with ANY no more than COUNT."""
        matches: list[Found] = []
        measured = bool(self.order or (self.count and not self.any))  # to be sorted
        measured |= self.store_distances or b"WITHDIST" in self.extras
        for first, end in score_ranges(shape):
            pairs = source.between(first, end)
            matches += shape.inside(pairs, self.count - len(matches) if self.any else ALL, measured)
            if self.any and len(matches) == self.count:
                break
        return matches

    def _entry(self, member: bytes, score: float, metres: float, engine: Engine) -> Reply:
        """A member with what the WITH options ask for, in a fixed order."""
        entry: list[Reply] = [member]
        if b"WITHDIST" in self.extras:
            entry.append(format_distance(metres / self.unit))
        if b"WITHHASH" in self.extras:
            entry.append(int(score) if INT64_MIN <= score < INT64_MAX else INT64_MIN)
        if b"WITHCOORD" in self.extras:
            entry.append(position_reply(score, engine))
        return entry
