"""DEBUG: what tests and the curious ask a server; the command itself and its simplest words.

The other words are in the modules named debug_…, which enter themselves into the table of debug_table.
"""

from __future__ import annotations

import re

from redislab.commands import debug_hashtable, debug_object, debug_persistence, debug_protocol, debug_server
from redislab.commands.debug_table import ANY_NUMBER, SUBCOMMANDS, UNSUPPORTED, subcommand
from redislab.commands.shapes import Any_
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer_in
from redislab.engine.digest import dataset_digest, value_digest
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.host import HostError
from redislab.engine.protected import check_allowed
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple
from redislab.values.numbers import INT64_MAX, parse_float
from redislab.values.string import String

GROUP = "server"

MODULES = (debug_hashtable, debug_object, debug_persistence, debug_protocol, debug_server)
"""Imported for the words they enter into the table."""

NUMBER_AT_THE_START = re.compile(rb"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
LONGEST_NAME = 127
"""DEBUG POPULATE writes names into a buffer of this size and cuts what is longer."""


@command(
    "DEBUG",
    since="1.0.0",
    complexity="Depends on subcommand.",
    flags="admin noscript loading stale",
    arity=-2,
    doc_flags=["syscmd"],
    reply=Any_("depends on the word"),
)
def debug(session: Session, word: bytes, *arguments: bytes) -> Reply:
    """Look behind the curtain: digests, encodings, test data; for tests, not for applications.

    DEBUG HELP lists what it can do here. A real server knows more words, most of which make it crash, and refuses
    DEBUG altogether unless it was started with enable-debug-command.

    > DEBUG POPULATE 3 cup
    OK
    > GET cup:2
    "value:2"
    > DEBUG DIGEST-VALUE cup:0 cup:1
    1) c15f34c747bf411833c10208c03e1da1bb7da7cf
    2) ec4b7bec343ec862c8bd5dd8feab05ec1e9e6703
    > DEBUG ERROR "TEA the kettle is empty"
    (error) TEA the kettle is empty
    """
    check_allowed(session, "debug")
    name = word.decode("latin-1").lower()
    found = SUBCOMMANDS.get(name)
    if found is not None and found.least <= len(arguments) <= found.most:
        return found.run(session, arguments)
    if name in UNSUPPORTED:
        raise ReplyError(f"ERR redislab does not support DEBUG {name.upper()}")
    raise subcommand_syntax("DEBUG", word)


@subcommand("CHANGE-REPL-ID", 0)
def change_replication_id(session: Session) -> Reply:
    """Give the server a new replication id."""
    session.engine.replication_id = session.engine.random.randbytes(20).hex()
    return OK


@subcommand("CONFIG-REWRITE-FORCE-ALL", 0)
def rewrite_all(session: Session) -> Reply:
    """As CONFIG REWRITE, but with every parameter, also those at their defaults."""
    from redislab.engine.config_rewrite import rewrite_file

    try:
        rewrite_file(session.engine, force=True)
    except HostError:
        # Without a file Redis opens one at no address at all, and tells how that went.
        reason = "" if session.engine.host.config_file else ": Bad address"
        raise ReplyError(f"ERR CONFIG-REWRITE-FORCE-ALL failed{reason}") from None
    return OK


@subcommand("DIGEST", 0)
def digest(session: Session) -> Reply:
    """Show a checksum of all data: two servers with the same data show the same."""
    return Simple(dataset_digest(session.engine))


@subcommand("DIGEST-VALUE <key> [<key> ...]", 0, ANY_NUMBER)
def digest_value(session: Session, *keys: bytes) -> Reply:
    """Show a checksum of each value; only whether a key expires is part of it, not when."""
    return [Simple(value_digest(session.db, key)) for key in keys]


@subcommand("ERROR <message>", 1)
def error(session: Session, message: bytes) -> Reply:
    """Answer with this message as an error."""
    raise ReplyError(message.decode("utf-8", "surrogateescape"))


def _count(word: bytes) -> int:
    return integer_in(word, 0, INT64_MAX, errors.NOT_POSITIVE)


@subcommand("POPULATE <count> [<prefix>] [<size>]", 1, 3)
def populate(session: Session, count: bytes, prefix: bytes = b"key", size: bytes = b"0") -> Reply:
    """Make strings named prefix:0, prefix:1 and so on, of this size in bytes; keys that exist stay as they are."""
    db, keys = session.db, _count(count)
    length = _count(size)
    head = prefix.partition(b"\0")[0]
    for number in range(keys):
        key = (b"%b:%d" % (head, number))[:LONGEST_NAME]
        if not db.exists(key):
            data = b"value:%d" % number
            db.put(key, String(data[:length].ljust(length, b"\0") if length else data))
            db.touched(key, "new", 0)
    return OK


@subcommand("SET-ACTIVE-EXPIRE <0|1>", 1)
def set_active_expire(session: Session, word: bytes) -> Reply:
    """With 0, keys whose time is over stay until somebody asks for them; with 1 they are removed as usual."""
    session.engine.active_expire = debug_server.switched_on(word)
    return OK


def _microseconds(word: bytes) -> int:
    """A time in seconds as C reads it, from what of the word is a number; 0 for what is out of range."""
    match = NUMBER_AT_THE_START.match(word)
    seconds = parse_float(match[1]) if match else None
    return int(seconds * 1e6) if seconds is not None and 0 < seconds < INT64_MAX / 1e6 else 0


@subcommand("SLEEP <seconds>", 1)
def sleep(session: Session, word: bytes) -> Reply:
    """Answer after this time. A server stands still meanwhile; in a lab only this client waits.

    There the time is that of the virtual clock, and within MULTI the answer comes at once.
    """
    milliseconds = -(-_microseconds(word) // 1000)
    if not milliseconds or session.engine.host.stand_still(milliseconds):
        return OK
    return session.block((), milliseconds, _never, OK)


def _never(key: bytes) -> Reply | None:
    """No key ends a sleep."""
    return None


@subcommand("HELP", 0)
def describe(session: Session) -> Reply:
    """Prints this help."""
    lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    words = sorted(SUBCOMMANDS.values(), key=lambda each: (each.usage == "HELP", each.usage))
    lines += [line for each in words for line in (each.usage, f"    {each.summary}")]
    return [Simple(line) for line in lines]
