"""The engine: what happens between a command's words and its reply.

`execute` is the only entrance, for sockets, shell, lessons and transactions alike:
look the name up, check the arity, pass the guards (login, MULTI, subscriber mode), then `call` the handler
under a frozen instant, close the step it made, and serve those who waited for what it changed. Looking up is told
in `finding`, the guards in `guard`, what concerns whole databases in `dataset`.

The engine has no I/O, no clock and no dice of its own: a clock and a random generator are handed in, and
`tick` is called from outside. Reads of `now` within one command agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

from redislab.engine import finding, hearing, monitor
from redislab.engine.acl import Acl
from redislab.engine.blocking import Blocking
from redislab.engine.changes import Changes
from redislab.engine.clock import SECOND, Clock, SystemClock, VirtualClock
from redislab.engine.config import Config
from redislab.engine.dividing import tend
from redislab.engine.errors import ReplyError, wrong_arity
from redislab.engine.expiry import expire_due
from redislab.engine.freeing import Freeing
from redislab.engine.guard import guard, refusal
from redislab.engine.host import Host
from redislab.engine.keyspace import Database
from redislab.engine.memory import Memory
from redislab.engine.observers import GATHERING_NS, Observed, Observers
from redislab.engine.pausing import Pausing
from redislab.engine.propagation import Propagation, Sink
from redislab.engine.pubsub import PubSub
from redislab.engine.scripting import Scripting
from redislab.engine.session import Session
from redislab.engine.switches import Switches
from redislab.engine.tracking import Tracking
from redislab.engine.version import DEFAULT, VERSIONS, Version
from redislab.resp.types import BLOCKED, NO_REPLY, Reply
from redislab.values.base import Limits, Value

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.functions import Functions

__all__ = ["Engine"]

DATABASES = 16


class Engine:
    """A Redis without its edges. `commands` is the command table, from full name in lower case to Command."""

    # Every command reads a dozen of these, and a dictionary of so many is slower: a tenth of a GET.
    __slots__ = (
        "acl",
        "active_expire",
        "alarm_ns",
        "alert",
        "behind",
        "blocking",
        "changes",
        "clock",
        "commands",
        "config",
        "databases",
        "dirty",
        "enable_debug",
        "expired_keys",
        "freeing",
        "fresh",
        "functions",
        "heard",
        "hits",
        "host",
        "lfu",
        "lfu_decay_time",
        "lfu_log_factor",
        "limits",
        "loading",
        "lookup",
        "lru_due",
        "lru_second",
        "make_database",
        "memory",
        "misses",
        "monitors",
        "next_id",
        "notify_flags",
        "now_ns",
        "observed",
        "observers",
        "pausing",
        "plain",
        "propagation",
        "pubsub",
        "random",
        "read_clock",
        "replication_id",
        "run",
        "run_alone",
        "script_seconds",
        "scripts",
        "sessions",
        "started_ns",
        "strict",
        "switches",
        "tracking",
        "unsettled",
        "untold",
        "version",
        "watchers",
        "write_refusal",
    )

    def __init__(
        self,
        commands: Mapping[str, Command],
        clock: Clock,
        random: Random,
        *,
        record: bool = False,
        observe: bool = True,
        version: Version = DEFAULT,
    ) -> None:
        self.commands = commands
        self.version = version
        self.host = Host()
        self.random = random
        self.lookup: dict[bytes, tuple[Command, Callable[..., Reply], int]] = {}
        """Names as typed, each with what the straight path needs: command, handler, number of words."""
        self.clock = clock
        self.read_clock: Callable[[], int] = clock.now_ns
        self.now_ns = self.started_ns = clock.now_ns()
        self.lru_second = self.now_ns // SECOND
        self.lru_due = 0
        # Settings that the straight path reads, kept here by `config`.
        self.limits = Limits()
        self.lfu = False
        self.lfu_log_factor = 10
        self.lfu_decay_time = 1
        self.notify_flags = 0
        self.active_expire = True
        self.enable_debug = True
        # State
        self.make_database: Callable[[Engine, int], Database] = Database
        if version != DEFAULT:
            from redislab.engine.newer import NewerDatabase, prepare

            self.make_database = NewerDatabase
        self.databases = [self.make_database(self, index) for index in range(DATABASES)]
        self.sessions: dict[int, Session] = {}
        self.next_id = 1
        self.dirty = 0
        self.expired_keys = 0
        self.behind = False
        """There was more to do than the last tick had time for: keys that are due, or to be freed."""
        self.fresh: tuple[Database, bytes, Value] | None = None
        self.alert = False
        self.plain = False
        self.strict = False
        """Every session's commands pass the guard: see `refresh_guards`."""
        self.hits = 0
        self.misses = 0
        """Keys that were there, or were not, when a command looked them up to read them."""
        self.alarm_ns = 0
        self.observed: dict[bytes, Observed] = {}
        """`lookup` of an engine that observes, each with the list that takes its times."""
        self.observers = Observers(self) if observe else None
        self.run_alone: Callable[[Session, Sequence[bytes]], Reply] = self.execute_observed if observe else self.execute
        self.run: Callable[[Session, Sequence[bytes]], Reply] = self.run_alone
        """How sessions run their commands; with a monitor, past it (see `monitor`)."""
        self.monitors: dict[Session, None] = {}
        self.untold: list[monitor.Untold] = []
        self.functions: Functions | None = None
        """The libraries of FUNCTION LOAD, made when first asked for: see `functions_of`."""
        self.loading = False
        """Data is being loaded: nothing expires meanwhile."""
        self.propagation: Propagation | None = None
        """Where the effects of commands go, if they go anywhere: see `propagate_to`."""
        self.unsettled = False
        """A command left something to do after it: a step to close, a key that somebody waits for."""
        self.heard: hearing.Heard | None = None
        """What the client hears whose command is running, if it is one that may hear of it."""
        self.watchers: dict[tuple[int, bytes], dict[Session, None]] = {}
        self.blocking = Blocking(self)
        self.tracking = Tracking(self)
        self.pausing = Pausing(self)
        self.switches = Switches()
        self.pubsub = PubSub(self)
        self.acl = Acl(self)
        self.scripts = Scripting(self)
        self.script_seconds = 5.0
        """How long a script may run where nobody can send SCRIPT KILL."""
        self.config = Config(self)
        if version != DEFAULT:
            prepare(self)
        self.memory = Memory(self)
        self.freeing = Freeing(self)
        # A lab is there to look behind the curtain; a server's configuration file may say no.
        self.config.start_with("enable-debug-command", "yes")
        self.changes: Changes | None = Changes(self) if record else None
        self.write_refusal = ""
        """The error for every command that writes, while the data cannot be put on the disk."""
        self.refresh_alert()
        self.replication_id = self.random.randbytes(20).hex()

    # -- time ------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The instant of the present command, in ms since 1970."""
        return self.now_ns // 1_000_000

    def read_time(self) -> int:
        """Ask the clock, as at the start of a command; returns ms since 1970."""
        now = self.now_ns = self.read_clock()
        if now >= self.lru_due or now < self.lru_due - SECOND:
            if self.observers is not None:
                self.observers.gather()
                now = self.now_ns = self.read_clock()
            self.lru_second = now // SECOND
            self.lru_due = (self.lru_second + 1) * SECOND
            if self.observers is not None:
                self.lru_due = min(self.lru_due, now + GATHERING_NS)
        return now // 1_000_000

    def follow_clock(self) -> None:
        """Read time the short way while the virtual clock shows the machine's own."""
        clock = self.clock
        if isinstance(clock, VirtualClock) and clock.untouched and isinstance(clock.below, SystemClock):
            self.read_clock = clock.below.now_ns
        else:
            self.read_clock = clock.now_ns if self.observers is None else self.observers.counting(clock.now_ns)
        self.lru_due = 0
        self.read_time()

    def tick(self) -> None:
        """Remove expired keys and answer those whose waiting time is over. Edges call it some ten times a second."""
        self.sweep()
        if self.propagation is not None:
            self.propagation.flush(apart=True)
        if self.observers is not None:
            self.observers.tick()
        if self.changes is not None and self.changes.entries:
            self.changes.close((b"(expiry)",), 0, automatic=True)
        if self.memory.counting:
            self.memory.tick()
        for db in self.databases:
            tend(db)
        if self.freeing:
            self.freeing.tick()
            self.behind |= bool(self.freeing)
        self.follow_up()

    def follow_up(self) -> None:
        """What comes after a tick, in steps of its own: tell who tracks keys, run what a pause put off."""
        if self.tracking.on:
            self.tracking.tick()
        self.pausing.is_over(self.now)
        self.pausing.resume()

    def sweep(self) -> None:
        """What a tick does, within the step that is open."""
        now = self.read_time()
        self.behind = False
        if self.active_expire and self.pausing.is_over(now) and not self.switches.cron_paused:
            self.behind = not expire_due(self, now)
            if self.observers is not None:
                self.observers.expired(self.read_clock() - self.now_ns)
        if self.blocking.ready:
            self.blocking.serve_ready()
        self.blocking.expire(now)

    def next_deadline(self) -> int | None:
        """Milliseconds until `tick` has something to do, or None if nothing is due at any time."""
        moments = [moment for db in self.databases if (moment := db.next_expiry()) is not None]
        if not self.active_expire or self.switches.cron_paused or self.pausing.until:
            moments = [self.pausing.until] if self.pausing.until else []
        waiting = self.blocking.next_deadline()
        if waiting is not None:
            moments.append(waiting)
        return max(0, min(moments) - self.read_time()) if moments else None

    def reset_statistics(self) -> None:
        """Set the counters back to zero: CONFIG RESETSTAT."""
        self.expired_keys = self.hits = self.misses = self.memory.eviction.evicted_keys = 0
        self.freeing.reset()
        self.host.reset_statistics()
        if self.observers is not None:
            self.observers.reset()

    # -- sessions --------------------------------------------------------------------------------------------

    def connect(self, name: str = "", *, protocol: int = 2, address: str = "127.0.0.1:0") -> Session:
        """A new client."""
        self.read_time()
        session = Session(self, self.next_id, protocol, address)
        self.next_id += 1
        session.name = name.encode()
        self.acl.start(session)
        session.refresh_guard()
        self.sessions[session.id] = session
        return session

    def disconnect(self, session: Session) -> None:
        """Forget everything about a client. `Session.close` is the way here."""
        self.blocking.forget(session)
        self.unwatch(session)
        self.pubsub.leave(session)
        self.tracking.stop(session)
        self.sessions.pop(session.id, None)
        monitor.stop(session)

    # -- the path of one command -----------------------------------------------------------------------------

    def execute(self, session: Session, argv: Sequence[bytes]) -> Reply:
        """Run one command for a session: its reply, QUEUED, or BLOCKED. Raises ReplyError for an error reply.

        One function for the whole straight path, because each call from here would cost a tenth of a GET.
        """
        try:
            command, handler, expected = self.lookup[argv[0]]
            words = argv
        except KeyError:
            command = finding.find(self, session, argv)
            handler, expected = command.handler, command.count  # type: ignore[assignment]
            words = argv[command.offset - 1 :] if command.offset else (b"", *argv)
        count = len(words)
        if count != expected and (expected > 0 or count < -expected):
            raise refusal(self, session, command, wrong_arity(command.name))
        session.last_command = command
        if session.guarded:
            reply = guard(self, session, command, argv)
            if reply is not None:
                return reply
        # An attribute that is a function is found faster when it is not called as a method.
        read_clock = self.read_clock
        now = self.now_ns = session.last_used_ns = read_clock()
        if now >= self.lru_due:
            self.read_time()
        try:
            # Spelt out, the common calls need no tuple of their own.
            if count == 2:
                return handler(session, words[1])
            if count == 3:
                return handler(session, words[1], words[2])
            if count == 4:
                return handler(session, words[1], words[2], words[3])
            if count == 1:
                return handler(session)
            if count == 5:
                return handler(session, words[1], words[2], words[3], words[4])
            return handler(session, *words[1:])
        except ReplyError:
            self.fresh = None
            raise
        finally:
            if self.unsettled:
                self._settle(session, argv)

    def execute_observed(self, session: Session, argv: Sequence[bytes]) -> Reply:
        """`execute` for an engine that observes: the call is timed and counted.

        The same steps, spelt out again: to call the other from here, and a function that counts, would cost as much as
        a third of a GET. What is told to `observers` is told on the rare ways only.
        """
        try:
            try:
                command, handler, expected, times, _ = self.observed[argv[0]]
                words = argv
            except KeyError:
                command, words, times = self._find_observed(session, argv)
                handler, expected = command.handler, command.count  # type: ignore[assignment]
            count = len(words)
            if count != expected and (expected > 0 or count < -expected):
                raise refusal(self, session, command, wrong_arity(command.name))
            session.last_command = command
            if session.guarded:
                reply = guard(self, session, command, argv)
                if reply is not None:
                    return reply
        except ReplyError as error:
            self.observers.rejected(session.last_command, error)  # type: ignore[union-attr]
            raise
        read_clock = self.read_clock
        now = self.now_ns = session.last_used_ns = read_clock()
        if now >= self.lru_due:
            self.read_time()
            now = self.now_ns
        try:
            if count == 2:
                reply = handler(session, words[1])
            elif count == 3:
                reply = handler(session, words[1], words[2])
            elif count == 4:
                reply = handler(session, words[1], words[2], words[3])
            elif count == 1:
                reply = handler(session)
            elif count == 5:
                reply = handler(session, words[1], words[2], words[3], words[4])
            else:
                reply = handler(session, *words[1:])
            took = read_clock() - now
            if took < self.alarm_ns:
                times.append(took)
            else:
                self.observers.called(session, command, argv, took, reply)  # type: ignore[union-attr]
            return reply
        except ReplyError as error:
            self.fresh = None
            self.observers.failed(session, command, argv, read_clock() - now, error)  # type: ignore[union-attr]
            raise
        finally:
            if self.unsettled:
                self._settle(session, argv)

    def _find_observed(
        self, session: Session, argv: Sequence[bytes]
    ) -> tuple[Command, Sequence[bytes], list[int]]:
        """A command that is not looked up straight away: with the words its handler sees, and its list of times."""
        session.last_command = None
        command = finding.find(self, session, argv)
        observers = self.observers
        assert observers is not None
        observers.learn(argv[0], command)
        words = argv[command.offset - 1 :] if command.offset else (b"", *argv)
        return command, words, observers.tally(command).times

    def run_monitored(self, session: Session, argv: Sequence[bytes]) -> Reply:
        """What takes the place of `run_alone` while there are monitors."""
        return monitor.execute_monitored(self, session, argv)

    def call_inner(self, session: Session, command: Command, argv: Sequence[bytes]) -> Reply:
        """Call a command on behalf of another, EXEC or a script: no guard, and it is part of the outer one's step.

        Raises ReplyError.
        """
        observers = self.observers
        untold = monitor.begin(session, command, argv) if self.monitors else None
        started = 0 if observers is None else self.read_clock()
        try:
            reply: Reply
            count = len(argv) if command.offset == 1 else 0
            if count == 2:  # as in `execute`
                reply = command.handler(session, argv[1])  # type: ignore[misc]
            elif count == 3:
                reply = command.handler(session, argv[1], argv[2])  # type: ignore[misc]
            else:
                reply = command.handler(session, *argv[command.offset :])  # type: ignore[misc]
        except ReplyError as error:
            if observers is not None:
                observers.failed(session, command, argv, self.read_clock() - started, error)
            raise
        else:
            if observers is not None:
                observers.called(session, command, argv, self.read_clock() - started, reply)
            return reply
        finally:
            self.fresh = None
            if session.tracking is not None:
                self.tracking.remember(session, command, argv)
            if self.propagation is not None:
                self.propagation.note(session.db.index, argv)
            if untold is not None:
                monitor.end(untold)

    def execute_quietly(self, session: Session, argv: Sequence[bytes]) -> Reply:
        """The same for a session whose CLIENT REPLY is OFF or SKIP: runs the command and answers nothing.

        CLIENT REPLY ON is answered, because it ends it; so is a RESET after OFF, but not the one that SKIP is about.
        """
        if session.reply_mode == "skipping":  # of a command that waited, and waits no more
            session.answer("on")
            return session.execute(session, argv)
        if session.reply_mode == "skip":
            session.reply_mode = "skipping"
        try:
            reply = hearing.execute(session, argv) if session.hears() else self.run(session, argv)
        except ReplyError as error:
            reply = error
        if session.reply_mode == "on":
            return reply
        if reply is BLOCKED:
            return reply
        if session.reply_mode == "skipping":
            session.answer("on")
        return NO_REPLY

    def _settle(self, session: Session, argv: Sequence[bytes]) -> None:
        """After a command that changed something: serve who waited for it, and close its step."""
        # With somebody to tell, every command is looked at.
        self.unsettled = self.propagation is not None
        if self.propagation is not None:
            self.propagation.note(session.db.index, argv)
            self.propagation.flush()
        if self.blocking.ready:
            self.blocking.serve_ready()
        if self.changes is not None:
            # A step that stays `last` has to be forgotten after the next command, whatever that does.
            self.unsettled |= self.changes.close(tuple(argv), session.id) is not None
        if self.tracking.changed:
            self.tracking.settle()
        if self.pausing.postponed:
            self.pausing.resume()

    def propagate_to(self, sink: Sink) -> None:
        """Hand the effects of every command to `sink` from now on."""
        if self.propagation is None:
            self.propagation = Propagation(self)
        self.propagation.sinks.append(sink)
        self.unsettled = True
        self.refresh_alert()

    def stop_propagating_to(self, sink: Sink) -> None:
        """Hand no more effects to `sink`."""
        if self.propagation is not None:
            self.propagation.sinks.remove(sink)
            if not self.propagation.sinks:
                self.propagation = None
                self.refresh_alert()

    @property
    def redis_version(self) -> str:
        """The full number of the version, as HELLO shows it."""
        return VERSIONS[self.version]

    def written(self, reply: Reply) -> Reply:
        """A reply as a later version than the default writes it."""
        from redislab.engine.newer import with_short_doubles

        return with_short_doubles(reply)

    @property
    def deletion(self) -> bytes:
        """The command that stands for a key whose time is over."""
        return b"UNLINK" if self.config["lazyfree-lazy-expire"] else b"DEL"

    def effect(self, session: Session, *argv: bytes) -> None:
        """The running call is to be told as this command, or as several, instead of as it was given."""
        if self.propagation is not None:
            self.propagation.effect(session.db.index, *argv)

    def refresh_guards(self) -> None:
        """Recompute which sessions' commands pass the guard, after something that concerns them all has changed."""
        self.strict = bool(self.memory.limit or self.pausing.until or self.scripts.busy or self.write_refusal)
        for session in self.sessions.values():
            session.refresh_guard()

    def refuse_writes(self, error: str) -> None:
        """Answer every command that writes with this error; an empty one lets them pass again."""
        if error != self.write_refusal:
            self.write_refusal = error
            self.refresh_guards()

    # -- what hangs on the gate ------------------------------------------------------------------------------

    def refresh_alert(self) -> None:
        """Recompute whether `touched` has anybody to tell, and whether the gate may take its shortest way."""
        self.alert = bool(self.watchers or self.blocking.on_key or self.notify_flags or self.tracking.on)
        self.plain = not self.alert and not self.lfu and self.changes is None and not self.memory.counting
        self.plain &= self.propagation is None

    def unwatch(self, session: Session) -> None:
        """Forget all keys that a session watches."""
        for db, key in session.watched:
            watching = self.watchers.get((db.index, key))
            if watching is not None:
                watching.pop(session, None)
                if not watching:
                    del self.watchers[db.index, key]
        session.watched.clear()
        session.spoiled = False
        self.refresh_alert()
