"""What a group has delivered and nobody has acknowledged: XPENDING."""

from __future__ import annotations

from redislab.commands.shapes import Array
from redislab.commands.spec import command
from redislab.commands.stream_ids import id_text, interval
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.resp.types import NULL_ARRAY, Reply
from redislab.values.stream import Stream
from redislab.values.stream_groups import Group

GROUP = "stream"


def no_key_or_group(key: bytes, name: bytes) -> ReplyError:
    return ReplyError(f"NOGROUP No such key '{shown(key)}' or consumer group '{shown(name)}'")


@command(
    "XPENDING key group filters=[[IDLE min-idle-time:int]@6.2.0 start end count:int [consumer]]",
    since="5.0.0",
    complexity="O(N) for N entries returned, or looked at with IDLE; O(number of consumers) for the summary.",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    history={"6.2.0": "IDLE, and ids with ( before them."},
    reply=Array("the summary (how many, smallest id, greatest id, and how many by consumer), or the entries"),
)
def xpending(session: Session, key: bytes, name: bytes, *words: bytes) -> Reply:
    """List the entries of a group that were delivered and not acknowledged.

    Without more words, a summary. With a range of ids and a count, for each entry its id, its consumer, the
    milliseconds since its last delivery, and how often it was delivered. IDLE leaves out those delivered more recently.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team 0
    OK
    > XPENDING jobs team
    1) (integer) 0
    2) (nil)
    3) (nil)
    4) (nil)
    > XREADGROUP GROUP team ann COUNT 1 STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    > XPENDING jobs team
    1) (integer) 1
    2) "1-0"
    3) "1-0"
    4) 1) 1) "ann"
          2) "1"
    """
    if words and not 3 <= len(words) <= 6:
        raise ReplyError(errors.SYNTAX)
    least_idle = 0
    count = first = last = 0
    consumer = None
    if words:
        if words[0].upper() == b"IDLE":
            least_idle = integer(words[1])
            if len(words) < 5:
                raise ReplyError(errors.SYNTAX)
            words = words[2:]
        count = max(integer(words[2]), 0)
        first, last = interval(words[0], words[1])
        consumer = words[3] if len(words) > 3 else None
    value = session.db.view(key, Stream)
    group = None if value is None else value.view_group(name)
    if group is None:
        raise no_key_or_group(key, name)
    if not words:
        return _summary(group)
    return _entries(group, consumer, (first, last), count, least_idle, session.engine.now)


def _summary(group: Group) -> Reply:
    pending = group.pending
    if not len(pending):
        return [0, None, None, NULL_ARRAY]
    consumers = [[one.name, b"%d" % len(one.pending)] for one in group.in_order() if len(one.pending)]
    return [len(pending), id_text(next(pending.ids())), id_text(pending.last()), consumers]


def _entries(
    group: Group, consumer: bytes | None, span: tuple[int, int], count: int, least_idle: int, now: int
) -> Reply:
    """Pending entries with ids from `span[0]` to `span[1]`."""
    pending = group.pending
    if consumer is not None:
        if consumer not in group.consumers:
            return []
        pending = group.consumers[consumer].pending
    found: list[Reply] = []
    if count:
        for entry_id in pending.ids(span[0]):
            if entry_id > span[1]:
                break
            one = pending.held[entry_id]
            if least_idle and now - one.delivered_ms < least_idle:
                continue
            found.append([id_text(entry_id), one.consumer, max(now - one.delivered_ms, 0), one.deliveries])
            if len(found) == count:
                break
    return found
