"""Lists: LPUSH, LPOP, LRANGE and their kin. Changes in the middle are in `list_edit`, moves in
`list_move`, waiting pops in `list_blocking`."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Null, NullArrayReply, OneOf
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer, integer_in, long_in
from redislab.engine.engine import Engine
from redislab.engine.errors import ReplyError, wrong_arity
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import NULL_ARRAY, Bulks, Reply
from redislab.values.list import List
from redislab.values.numbers import INT64_MAX, INT64_MIN

GROUP = "list"

# -- the ends ------------------------------------------------------------------------------------------------


@command(
    "LPUSH key element...",
    since="1.0.0",
    told="lpush",
    complexity="O(N) for N elements to add",
    flags="write denyoom fast",
    keys="RW insert",
    history={"2.4.0": "Pushes several elements in one call."},
    reply=Integer("the new length of the list"),
)
def lpush(session: Session, key: bytes, *elements: bytes) -> Reply:
    """Put elements before the first of a list; makes the list if there is none.

    They are put there one after the other, so the last one given ends up first.

    > LPUSH queue a b c
    (integer) 3
    > LRANGE queue 0 -1
    1) "c"
    2) "b"
    3) "a"
    """
    db = session.db
    target = db.edit(key, List)
    length = 0
    for element in elements:
        length = target.push_left(element)
    if len(elements) > 1:
        db.engine.dirty += len(elements) - 1
    db.touched(key, "lpush", notify.LIST)
    return length


@command(
    "RPUSH key element...",
    since="1.0.0",
    told="rpush",
    complexity="O(N) for N elements to add",
    flags="write denyoom fast",
    keys="RW insert",
    history={"2.4.0": "Pushes several elements in one call."},
    reply=Integer("the new length of the list"),
)
def rpush(session: Session, key: bytes, *elements: bytes) -> Reply:
    """Put elements after the last of a list; makes the list if there is none.

    > RPUSH queue a b c
    (integer) 3
    > LRANGE queue 0 -1
    1) "a"
    2) "b"
    3) "c"
    """
    db = session.db
    target = db.edit(key, List)
    length = 0
    for element in elements:
        length = target.push_right(element)
    if len(elements) > 1:
        db.engine.dirty += len(elements) - 1
    db.touched(key, "rpush", notify.LIST)
    return length


@command(
    "LPUSHX key element...",
    since="2.2.0",
    told="lpush",
    complexity="O(N) for N elements to add",
    flags="write denyoom fast",
    keys="RW insert",
    history={"4.0.0": "Pushes several elements in one call."},
    reply=Integer("the new length of the list, 0 if there is no list"),
)
def lpushx(session: Session, key: bytes, *elements: bytes) -> Reply:
    """Put elements before the first, but only if the list exists already.

    > LPUSHX queue a
    (integer) 0
    > RPUSH queue a
    (integer) 1
    > LPUSHX queue b
    (integer) 2
    """
    return lpush(session, key, *elements) if session.db.edit(key, List) else 0


@command(
    "RPUSHX key element...",
    since="2.2.0",
    told="rpush",
    complexity="O(N) for N elements to add",
    flags="write denyoom fast",
    keys="RW insert",
    history={"4.0.0": "Pushes several elements in one call."},
    reply=Integer("the new length of the list, 0 if there is no list"),
)
def rpushx(session: Session, key: bytes, *elements: bytes) -> Reply:
    """Put elements after the last, but only if the list exists already.

    > RPUSHX queue a
    (integer) 0
    > EXISTS queue
    (integer) 0
    """
    return rpush(session, key, *elements) if session.db.edit(key, List) else 0


_POP_REPLY = OneOf(
    Bulk("the element"),
    Array("the elements, with count", Bulk()),
    Null("there is no list"),
    NullArrayReply("there is no list, with count"),
)


@command(
    "LPOP key [count:int]@6.2.0",
    since="1.0.0",
    told="lpop del",
    complexity="O(N) for N elements returned",
    flags="write fast",
    keys="RW access delete",
    history={"6.2.0": "Takes a count."},
    reply=_POP_REPLY,
)
def lpop(session: Session, key: bytes, *count: bytes) -> Reply:
    """Take the first element off a list, or the first few with a count.

    With a count the reply is an array, even for a count of 1. When the last element goes, the key goes with it.

    > RPUSH queue a b c d
    (integer) 4
    > LPOP queue
    "a"
    > LPOP queue 2
    1) "b"
    2) "c"
    > LPOP nothing
    (nil)
    """
    if count:
        return _pop_several(session, "lpop", key, count)
    db = session.db
    try:
        element = db.edit(key, List).pop_left()
    except IndexError:
        return None
    db.shrunk(key, "lpop", notify.LIST)
    return element


@command(
    "RPOP key [count:int]@6.2.0",
    since="1.0.0",
    told="rpop del",
    complexity="O(N) for N elements returned",
    flags="write fast",
    keys="RW access delete",
    history={"6.2.0": "Takes a count."},
    reply=_POP_REPLY,
)
def rpop(session: Session, key: bytes, *count: bytes) -> Reply:
    """Take the last element off a list, or the last few with a count, the very last one first.

    > RPUSH queue a b c d
    (integer) 4
    > RPOP queue
    "d"
    > RPOP queue 2
    1) "c"
    2) "b"
    """
    if count:
        return _pop_several(session, "rpop", key, count)
    db = session.db
    try:
        element = db.edit(key, List).pop_right()
    except IndexError:
        return None
    db.shrunk(key, "rpop", notify.LIST)
    return element


def _pop_several(session: Session, name: str, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """LPOP and RPOP with a count."""
    if len(words) > 1:
        raise wrong_arity(name)
    count = integer_in(words[0], 0, INT64_MAX, errors.NOT_POSITIVE)
    if not session.db.edit(key, List):
        return NULL_ARRAY
    return pop_many(session, key, name == "lpop", count) if count else []


def pop_many(session: Session, key: bytes, left: bool, count: int) -> list[bytes]:
    """Take up to `count` (at least one) elements off an end of the list at `key`, which exists, and announce it."""
    db = session.db
    target = db.edit(key, List)
    pop = target.pop_left if left else target.pop_right
    popped = [pop() for _ in range(min(count, len(target)))]
    db.engine.dirty += len(popped) - 1
    db.shrunk(key, "lpop" if left else "rpop", notify.LIST)
    return popped


# -- reading -------------------------------------------------------------------------------------------------


@command(
    "LLEN key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("how many elements the list has, 0 for a missing key"),
)
def llen(session: Session, key: bytes) -> Reply:
    """Count the elements of a list.

    > RPUSH queue a b c
    (integer) 3
    > LLEN queue
    (integer) 3
    """
    value = session.db.view(key, List)
    return 0 if value is None else len(value)


@command(
    "LINDEX key index:int",
    since="1.0.0",
    complexity="O(N) to walk to the index; O(1) for the first and the last",
    flags="readonly",
    keys="RO access",
    reply=OneOf(Bulk("the element"), Null("there is no such index or key")),
)
def lindex(session: Session, key: bytes, index: bytes) -> Reply:
    """Read one element by its index: 0 is the first, -1 the last.

    > RPUSH queue a b c
    (integer) 3
    > LINDEX queue 0
    "a"
    > LINDEX queue -1
    "c"
    > LINDEX queue 7
    (nil)
    """
    value = session.db.view(key, List)
    return None if value is None else value.get(integer(index))


@command(
    "LRANGE key start:int stop:int",
    since="1.0.0",
    complexity="O(S+N) for an offset of S from the nearer end and N elements returned",
    flags="readonly",
    keys="RO access",
    reply=Array("the elements from start to stop", Bulk()),
)
def lrange(session: Session, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Read a part of a list by its indexes, the last one included.

    Negative indexes count from the end, so 0 -1 is the whole list. Indexes beyond the ends are no error.

    > RPUSH queue a b c d
    (integer) 4
    > LRANGE queue 1 2
    1) "b"
    2) "c"
    > LRANGE queue -2 100
    1) "c"
    2) "d"
    > LRANGE queue 3 1
    (empty array)
    """
    first, last = integer(start), integer(stop)
    value = session.db.view(key, List)
    return [] if value is None else Bulks(value.range(first, last))


@command(
    "LPOS key element [RANK rank:int] [COUNT num-matches:int] [MAXLEN len:int]",
    since="6.0.6",
    complexity="O(N) for N elements looked at",
    flags="readonly",
    keys="RO access",
    reply=OneOf(
        Integer("the index of the element"), Null("it was not found"), Array("the indexes, with COUNT", Integer())
    ),
)
def lpos(session: Session, key: bytes, element: bytes, *words: bytes) -> Reply:
    """Find an element in a list and tell its index.

    RANK 2 answers with the second match, a negative RANK searches from the tail. COUNT asks for so many indexes (0 for
    all) and makes the reply an array. MAXLEN looks at no more than so many elements.

    > RPUSH queue a b c a b
    (integer) 5
    > LPOS queue a
    (integer) 0
    > LPOS queue a RANK -1
    (integer) 3
    > LPOS queue b COUNT 0
    1) (integer) 1
    2) (integer) 4
    > LPOS queue z
    (nil)
    """
    rank, count, most = _position_options(words, session.engine)
    value = session.db.view(key, List)
    found = [] if value is None else value.positions(element, rank, 1 if count is None else count, most)
    if count is not None:
        return found
    return found[0] if found else None


def _position_options(words: tuple[bytes, ...], engine: Engine) -> tuple[int, int | None, int]:
    """RANK, COUNT (None if it is not given) and MAXLEN."""
    rank, count, most = 1, None, 0
    for place in range(0, len(words), 2):
        option = words[place].upper()
        if place + 1 == len(words) or option not in (b"RANK", b"COUNT", b"MAXLEN"):
            raise ReplyError(errors.SYNTAX)
        word = words[place + 1]
        if option == b"RANK":
            rank = _rank(word, engine)
        elif option == b"COUNT":
            count = integer_in(word, 0, INT64_MAX, "ERR COUNT can't be negative")
        else:
            most = integer_in(word, 0, INT64_MAX, "ERR MAXLEN can't be negative")
    return rank, count, most


def _rank(word: bytes, engine: Engine) -> int:
    """RANK's number. The lowest of all cannot be turned round in C and counts as -1 there."""
    rank = integer(word) if engine.version == DEFAULT else long_in(word, -INT64_MAX, INT64_MAX)
    if rank == 0:
        raise ReplyError(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
            "or use negative to start from the end of the list"
        )
    return -1 if rank == INT64_MIN else rank
