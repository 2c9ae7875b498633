"""Lab: an engine, its clock and its sessions in one object. The in-process API of redislab.

    lab = Lab(clock="manual")
    alice = lab.session("alice")
    alice.run("SET greeting hello EX 60")
    lab.advance(61)
    alice.call("GET", "greeting")     # None
    lab.undo()

Synchronous: tests, notebooks and lessons need no event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from random import Random
from typing import TYPE_CHECKING

from redislab.commands.table import table_of
from redislab.engine import dataset, time_travel
from redislab.engine.changes import Changes, Step, UndoError
from redislab.engine.clock import SECOND, Clock, ManualClock, SystemClock, VirtualClock
from redislab.engine.engine import Engine
from redislab.engine.session import Session
from redislab.engine.version import number_of, version_of
from redislab.process import ProcessHost
from redislab.resp.types import ReplyError

if TYPE_CHECKING:
    from redislab.changes_view import Change
    from redislab.commands.spec import Command

__all__ = ["Lab", "ReplyError", "Session", "Step", "UndoError"]


class Lab:
    """One Redis with everything a learner may do to it.

    `clock` is "system", "manual" (stands still until `advance`) or an object with `now_ns()`. `seed` makes random picks
    repeatable. `record` keeps what undo and what-changed need; without it commands are faster.
    `observe` counts and times the calls, for INFO, SLOWLOG and LATENCY; without it those have nothing to show.
    `script_seconds` is how long a Lua script may run where no other client could send SCRIPT KILL.
    `version` is the version of Redis: "7.0", "7.2", "7.4" or "8.2". Raises ValueError for any other.
    """

    def __init__(
        self,
        clock: str | Clock = "system",
        *,
        seed: int | None = None,
        record: bool = True,
        observe: bool = True,
        script_seconds: float = 5.0,
        version: str = "7.0",
    ) -> None:
        if isinstance(clock, str):
            if clock not in ("system", "manual"):
                raise ValueError(f"clock must be 'system', 'manual' or a clock object, not {clock!r}")
            clock = SystemClock() if clock == "system" else ManualClock()
        self.clock = VirtualClock(clock)
        number = version_of(version)
        self.engine = Engine(table_of(number), self.clock, Random(seed), record=record, observe=observe, version=number)
        self.engine.script_seconds = script_seconds
        self.engine.host = ProcessHost()
        self.engine.follow_clock()

    # -- clients ---------------------------------------------------------------------------------------------

    def session(self, name: str = "", *, protocol: int = 2) -> Session:
        """A new client. Raises ValueError for a protocol other than 2 or 3."""
        if protocol not in (2, 3):
            raise ValueError(f"protocol must be 2 or 3, not {protocol!r}")
        return self.engine.connect(name, protocol=protocol)

    @property
    def commands(self) -> Mapping[str, Command]:
        """The command table: lower-case name to Command."""
        return table_of(self.engine.version)

    @property
    def version(self) -> str:
        """The version of Redis whose behaviour this lab has: "7.0"."""
        return number_of(self.engine.version)

    # -- time ------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Expire keys and time out blocked clients; an edge calls it about every 100 ms."""
        self.engine.tick()

    def next_deadline(self) -> int | None:
        """Milliseconds until `tick` has something to do, or None."""
        return self.engine.next_deadline()

    @property
    def now_ms(self) -> int:
        """The time this lab shows, in ms since 1970."""
        return self.clock.now_ns() // 1_000_000

    @property
    def clock_offset(self) -> float:
        """Seconds by which this lab's clock is ahead of the real one."""
        return 0.0 if self.clock.untouched else self.clock.offset_ms / 1000

    @property
    def clock_rate(self) -> float:
        """Seconds of this lab in a second of the real clock: 1.0, or 0.0 when frozen."""
        return self.clock.state.rate

    def advance(self, seconds: float) -> None:
        """Move the clock on (or back, below zero). Keys whose time is over go, in one step that undo takes back."""
        self._move(self.clock.now_ns() + round(seconds * SECOND), None, (":clock", f"{seconds:+g}s"))

    def freeze(self) -> None:
        """Stop the clock."""
        self._move(self.clock.now_ns(), 0.0, (":clock", "freeze"))

    def scale(self, rate: float) -> None:
        """Let the clock run `rate` times as fast; 1 is real speed. Raises ValueError below zero."""
        if not 0 <= rate <= 1e6:
            raise ValueError(f"the clock's rate must be between 0 and 1000000, not {rate!r}")
        self._move(self.clock.now_ns(), rate, (":clock", f"x{rate:g}"))

    def now_clock(self) -> None:
        """Follow the real clock again."""
        self._move(None, None, (":clock", "now"))

    def _move(self, shown_ns: int | None, rate: float | None, words: tuple[str, ...]) -> None:
        engine = self.engine
        changes = engine.changes
        if changes is not None:
            changes.clock_before = self.clock.state
        if shown_ns is None:
            self.clock.reset()
        else:
            self.clock.set(shown_ns, rate)
        engine.follow_clock()
        engine.sweep()
        if changes is not None:
            changes.close(tuple(word.encode() for word in words), 0)
            # The move stays the last step until the next command, which then closes its own.
            engine.unsettled = True
        engine.follow_up()

    # -- copies ----------------------------------------------------------------------------------------------

    def fork(self) -> Lab:
        """An independent lab with the same data, parameters, clock and luck, but no clients and no history."""
        twin = Lab(
            self.clock.below,
            record=self.engine.changes is not None,
            observe=self.engine.observers is not None,
            version=self.version,
        )
        twin.clock.state = self.clock.state
        twin.engine.follow_clock()
        dataset.load_copy(twin.engine, self.engine)
        return twin

    def debug_scripts(
        self, ask: Callable[[], Sequence[bytes] | None], show: Callable[[Sequence[bytes]], None]
    ) -> None:
        """Have a debugger for scripts, in whose session this lab's clients are after SCRIPT DEBUG and EVAL.

        `ask` gives the words of its next command, or None if the script is to run on; `show` gets lines, as bytes.
        """
        host = self.engine.host
        if isinstance(host, ProcessHost):
            host.debugging = ask, show, lambda: self.fork().engine

    # -- files -----------------------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> int:
        """Write all data to an RDB file, which a Redis server reads too; returns its size in bytes. Raises OSError."""
        from redislab.persist.rdb import write_rdb

        self.engine.read_time()
        return write_rdb(self.engine, fspath(path))

    def load(self, path: str | PathLike[str]) -> int:
        """Take the data of an RDB file, of redislab or of a server, instead of what is there; returns how many keys.

        It is one step, which undo takes back. Raises OSError, and ValueError for a file that is damaged or none: then
        nothing is changed.
        """
        from redislab.persist.rdb import load_rdb

        with open(path, "rb") as file:
            data = file.read()
        engine = self.engine
        found = load_rdb(engine, data, instead=True)
        if engine.changes is not None:
            engine.changes.close((b":load", fspath(path).encode()), 0)
            engine.unsettled = True
        return found.keys

    # -- history ---------------------------------------------------------------------------------------------

    def undo(self) -> Step:
        """Take back the last command that changed something, exactly. Raises UndoError when there is none."""
        return time_travel.undo(self._changes)

    def redo(self) -> Step:
        """Do again what was undone. Raises UndoError when there is nothing."""
        return time_travel.redo(self._changes)

    def goto(self, number: int) -> None:
        """Go to the state right after step `number` (0: before the first). Raises UndoError if it is not kept."""
        changes = self._changes
        oldest = changes.done[0].number - 1 if changes.done else self.position
        newest = changes.undone[0].number if changes.undone else self.position
        if not oldest <= number <= newest:
            raise UndoError(f"there is no step {number}: steps {oldest} to {newest} can be reached")
        while self.position > number:
            time_travel.undo(changes)
        while self.position < number and changes.undone:
            time_travel.redo(changes)

    @property
    def steps(self) -> list[Step]:
        """The steps that can be undone, oldest first."""
        return list(self._changes.done)

    @property
    def undone_steps(self) -> list[Step]:
        """The steps that can be redone, next first."""
        return self._changes.undone[::-1]

    @property
    def position(self) -> int:
        """The number of the last step done; 0 at the beginning."""
        changes = self._changes
        if changes.done:
            return changes.done[-1].number
        return changes.undone[-1].number - 1 if changes.undone else changes.count

    @property
    def last_change(self) -> Step | None:
        """The step that the last command made, or None if it changed nothing."""
        return self._changes.last

    def what_changed(self, step: Step | None = None) -> list[Change]:
        """What a step changed, key by key, in words: `str(change)` is `+ greeting string "hello"`.

        Without a step: what the last command changed; nothing if it changed nothing.
        """
        from redislab.changes_view import changes_of

        step = step or self.last_change
        return changes_of(self, step) if step is not None else []

    @property
    def _changes(self) -> Changes:
        if self.engine.changes is None:
            raise UndoError("this lab does not record changes: make it with record=True")
        return self.engine.changes
