"""What stream commands hand to the append only file and to replicas, where that is not the command as it was given.

Ids made from the time become those that were made; approximate trimming becomes exact trimming to what was kept; and
what a consumer was given becomes an XCLAIM that says so in full. Without anybody to hand it to nothing is made.
"""

from __future__ import annotations

from redislab.commands.stream_ids import id_text
from redislab.commands.stream_trim import TrimOptions, exact_words
from redislab.engine.session import Session
from redislab.values.stream import Stream
from redislab.values.stream_groups import Group, Pending

__all__ = ["added", "consumer_created", "given", "group_moved", "no_more"]


def added(
    session: Session, key: bytes, words: tuple[bytes, ...], options: TrimOptions | None, entry_id: int, value: Stream
) -> None:
    """XADD with these words added an entry."""
    told = list(words) if options is None else exact_words(words, options, value)
    if options is None or options.entry_id is None or not options.sequence_given:
        told[0 if options is None else options.position - 1] = id_text(entry_id)
    session.engine.effect(session, b"XADD", key, *told)


def given(session: Session, key: bytes, group: Group, entry_id: int, pending: Pending) -> None:
    """A pending entry was given to its consumer; or it was found to be deleted, and is pending no more."""
    if session.engine.propagation is not None:
        session.engine.effect(
            session, b"XCLAIM", key, group.name, pending.consumer, b"0", id_text(entry_id),
            b"TIME", b"%d" % pending.delivered_ms, b"RETRYCOUNT", b"%d" % pending.deliveries,
            b"FORCE", b"JUSTID", b"LASTID", id_text(group.last_id),
        )  # fmt: skip


def group_moved(session: Session, key: bytes, group: Group) -> None:
    """A group came further without an entry that tells of it."""
    if session.engine.propagation is not None:
        read = -1 if group.entries_read is None else group.entries_read
        session.engine.effect(
            session, b"XGROUP", b"SETID", key, group.name, id_text(group.last_id), b"ENTRIESREAD", b"%d" % read
        )


def consumer_created(session: Session, key: bytes, group: Group, name: bytes) -> None:
    """A consumer came into being that has nothing pending."""
    if session.engine.propagation is not None:
        session.engine.effect(session, b"XGROUP", b"CREATECONSUMER", key, group.name, name)


def no_more(session: Session) -> None:
    """What the running call changes is told by what was handed in, or not at all."""
    propagation = session.engine.propagation
    if propagation is not None:
        propagation.nothing()
