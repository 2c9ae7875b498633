"""The slow log: the commands that took longest, the newest first.

An entry keeps what was asked, shortened, who asked, and for how long the command ran; the time of waiting for a key is
no part of it. Times are in ns inside and in µs towards clients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.redaction import redacted

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.session import Session

__all__ = ["NEVER", "SlowEntry", "SlowLog"]

NEVER = 1 << 63
"""A threshold that nothing reaches."""

MOST_WORDS = 32
MOST_BYTES = 128


class SlowEntry:
    """One slow call. `time` is in s since 1970, `took_us` in µs."""

    __slots__ = ("address", "id", "name", "time", "took_us", "words")

    def __init__(self, id: int, time: int, took_us: int, words: Sequence[bytes], address: bytes, name: bytes) -> None:
        self.id = id
        self.time = time
        self.took_us = took_us
        self.words = words
        self.address = address
        self.name = name


class SlowLog:
    """The entries of one engine."""

    def __init__(self) -> None:
        self.entries: deque[SlowEntry] = deque()
        self.next_id = 0
        self.length = 128
        """How many entries are kept: slowlog-max-len. One that is over goes when the next one comes, as in Redis."""
        self.threshold_ns = 10_000_000

    def set_threshold(self, microseconds: int) -> None:
        """slowlog-log-slower-than: 0 notes everything, a negative number nothing."""
        self.threshold_ns = microseconds * 1000 if microseconds >= 0 else NEVER

    def note(self, session: Session, command: Command, argv: Sequence[bytes], took_ns: int) -> None:
        """Keep a call if it was slow and may be shown."""
        if took_ns < self.threshold_ns or "skip_slowlog" in command.flags:
            return
        words = _shortened(redacted(session.engine, command, argv))
        script = session.script
        address = b"?:0" if script else session.address.encode()
        name = b"" if script else session.name
        time = session.engine.now_ns // 1_000_000_000
        self.entries.appendleft(SlowEntry(self.next_id, time, max(0, took_ns) // 1000, words, address, name))
        self.next_id += 1
        while len(self.entries) > self.length:
            self.entries.pop()


def _shortened(argv: Sequence[bytes]) -> tuple[bytes, ...]:
    if len(argv) <= MOST_WORDS:
        return tuple(map(_shortened_word, argv))
    left_out = len(argv) - MOST_WORDS + 1
    return (*map(_shortened_word, argv[: MOST_WORDS - 1]), b"... (%d more arguments)" % left_out)


def _shortened_word(word: bytes) -> bytes:
    if len(word) <= MOST_BYTES:
        return bytes(word)
    return b"%b... (%d more bytes)" % (word[:MOST_BYTES], len(word) - MOST_BYTES)
