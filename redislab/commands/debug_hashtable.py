"""DEBUG HTSTATS and HTSTATS-KEY: how full the hash tables are.

A real server grows a table to the next power of two that holds its elements, and hashes them with a key it draws when
it starts. So sizes are those of a server that has only added (after many deletions it may still be larger, and while a
table grows there are two), and the lengths of the chains are one draw of many, as they are in each run of the server.
The draw here is the same in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from redislab.commands.debug_table import subcommand
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply, Verbatim
from redislab.values.base import Value
from redislab.values.hash import Hash
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet

SMALLEST_TABLE = 4
NOT_A_TABLE = "ERR The value stored at the specified key is not represented using an hash table"


def table_size(count: int) -> int:
    """The slots of a table that has grown to so many elements."""
    return max(SMALLEST_TABLE, 1 << (count - 1).bit_length())


def chain_lengths(elements: Collection[bytes], size: int) -> Counter[int]:
    """How many slots have chains of each length, empty slots included."""
    from hashlib import blake2b  # only here, because hashlib takes milliseconds to load

    slots = Counter(
        int.from_bytes(blake2b(element, digest_size=8).digest(), "little") & (size - 1) for element in elements
    )
    lengths = Counter(slots.values())
    lengths[0] = size - len(slots)
    return lengths


def statistics(elements: Collection[bytes]) -> bytes:
    """The server's paragraph about one table."""
    head = "Hash table 0 stats (main hash table):\n"
    if not elements:
        return f"{head}No stats available for empty dictionaries\n".encode()
    count = len(elements)
    size = table_size(count)
    lengths = chain_lengths(elements, size)
    used = size - lengths[0]
    average = f"{count / used:.2f}"
    lines = [
        f" table size: {size}",
        f" number of elements: {count}",
        f" different slots: {used}",
        f" max chain length: {max(lengths)}",
        f" avg chain length (counted): {average}",
        f" avg chain length (computed): {average}",
        " Chain length distribution:",
        *(f"   {chain}: {slots} ({slots / size * 100:.2f}%)" for chain, slots in sorted(lengths.items()) if slots),
    ]
    return (head + "\n".join(lines) + "\n").encode()


@subcommand("HTSTATS <dbid>", 1)
def htstats(session: Session, index: bytes) -> Reply:
    """Show how full the two hash tables of a database are: its keys, and those that expire."""
    number = integer(index)
    databases = session.engine.databases
    if not 0 <= number < len(databases):
        raise ReplyError("ERR Out of range database")
    db = databases[number]
    return Verbatim(b"[Dictionary HT]\n" + statistics(db.values) + b"[Expires HT]\n" + statistics(db.expires))


@subcommand("HTSTATS-KEY <key>", 1)
def htstats_key(session: Session, key: bytes) -> Reply:
    """Show how full the hash table of a value is."""
    value = session.db.view_any(key, touch=False)
    if value is None:
        raise ReplyError(errors.NO_SUCH_KEY)
    elements = table_of(value)
    if elements is None:
        raise ReplyError(NOT_A_TABLE)
    return Verbatim(statistics(elements))


def table_of(value: Value) -> Collection[bytes] | None:
    """The names in a value's hash table; None if it is kept in another way."""
    if value.encoding() not in ("hashtable", "skiplist"):
        return None
    if isinstance(value, Hash):
        return value.fields()
    return list(value) if isinstance(value, Set | SortedSet) else None
