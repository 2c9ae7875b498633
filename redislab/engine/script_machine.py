"""Running scripts: the interpreter of EVAL, what it may call, and what becomes of a result or an error.

A script is one command to everybody else: it runs at one instant, its writes are one step, and who waits for a key is
served after it. What it calls runs on a session of the scripts' own, with the caller's database and user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.lua_convert import FAILURE, from_lua, text_of
from redislab.engine.lua_runtime import OutOfMemory, Sandbox
from redislab.engine.script_calls import Calls
from redislab.engine.script_run import Run
from redislab.engine.scripting import Script
from redislab.engine.shebang import script_flags
from redislab.resp.types import Reply

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["ScriptMachine"]


class ScriptMachine:
    """What an engine has for its scripts once it has run one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls = self.new_calls()
        self.sandbox = self.new_sandbox()
        """The interpreter of EVAL's scripts. Functions have one of their own."""

    def new_calls(self) -> Calls:
        """What scripts call of this engine."""
        return Calls(self.engine)

    def new_sandbox(self) -> Sandbox:
        """An interpreter whose scripts call this engine."""
        calls = self.calls
        return Sandbox(calls.api(), calls.constants(), calls.explain, self._tick)

    def renew(self) -> None:
        """Begin with a new interpreter."""
        before, self.sandbox = self.sandbox, self.new_sandbox()
        before.close()

    def compile(self, body: bytes) -> Script:
        """A script, compiled. Raises ReplyError."""
        flags, code = script_flags(body)
        try:
            function = self._compiled(code)
        except ValueError as error:
            raise ReplyError(f"ERR Error compiling script (new function): {error}") from None
        except (OutOfMemory, MemoryError):
            raise ReplyError("ERR Error compiling script (new function): not enough memory") from None
        return Script(sha1(body).hexdigest(), bytes(body), function, flags)

    def _compiled(self, code: bytes) -> Any:
        """The function of a script. So many scripts may be known that it needs the room of the others' functions."""
        try:
            return self.sandbox.compile(code, b"@user_script")
        except (OutOfMemory, MemoryError):
            if self.engine.scripts.run is not None:
                raise
        for script in self.engine.scripts.cached.values():
            script.function = None
        self.sandbox.tidy()
        return self.sandbox.compile(code, b"@user_script")

    def eval(self, session: Session, script: Script, words: Sequence[bytes], count: int, read_only: bool) -> Reply:
        """Run a known script for a session: `words` are its `count` keys and its arguments. Raises ReplyError."""
        flags = script.flags
        allow_oom = False
        if flags is not None:
            self._check_flags(flags, read_only)
            read_only = read_only or "no-writes" in flags
            allow_oom = "allow-oom" in flags
        sandbox = self.sandbox
        if script.function is None:
            script.function = self.compile(script.body).function
        size = 4096
        for word in words:
            size += len(word) + 64
        if sandbox.used() + size > sandbox.memory:
            self._reserve(script, size)
        run = Run(session, script.name, read_only, True, allow_oom)
        if session.tracking is not None:
            run.keys = words[:count]
        if len(words) < 1000:
            return self.perform(run, sandbox, sandbox.run, (script.function, count, *words))
        keys, rest = sandbox.list_of(words[:count]), sandbox.list_of(words[count:])
        return self.perform(run, sandbox, sandbox.run_with, (script.function, keys, rest))

    def _reserve(self, script: Script, size: int) -> None:
        """Make room for the words of a call. Raises ReplyError."""
        try:
            self.sandbox.reserve(size)
        except OutOfMemory:
            self.sandbox.tidy()
            raise ReplyError(f"ERR Error running script {script.name}, not enough memory") from None

    def _check_flags(self, flags: frozenset[str], read_only: bool) -> None:
        """What a script with a shebang must declare before it may run. Raises ReplyError."""
        memory = self.engine.memory
        if memory.limit and memory.out_of_memory and flags.isdisjoint(("no-writes", "allow-oom")):
            raise ReplyError(errors.OUT_OF_MEMORY)
        if self.engine.write_refusal and "no-writes" not in flags:
            raise ReplyError(self.engine.write_refusal)
        if read_only and "no-writes" not in flags:
            raise ReplyError("ERR Can not execute a script with write flag using *_ro command.")

    def perform(
        self, run: Run, sandbox: Sandbox, invoke: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> Reply:
        """Let `invoke(*arguments)` run something of a sandbox's as this run; the reply. Raises ReplyError."""
        engine = self.engine
        scripts = engine.scripts
        if scripts.run is not None:
            raise ReplyError("ERR redislab runs one script at a time")
        scripts.run = run
        run.started = engine.host.stopwatch()
        self.calls.begin(run, sandbox)
        try:
            opened = invoke(*arguments)
            if run.failure is not None:
                raise run.failure
            if opened.__class__ is bytes or opened.__class__ is int:
                return opened
            if opened.__class__ is tuple:
                if opened[0] == FAILURE:
                    error = ReplyError(_failure(run, opened))
                    error.counted = len(opened) > 5 and opened[5] is True
                    raise error
                opened = from_lua(sandbox, opened, self.calls.session.protocol)
                if opened.__class__ is ReplyError:
                    raise opened
                return opened
            return from_lua(sandbox, opened, self.calls.session.protocol)
        except (OutOfMemory, MemoryError):
            raise ReplyError(f"ERR Error running script {run.name}, not enough memory") from None
        finally:
            scripts.run = None
            if run.timed_out:
                engine.refresh_guards()
            if sandbox.used() > sandbox.hungry:
                sandbox.tidy()

    def _tick(self) -> bytes | None:
        """Asked by the interpreter while a script runs: the text of the error to end it with."""
        run = self.engine.scripts.run
        if run is None:
            return None
        self.calls.sandbox.make_room()
        return run.tick(self.engine)


def _failure(run: Run, opened: tuple[Any, ...]) -> str:
    """The text of an error that a script did not catch."""
    if not opened[1]:
        return f"ERR Error running script {run.name}, {text_of(opened[2])[:100]}"
    if len(opened) < 4:
        return (
            f"ERR redislab: script {run.name} raised a table without an 'err' field, which a server of Redis 7.0 "
            "does not survive"
        )
    text, source, line = text_of(opened[2]), opened[3], opened[4]
    if source is None or line is None:
        return text
    return f"{text} script: {run.name}, on {text_of(source)}:{text_of(line)}."
