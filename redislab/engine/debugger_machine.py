"""What runs a script that is debugged: an interpreter of its own with the debugger's hook in it, and calls that tell.

The interpreter of all other scripts knows nothing of this and is as fast as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine.debugger_lua import SOURCE
from redislab.engine.errors import ReplyError
from redislab.engine.lua_runtime import OutOfMemory, Sandbox
from redislab.engine.script_calls import Calls, Refusal, as_words
from redislab.engine.script_machine import ScriptMachine
from redislab.engine.version import DEFAULT

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.debugger import Debugger
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["DebuggerMachine"]

DEFAULT_THRESHOLD_MS = 5000
"""How long a script runs before it is stopped, where busy-reply-threshold says never."""


class DebuggedCalls(Calls):
    """The functions of `redis`, which tell what they are called for while the script is run in steps."""

    def __init__(self, engine: Engine, debugger: Debugger) -> None:
        super().__init__(engine)
        self.debugger = debugger
        self.untold = False
        """The script has asked that nobody is told of its writes."""

    def call(self, *words: Any) -> Any:
        """redis.call."""
        if not self.debugger.stepping:
            return super().call(*words)
        words, problem = as_words(words)
        if problem is not None:
            self.refused(problem)
            try:
                raise problem
            finally:
                problem = None
        if words:
            self.debugger.log_call(words)
        run = self.run
        self.untold = run.silent
        run.silent = True  # Such calls go by `_call_untold`, where they can be told of.
        try:
            return super().call(*words)
        except Refusal as refusal:
            self.refused(refusal)
            raise
        except ReplyError as error:
            self.debugger.log_reply(error, self.session.protocol)
            raise
        finally:
            run.silent = self.untold

    def _call_untold(self, session: Session, command: Command, words: Sequence[bytes]) -> Any:
        """Call a command and tell its reply."""
        if not self.debugger.stepping:
            return super()._call_untold(session, command, words)
        call = super()._call_untold if self.untold else self.engine.call_inner
        reply = call(session, command, words)
        shown = self.engine.written(reply) if self.engine.version > DEFAULT else reply
        self.debugger.log_reply(shown, session.protocol)
        return reply

    def refused(self, problem: Exception) -> None:
        """Tell of an error of one of the functions."""
        if isinstance(problem, Refusal):
            text = problem.text
            if text.startswith((b"OOM", b"MISCONF")):
                text += b"\r\n"  # These are taken there from replies, with what ends a reply.
            self.debugger.log_problem(text[4:] if text.startswith(b"ERR ") else b"-" + text)


class DebuggerMachine(ScriptMachine):
    """The interpreter of one debugged script."""

    def __init__(self, engine: Engine, debugger: Debugger) -> None:
        self.debugger = debugger
        super().__init__(engine)
        self.others = engine.scripts.started()
        self.sandbox.parts["luck"](*self.others.sandbox.parts["luck"]())

    def leave(self) -> None:
        """The script is over: others draw the random numbers that follow on its own, and the interpreter goes."""
        self.others.sandbox.parts["luck"](*self.sandbox.parts["luck"]())
        self.sandbox.close()

    def new_calls(self) -> Calls:
        return DebuggedCalls(self.engine, self.debugger)

    def new_sandbox(self) -> Sandbox:
        calls, functions = self.calls, self.debugger.functions()
        return Sandbox(calls.api(), calls.constants(), calls.explain, self._tick, (SOURCE, functions))

    def make_room_for(self, words: Sequence[bytes]) -> None:
        """Have room in the interpreter for words that are handed to it. Raises MemoryError."""
        try:
            self.sandbox.reserve(8 * sum(map(len, words)) + 64 * len(words))
        except OutOfMemory:
            raise MemoryError from None

    def is_overdue(self) -> bool:
        """Whether the script has run for longer than busy-reply-threshold since it last stood."""
        run = self.engine.scripts.run
        threshold = self.engine.config.values.get("busy-reply-threshold", 0) or DEFAULT_THRESHOLD_MS
        return run is not None and (self.engine.host.stopwatch() - run.started) // 1_000_000 >= threshold

    def restart_time(self) -> None:
        """The time in which the script stood does not count, but what follows has an instant of its own."""
        self.engine.read_time()
        run = self.engine.scripts.run
        if run is not None:
            run.started = self.engine.host.stopwatch()
