"""CLIENT: who is connected, and how the server treats a connection."""

from __future__ import annotations

from collections.abc import Callable

from redislab.commands.connection import check_name
from redislab.commands.shapes import Any_, Array, Bulk, Integer, Null, Ok, OneOf, Status, Text
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.arguments import integer, integer_in
from redislab.engine.client_info import describe_client
from redislab.engine.errors import ReplyError, shown, subcommand_syntax
from redislab.engine.pausing import POSTPONED
from redislab.engine.session import Session
from redislab.resp.types import NO_REPLY, OK, Reply, Verbatim
from redislab.values.numbers import INT64_MAX

GROUP = "connection"

TYPES = {b"normal": "normal", b"slave": "replica", b"replica": "replica", b"pubsub": "pubsub", b"master": "master"}

container("CLIENT", group="connection", since="2.4.0", complexity="Depends on subcommand.", acl="-connection")


def _type(word: bytes) -> str:
    """A client type's name. Raises ReplyError."""
    kind = TYPES.get(word.lower())
    if kind is None:
        raise ReplyError(f"ERR Unknown client type '{shown(word)}'")
    return kind


def _is_of(client: Session, kind: str) -> bool:
    return kind == ("pubsub" if client.subscriptions else "normal")


# -- asking --------------------------------------------------------------------------------------------------


@command(
    "CLIENT ID",
    since="5.0.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Integer("the number of this connection"),
)
def client_id(session: Session) -> Reply:
    """Tell the number of this connection. Later connections have greater ones; none is used twice.

    > CLIENT ID
    (integer) …
    """
    return session.id


@command(
    "CLIENT INFO",
    since="6.2.0",
    complexity="O(1)",
    flags="noscript loading stale",
    tips=["nondeterministic_output"],
    parent="CLIENT",
    reply=Text("one line, as in CLIENT LIST"),
)
def client_info(session: Session) -> Reply:
    """Describe this connection: the line that CLIENT LIST has for it.

    > CLIENT INFO
    id=… addr=… name=…
    """
    return Verbatim(describe_client(session, (b"CLIENT", b"INFO")))


@command(
    "CLIENT LIST [TYPE (NORMAL | MASTER | REPLICA | PUBSUB)]@5.0.0 id=[ID {client-id:int...}]@6.2.0",
    since="2.4.0",
    complexity="O(N) where N is the number of clients.",
    flags="admin noscript loading stale",
    tips=["nondeterministic_output"],
    history={
        "2.8.12": "The field id.",
        "5.0.0": "TYPE.",
        "6.0.0": "The fields user and redir.",
        "6.2.0": "ID; the fields laddr, argv-mem, tot-mem and redir.",
        "7.0.0": "The fields multi-mem, resp, rbs and rbp.",
        "7.0.3": "The field ssub.",
        "7.2.0": "The fields lib-name and lib-ver.",
        "7.4.0": "The field watch.",
        "8.0.0": "The field io-thread.",
    },
    parent="CLIENT",
    reply=Text("one line for each client"),
)
def client_list(session: Session, *words: bytes) -> Reply:
    """Describe the clients, one on each line; choose by TYPE or by ID.

    Worth knowing among the fields: flags is N for nothing special, P for a subscriber, x within MULTI, b while blocked,
    d if a watched key was changed; multi is the number of queued commands, or -1; cmd is the last command.

    > CLIENT LIST
    id=… addr=… name=…
    """
    clients = session.engine.sessions
    if len(words) == 2 and words[0].upper() == b"TYPE":
        kind = _type(words[1])
        chosen = [client for client in clients.values() if _is_of(client, kind)]
    elif len(words) > 1 and words[0].upper() == b"ID":
        numbers = [integer(word, "ERR Invalid client ID") for word in words[1:]]
        chosen = [clients[number] for number in numbers if number in clients]
    elif words:
        raise ReplyError(errors.SYNTAX)
    else:
        chosen = list(clients.values())
    present = b"CLIENT", b"LIST", *words
    return Verbatim(b"".join(describe_client(client, present if client is session else ()) for client in chosen))


@command(
    "CLIENT GETNAME",
    since="2.6.9",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=OneOf(Bulk("the name"), Null("the connection has none")),
)
def client_getname(session: Session) -> Reply:
    """Tell the name of this connection.

    > CLIENT SETNAME ann
    OK
    > CLIENT GETNAME
    "ann"
    """
    return session.name or None


# -- changing ------------------------------------------------------------------------------------------------


@command(
    "CLIENT SETNAME connection-name",
    since="2.6.9",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_setname(session: Session, name: bytes) -> Reply:
    """Name this connection, so that CLIENT LIST tells who it is; an empty name takes it away.

    > CLIENT SETNAME "not like this"
    (error) ERR Client names cannot contain spaces, newlines or special characters.
    > CLIENT SETNAME worker-1
    OK
    """
    check_name(name)
    session.name = name
    return OK


@command(
    "CLIENT NO-EVICT enabled=(ON | OFF)",
    since="7.0.0",
    complexity="O(1)",
    flags="admin noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_no_evict(session: Session, switch: bytes) -> Reply:
    """Protect this connection from being dropped when clients use too much memory, or stop that.

    > CLIENT NO-EVICT ON
    OK
    """
    if switch.upper() not in (b"ON", b"OFF"):
        raise ReplyError(errors.SYNTAX)
    session.no_evict = switch.upper() == b"ON"
    return OK


@command(
    "CLIENT REPLY (ON | OFF | SKIP)",
    since="3.2.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=OneOf(Ok("after ON"), Any_("nothing after OFF and SKIP")),
)
def client_reply(session: Session, mode: bytes) -> Reply:
    """Choose whether commands are answered: ON again, OFF not at all, SKIP not for the next command.

    > CLIENT REPLY ON
    OK
    """
    word = mode.upper()
    if word not in (b"ON", b"OFF", b"SKIP"):
        raise ReplyError(errors.SYNTAX)
    if word == b"ON":
        session.answer("on")
        return OK
    if word == b"OFF" or session.reply_mode != "off":
        session.answer(word.decode().lower())
    return NO_REPLY


# -- other clients -------------------------------------------------------------------------------------------


@command(
    "CLIENT UNBLOCK client-id:int [TIMEOUT | ERROR]",
    since="5.0.0",
    complexity="O(log N) where N is the number of clients.",
    flags="admin noscript loading stale",
    parent="CLIENT",
    takes_name=True,
    reply=Integer("1 if the client was waiting, 0 if not"),
)
def client_unblock(session: Session, name: bytes, number: bytes, *reason: bytes) -> Reply:
    """Let a client that waits in a blocking command go on, as if its time were over, or with an error.

    > CLIENT UNBLOCK 999
    (integer) 0
    """
    if len(reason) > 1:
        raise subcommand_syntax("CLIENT", name)
    if reason and reason[0].upper() not in (b"TIMEOUT", b"ERROR"):
        raise ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    target = session.engine.sessions.get(integer(number))
    # Redis 7.0 crashes when asked this of a client that is paused; as in later versions, it just does not wait here.
    if target is None or target.wait is None or target.wait.kind == POSTPONED:
        return 0
    failed = bool(reason) and reason[0].upper() == b"ERROR"
    reply = ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK") if failed else target.wait.nothing
    session.engine.blocking.unblock(target, reply)
    return 1


@command(
    "CLIENT KILL filter=(ip:port~2.8.12 | new-format=([ID client-id:int]@2.8.12 | "
    "normal_master_slave_pubsub=[TYPE (NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)]@2.8.12 | "
    "[USER username] | [ADDR ip:port] | [LADDR ip:port]@6.2.0 | [SKIPME yes/no] | [MAXAGE maxage:int]@7.4.0)...)",
    since="2.4.0",
    complexity="O(N) where N is the number of clients.",
    flags="admin noscript loading stale",
    arity=-3,
    history={
        "2.8.12": "Filters.",
        "3.2.0": "The type master.",
        "5.0.0": "The type replica, for slave.",
        "6.2.0": "LADDR.",
        "7.4.0": "MAXAGE.",
    },
    parent="CLIENT",
    reply=OneOf(Ok("for an address alone"), Integer("how many clients were disconnected")),
)
def client_kill(session: Session, *words: bytes) -> Reply:
    """Disconnect clients: the one with an address, or all that every one of the filters fits.

    With filters the client itself is spared unless SKIPME no is given.

    > CLIENT KILL ID 999
    (integer) 0
    """
    if len(words) == 1:
        address = words[0].decode("latin-1")
        if not _kill(session, [lambda client: client.address == address], spare=False):
            raise ReplyError("ERR No such client")
        return OK
    filters, spare = _kill_filters(session, words)
    return _kill(session, filters, spare=spare)


Filter = Callable[[Session], bool]


def _kill_filters(session: Session, words: tuple[bytes, ...]) -> tuple[list[Filter], bool]:
    """What the words ask for, and whether the client itself is spared. A filter given twice counts the last time."""
    filters: dict[bytes, Filter] = {}
    spare = True
    for place in range(0, len(words), 2):
        option = words[place].upper()
        if place + 1 == len(words):
            raise ReplyError(errors.SYNTAX)
        word = words[place + 1]
        if option == b"SKIPME":
            if word.upper() not in (b"YES", b"NO"):
                raise ReplyError(errors.SYNTAX)
            spare = word.upper() == b"YES"
        else:
            filters[option] = _kill_filter(session, option, word)
    return list(filters.values()), spare


def _kill_filter(session: Session, option: bytes, word: bytes) -> Filter:
    text = word.decode("latin-1")
    if option == b"ID":
        number = integer_in(word, 1, INT64_MAX, "ERR client-id should be greater than 0")
        return lambda client: client.id == number
    if option == b"TYPE":
        kind = _type(word)
        return lambda client: _is_of(client, kind)
    if option == b"ADDR":
        return lambda client: client.address == text
    if option == b"LADDR":
        return lambda client: client.local_address == text
    if option == b"USER":
        user = session.engine.acl.users.get(word)
        if user is None:
            raise ReplyError(f"ERR No such user '{shown(word)}'")
        return lambda client: client.user is user
    if option == b"MAXAGE" and session.engine.version >= (7, 4):
        seconds = integer(word, "ERR maxage is not an integer or out of range")
        if seconds <= 0:
            raise ReplyError("ERR maxage should be greater than 0")
        latest = session.engine.now - seconds * 1000
        return lambda client: client.created_ms <= latest
    raise ReplyError(errors.SYNTAX)


def _kill(session: Session, filters: list[Filter], *, spare: bool) -> int:
    """Disconnect all that fit; the client itself is only marked, so that it still gets its reply."""
    killed = 0
    for client in list(session.engine.sessions.values()):
        if (client is session and spare) or not all(fits(client) for fits in filters):
            continue
        killed += 1
        client.closing = True
        if client is not session:
            client.close()
    return killed


@command(
    "CLIENT HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="CLIENT",
    reply=Array("", Status()),
)
def client_help(session: Session) -> Reply:
    """Show what CLIENT can do.

    > CLIENT HELP
     1) CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "client")
