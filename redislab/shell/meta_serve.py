"""The word with a colon that lets other programs in: `:serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.shell.meta import MetaError, meta

if TYPE_CHECKING:
    from redislab.shell.console import Console

USUAL_PORT = 6379


@meta(":serve [port | off]")
def serve(console: Console, where: str = "") -> None:
    """Let other programs use this very Redis while you do: redis-cli, a script, an application.

    They connect to a port of this machine, 6379 unless you name one (0 finds a free one); nobody from outside can.
    What they change you see, and `:undo` takes it back. `:serve off` ends it. A Redis of its own is `redislab serve`.

      :serve 6400
      :serve off
    """
    if where.lower() == "off":
        if console.guests is None:
            raise MetaError("nobody is let in; `:serve` begins it")
        console.guests.close()
        console.guests = None
        console.printer.note("Nobody is let in any more.")
        return
    if console.guests is not None:
        raise MetaError(f"programs are let in on port {console.guests.port} already; `:serve off` ends that")
    if where and not (where.isdecimal() and int(where) < 65536):
        raise MetaError(f"a port is a number up to 65535, not {where}")
    open_to_guests(console, int(where or USUAL_PORT))


def open_to_guests(console: Console, port: int) -> None:
    """Begin to listen, and say how to come in."""
    from redislab.server.guesthouse import Guesthouse

    try:
        guests = Guesthouse(console.lab.engine, port)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0].lower()
        raise MetaError(f"port {port} cannot be listened on, {reason}; `:serve 0` finds a free one") from None
    try:
        guests.open()
    except RuntimeError:
        guests.close()
        raise MetaError("this needs the shell at a terminal; `redislab serve` is a server without one") from None
    console.guests = guests
    console.printer.note(f"Programs are let in on port {guests.port}: redis-cli -p {guests.port}")
