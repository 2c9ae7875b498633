"""DEBUG OBJECT, LISTPACK, QUICKLIST and QUICKLIST-PACKED-THRESHOLD: how one value is kept."""

from __future__ import annotations

from redislab.commands.debug_rdb import list_node, saved_length
from redislab.commands.debug_table import subcommand
from redislab.commands.object import encoding_of, references
from redislab.engine import errors
from redislab.engine.config_kinds import memory_bytes
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.engine.switches import PACKED_THRESHOLD
from redislab.resp.types import OK, Reply, Simple
from redislab.values.base import Value
from redislab.values.list import List

LRU_CLOCK_MASK = (1 << 24) - 1
LARGEST_THRESHOLD = (1 << 32) - (1 << 20)


@subcommand("OBJECT <key>", 1)
def debug_object(session: Session, key: bytes) -> Reply:
    """Show where and how a value is kept, and how long it would be in an RDB file.

    The address is that of the object in this process. The time of the last access is the server's clock of 24 bits.
    """
    value = session.db.values.get(key)
    if value is None:
        raise ReplyError(errors.NO_SUCH_KEY)
    engine = session.engine
    last, now = value.used & LRU_CLOCK_MASK, engine.lru_second & LRU_CLOCK_MASK
    idle = now - last if now >= last else now + LRU_CLOCK_MASK - last
    saved = saved_length(value, session.limits, session.engine.switches.packed_threshold)
    return Simple(
        f"Value at:{id(value):#x} refcount:{references(session, value)} "
        f"encoding:{encoding_of(session, key, value)} "
        f"serializedlength:{saved} lru:{last} lru_seconds_idle:{idle}"
        f"{_quicklist(session, value) if isinstance(value, List) and value.encoding() == 'quicklist' else ''}"
    )


def _quicklist(session: Session, value: List) -> str:
    """What is told of a list beside: its one node, and the parameters it is kept with."""
    limits = session.limits
    size, _ = list_node(value, limits, session.engine.switches.packed_threshold)
    return (
        f" ql_nodes:1 ql_avg_node:{len(value):.2f} ql_listpack_max:{max(limits.list_max_listpack_size, -5)}"
        f" ql_compressed:{int(limits.list_compress_depth != 0)} ql_uncompressed_size:{size}"
    )


def _value(session: Session, key: bytes) -> Value:
    value = session.db.view_any(key, touch=False)
    if value is None:
        raise ReplyError(errors.NO_SUCH_KEY)
    return value


@subcommand("LISTPACK <key>", 1)
def debug_listpack(session: Session, key: bytes) -> Reply:
    """Check that a value is a listpack. A real server prints its inside on its own output, which is not done here."""
    if _value(session, key).encoding() != "listpack":
        raise ReplyError("ERR Not a listpack encoded object.")
    return Simple("Listpack structure printed on stdout")


@subcommand("QUICKLIST <key> [<0|1>]", 1, 2)
def debug_quicklist(session: Session, key: bytes, full: bytes = b"0") -> Reply:
    """Check that a value is a quicklist. A real server prints its inside on its own output, which is not done here."""
    if _value(session, key).encoding() != "quicklist":
        raise ReplyError("ERR Not a quicklist encoded object.")
    return Simple("Quicklist structure printed on stdout")


@subcommand("QUICKLIST-PACKED-THRESHOLD <size>", 1)
def packed_threshold(session: Session, word: bytes) -> Reply:
    """From which size in bytes an element of a list gets a node of its own: 1gb, and again with 0."""
    size = memory_bytes(word)
    if size is None or size > LARGEST_THRESHOLD:
        raise ReplyError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    session.engine.switches.packed_threshold = size or PACKED_THRESHOLD
    return OK
