"""Streams as a log: XADD, XDEL, XLEN, XRANGE, XREVRANGE, XSETID. Trimming is in `stream_trim`.

What waits for entries is in `stream_read`, groups of consumers are in `stream_group` and its neighbours.
"""

from __future__ import annotations

from itertools import islice

from redislab.commands import stream_effects as effects
from redislab.commands.shapes import Array, Bulk, Integer, Null, NullArrayReply, Ok, OneOf
from redislab.commands.spec import command
from redislab.commands.stream_ids import end_of, entry_replies, interval, run_replies, start_of, stream_id
from redislab.commands.stream_trim import TrimOptions, read_options, trim
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, wrong_arity
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.types import NULL_ARRAY, OK, Reply
from redislab.values.stream import MAX_ID, Stream
from redislab.values.stream_node import SEQUENCE

GROUP = "stream"

NOT_GREATER = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
NOT_ABOVE_ZERO = "ERR The ID specified in XADD must be greater than 0-0"
EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items"
TOO_LARGE = "ERR Elements are too large to be stored"


@command(
    "XADD key [NOMKSTREAM]@6.2.0 trim=[strategy=(MAXLEN | MINID@6.2.0) operator=[equal=\"=\" | "
    "approximately=\"~\"] threshold [LIMIT count:int]@6.2.0] id_or_auto=(auto_id=* | id) (field value)...",
    since="5.0.0",
    told="xadd xtrim",
    complexity="O(1) for adding; O(N) for trimming N entries.",
    flags="write denyoom fast",
    keys="RW update # the stream may be trimmed, but what it held is not answered",
    tips=["nondeterministic_output"],
    history={
        "6.2.0": "NOMKSTREAM, and MINID and LIMIT for trimming.",
        "7.0.0": "The sequence of an id may be left to the server: 5-*.",
        "8.2.0": "KEEPREF, DELREF and ACKED.",
    },
    reply=OneOf(Bulk("the id of the new entry"), Null("there is no such key and NOMKSTREAM was given")),
)
def xadd(session: Session, key: bytes, word: bytes, *rest: bytes) -> Reply:
    """Append an entry to a stream.

    An entry has an id and one or more fields with values. * lets the server make the id: the time in milliseconds, and
    a sequence number for entries of one millisecond. An id of your own must be greater than all before it; 5-* leaves
    its sequence to the server. The stream is made if it does not exist, unless NOMKSTREAM is given. MAXLEN and MINID
    trim it in the same step (see XTRIM).

    > XADD temperature 1-1 room kitchen celsius 21
    "1-1"
    > XADD temperature 1-* room cellar celsius 12
    "1-2"
    > XADD temperature 1-1 room attic celsius 30
    (error) ERR The ID specified in XADD is equal or smaller than the target stream top item
    > XADD humidity NOMKSTREAM * room cellar percent 80
    (nil)
    > XLEN temperature
    (integer) 2
    """
    options, fields = None, rest
    if word != b"*":
        words = (word, *rest)
        options = read_options(session, words, adds=True)
        fields = words[options.position :]
    count = len(fields)
    if count < 2 or count & 1:
        raise wrong_arity("xadd")
    db, engine = session.db, session.engine
    if options is not None:
        if options.entry_id == 0 and options.sequence_given:
            raise ReplyError(NOT_ABOVE_ZERO)
        if not options.make_key and not db.exists(key):
            return None
    value = db.edit(key, Stream)
    entry_id = engine.now_ns // 1_000_000 << 64
    last = value.last_id
    if options is not None:
        entry_id = next_id(last, entry_id, options)
    elif entry_id <= last:
        entry_id = last + 1
        if last == MAX_ID:
            raise ReplyError(EXHAUSTED)
    if not value.append(entry_id, fields, engine.limits):
        raise ReplyError(TOO_LARGE)
    db.touched(key, "xadd", notify.STREAM)
    if options is not None and options.trims and trim(value, options):
        db.notify(key, "xtrim", notify.STREAM)
    if engine.propagation is not None:
        effects.added(session, key, (word, *rest), options, entry_id, value)
    if engine.alert:
        engine.blocking.key_ready(db.index, key)
    return b"%d-%d" % (entry_id >> 64, entry_id & SEQUENCE)


def next_id(last: int, now: int, options: TrimOptions | None) -> int:
    """The id of a new entry: the first one of the present time (`now`), or as it was asked for. Raises ReplyError."""
    if last == MAX_ID:
        raise ReplyError(EXHAUSTED)
    if options is None or options.entry_id is None:
        return max(now, last + 1)
    entry_id = options.entry_id
    if not options.sequence_given and last >> 64 == entry_id >> 64:
        if last & SEQUENCE == SEQUENCE:
            raise ReplyError(TOO_LARGE)  # what Redis says, though it is the sequence that has come to its end
        return last + 1
    if entry_id <= last:
        raise ReplyError(NOT_GREATER)
    return entry_id


@command(
    "XDEL key id...",
    since="5.0.0",
    complexity="O(1) for each entry, however long the stream is.",
    flags="write fast",
    keys="RW delete",
    reply=Integer("how many entries were removed"),
)
def xdel(session: Session, key: bytes, *words: bytes) -> Reply:
    """Remove entries from a stream by their ids.

    A stream stays when it has no entries left, because its last id and its groups are still of use. Groups that have
    such an entry pending keep its id.

    > XADD log 1-0 line start
    "1-0"
    > XADD log 2-0 line stop
    "2-0"
    > XDEL log 1-0 9-9
    (integer) 1
    > XLEN log
    (integer) 1
    """
    db = session.db
    if not db.exists(key):
        return 0
    value = db.edit(key, Stream)
    ids = [stream_id(word) for word in words]
    deleted = sum([value.delete(entry_id) for entry_id in ids])
    if deleted:
        value.settle_first()
        db.touched(key, "xdel", notify.STREAM)
    return deleted


@command(
    "XLEN key",
    since="5.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Integer("the number of entries, 0 if there is no such key"),
)
def xlen(session: Session, key: bytes) -> Reply:
    """Count the entries of a stream.

    > XADD log 1-0 line start
    "1-0"
    > XLEN log
    (integer) 1
    > XLEN nothing
    (integer) 0
    """
    value = session.db.view(key, Stream)
    return 0 if value is None else len(value)


_ENTRIES = OneOf(
    Array("the entries, each an array of its id and an array of its fields and values", Array()),
    NullArrayReply("COUNT was 0 or less"),
)


@command(
    "XRANGE key start end [COUNT count:int]",
    since="5.0.0",
    complexity="O(N) for N entries returned",
    flags="readonly",
    keys="RO access",
    history={"6.2.0": "An id with ( before it is left out of the range."},
    reply=_ENTRIES,
)
def xrange_(session: Session, key: bytes, start: bytes, end: bytes, *options: bytes) -> Reply:
    """Read entries from one id to another, both included.

    - and + stand for the first and the last. An id without a sequence means all of its millisecond. ( before an id
    leaves that one out, which is how to go on behind the last entry of a page read with COUNT.

    > XADD log 1-0 line start
    "1-0"
    > XADD log 2-0 line work
    "2-0"
    > XADD log 3-0 line stop
    "3-0"
    > XRANGE log - + COUNT 1
    1) 1) "1-0"
       2) 1) "line"
          2) "start"
    > XRANGE log (1-0 2
    1) 1) "2-0"
       2) 1) "line"
          2) "work"
    """
    first, last = start_of(start), end_of(end)
    if options:
        return _range(session, key, first, last, options, backward=False)
    value = session.db.view(key, Stream)
    if value is None or first > last:
        return []
    return run_replies(value.runs(first, last, MAX_ID))


@command(
    "XREVRANGE key end start [COUNT count:int]",
    since="5.0.0",
    complexity="O(N) for N entries returned",
    flags="readonly",
    keys="RO access",
    history={"6.2.0": "An id with ( before it is left out of the range."},
    reply=_ENTRIES,
)
def xrevrange(session: Session, key: bytes, end: bytes, start: bytes, *options: bytes) -> Reply:
    """Read entries from the newest to the oldest: XRANGE backwards, with the end before the start.

    > XADD log 1-0 line start
    "1-0"
    > XADD log 2-0 line stop
    "2-0"
    > XREVRANGE log + - COUNT 1
    1) 1) "2-0"
       2) 1) "line"
          2) "stop"
    """
    first, last = interval(start, end)
    return _range(session, key, first, last, options, backward=True)


def _range(
    session: Session, key: bytes, first: int, last: int, options: tuple[bytes, ...], *, backward: bool
) -> Reply:
    """XRANGE and XREVRANGE."""
    most = None
    words = iter(options)
    for word in words:
        number = next(words, None) if word.upper() == b"COUNT" else None
        if number is None:
            raise ReplyError(errors.SYNTAX)
        most = max(integer(number), 0)
    value = session.db.view(key, Stream)
    if value is None:
        return []
    if most == 0:
        return NULL_ARRAY
    if first > last:
        return []
    if not backward:
        return run_replies(value.runs(first, last, MAX_ID if most is None else most))
    return entry_replies(islice(value.entries_backward(first, last), most))


@command(
    "XSETID key last-id [ENTRIESADDED entries_added:int]@7.0.0 [MAXDELETEDID max_deleted_entry_id]@7.0.0",
    since="5.0.0",
    told="xsetid",
    complexity="O(1)",
    flags="write denyoom fast",
    keys="RW update",
    history={"7.0.0": "ENTRIESADDED and MAXDELETEDID."},
    reply=Ok(),
)
def xsetid(session: Session, key: bytes, word: bytes, *options: bytes) -> Reply:
    """Set the last id of a stream, which the next entry's id must exceed.

    Made for replication. ENTRIESADDED sets how many entries were ever added, MAXDELETEDID the greatest id that was ever
    deleted; from both follows what XINFO GROUPS tells of a group's lag.

    > XADD log 1-0 line start
    "1-0"
    > XSETID log 5-0
    OK
    > XADD log 2-0 line work
    (error) ERR The ID specified in XADD is equal or smaller than the target stream top item
    """
    last_id = stream_id(word)
    added, deleted_id = _setid_options(options, last_id)
    db = session.db
    if not db.exists(key):
        raise ReplyError(errors.NO_SUCH_KEY)
    value = db.edit(key, Stream)
    if last_id < value.deleted_id and session.engine.version > DEFAULT:
        raise ReplyError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
    if len(value):
        if last_id < value.greatest_id():
            raise ReplyError("ERR The ID specified in XSETID is smaller than the target stream top item")
        if added is not None and added < len(value):
            raise ReplyError("ERR The entries_added specified in XSETID is smaller than the target stream length")
    value.set_last(last_id, added, deleted_id)
    db.touched_within(key, "xsetid", notify.STREAM)
    return OK


def _setid_options(options: tuple[bytes, ...], last_id: int) -> tuple[int | None, int]:
    """ENTRIESADDED and MAXDELETEDID; None and 0 without them. Raises ReplyError."""
    added, deleted_id = None, 0
    words = iter(options)
    for option in words:
        name, word = option.upper(), next(words, None)
        if word is None or name not in (b"ENTRIESADDED", b"MAXDELETEDID"):
            raise ReplyError(errors.SYNTAX)
        if name == b"ENTRIESADDED":
            added = integer(word)
            if added < 0:
                raise ReplyError("ERR entries_added must be positive")
        else:
            deleted_id = stream_id(word)
            if last_id < deleted_id:
                raise ReplyError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
    return added, deleted_id
