"""FUNCTION DUMP and FUNCTION RESTORE: all libraries as one string of bytes, as Redis writes them, and back.

A payload is a row of libraries, each with a byte before it that says so, then the version of the format in two bytes
and a checksum of all that in eight.
"""

from __future__ import annotations

from redislab.commands.shapes import Bulk, Ok
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.functions import Catalogue, Functions, functions_of
from redislab.engine.session import Session
from redislab.rdb.strings import RdbError, Source, plain_string, string
from redislab.resp.types import OK, Reply
from redislab.values.crc64 import crc64_bytes

GROUP = "scripting"

LIBRARY = 245
OLD_LIBRARY = 246
"""As release candidates of 7.0 wrote them: name, engine and description apart from the code."""
RDB_VERSION = 10
FOOTER = 10
"""Bytes of version and checksum."""


@command(
    "FUNCTION DUMP",
    since="7.0.0",
    complexity="O(N) where N is the number of functions",
    flags="noscript",
    parent="FUNCTION",
    reply=Bulk("the libraries, for FUNCTION RESTORE"),
)
def function_dump(session: Session) -> Reply:
    r"""Write all libraries into one string, which FUNCTION RESTORE takes, here or in another Redis.

    > FUNCTION DUMP
    "\n\x00]\x9b\\@\x0f\x7f\xa2\xda"
    """
    libraries = functions_of(session.engine).catalogue.libraries.values()
    text = string if session.engine.config["rdbcompression"] else plain_string
    parts = [bytes((LIBRARY,)) + text(library.code) for library in libraries]
    body = b"".join(parts) + RDB_VERSION.to_bytes(2, "little")
    return body + crc64_bytes(body)


@command(
    "FUNCTION RESTORE serialized-value policy=[FLUSH | APPEND | REPLACE]",
    since="7.0.0",
    complexity="O(N) where N is the number of functions on the payload",
    flags="write denyoom noscript",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    parent="FUNCTION",
    takes_name=True,
    reply=Ok(),
)
def function_restore(session: Session, subcommand: bytes, payload: bytes, *policy: bytes) -> Reply:
    r"""Load the libraries that FUNCTION DUMP wrote: all of them, or none if there is an error.

    APPEND, which is the default, refuses a library that is there already; REPLACE lets the new one take its place;
    FLUSH removes all others first.

    > FUNCTION RESTORE "\n\x00]\x9b\\@\x0f\x7f\xa2\xda" FLUSH
    OK
    > FUNCTION RESTORE "not a dump"
    (error) ERR DUMP payload version or checksum are wrong
    """
    if len(policy) > 1:
        raise subcommand_syntax("FUNCTION", subcommand)
    word = policy[0].upper() if policy else b"APPEND"
    if word not in (b"FLUSH", b"APPEND", b"REPLACE"):
        raise ReplyError("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
    functions = functions_of(session.engine)
    restored = _read(functions, payload)
    if word != b"FLUSH":
        catalogue = functions.catalogue.copy()
        catalogue.join(restored, replace=word == b"REPLACE")
        restored = catalogue
    functions.replace(restored)
    return OK


def _read(functions: Functions, payload: bytes) -> Catalogue:
    """The libraries of a payload, compiled. Raises ReplyError."""
    body = payload[:-8]
    if len(payload) < FOOTER or int.from_bytes(body[-2:], "little") > RDB_VERSION or crc64_bytes(body) != payload[-8:]:
        raise ReplyError(errors.BAD_PAYLOAD)
    catalogue = Catalogue()
    source = Source(payload)
    while source.at < len(payload) - FOOTER:
        kind = source.byte()
        if kind not in (LIBRARY, OLD_LIBRARY):
            raise ReplyError("ERR given type is not a function")
        code = _old_library(source) if kind == OLD_LIBRARY else _text(source, "payload")
        catalogue.create(code, functions.compile, replace=False)
    return catalogue


def _text(source: Source, what: str) -> bytes:
    try:
        return source.string()
    except RdbError:
        raise ReplyError(f"ERR Failed loading library {what}") from None


def _old_library(source: Source) -> bytes:
    """The code of a library in the older form, with a first line as it has today. A description is passed over."""
    name = _text(source, "name")
    try:
        engine = source.string()
    except RdbError:
        raise ReplyError("ERR Failed loading engine name") from None
    try:
        described = source.length()
    except RdbError:
        raise ReplyError("ERR Failed loading library description indicator") from None
    if described:
        _text(source, "description")
    return b"#!%b name=%b\n%b" % (engine, name, _text(source, "blob"))
