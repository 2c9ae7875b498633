"""Sets put together: SINTER, SUNION, SDIFF, what stores their results, and SINTERCARD."""

from __future__ import annotations

from collections.abc import Sequence

from redislab.commands.shapes import Integer, SetReply
from redislab.commands.spec import command
from redislab.commands.told import Early
from redislab.engine import errors, notify
from redislab.engine.arguments import integer_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Members, Reply
from redislab.values.base import Limits
from redislab.values.numbers import INT64_MAX
from redislab.values.set import Set

GROUP = "set"


@command(
    "SINTER key...",
    since="1.0.0",
    complexity="O(N*M) at worst, for N members in the smallest of M sets",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=SetReply("the members that all the sets have"),
)
def sinter(session: Session, *keys: bytes) -> Reply:
    """List what several sets have in common.

    A missing key is an empty set, and so is then the intersection.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 2 3 4
    (integer) 3
    > SINTER ada bob
    1) "2"
    2) "3"
    > SINTER ada bob nobody
    (empty array)
    """
    return Members(_intersection(_sets(session, keys)))


@command(
    "SUNION key...",
    since="1.0.0",
    complexity="O(N) for N members in all the sets",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=SetReply("the members that at least one of the sets has"),
)
def sunion(session: Session, *keys: bytes) -> Reply:
    """List what is in any of several sets, each member once.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 3 4
    (integer) 2
    > SUNION ada bob nobody
    1) "1"
    2) "2"
    3) "3"
    4) "4"
    """
    return Members(_union(_sets(session, keys), session.engine.limits))


@command(
    "SDIFF key...",
    since="1.0.0",
    complexity="O(N) for N members in all the sets",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=SetReply("the members of the first set that none of the others has"),
)
def sdiff(session: Session, *keys: bytes) -> Reply:
    """List what the first set has and none of the others; the order of the keys matters.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 3 4
    (integer) 2
    > SDIFF ada bob
    1) "1"
    2) "2"
    > SDIFF bob ada
    1) "4"
    """
    return Members(_difference(_sets(session, keys), session.engine.limits))


@command(
    "SINTERSTORE destination:key key...",
    since="1.0.0",
    told="sinterstore del",
    complexity="O(N*M) at worst, for N members in the smallest of M sets",
    flags="write denyoom",
    keys="RW update; RO access",
    reply=Integer("how many members the result has"),
)
def sinterstore(session: Session, destination: bytes, *keys: bytes) -> Reply:
    """Keep what several sets have in common as a set of its own.

    The destination is replaced whatever it was, its time to live goes too; an empty result deletes it. It may be one
    of the sets itself.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 2 3 4
    (integer) 3
    > SINTERSTORE both ada bob
    (integer) 2
    > SMEMBERS both
    1) "2"
    2) "3"
    > SINTERSTORE both ada nobody
    (integer) 0
    > EXISTS both
    (integer) 0
    """
    sets = _sets(session, keys)
    result = Set.from_members(_intersection(sets), session.engine.limits)
    given_up = any(each is None for each in sets)
    return _store(session, destination, result, "sinterstore", Early("del") if given_up else "del")


@command(
    "SUNIONSTORE destination:key key...",
    since="1.0.0",
    told="sunionstore del",
    complexity="O(N) for N members in all the sets",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=Integer("how many members the result has"),
)
def sunionstore(session: Session, destination: bytes, *keys: bytes) -> Reply:
    """Keep what is in any of several sets as a set of its own; see SINTERSTORE for what happens to the destination.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 3 4
    (integer) 2
    > SUNIONSTORE all ada bob
    (integer) 4
    """
    result = _union(_sets(session, keys), session.engine.limits)
    return _store(session, destination, result, "sunionstore")


@command(
    "SDIFFSTORE destination:key key...",
    since="1.0.0",
    told="sdiffstore del",
    complexity="O(N) for N members in all the sets",
    flags="write denyoom",
    keys="OW update; RO access",
    reply=Integer("how many members the result has"),
)
def sdiffstore(session: Session, destination: bytes, *keys: bytes) -> Reply:
    """Keep what only the first set has as a set of its own; see SINTERSTORE for what happens to the destination.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 3 4
    (integer) 2
    > SDIFFSTORE only ada bob
    (integer) 2
    """
    result = _difference(_sets(session, keys), session.engine.limits)
    return _store(session, destination, result, "sdiffstore")


@command(
    "SINTERCARD numkeys:int key... [LIMIT limit:int]",
    since="7.0.0",
    complexity="O(N*M) at worst, for N members in the smallest of M sets",
    flags="readonly",
    keys="RO access",
    reply=Integer("how many members all the sets have in common, at most the limit"),
)
def sintercard(session: Session, numkeys: bytes, *words: bytes) -> Reply:
    """Count what several sets have in common without listing it.

    LIMIT stops the counting early, which answers "at least this many?" cheaply; 0 is no limit.

    > SADD ada 1 2 3
    (integer) 3
    > SADD bob 2 3 4
    (integer) 3
    > SINTERCARD 2 ada bob
    (integer) 2
    > SINTERCARD 2 ada bob LIMIT 1
    (integer) 1
    """
    count = integer_in(numkeys, 1, INT64_MAX, errors.NUMKEYS_NOT_POSITIVE)
    if count > len(words):
        raise ReplyError(errors.TOO_MANY_KEYS)
    limit = _limit(words[count:])
    common = len(_intersection(_sets(session, words[:count])))
    return min(common, limit) if limit else common


def _limit(words: Sequence[bytes]) -> int:
    """The number after LIMIT, 0 for none; the last of several."""
    limit = 0
    for place in range(0, len(words), 2):
        if words[place].upper() != b"LIMIT" or place + 1 == len(words):
            raise ReplyError(errors.SYNTAX)
        limit = integer_in(words[place + 1], 0, INT64_MAX, errors.LIMIT_NEGATIVE)
    return limit


# -- the algebra ---------------------------------------------------------------------------------------------


def _sets(session: Session, keys: Sequence[bytes]) -> list[Set | None]:
    """The sets at these keys. All are looked at before anything is decided, so a wrong type is always refused."""
    view = session.db.view
    return [view(key, Set) for key in keys]


def _intersection(sets: list[Set | None]) -> list[bytes]:
    """The common members, in the order of the smallest set."""
    present = [each for each in sets if each is not None]
    if len(present) < len(sets):
        return []
    smallest, *others = sorted(present, key=len)
    found = smallest.members()
    for other in others:
        found = [member for member in found if member in other]
    return found


def _union(sets: list[Set | None], limits: Limits) -> Set:
    """A new set of all members."""
    return Set.from_members((member for each in sets if each is not None for member in each), limits)


def _difference(sets: list[Set | None], limits: Limits) -> Set:
    """A new set of the members that only the first set has.

    Redis has two ways of doing it and takes the one with less work. The second shows in the result's encoding: it
    copies the first set, which may need a hash table, before it takes members out again.
    """
    first, *rest = sets
    others = [each for each in rest if each is not None]
    if first is None or any(other is first for other in others):
        return Set()
    checking = len(first) * (len(others) + 1) // 2
    removing = len(first) + sum(map(len, others))
    if checking <= removing:
        return Set.from_members(_without(first, others), limits)
    result = Set.from_members(first, limits)
    for other in others:
        for member in other:
            result.remove(member)
        if not result:
            break
    return result


def _without(first: Set, others: list[Set]) -> list[bytes]:
    """The members of the first set that no other has, in its order."""
    found = first.members()
    for other in others:
        found = [member for member in found if member not in other]
    return found


def _store(session: Session, destination: bytes, result: Set, event: str, deleted: str = "del") -> int:
    """Put the result in place of the destination, or delete that for an empty result; returns the result's size."""
    db = session.db
    if result:
        db.put(destination, result)
        db.touched(destination, event, notify.SET)
    elif db.drop(destination):
        db.touched(destination, deleted, notify.GENERIC)
    return len(result)
