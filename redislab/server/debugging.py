"""Clients that debug a script: their socket, and the copy of the process in which they do it.

While a script is debugged its client's socket is read and written here, past the connection and without the loop. With
SCRIPT DEBUG SYNC that is in the server itself, which serves nobody else until the script is over. With YES a copy of
the process has the client for itself: it changes its own data, answers, and ends. The server lets go of the client at
once, and of the copy when it has ended.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from redislab.engine.debugger import Broken, Debugger, Gone, c_number
from redislab.engine.host import HostError
from redislab.persist.child import Child
from redislab.resp.encode import PROTOCOLS
from redislab.resp.types import NO_REPLY, Reply, ReplyError

if TYPE_CHECKING:
    from redislab.engine.session import Session
    from redislab.server.connection import Connection
    from redislab.server.server import Server

__all__ = ["Debugging", "SocketTalk", "parsed"]

READ_SIZE = 1024
MOST_BYTES = 1 << 20
"""Bytes of a command that never ends."""
MOST_WORDS = 1024
LONGEST_WORD = 1024
PATIENCE_SECONDS = 5.0
"""How long a client may not read what is sent to it."""
LOOK_MS = 100
"""Between two looks whether the server is to end."""
MOST_FILES = 1 << 16


class Debugging:
    """The debugging clients of one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.children: list[Child] = []
        """The copies of the process that still run."""

    def debug(self, connection: Connection, debugger: Debugger, run: Callable[[Session], Reply]) -> Reply:
        """Let a connection debug what `run` runs. Raises HostError where no copy of the process can be made."""
        debugger.talk = SocketTalk(self.server, connection.descriptor)
        if debugger.synchronous:
            return self.debug_here(connection, debugger, run)
        child = Child(lambda: self.debug_in_copy(connection, debugger, run))
        try:
            child.start()
        except OSError as error:
            raise HostError(f"Fork() failed: can't run EVAL in debugging mode: {error.strerror}") from None
        self.server.keeper.note_fork(child)
        if not self.children:
            self.server.loop.call_later(LOOK_MS / 1000, self.look_after)
        self.children.append(child)
        self.give_away(connection)
        return NO_REPLY

    # -- in the server itself --------------------------------------------------------------------------------

    def debug_here(self, connection: Connection, debugger: Debugger, run: Callable[[Session], Reply]) -> Reply:
        log, session = self.server.log, connection.session
        log("warning", "Redis synchronous debugging eval session started")
        reply: Reply
        try:
            reply = run(connection.session)
        except ReplyError as error:
            reply = error
        finally:
            debugger.end()
            log("warning", "Redis synchronous debugging eval session ended")
            session.closing = True
        if session.gathering is not None:  # Within EXEC, whose other commands are run, but not answered any more.
            send_all(connection.descriptor, last_words(connection, reply))
            connection.kill()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    # -- in a copy -------------------------------------------------------------------------------------------

    def debug_in_copy(self, connection: Connection, debugger: Debugger, run: Callable[[Session], Reply]) -> NoReturn:
        """What the copy does: everything with the client, and then it ends."""
        server = self.server
        self.leave_the_server(connection.descriptor)
        server.log.role = "C"
        server.log("warning", "Redis forked for debugging eval")
        reply: Reply
        try:
            reply = run(connection.session)
        except ReplyError as error:
            reply = error
        except Exception as error:
            reply = server.internal_error([b"EVAL"], error)
        debugger.end()
        connection.session.closing = False
        send_all(connection.descriptor, last_words(connection, reply))
        with suppress(OSError), socket.socket(fileno=connection.descriptor) as client:
            client.shutdown(socket.SHUT_RDWR)  # Other copies may have it, too, which would keep it open.
        server.log("warning", "Lua debugging session child exiting")
        os._exit(0)

    def leave_the_server(self, descriptor: int) -> None:
        """Let go of all that is the server's: its sockets, its files, its signals and its neighbours."""
        gc.disable()  # Nothing may be closed that has the number of what is opened from now on.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.closerange(3, descriptor)
        os.closerange(descriptor + 1, max(descriptor + 1, min(MOST_FILES, os.sysconf("SC_OPEN_MAX"))))
        self.children.clear()
        engine = self.server.engine
        engine.propagation = None
        engine.host.while_busy = None

    def give_away(self, connection: Connection) -> None:
        """Forget a client whom a copy of the process has now."""
        connection.session.debugging = None
        connection.given_away = True
        connection.session.closing = True
        connection.kill()

    # -- the copies ------------------------------------------------------------------------------------------

    def look_after(self) -> None:
        """Let go of the copies that have ended."""
        self.children = [child for child in self.children if not child.is_over()]
        if self.children:
            self.server.loop.call_later(LOOK_MS / 1000, self.look_after)

    def kill(self) -> None:
        """End all copies: the server ends."""
        for child in self.children:
            self.server.log("warning", f"Killing debugging session {child.process_id}")
            child.kill()
        self.children.clear()


class SocketTalk:
    """The line to a client who debugs, over its socket."""

    def __init__(self, server: Server, descriptor: int) -> None:
        self.server = server
        self.descriptor = descriptor
        self.received = b""
        self.process_id = os.getpid()

    def read(self) -> Sequence[bytes]:
        """The next command. Whatever has come behind it is dropped, as Redis does."""
        while True:
            words = parsed(self.received)
            if words is not None:
                self.received = b""
                return words
            self.wait()
            try:
                data = os.read(self.descriptor, READ_SIZE)
            except BlockingIOError:
                continue
            except OSError:
                raise Gone from None
            if not data:
                raise Gone
            self.received += data
            if len(self.received) > MOST_BYTES:
                self.received = b""
                raise Broken("max client buffer reached")

    def wait(self) -> None:
        """Wait for the client. A server that is asked to end does not wait for it any more. Raises Gone."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        while not poll.poll(LOOK_MS):
            if self.server.asked_to_end and os.getpid() == self.process_id:
                raise Gone

    def write(self, lines: Sequence[bytes]) -> None:
        """Send lines as an array. That the client is not there any more is seen by the next read."""
        send_all(self.descriptor, b"*%d\r\n" % len(lines) + b"".join(b"+%b\r\n" % line for line in lines))


def send_all(descriptor: int, data: bytes) -> None:
    """Send to a client, and wait for it for a while."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    end = monotonic() + PATIENCE_SECONDS
    rest = memoryview(data)
    while rest and monotonic() < end:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            poll.poll(LOOK_MS)
        except OSError:
            return


def last_words(connection: Connection, reply: Reply) -> bytes:
    """What a client still gets when its script is over: replies from before, and the script's own."""
    session = connection.session
    if session.reply_mode != "on":
        return b"".join(connection.out)
    table = PROTOCOLS[session.protocol]
    replies = [reply] if session.gathering is None else [*session.gathering, reply]
    begun = b"" if session.gathering is None else b"*%d\r\n" % len(session.queue or ())
    return b"".join(connection.out) + begun + b"".join(table[each.__class__](each, table) for each in replies)


def parsed(data: bytes) -> list[bytes] | None:
    """The words of the first command in what has come, None if it is not all there. Raises Broken.

    Redis reads a command here with a few lines of C of its own, which forgive what its other reader does not, and stop
    at NULs. A word is never empty.
    """
    if not data:
        return None
    start = found(data, b"*", 0)
    if start < 0:
        raise Broken("protocol error")
    end = found(data, b"\r\n", start)
    if end < 0:
        return None
    count = c_number(data[start + 1 : end])
    if not 0 < count <= MOST_WORDS:
        raise Broken("protocol error")
    words: list[bytes] = []
    at = end + 2
    while len(words) < count:
        if data[at : at + 1] in (b"", b"\0"):
            return None
        if data[at : at + 1] != b"$":
            raise Broken("protocol error")
        end = found(data, b"\r\n", at)
        if end < 0:
            return None
        length = c_number(data[at + 1 : end])
        if not 0 < length <= LONGEST_WORD:
            raise Broken("protocol error")
        at = end + 2 + length
        if at + 2 > len(data):
            return None
        words.append(data[end + 2 : at])
        if data[at : at + 2] != b"\r\n":
            raise Broken("protocol error")
        at += 2
    return words


def found(data: bytes, text: bytes, start: int) -> int:
    """Where a text stands in front of the next NUL; -1 if it does not."""
    end = data.find(b"\0", start)
    return data.find(text, start, end if end >= 0 else len(data))
