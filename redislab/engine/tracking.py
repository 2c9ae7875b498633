"""Client-side caching: which client has read which key, and telling it when the key changes.

A client that tracks is remembered with the keys that its read commands name. When one of them changes (or expires, or
is evicted) it is told so once, and the memory of it is gone until the next read. The table knows names only: a key of
another database counts as the same key. A broadcasting client is remembered nowhere: it names prefixes, and is told of
every change of a key that begins with one, of many at once: a server tells of them when all that has come from its
clients is executed, and without one the end of the command is that moment.

Others hear of a change at once. The client that runs the command hears after the reply to it, so that no message
stands within a reply: its commands run through `hearing`. Nothing of this is on the way of other clients.

A message goes as a push to a client of RESP3. A client of RESP2 can only have it sent to another connection, which
listens to the channel __redis__:invalidate (or speaks RESP3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.resp.types import QUEUED, Push, Reply
from redislab.values.roster import Roster

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["Tracked", "Tracking"]

CHANNEL = b"__redis__:invalidate"
MOST_KEYS = "tracking-table-max-keys"
EFFORT = 100
"""How many keys too many are forgotten in one tick."""
_UNREMEMBERED = frozenset(("eval_ro", "evalsha_ro", "fcall_ro"))
"""Commands that only read but whose keys count by what the script does."""


class Tracked:
    """How one client tracks. `redirect` is the number of the client that gets the messages, 0 for itself."""

    __slots__ = ("broadcast", "broken", "caching", "no_loop", "opt_in", "opt_out", "prefixes", "redirect")

    def __init__(self) -> None:
        self.redirect = 0
        self.broadcast = self.opt_in = self.opt_out = self.no_loop = False
        self.caching = False
        """CLIENT CACHING was given for the next command."""
        self.broken = False
        """The client that messages were sent to is gone."""
        self.prefixes: dict[bytes, None] = {}


class Tracking:
    """What all clients of one engine track."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clients = 0
        self.on = False
        """Whether changes of keys are of interest here."""
        self.readers: dict[bytes, dict[int, None]] = {}
        """The numbers of the clients that have read each key. Those that are gone stay until the key changes."""
        self.roster = Roster(())
        self.items = 0
        self.served: bytes | None = None
        """The list that a client is served from who waited for it."""
        self.prefixes: dict[bytes, dict[Session, None]] = {}
        self.changed: dict[bytes, dict[bytes, Session | None]] = {}
        """For each prefix the keys that changed since the last message, and the client that changed each last."""

    # -- switching -------------------------------------------------------------------------------------------

    def start(self, session: Session, settings: Tracked) -> None:
        """Let a client track in this way; prefixes it broadcasts already stay."""
        before: Tracked | None = session.tracking
        if before is None:
            self.clients += 1
        else:
            settings.caching = before.caching
            settings.prefixes = {**before.prefixes, **settings.prefixes}
        for prefix in settings.prefixes:
            self.prefixes.setdefault(prefix, {})[session] = None
        session.tracking = settings
        session.refresh_path()
        self._refresh()

    def stop(self, session: Session) -> None:
        """Let a client track no more; nothing happens to one that does not."""
        tracked: Tracked | None = session.tracking
        if tracked is None:
            return
        for prefix in tracked.prefixes:
            listening = self.prefixes[prefix]
            listening.pop(session, None)
            if not listening:
                del self.prefixes[prefix]
                self.changed.pop(prefix, None)
        session.tracking = None
        self.clients -= 1
        session.refresh_path()
        self._refresh()

    def _refresh(self) -> None:
        on = bool(self.clients or self.readers)
        if on != self.on:
            self.on = on
            self.engine.refresh_alert()

    # -- reading ---------------------------------------------------------------------------------------------

    def after(self, session: Session, argv: Sequence[bytes], reply: Reply) -> None:
        """After a command: remember what it read. CLIENT CACHING counts for one command, or one transaction."""
        command: Command | None = session.last_command
        tracked: Tracked | None = session.tracking
        if command is None or tracked is None:
            return
        if reply is not QUEUED and not getattr(reply, "rejected", False):
            self.remember(session, command, argv)
        if session.queue is None and not command.name.startswith("client"):
            tracked.caching = False

    def remember(self, session: Session, command: Command, argv: Sequence[bytes]) -> None:
        """Note that a client has read the keys of a call, if it is one that reads and the client tracks such."""
        tracked: Tracked | None = session.tracking
        if tracked is None or tracked.broadcast or "readonly" not in command.flags or command.name in _UNREMEMBERED:
            return
        self.remember_keys(session, [argv[place] for place, _ in command.used_keys(argv)])

    def remember_keys(self, session: Session, keys: Sequence[bytes]) -> None:
        """Note that a client has read these keys. For what a script reads all the keys it was given count."""
        tracked: Tracked | None = session.tracking
        if tracked is None or tracked.broadcast:
            return
        if (tracked.opt_in and not tracked.caching) or (tracked.opt_out and tracked.caching):
            return
        for key in keys:
            readers = self.readers.get(key)
            if readers is None:
                readers = self.readers[bytes(key)] = {}
                self.roster.add(bytes(key))
            if session.id not in readers:
                readers[session.id] = None
                self.items += 1

    # -- changes ---------------------------------------------------------------------------------------------

    def key_changed(self, key: bytes, *, by_itself: bool = False) -> None:
        """A key changed: tell those who have read it. `by_itself` is for expiry and eviction, which nobody did.

        What a script changes counts, for those who broadcast, as changed by nobody either. A list that somebody was
        served from counts as changed by who pushed: all this was told then.
        """
        if key == self.served:
            return
        for prefix in self.prefixes:
            if key.startswith(prefix):
                nobody = by_itself or self.engine.scripts.run is not None
                heard = self.engine.heard
                if not self.changed:
                    self._wait_to_broadcast()
                self.changed.setdefault(prefix, {})[key] = None if nobody or heard is None else heard.session
        self._forget(key)

    def _forget(self, key: bytes) -> None:
        """Tell those who have read a key, and forget that they have."""
        readers = self.readers.pop(key, None)
        if readers is None:
            return
        self.roster.discard(key)
        self.items -= len(readers)
        for number in readers:
            session = self.engine.sessions.get(number)
            tracked: Tracked | None = session.tracking if session is not None else None
            if session is None or tracked is None or tracked.broadcast:
                continue
            if not self._is_running(session):
                self.send(session, (key,))
            elif not tracked.no_loop:
                self._tell_late(session, (key,))
        if not self.readers:
            self._refresh()

    def flushed(self) -> None:
        """One or all databases were emptied: tell all who track, and forget who has read what."""
        if not self.on:
            return
        for session in list(self.engine.sessions.values()):
            if session.tracking is None:
                continue
            if self._is_running(session):
                self._tell_late(session, None)
            else:
                self.send(session, None)
        self.readers, self.roster, self.items = {}, Roster(()), 0
        self._refresh()

    def _wait_to_broadcast(self) -> None:
        put_off = self.engine.host.put_off
        if put_off is None:
            self.engine.unsettled = True
        else:
            put_off(self.broadcast)

    def settle(self) -> None:
        """At the end of a command, tell those who broadcast, if it is not put off."""
        if self.engine.host.put_off is None:
            self.broadcast()

    def broadcast(self) -> None:
        """Tell those who broadcast what changed since the last time."""
        changed, self.changed = self.changed, {}
        for prefix in sorted(changed):
            keys = sorted(changed[prefix].items())
            for session in list(self.prefixes.get(prefix, ())):
                tracked = session.tracking
                assert tracked is not None
                others = tuple(key for key, by in keys if by is not session or not tracked.no_loop)
                if others and self._is_running(session):
                    self._tell_late(session, others)
                elif others:
                    self.send(session, others)

    def tick(self) -> None:
        """Tell what changed by itself, and keep the table within tracking-table-max-keys."""
        if self.changed:
            self.broadcast()
        most = self.engine.config.values[MOST_KEYS]
        effort = EFFORT
        while most and len(self.readers) > most and effort:
            self._forget(self.roster.pick(self.engine.random))
            effort -= 1

    def _is_running(self, session: Session) -> bool:
        """Whether it is a command of this client that runs: then it is told after the reply."""
        heard = self.engine.heard
        return heard is not None and heard.session is session

    def _tell_late(self, session: Session, keys: tuple[bytes, ...] | None) -> None:
        heard = self.engine.heard
        assert heard is not None
        heard.late.append(keys)

    def send(self, session: Session, keys: tuple[bytes, ...] | None) -> None:
        """Send a message about keys, or about a flush, to a client or to whom it redirects.

        A transaction that stopped tracking at its end still gets what it has coming.
        """
        tracked: Tracked | None = session.tracking
        target: Session | None = session
        if tracked is not None and tracked.redirect:
            target = self.engine.sessions.get(tracked.redirect)
            if target is None:
                tracked.broken = True
                if session.protocol > 2:
                    session.deliver(Push([b"tracking-redir-broken", tracked.redirect]))
                return
        assert target is not None
        told = list(keys) if keys is not None else None
        if target.protocol > 2:
            target.deliver(Push([b"invalidate", told]))
        elif tracked is not None and tracked.redirect and target.is_subscribed():
            target.deliver(Push([b"message", CHANNEL, told]))
