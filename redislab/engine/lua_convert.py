"""Replies as Lua values, and Lua values as replies: the two tables of Redis' manual, in both protocols.

A script starts with RESP2's conversions, whatever its caller speaks; `redis.setresp(3)` changes to RESP3's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redislab.engine.errors import ReplyError
from redislab.engine.lua_runtime import Sandbox
from redislab.resp.encode import error_bytes, format_double, line_bytes
from redislab.resp.types import (
    BigNumber,
    LongDouble,
    Map,
    Members,
    NullArray,
    Pairs,
    Push,
    Reply,
    Simple,
    Verbatim,
)

__all__ = ["from_lua", "lua_integer", "to_lua"]

INT64_MIN = -(1 << 63)
DEEPEST = 200
"""How deeply a script's reply may be nested. Redis stops at some 8000, which no client reads."""

Convert = Callable[[Sandbox, Any], Any]


# -- replies to Lua ------------------------------------------------------------------------------------------------


def to_lua(sandbox: Sandbox, reply: Reply, protocol: int) -> Any:
    """A reply of a command as the script gets it. Raises OutOfMemory."""
    table = _RESP3 if protocol == 3 else _RESP2
    convert = table.get(reply.__class__)
    if convert is None:
        convert = _nearest(table, reply)
    return convert(sandbox, reply)


def _nearest(table: dict[type, Convert], reply: Reply) -> Convert:
    for kind in type(reply).__mro__:
        if kind in table:
            table[type(reply)] = table[kind]
            return table[kind]
    raise TypeError(f"not a reply: {reply!r}")


def _bytes(sandbox: Sandbox, reply: bytes) -> bytes:
    if len(reply) > 4096:
        sandbox.reserve(2 * len(reply))
    return reply


def _same(sandbox: Sandbox, reply: Any) -> Any:
    return reply


def _status(sandbox: Sandbox, reply: Simple) -> Any:
    return sandbox.parts["ok"]() if reply == "OK" else sandbox.parts["field"](b"ok", line_bytes(reply))


def _error(sandbox: Sandbox, reply: ReplyError) -> Any:
    return sandbox.parts["failure"](error_bytes(reply), True)


def _list(table: dict[type, Convert]) -> Convert:
    def convert(sandbox: Sandbox, reply: Any) -> Any:
        items = []
        size = 0
        for item in reply:
            if item.__class__ is bytes:
                size += len(item) + 48
            elif item.__class__ is not int:
                item = (table.get(item.__class__) or _nearest(table, item))(sandbox, item)
                size += 16
            items.append(item)
        sandbox.reserve(size + 64 * len(items))
        return sandbox.pack(*items) if len(items) < 1000 else sandbox.list_of(items)

    return convert


def _flat(pairs: Callable[[Any], Any]) -> Convert:
    def convert(sandbox: Sandbox, reply: Any) -> Any:
        return _RESP2[list](sandbox, [part for pair in pairs(reply) for part in pair])

    return convert


def _nested_pairs(sandbox: Sandbox, reply: Any) -> Any:
    return _RESP3[list](sandbox, [list(pair) for pair in reply])


def _map(pairs: Callable[[Any], Any]) -> Convert:
    def convert(sandbox: Sandbox, reply: Any) -> Any:
        parts = [to_lua(sandbox, part, 3) for pair in pairs(reply) for part in pair]
        sandbox.reserve(sum(len(part) for part in parts if isinstance(part, bytes)) + 128 * len(parts))
        found = sandbox.parts["map"](*parts[:1000])
        for start in range(1000, len(parts), 1000):
            sandbox.parts["more"](found, *parts[start : start + 1000])
        return found

    return convert


def _set(sandbox: Sandbox, reply: Any) -> Any:
    parts = [to_lua(sandbox, part, 3) for part in reply]
    sandbox.reserve(sum(len(part) for part in parts if isinstance(part, bytes)) + 128 * len(parts))
    found = sandbox.parts["set"](*parts[:1000])
    for start in range(1000, len(parts), 1000):
        sandbox.parts["more_members"](found, *parts[start : start + 1000])
    return found


_RESP2: dict[type, Convert] = {
    bytes: _bytes,
    int: _same,
    Simple: _status,
    ReplyError: _error,
    type(None): lambda sandbox, reply: False,
    NullArray: lambda sandbox, reply: False,
    bool: lambda sandbox, reply: int(reply),
    float: lambda sandbox, reply: format_double(reply),
    LongDouble: lambda sandbox, reply: reply.text,
    BigNumber: lambda sandbox, reply: reply.text,
    Verbatim: lambda sandbox, reply: _bytes(sandbox, bytes(reply)),
    dict: _flat(dict.items),
    Map: _flat(iter),
    Pairs: _flat(iter),
}
_RESP2[list] = _RESP2[tuple] = _RESP2[Members] = _RESP2[Push] = _list(_RESP2)

_RESP3: dict[type, Convert] = {
    bytes: _bytes,
    int: _same,
    Simple: _status,
    ReplyError: _error,
    type(None): lambda sandbox, reply: None,
    NullArray: lambda sandbox, reply: None,
    bool: _same,
    float: lambda sandbox, reply: sandbox.parts["field"](b"double", reply),
    LongDouble: lambda sandbox, reply: sandbox.parts["field"](b"double", float(reply)),
    BigNumber: lambda sandbox, reply: sandbox.parts["field"](b"big_number", reply.text),
    Verbatim: lambda sandbox, reply: sandbox.parts["verbatim"](
        reply.format.encode(), _bytes(sandbox, bytes(reply))
    ),
    dict: _map(dict.items),
    Map: _map(iter),
    Pairs: _nested_pairs,
    Members: _set,
}
_RESP3[list] = _RESP3[tuple] = _RESP3[Push] = _list(_RESP3)


# -- Lua values to replies -----------------------------------------------------------------------------------------

ARRAY, ERROR, STATUS, DOUBLE, BIG, VERBATIM, MAP, SET, FAILURE = range(1, 10)
"""The kinds of table, as the sandbox's `opened` numbers them."""


def lua_integer(number: float) -> int:
    """A Lua number as the integer that C makes of it: cut off, and the least one for what does not fit."""
    if number != number:
        return INT64_MIN
    if number.__class__ is float and number in (float("inf"), float("-inf")):
        return INT64_MIN
    whole = int(number)
    return whole if INT64_MIN <= whole < -INT64_MIN else INT64_MIN


def from_lua(sandbox: Sandbox, value: Any, protocol: int, depth: int = 0) -> Reply:
    """What a script returned as a reply: `value` is what the sandbox's `opened` made of it.

    An error table becomes a ReplyError, returned. `protocol` is the script's own: it decides what booleans become.
    """
    kind = value.__class__
    if kind is bytes or kind is int or value is None:
        return value  # An integer fits 64 bits: numbers of Lua's that do not arrive as floats.
    if kind is bool:
        return value if protocol == 3 else (1 if value else None)
    if kind is float:
        return lua_integer(value)
    if kind is tuple:
        return _from_table(sandbox, value, protocol, depth)
    return None


def _from_table(sandbox: Sandbox, opened: tuple[Any, ...], protocol: int, depth: int) -> Reply:
    kind = opened[0]
    if kind == ARRAY:
        items = list(opened[2:]) if opened[1] else sandbox.items_of(opened[2], opened[3])
        return [_item(sandbox, item, protocol, depth) for item in items]
    if kind == ERROR:
        error = ReplyError(text_of(opened[1]))
        error.counted = opened[2]
        return error
    if kind == STATUS:
        return Simple(line_bytes(text_of(opened[1])).decode("utf-8", "surrogateescape"))
    if kind == DOUBLE:
        return float(opened[1])
    if kind == BIG:
        return _big_number(opened[1])
    if kind == VERBATIM:
        return _verbatim(opened[1], opened[2])
    items = [_item(sandbox, item, protocol, depth) for item in sandbox.items_of(opened[1], opened[2])]
    if kind == SET:
        return Members(items)
    return Map(zip(items[::2], items[1::2], strict=True))


def _item(sandbox: Sandbox, item: Any, protocol: int, depth: int) -> Reply:
    """One element: tables are opened one by one, so that a script's reply never lies twice in memory."""
    kind = item.__class__
    if kind is bytes or kind is int:
        return item
    if kind is float or kind is bool or item is None:
        return from_lua(sandbox, item, protocol)
    if depth >= DEEPEST:
        return ReplyError(f"ERR redislab shows at most {DEEPEST} levels of nested tables in a reply")
    return from_lua(sandbox, sandbox.opened(item), protocol, depth + 1)


def text_of(text: bytes) -> str:
    """A Lua string as C reads it: up to its first NUL."""
    return text.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _big_number(text: bytes) -> BigNumber:
    text = text.replace(b"\r", b" ").replace(b"\n", b" ")
    digits = text[1:] if text[:1] in (b"-", b"+") else text
    return BigNumber(text if digits.isdigit() and len(digits) < 4000 else 0, text)


def _verbatim(format: bytes, text: bytes) -> Verbatim:
    return Verbatim(text, format.partition(b"\0")[0][:3].ljust(3).decode("latin-1"))

