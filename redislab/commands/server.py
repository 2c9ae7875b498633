"""The server as a whole: DBSIZE, FLUSHALL, FLUSHDB, SWAPDB, TIME."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Ok
from redislab.commands.spec import command
from redislab.engine import dataset, errors
from redislab.engine.arguments import INT_MAX, INT_MIN, integer_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply

GROUP = "server"


@command(
    "DBSIZE",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    acl="keyspace",
    tips=["request_policy:all_shards", "response_policy:agg_sum"],
    reply=Integer("the number of keys"),
)
def dbsize(session: Session) -> Reply:
    """Count the keys of the selected database.

    Keys whose time is over but that nobody has removed yet are counted too.

    > MSET tea green coffee black
    OK
    > DBSIZE
    (integer) 2
    """
    return len(session.db.values)


def _check_flush(options: tuple[bytes, ...]) -> None:
    if len(options) > 1 or (options and options[0].upper() not in (b"ASYNC", b"SYNC")):
        raise ReplyError(errors.SYNTAX)


def _is_lazy(session: Session, options: tuple[bytes, ...]) -> bool:
    """Whether a flush is one that Redis does in the background."""
    return options[0].upper() == b"ASYNC" if options else session.engine.freeing.lazy_flush


def _tell_always(session: Session) -> None:
    """Hand on a flush of what is empty too: whoever repeats it may still have keys that are over."""
    if session.engine.propagation is not None:
        session.engine.propagation.force()


@command(
    "FLUSHDB async=[ASYNC@4.0.0 | SYNC@6.2.0]",
    since="1.0.0",
    complexity="O(N) where N is the number of keys in the database.",
    flags="write",
    acl="dangerous keyspace",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    history={"4.0.0": "ASYNC.", "6.2.0": "SYNC, and the parameter lazyfree-lazy-user-flush for the default."},
    reply=Ok(),
)
def flushdb(session: Session, *options: bytes) -> Reply:
    """Delete all keys of the selected database.

    ASYNC and SYNC only say when a server gives the memory back; the keys are gone at once.

    > SET tea green
    OK
    > FLUSHDB
    OK
    > DBSIZE
    (integer) 0
    """
    _check_flush(options)
    session.db.clear(lazily=_is_lazy(session, options))
    session.engine.tracking.flushed()
    _tell_always(session)
    return OK


@command(
    "FLUSHALL async=[ASYNC@4.0.0 | SYNC@6.2.0]",
    since="1.0.0",
    complexity="O(N) where N is the number of keys in all databases.",
    flags="write",
    acl="dangerous keyspace",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    history={"4.0.0": "ASYNC.", "6.2.0": "SYNC, and the parameter lazyfree-lazy-user-flush for the default."},
    reply=Ok(),
)
def flushall(session: Session, *options: bytes) -> Reply:
    """Delete all keys of all databases.

    > SET tea green
    OK
    > FLUSHALL
    OK
    > EXISTS tea
    (integer) 0
    """
    _check_flush(options)
    for db in session.engine.databases:
        db.clear(lazily=_is_lazy(session, options))
    session.engine.tracking.flushed()
    session.engine.host.emptied()
    _tell_always(session)
    return OK


@command(
    "SWAPDB index1:int index2:int",
    since="4.0.0",
    complexity="O(N) where N is the number of clients that watch or wait for keys of the two databases.",
    flags="write fast",
    acl="dangerous keyspace",
    reply=Ok(),
)
def swapdb(session: Session, first: bytes, second: bytes) -> Reply:
    """Exchange two databases, at once and for all clients.

    Clients stay on the number they selected and see the other's keys from now on.

    > SET tea green
    OK
    > SWAPDB 0 1
    OK
    > EXISTS tea
    (integer) 0
    """
    one = integer_in(first, INT_MIN, INT_MAX, "ERR invalid first DB index")
    other = integer_in(second, INT_MIN, INT_MAX, "ERR invalid second DB index")
    count = len(session.engine.databases)
    if not (0 <= one < count and 0 <= other < count):
        raise ReplyError(errors.DATABASE_OUT_OF_RANGE)
    dataset.swap_databases(session.engine, one, other)
    if one == other:
        session.engine.dirty += 1  # It is told on although nothing changes.
    return OK


@command(
    "TIME",
    since="2.6.0",
    complexity="O(1)",
    flags="loading stale fast",
    tips=["nondeterministic_output"],
    reply=Array("seconds since 1970, and microseconds within the second", Bulk()),
)
def time(session: Session) -> Reply:
    """Tell the server's time: seconds since 1970, and microseconds of the present second.

    > TIME
    1) "…"
    2) "…"
    """
    microseconds = session.engine.now_ns // 1000
    return [b"%d" % (microseconds // 1_000_000), b"%d" % (microseconds % 1_000_000)]
