"""The string: bytes, changed in place once they have been edited, and the encodings that Redis reports for it."""

from __future__ import annotations

from typing import ClassVar

from redislab.values.base import Value
from redislab.values.numbers import parse_int64

__all__ = ["String"]

_BY_CONTENT, _NOT_AN_INT, _RAW = 0, 1, 2
_EMBSTR_LIMIT = 44


class String(Value):
    """A string value.

    `data` is bytes, or a bytearray after the first in-place change; use `get` where bytes are needed.
    `form` is what decides the encoding: by content (int, embstr or raw), never int, or always raw.
    """

    __slots__ = ("data", "form")
    type: ClassVar[str] = "string"

    def __init__(self, data: bytes | bytearray = b"", form: int = _BY_CONTENT) -> None:
        self.data = data
        self.form = form

    @classmethod
    def not_int(cls, data: bytes) -> String:
        """A string that stays embstr or raw though it looks like an integer (the result of INCRBYFLOAT)."""
        return cls(data, _NOT_AN_INT)

    @classmethod
    def raw(cls, data: bytes | bytearray) -> String:
        """A string made in place (SETRANGE, SETBIT, BITOP, PFADD): raw whatever its length."""
        return cls(data, _RAW)

    def get(self) -> bytes:
        """The content as bytes."""
        data = self.data
        return data if type(data) is bytes else bytes(data)

    def editable(self) -> bytearray:
        """The content to be changed in place; from now on the encoding is raw."""
        data = self.data
        self.form = _RAW
        if type(data) is not bytearray:
            data = self.data = bytearray(data)
        return data

    def assign(self, data: bytes, *, not_int: bool = False) -> None:
        """Replace the content by a new one, with the encoding of `String(data)` or of `String.not_int(data)`."""
        self.data = data
        self.form = _NOT_AN_INT if not_int else _BY_CONTENT

    def append(self, tail: bytes) -> int:
        """Add bytes at the end; returns the new length."""
        data = self.editable()
        data += tail
        return len(data)

    def copy(self) -> String:
        data = self.data
        twin = String(data if type(data) is bytes else bytearray(data), self.form)
        twin.used = self.used
        return twin

    def is_empty(self) -> bool:
        return False

    def encoding(self) -> str:
        if self.form == _RAW:
            return "raw"
        if self.form == _BY_CONTENT and len(self.data) <= 20 and parse_int64(bytes(self.data)) is not None:
            return "int"
        return "embstr" if len(self.data) <= _EMBSTR_LIMIT else "raw"

    def weight(self) -> int:
        return len(self.data) + 64
