"""Publish and subscribe.

Subscribing answers with one message for each name. They all come through the outbox, in order, and the command
itself answers NO_REPLY: so a client reads them as it reads what is published later.
"""

from __future__ import annotations

from redislab.commands.shapes import Any_, Array, Integer, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.pubsub import Subscribers
from redislab.engine.session import Session
from redislab.resp.types import NO_REPLY, Push, Reply
from redislab.values.glob import compile as compile_pattern

GROUP = "pubsub"

_CONFIRMATION = Any_("a message for each name, with the number of subscriptions there are now")


# -- subscribing ---------------------------------------------------------------------------------------------


def _subscribe(
    session: Session, kind: bytes, table: Subscribers, mine: dict[bytes, None], names: tuple[bytes, ...]
) -> Reply:
    for name in names:
        if name not in mine:
            mine[name] = None
            session.engine.pubsub.add(table, name, session)
        session.refresh_guard()
        session.refresh_path()
        session.deliver(Push([kind, name, _count(session, mine)]))
    return NO_REPLY


def _unsubscribe(
    session: Session, kind: bytes, table: Subscribers, mine: dict[bytes, None], names: tuple[bytes, ...]
) -> Reply:
    """Without names from all; one message without a name if there is none."""
    for name in names or tuple(mine) or (None,):
        if name is not None and name in mine:
            del mine[name]
            session.engine.pubsub.drop(table, name, session)
        session.refresh_guard()
        session.refresh_path()
        session.deliver(Push([kind, name, _count(session, mine)]))
    return NO_REPLY


def _count(session: Session, mine: dict[bytes, None]) -> int:
    """The number told with each message: channels and patterns together, shard channels by themselves."""
    return len(mine) if mine is session.shard_channels else len(session.channels) + len(session.patterns)


@command(
    "SUBSCRIBE channel...",
    since="2.0.0",
    complexity="O(N) where N is the number of channels.",
    flags="pubsub noscript loading stale",
    reply=_CONFIRMATION,
)
def subscribe(session: Session, *channels: bytes) -> Reply:
    """Listen to channels: from now on every message published there is sent to this client.

    In RESP2 a client that listens may only subscribe, unsubscribe, PING, RESET and QUIT. Messages are not kept: who
    does not listen when one is published never gets it.

    > SUBSCRIBE news weather
    1) "subscribe"
    2) "news"
    3) (integer) 1
    1) "subscribe"
    2) "weather"
    3) (integer) 2
    """
    return _subscribe(session, b"subscribe", session.engine.pubsub.channels, session.channels, channels)


@command(
    "UNSUBSCRIBE [channel]...",
    since="2.0.0",
    complexity="O(N) where N is the number of clients that listen to a channel.",
    flags="pubsub noscript loading stale",
    reply=_CONFIRMATION,
)
def unsubscribe(session: Session, *channels: bytes) -> Reply:
    """Stop listening to channels, or to all of them if none is named.

    > SUBSCRIBE news
    1) "subscribe"
    2) "news"
    3) (integer) 1
    > UNSUBSCRIBE
    1) "unsubscribe"
    2) "news"
    3) (integer) 0
    """
    return _unsubscribe(session, b"unsubscribe", session.engine.pubsub.channels, session.channels, channels)


@command(
    "PSUBSCRIBE {pattern:pattern}...",
    since="2.0.0",
    complexity="O(N) where N is the number of patterns the client listens to already.",
    flags="pubsub noscript loading stale",
    reply=_CONFIRMATION,
)
def psubscribe(session: Session, *patterns: bytes) -> Reply:
    """Listen to all channels whose names match patterns such as `news.*`; see KEYS for what a pattern can hold.

    A message that matches several patterns comes several times.

    > PSUBSCRIBE news.*
    1) "psubscribe"
    2) "news.*"
    3) (integer) 1
    """
    return _subscribe(session, b"psubscribe", session.engine.pubsub.patterns, session.patterns, patterns)


@command(
    "PUNSUBSCRIBE [pattern:pattern]...",
    since="2.0.0",
    complexity="O(N+M) where N is the number of the client's patterns and M the number of all patterns.",
    flags="pubsub noscript loading stale",
    reply=_CONFIRMATION,
)
def punsubscribe(session: Session, *patterns: bytes) -> Reply:
    """Stop listening to patterns, or to all of them if none is named.

    > PUNSUBSCRIBE news.*
    1) "punsubscribe"
    2) "news.*"
    3) (integer) 0
    """
    return _unsubscribe(session, b"punsubscribe", session.engine.pubsub.patterns, session.patterns, patterns)


@command(
    "SSUBSCRIBE shardchannel...",
    since="7.0.0",
    complexity="O(N) where N is the number of shard channels.",
    flags="pubsub noscript loading stale",
    keys="not_key @1 -1/1",
    reply=_CONFIRMATION,
)
def ssubscribe(session: Session, *channels: bytes) -> Reply:
    """Listen to shard channels, which in a cluster belong to one shard; SPUBLISH sends to them.

    > SSUBSCRIBE orders
    1) "ssubscribe"
    2) "orders"
    3) (integer) 1
    """
    if not session.may_block:
        raise ReplyError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    pubsub = session.engine.pubsub
    return _subscribe(session, b"ssubscribe", pubsub.shard_channels, session.shard_channels, channels)


@command(
    "SUNSUBSCRIBE [shardchannel]...",
    since="7.0.0",
    complexity="O(N) where N is the number of clients that listen to a shard channel.",
    flags="pubsub noscript loading stale",
    keys="not_key @1 -1/1",
    reply=_CONFIRMATION,
)
def sunsubscribe(session: Session, *channels: bytes) -> Reply:
    """Stop listening to shard channels, or to all of them if none is named.

    > SUNSUBSCRIBE
    1) "sunsubscribe"
    2) (nil)
    3) (integer) 0
    """
    pubsub = session.engine.pubsub
    return _unsubscribe(session, b"sunsubscribe", pubsub.shard_channels, session.shard_channels, channels)


# -- publishing ----------------------------------------------------------------------------------------------


@command(
    "PUBLISH channel message",
    since="2.0.0",
    complexity="O(N+M) where N is the number of listeners and M the number of patterns.",
    flags="pubsub loading stale fast",
    reply=Integer("how many clients the message was sent to"),
)
def publish(session: Session, channel: bytes, message: bytes) -> Reply:
    """Send a message to all who listen to a channel now.

    > PUBLISH news "kettle on"
    (integer) 0
    """
    return session.engine.pubsub.publish(channel, message)


@command(
    "SPUBLISH shardchannel message",
    since="7.0.0",
    complexity="O(N) where N is the number of listeners.",
    flags="pubsub loading stale fast",
    keys="not_key @1 0/1",
    reply=Integer("how many clients the message was sent to"),
)
def spublish(session: Session, channel: bytes, message: bytes) -> Reply:
    """Send a message to all who listen to a shard channel (SSUBSCRIBE); SUBSCRIBE does not hear it.

    > SPUBLISH news "kettle on"
    (integer) 0
    """
    return session.engine.pubsub.publish_shard(channel, message)


# -- asking --------------------------------------------------------------------------------------------------

container("PUBSUB", group="pubsub", since="2.8.0", complexity="Depends on subcommand.", acl="-pubsub")


def _active(table: Subscribers, words: tuple[bytes, ...]) -> Reply:
    """The names that somebody listens to and that match; `words` is the subcommand's name and perhaps a pattern."""
    if len(words) > 2:
        raise subcommand_syntax("PUBSUB", words[0])
    return list(table) if len(words) == 1 else list(filter(compile_pattern(words[1]), table))


def _counts(table: Subscribers, names: tuple[bytes, ...]) -> Reply:
    return [item for name in names for item in (name, len(table.get(name, ())))]


@command(
    "PUBSUB CHANNELS [pattern:pattern]",
    since="2.8.0",
    complexity="O(N) where N is the number of channels that somebody listens to.",
    flags="pubsub loading stale",
    parent="PUBSUB",
    takes_name=True,
    reply=Array(meaning="the channels"),
)
def pubsub_channels(session: Session, *words: bytes) -> Reply:
    """List the channels that somebody listens to; patterns do not count.

    > PUBSUB CHANNELS
    (empty array)
    """
    return _active(session.engine.pubsub.channels, words)


@command(
    "PUBSUB NUMPAT",
    since="2.8.0",
    complexity="O(1)",
    flags="pubsub loading stale",
    parent="PUBSUB",
    reply=Integer("the number of different patterns"),
)
def pubsub_numpat(session: Session) -> Reply:
    """Count the different patterns that clients listen to.

    > PUBSUB NUMPAT
    (integer) 0
    """
    return len(session.engine.pubsub.patterns)


@command(
    "PUBSUB NUMSUB [channel]...",
    since="2.8.0",
    complexity="O(N) where N is the number of channels asked for.",
    flags="pubsub loading stale",
    parent="PUBSUB",
    reply=Array(meaning="each channel, followed by the number of its listeners"),
)
def pubsub_numsub(session: Session, *channels: bytes) -> Reply:
    """Count the listeners of channels; those who listen through a pattern are left out.

    > PUBSUB NUMSUB news
    1) "news"
    2) (integer) 0
    """
    return _counts(session.engine.pubsub.channels, channels)


@command(
    "PUBSUB SHARDCHANNELS [pattern:pattern]",
    since="7.0.0",
    complexity="O(N) where N is the number of shard channels that somebody listens to.",
    flags="pubsub loading stale",
    parent="PUBSUB",
    takes_name=True,
    reply=Array(meaning="the shard channels"),
)
def pubsub_shardchannels(session: Session, *words: bytes) -> Reply:
    """List the shard channels that somebody listens to.

    > PUBSUB SHARDCHANNELS
    (empty array)
    """
    return _active(session.engine.pubsub.shard_channels, words)


@command(
    "PUBSUB SHARDNUMSUB [shardchannel]...",
    since="7.0.0",
    complexity="O(N) where N is the number of shard channels asked for.",
    flags="pubsub loading stale",
    parent="PUBSUB",
    reply=Array(meaning="each shard channel, followed by the number of its listeners"),
)
def pubsub_shardnumsub(session: Session, *channels: bytes) -> Reply:
    """Count the listeners of shard channels.

    > PUBSUB SHARDNUMSUB news
    1) "news"
    2) (integer) 0
    """
    return _counts(session.engine.pubsub.shard_channels, channels)


@command(
    "PUBSUB HELP",
    since="6.2.0",
    complexity="O(1)",
    flags="loading stale",
    acl="-pubsub",
    parent="PUBSUB",
    reply=Array("", Status()),
)
def pubsub_help(session: Session) -> Reply:
    """Show what PUBSUB can do.

    > PUBSUB HELP
     1) PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "pubsub")
