"""Looking into a stream: XINFO with its subcommands."""

from __future__ import annotations

from itertools import islice
from typing import Any

from redislab.commands import shapes
from redislab.commands.shapes import Array, Status
from redislab.commands.spec import command, container
from redislab.commands.stream_group import no_group
from redislab.commands.stream_ids import entry_replies, id_text
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import Reply
from redislab.values.stream import Stream
from redislab.values.stream_groups import Consumer, Group
from redislab.values.stream_progress import lag

GROUP = "stream"

USUAL_COUNT = 10
"""Entries, and pending ones of each group and consumer, that XINFO STREAM FULL shows."""

container("XINFO", group="stream", since="5.0.0", complexity="Depends on subcommand.", acl="-stream")


def _existing(session: Session, key: bytes) -> Stream:
    """The stream for reading. Raises ReplyError if there is none."""
    value = session.db.view(key, Stream)
    if value is None:
        raise ReplyError(errors.NO_SUCH_KEY)
    return value


@command(
    "XINFO STREAM key full=[FULL {[COUNT count:int]}]",
    since="5.0.0",
    complexity="O(1)",
    flags="readonly",
    keys="RO access",
    history={
        "6.0.0": "FULL.",
        "7.0.0": "max-deleted-entry-id, entries-added, recorded-first-entry-id; entries-read and lag of each group.",
        "7.2.0": "active-time of each consumer; seen-time is when it last tried.",
    },
    parent="XINFO",
    takes_name=True,
    reply=shapes.Map("names and values"),
)
def xinfo_stream(session: Session, subcommand: bytes, key: bytes, *words: bytes) -> Reply:
    """Tell about a stream: its length, its last id, its first and last entry, how it is kept.

    radix-tree-keys counts the nodes that hold the entries, up to stream-node-max-entries each. entries-added counts
    those that are gone as well. FULL lists entries, groups, consumers and what they have pending, 10 of each unless
    COUNT says otherwise (0: all).

    > XADD log 1-0 line start
    "1-0"
    > XINFO STREAM log
     1) "length"
     2) (integer) 1
     3) "radix-tree-keys"
     4) (integer) 1
     5) "radix-tree-nodes"
     6) (integer) 2
     7) "last-generated-id"
     8) "1-0"
     9) "max-deleted-entry-id"
    10) "0-0"
    11) "entries-added"
    12) (integer) 1
    13) "recorded-first-entry-id"
    14) "1-0"
    15) "groups"
    16) (integer) 0
    17) "first-entry"
    18) 1) "1-0"
        2) 1) "line"
           2) "start"
    19) "last-entry"
    20) 1) "1-0"
        2) 1) "line"
           2) "start"
    """
    value = _existing(session, key)
    count = USUAL_COUNT
    if words:
        if len(words) not in (1, 3) or words[0].upper() != b"FULL" or (words[1:2] and words[1].upper() != b"COUNT"):
            raise subcommand_syntax("XINFO", subcommand)
        if len(words) == 3:
            count = integer(words[2])
            count = USUAL_COUNT if count < 0 else count
    keys, nodes = value.radix_tree()
    told: dict[bytes, Any] = {
        b"length": len(value),
        b"radix-tree-keys": keys,
        b"radix-tree-nodes": nodes,
        b"last-generated-id": id_text(value.last_id),
        b"max-deleted-entry-id": id_text(value.deleted_id),
        b"entries-added": value.added,
        b"recorded-first-entry-id": id_text(value.first_id),
    }
    if words:
        told[b"entries"] = entry_replies(islice(value.entries(), count or None))
        told[b"groups"] = [_group_in_full(session, value, group, count) for group in value.groups()]
    else:
        told[b"groups"] = len(value.groups())
        told[b"first-entry"] = _only(entry_replies(islice(value.entries(), 1)))
        told[b"last-entry"] = _only(entry_replies(islice(value.entries_backward(), 1)))
    return told


def _only(entries: list[Any]) -> Any:
    return entries[0] if entries else None


def _lag(session: Session, value: Stream, group: Group) -> int | None:
    """How many entries a group has still to read, as the version reckons."""
    version = session.engine.version
    return value.lag(group) if version < (7, 4) else lag(value, group, trims=version >= (8, 2))


def _group_in_full(session: Session, value: Stream, group: Group, count: int) -> dict[bytes, Any]:
    held, since_72 = group.pending.held, session.engine.version > DEFAULT
    return {
        b"name": group.name,
        b"last-delivered-id": id_text(group.last_id),
        b"entries-read": group.entries_read,
        b"lag": _lag(session, value, group),
        b"pel-count": len(group.pending),
        b"pending": [
            [id_text(entry_id), *held[entry_id]] for entry_id in islice(group.pending.ids(), count or None)
        ],
        b"consumers": [_consumer_in_full(consumer, count, since_72) for consumer in group.in_order()],
    }  # fmt: skip


def _consumer_in_full(consumer: Consumer, count: int, since_72: bool) -> dict[bytes, Any]:
    held = consumer.pending.held
    active = {b"active-time": consumer.active_ms} if since_72 else {}
    return {
        b"name": consumer.name,
        b"seen-time": consumer.seen_ms,
        **active,
        b"pel-count": len(consumer.pending),
        b"pending": [
            [id_text(entry_id), *held[entry_id][1:]] for entry_id in islice(consumer.pending.ids(), count or None)
        ],
    }  # fmt: skip


@command(
    "XINFO GROUPS key",
    since="5.0.0",
    complexity="O(1)",
    flags="readonly",
    keys="RO access",
    history={"7.0.0": "entries-read and lag."},
    parent="XINFO",
    reply=Array("a map for each group", shapes.Map()),
)
def xinfo_groups(session: Session, key: bytes) -> Reply:
    """Tell about the consumer groups of a stream.

    lag is how many entries a group has still to be given; nil where deleted entries make that unknown.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team 0
    OK
    > XINFO GROUPS jobs
    1)  1) "name"
        2) "team"
        3) "consumers"
        4) (integer) 0
        5) "pending"
        6) (integer) 0
        7) "last-delivered-id"
        8) "0-0"
        9) "entries-read"
       10) (nil)
       11) "lag"
       12) (integer) 1
    """
    value = _existing(session, key)
    return [
        {
            b"name": group.name,
            b"consumers": len(group.consumers),
            b"pending": len(group.pending),
            b"last-delivered-id": id_text(group.last_id),
            b"entries-read": group.entries_read,
            b"lag": _lag(session, value, group),
        }
        for group in value.groups()
    ]


@command(
    "XINFO CONSUMERS key groupname",
    since="5.0.0",
    complexity="O(1)",
    flags="readonly",
    keys="RO access",
    tips=["nondeterministic_output"],
    history={"7.2.0": "inactive."},
    parent="XINFO",
    reply=Array("a map for each consumer", shapes.Map()),
)
def xinfo_consumers(session: Session, key: bytes, name: bytes) -> Reply:
    """Tell about the consumers of a group: what each has pending, and the milliseconds since it was last seen.

    Since 7.2 inactive tells how long ago it was last given something, -1 if it never was.

    > XGROUP CREATE jobs team $ MKSTREAM
    OK
    > XINFO CONSUMERS jobs team
    (empty array)
    """
    group = _existing(session, key).view_group(name)
    if group is None:
        raise no_group(name, key)
    now, since_72 = session.engine.now, session.engine.version > DEFAULT
    return [
        {
            b"name": one.name,
            b"pending": len(one.pending),
            b"idle": max(now - one.seen_ms, 0),
            **({b"inactive": now - one.active_ms if one.active_ms >= 0 else -1} if since_72 else {}),
        }
        for one in group.in_order()
    ]


@command(
    "XINFO HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="XINFO",
    reply=Array("", Status()),
)
def xinfo_help(session: Session) -> Reply:
    """Show what XINFO can do.

    > XINFO HELP
    1) XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "xinfo")
