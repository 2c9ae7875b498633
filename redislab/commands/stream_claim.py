"""Taking over what another consumer left behind: XCLAIM, XAUTOCLAIM."""

from __future__ import annotations

from typing import Any

from redislab.commands import stream_effects as effects
from redislab.commands.shapes import Array
from redislab.commands.spec import command
from redislab.commands.stream_ids import entry_reply, id_text, start_of, stream_id
from redislab.commands.stream_pending import no_key_or_group
from redislab.commands.stream_read import see_consumer
from redislab.engine import errors
from redislab.engine.arguments import integer, integer_in
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import Reply
from redislab.values.stream import Stream
from redislab.values.stream_groups import Group

GROUP = "stream"

USUAL_COUNT = 100
MOST_COUNT = ((1 << 63) - 1) // 16
TRIES_FOR_EACH = 10
"""So many pending entries XAUTOCLAIM looks at for each that it may claim."""
MOST_TRANSIENT = 1 << 43
"""More entries than this have no room in the memory of a server."""


def _group_to_edit(session: Session, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """A stream and one of its groups. Raises ReplyError."""
    value = session.db.edit(key, Stream) if session.db.exists(key) else None
    if value is None or value.view_group(name) is None:
        raise no_key_or_group(key, name)
    group = value.edit_group(name)
    assert group is not None
    return value, group


class ClaimOptions:
    """XCLAIM's options. `delivered_ms` is when the entries count as delivered, `deliveries` how often (-1: not set)."""

    __slots__ = ("delivered_ms", "deliveries", "force", "just_ids", "last_id")

    def __init__(self) -> None:
        self.delivered_ms = -1
        self.deliveries = -1
        self.force = False
        self.just_ids = False
        self.last_id = 0


def _read_claim(words: tuple[bytes, ...], now: int, options: ClaimOptions) -> list[int]:
    """The ids; from the first word on that is none, the options are filled in. Raises ReplyError."""
    ids: list[int] = []
    at = 0
    while at < len(words):
        try:
            ids.append(stream_id(words[at]))
        except ReplyError:
            break
        at += 1
    while at < len(words):
        name, more = words[at].upper(), at + 1 < len(words)
        if name == b"FORCE":
            options.force = True
        elif name == b"JUSTID":
            options.just_ids = True
        elif name in (b"IDLE", b"TIME", b"RETRYCOUNT", b"LASTID") and more:
            at += 1
            _set_option(options, name, words[at], now)
        else:
            raise ReplyError(f"ERR Unrecognized XCLAIM option '{shown(words[at])}'")
        at += 1
    if options.delivered_ms == -1 or not 0 <= options.delivered_ms <= now:
        options.delivered_ms = now
    return ids


def _set_option(options: ClaimOptions, name: bytes, word: bytes, now: int) -> None:
    if name == b"LASTID":
        options.last_id = stream_id(word)
        return
    number = integer(word, f"ERR Invalid {name.decode()} option argument for XCLAIM")
    if name == b"RETRYCOUNT":
        options.deliveries = number
    else:
        options.delivered_ms = now - number if name == b"IDLE" else number


@command(
    "XCLAIM key group consumer min-idle-time id... [IDLE ms:int] [TIME unix-time-milliseconds:time] "
    "[RETRYCOUNT count:int] [FORCE] [JUSTID] [LASTID id]",
    since="5.0.0",
    told="xgroup-createconsumer@1",
    complexity="O(log N) for N pending entries of the group.",
    flags="write fast",
    keys="RW update",
    tips=["nondeterministic_output"],
    reply=Array("the entries claimed, or their ids with JUSTID"),
)
def xclaim(session: Session, key: bytes, name: bytes, consumer: bytes, min_idle: bytes, *words: bytes) -> Reply:
    """Make pending entries those of another consumer.

    Only entries whose last delivery is at least so many milliseconds ago are claimed, so that of several who try only
    one succeeds. That counts as a delivery, unless JUSTID asks for the ids alone. IDLE, TIME and RETRYCOUNT set the
    time and number of deliveries; FORCE makes an entry pending that was not. A pending entry that was deleted from the
    stream is pending no more.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team 0
    OK
    > XREADGROUP GROUP team ann STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    > XCLAIM jobs team ben 0 1-0
    1) 1) "1-0"
       2) 1) "task"
          2) "wash"
    > XCLAIM jobs team ann 60000 1-0
    (empty array)
    """
    db, now = session.db, session.engine.now
    db.view_any(key, announce=True)
    value, group = _group_to_edit(session, key, name)
    least_idle = max(integer(min_idle, "ERR Invalid min-idle-time argument for XCLAIM"), 0)
    claim = Claim(session, key, group, consumer, least_idle)
    ids = _read_claim(words, now, claim.options)
    moved = claim.options.last_id > group.last_id
    if moved:
        value.move_group(group, claim.options.last_id)
    claim.begin()
    dropped = False
    claimed: list[Any] = []
    for entry_id in ids:
        fields = value.get(entry_id)
        if fields is None:
            dropped = claim.drop(entry_id) or dropped
        elif claim.take(entry_id):
            claimed.append(claim.reply(entry_id, fields))
    if claimed or dropped or moved:
        db.touched_within(key)
        if moved and not claimed and not dropped:
            effects.group_moved(session, key, group)
    effects.no_more(session)
    return claimed


class Claim:
    """A consumer that takes over entries, and the conditions under which it does."""

    __slots__ = ("consumer", "group", "key", "least_idle", "options", "session")

    def __init__(self, session: Session, key: bytes, group: Group, consumer: bytes, least_idle: int) -> None:
        self.session = session
        self.key = key
        self.group = group
        self.consumer = consumer
        self.least_idle = least_idle
        self.options = ClaimOptions()

    def begin(self) -> None:
        """Note the consumer, which since 7.2 is there even if nothing can be claimed for it."""
        if self.session.engine.version > DEFAULT:
            see_consumer(self.session, self.key, self.group, self.consumer, tell=False)

    def take(self, entry_id: int) -> bool:
        """Make an existing entry pending for the consumer; False if it may not be claimed."""
        before = self.group.pending.held.get(entry_id)
        options, deliveries = self.options, 1
        if before is None:
            if not options.force:
                return False
        else:
            if self.least_idle and self.session.engine.now - before.delivered_ms < self.least_idle:
                return False
            deliveries = before.deliveries
        if options.deliveries >= 0:
            deliveries = options.deliveries
        elif not options.just_ids:
            deliveries += 1
        see_consumer(self.session, self.key, self.group, self.consumer, tell=False)
        self.group.consumers[self.consumer].active_ms = self.session.engine.now
        pending = self.group.give(entry_id, self.consumer, options.delivered_ms, deliveries)
        effects.given(self.session, self.key, self.group, entry_id, pending)
        return True

    def drop(self, entry_id: int) -> bool:
        """Take a deleted entry off the pending ones; False if it was not among them."""
        pending = self.group.acknowledge(entry_id)
        if pending is None:
            return False
        effects.given(self.session, self.key, self.group, entry_id, pending)
        return True

    def reply(self, entry_id: int, fields: tuple[bytes, ...]) -> Reply:
        """What is replied for an entry that was taken."""
        return id_text(entry_id) if self.options.just_ids else entry_reply((entry_id, fields))


@command(
    "XAUTOCLAIM key group consumer min-idle-time start [COUNT count:int] [JUSTID]",
    since="6.2.0",
    told="xgroup-createconsumer@3",
    complexity="O(1) if COUNT is small.",
    flags="write fast",
    keys="RW delete",
    tips=["nondeterministic_output"],
    history={"7.0.0": "Deleted entries are taken off the pending ones, and their ids returned."},
    reply=Array("the id to go on from, 0-0 at the end; the entries claimed; the ids of those that were deleted"),
)
def xautoclaim(
    session: Session, key: bytes, name: bytes, consumer: bytes, min_idle: bytes, start: bytes, *words: bytes
) -> Reply:
    """Claim whatever has been pending for long enough, from an id on.

    Looks at the pending entries of all consumers, ten times as many as COUNT (100) at most, and claims up to COUNT of
    those whose last delivery is at least so many milliseconds ago: XPENDING and XCLAIM in one. Call it again with the
    id it returns.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team 0
    OK
    > XREADGROUP GROUP team ann STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    > XAUTOCLAIM jobs team ben 0 0
    1) "0-0"
    2) 1) 1) "1-0"
          2) 1) "task"
             2) "wash"
    3) (empty array)
    """
    session.db.view_any(key, announce=True)
    least_idle = max(integer(min_idle, "ERR Invalid min-idle-time argument for XAUTOCLAIM"), 0)
    first = start_of(start)
    count, just_ids = _autoclaim_options(words)
    value, group = _group_to_edit(session, key, name)
    if count > MOST_TRANSIENT:
        raise ReplyError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
    claim = Claim(session, key, group, consumer, least_idle)
    claim.options.delivered_ms, claim.options.just_ids = session.engine.now, just_ids
    claim.begin()
    claimed: list[Any] = []
    deleted: list[bytes] = []
    tries = count * TRIES_FOR_EACH
    go_on = 0
    for entry_id in group.pending.ids(first):
        if not tries or not count:
            go_on = entry_id
            break
        tries -= 1
        fields = value.get(entry_id)
        if fields is None:
            claim.drop(entry_id)
            deleted.append(id_text(entry_id))
            count -= 1
        elif claim.take(entry_id):
            claimed.append(claim.reply(entry_id, fields))
            count -= 1
    if claimed or deleted:
        session.db.touched_within(key)
    effects.no_more(session)
    return [id_text(go_on), claimed, deleted]


def _autoclaim_options(words: tuple[bytes, ...]) -> tuple[int, bool]:
    """COUNT and JUSTID. Raises ReplyError."""
    count, just_ids, at = USUAL_COUNT, False, 0
    while at < len(words):
        name = words[at].upper()
        if name == b"COUNT" and at + 1 < len(words):
            at += 1
            count = integer_in(words[at], 1, MOST_COUNT, "ERR COUNT must be > 0")
        elif name == b"JUSTID":
            just_ids = True
        else:
            raise ReplyError(errors.SYNTAX)
        at += 1
    return count, just_ids
