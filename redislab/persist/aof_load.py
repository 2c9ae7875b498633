"""Playing an append only file: its commands run again on an engine that is empty, or has what stood before them.

A file may begin as an RDB file. It may end in the middle of a command, or of a transaction, when the machine went down
while it was written: then `Truncated` says up to where it is whole. What is damaged elsewhere raises BadAof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.engine.errors import ReplyError
from redislab.persist.rdb import load_rdb
from redislab.rdb.strings import RdbError
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["BadAof", "Truncated", "play_aof"]


class BadAof(ValueError):
    """A file that is no append only file, or a damaged one; the text says why, and where if that is known."""


class Truncated(BadAof):
    """A file that ends too early; `whole` is the number of bytes up to which it was played."""

    def __init__(self, whole: int) -> None:
        super().__init__("it ends too early")
        self.whole = whole


def play_aof(engine: Engine, data: bytes) -> int:
    """Run what a file holds; returns the number of keys that its RDB part had. Raises BadAof and Truncated."""
    at = keys = 0
    if data.startswith(b"REDIS"):
        try:
            found = load_rdb(engine, data, keep_expired=True)
        except RdbError as error:
            raise BadAof(str(error)) from None
        at, keys = found.end, found.keys
    session = engine.connect()
    session.may_block = False
    engine.loading = True
    try:
        play(session, data, at)
    finally:
        engine.loading = False
        session.close()
    return keys


def play(session: Session, data: bytes, at: int) -> None:
    """Run the commands from a place on."""
    begin_of_transaction = -1
    end = len(data)
    while at < end:
        if data[at] == 0x23:  # '#', a note such as the time
            stop = data.find(b"\n", at)
            if stop < 0:
                raise Truncated(at)
            at = stop + 1
            continue
        argv, following = request(data, at)
        if argv is None:
            raise Truncated(at if begin_of_transaction < 0 else begin_of_transaction)
        if argv[0].upper() == b"MULTI":
            begin_of_transaction = at
        run(session, argv)
        if session.queue is None:
            begin_of_transaction = -1
        at = following
    if begin_of_transaction >= 0:
        raise Truncated(begin_of_transaction)


def request(data: bytes, at: int) -> tuple[list[bytes] | None, int]:
    """One command and where the next begins; None where the data ends before. Raises BadAof."""
    count, at = number(data, at, b"*")
    if count is None:
        return None, at
    if count < 1:
        raise BadAof(f"a command without words (at byte {at})")
    argv = []
    for _ in range(count):
        size, at = number(data, at, b"$")
        if size is None:
            return None, at
        if size < 0:
            raise BadAof(f"a word of less than no bytes (at byte {at})")
        stop = at + size
        if stop + 2 > len(data):
            return None, at
        argv.append(data[at:stop])
        if data[stop : stop + 2] != b"\r\n":
            raise BadAof(f"a word without an end (at byte {stop})")
        at = stop + 2
    return argv, at


def number(data: bytes, at: int, mark: bytes) -> tuple[int | None, int]:
    """The number of a line that begins with a mark, and where the next line begins; None where the data ends before."""
    stop = data.find(b"\r\n", at, at + 24)
    if stop < 0:
        if len(data) - at >= 24:
            raise BadAof(f"a line without an end (at byte {at})")
        return None, at
    digits = data[at + 1 : stop]
    if data[at : at + 1] != mark or not digits.lstrip(b"-").isdigit():
        raise BadAof(f"a line that begins otherwise than with {mark.decode()} and a number (at byte {at})")
    return int(digits), stop + 2


def run(session: Session, argv: list[bytes]) -> None:
    """Run one command. Its error is no error of the file: the command had it when it was written."""
    engine = session.engine
    try:
        command = engine.find(session, argv)
    except ReplyError:
        name = argv[0][:128].decode("utf-8", "replace")
        raise BadAof(f"Unknown command '{name}'") from None
    if session.queue is not None and command.name not in ("exec", "discard"):
        session.queue.append((command, argv))
        return
    engine.read_time()
    try:
        reply = command.handler(session, *argv[command.offset :])  # type: ignore[misc]
        assert reply is not BLOCKED
    except ReplyError:
        engine.fresh = None
