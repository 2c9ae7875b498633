"""Replication as a stand-alone server answers it: ROLE, REPLICAOF, FAILOVER, WAIT, and the words of replicas.

There is no other node here. What needs none answers as a master without replicas does; what would follow or feed
another server says that redislab does not do that yet. An RDB file can be had in the way that replicas get one.
"""

from __future__ import annotations

from redislab.commands.shapes import Any_, Array, Integer, Ok
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer, integer_in, until_end
from redislab.engine.engine import Engine
from redislab.engine.errors import ReplyError, shown
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import NO_REPLY, OK, Reply
from redislab.resp.words import split

GROUP = "server"

INVALID_PORT = "ERR Invalid master port"
LONGEST_ADDRESS = 1024


def _unsupported(what: str) -> ReplyError:
    return ReplyError(f"ERR redislab does not support {what} yet, though Redis 7.0 has it")


@command(
    "ROLE",
    since="2.8.12",
    complexity="O(1)",
    flags="noscript loading stale fast",
    acl="admin dangerous",
    reply=Array("master, the offset of its replication, and its replicas"),
)
def role(session: Session) -> Reply:
    """Tell the part that this server plays in replication, with what belongs to it.

    > ROLE
    1) "master"
    2) (integer) 0
    3) (empty array)
    """
    return [b"master", 0, []]


def _follow(host: bytes, port: bytes) -> Reply:
    """What REPLICAOF and SLAVEOF do."""
    if host.upper() == b"NO" and port.upper() == b"ONE":
        return OK
    integer_in(port, 0, 65535, INVALID_PORT)
    raise _unsupported("being a replica of another server")


@command(
    "REPLICAOF args=(host-port=(host port:int) | no-one={NO ONE})",
    since="5.0.0",
    complexity="O(1)",
    flags="admin noscript stale no_async_loading",
    reply=Ok(),
)
def replicaof(session: Session, host: bytes, port: bytes) -> Reply:
    """Make the server a replica of another one, or with NO ONE a master again.

    > REPLICAOF NO ONE
    OK
    """
    return _follow(host, port)


@command(
    "SLAVEOF args=(host-port=(host port:int) | no-one={NO ONE})",
    since="1.0.0",
    complexity="O(1)",
    flags="admin noscript stale no_async_loading",
    deprecated_since="5.0.0",
    replaced_by="`REPLICAOF`",
    reply=Ok(),
)
def slaveof(session: Session, host: bytes, port: bytes) -> Reply:
    """Make the server a replica of another one: the old name of REPLICAOF.

    > SLAVEOF NO ONE
    OK
    """
    return _follow(host, port)


@command(
    "FAILOVER target=[TO host port:int [FORCE]] [ABORT] [TIMEOUT milliseconds:int]",
    since="6.2.0",
    complexity="O(1)",
    flags="admin noscript stale",
    reply=Ok(),
)
def failover(session: Session, *words: bytes) -> Reply:
    """Hand the part of the master over to a replica. A server without replicas has nobody to hand it to.

    > FAILOVER
    (error) ERR FAILOVER requires connected replicas.
    """
    if len(words) == 1 and words[0].upper() == b"ABORT":
        raise ReplyError("ERR No failover in progress.")
    _check_failover(words)
    raise ReplyError("ERR FAILOVER requires connected replicas.")


def _check_failover(words: tuple[bytes, ...]) -> None:
    """Raise ReplyError for options that do not go together; each may stand once."""
    given: set[bytes] = set()
    place = 0
    while place < len(words):
        option, more = words[place].upper(), len(words) - place - 1
        takes = {b"TIMEOUT": 1, b"TO": 2, b"FORCE": 0}.get(option)
        if takes is None or more < takes or option in given:
            raise ReplyError(errors.SYNTAX)
        number = integer(words[place + takes]) if takes else 0
        if option == b"TIMEOUT" and number <= 0:
            raise ReplyError("ERR FAILOVER timeout must be greater than 0")
        given.add(option)
        place += 1 + takes


@command(
    "WAIT numreplicas:int timeout:int",
    since="3.0.0",
    complexity="O(1)",
    flags="noscript",
    acl="connection -keyspace",
    tips=["request_policy:all_shards", "response_policy:agg_min"],
    group="generic",
    reply=Integer("how many replicas have the writes of this client"),
)
def wait(session: Session, replicas: bytes, timeout: bytes) -> Reply:
    """Wait until so many replicas have got the writes of this client, or for so many milliseconds (0: for ever).

    The answer is the number of replicas that have them, which may be less than asked for.

    > WAIT 0 100
    (integer) 0
    """
    wanted = integer(replicas)
    milliseconds = client_timeout(timeout, session.engine)
    if wanted <= 0:
        return 0
    return session.block((), milliseconds, _no_key, 0, kind="wait")


def client_timeout(word: bytes, engine: Engine) -> int:
    """A timeout in whole milliseconds. Raises ReplyError. In 7.0 one that has no end, as `until_end` says, is 0."""
    milliseconds = integer(word, errors.TIMEOUT_NOT_AN_INTEGER)
    if milliseconds < 0:
        raise ReplyError(errors.TIMEOUT_NEGATIVE)
    return until_end(milliseconds, engine)


def _no_key(key: bytes) -> Reply | None:
    """No key ends a wait for replicas."""
    return None


# -- what replicas say -------------------------------------------------------------------------------------------


@command(
    "REPLCONF",
    since="3.0.0",
    complexity="O(1)",
    flags="admin noscript loading stale allow_busy",
    arity=-1,
    doc_flags=["syscmd"],
    reply=Any_("OK, or nothing for what is only said by a replica that is fed"),
)
def replconf(session: Session, *words: bytes) -> Reply:
    """Let a replica tell its master about itself; not for applications.

    > REPLCONF listening-port 6380
    OK
    > REPLCONF colour blue
    (error) ERR Unrecognized REPLCONF option: colour
    """
    if len(words) % 2:
        raise ReplyError(errors.SYNTAX)
    for option, word in zip(words[::2], words[1::2], strict=True):
        name = option.lower()
        if name in (b"ack", b"getack"):
            return NO_REPLY
        _take_replica_option(session, name, option, word)
    return OK


def _take_replica_option(session: Session, name: bytes, option: bytes, word: bytes) -> None:
    if name == b"listening-port":
        integer(word)
    elif name == b"ip-address":
        if len(word) >= LONGEST_ADDRESS:
            raise ReplyError(f"ERR REPLCONF ip-address provided by replica instance is too long: {len(word)} bytes")
    elif name == b"rdb-only":
        _wishes(session)["only"] = integer(word) == 1
    elif name == b"rdb-filter-only":
        kinds = _rdb_filter(word)
        _wishes(session).update(data=False, functions=b"functions" in kinds)
    elif name != b"capa":
        raise ReplyError(f"ERR Unrecognized REPLCONF option: {shown(option)}")


def _wishes(session: Session) -> dict[str, bool]:
    """What a client that poses as a replica wants to have."""
    if session.replica is None:
        session.replica = {"only": False, "data": True, "functions": True}
    return session.replica


def _rdb_filter(word: bytes) -> list[bytes]:
    """The kinds of content that are asked for; nothing else is to be in the file. Raises ReplyError."""
    try:
        kinds = split(word.decode("latin-1"))
    except ValueError:
        raise ReplyError("ERR Missing rdb-filter-only values") from None
    for kind in kinds:
        if kind.lower() != b"functions":
            raise ReplyError(f"ERR Unsupported rdb-filter-only option: {shown(kind)}")
    return [kind.lower() for kind in kinds]


@command(
    "PSYNC replicationid offset:int",
    since="2.8.0",
    flags="admin noscript no_async_loading no_multi",
    arity=-3,
    reply=Any_("the replication stream"),
)
def psync(session: Session, *words: bytes) -> Reply:
    """Ask a master for its replication stream, as a replica does.

    > PSYNC ? -1
    (error) ERR redislab does not support feeding a replica yet, though Redis 7.0 has it
    """
    raise _unsupported("feeding a replica")


@command(
    "SYNC",
    since="1.0.0",
    flags="admin noscript no_async_loading no_multi",
    reply=Any_("the replication stream"),
)
def sync(session: Session) -> Reply:
    """Ask a master for its replication stream in the way of old replicas.

    Who has said that an RDB file is all it wants (REPLCONF rdb-only 1), as redis-cli --rdb does, gets that. redislab
    does not feed replicas beyond that yet.

    > SYNC
    (error) ERR redislab does not support feeding a replica yet, though Redis 7.0 has it
    """
    wishes = session.replica
    if wishes is None or not wishes["only"]:
        raise _unsupported("feeding a replica")
    try:
        session.engine.host.send_rdb(session, data=wishes["data"], functions=wishes["functions"])
    except HostError as error:
        raise ReplyError(f"ERR {error}") from None
    session.closing = True
    return NO_REPLY
