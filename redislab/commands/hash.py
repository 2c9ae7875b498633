"""Hashes: HSET, HGET and their kin. Numbers in fields are in `hash_number`, random
picks and the walk in `hash_scan`."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Map, Null, Ok, OneOf
from redislab.commands.spec import command
from redislab.engine.errors import wrong_arity
from redislab.engine.notify import HASH
from redislab.engine.session import Session
from redislab.resp.types import OK, Bulks, Reply
from redislab.values.hash import Hash

GROUP = "hash"


@command(
    "HSET key (field value)...",
    since="2.0.0",
    told="hset",
    complexity="O(N) for N pairs of field and value",
    flags="write denyoom fast",
    keys="RW update",
    history={"4.0.0": "Sets several fields in one call."},
    reply=Integer("how many of the fields are new"),
)
def hset(session: Session, key: bytes, field: bytes, value: bytes, *more: bytes) -> Reply:
    """Set fields of a hash; makes the hash if there is none.

    The number counts only fields that are new: overwriting one counts as 0 although the value is changed.
    The time to live of the key stays as it is.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HSET user:1 born 1816 city London
    (integer) 1
    > HGET user:1 born
    "1816"
    """
    db = session.db
    if not more:
        added = 1 if db.edit(key, Hash).set(field, value, session.engine.limits) else 0
    elif len(more) & 1:
        raise wrong_arity("hset")
    else:
        added = _set_pairs(session, db.edit(key, Hash), (field, value, *more))
        session.engine.dirty += len(more) // 2
    db.touched(key, "hset", HASH)
    return added


def _set_pairs(session: Session, target: Hash, pairs: tuple[bytes, ...]) -> int:
    """Set fields given as field, value, field, value…; returns how many are new."""
    limits = session.engine.limits
    added = 0
    for place in range(0, len(pairs), 2):
        added += target.set(pairs[place], pairs[place + 1], limits)
    return added


@command(
    "HMSET key (field value)...",
    since="2.0.0",
    told="hset",
    complexity="O(N) for N pairs of field and value",
    flags="write denyoom fast",
    keys="RW update",
    deprecated_since="4.0.0",
    replaced_by="`HSET` with multiple field-value pairs",
    reply=Ok(),
)
def hmset(session: Session, key: bytes, *pairs: bytes) -> Reply:
    """Set fields of a hash, the old way: HSET does the same and also tells how many fields are new.

    > HMSET user:1 name Ada born 1815
    OK
    > HLEN user:1
    (integer) 2
    """
    if len(pairs) & 1:
        raise wrong_arity("hmset")
    db = session.db
    _set_pairs(session, db.edit(key, Hash), pairs)
    session.engine.dirty += len(pairs) // 2 - 1
    db.touched(key, "hset", HASH)
    return OK


@command(
    "HSETNX key field value",
    since="2.0.0",
    told="hset",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW insert",
    reply=Integer("1 if the field was set, 0 if it was there already"),
)
def hsetnx(session: Session, key: bytes, field: bytes, value: bytes) -> Reply:
    """Set a field only if the hash has no such field yet.

    > HSETNX job:7 worker ada
    (integer) 1
    > HSETNX job:7 worker bob
    (integer) 0
    > HGET job:7 worker
    "ada"
    """
    db = session.db
    target = db.edit(key, Hash)
    if field in target:
        return 0
    target.set(field, value, session.engine.limits)
    db.touched(key, "hset", HASH)
    return 1


@command(
    "HGET key field",
    since="2.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=OneOf(Bulk("the value"), Null("there is no such field or key")),
)
def hget(session: Session, key: bytes, field: bytes) -> Reply:
    """Read one field of a hash.

    A missing field and a missing key both answer nil. An empty value answers "".

    > HSET user:1 name Ada
    (integer) 1
    > HGET user:1 name
    "Ada"
    > HGET user:1 email
    (nil)
    """
    value = session.db.view(key, Hash)
    return None if value is None else value.get(field)


@command(
    "HMGET key field...",
    since="2.0.0",
    complexity="O(N) for N fields asked for",
    flags="readonly fast",
    keys="RO access",
    reply=Array("the value of each field in the order asked, nil where there is none", OneOf(Bulk(), Null())),
)
def hmget(session: Session, key: bytes, *fields: bytes) -> Reply:
    """Read several fields of a hash in one call.

    There is one item for each field asked for, so a missing key answers as many nils.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HMGET user:1 name email born
    1) "Ada"
    2) (nil)
    3) "1815"
    """
    value = session.db.view(key, Hash)
    return [None] * len(fields) if value is None else [value.get(field) for field in fields]


@command(
    "HGETALL key",
    since="2.0.0",
    complexity="O(N) for N fields in the hash",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=Map("all fields with their values"),
)
def hgetall(session: Session, key: bytes) -> Reply:
    """Read a whole hash: each field followed by its value.

    A missing key answers an empty array, not nil. The order of the fields means nothing once a hash is large.
    For a hash of many thousand fields, HSCAN does not make others wait.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HGETALL user:1
    1) "name"
    2) "Ada"
    3) "born"
    4) "1815"
    > HGETALL user:2
    (empty array)
    """
    value = session.db.view(key, Hash)
    return {} if value is None else value.as_dict()


@command(
    "HKEYS key",
    since="2.0.0",
    complexity="O(N) for N fields in the hash",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=Array("the names of all fields", Bulk()),
)
def hkeys(session: Session, key: bytes) -> Reply:
    """List the fields of a hash without their values.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HKEYS user:1
    1) "name"
    2) "born"
    """
    value = session.db.view(key, Hash)
    return [] if value is None else Bulks(value.fields())


@command(
    "HVALS key",
    since="2.0.0",
    complexity="O(N) for N fields in the hash",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output_order"],
    reply=Array("the values of all fields", Bulk()),
)
def hvals(session: Session, key: bytes) -> Reply:
    """List the values of a hash without the names of their fields.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HVALS user:1
    1) "Ada"
    2) "1815"
    """
    value = session.db.view(key, Hash)
    return [] if value is None else Bulks(value.values())


@command(
    "HLEN key",
    since="2.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("how many fields the hash has, 0 for a missing key"),
)
def hlen(session: Session, key: bytes) -> Reply:
    """Count the fields of a hash.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HLEN user:1
    (integer) 2
    > HLEN user:2
    (integer) 0
    """
    value = session.db.view(key, Hash)
    return 0 if value is None else len(value)


@command(
    "HEXISTS key field",
    since="2.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("1 if the hash has the field, else 0"),
)
def hexists(session: Session, key: bytes, field: bytes) -> Reply:
    """Ask whether a hash has a field.

    > HSET user:1 name Ada
    (integer) 1
    > HEXISTS user:1 name
    (integer) 1
    > HEXISTS user:1 email
    (integer) 0
    """
    value = session.db.view(key, Hash)
    return 1 if value is not None and field in value else 0


@command(
    "HSTRLEN key field",
    since="3.2.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("the length of the value in bytes, 0 if there is no such field or key"),
)
def hstrlen(session: Session, key: bytes, field: bytes) -> Reply:
    """Tell how many bytes the value of a field has. Bytes, not letters: é has two in UTF-8.

    > HSET user:1 name Ada
    (integer) 1
    > HSTRLEN user:1 name
    (integer) 3
    """
    value = session.db.view(key, Hash)
    found = None if value is None else value.get(field)
    return 0 if found is None else len(found)


@command(
    "HDEL key field...",
    since="2.0.0",
    complexity="O(N) for N fields to remove",
    flags="write fast",
    keys="RW delete",
    history={"2.4.0": "Removes several fields in one call."},
    reply=Integer("how many fields were removed"),
)
def hdel(session: Session, key: bytes, *fields: bytes) -> Reply:
    """Remove fields from a hash.

    Fields that are not there are not counted. When the last field goes, the key goes with it, and its time to live too.

    > HSET user:1 name Ada born 1815
    (integer) 2
    > HDEL user:1 born email
    (integer) 1
    > HDEL user:1 name
    (integer) 1
    > EXISTS user:1
    (integer) 0
    """
    db = session.db
    removed = sum(map(db.edit(key, Hash).delete, fields))
    if removed:
        db.engine.dirty += removed - 1
        db.shrunk(key, "hdel", HASH)
    return removed
