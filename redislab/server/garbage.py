"""When Python's collector looks for garbage in a server.

Values hold no cycles, so nearly all that is no longer needed goes at once, without the collector. But it would look at
every value again and again to find that out: with a million keys for a third of a second each time. So what is there
is put aside ten times a second, which takes no time, and what the collector does by itself concerns only what has come
since. Now and then everything is looked at all the same, because connections and tasks may leave cycles behind: soon
where that is quick, else when no client has sent anything for a while.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.server.server import Server

__all__ = ["Garbage"]

THOROUGH_TICKS = 3_000
"""Between two looks at everything: five minutes."""
QUIET_TICKS = 10
"""For so long no client must have sent anything."""
FEW_KEYS = 20_000
"""Up to so many keys a look at everything takes some milliseconds."""


class Garbage:
    """The collector's work in one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ticks = self.quiet = self.reads = 0

    def tick(self) -> None:
        """Ten times a second: put aside what is there, or look at all of it when that is due."""
        server = self.server
        self.quiet = self.quiet + 1 if server.reads == self.reads else 0
        self.reads = server.reads
        self.ticks += 1
        if self.ticks >= THOROUGH_TICKS and (self.quiet >= QUIET_TICKS or self.keys() <= FEW_KEYS):
            self.collect()
        gc.freeze()

    def keys(self) -> int:
        return sum(len(db.values) for db in self.server.engine.databases)

    def collect(self) -> None:
        """Look at everything."""
        self.ticks = 0
        gc.unfreeze()
        gc.collect()
