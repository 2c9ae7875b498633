"""What CLIENT LIST and INFO tell of a connection's buffers.

How much came and is not executed, and how much is still to be sent, is counted. What stands beside that, room set aside
for more, follows Redis' own rules: Python keeps its buffers otherwise, but a limit such as maxmemory-clients should
find the same clients large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.server.connection import Connection

__all__ = ["buffers_of", "largest_input", "largest_output"]

CLIENT = 774
"""Bytes of a client without buffers."""
QUERY_BUFFER = 20474
"""Room that is set aside for requests with the first byte, and kept until the client was silent for two seconds."""
STRING_HEADER = 6
"""Bytes of the string that such a buffer is, beside its content."""
SILENT_NS = 2_000_000_000
REPLY_BUFFER, SMALL_REPLY_BUFFER = 16384, 1024
"""Room for replies: it shrinks soon where replies are short, as most are."""
SHRINKS_AFTER_MS = 300
WATCHED, SUBSCRIBED = 56, 39
"""Bytes of a watched key and of a channel, about."""


def buffers_of(connection: Connection) -> dict[str, int | str]:
    """Fields of CLIENT LIST, sizes in bytes."""
    session, reader = connection.session, connection.reader
    kept = len(reader.buffer) - reader.position + len(connection.unread) + sum(map(size, connection.requests))
    free = max(QUERY_BUFFER, reader.bulk_length + 2) - kept
    if not kept and session.engine.now_ns - session.last_used_ns > SILENT_NS:
        free = 0
    blocked = session.wait.note[1] if session.wait is not None and session.wait.note is not None else ()
    arguments = sum(map(len, reader.argv)) + sum(map(len, blocked))
    is_new = session.engine.now - session.created_ms < SHRINKS_AFTER_MS
    replies = REPLY_BUFFER if is_new else SMALL_REPLY_BUFFER
    waiting, prepared = connection.transport.get_write_buffer_size(), sum(map(len, connection.out))
    queued = sum(len(word) for _, argv in session.queue for word in argv) if session.queue is not None else 0
    others = WATCHED * len(session.watched) + SUBSCRIBED * session.subscriptions
    return {
        "qbuf": kept,
        "qbuf-free": max(0, free),
        "argv-mem": arguments,
        "rbs": replies,
        "obl": prepared,
        "oll": int(waiting > 0),
        "omem": waiting,
        "tot-mem": CLIENT + kept + max(0, free) + arguments + queued + replies + waiting + others,
        "events": "rw" if waiting else "r",
    }


def size(argv: Sequence[bytes]) -> int:
    """Bytes of a request that was read and is not executed, as most clients send it."""
    return len(b"*%d\r\n" % len(argv)) + sum(len(b"$%d\r\n\r\n" % len(word)) + len(word) for word in argv)


def largest_input(connections: Iterable[Connection]) -> int:
    """The most that one client has set aside for its requests."""
    found = map(buffers_of, connections)
    largest = max((int(each["qbuf"]) + int(each["qbuf-free"]) for each in found), default=0)
    return largest + STRING_HEADER if largest else 0


def largest_output(connections: Iterable[Connection]) -> int:
    """The most that waits for one client."""
    return max((connection.transport.get_write_buffer_size() for connection in connections), default=0)
