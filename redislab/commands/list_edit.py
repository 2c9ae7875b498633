"""Changes within a list: LSET, LINSERT, LREM, LTRIM."""

from __future__ import annotations

from redislab.commands.shapes import Integer, Ok
from redislab.commands.spec import changed, command
from redislab.engine import errors, notify
from redislab.engine.arguments import integer, long_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import OK, Reply
from redislab.values.list import List
from redislab.values.numbers import INT64_MAX, parse_int64

GROUP = "list"


@command(
    "LSET key index:int element",
    since="1.0.0",
    told="lset",
    complexity="O(N) to walk to the index; O(1) for the first and the last",
    flags="write denyoom",
    keys="RW update",
    reply=Ok(),
)
def lset(session: Session, key: bytes, index: bytes, element: bytes) -> Reply:
    """Replace the element at an index. The list must exist and reach so far.

    > RPUSH queue a b c
    (integer) 3
    > LSET queue -1 z
    OK
    > LINDEX queue 2
    "z"
    > LSET queue 3 d
    (error) ERR index out of range
    """
    db = session.db
    target = db.edit(key, List)
    if not target:
        raise ReplyError(errors.NO_SUCH_KEY)
    place = integer(index)
    target.disturb_at(place, element, session.engine.limits.list_max_listpack_size)
    if not target.set(place, element):
        raise ReplyError(errors.INDEX_OUT_OF_RANGE)
    db.touched(key, "lset", notify.LIST)
    return OK


@command(
    "LINSERT key where=(BEFORE | AFTER) pivot element",
    since="2.2.0",
    complexity="O(N) to walk to the pivot",
    flags="write denyoom",
    keys="RW insert",
    reply=Integer("the new length; -1 if the pivot is not in the list, 0 if there is no list"),
)
def linsert(session: Session, key: bytes, where: bytes, pivot: bytes, element: bytes) -> Reply:
    """Put an element before or after another, the first one that equals the pivot.

    > RPUSH queue a c
    (integer) 2
    > LINSERT queue BEFORE c b
    (integer) 3
    > LRANGE queue 0 -1
    1) "a"
    2) "b"
    3) "c"
    > LINSERT queue AFTER z x
    (integer) -1
    """
    side = where.upper()
    if side not in (b"BEFORE", b"AFTER"):
        raise ReplyError(errors.SYNTAX)
    db = session.db
    target = db.edit(key, List)
    if not target:
        return 0
    target.disturb(session.engine.limits.list_max_listpack_size, element)
    if not target.insert(pivot, element, side == b"BEFORE"):
        return -1
    db.touched(key, "linsert", notify.LIST)
    return len(target)


@command(
    "LREM key count:int element",
    since="1.0.0",
    complexity="O(N+M) for N elements looked at and M removed",
    flags="write",
    keys="RW delete",
    reply=Integer("how many elements were removed"),
)
def lrem(session: Session, key: bytes, count: bytes, element: bytes) -> Reply:
    """Remove elements that equal a value: count 2 the first two, -2 the last two, 0 all of them.

    > RPUSH queue a b a b a
    (integer) 5
    > LREM queue -2 a
    (integer) 2
    > LRANGE queue 0 -1
    1) "a"
    2) "b"
    3) "b"
    """
    number = integer(count) if session.engine.version == DEFAULT else long_in(count, -INT64_MAX, INT64_MAX)
    db = session.db
    target = db.edit(key, List)
    target.disturb(session.engine.limits.list_max_listpack_size)
    removed = target.remove(element, number)
    if removed:
        db.shrunk(key, "lrem", notify.LIST)
    return removed


@command(
    "LTRIM key start:int stop:int",
    since="1.0.0",
    complexity="O(N) for N elements removed",
    flags="write",
    keys="RW delete",
    reply=Ok("also when there is no list"),
)
def ltrim(session: Session, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Keep a part of a list, the last index included, and drop the rest.

    After LPUSH, LTRIM key 0 99 keeps the newest hundred. A part that does not exist leaves nothing, and so no key.

    > RPUSH log a b c d
    (integer) 4
    > LTRIM log -2 -1
    OK
    > LRANGE log 0 -1
    1) "c"
    2) "d"
    > LTRIM log 5 9
    OK
    > EXISTS log
    (integer) 0
    """
    first, last = integer(start), integer(stop)
    db = session.db
    target = db.edit(key, List)
    if target:
        before = len(target)
        target.trim(first, last)
        db.engine.dirty += before - len(target) - 1
        db.shrunk(key, "ltrim", notify.LIST)
    return OK


@changed("lset", since="7.2.0")
def _lset(session: Session, key: bytes, index: bytes, element: bytes) -> Reply:
    value = session.db.view_any(key, touch=False)
    number = parse_int64(index)
    if isinstance(value, List) and number is not None:
        _make_room(session, value, element)
        # Redis looks at the lower 32 bits of the index only.
        index = b"%d" % ((number + (1 << 31)) % (1 << 32) - (1 << 31))
    return lset(session, key, index, element)


@changed("linsert", since="7.2.0")
def _linsert(session: Session, key: bytes, where: bytes, pivot: bytes, element: bytes) -> Reply:
    value = session.db.view_any(key, touch=False)
    if isinstance(value, List) and where.upper() in (b"BEFORE", b"AFTER"):
        _make_room(session, value, element)
    return linsert(session, key, where, pivot, element)


def _make_room(session: Session, value: List, element: bytes) -> None:
    from redislab.values.list_packed import NewerList

    if isinstance(value, NewerList):
        value.make_room(element, session.limits)
