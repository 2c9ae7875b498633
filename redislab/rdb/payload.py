"""One value with its version and checksum, as DUMP gives it and RESTORE takes it."""

from __future__ import annotations

from struct import pack, unpack_from

from redislab.rdb.read_value import loaded_value
from redislab.rdb.strings import RdbError, Source, plain_string, string
from redislab.rdb.write_value import saved_value
from redislab.values.base import Limits, Value
from redislab.values.crc64 import crc64

__all__ = ["RDB_VERSION", "BadPayload", "checked_body", "pack_value", "sealed", "unpack_value"]

RDB_VERSION = 10
COMPRESSIBLE = 1 << 20
"""Bytes of a value up to which it is compressed: beyond, that would take too long."""


class BadPayload(RdbError):
    """The version is one that is not known here, or the checksum is wrong."""


def pack_value(value: Value, limits: Limits, *, compress: bool = True) -> bytes:
    """The payload of a value."""
    text = string if compress and value.weight() <= COMPRESSIBLE else plain_string
    kind, body = saved_value(value, limits, text)
    return sealed(bytes((kind,)) + body, limits.rdb_version)


def sealed(body: bytes, version: int = RDB_VERSION) -> bytes:
    """A body with the version and the checksum behind it."""
    body += pack("<H", version)
    return body + pack("<Q", crc64(body))


def checked_body(payload: bytes, *, trust: bool = False, most: int = RDB_VERSION) -> Source:
    """What stands before version and checksum. Raises BadPayload; with `trust` the checksum is not looked at."""
    if len(payload) < 10:
        raise BadPayload("it is too short")
    version, checksum = unpack_from("<HQ", payload, len(payload) - 10)
    if version > most or (not trust and crc64(payload[:-8]) != checksum):
        raise BadPayload("its version or checksum is wrong")
    return Source(payload, 0, len(payload) - 10)


def unpack_value(source: Source, limits: Limits) -> Value:
    """The value of a checked payload. Raises RdbError."""
    return loaded_value(source.byte(), source, limits)
