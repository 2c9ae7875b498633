"""Where the console's words go: data to stdout, everything else to stderr, or both above the prompt.

Owns writing and nothing of what is written. Replies in redis-cli's forms are bytes and stay so in a pipe; on a terminal
bytes that are no UTF-8 are escaped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from redislab.resp.types import Push, Reply
from redislab.shell import show
from redislab.shell.theme import Line, coloured, dumb, paint, wide, wrapped

if TYPE_CHECKING:
    from redislab.shell.options import Options
    from redislab.shell.outcome import Outcome

__all__ = ["Printer"]

PUBSUB_KINDS = frozenset(
    shard + kind for kind in (b"message", b"subscribe", b"unsubscribe") for shard in (b"", b"p", b"s")
)


class Printer:
    """Prints to this process's own streams, looked up each time because a prompt puts others in their place.

    `together` puts remarks where the replies go, which is what somebody at a terminal wants.
    """

    def __init__(self, options: Options, *, together: bool = False) -> None:
        self.options = options
        self.together = together
        self.colour = coloured(sys.stdout) and not options.plain
        self.plain = options.plain
        self.tty = sys.stdout.isatty()

    @property
    def buffer(self) -> Any:
        """The byte stream that replies go to when the output is no terminal, else None."""
        return None if self.tty else getattr(sys.stdout, "buffer", None)

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        from shutil import get_terminal_size

        return max(get_terminal_size().columns, 20)

    # -- replies ---------------------------------------------------------------------------------------------

    def reply(self, outcome: Outcome, form: str, label: str = "") -> None:
        """Print a reply in one of the forms."""
        if label:
            self.lines([[("label", label)]])
        if form == "friendly":
            from redislab.shell.pretty import pretty

            self.lines(pretty(outcome, self.width))
        elif form == "formatted" and self.colour and outcome.failed:
            self.lines(
                [[("error", show.formatted(outcome.reply, outcome.protocol).decode("utf-8", "replace").rstrip("\n"))]]
            )
        else:
            self.data(self.text_of(outcome, form))

    def text_of(self, outcome: Outcome, form: str) -> bytes:
        """A reply in one of redis-cli's forms."""
        argv = outcome.argv if outcome.argv != [b""] else ()
        if form == "raw" and not (argv and show.prints_raw(argv)):
            return show.raw(outcome.reply, outcome.protocol, delimiter=self.options.delimiter, end=self.options.end)
        text = show.printed(outcome.reply, outcome.protocol, form, argv)
        return text if text.endswith(b"\n") or not self.tty else text + b"\n"

    def push(self, message: Push, protocol: int, form: str, label: str = "") -> None:
        """Print a message that nobody asked for."""
        if form == "friendly":
            from redislab.shell.pretty import pretty_push

            self.lines(pretty_push(message, label, self.width))
            return
        if not self.tty and bytes(message[0]) not in PUBSUB_KINDS:
            return  # redis-cli, too, shows other messages at a terminal only
        if label:
            self.lines([[("label", label)]])
        self.data(show.pushed(message, protocol, form))

    def piped(self, outcome: Outcome, command: str) -> None:
        """Give a reply, raw, to a command of the system's shell, whose output goes to the terminal."""
        import subprocess

        raw = show.raw(outcome.reply, outcome.protocol)
        sys.stdout.flush()
        # At a terminal the command has it to itself, so that a pager works; no prompt is up while a line is worked on.
        kept = None if self.tty else subprocess.PIPE
        run = subprocess.run(command, shell=True, input=raw, stdout=kept, check=False)
        if run.stdout:
            self.data(run.stdout)
        if run.returncode:
            self.note(f"`{command}` ended with {run.returncode}.")

    def data(self, text: bytes) -> None:
        """Print bytes as they are."""
        if self.buffer is not None:
            self.buffer.write(text)
        else:
            sys.stdout.write(text.decode("utf-8", "backslashreplace"))

    # -- remarks ---------------------------------------------------------------------------------------------

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines of styled text, as data."""
        text = "".join(paint(line, self.colour) + "\n" for line in lines)
        if self.buffer is not None:
            self.buffer.write(text.encode("utf-8", "surrogateescape"))
        else:
            sys.stdout.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))

    def note(self, text: str) -> None:
        """Say something that is no reply."""
        self._remark([("dim", text)])

    def error(self, text: str) -> None:
        """Say what is wrong with a line."""
        self._remark([("error", "error: " if self.together else "redislab: "), ("", text)])

    def echo(self, line: str) -> None:
        """Show a pasted line before its reply."""
        self.lines([[("dim", "> "), ("", line)]])

    def _remark(self, line: Line) -> None:
        if self.together:
            style, text = line[-1]
            texts = wrapped(text.split(" "), self.width - sum(wide(piece) for _, piece in line[:-1])) or [""]
            self.lines([[*line[:-1], (style, texts[0])], *([(style, more)] for more in texts[1:])])
        else:
            self.flush()
            print(paint(line, coloured(sys.stderr)), file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Empty the screen, where there is one."""
        if self.tty and not dumb() and not self.plain:
            sys.stdout.write("\x1b[2J\x1b[3J\x1b[H")

    # -- the wire --------------------------------------------------------------------------------------------

    def wire_request(self, argv: Sequence[bytes]) -> None:
        """Show the bytes that a client sends for a command."""
        sent = b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv)
        self.lines([[("dim", f"--> {shown_wire(sent)}")]])

    def wire_reply(self, reply: Reply, protocol: int) -> None:
        """Show the bytes that a server sends for a reply."""
        from redislab.resp.encode import encode

        self.lines([[("dim", f"<-- {shown_wire(encode(reply, protocol))}")]])

    def flush(self) -> None:
        """Send on what is still held back."""
        if self.buffer is not None:
            self.buffer.flush()
        else:
            sys.stdout.flush()

    def give_up(self) -> None:
        """After the reader of stdout has gone: nothing more can be written, also not at the end of the process."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


LONGEST_WIRE = 2000


def shown_wire(data: bytes) -> str:
    """Bytes of the protocol on one line, with its line breaks visible."""
    text = data[:LONGEST_WIRE].decode("latin-1").encode("unicode_escape").decode("ascii")
    return text + (f" … {len(data) - LONGEST_WIRE:,} more bytes" if len(data) > LONGEST_WIRE else "")
