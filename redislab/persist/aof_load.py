"""Playing an append only file: its commands run again on an engine that is empty, or has what stood before them.

A file may begin as an RDB file. It may end in the middle of a command, or of a transaction, when the machine went down
while it was written: then `Truncated` says up to where it is whole. What is damaged elsewhere raises BadAof.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redislab.engine import finding
from redislab.engine.errors import ReplyError
from redislab.persist.rdb import Loaded, load_rdb, refusal
from redislab.rdb.strings import RdbError
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["BadAof", "Truncated", "UnfinishedTransaction", "play_aof"]


class BadAof(ValueError):
    """A file that is no append only file, or a damaged one; the text says why, and where if that is known."""

    def told(self, name: str) -> str:
        """The reason in the words of Redis, with what is known beside it."""
        return (
            f"Bad file format reading the append only file {name}: make a backup of your AOF file, then use"
            f" ./redis-check-aof --fix <filename.manifest> ({self})"
        )


class BadPreamble(BadAof):
    """The RDB part cannot be read."""

    def told(self, name: str) -> str:
        return f"{self} Error reading the RDB preamble of the AOF file {name}, AOF loading aborted"


class UnknownCommand(BadAof):
    """A command that does not exist."""

    def told(self, name: str) -> str:
        return f"Unknown command '{self}' reading the append only file {name}"


class Truncated(BadAof):
    """A file that ends too early; `whole` is the number of bytes up to which it was played."""

    def __init__(self, whole: int) -> None:
        super().__init__("it ends too early")
        self.whole = whole


class UnfinishedTransaction(Truncated):
    """A file that ends between MULTI and EXEC; `whole` is where MULTI stands."""


def play_aof(engine: Engine, data: bytes, log: Callable[[str, str], None]) -> Loaded | None:
    """Run what a file holds; returns what its RDB part held, if it has one. Raises BadAof and Truncated."""
    at, found = 0, None
    if data.startswith(b"REDIS"):
        try:
            found = load_rdb(engine, data, keep_expired=True)
        except RdbError as error:
            raise BadPreamble(refusal(error)) from None
        for level, line in found.lines(engine.now // 1000):
            log(level, line)
        at = found.end
        if at < len(data):
            log("notice", "Reading the remaining AOF tail...")
    session = engine.connect()
    session.may_block = False
    engine.loading = True
    try:
        play(session, data, at, log)
    finally:
        engine.loading = False
        session.close()
    return found


def play(session: Session, data: bytes, at: int, log: Callable[[str, str], None]) -> None:
    """Run the commands from a place on."""
    begin_of_transaction = -1
    end = len(data)
    while at < end:
        if data[at] == 0x23:  # '#', a note such as the time
            stop = data.find(b"\n", at)
            if stop < 0:
                raise Truncated(at if begin_of_transaction < 0 else begin_of_transaction)
            at = stop + 1
            continue
        argv, following = request(data, at)
        if argv is None:
            # Redis cuts at the last whole command, and what it appends then belongs to the open transaction and is
            # lost at the next start. Here the transaction goes as a whole.
            raise Truncated(at if begin_of_transaction < 0 else begin_of_transaction)
        if argv[0].upper() == b"MULTI":
            begin_of_transaction = at
        run(session, argv, log)
        if session.queue is None:
            begin_of_transaction = -1
        at = following
    if begin_of_transaction >= 0:
        raise UnfinishedTransaction(begin_of_transaction)


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
    if stop < 0 and data[at : at + 1] in (mark, b""):
        if len(data) - at >= 24:
            raise BadAof(f"a line without an end (at byte {at})")
        return None, at
    digits = data[at + 1 : stop]
    if data[at : at + 1] != mark or not digits.lstrip(b"-").isdigit():
        raise BadAof(f"a line that begins otherwise than with {mark.decode()} and a number (at byte {at})")
    return int(digits), stop + 2


def run(session: Session, argv: list[bytes], log: Callable[[str, str], None]) -> None:
    """Run one command. An error that it answers is no error of the file, but it is told in the log."""
    engine = session.engine
    try:
        command = finding.find(engine, session, argv)
    except ReplyError:
        raise UnknownCommand(argv[0][:128].decode("utf-8", "replace")) from None
    count = len(argv) - command.offset + 1
    if count != command.count and (command.count > 0 or count < -command.count):
        raise BadAof(f"wrong number of arguments for '{command.name}'")
    if session.queue is not None and command.name not in ("exec", "discard"):
        session.queue.append((command, argv))
        return
    engine.read_time()
    try:
        reply = command.handler(session, *argv[command.offset :])  # type: ignore[misc]
        assert reply is not BLOCKED
    except ReplyError as error:
        engine.fresh = None
        log(
            "warning",
            "== CRITICAL == This server is sending an error to its AOF-loading-client:"
            f" '-{error.text}' after processing the command '{command.name}'",
        )
