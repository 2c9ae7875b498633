"""Pops and moves that wait for an element: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP.

Each first does what its plain sister does. Where there is nothing it parks the session, and the function it leaves
behind is tried for each of its keys that appears, in the order in which the sessions came. A key that appears with
another type than a list does not wake anybody.
"""

from __future__ import annotations

from functools import partial

from redislab.commands.list import lpop, rpop
from redislab.commands.list_move import ENDS, is_left, move, pop_first
from redislab.commands.many_pop import ManyPop, read_many_pop
from redislab.commands.shapes import Array, Bulk, Null, NullArrayReply, OneOf
from redislab.commands.spec import command
from redislab.engine.arguments import block_timeout
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.list import List

GROUP = "list"

_PAIR = OneOf(Array("the key and the element taken from it", Bulk()), NullArrayReply("the time is over"))
_MOVED = OneOf(Bulk("the element"), NullArrayReply("the time is over"), Null("the source is empty, inside MULTI"))


@command(
    "BLPOP key... timeout:float",
    since="2.0.0",
    told="lpop del",
    complexity="O(N) for N keys",
    flags="write noscript blocking",
    keys="RW access delete",
    history={"6.0.0": "The timeout may be a fraction of a second."},
    reply=_PAIR,
)
def blpop(session: Session, *words: bytes) -> Reply:
    """Take the first element off the first of several lists that has one; wait for one if all are empty.

    The timeout is in seconds; 0 waits for ever. Of several clients waiting on a list, the one that came first is
    served first. Inside MULTI nothing waits.

    > RPUSH low a
    (integer) 1
    > BLPOP high low 1
    1) "low"
    2) "a"
    """
    return _pop(session, words, True)


@command(
    "BRPOP key... timeout:float",
    since="2.0.0",
    told="rpop del",
    complexity="O(N) for N keys",
    flags="write noscript blocking",
    keys="RW access delete",
    history={"6.0.0": "The timeout may be a fraction of a second."},
    reply=_PAIR,
)
def brpop(session: Session, *words: bytes) -> Reply:
    """Take the last element off the first of several lists that has one; wait for one if all are empty.

    With LPUSH at the other side this is a queue: first in, first out. See BLPOP for the timeout.

    > LPUSH jobs first second
    (integer) 2
    > BRPOP jobs 1
    1) "jobs"
    2) "first"
    """
    return _pop(session, words, False)


def _pop(session: Session, words: tuple[bytes, ...], left: bool) -> Reply:
    """BLPOP and BRPOP."""
    *keys, timeout = words
    wait_ms = block_timeout(timeout, session.engine)
    edit = session.db.edit
    for key in keys:
        if edit(key, List):
            return _pop_one(session, left, key)
    return session.block(keys, wait_ms, partial(_pop_one_if, session, left), NULL_ARRAY, kind="list")


def _pop_one(session: Session, left: bool, key: bytes) -> list[Reply]:
    """An element of a list that is there."""
    reply = [key, lpop(session, key) if left else rpop(session, key)]
    session.engine.effect(session, b"LPOP" if left else b"RPOP", key)
    return reply


def _pop_one_if(session: Session, left: bool, key: bytes) -> list[Reply] | None:
    """An element of a list, None if there is no list."""
    return None if session.db.view_if(key, List) is None else _pop_one(session, left, key)


@command(
    "BLMOVE source:key destination:key wherefrom=(LEFT | RIGHT) whereto=(LEFT | RIGHT) timeout:float",
    since="6.2.0",
    told="lpop rpop del",
    complexity="O(1)",
    flags="write denyoom noscript blocking",
    keys="RW access delete; RW insert",
    reply=_MOVED,
)
def blmove(
    session: Session, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes, timeout: bytes
) -> Reply:
    """Take an element off one list and put it on another; wait for one if the source is empty.

    The timeout is in seconds; 0 waits for ever. A worker that moves its job to a list of its own can find it there
    again after a crash.

    > RPUSH todo write
    (integer) 1
    > BLMOVE todo doing LEFT RIGHT 1
    "write"
    """
    from_left, to_left = is_left(wherefrom), is_left(whereto)
    effect = (b"LMOVE", source, destination, wherefrom, whereto)
    later = effect
    if session.engine.version == DEFAULT:  # who was kept waiting moves between "left" and "right", however spelt
        later = (b"LMOVE", source, destination, wherefrom.lower(), whereto.lower())
    return _move(session, source, destination, from_left, to_left, timeout, effect, later)


@command(
    "BRPOPLPUSH source:key destination:key timeout:float",
    since="2.2.0",
    told="rpop del",
    complexity="O(1)",
    flags="write denyoom noscript blocking",
    keys="RW access delete; RW insert",
    history={"6.0.0": "The timeout may be a fraction of a second."},
    deprecated_since="6.2.0",
    replaced_by="`BLMOVE` with the `RIGHT` and `LEFT` arguments",
    reply=_MOVED,
)
def brpoplpush(session: Session, source: bytes, destination: bytes, timeout: bytes) -> Reply:
    """Take the last element off one list and put it before the first of another, waiting for one: BLMOVE RIGHT LEFT.

    > RPUSH todo write test
    (integer) 2
    > BRPOPLPUSH todo doing 1
    "test"
    """
    return _move(session, source, destination, False, True, timeout, *[(b"RPOPLPUSH", source, destination)] * 2)


def _move(
    session: Session,
    source: bytes,
    destination: bytes,
    from_left: bool,
    to_left: bool,
    timeout: bytes,
    effect: tuple[bytes, ...],
    effect_later: tuple[bytes, ...],
) -> Reply:
    """BLMOVE and BRPOPLPUSH. Their nothing is a null inside MULTI and a null array when the time is over.

    What each is handed on as depends on whether it had to wait.
    """
    wait_ms = block_timeout(timeout, session.engine)
    element = _move_one(session, source, destination, from_left, to_left, effect)
    if element is not None or not session.may_block:
        return element

    def serve(key: bytes) -> bytes | None:
        if session.db.view_if(key, List) is None:
            return None
        return _move_one(session, key, destination, from_left, to_left, effect_later)

    return session.block([source], wait_ms, serve, NULL_ARRAY, kind="list")


def _move_one(
    session: Session, source: bytes, destination: bytes, from_left: bool, to_left: bool, effect: tuple[bytes, ...]
) -> bytes | None:
    """Move one element and hand it on as a move that does not wait."""
    element = move(session, source, destination, from_left, to_left)
    if element is not None:
        session.engine.effect(session, *effect)
    return element


@command(
    "BLMPOP timeout:float numkeys:int key... where=(LEFT | RIGHT) [COUNT count:int]",
    since="7.0.0",
    told="lpop rpop del",
    complexity="O(N+M) for N keys and M elements returned",
    flags="write blocking",
    keys="RW access delete",
    reply=OneOf(Array("the key, and an array of the elements taken from it"), NullArrayReply("the time is over")),
)
def blmpop(session: Session, timeout: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Take elements off the first of several lists that has any; wait if all are empty.

    The timeout is in seconds; 0 waits for ever. A client that waited gets as many as there are, up to COUNT.

    > RPUSH low a b c
    (integer) 3
    > BLMPOP 1 2 high low LEFT COUNT 2
    1) "low"
    2) 1) "a"
       2) "b"
    """
    request = read_many_pop(numkeys, words, ENDS)
    wait_ms = block_timeout(timeout, session.engine)
    found = pop_first(session, request)
    if found is not None:
        return found

    def serve(key: bytes) -> list[object] | None:
        if session.db.view_if(key, List) is None:
            return None
        return pop_first(session, ManyPop([key], request.first, request.most))

    return session.block(request.keys, wait_ms, serve, NULL_ARRAY, kind="list")
