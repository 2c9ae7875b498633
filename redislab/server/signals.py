"""The end on SIGTERM and SIGINT: in order, and at once for who insists.

The handlers are the process's own, not asyncio's, so that they also work while a script or a save holds the loop.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redislab.engine.host import HostError

if TYPE_CHECKING:
    from redislab.server.server import Server

__all__ = ["Signals", "heed_signals"]


class Signals:
    """What a server does when its process is asked to end."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process_id = os.getpid()
        self.asked = 0
        """The signal that is to be heeded as soon as the loop runs."""

    def hear(self, number: int, frame: Any) -> None:
        """The handler. It runs between any two steps of the program, so it does very little."""
        if os.getpid() != self.process_id:
            return  # A copy of the process that saves ends when it is done.
        if self.asked and number == signal.SIGINT:
            self.tell("You insist... exiting now.")
            self.give_up(1)
        if not self.server.loaded:
            self.tell("Received shutdown signal during loading, exiting now.")
            self.give_up(0)
        self.tell(f"Received {signal.Signals(number).name} scheduling shutdown...")
        self.asked = number
        self.server.asked_to_end = True
        self.server.loop.call_soon_threadsafe(self.obey)

    def tell(self, text: str) -> None:
        """Write a line to the log, past all buffers: the handler may have interrupted just these."""
        if not self.server.log.tells("warning"):
            return
        line = f"{self.process_id}:signal-handler ({int(time.time())}) {text}\n".encode()
        path = self.server.log.path
        with suppress(OSError):
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if path else 1
            os.write(descriptor, line)
            if path:
                os.close(descriptor)

    def give_up(self, code: int) -> None:
        """End at once; only a file that is half written is taken away."""
        with suppress(OSError):
            os.unlink(os.path.join(self.server.setting("dir"), f"temp-{self.process_id}.rdb"))
        os._exit(code)

    def obey(self) -> None:
        """End as shutdown-on-sigterm or shutdown-on-sigint says; where saving fails the server goes on."""
        if not self.asked or self.server.ending:
            return
        options = self.server.setting("shutdown-on-sigint" if self.asked == signal.SIGINT else "shutdown-on-sigterm")
        save = True if "save" in options else False if "nosave" in options else None
        with suppress(HostError):  # The log has been told.
            self.server.shut_down(save=save, force="force" in options)
        self.asked = 0
        self.server.asked_to_end = False


def heed_signals(server: Server) -> None:
    """End in order on SIGTERM and SIGINT. A terminal that goes away is nothing to a server."""
    signals = Signals(server)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signals.hear)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
