"""What the debugger sends: lines about the script, its values, and the replies of what it calls.

A `Console` gathers lines until they are sent together. It knows the script's text and where to stop in it, because
each line of the script is shown with a mark of that.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

from redislab.engine.debugger_text import human_reply
from redislab.resp.encode import PROTOCOLS
from redislab.resp.types import Reply

__all__ = ["MOST_BREAKPOINTS", "Breakpoints", "Console", "Talk", "c_int", "c_string"]

MOST_BREAKPOINTS = 64
LONGEST_LINE = 256
"""Bytes of a value or a reply that are shown unless maxlen says otherwise."""
TRIMMED = b"<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming."


class Talk(Protocol):
    """The line to the one who debugs."""

    def read(self) -> Sequence[bytes]:
        """Wait for the next command and return its words, at least one. Raises Gone or Broken."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Send lines together. They hold no line breaks."""


class Breakpoints:
    """The lines to stop at, in the order in which they were set.

    Redis moves too few bytes when it removes one: of those behind it only a quarter takes the place before it, and the
    last are lost to copies of others. Who learns to debug there sees just that, so it is so here.
    """

    def __init__(self) -> None:
        self.lines = array("i", bytes(4 * MOST_BREAKPOINTS))
        self.count = 0

    def __iter__(self) -> Iterator[int]:
        return iter(self.lines[: self.count])

    def __contains__(self, line: int) -> bool:
        return line in self.lines[: self.count]

    def add(self, line: int) -> bool:
        """False if there is one already, or no place."""
        if line in self or self.count == MOST_BREAKPOINTS:
            return False
        self.lines[self.count] = line
        self.count += 1
        return True

    def remove(self, line: int) -> bool:
        """False if there is none."""
        if line not in self:
            return False
        place = self.lines.index(line)
        self.count -= 1
        with memoryview(self.lines).cast("B") as memory:
            start, moved = 4 * place, self.count - place
            memory[start : start + moved] = bytes(memory[start + 4 : start + 4 + moved])
        return True


class Console:
    """The lines of one session of debugging, and what they tell of."""

    def __init__(self) -> None:
        self.talk: Talk
        self.source: list[bytes] = []
        self.line = 0
        """The line that is to be run next, or runs."""
        self.lines: list[bytes] = []
        """What is to be sent."""
        self.breakpoints = Breakpoints()
        self.stepping = True
        """Stop at the next line; until then tell of the commands that the script calls."""
        self.longest = LONGEST_LINE
        self.hinted = False

    def send(self) -> None:
        """Send the lines that have gathered, even if there are none."""
        lines, self.lines = self.lines, []
        self.talk.write([line.replace(b"\r", b" ").replace(b"\n", b" ") for line in lines])

    def log(self, line: bytes) -> None:
        self.lines.append(line)

    def log_value(self, text: bytes) -> None:
        """A line that may be long."""
        trimmed = 0 < self.longest < len(text)
        self.log(text[: self.longest] + b" ..." if trimmed else text)
        if trimmed and not self.hinted:
            self.hinted = True
            self.log(TRIMMED)

    def log_debug(self, line: int, text: bytes) -> None:
        """redis.debug()."""
        self.log(b"<debug> line %d: %b" % (line, text))

    def log_problem(self, text: bytes) -> None:
        """An error of a function of `redis`, told while stepping."""
        if self.stepping:
            self.log(b"<error> " + c_string(text))

    def log_odd_error(self, text: bytes) -> None:
        """An error of evaluated code that is no text. Redis' debugger reads it as one and does not survive that."""
        self.log(b"<error> %b (an error that is no text: a server of Redis 7.0 ends here)" % c_string(text))

    def log_call(self, words: Sequence[bytes]) -> None:
        """A command that is called while stepping."""
        more = b" ... (%d more)" % (len(words) - 11) if len(words) > 10 else b""
        self.log(b"<redis> " + b" ".join(words[:10]) + more)

    def log_reply(self, reply: Reply, protocol: int) -> None:
        """What a command has answered."""
        table = PROTOCOLS[protocol]
        data = table[reply.__class__](reply, table)
        if data[:1] == b"-":
            self.log_problem(data[:-2])
        self.log_value(b"<reply> " + human_reply(data))

    def log_line(self, number: int) -> None:
        """A line of the script, with its marks."""
        found = 0 < number <= len(self.source)
        text = c_string(self.source[number - 1]) if found else b"<out of range source code line>"
        arrow = b"->" if number == self.line else b"  "
        mark = b"#" if number in self.breakpoints else b" "
        self.log(b"%b%b%-3d %b" % (arrow, mark, number, text))

    def log_lines(self, around: int, context: int) -> None:
        """Lines around one of them."""
        for number in range(1, len(self.source) + 1):
            if abs(around - number) <= context:
                self.log_line(number)


def c_string(text: bytes) -> bytes:
    """A text as C reads it: up to its first NUL."""
    return text.partition(b"\0")[0]


def c_int(number: int) -> int:
    """A number in an int of C."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
