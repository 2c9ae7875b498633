"""The checksum that Redis writes behind what it saves: CRC-64/REDIS, as a number and as the eight bytes of a footer."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["crc64", "crc64_bytes"]


@cache
def _model() -> Any:
    """Made when first needed: the import takes longer than most commands."""
    import anycrc

    return anycrc.Model("CRC64-REDIS")


def crc64(data: bytes, before: int = 0) -> int:
    """The checksum of bytes, or of what has `before` as its checksum with these bytes behind it."""
    return int(_model().calc(data, before))


def crc64_bytes(data: bytes) -> bytes:
    """The checksum as it is saved, lowest byte first."""
    return crc64(data).to_bytes(8, "little")
