"""One client of the engine: its database, protocol, transaction, subscriptions, and what waits to be sent to it.

A session does no I/O. Its reply comes back from `call`; what arrives later (the reply of a blocked command,
published messages) lands in `outbox`, and `listener`, if an edge has set one, is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine import hearing, monitor, transactions
from redislab.resp.types import BLOCKED, Push, Reply
from redislab.resp.words import split

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.acl_user import User
    from redislab.engine.blocking import Wait
    from redislab.engine.engine import Engine
    from redislab.engine.hearing import Heard
    from redislab.engine.keyspace import Database
    from redislab.engine.tracking import Tracked

__all__ = ["Session", "encode_argument"]

Argument = bytes | str | int | float


def encode_argument(argument: object) -> bytes:
    """An argument as bytes: text as UTF-8, numbers as Redis writes them. Raises TypeError for anything else."""
    if isinstance(argument, bytes):
        return bytes(argument)
    if isinstance(argument, str):
        return argument.encode("utf-8", "surrogateescape")
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        if isinstance(argument, bytearray | memoryview):
            return bytes(argument)
        raise TypeError(f"an argument must be bytes, str, int or float, not {type(argument).__name__}: {argument!r}")
    return repr(argument).encode()


class Session:
    """A client. Made by `Engine.connect` (or `Lab.session`); `close` ends it."""

    script = False
    """Whether this is not a client but a script, whose commands are told as `lua`; for a class of its own."""

    # As in Engine: read by every command.
    __slots__ = (
        "aborted",
        "address",
        "authenticated",
        "channels",
        "closed",
        "closing",
        "created_ms",
        "db",
        "debugging",
        "descriptor",
        "engine",
        "execute",
        "gathering",
        "guarded",
        "heard",
        "id",
        "last_command",
        "last_used_ns",
        "library",
        "listener",
        "local_address",
        "may_block",
        "monitoring",
        "name",
        "no_evict",
        "no_touch",
        "outbox",
        "patterns",
        "protocol",
        "queue",
        "replica",
        "reply_mode",
        "restrained",
        "shard_channels",
        "spoiled",
        "tracking",
        "user",
        "wait",
        "watched",
    )

    def __init__(self, engine: Engine, id: int, protocol: int, address: str) -> None:
        self.engine = engine
        self.execute: Callable[..., Reply] = engine.run
        self.id = id
        self.protocol = protocol
        self.address = address
        self.local_address = "127.0.0.1:0"
        self.descriptor = -1
        """An edge with a socket sets these two: where the client connected to, and the socket's number."""
        self.name = b""
        self.user: User = engine.acl.default
        self.authenticated = True
        self.db: Database = engine.databases[0]
        self.created_ms = engine.now
        self.last_used_ns = engine.now_ns
        self.last_command: Command | None = None
        self.outbox: deque[Reply] = deque()
        """What is to be sent beside replies. What a call puts here goes out before the reply of that call."""
        self.gathering: list[Reply] | None = None
        """The items of EXEC's reply while it runs."""
        self.heard: Heard | None = None
        """What is to be sent to the client while its own command runs, if that has to find its place."""
        self.listener: Callable[[Session], None] | None = None
        self.closed = False
        self.closing = False
        """The edge should close the connection once the outbox is sent (QUIT, CLIENT KILL)."""
        # Transaction
        self.queue: list[tuple[Any, Sequence[bytes]]] | None = None
        self.aborted = False
        """A command was refused while queueing: EXEC will answer EXECABORT."""
        self.watched: dict[tuple[Database, bytes], bool] = {}
        """Watched keys, each with whether it was already expired when WATCH came."""
        self.spoiled = False
        """A watched key was changed: EXEC will answer null."""
        # Blocking
        self.wait: Wait | None = None
        self.may_block = True
        # Subscriptions, in order
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shard_channels: dict[bytes, None] = {}
        self.monitoring = False
        """Every command is told to this session: MONITOR."""
        # CLIENT
        self.tracking: Tracked | None = None
        self.reply_mode = "on"
        self.no_evict = False
        self.no_touch = False
        self.library = {b"lib-name": b"", b"lib-ver": b""}
        """What CLIENT SETINFO tells of, since 7.2."""
        self.replica: dict[str, bool] | None = None
        """What a client that poses as a replica asks for (REPLCONF): only an RDB file, without data or functions."""
        self.debugging: Any = None
        """The debugger of scripts, if it was asked for: it runs the next one."""
        self.guarded = self.restrained = not self.authenticated
        """Commands do not go straight; restrained: for another reason than MULTI. See `refresh_guard`."""

    # -- talking to the engine -------------------------------------------------------------------------------

    def call(self, *arguments: Argument) -> Reply:
        """Run one command given as words, and return its reply as Python.

        Raises ReplyError for an error reply, TypeError for an argument that is not bytes, str, int or float. Returns
        BLOCKED when the session now waits; the reply will come into `outbox`.
        """
        for argument in arguments:
            if argument.__class__ is not bytes:
                arguments = tuple(map(encode_argument, arguments))
                break
        execute = self.execute
        return execute(self, arguments)

    def run(self, line: str) -> Reply:
        """Run a line as typed, with redis-cli's quoting. Raises ValueError for unbalanced quotes or an empty line."""
        words = split(line)
        if not words:
            raise ValueError("an empty line is no command")
        return self.execute(self, words)

    def close(self) -> None:
        """Disconnect: leaves transactions, subscriptions and waits. Closing twice is fine."""
        if not self.closed:
            self.closed = True
            self.engine.disconnect(self)
            if self.listener is not None:
                self.listener(self)

    # -- state, in words -------------------------------------------------------------------------------------

    @property
    def db_index(self) -> int:
        return self.db.index

    @property
    def in_multi(self) -> bool:
        return self.queue is not None

    @property
    def blocked(self) -> bool:
        return self.wait is not None

    @property
    def subscriptions(self) -> int:
        """Channels and patterns subscribed to: what makes a RESP2 client a subscriber (shard channels included)."""
        return len(self.channels) + len(self.patterns) + len(self.shard_channels)

    def is_subscribed(self) -> bool:
        """Whether there are any subscriptions."""
        return bool(self.channels or self.patterns or self.shard_channels)

    def hears(self) -> bool:
        """Whether the client may be told of what it does itself: a listener in RESP3, or one that tracks keys."""
        return self.tracking is not None or (self.protocol > 2 and self.is_subscribed())

    @property
    def limits(self) -> Any:
        return self.engine.limits

    def cancel(self) -> bool:
        """Give up a blocked command without a reply; False if none was waiting."""
        if self.wait is None:
            return False
        self.engine.blocking.forget(self)
        return True

    def stop_monitoring(self) -> bool:
        """Be told of commands no more; False if this is no monitor."""
        monitoring = self.monitoring
        monitor.stop(self)
        return monitoring

    def deliver(self, reply: Reply) -> None:
        """Put a reply or a push into the outbox and tell the edge."""
        if self.reply_mode != "on" and not isinstance(reply, Push):
            return
        if self.gathering is not None and self.heard is None:
            self.begin_hearing()
        if self.heard is not None:
            self.heard.add(reply)
            return
        self.outbox.append(reply)
        if self.listener is not None:
            self.listener(self)

    def block(
        self,
        keys: Sequence[bytes],
        timeout_ms: int,
        serve: Callable[[bytes], Reply | None],
        nothing: Reply,
        *,
        kind: str = "",
    ) -> Reply:
        """Wait until `serve(key)` gives a reply for one of the keys, or until the time is over (0: for ever).

        `nothing` is the reply then, and at once inside MULTI. Returns BLOCKED while waiting. `serve` returns None
        where the key still has nothing for it; it runs in the step of the command that made the key ready.
        """
        if not self.may_block:
            return nothing
        self.engine.blocking.park(self, keys, timeout_ms, serve, nothing, kind)
        return BLOCKED

    def answer(self, mode: str) -> None:
        """Answer commands ("on"), or do not ("off"), or not the next one ("skip")."""
        self.reply_mode = mode
        self.refresh_path()

    def refresh_path(self) -> None:
        """Recompute which way commands go: straight, past the one who hears of them, or without an answer."""
        engine = self.engine
        if self.reply_mode != "on":
            self.execute = engine.execute_quietly
        else:
            self.execute = hearing.execute if self.hears() else engine.run
        if self.gathering is not None and self.heard is None and self.hears():
            self.begin_hearing()
        if self.no_touch:
            from redislab.engine.newer import untouching

            self.execute = untouching(self.execute)

    def begin_hearing(self) -> None:
        """Hear of what the rest of the transaction does that is running."""
        self.heard = self.engine.heard = hearing.Heard(self)

    def reset(self) -> None:
        """Make the client as new (RESET); it keeps its id and its place."""
        engine = self.engine
        transactions.discard(self)
        engine.pubsub.leave(self)
        monitor.stop(self)
        engine.tracking.stop(self)
        self.db = engine.databases[0]
        self.protocol = 2
        engine.acl.start(self)
        self.name = b""
        self.no_touch = False
        if self.reply_mode != "skipping":  # a RESET that is not to be answered is not, and the next command is
            self.answer("on")
        self.refresh_guard()

    def refresh_guard(self) -> None:
        """Recompute whether commands need more than the straight path: MULTI, a wait, no login, a limited user."""
        self.restrained = (
            self.engine.strict
            or self.wait is not None
            or self.monitoring
            or not self.authenticated
            or not self.user.powerful
            or (self.protocol == 2 and self.is_subscribed())
        )
        self.guarded = self.restrained or self.queue is not None

    def __repr__(self) -> str:
        return f"<Session {self.id} {self.name.decode(errors='replace')!r}>"
