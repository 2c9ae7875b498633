"""Consumer groups as such: XGROUP with its subcommands, and XACK."""

from __future__ import annotations

from redislab.commands.shapes import Array, Integer, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.stream_ids import is_word, range_id, stream_id
from redislab.commands.subcommands import describe_subcommands
from redislab.engine import notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, shown, subcommand_syntax
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply
from redislab.values.stream import Stream

GROUP = "stream"

KEY_NEEDED = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option"
    " to create an empty stream automatically."
)
MOST_OPTIONS = 3
"""Words behind the id that CREATE takes, whatever they are."""
BUSY = "BUSYGROUP Consumer Group name already exists"

container("XGROUP", group="stream", since="5.0.0", complexity="Depends on subcommand.", acl="-stream")


def no_group(name: bytes, key: bytes) -> ReplyError:
    return ReplyError(f"NOGROUP No such consumer group '{shown(name)}' for key name '{shown(key)}'")


def stream_with_group(session: Session, key: bytes, name: bytes) -> Stream:
    """The stream to be changed; it and its group must exist. Raises ReplyError."""
    value = existing_stream(session, key)
    if value.view_group(name) is None:
        raise no_group(name, key)
    return value


def existing_stream(session: Session, key: bytes) -> Stream:
    """The stream to be changed. Raises ReplyError if there is none."""
    if not session.db.exists(key):
        raise ReplyError(KEY_NEEDED)
    return session.db.edit(key, Stream)


def _options(words: tuple[bytes, ...], subcommand: bytes, *, creates: bool) -> tuple[bool, int | None]:
    """MKSTREAM and ENTRIESREAD; None stands for an unknown number. Raises ReplyError."""
    make, entries_read, at = False, -1, 0
    while at < len(words):
        name = words[at].upper()
        if creates and name == b"MKSTREAM":
            make = True
            at += 1
        elif name == b"ENTRIESREAD" and at + 1 < len(words):
            entries_read = integer(words[at + 1])
            if entries_read < -1:
                raise ReplyError("ERR value for ENTRIESREAD must be positive or -1")
            at += 2
        else:
            raise subcommand_syntax("XGROUP", subcommand)
    return make, None if entries_read == -1 else entries_read


def _at_most(session: Session, value: Stream, entries_read: int | None) -> int | None:
    """How many entries a group has read, which since 8.2 is no more than were ever added."""
    if entries_read is None or session.engine.version < (8, 2):
        return entries_read
    return min(entries_read, value.added)


@command(
    "XGROUP CREATE key groupname id=(id | new_id=$) [MKSTREAM] [ENTRIESREAD entries_read:int]",
    since="5.0.0",
    told="xgroup-create",
    complexity="O(1)",
    flags="write denyoom",
    keys="RW insert",
    history={"7.0.0": "ENTRIESREAD."},
    parent="XGROUP",
    takes_name=True,
    reply=Ok(),
)
def xgroup_create(
    session: Session, subcommand: bytes, key: bytes, name: bytes, word: bytes, *options: bytes
) -> Reply:
    """Create a consumer group.

    Its consumers are given the entries after the id: 0 means all, $ only those that come from now on. MKSTREAM makes an
    empty stream if there is none. ENTRIESREAD tells how many entries the group has read already, from which its lag is
    computed.

    > XGROUP CREATE jobs team $
    (error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
    > XGROUP CREATE jobs team $ MKSTREAM
    OK
    > XGROUP CREATE jobs team 0
    (error) BUSYGROUP Consumer Group name already exists
    """  # noqa: E501
    make, entries_read = _options(options, subcommand, creates=True)
    db = session.db
    exists = db.exists(key)
    if exists:
        db.edit(key, Stream)
    elif not make:
        raise ReplyError(KEY_NEEDED)
    if len(options) > MOST_OPTIONS:
        raise subcommand_syntax("XGROUP", subcommand)
    last_id = None if is_word(word, b"$") else stream_id(word)
    value = db.edit(key, Stream)
    if not exists:
        db.touched(key, "xgroup-create", notify.STREAM)
    read = _at_most(session, value, entries_read)
    if not value.create_group(name, value.last_id if last_id is None else last_id, read):
        raise ReplyError(BUSY)
    if exists:
        db.touched_within(key, "xgroup-create", notify.STREAM)
    return OK


@command(
    "XGROUP SETID key groupname id=(id | new_id=$) [ENTRIESREAD entries_read:int]",
    since="5.0.0",
    told="xgroup-setid",
    complexity="O(1)",
    flags="write",
    keys="RW update",
    history={"7.0.0": "ENTRIESREAD."},
    parent="XGROUP",
    takes_name=True,
    reply=Ok(),
)
def xgroup_setid(session: Session, subcommand: bytes, key: bytes, name: bytes, word: bytes, *options: bytes) -> Reply:
    """Set the id after which a group is given entries.

    With 0 everything is delivered once more. What is pending stays so.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team $
    OK
    > XGROUP SETID jobs team 0
    OK
    > XREADGROUP GROUP team ann STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    """
    _, entries_read = _options(options, subcommand, creates=False)
    value = stream_with_group(session, key, name)
    if len(options) not in (0, 2):
        raise subcommand_syntax("XGROUP", subcommand)
    last_id = value.last_id if is_word(word, b"$") else range_id(word)
    group = value.edit_group(name)
    assert group is not None
    value.move_group(group, last_id)
    group.entries_read = _at_most(session, value, entries_read)
    session.db.touched_within(key, "xgroup-setid", notify.STREAM)
    return OK


@command(
    "XGROUP DESTROY key groupname",
    since="5.0.0",
    told="xgroup-destroy",
    complexity="O(N) for N pending entries of the group.",
    flags="write",
    keys="RW delete",
    parent="XGROUP",
    reply=Integer("1 if the group was destroyed, 0 if there was none"),
)
def xgroup_destroy(session: Session, key: bytes, name: bytes) -> Reply:
    """Destroy a consumer group, with its consumers and all they have pending.

    Clients that wait in the group get an error.

    > XGROUP CREATE jobs team $ MKSTREAM
    OK
    > XGROUP DESTROY jobs team
    (integer) 1
    > XGROUP DESTROY jobs team
    (integer) 0
    """
    value = existing_stream(session, key)
    if not value.destroy_group(name):
        return 0
    session.db.touched_within(key, "xgroup-destroy", notify.STREAM)
    if session.engine.alert:
        session.engine.blocking.key_ready(session.db.index, key)
    return 1


@command(
    "XGROUP CREATECONSUMER key groupname consumername",
    since="6.2.0",
    complexity="O(1)",
    flags="write denyoom",
    keys="RW insert",
    parent="XGROUP",
    reply=Integer("1 if the consumer was created, 0 if it was there"),
)
def xgroup_createconsumer(session: Session, key: bytes, name: bytes, consumer: bytes) -> Reply:
    """Create a consumer of a group. XREADGROUP, XCLAIM and XAUTOCLAIM do that by themselves.

    > XGROUP CREATE jobs team $ MKSTREAM
    OK
    > XGROUP CREATECONSUMER jobs team ann
    (integer) 1
    > XGROUP CREATECONSUMER jobs team ann
    (integer) 0
    """
    value = stream_with_group(session, key, name)
    group = value.edit_group(name)
    assert group is not None
    if consumer in group.consumers:
        return 0
    group.see(consumer, session.engine.now)
    session.db.touched_within(key, "xgroup-createconsumer", notify.STREAM)
    return 1


@command(
    "XGROUP DELCONSUMER key groupname consumername",
    since="5.0.0",
    complexity="O(1)",
    flags="write",
    keys="RW delete",
    parent="XGROUP",
    reply=Integer("how many entries the consumer had pending; they are pending no more"),
)
def xgroup_delconsumer(session: Session, key: bytes, name: bytes, consumer: bytes) -> Reply:
    """Remove a consumer from a group.

    What it had pending is lost to the group: claim it for another consumer before.

    > XGROUP CREATE jobs team $ MKSTREAM
    OK
    > XGROUP CREATECONSUMER jobs team ann
    (integer) 1
    > XGROUP DELCONSUMER jobs team ann
    (integer) 0
    """
    value = stream_with_group(session, key, name)
    group = value.edit_group(name)
    assert group is not None
    pending = group.remove_consumer(consumer)
    if pending is None:
        return 0
    session.db.touched_within(key, "xgroup-delconsumer", notify.STREAM)
    return pending


@command(
    "XGROUP HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="XGROUP",
    reply=Array("", Status()),
)
def xgroup_help(session: Session) -> Reply:
    """Show what XGROUP can do.

    > XGROUP HELP
     1) XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "xgroup")


@command(
    "XACK key group id...",
    since="5.0.0",
    complexity="O(1) for each id.",
    flags="write fast",
    keys="RW update",
    reply=Integer("how many of the entries were pending"),
)
def xack(session: Session, key: bytes, name: bytes, *words: bytes) -> Reply:
    """Acknowledge entries: the group has them pending no more.

    An entry that was delivered stays pending until then, so that it can be delivered once more if its consumer fails.

    > XADD jobs 1-0 task wash
    "1-0"
    > XGROUP CREATE jobs team 0
    OK
    > XREADGROUP GROUP team ann COUNT 1 STREAMS jobs >
    1) 1) "jobs"
       2) 1) 1) "1-0"
             2) 1) "task"
                2) "wash"
    > XACK jobs team 1-0 9-9
    (integer) 1
    """
    db = session.db
    held = db.view(key, Stream)
    if held is None or held.view_group(name) is None:
        return 0
    ids = [stream_id(word) for word in words]
    group = db.edit(key, Stream).edit_group(name)
    assert group is not None
    count = sum([group.acknowledge(entry_id) is not None for entry_id in ids])
    if count:
        db.touched_within(key)
    return count
