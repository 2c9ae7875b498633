"""What a command did, as commands that do it again: for the append only file, and for replicas.

Most commands are their own effect. Those that depend on the clock, on chance or on who was waiting hand in another one
(`Engine.effect`): EXPIRE becomes PEXPIREAT, SPOP becomes SREM, a BLPOP that was served becomes LPOP. A key that expires
is a DEL. What EXEC and scripts call counts for itself, and everything that one command did goes out together, between
MULTI and EXEC if it is more than one.

There is none of this without a sink. With one, `engine.dirty` tells whether a call changed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redislab.engine.version import DEFAULT

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["ANY", "Effect", "Propagation", "Sink"]

Effect = tuple[int, Sequence[bytes]]
"""A command and the database it belongs to; ANY of them for one that belongs to none."""

Sink = Callable[[list[Effect]], None]
"""Takes the effects of one command, in order."""

ANY = -1
MULTI, EXEC = (b"MULTI",), (b"EXEC",)


class Propagation:
    """The effects of the command that is running, and where they go."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sinks: list[Sink] = []
        self.effects: list[Effect] = []
        self.instead: list[Effect] = []
        """What the present call is to be told as, if not as it was given."""
        self.told = False
        """The present call is told as `instead` says, even where that is nothing."""
        self.silent = False
        """Calls are not told, as a script asked for; keys that go by themselves are."""
        self.seen = engine.dirty
        """`engine.dirty` up to which effects are noted."""

    def effect(self, index: int, *argv: bytes) -> None:
        """What the present call is to be told as, if it turns out to change something; there may be several.

        An empty first word stands for that of the call, however it was typed.
        """
        self.told = True
        self.instead.append((index, argv))

    def force(self) -> None:
        """Tell the present call although it changes nothing."""
        self.seen = -1

    def nothing(self) -> None:
        """The present call is told by what was handed in and by nothing else."""
        self.told = True

    def deleted(self, index: int, key: bytes) -> None:
        """A key went by itself because its time was over."""
        self.effects.append((index, (self.engine.deletion, key)))

    def evicted(self, index: int, key: bytes) -> None:
        """A key went by itself because memory is full: that is no part of the command for which room is made."""
        apart = not self.effects
        self.effects.append((index, (b"UNLINK" if self.engine.config["lazyfree-lazy-eviction"] else b"DEL", key)))
        if apart:
            self.flush()

    def fields_deleted(self, index: int, key: bytes, fields: Sequence[bytes]) -> None:
        """Fields of a hash went by themselves."""
        self.effects.extend((index, (b"HDEL", key, field)) for field in fields)

    def note(self, index: int, argv: Sequence[bytes]) -> None:
        """A call is over: if it changed something it is told, as it was given unless it has said otherwise."""
        if self.engine.dirty != self.seen:
            self.seen = self.engine.dirty
            if not self.silent:
                self.gather(index, argv)
        if self.told:
            self.told, self.instead = False, []

    def gather(self, index: int, argv: Sequence[bytes]) -> None:
        if not self.told:
            self.effects.append((index, argv))
        for place, words in self.instead:
            self.effects.append((place, words if words[0] else (argv[0], *words[1:])))

    def flush(self, *, apart: bool = False) -> None:
        """Send what was noted; `apart` for effects that have nothing to do with each other."""
        effects, self.effects = self.effects, []
        if not effects:
            return
        if len(effects) > 1 and not apart:
            # Since 7.2 another database is selected within the transaction.
            first = effects[0][0] if self.engine.version == DEFAULT else ANY
            effects = [(first, MULTI), *effects, (effects[-1][0], EXEC)]
        for sink in self.sinks:
            sink(effects)
