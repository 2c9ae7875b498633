"""Sets: SADD, SISMEMBER and their kin. Intersections and the like are in `set_algebra`, picks in `set_random`."""

from __future__ import annotations

from redislab.commands.shapes import Array, Integer, SetReply
from redislab.commands.spec import changed, command
from redislab.engine import notify
from redislab.engine.session import Session
from redislab.resp.types import Members, Reply
from redislab.values.set import Set

GROUP = "set"


@command(
    "SADD key member...",
    since="1.0.0",
    complexity="O(N) for N members to add",
    flags="write denyoom fast",
    keys="RW insert",
    history={"2.4.0": "Adds several members in one call."},
    reply=Integer("how many of the members are new"),
)
def sadd(session: Session, key: bytes, member: bytes, *more: bytes) -> Reply:
    """Add members to a set; makes the set if there is none.

    A set holds each member once: adding one again changes nothing and is not counted.

    > SADD tags redis cache redis
    (integer) 2
    > SADD tags cache queue
    (integer) 1
    > SCARD tags
    (integer) 3
    """
    db = session.db
    target = db.edit(key, Set)
    limits = session.engine.limits
    added = 1 if target.add(member, limits) else 0
    for other in more:
        added += target.add(other, limits)
    if added:
        db.engine.dirty += added - 1
        db.touched(key, "sadd", notify.SET)
    return added


@command(
    "SREM key member...",
    since="1.0.0",
    complexity="O(N) for N members to remove",
    flags="write fast",
    keys="RW delete",
    history={"2.4.0": "Removes several members in one call."},
    reply=Integer("how many members were removed"),
)
def srem(session: Session, key: bytes, *members: bytes) -> Reply:
    """Remove members from a set.

    Those that are not in the set are not counted. When the last member goes, the key goes with it.

    > SADD tags redis cache
    (integer) 2
    > SREM tags cache queue
    (integer) 1
    > SREM tags redis
    (integer) 1
    > EXISTS tags
    (integer) 0
    """
    db = session.db
    removed = sum(map(db.edit(key, Set).remove, members))
    if removed:
        db.engine.dirty += removed - 1
        db.shrunk(key, "srem", notify.SET)
    return removed


@command(
    "SMEMBERS key",
    since="1.0.0",
    complexity="O(N) for N members in the set",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=SetReply("all members"),
)
def smembers(session: Session, key: bytes) -> Reply:
    """List all members of a set, in no particular order.

    A small set of whole numbers happens to answer in the order of its numbers; do not rely on it. For a set of many
    thousand members, SSCAN does not make others wait.

    > SADD primes 7 2 5 2
    (integer) 3
    > SMEMBERS primes
    1) "2"
    2) "5"
    3) "7"
    > SMEMBERS nothing
    (empty array)
    """
    value = session.db.view(key, Set)
    return Members() if value is None else Members(value)


@command(
    "SISMEMBER key member",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("1 if it is a member, else 0"),
)
def sismember(session: Session, key: bytes, member: bytes) -> Reply:
    """Ask whether something is a member of a set; as quick for a million members as for ten.

    > SADD tags redis cache
    (integer) 2
    > SISMEMBER tags redis
    (integer) 1
    > SISMEMBER tags Redis
    (integer) 0
    """
    value = session.db.view(key, Set)
    return 1 if value is not None and value.contains(member) else 0


@command(
    "SMISMEMBER key member...",
    since="6.2.0",
    complexity="O(N) for N members asked about",
    flags="readonly fast",
    keys="RO access",
    reply=Array("1 or 0 for each member in the order asked", Integer()),
)
def smismember(session: Session, key: bytes, *members: bytes) -> Reply:
    """Ask of several members at once whether they are in a set.

    > SADD tags redis cache
    (integer) 2
    > SMISMEMBER tags redis queue cache
    1) (integer) 1
    2) (integer) 0
    3) (integer) 1
    """
    value = session.db.view(key, Set)
    return [0] * len(members) if value is None else [int(member in value) for member in members]


@command(
    "SCARD key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("how many members the set has, 0 for a missing key"),
)
def scard(session: Session, key: bytes) -> Reply:
    """Count the members of a set (its cardinality).

    > SADD tags redis cache
    (integer) 2
    > SCARD tags
    (integer) 2
    """
    value = session.db.view(key, Set)
    return 0 if value is None else len(value)


@command(
    "SMOVE source:key destination:key member",
    since="1.0.0",
    complexity="O(1)",
    flags="write fast",
    keys="RW access delete; RW insert",
    reply=Integer("1 if the member was moved, 0 if the source has no such member"),
)
def smove(session: Session, source: bytes, destination: bytes, member: bytes) -> Reply:
    """Move a member from one set to another in one step: nobody sees it in both or in neither.

    If the destination has it already, it is only removed from the source.

    > SADD todo write test
    (integer) 2
    > SMOVE todo done write
    (integer) 1
    > SMEMBERS done
    1) "write"
    > SMOVE todo done sleep
    (integer) 0
    """
    db = session.db
    # Both are looked up first, so that either may turn out to be over.
    there, _ = db.exists(source), db.exists(destination)
    if not there:
        return 0
    origin, target = db.edit(source, Set), db.edit(destination, Set)
    if member not in origin:
        return 0
    if source == destination:
        return 1
    origin.remove(member)
    db.shrunk(source, "srem", notify.SET)
    if target.add(member, session.engine.limits):
        db.touched(destination, "sadd", notify.SET)
    return 1


@changed("sadd", since="7.2.0")
def _sadd(session: Session, key: bytes, *members: bytes) -> Reply:
    from redislab.values.set_packed import NewerSet

    db, limits = session.db, session.limits
    target = db.edit(key, Set)
    if isinstance(target, NewerSet):
        target.expect(members, limits)
    added = sum(target.add(member, limits) for member in members)
    if added:
        db.touched(key, "sadd", notify.SET)
    return added
