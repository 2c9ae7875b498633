"""MIGRATE: what can be said without another server. The checks and their order are those of Redis."""

from __future__ import annotations

from redislab.commands.shapes import Ok, OneOf, Status
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply, Simple

GROUP = "generic"

KEY_IS_NOT_EMPTY = "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"


@command(
    'MIGRATE host port:int key_or_empty_string=(key | empty_string="") destination-db:int timeout:int '
    "[COPY]@3.0.0 [REPLACE]@3.0.0 authentication=[[AUTH password]@4.0.7 | [AUTH2 username "
    "password]@6.0.0] [KEYS key]...@3.0.6",
    since="2.6.0",
    complexity="O(N) where N is the size of the keys, for DUMP here, RESTORE there, and the way between.",
    flags="write",
    keys="RW access delete @3 0/1; RW access delete incomplete @KEYS>-2 -1/1",
    acl="dangerous",
    tips=["nondeterministic_output"],
    history={
        "3.0.0": "COPY and REPLACE.",
        "3.0.6": "KEYS.",
        "4.0.7": "AUTH.",
        "6.0.0": "AUTH2.",
    },
    reply=OneOf(Ok(), Status("NOKEY if there is nothing to move")),
)
def migrate(session: Session, host: bytes, port: bytes, key: bytes, *words: bytes) -> Reply:
    """Move keys to another server: they are sent there and deleted here, in one step for all clients.

    redislab has no other server to send them to yet.

    > MIGRATE other.example 6379 tea 0 1000
    NOKEY
    """
    database, timeout, *options = words
    keys = _keys(key, options)
    integer(timeout)
    integer(database)
    if not any(session.db.view_any(each, announce=True) is not None for each in keys):
        return Simple("NOKEY")
    raise ReplyError("ERR redislab does not support moving keys to another server yet, though Redis 7.0 has it")


def _keys(key: bytes, options: list[bytes]) -> list[bytes]:
    """The keys to move, after a look at the options. Raises ReplyError."""
    takes = {b"COPY": 0, b"REPLACE": 0, b"AUTH": 1, b"AUTH2": 2}
    place = 0
    while place < len(options):
        option = options[place].upper()
        if option == b"KEYS":
            if key:
                raise ReplyError(KEY_IS_NOT_EMPTY)
            return options[place + 1 :]
        if option not in takes or place + takes[option] >= len(options):
            raise ReplyError(errors.SYNTAX)
        place += 1 + takes[option]
    return [key]
