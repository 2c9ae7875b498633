"""What a client hears of its own doing, and where that stands beside the reply.

Who listens in RESP3 to keyspace events, or to a channel that it publishes to itself, gets those messages from the very
command that it runs; and who tracks keys is told of its own changes. Redis 7.0 sends an event at the moment it happens:
HSET's after the reply is written, SET's before, that of ZPOPMIN between the array's header and its items. Each command
declares this of itself (`told`, see `commands.spec`); what tracking has to say follows the reply. Since 7.2 all of it
does.

The commands of such clients run through `execute` here; nothing of this is on the way of others. Where a message stands
within a reply, the outbox gets what a client reads from those bytes: an array that ends too early, with a push among
its items, and the rest of them as replies of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from redislab.engine.errors import ReplyError
from redislab.engine.version import DEFAULT
from redislab.resp.types import BLOCKED, NO_REPLY, Marker, Push, Reply

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.session import Session

__all__ = ["BEHIND", "NO_EVENT", "Event", "Heard", "Places", "execute", "parts"]

Event = tuple[str, bytes]
"""A keyspace event and its key; `NO_EVENT` for any other message."""
NO_EVENT: Event = ("", b"")
BEHIND = 1 << 62
"""The place of a message that follows the whole reply. Others are told by how many parts of it come first: a part is
the header of an array, or a string or number within it, so 0 is before the reply."""
Places = Callable[[Sequence[bytes], Reply, Sequence[Event], int], Sequence[int]]
"""Gives each event of a call its place, from the call's words (none if it had to wait), the reply, the events and the
protocol."""
CONFIRMATION = b"subscribe"


class Heard:
    """What one client hears while its command runs."""

    __slots__ = ("late", "messages", "over", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.messages: list[tuple[Event, Reply]] = []
        self.over = False
        """The command is over, and others are served with what it left."""
        self.late: list[Reply] = []
        """What follows the reply to the whole, even to a transaction: messages, keys that changed, None for a flush."""

    def add(self, message: Reply) -> None:
        """Keep a message with the event that it tells of."""
        engine = self.session.engine
        if self.over or (engine.version > DEFAULT and message.__class__ is Push and not is_confirmation(message)):
            self.late.append(message)
        else:
            self.messages.append((engine.pubsub.event, message))

    def arranged(self, command: Command | None, argv: Sequence[bytes], reply: Reply) -> list[Reply]:
        """The messages so far and the reply, in the order in which they are sent. A marker is no reply."""
        messages, self.messages = self.messages, []
        found = [] if reply.__class__ is Marker else [reply]
        if command is None or not command.told:
            return [message for _, message in messages] + found
        protocol = self.session.protocol
        find = by_name(command.told) if isinstance(command.told, str) else command.told
        places = find(argv, reply, [event for event, _ in messages], protocol)
        placed = [(where, message) for where, (_, message) in zip(places, messages, strict=True)]
        within = [(where, message) for where, message in placed if 0 < where < BEHIND]
        return [
            *(message for where, message in placed if not where),
            *(interrupted(reply, within, protocol) if within and found else found),
            *(message for where, message in placed if where == BEHIND),
        ]

    def tell_late(self) -> None:
        """Send what follows the reply. Since 7.2 messages come first, then what tracking has to say."""
        late, self.late = self.late, []
        engine = self.session.engine
        if engine.version > DEFAULT:
            late.sort(key=lambda message: message.__class__ is not Push)
        for message in late:
            if message.__class__ is Push:
                self.session.deliver(message)
            else:
                engine.tracking.send(self.session, message)


def execute(session: Session, argv: Sequence[bytes]) -> Reply:
    """Run a command of a client that may hear of it. Raises ReplyError.

    Where something follows the reply, both come through the outbox.
    """
    engine = session.engine
    outer, before = engine.heard, session.heard
    heard = engine.heard = session.heard = Heard(session)
    reply: Reply
    try:
        reply = engine.run(session, argv)
    except ReplyError as error:
        reply = error
    finally:
        engine.heard, session.heard = outer, before
    if session.tracking is not None:
        engine.tracking.after(session, argv, reply)
    if heard.messages or heard.late:
        replies = heard.arranged(session.last_command, argv, reply)
        straight = not heard.late and bool(replies) and replies[-1] is reply
        for each in replies[:-1] if straight else replies:
            session.deliver(each)
        heard.tell_late()
        if not straight:
            return reply if reply is BLOCKED else NO_REPLY
    if isinstance(reply, ReplyError):
        raise reply
    return reply


def is_confirmation(message: Push) -> bool:
    """Whether a message is a command's own answer, as SUBSCRIBE's."""
    return bool(message) and isinstance(message[0], bytes) and message[0].endswith(CONFIRMATION)


@cache
def by_name(told: str) -> Places:
    """The places that a declaration such as `zpopmin@1 del` names; events that it does not name precede the reply.

    So does one that is `Early` (see `commands.told`), although its command has others of this name behind it.
    """
    named = {}
    for word in told.split():
        event, _, passed = word.partition("@")
        named[event] = int(passed) if passed else BEHIND

    def find(argv: Sequence[bytes], reply: Reply, events: Sequence[Event], protocol: int) -> list[int]:
        return [0 if event.__class__ is not str else named.get(event, 0) for event, _ in events]

    return find


def parts(reply: Reply, protocol: int) -> int:
    """How many parts a reply has."""
    from redislab.resp.encode import encode

    data, position, count = encode(reply, protocol), 0, 0
    while position < len(data):
        position, count = end_of_part(data, position), count + 1
    return count


def end_of_part(data: bytes, position: int) -> int:
    """Where the part of a reply ends that begins here."""
    end = data.index(b"\r\n", position) + 2
    if data[position] in b"$=!" and data[position + 1] != ord("-"):
        end += int(data[position + 1 : end]) + 2
    return end


def interrupted(reply: Reply, within: Sequence[tuple[int, Reply]], protocol: int) -> list[Reply]:
    """What a client reads from a reply with messages after so many of its parts, in that order."""
    from redislab.resp.encode import encode
    from redislab.resp.replies import ReplyReader

    data, position, passed = encode(reply, protocol), 0, 0
    reader = ReplyReader()
    for where, message in within:
        start = position
        while passed < where and position < len(data):
            position, passed = end_of_part(data, position), passed + 1
        reader.feed(data[start:position] + encode(message, protocol))
    reader.feed(data[position:])
    found: list[Reply] = []
    while (each := reader.next()) is not NO_REPLY:
        found.append(each)
    return found
