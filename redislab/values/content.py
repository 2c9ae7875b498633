"""Contents of strings that say more than their bytes: what decides the encoding beside them.

Subclasses of `bytes`, and nothing else.
"""

from __future__ import annotations

__all__ = ["NeverInt", "OwnBytes"]


class NeverInt(bytes):
    """A content that stays embstr or raw though it may look like an integer (the result of INCRBYFLOAT)."""

    __slots__ = ()


class OwnBytes(bytes):
    """A content with an encoding as that of any bytes, but never one of the integers that keys share (COPY)."""

    __slots__ = ()
