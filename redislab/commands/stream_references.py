"""Streams since Redis 8.2: entries go along with what groups have pending of them. XDELEX, XACKDEL, and options.

What each of KEEPREF, DELREF and ACKED means stands in `values/stream_references`. XADD and XTRIM read these options
themselves; here stands only how they are declared. Imported only by later versions.
"""

from __future__ import annotations

from redislab.commands import stream_effects as effects
from redislab.commands.shapes import Array, Integer
from redislab.commands.spec import changed, command
from redislab.commands.stream_ids import stream_id
from redislab.engine import errors, notify
from redislab.engine.arguments import integer_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.numbers import INT64_MAX
from redislab.values.stream import Stream
from redislab.values.stream_references import DELREF, KEEPREF, POLICIES, may_go

GROUP = "stream"

ABSENT, GONE, REFERRED = -1, 1, 2
"""What is replied for an id: there is no such entry, it is gone, it stays because a group refers to it."""
NUMBER = "ERR Number of IDs must be a positive integer"
UNEQUAL = "ERR The `numids` parameter must match the number of arguments"
FOR_EACH = Array("for each id 1 if it is gone, 2 if it stays because of groups, -1 if there is none", Integer())

_CONDITION = "condition=[KEEPREF | DELREF | ACKED]"

changed(
    "xadd",
    since="8.2.0",
    line=f"XADD key [NOMKSTREAM]@6.2.0 {_CONDITION} "
    'trim=[strategy=(MAXLEN | MINID@6.2.0) operator=[equal="=" | approximately="~"] threshold [LIMIT count:int]@6.2.0] '
    'id-selector=(auto-id="*" | id) data=(field value)...',
)(None)  # type: ignore[arg-type]
changed(
    "xtrim",
    since="8.2.0",
    line='XTRIM key trim=(strategy=(MAXLEN | MINID@6.2.0) operator=[equal="=" | approximately="~"] threshold '
    f"[LIMIT count:int]@6.2.0 {_CONDITION})",
)(None)  # type: ignore[arg-type]


def _policy_and_ids(words: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
    """The policy and the ids, as yet unread; of several IDS the last one holds. Raises ReplyError."""
    ids: tuple[bytes, ...] = ()
    policy, at = b"", 0
    while at < len(words):
        name = words[at].upper()
        if name in POLICIES and not policy:
            policy = name
        elif name == b"IDS" and at + 1 < len(words):
            count = integer_in(words[at + 1], 1, INT64_MAX, NUMBER)
            ids = words[at + 2 : at + 2 + count]
            if len(ids) < count:
                raise ReplyError(UNEQUAL)
            at += 1 + count
        else:
            raise ReplyError(errors.SYNTAX)
        at += 1
    if not ids:
        raise ReplyError(errors.SYNTAX)
    return policy or KEEPREF, ids


@command(
    f"XDELEX key {_CONDITION} ids=(IDS numids:int id:string...)",
    since="8.2.0",
    complexity="O(1) for each entry, however long the stream is.",
    flags="write fast",
    keys="RW delete",
    reply=FOR_EACH,
)
def xdelex(session: Session, key: bytes, *words: bytes) -> Reply:
    """Remove entries from a stream, with a say in what becomes of those that groups have pending.

    KEEPREF, which is what happens without an option, removes an entry and leaves it on the pending lists, as XDEL does.
    DELREF takes it off those lists as well. ACKED removes only entries that every group has been given and
    acknowledged.

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
    > XDELEX jobs ACKED IDS 2 1-0 2-0
    1) (integer) 2
    2) (integer) 2
    > XDELEX jobs DELREF IDS 2 1-0 9-0
    1) (integer) 1
    2) (integer) -1
    """
    db = session.db
    held = db.view_to_write(key, Stream)
    policy, words = _policy_and_ids(words)
    if held is None:
        return [ABSENT] * len(words)
    ids = [stream_id(word) for word in words]
    value = db.edit(key, Stream)
    replies = []
    for entry_id in ids:
        if may_go(value, policy, entry_id):
            replies.append(GONE if value.delete(entry_id) else ABSENT)
        else:
            replies.append(REFERRED)
    if GONE in replies:
        _deleted(session, key, value)
    elif policy == DELREF:  # what was pending may be so no more, of which Redis tells nobody
        db.touched_within(key)
        effects.no_more(session)
    return replies


def _deleted(session: Session, key: bytes, value: Stream) -> None:
    """Say that entries were deleted."""
    value.settle_first()
    session.db.touched(key, "xdel", notify.STREAM)


@command(
    f"XACKDEL key group {_CONDITION} ids=(IDS numids:int id:string...)",
    since="8.2.0",
    complexity="O(1) for each entry.",
    flags="write fast",
    keys="RW update delete",
    reply=FOR_EACH,
)
def xackdel(session: Session, key: bytes, name: bytes, *words: bytes) -> Reply:
    """Acknowledge entries in a group and remove them from the stream.

    An id that the group does not have pending is answered with -1. The options say what becomes of entries that other
    groups have pending: KEEPREF, which is what happens without an option, leaves them there, DELREF takes them off all
    pending lists. ACKED acknowledges in any case, and removes only what every group has been given and acknowledged.

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
    > XACKDEL jobs team IDS 2 1-0 2-0
    1) (integer) 1
    2) (integer) -1
    > XLEN jobs
    (integer) 1
    """
    db = session.db
    held = db.view(key, Stream)
    policy, words = _policy_and_ids(words)
    if held is None or held.view_group(name) is None:
        return [ABSENT] * len(words)
    ids = [stream_id(word) for word in words]
    value = db.edit(key, Stream)
    group = value.edit_group(name)
    assert group is not None
    replies, deleted = [], 0
    for entry_id in ids:
        if group.acknowledge(entry_id) is None:
            replies.append(ABSENT)
        elif may_go(value, policy, entry_id):
            replies.append(GONE)
            deleted += value.delete(entry_id)
        else:
            replies.append(REFERRED)
    if deleted:
        _deleted(session, key, value)
    elif replies.count(ABSENT) < len(replies):
        db.touched_within(key)
    return replies
