"""The interpreter of an engine's libraries: compiles a library, and calls its functions.

One interpreter serves all libraries, another one than that of EVAL's scripts. It is made when the first library is
compiled. How a run goes, and what redis.call may do, is that of scripts: see `scripting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redislab.engine.errors import ReplyError
from redislab.engine.function_lua import CHUNK_NAME, SOURCE
from redislab.engine.functions import Function, Library
from redislab.engine.lua_convert import FAILURE, text_of
from redislab.engine.lua_runtime import ITEMS_AT_ONCE, OutOfMemory
from redislab.engine.script_run import Run
from redislab.resp.types import Reply

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["FunctionRun", "FunctionRuntime"]

LOAD_TIMEOUT_NS = 500_000_000
NOT_FOR_FUNCTIONS = (b"breakpoint", b"debug", b"replicate_commands")
"""Fields of `redis` that only scripts of EVAL have."""
OURS = b"=[redis]"


class LoadRun(Run):
    """The run of a library's code, which has half a second to register its functions."""

    __slots__ = ()

    def tick(self, engine: Engine) -> bytes | None:
        if engine.host.stopwatch() - self.started <= LOAD_TIMEOUT_NS:
            return None
        return b"ERR FUNCTION LOAD timeout"


class FunctionRun(Run):
    """The run of a function. `argv` is the command that asked for it."""

    __slots__ = ("argv",)
    argv: Sequence[bytes]


class FunctionRuntime:
    """The interpreter, and what of it Python calls."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.machine = engine.scripts.started()
        self.sandbox = self.machine.new_sandbox()
        redis: Any = self.sandbox.parts["redis"]
        for name in NOT_FOR_FUNCTIONS:
            redis[name] = None
        load = self.sandbox.lua.eval(b"function(source, name, ...) return assert(loadstring(source, name))(...) end")
        parts = load(SOURCE, OURS, self.sandbox.parts["names"], self.sandbox.parts["runs"])
        self.parts: dict[str, Any] = {name.decode(): part for name, part in parts.items()}

    # -- libraries -------------------------------------------------------------------------------------------

    def compile(self, library: Library, body: bytes) -> None:
        """Run the code of a library, which registers its functions there. Raises ReplyError."""
        try:
            registered, outcome = self._run(self.sandbox.compile(body, CHUNK_NAME))
        except ValueError as error:
            raise ReplyError(f"ERR Error compiling function: {error}") from None
        except (OutOfMemory, MemoryError):
            raise ReplyError("ERR Error compiling function: not enough memory") from None
        if outcome.__class__ is tuple and outcome[0] == FAILURE:
            text = text_of(outcome[2]) if len(outcome) > 2 else "ERR unknown error"
            raise ReplyError(f"ERR Error registering functions: {text}")
        for place in range(1, len(registered) + 1):
            function = self._function(registered[place])
            library.functions[function.name] = function

    def _run(self, chunk: Any) -> tuple[Any, Any]:
        """Run the code: the Lua list of what it registered, and how it ended."""
        scripts, calls = self.engine.scripts, self.machine.calls
        run = LoadRun(calls.session, "", read_only=True, is_eval=False)
        run.started = self.engine.host.stopwatch()
        calls.begin(run, self.sandbox)
        self.parts["begin"](chunk)
        outer, scripts.run = scripts.run, run
        try:
            outcome = self.sandbox.run(self.parts["run"], 0)
        finally:
            registered = self.parts["finish"]()
            scripts.run = outer
        if run.failure is not None:
            raise run.failure
        return registered, outcome

    def _function(self, found: Any) -> Function:
        """A function as the Lua half registered it."""
        flags = found[b"flags"]
        names = [flags[place].decode() for place in range(1, len(flags) + 1)] if flags is not None else []
        caller = self.parts["caller"](found[b"callback"])
        return Function(found[b"function_name"], caller, found[b"description"], frozenset(names))

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, session: Session, function: Function, argv: Sequence[bytes], count: int, read_only: bool) -> Reply:
        """Call a function, as `argv` says: three words, then `count` keys, then arguments. Raises ReplyError."""
        flags = function.flags
        read_only = read_only or "no-writes" in flags
        name = text_of(function.name)
        run = FunctionRun(session, name, read_only=read_only, is_eval=False, allow_oom="allow-oom" in flags)
        run.argv = argv
        if session.tracking is not None:
            run.keys = argv[3 : 3 + count]
        return self.machine.perform(run, self.sandbox, self._invoke, (function, argv[3:], count))

    def _invoke(self, function: Function, words: Sequence[bytes], count: int) -> Any:
        sandbox = self.sandbox
        sandbox.reserve(sum(map(len, words)) + 64 * len(words))
        if len(words) < ITEMS_AT_ONCE:
            outcome = sandbox.run(function.callback, count, *words)
        else:
            lists = sandbox.list_of(words[:count]), sandbox.list_of(words[count:])
            outcome = sandbox.run_with(function.callback, *lists)
        if outcome.__class__ is tuple and outcome[0] == FAILURE and len(outcome) > 3 and outcome[3] == b"=[C]":
            # A function that is one of `redis` itself has no line.
            return (*outcome[:3], None, None, *outcome[5:])
        return outcome
