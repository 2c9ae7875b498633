"""What the reader of requests and the reader of replies share: numbers as the protocol writes them, and cutting."""

from __future__ import annotations

__all__ = ["cut", "whole_number"]

VIEW_SIZE = 16 * 1024
"""From this length on a memoryview saves more than it costs."""


def whole_number(text: bytes | bytearray) -> int | None:
    """A 64-bit integer written the one way Redis accepts: no plus sign, no leading zero, no blank."""
    digits = text[1:] if text[:1] == b"-" else text
    if not digits.isdigit() or len(digits) > 19 or (digits[:1] == b"0" and len(text) > 1):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def cut(buffer: bytes | bytearray, start: int, stop: int) -> bytes:
    """A piece of the buffer, copied once if it is long."""
    if stop - start < VIEW_SIZE:
        return bytes(buffer[start:stop])
    with memoryview(buffer) as view:
        return bytes(view[start:stop])
