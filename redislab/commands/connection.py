"""The connection itself: PING, ECHO, SELECT, HELLO, AUTH, RESET, QUIT. CLIENT is in client.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redislab.commands.shapes import Array, Bulk, Map, Ok, OneOf, Status
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer, small_integer
from redislab.engine.errors import ReplyError, shown, wrong_arity
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import OK, Reply, Simple

GROUP = "connection"

PONG = Simple("PONG")

WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
NO_PASSWORD_CONFIGURED = (
    "ERR AUTH <password> called without any password configured for the default user."
    " Are you sure your configuration is correct?"
)
VECTOR_SETS = {b"name": b"vectorset", b"ver": 1, b"path": b"", b"args": []}
"""The module that Redis 8 brings along; of its commands each says that it is not here."""
HELLO_WITHOUT_LOGIN = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass>"
    " option can be used to authenticate the client and select the RESP protocol version at the same time"
)
BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters."


@command(
    "PING [message]",
    since="1.0.0",
    complexity="O(1)",
    flags="fast",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    reply=OneOf(Status("PONG"), Bulk("the message"), Array("pong and the message, for a subscriber", Bulk())),
)
def ping(session: Session, *message: bytes) -> Reply:
    """Ask whether the server is there.

    A message comes back in place of PONG. A client that has subscribed to channels (in RESP2) gets an array.

    > PING
    PONG
    > PING hello
    "hello"
    """
    if len(message) > 1:
        raise wrong_arity("ping")
    if session.protocol == 2 and session.subscriptions:
        return [b"pong", message[0] if message else b""]
    return message[0] if message else PONG


@command(
    "ECHO message",
    since="1.0.0",
    complexity="O(1)",
    flags="loading stale fast",
    reply=Bulk("the message"),
)
def echo(session: Session, message: bytes) -> Reply:
    """Send a message back.

    > ECHO "hello world"
    "hello world"
    """
    return message


@command(
    "SELECT index:int",
    since="1.0.0",
    complexity="O(1)",
    flags="loading stale fast",
    reply=Ok(),
)
def select(session: Session, index: bytes) -> Reply:
    """Choose the database that this client works on; there are 16, from 0 to 15.

    Each has its own keys. A new client begins with database 0.

    > SET tea green
    OK
    > SELECT 1
    OK
    > EXISTS tea
    (integer) 0
    """
    number = small_integer(index)
    databases = session.engine.databases
    if not 0 <= number < len(databases):
        raise ReplyError(errors.DATABASE_OUT_OF_RANGE)
    session.db = databases[number]
    return OK


# -- who is there --------------------------------------------------------------------------------------------


def _log_in(session: Session, username: bytes, password: bytes, name: bytes) -> None:
    """Log in as a user; `name` is that of the command, as typed. Raises ReplyError."""
    if not session.engine.acl.log_in(session, username, password, name):
        raise ReplyError(WRONG_PASSWORD)


@command(
    "AUTH [username]@6.0.0 password",
    since="1.0.0",
    complexity="O(N) where N is the number of passwords of the user.",
    flags="noscript loading stale fast no_auth allow_busy",
    history={"6.0.0": "Takes a user's name."},
    takes_name=True,
    reply=Ok(),
)
def auth(session: Session, name: bytes, *words: bytes) -> Reply:
    """Log in as a user of the ACL, or with the password alone as the default user, whose it is (requirepass).

    > AUTH secret
    (error) ERR AUTH <password> called without any password configured for the default user. Are you sure your \
configuration is correct?
    > AUTH default anything
    OK
    """
    if len(words) > 2:
        raise ReplyError(errors.SYNTAX)
    if len(words) == 1:
        if session.engine.acl.default.no_password:
            raise ReplyError(NO_PASSWORD_CONFIGURED)
        words = (b"default", *words)
    username, password = words
    _log_in(session, username, password, name)
    return OK


def check_name(name: bytes) -> None:
    """Raise ReplyError for a client's name that has anything but printable ASCII without spaces."""
    if any(not 33 <= byte <= 126 for byte in name):
        raise ReplyError(BAD_NAME)


@command(
    "HELLO arguments=[protover:int [AUTH username password] [SETNAME clientname]]",
    since="6.0.0",
    complexity="O(1)",
    flags="noscript loading stale fast no_auth allow_busy",
    history={"6.2.0": "The version may be left out, which keeps the protocol."},
    takes_name=True,
    reply=Map("what the server is, and the protocol from now on"),
)
def hello(session: Session, typed: bytes, *words: bytes) -> Reply:
    """Choose the protocol, RESP2 or RESP3, and see what the server is.

    AUTH logs in and SETNAME names the connection on the way. RESP3 has maps, sets, doubles and pushes, which RESP2
    shows as arrays and strings.

    > HELLO 3
    1# "server" => "redis"
    2# "version" => "7.0.15"
    3# "proto" => (integer) 3
    4# "id" => (integer) …
    5# "mode" => "standalone"
    6# "role" => "master"
    7# "modules" => (empty array)
    """
    version = _protocol(words[0]) if words else 0
    name = _take_options(session, words[1:], typed)
    if not session.authenticated and session.engine.acl.asks_for_login:
        how = "HELLO AUTH" if session.engine.version == DEFAULT else "HELLO <proto> AUTH"
        raise ReplyError(HELLO_WITHOUT_LOGIN.replace("HELLO AUTH", how))
    if name is not None:
        session.name = name
    if version:
        session.protocol = version
        session.refresh_guard()
        session.refresh_path()
    return {
        b"server": b"redis",
        b"version": session.engine.redis_version.encode(),
        b"proto": session.protocol,
        b"id": session.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [VECTOR_SETS] if session.engine.version >= (8, 2) else [],
    }


def _protocol(word: bytes) -> int:
    version = integer(word, "ERR Protocol version is not an integer or out of range")
    if version not in (2, 3):
        raise ReplyError("NOPROTO unsupported protocol version")
    return version


def _take_options(session: Session, words: tuple[bytes, ...], typed: bytes) -> bytes | None:
    """Log in as the options say; the name that is left to be set, or None. Raises ReplyError.

    7.0 does what each says as it comes to it, so that a wrong one leaves those before it done; 7.2 reads all first.
    """
    options: Iterable[tuple[bytes, tuple[bytes, ...]]] = _hello_options(words)
    at_once = session.engine.version < (7, 2)
    if not at_once:
        options = sorted(dict(options).items())
    for option, values in options:
        if option == b"AUTH":
            _log_in(session, values[0], values[1], typed)
        elif at_once:
            session.name = values[0]
        else:
            return values[0]
    return None


def _hello_options(words: tuple[bytes, ...]) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """AUTH with user and password and SETNAME with the name, one after the other. Raises ReplyError."""
    place = 0
    while place < len(words):
        option, more = words[place].upper(), len(words) - place - 1
        if option == b"AUTH" and more >= 2:
            yield option, words[place + 1 : place + 3]
            place += 3
        elif option == b"SETNAME" and more:
            check_name(words[place + 1])
            yield option, words[place + 1 : place + 2]
            place += 2
        else:
            raise ReplyError(f"ERR Syntax error in HELLO option '{shown(words[place])}'")


# -- leaving -------------------------------------------------------------------------------------------------


@command(
    "RESET",
    since="6.2.0",
    complexity="O(1)",
    flags="noscript loading stale fast no_auth allow_busy",
    reply=Status("RESET"),
)
def reset(session: Session) -> Reply:
    """Make the connection as new: database 0, RESP2, no name, no transaction, no subscriptions, not logged in.

    > SELECT 3
    OK
    > MULTI
    OK
    > RESET
    RESET
    """
    session.reset()
    return Simple("RESET")


@command(
    "QUIT",
    since="1.0.0",
    complexity="O(1)",
    flags="noscript loading stale fast no_auth allow_busy",
    arity=-1,
    reply=Ok(),
)
def quit_(session: Session, *words: bytes) -> Reply:
    """Close the connection.

    > QUIT
    OK
    """
    session.closing = True
    return OK
