"""Moves from list to list, and pops from the first list that has something: LMOVE, RPOPLPUSH, LMPOP."""

from __future__ import annotations

from redislab.commands.list import pop_many
from redislab.commands.many_pop import ManyPop, read_many_pop
from redislab.commands.shapes import Array, Bulk, Null, NullArrayReply, OneOf
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.list import List

__all__ = ["ENDS", "is_left", "move", "pop_first"]

GROUP = "list"
ENDS = (b"LEFT", b"RIGHT")


@command(
    "LMOVE source:key destination:key wherefrom=(LEFT | RIGHT) whereto=(LEFT | RIGHT)",
    since="6.2.0",
    told="lpop rpop del",
    complexity="O(1)",
    flags="write denyoom",
    keys="RW access delete; RW insert",
    reply=OneOf(Bulk("the element"), Null("the source is empty")),
)
def lmove(session: Session, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes) -> Reply:
    """Take an element off one list and put it on another, in one step.

    Source and destination may be the same list: LEFT RIGHT then turns it round by one.

    > RPUSH todo write test
    (integer) 2
    > LMOVE todo doing LEFT RIGHT
    "write"
    > LRANGE doing 0 -1
    1) "write"
    > LMOVE nothing doing LEFT RIGHT
    (nil)
    """
    from_left, to_left = is_left(wherefrom), is_left(whereto)
    return move(session, source, destination, from_left, to_left)


@command(
    "RPOPLPUSH source:key destination:key",
    since="1.2.0",
    told="rpop del",
    complexity="O(1)",
    flags="write denyoom",
    keys="RW access delete; RW insert",
    deprecated_since="6.2.0",
    replaced_by="`LMOVE` with the `RIGHT` and `LEFT` arguments",
    reply=OneOf(Bulk("the element"), Null("the source is empty")),
)
def rpoplpush(session: Session, source: bytes, destination: bytes) -> Reply:
    """Take the last element off one list and put it before the first of another: LMOVE with RIGHT LEFT.

    > RPUSH todo write test
    (integer) 2
    > RPOPLPUSH todo doing
    "test"
    > LRANGE doing 0 -1
    1) "test"
    """
    return move(session, source, destination, False, True)


@command(
    "LMPOP numkeys:int key... where=(LEFT | RIGHT) [COUNT count:int]",
    since="7.0.0",
    told="lpop rpop del",
    complexity="O(N+M) for N keys and M elements returned",
    flags="write",
    keys="RW access delete",
    reply=OneOf(Array("the key, and an array of the elements taken from it"), NullArrayReply("all lists are empty")),
)
def lmpop(session: Session, numkeys: bytes, *words: bytes) -> Reply:
    """Take elements off the first of several lists that has any, and tell which one it was.

    > RPUSH low a b c
    (integer) 3
    > LMPOP 2 high low LEFT COUNT 2
    1) "low"
    2) 1) "a"
       2) "b"
    > LMPOP 1 high LEFT
    (nil)
    """
    request = read_many_pop(numkeys, words, ENDS)
    found = pop_first(session, request)
    return NULL_ARRAY if found is None else found


# -- what the blocking commands do too -----------------------------------------------------------------------


def is_left(word: bytes) -> bool:
    """Which end LEFT or RIGHT means. Raises ReplyError for any other word."""
    side = word.upper()
    if side not in ENDS:
        raise ReplyError(errors.SYNTAX)
    return side == b"LEFT"


def move(session: Session, source: bytes, destination: bytes, from_left: bool, to_left: bool) -> bytes | None:
    """Move one element; None if the source is not there.

    Raises WRONGTYPE, for the destination only if there is something to move. Announces the push before the pop, as
    Redis does.
    """
    db = session.db
    origin = db.edit(source, List)
    if not origin:
        return None
    target = origin if source == destination else db.edit(destination, List)
    element = origin.pop_left() if from_left else origin.pop_right()
    if to_left:
        target.push_left(element)
    else:
        target.push_right(element)
    db.touched(destination, "lpush" if to_left else "rpush", notify.LIST)
    db.shrunk(source, "lpop" if from_left else "rpop", notify.LIST)
    db.engine.dirty -= 1  # It is one change, though two keys are told of it.
    return element


def pop_first(session: Session, request: ManyPop) -> list[object] | None:
    """Key and elements from the first list that has any, else None. Raises WRONGTYPE for what stands before it."""
    for key in request.keys:
        if session.db.edit(key, List):
            popped = pop_many(session, key, request.first, request.most)
            session.engine.effect(session, b"LPOP" if request.first else b"RPOP", key, b"%d" % len(popped))
            return [key, popped]
    return None
