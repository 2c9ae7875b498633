"""Reduces a reply to what a client of one protocol receives: a RESP2 client never sees a map or a double.

The same as reading back what `encode` writes, without the bytes in between; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redislab.resp.encode import format_double
from redislab.resp.types import (
    Attributed,
    BigNumber,
    Bulks,
    LongDouble,
    Map,
    Members,
    NullArray,
    Pairs,
    Push,
    Reply,
    Verbatim,
)

__all__ = ["as_seen"]


def as_seen(reply: Reply, protocol: int) -> Reply:
    """The reply as a client of protocol 2 or 3 receives it: in RESP2 Pairs is a flat list and a double is bytes.

    In RESP3 every map is a Map. A reply that is already reduced comes back equal.
    """
    table = SEEN[protocol]
    change = table.get(type(reply))
    return change(reply, table) if change else reply


def seen_items(items: Any, table: Any) -> list[Any]:
    return [change(item, table) if (change := table.get(type(item))) else item for item in items]


def seen_flat(pairs: Any, table: Any) -> list[Any]:
    return seen_items([part for pair in pairs for part in pair], table)


def seen_map(pairs: Any, table: Any) -> Map:
    return Map(tuple(seen_items(pair, table)) for pair in pairs)


def seen_null(reply: NullArray, table: Any) -> None:
    return None


def seen_attributed(reply: Attributed, table: Any) -> Reply:
    """The reply: attributes are for clients that ask for them, and `replies` drops them too."""
    return seen_items([reply.reply], table)[0]


SEEN: dict[int, dict[type, Callable[[Any, Any], Any]]] = {
    2: {
        bool: lambda truth, table: int(truth),
        float: lambda number, table: format_double(number),
        LongDouble: lambda number, table: number.text,
        BigNumber: lambda number, table: number.text,
        Verbatim: lambda text, table: bytes(text),
        dict: lambda mapping, table: seen_flat(mapping.items(), table),
        Map: seen_flat,
        Pairs: seen_flat,
        list: seen_items,
        Bulks: lambda items, table: list(items),
        tuple: seen_items,
        Members: seen_items,
        Push: seen_items,
        NullArray: seen_null,
        Attributed: seen_attributed,
    },
    3: {
        dict: lambda mapping, table: seen_map(mapping.items(), table),
        Map: seen_map,
        Pairs: seen_items,
        list: seen_items,
        Bulks: lambda items, table: list(items),
        tuple: seen_items,
        Members: lambda members, table: Members(seen_items(members, table)),
        Push: lambda items, table: Push(seen_items(items, table)),
        NullArray: seen_null,
        Attributed: seen_attributed,
    },
}
