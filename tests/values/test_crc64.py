"""The checksum of dumps: the published check value, and that it can be taken in pieces."""

from __future__ import annotations

from redislab.values.crc64 import crc64, crc64_bytes


def test_check_value() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA


def test_nothing_is_zero() -> None:
    assert crc64(b"") == 0


def test_in_pieces() -> None:
    assert crc64(b"6789", crc64(b"12345")) == crc64(b"123456789")


def test_lowest_byte_first() -> None:
    assert crc64_bytes(b"123456789") == bytes.fromhex("cad9b8c414d9c6e9")
