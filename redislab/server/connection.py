"""One client's connection: bytes in, commands to the session, bytes out.

Owns the two buffers of a connection and their limits. Requests are executed in the order in which they came, and those
of a long pipeline in several turns (`turns`). While the session waits (BLPOP, a pause) what comes is kept as it is, up
to client-query-buffer-limit; while the client does not read its replies, or has requests left for a later turn, nothing
more is read from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine.pipeline import execute_straight
from redislab.resp.alike import requests_alike
from redislab.resp.encode import PROTOCOLS, encode_all, line_bytes
from redislab.resp.requests import RequestReader
from redislab.resp.types import BLOCKED, Marker, ProtocolError, ReplyError
from redislab.resp.whole import single_request

if TYPE_CHECKING:
    from redislab.engine.session import Session
    from redislab.server.server import Server

__all__ = ["Connection"]

SHORT = 128
"""Bytes that are hardly more than a request or two."""
CHECK_EVERY = 64
"""Commands between two looks at the clock."""
AT_ONCE = 32
"""Commands of a pipeline whose replies are encoded together."""
STAR = ord("*")
SEND_AT = 64 * 1024
"""Bytes of replies that are handed to the socket at once."""
READ_SIZE = 1 << 16
"""Bytes that are read from a socket at once."""
PIECE = 16 * 1024
"""Bytes of what was kept that are read at once."""
INLINE_PIECE = 2 * 1024
"""The same of inline commands, which take longer to read."""
ATTACKS = frozenset((b"host:", b"post"))
"""What a web browser sends that was told to talk to a Redis."""
ATTACK = (
    "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is "
    "likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. "
    "Connection aborted."
)


class Connection:
    """A client of a server."""

    def __init__(self, server: Server, kind: str = "tcp") -> None:
        self.server = server
        self.kind = kind
        self.transport: Any = None
        self.session: Session = None  # type: ignore[assignment]
        self.reader = RequestReader()
        self.requests: deque[Sequence[bytes]] = deque()
        """Requests that are read and not yet executed."""
        self.unread = bytearray()
        """What came while nothing could be executed."""
        self.out: list[bytes] = []
        self.unsent = b""
        """What is sent at the end of the present round."""
        self.writable = True
        self.descriptor = -1
        """The socket, where bytes may be written to it directly: not over TLS."""
        self.direct = False
        self.turn_due = False
        """The rest of a long pipeline is to be executed in another turn."""
        self.ended = False
        """The client has closed its side, or is to be closed."""
        self.over_soft_limit_since = 0.0
        self.given_away = False
        """A copy of the process goes on with the client: its socket must stay as it is."""

    # -- coming and going ------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=1)  # For TLS a limit of 0 is reached at once.
        refusal = self.server.admit(self)
        if refusal:
            transport.write(refusal)
            self.ended = True
            transport.close()
        elif transport.get_extra_info("ssl_object") is None:
            self.descriptor = self.session.descriptor
            self.direct = self.descriptor >= 0
            if hasattr(transport, "max_size"):
                transport.max_size = READ_SIZE

    def connection_lost(self, error: Exception | None) -> None:
        if self.session is not None and not self.ended:
            self.server.tell_of_end(self.session, error)
        self.ended, self.direct = True, False
        self.requests.clear()
        self.unread.clear()
        if self.session is not None:
            self.server.forget(self)

    def eof_received(self) -> bool:
        """The client sends no more: it is gone for Redis, whatever it might still read."""
        return False

    # -- reading and executing -------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Called by asyncio, which is only over TLS."""
        self.server.received_bytes += len(data)
        self.server.reads += 1
        self.received(data)

    def received(self, data: bytes) -> None:
        """What a socket has brought."""
        server, session = self.server, self.session
        length = len(data)
        if session.guarded or not self.direct or self.requests or self.reader.buffer or length >= PIECE:
            self.read(data)
            return
        # Nearly always: one request, nothing else to think of. Spelt out, because every call shows in the throughput.
        if length > SHORT and data.find(b"*", 8) > 0:
            found, end = requests_alike(data)
            if end == length:
                self.execute_alike(found)
                return
            if end:
                self.read(data)
                return
        lines = data.split(b"\r\n")
        argv = single_request(lines)
        if argv is None:
            self.read(data, lines)
        else:
            try:
                reply = session.execute(session, argv)
            except ReplyError as error:
                reply = self.refused(argv, error)
            except Exception as error:
                reply = server.internal_error(argv, error)
            kind = reply.__class__
            if kind is not Marker and not session.outbox and not session.closing and not self.out:
                table = PROTOCOLS[session.protocol]
                encoded = table[kind](reply, table)
                sockets = server.plain
                if sockets.serving and not self.unsent:
                    self.unsent = encoded
                    sockets.unsent.append(self)
                else:
                    self.write(encoded)
            else:
                self.answer(reply)
                self.settle()

    def refused(self, argv: Sequence[bytes], error: ReplyError) -> ReplyError:
        """An error of a command. Who talks HTTP hears nothing more: it may have been sent here against its will."""
        if argv[0].lower() in ATTACKS:
            self.server.log("warning", ATTACK)
            self.session.closing = True
            self.kill()
        return error

    def answer(self, reply: Any) -> None:
        """Encode a reply, and before it what the session has for the client."""
        session = self.session
        if session.outbox:
            self.take_outbox()
        kind = reply.__class__
        if kind is not Marker:
            table = PROTOCOLS[session.protocol]
            self.out.append(table[kind](reply, table))
        elif reply is BLOCKED:
            self.server.deadline_changed()

    def read(self, data: bytes, lines: list[bytes] | None = None) -> None:
        """Bytes of any kind, at any time; with their lines, if they are cut already."""
        if self.ended:
            return
        session = self.session
        if self.requests or self.unread or session.wait is not None or not self.writable or self.turn_due:
            self.keep(data)
            return
        turns = self.server.turns
        if len(data) > INLINE_PIECE and not self.reader.items_left:
            inline = self.is_inline(data)
            if inline or (len(data) > PIECE and not turns.may_begin()):
                self.unread += data
                if inline and turns.may_begin():
                    self.work()
                else:
                    self.wait_for_turn()
                return
        if session.authenticated:
            found = self.reader.take(data, lines)
            if found:
                self.execute_found(found)
            else:
                self.check_size()
        else:
            self.reader.feed(data)
            self.execute_guests()
        self.settle()

    def is_inline(self, data: bytes | bytearray) -> bool:
        """Whether a request that is begun, or else the next of these bytes, is an inline command."""
        reader = self.reader
        return (reader.buffer[reader.position] if reader.position < len(reader.buffer) else data[0]) != STAR

    def execute_found(self, found: list[Sequence[bytes]]) -> None:
        """Execute what has just come, as far as that may be at once."""
        if len(found) <= CHECK_EVERY:
            done = self.execute_all(found)
            if done < len(found):
                self.requests.extend(found[done:])
        else:
            self.requests.extend(found)
            if self.server.turns.may_begin():
                self.execute_waiting()
            else:
                self.wait_for_turn()

    def wait_for_turn(self) -> None:
        """Go on in a later turn, and read no more until then."""
        self.server.turns.wait(self)
        self.hold_back()

    def keep(self, data: bytes) -> None:
        """Keep what cannot be executed yet."""
        self.unread += data
        self.check_size()
        self.hold_back()

    def check_size(self) -> None:
        """Close a client whose requests are too long, or too many while it waits: client-query-buffer-limit."""
        self.session.last_used_ns = self.server.engine.read_clock()
        if len(self.reader.buffer) + len(self.unread) > self.server.setting("client-query-buffer-limit"):
            self.server.tell_of_size(self)
            self.kill()

    def settle(self) -> None:
        """After executing: end what is to be ended, and send."""
        if self.session.closing:
            self.finish()
        elif self.reader.failure is not None and not self.requests and self.session.wait is None:
            self.protocol_error()
        else:
            self.send()

    def execute_all(self, found: list[Sequence[bytes]]) -> int:
        """Execute a few requests; returns how many, which is fewer where one has to wait or is the client's last."""
        done, count = 0, len(found)
        while done < count:
            if count - done > 1:
                done += self.execute_straight(found, done)
            if done == count or not self.writable:
                break
            done += 1
            if not self.execute_one(found[done - 1]):
                break
        return done

    def execute_alike(self, found: list[Sequence[bytes]]) -> None:
        """Execute requests of one form, and send."""
        session = self.session
        if len(found) <= AT_ONCE and not session.outbox and not self.out:
            replies = self.straight_replies(found, alike=True)
            if len(replies) == len(found) and not session.outbox and not session.closing:
                self.write(encode_all(replies, session.protocol))
                return
            found = found[len(replies) :]
            self.answer_all(replies)
        self.execute_found(found)
        self.settle()

    def execute_straight(self, found: list[Sequence[bytes]], done: int) -> int:
        """Execute those requests that need nothing but to be executed; returns how many they were."""
        replies = self.straight_replies(found[done : done + AT_ONCE])
        executed = len(replies)
        self.answer_all(replies)
        return executed

    def straight_replies(self, requests: Sequence[Sequence[bytes]], alike: bool = False) -> list[Any]:
        """The replies to those of some requests, from the first on, that need nothing but to be executed."""
        replies: list[Any] = []
        try:
            execute_straight(self.server.engine, self.session, requests, replies, alike)
        except Exception as error:
            replies.append(self.server.internal_error(requests[len(replies)], error))
        return replies

    def answer_all(self, replies: list[Any]) -> None:
        """Encode the replies to calls that were executed straight."""
        if not replies:
            return
        session = self.session
        if session.outbox:  # What is there goes out before the last of the replies.
            last = replies.pop()
            self.out.append(encode_all(replies, session.protocol))
            self.take_outbox()
            replies = [last]
        encoded = encode_all(replies, session.protocol)
        self.out.append(encoded)
        if len(encoded) > SEND_AT:
            self.send()

    def execute_one(self, argv: Sequence[bytes]) -> bool:
        """Execute a request; False if nothing may be executed after it."""
        session = self.session
        try:
            reply = session.execute(session, argv)
        except ReplyError as error:
            reply = self.refused(argv, error)
        except Exception as error:
            reply = self.server.internal_error(argv, error)
        if session.outbox:
            self.take_outbox()
        kind = reply.__class__
        if kind is not Marker:
            table = PROTOCOLS[session.protocol]
            encoded = table[kind](reply, table)
            self.out.append(encoded)
            if len(encoded) > SEND_AT:
                self.send()
                if not self.writable:
                    return False
        elif reply is BLOCKED:
            self.server.deadline_changed()
            return False
        return not session.closing

    def execute_waiting(self) -> None:
        """Execute what is kept, to the end of the turn at most."""
        requests, session, turns = self.requests, self.session, self.server.turns
        while requests and session.wait is None and self.writable and not session.closing and not self.ended:
            batch = [requests.popleft() for _ in range(min(CHECK_EVERY, len(requests)))]
            done = self.execute_all(batch)
            requests.extendleft(reversed(batch[done:]))
            if sum(map(len, self.out)) > SEND_AT:
                self.send()
            if requests and turns.is_over():
                turns.wait(self)
                break
        self.hold_back()

    def execute_guests(self) -> None:
        """Execute requests one by one, because limits hold until the client has logged in."""
        reader, session = self.reader, self.session
        while session.wait is None and not session.closing:
            reader.authenticated = session.authenticated
            try:
                argv = reader.next()
            except ProtocolError:
                return
            if argv is None:
                return
            self.execute_all([argv])

    def go_on(self) -> None:
        """Go on after a wait, a turn of others, or when the client reads again."""
        self.turn_due = False
        if self.ended or self.session.wait is not None or not self.writable:
            return
        self.server.turns.begin()
        self.work()

    def work(self) -> None:
        """Execute what is kept, and read more of it, to the end of the turn at most."""
        turns = self.server.turns
        self.execute_waiting()
        while self.unread and not self.requests and self.session.wait is None and self.writable and not self.ended:
            self.execute_kept()
            if self.unread and not self.turn_due and turns.is_over():
                turns.wait(self)
            if self.turn_due or self.session.closing or self.reader.failure is not None:
                break
        if not self.requests and not self.turn_due:
            self.execute_guests()
        self.hold_back()
        if not self.ended:
            self.settle()

    def execute_kept(self) -> None:
        """Read some of what was kept, and execute it."""
        size = INLINE_PIECE if self.is_inline(self.unread) and not self.reader.items_left else PIECE
        piece = bytes(self.unread[:size])
        del self.unread[:size]
        if self.session.authenticated:
            self.requests.extend(self.reader.take(piece))
            self.execute_waiting()
        else:
            self.reader.feed(piece)
            self.execute_guests()

    def hold_back(self) -> None:
        """Stop reading while something is waiting to be executed, but for a blocked client, whose end must be seen."""
        if self.session.wait is None and (self.requests or self.unread or not self.writable):
            self.transport.pause_reading()
        elif not self.transport.is_reading() and not self.ended:
            self.transport.resume_reading()

    def protocol_error(self) -> None:
        """Tell the client what is wrong with its bytes, and hang up."""
        self.out.append(b"-ERR %b\r\n" % line_bytes(str(self.reader.failure)))
        self.server.tell_of_failure(self)
        self.finish()

    # -- writing ---------------------------------------------------------------------------------------------

    def take_outbox(self) -> None:
        """Encode what the session has for the client beside replies."""
        outbox, table = self.session.outbox, PROTOCOLS[self.session.protocol]
        while outbox:
            message = outbox.popleft()
            self.out.append(table[message.__class__](message, table))

    def heard(self, session: Session) -> None:
        """The session's listener: something is in the outbox. It is sent when the present command is over."""
        self.server.wake(self)

    def flush(self) -> None:
        """Send what came from outside, messages or the reply of a command that had waited, and go on after it."""
        if self.ended:
            return
        if self.session.closed:
            self.kill()
            return
        if self.session.outbox:
            self.take_outbox()
        if self.session.wait is None and not self.turn_due:
            self.go_on()
        else:
            self.settle()

    def send(self) -> None:
        """Hand the replies to the socket."""
        out = self.out
        if out and not self.transport.is_closing():
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            self.write(data)
            if not self.direct:
                self.server.check_output(self)
        else:
            self.out.clear()

    def write(self, data: bytes) -> None:
        """Write to the socket, or at the end of the present round, if there is one and it is not much."""
        sockets = self.server.plain
        if sockets.serving and self.direct and len(data) < SEND_AT:
            if not self.unsent:
                sockets.unsent.append(self)
            self.unsent += data
        else:
            self.unsent += data
            sockets.send([self])

    def pause_writing(self) -> None:
        """Asyncio has something in its buffer: from now on everything goes there, until it is empty.

        Meanwhile nothing more is executed, unless the configuration limits what may be waiting: then that is the limit.
        """
        self.direct = False
        if self.session is None:
            return
        self.server.slow[self] = None
        hard, soft, _ = self.server.output_limit(self.session)
        self.writable = bool(hard or soft)
        self.server.check_output(self)

    def resume_writing(self) -> None:
        self.server.slow.pop(self, None)
        self.writable = True
        self.direct = self.descriptor >= 0 and not self.ended
        self.over_soft_limit_since = 0.0
        if (self.requests or self.unread) and not self.turn_due and self.session.wait is None:
            self.server.turns.wait(self)
        else:
            self.hold_back()

    def finish(self) -> None:
        """Send what there is and close."""
        self.send()
        self.server.plain.send([self])
        self.ended, self.direct = True, False
        self.requests.clear()
        self.transport.close()

    def kill(self) -> None:
        """Close at once, without sending what is waiting."""
        self.ended, self.direct = True, False
        self.requests.clear()
        self.unread.clear()
        self.out.clear()
        self.unsent = b""
        self.transport.abort()
