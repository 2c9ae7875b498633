"""The debugger of scripts: where a script stops, and the commands that its user gives.

A `Debugger` belongs to a client that has called SCRIPT DEBUG, and is used up by the EVAL that follows. It does no I/O:
an edge gives it a `Talk`, by which it reads a command and writes lines. What only the interpreter can do, because it
concerns variables and calls, it hands back to the part that is written in Lua (`debugger_lua`), which asks for the
next command while the script stands still. The lines it answers with are told in `debugger_console`.

All is as in Redis, and so are the accidents: see `Breakpoints`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine.debugger_console import MOST_BREAKPOINTS, Console, c_int, c_string
from redislab.engine.debugger_text import HELP
from redislab.engine.errors import ReplyError
from redislab.engine.host import HostError
from redislab.resp.types import Reply
from redislab.values.numbers import parse_int64

if TYPE_CHECKING:
    from redislab.engine.debugger_machine import DebuggerMachine
    from redislab.engine.session import Session

__all__ = ["Broken", "Debugger", "Gone", "c_number"]

SHORTEST_LIMIT = 60
CONTEXT = 5
ALL = 1000000
NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?[0-9]+)")
UNKNOWN = b"<error> Unknown Redis Lua debugger command or wrong number of arguments."

Action = tuple[Any, ...]
"""What the Lua part is to do, and the words for it."""
GO = (b"go",)
"""To run on. For the Lua part it is followed by whether to stop at the next line, and the lines to stop at."""


class Gone(Exception):
    """The client is not there any more."""


class Broken(Exception):
    """The client sends what is no command; the text is the error that the script ends with."""


class Debugger(Console):
    """A session of debugging. `synchronous`: in the server itself, which waits and keeps what the script changes."""

    def __init__(self, session: Session, *, synchronous: bool) -> None:
        super().__init__()
        self.engine = session.engine
        self.synchronous = synchronous
        self.machine: DebuggerMachine
        self.asked = False
        """The script has called redis.breakpoint()."""
        self.timed_out = False
        """It stands because it ran for too long."""

    # -- the session -----------------------------------------------------------------------------------------

    def eval(
        self, session: Session, body: bytes, count_keys: Callable[[], int], words: Sequence[bytes], read_only: bool
    ) -> Reply:
        """Run a script of EVAL's and debug it. Raises ReplyError, also where the host cannot do it."""
        from redislab.engine.debugger_machine import DebuggerMachine

        def run(client: Session) -> Reply:
            count = count_keys()
            self.engine = client.engine
            self.engine.scripts.load(body)
            self.machine = DebuggerMachine(self.engine, self)
            try:
                return self.machine.eval(client, self.machine.compile(body), words, count, read_only)
            finally:
                self.machine.leave()

        text = body.rstrip(b"\r\n")
        self.source = text.split(b"\n") if text else []
        try:
            return self.engine.host.debug(session, self, run)
        except HostError as error:
            raise ReplyError(f"ERR {error}") from None

    def end(self) -> None:
        """Tell that the script is over."""
        self.log(b"<endsession>")
        self.send()

    # -- called by the interpreter ---------------------------------------------------------------------------

    def functions(self) -> dict[bytes, Callable[..., Any]]:
        """What the part in Lua calls."""
        return {
            b"reached": self.reached,
            b"next": self.next,
            b"log": self.log,
            b"log_line": self.log_line,
            b"log_odd_error": self.log_odd_error,
            b"log_value": self.log_value,
            b"log_debug": self.log_debug,
            b"log_problem": self.log_problem,
            b"breakpoint": self.breakpoint,
        }

    def reached(self, line: int, of_script: bool, many: bool) -> bool:
        """A line is about to be run, after many others (`many`) since this was asked: whether to stop."""
        self.line = int(line)
        if not of_script:
            return False
        here = self.asked or self.line in self.breakpoints
        self.timed_out = many and not self.stepping and not here and self.machine.is_overdue()
        if not (here or self.timed_out or self.stepping):
            return False
        if here:
            reason = b"redis.breakpoint() called" if self.asked else b"break point"
        else:
            reason = b"timeout reached, infinite loop?" if self.timed_out else b"step over"
        self.stepping = self.asked = False
        self.log(b"* Stopped at %d, stop reason = %b" % (self.line, reason))
        self.log_line(self.line)
        return True

    def next(self) -> Action:
        """Send what there is and obey commands, until one that the Lua part must do."""
        self.stepping = False
        while True:
            self.send()
            try:
                words = self.talk.read()
                action = self.obey(words)
                if action is not None:
                    self.machine.make_room_for(words)
            except Gone:
                self.breakpoints.count = 0
                if self.timed_out:
                    return b"fail", b"ERR timeout during Lua debugging with client closing connection"
                action = GO
            except Broken as problem:
                return b"fail", b"ERR " + str(problem).encode()
            except MemoryError:
                self.log(b"<error> not enough memory")
                continue
            if action is GO:
                self.machine.restart_time()
                return *GO, self.stepping, *self.breakpoints
            if action is not None:
                return action

    def breakpoint(self) -> bool:
        """redis.breakpoint()."""
        self.asked = True
        return True

    # -- commands --------------------------------------------------------------------------------------------

    def obey(self, words: Sequence[bytes]) -> Action | None:
        """Do what a command says; or what the interpreter is to do for it."""
        name = c_string(words[0]).lower()
        command = COMMANDS.get(name)
        if command is None or (command is Debugger.redis and len(words) < 2):
            self.log(UNKNOWN)
            return None
        return command(self, words[1:])

    def help(self, words: Sequence[bytes]) -> None:
        self.lines += HELP

    def step(self, words: Sequence[bytes]) -> Action:
        self.stepping = True
        return GO

    def go_on(self, words: Sequence[bytes]) -> Action:
        return GO

    def abort(self, words: Sequence[bytes]) -> Action:
        return b"fail", b"ERR script aborted for user request"

    def trace(self, words: Sequence[bytes]) -> Action:
        return (b"trace",)

    def print(self, words: Sequence[bytes]) -> Action:
        return (b"print", c_string(words[0])) if len(words) == 1 else (b"print_all",)

    def evaluate(self, words: Sequence[bytes]) -> Action:
        return b"eval", b" ".join(words)

    def redis(self, words: Sequence[bytes]) -> Action:
        self.stepping = True  # so that the call is told
        return b"redis", *words

    def list(self, words: Sequence[bytes]) -> None:
        around = c_number(words[0]) if words else 0
        context = c_number(words[1]) if len(words) > 1 else CONTEXT
        self.log_lines(around if around > 0 else self.line, context)

    def whole(self, words: Sequence[bytes]) -> None:
        self.log_lines(1, ALL)

    def limit(self, words: Sequence[bytes]) -> None:
        """maxlen."""
        if len(words) == 1:
            self.hinted = True
            limit = c_number(words[0])
            self.longest = limit if limit == 0 else max(limit, SHORTEST_LIMIT)
        if self.longest:
            self.log(b"<value> replies are truncated at %d bytes." % self.longest)
        else:
            self.log(b"<value> replies are unlimited.")

    def break_at(self, words: Sequence[bytes]) -> None:
        """break: list, set and remove."""
        if not words and not self.breakpoints.count:
            self.log(b"No breakpoints set. Use 'b <line>' to add one.")
        elif not words:
            self.log(b"%d breakpoints set:" % self.breakpoints.count)
            for number in self.breakpoints:
                self.log_line(number)
        for word in words:
            line = parse_int64(word)
            if line is None:
                self.log(b"Invalid argument:'%b'" % c_string(word))
            else:
                self.change_breakpoint(line)

    def change_breakpoint(self, line: int) -> None:
        if line == 0:
            self.breakpoints.count = 0
            self.log(b"All breakpoints removed.")
        elif line < 0:
            removed = self.breakpoints.remove(c_int(-line))
            self.log(b"Breakpoint removed." if removed else b"No breakpoint in the specified line.")
        elif self.breakpoints.count == MOST_BREAKPOINTS:
            self.log(b"Too many breakpoints set.")
        elif 0 < c_int(line) <= len(self.source) and self.breakpoints.add(c_int(line)):
            self.log_lines(c_int(line), 1)
        else:
            self.log(b"Wrong line number.")


COMMANDS: dict[bytes, Callable[[Debugger, Sequence[bytes]], Action | None]] = {}
for names, method in (
    (b"help", Debugger.help), (b"step", Debugger.step), (b"next", Debugger.step), (b"continue", Debugger.go_on),
    (b"list", Debugger.list), (b"whole", Debugger.whole), (b"print", Debugger.print), (b"break", Debugger.break_at),
    (b"trace", Debugger.trace), (b"eval", Debugger.evaluate), (b"redis", Debugger.redis), (b"maxlen", Debugger.limit),
    (b"abort", Debugger.abort),
):  # fmt: skip
    COMMANDS[names] = COMMANDS[names[:1]] = method


def c_number(text: bytes) -> int:
    """A word as C's atoi reads it: the digits at its beginning, else 0."""
    found = NUMBER.match(text)
    number = int(found[1]) if found and len(found[1]) < 4000 else 0
    return c_int(max(-(1 << 63), min(number, (1 << 63) - 1)))
