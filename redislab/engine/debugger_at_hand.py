"""Debugging a script without a server: whoever gave the command is asked and shown the lines, in the same process.

With SCRIPT DEBUG YES the script runs on a copy of the engine, which is then dropped; with SYNC on the engine itself.
Nobody else is served meanwhile. The client stays, where a server would close its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redislab.engine.debugger import Broken, Debugger, Gone
from redislab.resp.types import Reply

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["debug_at_hand"]

Ask = Callable[[], "Sequence[bytes] | None"]
Show = Callable[[Sequence[bytes]], None]

BEGUN = b"Lua debugging session started: help shows the commands, quit ends it."
ENDED = b"(Lua debugging session ended -- dataset changes %b)"


class TalkAtHand:
    """The line to somebody in this process."""

    def __init__(self, ask: Ask, show: Show) -> None:
        self.ask = ask
        self.show = show

    def read(self) -> Sequence[bytes]:
        try:
            words = self.ask()
        except KeyboardInterrupt:
            raise Broken("script aborted for user request") from None
        if not words:
            raise Gone
        return words

    def write(self, lines: Sequence[bytes]) -> None:
        self.show(lines)


def debug_at_hand(
    client: Session,
    debugger: Debugger,
    run: Callable[[Session], Reply],
    ask: Ask,
    show: Show,
    copy: Callable[[], Engine],
) -> Reply:
    """Let a client debug what `run` runs. `ask` gives the words of a command, or None for no more.

    `copy` makes an engine with the same data. Raises ReplyError.
    """
    debugger.talk = TalkAtHand(ask, show)
    show([BEGUN])
    runner = client if debugger.synchronous else twin_of(client, copy())
    try:
        return run(runner)
    finally:
        client.debugging = None
        show([*debugger.lines, ENDED % (b"retained" if debugger.synchronous else b"rolled back")])


def twin_of(client: Session, engine: Engine) -> Session:
    """A client of another engine who may do the same."""
    twin = engine.connect(client.name.decode("utf-8", "surrogateescape"), protocol=client.protocol)
    twin.db = engine.databases[client.db_index]
    twin.user = client.user
    return twin
