"""Reading on from an id, alone or in a group, and waiting for what comes: XREAD, XREADGROUP.

Both first try every stream at once. Only if none has anything, and BLOCK is given, the session waits; then the first of
its streams that grows serves it. A session that waits in a group is told when the stream or the group goes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from redislab.commands import stream_effects as effects
from redislab.commands.shapes import Array, Map, NullArrayReply, OneOf
from redislab.commands.spec import command
from redislab.commands.stream_ids import entry_replies, id_text, is_word, stream_id
from redislab.commands.told import told_xreadgroup
from redislab.engine import errors, notify
from redislab.engine.arguments import integer, until_end
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp import types
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.stream import MAX_ID, Stream
from redislab.values.stream_groups import Group
from redislab.values.stream_progress import advance

GROUP = "stream"

MOST_WHEN_WAITING = 1000
"""Entries that a session gets that had to wait, unless it gave a COUNT."""
UNBALANCED = "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
"""XREADGROUP says the same."""
GROUP_WITH_XREAD = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
NOACK_WITH_XREAD = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
NEW_WITH_XREAD = (
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
)
LAST_WITH_GROUP = (
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by"
    " specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
)
NEWEST_WITH_GROUP = LAST_WITH_GROUP.replace("$", "+")
GROUP_GONE = "NOGROUP the consumer group this client was blocked on no longer exists"
STREAM_GONE = "UNBLOCKED the stream key no longer exists"


class Request:
    """What XREAD or XREADGROUP asks for. `after` holds an id for each key, MAX_ID for `>`; `most` is 0 for all."""

    __slots__ = ("after", "consumer", "group", "keys", "most", "noack", "timeout_ms")

    def __init__(self) -> None:
        self.keys: tuple[bytes, ...] = ()
        self.after: list[int] = []
        self.most = 0
        self.timeout_ms: int | None = None
        self.group: bytes | None = None
        self.consumer = b""
        self.noack = False


def read_request(session: Session, words: tuple[bytes, ...], in_group: bool) -> Request:
    """Read the words of a call and look up what their ids mean now. Raises ReplyError."""
    request = Request()
    at, count = 0, len(words)
    while at < count:
        name, more = words[at].upper(), count - at - 1
        if name == b"BLOCK" and more:
            if session.script and session.engine.version == DEFAULT:
                called = shown(session.words[0])  # type: ignore[attr-defined]
                raise ReplyError(f"ERR {called} command is not allowed with BLOCK option from scripts")
            at += 1
            request.timeout_ms = integer(words[at], errors.TIMEOUT_NOT_AN_INTEGER)
            if request.timeout_ms < 0:
                raise ReplyError(errors.TIMEOUT_NEGATIVE)
            if session.engine.version > DEFAULT:
                until_end(request.timeout_ms, session.engine)
        elif name == b"COUNT" and more:
            at += 1
            request.most = max(integer(words[at]), 0)
        elif name == b"STREAMS" and more:
            _read_streams(session, request, words[at + 1 :], in_group)
            return request
        elif name == b"GROUP" and more >= 2:
            if not in_group:
                raise ReplyError(GROUP_WITH_XREAD)
            request.group, request.consumer = words[at + 1 : at + 3]
            at += 2
        elif name == b"NOACK":
            if not in_group:
                raise ReplyError(NOACK_WITH_XREAD)
            request.noack = True
        else:
            break
        at += 1
    raise ReplyError(errors.SYNTAX)


def _read_streams(session: Session, request: Request, words: tuple[bytes, ...], in_group: bool) -> None:
    """The keys and ids behind STREAMS."""
    if len(words) % 2:
        raise ReplyError(_unbalanced(session, in_group))
    if in_group and request.group is None:
        raise ReplyError("ERR Missing GROUP option for XREADGROUP")
    half = len(words) // 2
    request.keys = words[:half]
    for key, word in zip(request.keys, words[half:], strict=True):
        value = _stream(session, request, key)
        request.after.append(_after(word, value, in_group, session))


def _stream(session: Session, request: Request, key: bytes) -> Stream | None:
    """One of the streams. Raises ReplyError for another type, or if the group that is asked for is not there."""
    value = session.db.view(key, Stream)
    if request.group is not None and (value is None or value.view_group(request.group) is None):
        raise ReplyError(
            f"NOGROUP No such key '{shown(key)}' or consumer group '{shown(request.group)}'"
            " in XREADGROUP with GROUP option"
        )
    return value


def _before_newest(value: Stream | None) -> int:
    """The id after which only the newest entry comes."""
    if value is None:
        return 0
    newest = next(value.entries_backward(), None)
    return value.last_id if newest is None else newest[0] - 1


def _unbalanced(session: Session, in_group: bool) -> str:
    version = session.engine.version
    if version == DEFAULT:
        return UNBALANCED
    if in_group:
        return UNBALANCED.replace("XREAD", "'xreadgroup'").replace("$", ">")
    ids = "an ID, '+', or '$'" if version >= (8, 2) else "an ID or '$'"
    return UNBALANCED.replace("XREAD", "'xread'").replace("an ID or '$'", ids)


def _after(word: bytes, value: Stream | None, in_group: bool, session: Session) -> int:
    """The id after which to read."""
    if word == b"+" and session.engine.version >= (7, 4):
        if in_group:
            raise ReplyError(NEWEST_WITH_GROUP)
        return _before_newest(value)
    if is_word(word, b"$"):
        if in_group:
            raise ReplyError(LAST_WITH_GROUP)
        return 0 if value is None else value.last_id
    if is_word(word, b">"):
        if not in_group:
            raise ReplyError(NEW_WITH_XREAD)
        return MAX_ID
    return stream_id(word)


def in_shape(session: Session, found: list[tuple[bytes, list[Any]]]) -> Reply:
    """Keys with their entries: pairs in an array in RESP2, a map in RESP3."""
    return types.Map(found) if session.protocol == 3 else [list(pair) for pair in found]


_STREAMS = OneOf(
    Array("arrays of a key and its entries, each an array of its id and an array of fields and values", Array()),
    Map("the same by keys, in RESP3"),
    NullArrayReply("there is nothing, or the time is over"),
)


@command(
    "XREAD [COUNT count:int] [BLOCK milliseconds:int] streams=(STREAMS key... id...)",
    since="5.0.0",
    complexity="For each stream O(N) for N entries returned. A waiting client makes XADD pay O(M) for M waiting.",
    flags="readonly blocking",
    keys="RO access @STREAMS>1 -1/1/2",
    reply=_STREAMS,
)
def xread(session: Session, *words: bytes) -> Reply:
    """Read the entries of one or more streams that come after the given ids.

    Give all keys first, then an id for each: that of the last entry you have seen, 0 for all, or $ for what comes from
    now on. With BLOCK the call waits so many milliseconds, or for ever if 0, while none of the streams has anything.
    All who wait get the same entries; to share them out use XREADGROUP.

    > XADD log 1-0 line start
    "1-0"
    > XADD log 2-0 line stop
    "2-0"
    > XREAD COUNT 1 STREAMS log nothing 1-0 0
    1) 1) "log"
       2) 1) 1) "2-0"
             2) 1) "line"
                2) "stop"
    > XREAD STREAMS log $
    (nil)
    """
    request = read_request(session, words, False)
    found = read_streams(session, request)
    if found is not None:
        return found
    if request.timeout_ms is None:
        return NULL_ARRAY
    if session.engine.version > DEFAULT:
        return _block(session, request, read_streams)
    since = dict(zip(reversed(request.keys), reversed(request.after), strict=True))
    most = request.most or MOST_WHEN_WAITING

    def serve(key: bytes) -> Reply | None:
        value = session.db.view_if(key, Stream)
        if value is None or value.last_id <= since[key]:
            return None
        return in_shape(session, [(key, entry_replies(islice(value.entries(since[key] + 1), most)))])

    return session.block(request.keys, request.timeout_ms, serve, NULL_ARRAY, kind="stream")


@command(
    "XREADGROUP (GROUP group consumer) [COUNT count:int] [BLOCK milliseconds:int] [NOACK] "
    "streams=(STREAMS key... id...)",
    since="5.0.0",
    told=told_xreadgroup,
    complexity="For each stream O(M) for M entries returned. A waiting client makes XADD pay O(N) for N waiting.",
    flags="write blocking",
    keys="RO access @STREAMS>4 -1/1/2",
    reply=_STREAMS,
)
def xreadgroup(session: Session, *words: bytes) -> Reply:
    """Read as a consumer of a group: each new entry goes to one of the group's consumers.

    The id > asks for entries that no consumer of the group was given yet. They stay pending until XACK, unless NOACK is
    given. Any other id asks for your own pending entries after that id, which is how to go on after a crash; one whose
    entry was deleted comes with nil. BLOCK waits for new entries as in XREAD.

    > XADD jobs 1-0 task wash
    "1-0"
    > XADD jobs 2-0 task dry
    "2-0"
    > XGROUP CREATE jobs team 0
    OK
    > XREADGROUP GROUP team ann COUNT 1 STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    > XREADGROUP GROUP team ben STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "2-0"
             2) 1) "task"
                2) "dry"
    > XREADGROUP GROUP team ben STREAMS jobs >
    (nil)
    """
    request = read_request(session, words, True)
    found = read_in_group(session, request)
    if found is not None:
        return found
    if request.timeout_ms is None:
        return NULL_ARRAY
    if session.engine.version > DEFAULT:
        return _block(session, request, read_in_group)

    def serve(key: bytes) -> Reply | None:
        return serve_in_group(session, request, key)

    return session.block(request.keys, request.timeout_ms, serve, NULL_ARRAY, kind="stream")


def _block(session: Session, request: Request, read: Callable[[Session, Request], Reply | None]) -> Reply:
    """Wait as one does since 7.2: whenever one of the streams has news, all is read anew."""

    def serve(key: bytes) -> Reply | None:
        if request.group is None and session.db.view_if(key, Stream) is None:
            return None  # a key that becomes something else concerns groups only
        for each in request.keys:
            _stream(session, request, each)
        return read(session, request)

    return session.block(request.keys, request.timeout_ms or 0, serve, NULL_ARRAY, kind="stream")


def read_streams(session: Session, request: Request) -> Reply | None:
    """What the streams have at once, None for nothing."""
    found = []
    for key, after in zip(request.keys, request.after, strict=True):
        value = session.db.view(key, Stream)
        if value is not None and len(value) and value.last_id > after and value.greatest_id() > after:
            found.append((key, entry_replies(islice(value.entries(after + 1), request.most or None))))
    return in_shape(session, found) if found else None


def read_in_group(session: Session, request: Request) -> Reply | None:
    """What the streams have at once for a consumer of a group, None for nothing."""
    found = []
    for key, after in zip(request.keys, request.after, strict=True):
        entries = read_as_consumer(session, request, key, after)
        if entries is not None:
            found.append((key, entries))
    effects.no_more(session)
    return in_shape(session, found) if found else None


def read_as_consumer(session: Session, request: Request, key: bytes, after: int) -> list[Any] | None:
    """What a stream has for a consumer at once: new entries, or its own pending ones after an id; None for nothing."""
    db = session.db
    if db.view(key, Stream) is None:
        return None
    value = db.edit(key, Stream)
    group = value.edit_group(request.group or b"")
    assert group is not None
    if session.engine.version > DEFAULT:  # who only tries is noted too
        see_consumer(session, key, group, request.consumer, tell=request.noack)
    if after == MAX_ID and not (len(value) and value.greatest_id() > group.last_id):
        return None
    see_consumer(session, key, group, request.consumer, tell=request.noack)
    if after == MAX_ID:
        entries = new_entries(session, key, value, group, request, request.most)
    else:
        entries = pending_entries(session, value, group, request, after)
    db.touched_within(key)
    return entries


def see_consumer(session: Session, key: bytes, group: Group, name: bytes, *, tell: bool) -> None:
    """Note that a consumer shows itself. A new one is announced, and handed on if nothing else will `tell` of it."""
    if group.see(name, session.engine.now):
        if tell:
            effects.consumer_created(session, key, group, name)
        session.db.touched_within(key, "xgroup-createconsumer", notify.STREAM)


def new_entries(
    session: Session, key: bytes, value: Stream, group: Group, request: Request, most: int
) -> list[Any]:
    """Give a consumer entries that the group has not been given; without NOACK they are pending from then on."""
    found = list(islice(value.entries(group.last_id + 1), most or None))
    now, before, version = session.engine.now, group.last_id, session.engine.version
    for entry_id, _ in found:
        if version < (7, 4):
            value.advance(group, entry_id)
        else:
            advance(value, group, entry_id, trims=version >= (8, 2))
        if not request.noack:
            effects.given(session, key, group, entry_id, group.give(entry_id, request.consumer, now, 1))
    if found and not request.noack:
        group.consumers[request.consumer].active_ms = now
    if group.last_id != before and (request.noack or version > DEFAULT):
        effects.group_moved(session, key, group)
    return entry_replies(found)


def pending_entries(session: Session, value: Stream, group: Group, request: Request, after: int) -> list[Any]:
    """A consumer's pending entries after an id, which counts as one more delivery of those that still exist."""
    pending = group.consumers[request.consumer].pending
    replies: list[Any] = []
    for entry_id in islice(pending.ids(after + 1), request.most or None):
        words = value.get(entry_id)
        replies.append([id_text(entry_id), NULL_ARRAY if words is None else list(words)])
        if words is not None:
            deliveries = pending.held[entry_id].deliveries
            group.give(entry_id, request.consumer, session.engine.now, deliveries + 1)
    return replies


def serve_in_group(session: Session, request: Request, key: bytes) -> Reply | None:
    """Try to serve a session that waits in a group. Raises ReplyError if the stream or the group is gone."""
    db = session.db
    held = db.view_if(key, Stream)
    if held is None:
        raise ReplyError(STREAM_GONE)
    group = held.view_group(request.group or b"")
    if group is None:
        raise ReplyError(GROUP_GONE)
    if held.last_id <= group.last_id:
        return None
    value = db.edit(key, Stream)
    group = value.edit_group(group.name)
    assert group is not None
    see_consumer(session, key, group, request.consumer, tell=request.noack)
    entries = new_entries(session, key, value, group, request, request.most or MOST_WHEN_WAITING)
    db.touched_within(key)
    effects.no_more(session)
    return in_shape(session, [(key, entries)])
