"""SORT and SORT_RO: the elements of a list, set or sorted set in another order, by other keys if asked.

The order is that of bytes (collation in the C locale). Elements that compare equal keep the order in which the
value has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redislab.commands.shapes import Array, Integer, OneOf
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.keyspace import Database
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.base import Value
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.numbers import SPACES, parse_float
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.string import String

GROUP = "generic"

NO_DOUBLE = "ERR One or more scores can't be converted into double"

Lookup = Callable[[bytes], bytes | None]


class Options:
    """What the words after the key ask for."""

    __slots__ = ("alphabetic", "by", "count", "descending", "get", "offset", "store", "unsorted")

    def __init__(self) -> None:
        self.descending = self.alphabetic = False
        self.offset, self.count = 0, -1
        self.by: bytes | None = None
        self.get: list[bytes] = []
        self.store: bytes | None = None
        self.unsorted = False
        """A BY without an asterisk was among them: the elements stay in their own order, even if another BY follows."""


def _options(session: Session, name: bytes, key: bytes, words: tuple[bytes, ...]) -> Options:
    may_store = name == b"sort"
    may_look = _may_read_all(session, name, key, words)
    options = Options()
    place = 0
    while place < len(words):
        option, more = words[place].upper(), len(words) - place - 1
        if option in (b"ASC", b"DESC"):
            options.descending = option == b"DESC"
        elif option == b"ALPHA":
            options.alphabetic = True
        elif option == b"LIMIT" and more >= 2:
            options.offset, options.count = integer(words[place + 1]), integer(words[place + 2])
            place += 2
        elif option == b"STORE" and more and may_store:
            options.store = words[place + 1]
            place += 1
        elif option == b"BY" and more:
            options.by = words[place + 1]
            if b"*" not in options.by.partition(b"\0")[0]:
                options.unsorted = True
            elif not may_look:
                raise ReplyError("ERR BY option of SORT denied due to insufficient ACL permissions.")
            place += 1
        elif option == b"GET" and more:
            if not may_look:
                raise ReplyError("ERR GET option of SORT denied due to insufficient ACL permissions.")
            options.get.append(words[place + 1])
            place += 1
        else:
            raise ReplyError(errors.SYNTAX)
        place += 1
    return options


def _may_read_all(session: Session, name: bytes, key: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether the user may read whatever key a pattern may lead to."""
    user, engine = session.user, session.engine
    command = engine.commands[name.decode()]
    return user.powerful or user.reads_all_keys(command, (name, key, *words), engine.acl.catalogue)


# -- the elements --------------------------------------------------------------------------------------------


def _elements(db: Database, key: bytes) -> tuple[Value | None, list[bytes]]:
    value = db.view_any(key, announce=True)
    if value is None:
        return None, []
    if isinstance(value, SortedSet):
        if value.encoding() == "listpack":
            # Redis converts a sorted set for good before it sorts it.
            db.edit(key, SortedSet).become_skiplist()
        return value, list(value)
    if isinstance(value, Set):
        return value, value.members()
    if isinstance(value, List):
        return value, list(value)
    raise ReplyError(errors.WRONG_TYPE)


def _window(options: Options, size: int) -> slice:
    """LIMIT as a slice; what lies outside is cut off, and a negative count means all."""
    start = min(max(options.offset, 0), size)
    return slice(start, size if options.count < 0 else min(start + options.count, size))


def _in_order(db: Database, options: Options, value: Value | None, elements: list[bytes]) -> list[bytes]:
    if options.unsorted and not (isinstance(value, Set) and options.store is not None):
        # A set has no order of its own to turn around.
        return elements[::-1] if options.descending and not isinstance(value, Set) else elements
    by = None if options.by is None or options.unsorted else _lookup(db, options.by)
    if options.alphabetic or options.unsorted:
        # A set that is stored unsorted would have no order at all: it is sorted by its members.
        key = _alphabetic_key(by, whole=options.store is not None)
    else:
        key = _numeric_key(by)
    return sorted(elements, key=key, reverse=options.descending)


def _alphabetic_key(by: Lookup | None, *, whole: bool) -> Callable[[bytes], Any]:
    """Compares bytes, but as C strings, to the first NUL, unless the result is stored. What is missing comes first."""

    def text(word: bytes) -> bytes:
        return word if whole else word.partition(b"\0")[0]

    if by is None:
        return text

    def key(element: bytes) -> tuple[bool, bytes]:
        found = by(element)
        return (False, b"") if found is None else (True, text(found))

    return key


def _numeric_key(by: Lookup | None) -> Callable[[bytes], Any]:
    """Compares doubles, and elements where those are equal. What is missing counts as 0."""

    def key(element: bytes) -> tuple[float, bytes]:
        found = element if by is None else by(element)
        return (0.0 if found is None else _double(found), element)

    return key


def _double(text: bytes) -> float:
    """What C's strtod makes of it: leading space and an empty text are fine, anything left over is not."""
    text = text.partition(b"\0")[0]
    if not text:
        return 0.0
    value = parse_float(text.lstrip(SPACES))
    if value is None:
        raise ReplyError(NO_DOUBLE)
    return value


def _lookup(db: Database, pattern: bytes) -> Lookup:
    """A function from an element to what a BY or GET pattern finds for it: a string, or a field after `->`."""
    if pattern == b"#":
        return lambda element: element
    prefix, star, rest = pattern.partition(b"*")
    if not star:
        return lambda element: None
    suffix, arrow, name = rest.partition(b"->")
    if not (arrow and name):
        return lambda element: _string(db, prefix + element + rest)
    return lambda element: _field(db, prefix + element + suffix, name)


def _string(db: Database, key: bytes) -> bytes | None:
    value = db.view_any(key, announce=True)
    return value.get() if isinstance(value, String) else None


def _field(db: Database, key: bytes, name: bytes) -> bytes | None:
    value = db.view_any(key, announce=True)
    return value.get(name) if isinstance(value, Hash) else None


# -- the commands --------------------------------------------------------------------------------------------


def _sort(session: Session, key: bytes, options: Options) -> Reply:
    db = session.db
    value, elements = _elements(db, key)
    chosen = _in_order(db, options, value, elements)[_window(options, len(elements))]
    result: list[bytes | None] = list(chosen)
    if options.get:
        lookups = [_lookup(db, pattern) for pattern in options.get]
        result = [lookup(element) for element in chosen for lookup in lookups]
    return result if options.store is None else _store(db, options.store, result)


def _store(db: Database, key: bytes, result: list[bytes | None]) -> int:
    if result:
        db.put(key, List.from_elements([b"" if element is None else element for element in result]))
        db.engine.dirty += len(result) - 1
        db.touched(key, "sortstore", notify.LIST)
    elif db.drop(key):
        db.touched(key, "del", notify.GENERIC)
    return len(result)


@command(
    "SORT key#0 [BY pattern:pattern]#1 [LIMIT offset:int count:int] [GET pattern:pattern]...*#1 "
    "order=[ASC | DESC] sorting=[ALPHA] [STORE destination:key]#2",
    since="1.0.0",
    complexity="O(N+M*log(M)) where N is the number of elements and M the number of those returned; O(N) unsorted.",
    flags="write denyoom",
    keys=(
        "RO access; "
        "RO access ? # keys of BY and GET, whose names come from the elements; "
        "OW update ? # the key of STORE, which may stand anywhere"
    ),
    acl="dangerous list set sortedset -keyspace",
    reply=OneOf(Array(meaning="the elements, or what GET found for them"), Integer("how many were stored")),
)
def sort(session: Session, key: bytes, *words: bytes) -> Reply:
    """Sort the elements of a list, set or sorted set.

    They are compared as numbers; ALPHA compares them as text. BY sorts by the values of other keys: in its pattern
    the asterisk stands for the element, `key->field` reads a hash. Without an asterisk (BY nosort) nothing is sorted.
    GET returns values of other keys in place of the elements, GET # the element itself. STORE keeps the result as a
    list.

    > RPUSH numbers 30 4 100
    (integer) 3
    > SORT numbers
    1) "4"
    2) "30"
    3) "100"
    > SORT numbers ALPHA DESC LIMIT 0 2
    1) "4"
    2) "30"
    > MSET name:4 four name:30 thirty
    OK
    > SORT numbers GET # GET name:*
    1) "4"
    2) "four"
    3) "30"
    4) "thirty"
    5) "100"
    6) (nil)
    """
    return _sort(session, key, _options(session, b"sort", key, words))


@command(
    "SORT_RO key#0 [BY pattern:pattern]#1 [LIMIT offset:int count:int] [GET pattern:pattern]...*#1 "
    "order=[ASC | DESC] sorting=[ALPHA]",
    since="7.0.0",
    complexity="O(N+M*log(M)) where N is the number of elements and M the number of those returned; O(N) unsorted.",
    flags="readonly",
    keys="RO access; RO access ? # keys of BY and GET, whose names come from the elements",
    acl="dangerous list set sortedset -keyspace",
    reply=Array(meaning="the elements, or what GET found for them"),
)
def sort_ro(session: Session, key: bytes, *words: bytes) -> Reply:
    """Sort like SORT, without STORE, so that it may run where only reading is allowed.

    > RPUSH numbers 30 4 100
    (integer) 3
    > SORT_RO numbers DESC
    1) "100"
    2) "30"
    3) "4"
    """
    return _sort(session, key, _options(session, b"sort_ro", key, words))
