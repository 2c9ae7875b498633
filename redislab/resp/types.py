"""The Python shapes of a Redis reply.

Handlers return these; `resp.encode` turns them into RESP2 or RESP3 bytes and the shell prints them
without going through bytes. Plain Python stands for itself: `bytes` is a bulk string, `int` an integer,
`float` a double, `bool` a RESP3 boolean, `None` a null bulk, `list` an array, `dict` a map. What plain
Python cannot tell apart has a class here. This module knows no session, key or command.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BLOCKED",
    "NO_REPLY",
    "NULL_ARRAY",
    "OK",
    "QUEUED",
    "Attributed",
    "BigNumber",
    "Bulks",
    "LongDouble",
    "Map",
    "Members",
    "NullArray",
    "Pairs",
    "ProtocolError",
    "Push",
    "Reply",
    "ReplyError",
    "Simple",
    "Verbatim",
]

Reply = Any
"""Any of the shapes above; a name for signatures."""


class ReplyError(Exception):
    """An error reply. `str(error)` is the whole text as the wire has it, code first: `ERR syntax error`.

    Handlers raise it; inside EXEC's array it stands as an item.
    """

    rejected = False
    """The command was refused before it was called."""
    counted = False
    """It is among the error statistics already: whoever passes it on in other words passes this on as well."""

    @property
    def text(self) -> str:
        return str(self.args[0])

    @property
    def code(self) -> str:
        """The first word of the text: ERR, WRONGTYPE, EXECABORT…"""
        return self.text.partition(" ")[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReplyError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


class ProtocolError(Exception):
    """Bytes that are not RESP. Not a reply: the connection they came on cannot go on.

    The text is what Redis says after `ERR `: `Protocol error: invalid bulk length`.
    """


class Simple(str):
    """A status reply such as OK or PONG: one line, no bytes of the user's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Simple({str(self)!r})"


class Verbatim(bytes):
    """Text with a three-letter format ("txt" or "mkd"): a bulk string in RESP2, verbatim in RESP3."""

    format: str

    def __new__(cls, text: bytes, format: str = "txt") -> Verbatim:
        self = super().__new__(cls, text)
        self.format = format
        return self


class Push(list[Any]):
    """A message that was not asked for: an array in RESP2, a push in RESP3."""

    __slots__ = ()


class Bulks(list[Any]):
    """An array of bulk strings and nothing else, for long ones: whoever writes it need not look at each."""

    __slots__ = ()


class Members(list[Any]):
    """An array in RESP2, a set in RESP3. A list, because the order is part of the reply."""

    __slots__ = ()


class Pairs(list[Any]):
    """A list of two-item tuples: flat in RESP2, an array of two-item arrays in RESP3."""

    __slots__ = ()


class Map(list[Any]):
    """A map as a list of two-item tuples, for keys that repeat or that a dict cannot hold: encoded as a dict is.

    XREAD answers with one when a stream is named twice, in RESP3.
    """

    __slots__ = ()


class Attributed:
    """A reply with attributes before it, names and values that are no part of it: RESP3 only, RESP2 has the reply."""

    __slots__ = ("attributes", "reply")

    def __init__(self, attributes: dict[Any, Any], reply: Reply) -> None:
        self.attributes = attributes
        self.reply = reply


class LongDouble(float):
    """A double that Redis prints as a long double for people: `%.17Lf` without trailing zeros.

    `text` is exactly what goes on the wire, as a bulk string in RESP2 and a double in RESP3.
    """

    text: bytes

    def __new__(cls, text: bytes) -> LongDouble:
        self = super().__new__(cls, text.decode())
        self.text = text
        return self


class BigNumber(int):
    """An integer beyond 64 bits: a bulk string in RESP2, a big number in RESP3.

    `text` is what is sent. A script may make one out of any text; where that is no number, the integer is 0.
    """

    text: bytes

    def __new__(cls, number: int | bytes, text: bytes | None = None) -> BigNumber:
        self = super().__new__(cls, number)
        self.text = b"%d" % self if text is None else text
        return self


class NullArray:
    """The null array `*-1` of RESP2 (RESP3 has one null only). Falsy; there is one, `NULL_ARRAY`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NULL_ARRAY"


class Marker:
    """A word from the engine to the edge: not a reply, nothing to print or encode."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


NULL_ARRAY = NullArray()
OK = Simple("OK")
QUEUED = Simple("QUEUED")
BLOCKED = Marker("BLOCKED")
"""The session is parked; its reply will come through the outbox."""
NO_REPLY = Marker("NO_REPLY")
"""Nothing is sent, as after CLIENT REPLY SKIP, or because the handler filled the outbox itself."""
