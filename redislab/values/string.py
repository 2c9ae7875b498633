"""The string: bytes, changed in place once they have been edited, and the encodings that Redis reports for it."""

from __future__ import annotations

from typing import ClassVar

from redislab.values.allocation import grown_room
from redislab.values.base import Value
from redislab.values.content import NeverInt, OwnBytes
from redislab.values.numbers import parse_int64

__all__ = ["String"]

_BY_CONTENT, _NOT_AN_INT, _RAW = 0, 1, 2
_EMBSTR_LIMIT = 44


class String(Value):
    """A string value.

    The class of `data` says what decides the encoding, so that the many strings of a keyspace need no field for it:
    bytes have one by content (int, embstr or raw), a bytearray, made by the first change in place, is always raw.
    Use `get` where plain bytes are needed.
    """

    __slots__ = ("data", "room")
    type: ClassVar[str] = "string"

    def __init__(self, data: bytes | bytearray = b"") -> None:
        self.data = data

    @classmethod
    def raw(cls, data: bytes | bytearray) -> String:
        """A string made in place (SETRANGE, SETBIT, BITOP, PFADD): raw whatever its length."""
        return cls(data if type(data) is bytearray else bytearray(data))

    @classmethod
    def of_form(cls, data: bytes, form: int) -> String:
        """A string with this `form`."""
        return cls.raw(data) if form == _RAW else cls(NeverInt(data) if form == _NOT_AN_INT else data)

    @property
    def form(self) -> int:
        """What decides the encoding, as a number that may be saved: 0 the content, 1 the same but never int, 2 raw."""
        return _RAW if type(self.data) is bytearray else _NOT_AN_INT if type(self.data) is NeverInt else _BY_CONTENT

    def get(self) -> bytes:
        """The content as bytes."""
        data = self.data
        return data if type(data) is bytes else bytes(data)

    def editable(self) -> bytearray:
        """The content to be changed in place; from now on the encoding is raw."""
        data = self.data
        if type(data) is not bytearray:
            data = self.data = bytearray(data)
            self.room = 0
        return data

    def grew(self, before: int) -> None:
        """Note that the content became longer in place; `before` is the length it had.

        A real server's string then has room to spare, which MEMORY USAGE shows: `room` says how much in all, 0 or
        missing for one that never grew.
        """
        self.room = grown_room(before, len(self.data), getattr(self, "room", 0))

    def assign(self, data: bytes, *, not_int: bool = False) -> None:
        """Replace the content by a new one; with `not_int` it never counts as an integer."""
        self.data = NeverInt(data) if not_int else data

    def own(self) -> None:
        """Be no shared integer from now on: the server copies the bytes then."""
        if type(self.data) is bytes:
            self.data = OwnBytes(self.data)

    def append(self, tail: bytes) -> int:
        """Add bytes at the end; returns the new length."""
        data = self.editable()
        before = len(data)
        data += tail
        if tail:
            self.grew(before)
        return len(data)

    def copy(self) -> String:
        data = self.data
        if type(data) is bytearray:
            twin = String(bytearray(data))
            twin.room = getattr(self, "room", 0)
        else:
            twin = String(data)
        twin.used = self.used
        return twin

    def rebuilt(self) -> None:
        self.room = 0

    def is_empty(self) -> bool:
        return False

    def encoding(self) -> str:
        data = self.data
        if isinstance(data, bytearray):
            return "raw"
        if type(data) is not NeverInt and len(data) <= 20 and parse_int64(data) is not None:
            return "int"
        return "embstr" if len(data) <= _EMBSTR_LIMIT else "raw"

    def weight(self) -> int:
        return len(self.data) + 64
