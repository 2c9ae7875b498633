"""DEBUG PROTOCOL: one reply of each kind that the protocol has, for those who write clients."""

from __future__ import annotations

from collections.abc import Callable

from redislab.commands.debug_table import subcommand
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Attributed, BigNumber, Members, Push, Reply, Verbatim

AFTER_ATTRIBUTE = b"Some real reply following the attribute"
AFTER_PUSH = b"Some real reply following the push reply"
UNKNOWN_KIND = (
    "ERR Wrong protocol type name. Please use one of the following:"
    " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
)


def _attribute(session: Session) -> Reply:
    return Attributed({b"key-popularity": [b"key:123", 90]}, AFTER_ATTRIBUTE)


def _push(session: Session) -> Reply:
    if session.protocol < 3:
        raise ReplyError("ERR RESP2 is not supported by this command")
    session.deliver(Push([b"server-cpu-usage", 42]))
    return AFTER_PUSH


SAMPLES: dict[bytes, Callable[[Session], Reply]] = {
    b"string": lambda session: b"Hello World",
    b"integer": lambda session: 12345,
    b"double": lambda session: 3.141,
    b"bignum": lambda session: BigNumber(1234567999999999999999999999999999999),
    b"null": lambda session: None,
    b"array": lambda session: [0, 1, 2],
    b"set": lambda session: Members([0, 1, 2]),
    b"map": lambda session: {0: False, 1: True, 2: False},
    b"attrib": _attribute,
    b"push": _push,
    b"verbatim": lambda session: Verbatim(b"This is a verbatim\nstring"),
    b"true": lambda session: True,
    b"false": lambda session: False,
}


@subcommand("PROTOCOL <type>", 1)
def protocol(session: Session, kind: bytes) -> Reply:
    """Answer with a reply of this type: string, integer, double, bignum, null, array, set, map, push and others."""
    sample = SAMPLES.get(kind.lower())
    if sample is None:
        raise ReplyError(UNKNOWN_KIND)
    return sample(session)
