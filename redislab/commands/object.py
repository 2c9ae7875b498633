"""OBJECT: how a value is kept inside."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Null, OneOf, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import lfu
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.base import Value
from redislab.values.string import String

GROUP = "generic"

SHARED_INTEGERS = 10000
SHARED_REFERENCES = (1 << 31) - 1
ROOM_BESIDE_KEY, LONG_KEY, ROOM_FOR_EXPIRY = 41, 32, 8
"""Bytes of a key and its embstr together; from which length on a key has room for a time to live anyway; its bytes."""
TAKES_TIME = (
    " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
)

container("OBJECT", group="generic", since="2.2.3", complexity="Depends on subcommand.", acl="-keyspace")


def _value(session: Session, key: bytes) -> Value | None:
    return session.db.view_unseen(key)


@command(
    "OBJECT ENCODING key",
    since="2.2.3",
    complexity="O(1)",
    flags="readonly",
    keys="RO",
    tips=["nondeterministic_output"],
    parent="OBJECT",
    reply=OneOf(Bulk("the encoding"), Null("the key does not exist")),
)
def object_encoding(session: Session, key: bytes) -> Reply:
    """Tell the inner representation of a value.

    Small values are kept in compact forms (int, embstr, listpack, intset) and change to raw, hashtable or skiplist as
    they grow beyond what CONFIG GET *max* shows. Most never change back.

    > SET visits 42
    OK
    > OBJECT ENCODING visits
    "int"
    > APPEND visits !
    (integer) 3
    > OBJECT ENCODING visits
    "raw"
    """
    value = _value(session, key)
    return None if value is None else encoding_of(session, key, value).encode()


def encoding_of(session: Session, key: bytes, value: Value) -> str:
    """The representation of a key's value. Since 8.2 an embstr lies beside its key, and both must fit."""
    encoding = value.encoding()
    if encoding != "embstr" or session.engine.version < (8, 2) or not isinstance(value, String):
        return encoding
    room = ROOM_BESIDE_KEY - len(key)
    if len(key) < LONG_KEY and session.db.expiry(key) is not None:
        room -= ROOM_FOR_EXPIRY
    return "embstr" if len(value.data) <= room else "raw"


@command(
    "OBJECT FREQ key",
    since="4.0.0",
    complexity="O(1)",
    flags="readonly",
    keys="RO",
    tips=["nondeterministic_output"],
    parent="OBJECT",
    reply=OneOf(Integer("the access counter"), Null("the key does not exist")),
)
def object_freq(session: Session, key: bytes) -> Reply:
    """Tell how often a key is used, as a logarithmic counter from 0 to 255.

    Only counted under an LFU policy (CONFIG SET maxmemory-policy allkeys-lfu).

    > OBJECT FREQ nothing
    (nil)
    """
    value = _value(session, key)
    if value is None:
        return None
    engine = session.engine
    if not engine.lfu:
        raise ReplyError("ERR An LFU maxmemory policy is not selected, access frequency not tracked." + TAKES_TIME)
    return lfu.counter(value.used, engine)


@command(
    "OBJECT IDLETIME key",
    since="2.2.3",
    complexity="O(1)",
    flags="readonly",
    keys="RO",
    tips=["nondeterministic_output"],
    parent="OBJECT",
    reply=OneOf(Integer("seconds since the last access"), Null("the key does not exist")),
)
def object_idletime(session: Session, key: bytes) -> Reply:
    """Tell for how many seconds a key has not been used.

    OBJECT, EXISTS, TTL and TYPE do not count as use. Not tracked under an LFU policy.

    > SET tea green
    OK
    > OBJECT IDLETIME tea
    (integer) 0
    """
    value = _value(session, key)
    if value is None:
        return None
    engine = session.engine
    if engine.lfu:
        raise ReplyError("ERR An LFU maxmemory policy is selected, idle time not tracked." + TAKES_TIME)
    return lfu.idle_seconds(value.used, engine)


@command(
    "OBJECT REFCOUNT key",
    since="2.2.3",
    complexity="O(1)",
    flags="readonly",
    keys="RO",
    tips=["nondeterministic_output"],
    parent="OBJECT",
    reply=OneOf(Integer("the number of references"), Null("the key does not exist")),
)
def object_refcount(session: Session, key: bytes) -> Reply:
    """Tell how many references a value has.

    It is 1, except that the integers from 0 to 9999 are shared by all keys and show a number that stands for "many".
    With maxmemory and an LRU or LFU policy they are not shared, as every key needs a time of last use of its own.

    > MSET small 7 large 70000
    OK
    > OBJECT REFCOUNT small
    (integer) 2147483647
    > OBJECT REFCOUNT large
    (integer) 1
    """
    value = _value(session, key)
    if value is None:
        return None
    return references(session, value)


def references(session: Session, value: Value) -> int:
    """How many references a value has: "many" for the integers that keys share; one that owns its bytes is not."""
    if not isinstance(value, String) or type(value.data) is not bytes or value.encoding() != "int":
        return 1
    if not session.engine.memory.shares_integers or session.engine.version >= (8, 2):
        return 1
    return SHARED_REFERENCES if 0 <= int(value.data) < SHARED_INTEGERS else 1


@command(
    "OBJECT HELP",
    since="6.2.0",
    complexity="O(1)",
    flags="loading stale",
    parent="OBJECT",
    reply=Array("", Status()),
)
def object_help(session: Session) -> Reply:
    """Show what OBJECT can do.

    > OBJECT HELP
     1) OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "object")
