"""The server: an engine, its listeners and connections, and the cron that lets time pass for them.

Everything runs on one loop. What the engine needs from outside it asks of `ServerHost`; which addresses are listened
on, and how a server starts and ends, is said in `running`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from redislab.engine.client_info import describe_client
from redislab.engine.engine import Engine
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.persist.keeper import Keeper
from redislab.resp.types import ReplyError
from redislab.server.busy import BusyHours
from redislab.server.connection import Connection
from redislab.server.garbage import Garbage
from redislab.server.host import ServerHost
from redislab.server.listening import Listening
from redislab.server.log import Log
from redislab.server.loop import Loop, Timer
from redislab.server.plain import ServingSelector
from redislab.server.turns import Turns
from redislab.values.buckets import table

if TYPE_CHECKING:
    import asyncio

    from redislab.server.debugging import Debugging

__all__ = ["Server"]

TICK_SECONDS = 0.1
CATCH_UP_SECONDS = 0.02
IDLE_TICKS = 10
"""Ticks between two looks for those who were silent for too long."""
TOLD_TICKS = 50
"""Ticks between two looks at how much there is, for a talkative log."""
HANDSHAKE_SECONDS = 60.0
"""How long a client may take to agree on TLS."""
NORMAL, PUBSUB = 0, 2
"""Places of the classes of clients in client-output-buffer-limit."""
PROTECTED = (
    b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for "
    b"the default user. In this mode connections are only accepted from the loopback interface. If you want to "
    b"connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable "
    b"protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by "
    b"connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly "
    b"accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) "
    b"Alternatively you can just disable the protected mode by editing the Redis configuration file, and "
    b"setting the protected mode option to 'no', and then restarting the server. 3) If you started the server "
    b"manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an "
    b"authentication password for the default user. NOTE: You only need to do one of the above things in order "
    b"for the server to start accepting connections from the outside.\r\n"
)
TOO_MANY = b"-ERR max number of clients reached\r\n"


class Server:
    """Connections to one engine. `setting` reads a configuration parameter's value."""

    def __init__(self, engine: Engine, log: Log, config_file: str = "") -> None:
        self.engine = engine
        self.log = log
        self.config_file = config_file
        self.loop: Any = None
        """A `Loop`; one of asyncio's where TLS is spoken, or where the server is a guest."""
        self.connections: dict[Connection, None] = {}
        self.by_id: dict[int, Connection] = {}
        """The same, by the numbers of their sessions."""
        self.received_bytes = self.sent_bytes = 0
        self.reads = self.writes = 0
        self.refused = 0
        self.evicted = 0
        self.woken: dict[Connection, None] = {}
        self.timer: Timer | asyncio.TimerHandle | None = None
        self.cron_handle: Timer | asyncio.TimerHandle | None = None
        self.ticks = 0
        self.slow: dict[Connection, None] = {}
        """Those for whom much is waiting to be sent."""
        self.garbage = Garbage(self)
        self.plain = ServingSelector(self)
        """The sockets that asyncio is not asked to look after."""
        self.listening = Listening(self)
        self.arriving: set[asyncio.Task[Any]] = set()
        """Clients that asyncio makes connections of, which over TLS takes a while."""
        self.pid_file = ""
        self.loaded = False
        """The data is there, and clients are let in."""
        self.asked_to_end = False
        """A signal has come that will be heeded as soon as the loop runs."""
        self.ending = False
        """Everything is saved, and the end has begun."""
        self.debugging: Debugging | None = None
        """The clients that debug scripts, once there was one."""
        self.busy_hours = BusyHours(self)
        self.turns = Turns(self)
        engine.config.on_change("proto-max-bulk-len", self.bulk_limit_changed)
        self.furnish()

    def furnish(self) -> None:
        """Have somebody keep the data, and be the host of the engine."""
        self.keeper = Keeper(self.engine, self.log)
        self.host = self.engine.host = ServerHost(self, self.keeper, self.config_file)
        self.host.while_busy = self.busy_hours.attend

    def run_on(self, loop: Any) -> None:
        """Have everything called by this loop from now on."""
        self.loop = self.plain.loop = loop

    def speak_tls(self) -> None:
        """Go on with a loop of asyncio's, which knows how, as soon as the present round is over."""
        if isinstance(self.loop, Loop):
            self.run_on(self.loop.give_way(self.plain.new_loop))

    def serve(self) -> None:
        """Run the loop until the end."""
        loop = None
        while loop is not self.loop:
            loop = self.loop
            loop.run_forever()

    def setting(self, name: str) -> Any:
        """The value of a parameter."""
        return self.engine.config[name]

    def shut_down(self, *, save: bool | None, force: bool = False) -> None:
        """Save as asked for, and end. Raises HostError where saving fails, unless the end is forced."""
        self.log("warning", "User requested shutdown...")
        if self.debugging is not None:
            self.debugging.kill()
        if self.engine.scripts.busy is not None:
            save = False
        try:
            self.keeper.close(save=save, force=force)
        except HostError:
            self.log("warning", "Errors trying to shut down the server. Check the logs for more information.")
            raise HostError("Errors trying to SHUTDOWN. Check logs.") from None
        self.ending = True
        if self.engine.scripts.busy is not None:
            self.say_goodbye()
            os._exit(0)  # The script holds the loop, and nothing else would end it.
        self.loop.stop()
        self.listening.close_all()
        for connection in list(self.connections):
            connection.session.closing = True  # What it has sent after this would be lost.
            connection.finish()

    def say_goodbye(self) -> None:
        """Let go of the files and take away those that say that the server runs."""
        self.keeper.end()
        for name, path in (("pid", self.pid_file), ("unix socket", self.setting("unixsocket"))):
            if path:
                self.log("notice", f"Removing the {name} file.")
                with suppress(OSError):
                    os.unlink(path)
        self.log("warning", "Redis is now ready to exit, bye bye...")

    # -- connections -----------------------------------------------------------------------------------------

    def receive(self, connected: socket.socket, kind: str) -> None:
        """Make a connection of a socket that was accepted, or refuse it."""
        if self.is_full():
            self.refuse(connected, kind)
            return
        connection = Connection(self, kind)
        if kind != "tls":
            self.plain.take(connected, connection)
            return
        task = self.loop.create_task(self.introduce(connected, connection))
        self.arriving.add(task)
        task.add_done_callback(self.arriving.discard)

    async def introduce(self, connected: socket.socket, connection: Connection) -> None:
        """Have asyncio agree on TLS with a client, and look after its socket."""
        try:
            await self.loop.connect_accepted_socket(
                lambda: connection,
                connected,
                ssl=self.listening.context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        except OSError as error:
            connected.close()
            self.log("warning", f"Error accepting a client connection: {error.strerror or error}")

    def is_full(self) -> bool:
        """Whether there are as many clients as there may be."""
        return bool(len(self.connections) + len(self.arriving) >= self.setting("maxclients"))

    def refuse(self, connected: socket.socket, kind: str) -> None:
        """Turn a client away, with a word where it can hear it: TLS would have to be agreed on before."""
        self.refused += 1
        if kind != "tls":
            with suppress(OSError):
                connected.send(TOO_MANY)
        connected.close()

    def admit(self, connection: Connection) -> bytes:
        """Make a session for a new connection; or the words with which it is refused."""
        peer, here = addresses(connection)
        self.log("verbose", f"Accepted {peer}")
        if connection.kind != "unix" and self.is_protected() and not is_loopback(peer):
            self.refused += 1
            return PROTECTED
        session = self.engine.connect(address=peer)
        session.local_address = here
        socket = connection.transport.get_extra_info("socket")
        session.descriptor = socket.fileno() if socket is not None else -1
        session.listener = connection.heard
        connection.session = session
        connection.reader.bulk_limit = self.engine.limits.proto_max_bulk_len
        self.connections[connection] = None
        self.by_id[session.id] = connection
        return b""

    def bulk_limit_changed(self, limit: int) -> None:
        for connection in self.connections:
            connection.reader.bulk_limit = limit

    def is_protected(self) -> bool:
        """Whether only this machine may connect: protected-mode, while the default user needs no password."""
        return bool(self.setting("protected-mode")) and self.engine.acl.default.no_password

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        session = connection.session
        self.connections.pop(connection, None)
        self.by_id.pop(session.id, None)
        self.slow.pop(connection, None)
        self.woken.pop(connection, None)
        session.listener = None
        if (self.host.saving or self.host.rewriting) and not connection.given_away:
            with suppress(OSError):  # A copy of the process has the socket, too, which would keep it open.
                connection.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        session.close()
        self.flush_soon()

    def wake(self, connection: Connection) -> None:
        """Have a connection send what came from others, when the present commands are over."""
        self.woken[connection] = None
        self.flush_soon()

    def flush_soon(self) -> None:
        if self.woken and len(self.woken) == 1:
            self.loop.call_soon(self.flush_woken)

    def flush_woken(self) -> None:
        """Let those woken send; what they execute then may wake further ones."""
        woken, self.woken = self.woken, {}
        for connection in woken:
            connection.flush()

    def internal_error(self, argv: Sequence[bytes], error: Exception) -> ReplyError:
        """A mistake of ours: it goes to the log, and the client gets an error."""
        self.log("warning", f"A command failed for a reason of its own: {argv[0][:40]!r}: {error!r}")
        from traceback import format_exc

        self.log.raw(format_exc())
        return ReplyError("ERR internal error")

    # -- what the log tells -----------------------------------------------------------------------

    def tell_of_data(self) -> None:
        """How many keys, and clients, there are."""
        if not self.log.tells("verbose"):
            return
        for db in self.engine.databases:
            if db.values:
                keys, volatile = len(db.values), len(db.expires)
                self.log("verbose", f"DB {db.index}: {keys} keys ({volatile} volatile) in {table(keys)} slots HT.")
        if self.log.tells("debug"):
            used = self.engine.memory.used()
            self.log("debug", f"{len(self.connections)} clients connected (0 replicas), {used} bytes in use")

    def tell_of_end(self, session: Session, error: Exception | None) -> None:
        """A client went by itself."""
        if self.log.level in ("debug", "verbose"):
            how = "Client closed connection" if error is None else f"Reading from client: {error}"
            self.log("verbose", f"{how} {described(session)}")

    def tell_of_failure(self, connection: Connection) -> None:
        """A client broke the protocol."""
        if self.log.level in ("debug", "verbose"):
            problem = str(connection.reader.failure).removeprefix("Protocol error: ")
            self.log(
                "verbose",
                f"Protocol error ({problem}) from client: {described(connection.session)}. Query buffer during protocol"
                f" error: '{beginning(connection)}'",
            )

    def tell_of_size(self, connection: Connection) -> None:
        """A client sent more than it may before it is answered."""
        self.log(
            "warning",
            f"Closing client that reached max query buffer length: {described(connection.session)} (qbuf initial bytes:"
            f' "{beginning(connection)}")',
        )

    # -- limits ----------------------------------------------------------------------------------------------

    def output_limit(self, session: Session) -> tuple[int, int, int]:
        """Hard limit, soft limit and its seconds, for what may be waiting for a client; 0 is no limit."""
        found: tuple[int, int, int] = self.setting("client-output-buffer-limit")[
            PUBSUB if session.is_subscribed() else NORMAL
        ]
        return found

    def check_output(self, connection: Connection, *, later: bool = True) -> None:
        """Close a client that has too much waiting: client-output-buffer-limit of its class."""
        session = connection.session
        hard, soft, seconds = self.output_limit(session)
        size = connection.transport.get_write_buffer_size()
        over_soft = bool(soft) and size >= soft
        if not over_soft:
            connection.over_soft_limit_since = 0.0
        elif not connection.over_soft_limit_since:
            connection.over_soft_limit_since = monotonic()
        too_long = over_soft and monotonic() - connection.over_soft_limit_since > seconds
        if (hard and size >= hard) or too_long:
            how = "scheduled to be closed ASAP" if later else "closed"
            self.log("warning", f"Client {described(session)} {how} for overcoming of output buffer limits.")
            connection.kill()

    def check_clients(self) -> None:
        """Close those who were silent for longer than `timeout`, or overcame a limit."""
        for connection in list(self.slow):
            self.check_output(connection, later=False)
        if self.setting("maxmemory-clients"):
            self.make_room()
        self.ticks += 1
        if self.setting("timeout") and self.ticks % IDLE_TICKS == 0:
            self.close_idle(self.setting("timeout"))

    def close_idle(self, seconds: int) -> None:
        """Close those who were silent for longer than so many seconds. Who waits, listens or monitors is not idle."""
        now_ns = self.engine.now_ns
        for connection in list(self.connections):
            session = connection.session
            idle = (now_ns - session.last_used_ns) // 1_000_000_000
            if idle > seconds and session.wait is None and not session.is_subscribed() and not session.monitoring:
                self.log("verbose", "Closing idle client")
                connection.kill()

    def make_room(self) -> None:
        """Close the largest clients until all of them together keep to maxmemory-clients."""
        limit = self.setting("maxmemory-clients")
        if limit < 0:  # a percentage
            limit = self.setting("maxmemory") * -limit // 100
        sizes = {connection: self.host.client_size(connection.session) for connection in self.connections}
        total = sum(sizes.values())
        for connection in sorted(sizes, key=sizes.__getitem__, reverse=True) if limit else ():
            if total <= limit:
                return
            if not connection.session.no_evict:
                total -= sizes[connection]
                self.evicted += 1
                self.log("notice", f"Evicting client: {described(connection.session)}")
                connection.kill()

    # -- time ------------------------------------------------------------------------------------------------

    def cron(self) -> None:
        """Ten times a second: expiry, timeouts, limits. Nothing may change any more once everything is saved."""
        if self.ending:
            return
        try:
            self.garbage.tick()
            self.engine.tick()
            self.keeper.cron()
            if self.ticks % TOLD_TICKS == 0:
                self.tell_of_data()
            self.check_clients()
            self.deadline_changed()
        except Exception as error:
            self.internal_error([b"(cron)"], error)
        self.cron_handle = self.loop.call_later(TICK_SECONDS, self.cron)

    def deadline_changed(self) -> None:
        """See to it that nobody awaits the next cron whose time is over before it, nor many keys that are due."""
        due = self.engine.blocking.next_deadline()
        delay = TICK_SECONDS if due is None else max(0.0, (due - self.engine.now) / 1000)
        if self.engine.behind:
            delay = min(delay, CATCH_UP_SECONDS)
        if delay >= TICK_SECONDS:
            return
        if self.timer is not None:
            if self.timer.when() <= self.loop.time() + delay:
                return
            self.timer.cancel()
        self.timer = self.loop.call_later(delay, self.time_out)

    def time_out(self) -> None:
        """Answer those whose time is over."""
        self.timer = None
        self.engine.tick()
        self.deadline_changed()


def described(session: Session) -> str:
    """A client as the log tells of it."""
    return describe_client(session).decode("utf-8", "replace").rstrip("\n")


def beginning(connection: Connection) -> str:
    """The first bytes that a client sent and that are not understood yet, in letters that do a log no harm."""
    reader = connection.reader
    start = bytes(reader.buffer[reader.position : reader.position + 64] or connection.unread[:64])
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in start)


def addresses(connection: Connection) -> tuple[str, str]:
    """Where a connection comes from and where it came in, as CLIENT LIST shows them."""
    transport = connection.transport
    if connection.kind == "unix":
        path = transport.get_extra_info("sockname") or ""
        return f"{path}:0", f"{path}:0"
    return shown(transport.get_extra_info("peername")), shown(transport.get_extra_info("sockname"))


def shown(address: Any) -> str:
    """An address as Redis shows it: 127.0.0.1:6379, [::1]:6379."""
    if not address:
        return "?:0"
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine."""
    return address.startswith(("127.", "[::1]", "[::ffff:127."))
