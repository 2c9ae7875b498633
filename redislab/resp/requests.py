"""Reads client requests from a stream of bytes: multibulk arrays and inline lines.

`RequestReader` accepts and refuses what networking.c of Redis 7.0 does, with the same words. It is fed
whatever a socket brings and remembers where it stopped, so the work is linear in the bytes however they
are cut. It opens no socket and runs nothing; whoever owns it closes the connection after a ProtocolError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from redislab.resp.alike import requests_alike
from redislab.resp.reading import cut, whole_number
from redislab.resp.types import ProtocolError
from redislab.resp.whole import plain_requests
from redislab.resp.words import UnbalancedQuotes, split

__all__ = ["RequestReader"]

STAR, DOLLAR, RETURN, NEWLINE, NUL = b"*$\r\n\0"
INLINE_LIMIT = 64 * 1024
MULTIBULK_LIMIT = 2**31 - 1
BULK_LIMIT = 512 * 1024 * 1024
READ_SIZE = 16 * 1024
"""Bytes that Redis reads at a time: a line is found too long only after the read that passes the limit."""
UNAUTHENTICATED_COUNT = 10
UNAUTHENTICATED_BULK = 16384
COUNTS = {b"*%d" % count: count for count in range(UNAUTHENTICATED_COUNT + 1)}
"""The usual `*` lines; LENGTHS has the usual `$` lines. All are within what a client may send before it logs in."""
LENGTHS = {b"$%d" % length: length for length in range(1000)}
NOT_PLAIN = b"\"'\v\f"
"""In an inline line: quotes, and what parts words only where it stands before one."""


class RequestReader:
    """Bytes in, requests out: `feed` takes any piece, `next` gives one request or None when it needs more.

    Limits are in bytes, but `multibulk_limit` counts arguments. Set `authenticated` to False while the
    client must still log in: then ten arguments and 16384 bytes each are the most it may send. `bulk_limit`
    is the parameter proto-max-bulk-len and may change between requests.
    """

    def __init__(
        self,
        bulk_limit: int = BULK_LIMIT,
        inline_limit: int = INLINE_LIMIT,
        multibulk_limit: int = MULTIBULK_LIMIT,
    ) -> None:
        self.bulk_limit = bulk_limit
        self.inline_limit = inline_limit
        self.multibulk_limit = multibulk_limit
        self.authenticated = True
        self.buffer: bytes | bytearray = b""
        """What was fed and is still needed. A bytearray only while a request is in pieces: bytes are read faster."""
        self.position = 0
        """Where the part that is not yet understood begins."""
        self.scanned = 0
        """How far the line at `position` is known to have no end."""
        self.argv: list[bytes] = []
        self.items_left = 0
        self.bulk_length = -1
        """Length of the argument whose bytes come next; -1 while its `$` line is to come."""
        self.failure: ProtocolError | None = None

    def take(self, data: bytes, lines: list[bytes] | None = None) -> list[Sequence[bytes]]:
        """Take the next piece of the stream and give the whole requests there are: `feed` and all of `next` at once.

        Several times as fast where requests come in one piece and hold no line breaks, which is nearly always. Raises
        nothing: after a violation of the protocol `failure` is set, and what came before it is returned. A client that
        must still log in may send less, so ask `next` for its requests one by one. Who has cut the data into lines
        already may hand those in too.
        """
        found: list[Sequence[bytes]] = []
        if self.items_left or self.position < len(self.buffer):
            self.feed(data)
            try:
                argv = self.next()
            except ProtocolError:
                return found
            if argv is None:
                return found
            found.append(argv)
            data, lines = bytes(self.buffer[self.position :]), None
        if lines is None:
            alike, end = requests_alike(data)
            if end:
                found += alike
                data = data[end:]
                if not data:
                    self.buffer = data
                    self.move_to(0)
                    return found
            lines = data.split(b"\r\n")
        self.buffer = plain_requests(lines, found, self.bulk_limit)
        self.move_to(0)
        with suppress(ProtocolError):
            while (argv := self.next()) is not None:
                found.append(argv)
        return found

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next piece of the stream."""
        if self.position == len(self.buffer):
            self.buffer = bytes(data)
            self.move_to(0)
            return
        if isinstance(self.buffer, bytes):
            self.buffer = bytearray(self.buffer)
        del self.buffer[: self.position]
        self.scanned = max(self.scanned - self.position, 0)
        self.position = 0
        self.buffer += data

    def next(self) -> list[bytes] | None:
        """The next whole request, or None until more bytes are fed. Empty requests are passed over.

        Raises ProtocolError, and again on every later call: nothing can be read after it.
        """
        if self.failure is not None:
            raise self.failure
        while self.items_left or self.position < len(self.buffer):
            if self.items_left:
                return self.read_items()
            if self.buffer[self.position] == STAR:
                if not self.read_count():
                    return None
            else:
                argv = self.read_inline()
                if argv is None or argv:
                    return argv
        return None

    def __iter__(self) -> Iterator[list[bytes]]:
        """The whole requests there are now; iterate again after the next `feed`."""
        while (argv := self.next()) is not None:
            yield argv

    def read_count(self) -> bool:
        end = self.buffer.find(b"\r\n", self.position, self.position + 6)
        count = COUNTS.get(bytes(self.buffer[self.position : end])) if end > 0 else None
        if count is None or count > self.multibulk_limit:
            return self.read_other_count()
        self.position = end + 2
        self.items_left = count
        return True

    def read_other_count(self) -> bool:
        """Read a `*` line that is unusual, wrong or not yet whole."""
        end = self.find_line_end(RETURN, "too big mbulk count string")
        if end < 0 or end + 2 > len(self.buffer):
            return False
        count = whole_number(self.buffer[self.position + 1 : end])
        if count is None or count > self.multibulk_limit:
            raise self.refuse("invalid multibulk length")
        if count > UNAUTHENTICATED_COUNT and not self.authenticated:
            raise self.refuse("unauthenticated multibulk length")
        self.move_to(end + 2)
        self.items_left = max(count, 0)
        return True

    def read_items(self) -> list[bytes] | None:
        """Read arguments up to the request's last, or as far as the bytes go.

        The two bytes after an argument are skipped unseen, as Redis does.
        """
        buffer, argv = self.buffer, self.argv
        while self.items_left:
            start = self.position
            if self.bulk_length < 0:
                end = buffer.find(b"\r\n", start, start + 6)
                length = LENGTHS.get(bytes(buffer[start:end])) if end > 0 else None
                if length is None or length > self.bulk_limit:
                    if not self.read_other_length():
                        return None
                    continue
                start = end + 2
            else:
                length = self.bulk_length
            stop = start + length
            if len(buffer) < stop + 2:
                self.bulk_length = length
                self.move_to(start)
                return None
            argv.append(cut(buffer, start, stop))
            self.position = stop + 2
            self.bulk_length = -1
            self.items_left -= 1
        self.argv = []
        return argv

    def read_other_length(self) -> bool:
        """Read a `$` line that is unusual, wrong or not yet whole."""
        end = self.find_line_end(RETURN, "too big bulk count string")
        if end < 0 or end + 2 > len(self.buffer):
            return False
        first = self.buffer[self.position]
        if first != DOLLAR:
            shown = bytes([first]).decode("utf-8", "surrogateescape")
            raise self.refuse(f"expected '$', got '{shown}'")
        length = whole_number(self.buffer[self.position + 1 : end])
        if length is None or not 0 <= length <= self.bulk_limit:
            raise self.refuse("invalid bulk length")
        if length > UNAUTHENTICATED_BULK and not self.authenticated:
            raise self.refuse("unauthenticated bulk length")
        self.bulk_length = length
        self.move_to(end + 2)
        return True

    def read_inline(self) -> list[bytes] | None:
        end = self.find_line_end(NEWLINE, "too big inline request")
        if end < 0:
            return None
        line = bytes(self.buffer[self.position : end])
        if not any(map(line.__contains__, NOT_PLAIN)):
            argv = line.split()
        else:
            try:
                argv = split(line.decode("latin-1").removesuffix("\r"), "latin-1")
            except UnbalancedQuotes:
                raise self.refuse("unbalanced quotes in request") from None
        self.move_to(end + 1)
        return argv

    def find_line_end(self, mark: int, too_big: str) -> int:
        """Where `mark` ends the line at `position`, or -1. A NUL hides what follows it, as it does from strchr."""
        buffer = self.buffer
        self.scanned = max(self.scanned, self.position)
        end = -1
        if self.scanned >= len(buffer) or buffer[self.scanned] != NUL:
            end = buffer.find(mark, self.scanned)
            hidden = buffer.find(NUL, self.scanned, end if end >= 0 else len(buffer))
            if hidden >= 0:
                self.scanned, end = hidden, -1
            else:
                self.scanned = end if end >= 0 else len(buffer)
        length = end - self.position - READ_SIZE if end >= 0 else len(buffer) - self.position
        if length > self.inline_limit:
            raise self.refuse(too_big)
        return end

    def move_to(self, position: int) -> None:
        self.position = self.scanned = position

    def refuse(self, problem: str) -> ProtocolError:
        self.failure = ProtocolError(f"Protocol error: {problem}")
        return self.failure
