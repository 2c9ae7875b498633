"""Trimming: XTRIM, and the trimming options that XADD shares with it.

With `~` whole nodes go and no more, which is cheap for a server; LIMIT bounds the work of one call and is 100 times
stream-node-max-entries unless it is given.
"""

from __future__ import annotations

from redislab.commands.shapes import Integer
from redislab.commands.spec import command
from redislab.commands.stream_ids import id_text, new_id, stream_id
from redislab.engine import errors, notify
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.base import Limits
from redislab.values.stream import Stream
from redislab.values.stream_references import LOOKS_AT_EACH, POLICIES, trim_with

GROUP = "stream"

SAYS_POLICY = (8, 2)
"""The version that brought the policies."""
LEAST_LIMIT, USUAL_LIMIT, MOST_LIMIT = 0, 10_000, 1_000_000
BOTH_STRATEGIES = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
LIMIT_ALONE = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
LIMIT_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option"
NO_STRATEGY = "ERR syntax error, XTRIM must be called with a trimming strategy"


class TrimOptions:
    """What XADD's and XTRIM's options ask for. `most` or `below` is the threshold of the strategy, both None without.

    For XADD there are `make_key` and `entry_id`, which is None for `*`, and `sequence_given` with it.
    """

    # Defaults of the class cost a call nothing.
    most: int | None = None
    below: int | None = None
    approximate = False
    limit: int | None = None
    make_key = True
    entry_id: int | None = None
    sequence_given = True
    policy = b""
    """What becomes of entries that groups still refer to, where the version has a say in that."""
    position = 0
    """Where the fields begin among XADD's words."""
    threshold = 0
    """Where the threshold stands."""

    @property
    def trims(self) -> bool:
        return self.most is not None or self.below is not None


def read_options(session: Session, words: tuple[bytes, ...], *, adds: bool) -> TrimOptions:
    """Read the words behind the key. With `adds` (XADD) they end with the id of the entry. Raises ReplyError."""
    options = TrimOptions()
    at, count = 0, len(words)
    while at < count:
        word = words[at]
        name = word.upper()
        if adds and word == b"*":
            break
        if name in (b"MAXLEN", b"MINID") and at + 1 < count:
            at = _read_threshold(options, words, at, name == b"MAXLEN")
        elif name == b"LIMIT" and at + 1 < count:
            at += 1
            options.limit = integer(words[at])
            if options.limit < 0:
                raise ReplyError("ERR The LIMIT argument must be >= 0.")
        elif adds and name == b"NOMKSTREAM":
            options.make_key = False
        elif name in POLICIES and not options.policy and session.engine.version >= SAYS_POLICY:
            options.policy = name
        elif adds:
            options.entry_id, options.sequence_given = new_id(word)
            break
        else:
            raise ReplyError(errors.SYNTAX)
        at += 1
    options.position = at + 1
    _check(options, session.limits, adds, session.engine.loading)
    return options


def _read_threshold(options: TrimOptions, words: tuple[bytes, ...], at: int, by_length: bool) -> int:
    """Read a strategy with its operator and threshold; returns the place of the threshold."""
    if options.trims:
        raise ReplyError(BOTH_STRATEGIES)
    at += 1
    operator = words[at] if at + 1 < len(words) else b""
    options.approximate = operator == b"~"
    if operator in (b"~", b"="):
        at += 1
    options.threshold = at
    if by_length:
        options.most = integer(words[at])
        if options.most < 0:
            raise ReplyError("ERR The MAXLEN argument must be >= 0.")
    else:
        options.below = stream_id(words[at])
    return at


def _check(options: TrimOptions, limits: Limits, adds: bool, loading: bool) -> None:
    """Refuse what does not go together, and set the limit that holds without LIMIT.

    What is loaded was exact when it was saved, and is obeyed without a limit.
    """
    if not options.trims:
        if options.limit:
            raise ReplyError(LIMIT_ALONE)
        if not adds:
            raise ReplyError(NO_STRATEGY)
    if loading:
        options.limit = None
    elif options.limit is not None:
        if not options.approximate:
            raise ReplyError(LIMIT_EXACT)
    elif options.approximate:
        usual = _as_int64(100 * limits.stream_node_max_entries)
        options.limit = min(usual if usual > LEAST_LIMIT else USUAL_LIMIT, MOST_LIMIT)


def _as_int64(number: int) -> int:
    """A product as 64 bits hold it."""
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number


def exact_words(words: tuple[bytes, ...], options: TrimOptions, value: Stream) -> list[bytes]:
    """The words with approximate trimming replaced by what it came to: exact trimming to what is left."""
    told = list(words)
    if options.approximate:
        told[options.threshold - 1] = b"="
        told[options.threshold] = b"%d" % len(value) if options.most is not None else id_text(value.first_id)
    return told


def trim(value: Stream, options: TrimOptions) -> int:
    """Trim a stream; returns how many entries went.

    Where entries are looked at one by one, because of what groups have pending, approximate trimming removes none.
    """
    if options.policy in LOOKS_AT_EACH:
        return 0 if options.approximate else trim_with(value, options.policy, options.most, options.below)
    return value.trim(
        most=options.most, below=options.below or 0, approximate=options.approximate, limit=options.limit or 0
    )


@command(
    "XTRIM key trim=(strategy=(MAXLEN | MINID@6.2.0) operator=[equal=\"=\" | approximately=\"~\"] threshold "
    "[LIMIT count:int]@6.2.0)",
    since="5.0.0",
    complexity="O(N) for N removed entries; little for each, because whole nodes go at once.",
    flags="write",
    keys="RW delete",
    tips=["nondeterministic_output"],
    history={"6.2.0": "MINID and LIMIT.", "8.2.0": "KEEPREF, DELREF and ACKED."},
    reply=Integer("how many entries were removed"),
)
def xtrim(session: Session, key: bytes, *words: bytes) -> Reply:
    """Remove the oldest entries of a stream.

    MAXLEN keeps that many of the newest entries, MINID those with at least that id. With ~ before the threshold only
    whole nodes are removed, so that somewhat more may stay; that costs a server much less. LIMIT bounds how many
    entries one call removes, and goes with ~ only.

    > XADD log 1-0 line start
    "1-0"
    > XADD log 2-0 line work
    "2-0"
    > XADD log 3-0 line stop
    "3-0"
    > XTRIM log MAXLEN 2
    (integer) 1
    > XTRIM log MAXLEN ~ 1
    (integer) 0
    > XTRIM log MINID 3
    (integer) 1
    """
    options = read_options(session, words, adds=False)
    db = session.db
    if not db.exists(key):
        return 0
    value = db.edit(key, Stream)
    count = trim(value, options)
    if count:
        db.touched(key, "xtrim", notify.STREAM)
        if options.approximate and session.engine.propagation is not None:
            session.engine.effect(session, b"XTRIM", key, *exact_words(words, options, value))
    return count
