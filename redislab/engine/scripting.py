"""The scripts that an engine knows, and the one that runs.

This much every engine has from its start. The interpreter and all that belongs to it is made by `script_machine` when
the first script comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.engine import errors
from redislab.engine.errors import ReplyError

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.script_machine import ScriptMachine
    from redislab.engine.script_run import Run

__all__ = ["Script", "Scripting"]


class Script:
    """A script as it is cached. `flags` is None for one without a shebang, which follows the rules of old."""

    __slots__ = ("body", "flags", "function", "name")

    def __init__(self, name: str, body: bytes, function: Any, flags: frozenset[str] | None) -> None:
        self.name = name
        self.body = body
        self.function = function
        self.flags = flags


class ScriptsEntry:
    """The scripts that were known before: an entry of a step (see `changes`)."""

    __slots__ = ("scripts",)

    def __init__(self, scripts: dict[bytes, Script]) -> None:
        self.scripts = scripts

    def swap(self, engine: Engine) -> None:
        self.scripts = engine.scripts.replace(self.scripts)

    def weight(self) -> int:
        return sum(200 + len(script.body) for script in self.scripts.values())


class Scripting:
    """The scripts of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cached: dict[bytes, Script] = {}
        """By SHA1, in small letters."""
        self.by_body: dict[bytes, Script] = {}
        """The same, found without computing a SHA1."""
        self.run: Run | None = None
        """The script that runs at this moment."""
        self.machine: ScriptMachine | None = None

    def load(self, body: bytes) -> Script:
        """Compile a script and keep it. Raises ReplyError for one that does not compile."""
        script = self.by_body.get(body)
        if script is None:
            script = self.started().compile(body)
            self.cached[script.name.encode()] = self.by_body[script.body] = script
        return script

    def find(self, digest: bytes) -> Script:
        """A cached script. Raises NOSCRIPT."""
        script = self.cached.get(digest) or self.cached.get(digest.lower())
        if script is None:
            raise ReplyError(errors.NO_SCRIPT)
        return script

    def take_copy(self, other: Scripting) -> None:
        """Know what another engine knows; a script is compiled when it is run."""
        for digest, script in other.cached.items():
            self.cached[digest] = self.by_body[script.body] = Script(script.name, script.body, None, script.flags)

    def flush(self) -> None:
        """Forget all scripts, and the interpreter with them. Undo brings the scripts back."""
        changes = self.engine.changes
        if changes is not None and self.cached:
            self.engine.unsettled = True
            changes.entries.append(ScriptsEntry(self.cached))
        self.replace({})
        if self.run is None and self.machine is not None:
            self.machine.renew()

    def replace(self, scripts: dict[bytes, Script]) -> dict[bytes, Script]:
        """Know these scripts instead; returns those of before. Each is compiled when it is run."""
        before, self.cached = self.cached, scripts
        for script in before.values():
            script.function = None
        self.by_body = {script.body: script for script in scripts.values()}
        return before

    def started(self) -> ScriptMachine:
        """The interpreter with what belongs to it."""
        machine = self.machine
        if machine is None:
            from redislab.engine.script_machine import ScriptMachine

            machine = self.machine = ScriptMachine(self.engine)
        return machine

    @property
    def busy(self) -> Run | None:
        """The script that has run for longer than busy-reply-threshold, while others get BUSY."""
        run = self.run
        return run if run is not None and run.timed_out else None

    def kill(self, *, is_eval: bool) -> None:
        """SCRIPT KILL or FUNCTION KILL. Raises ReplyError if there is nothing to kill, or it must not be killed."""
        if self.run is None:
            raise ReplyError("NOTBUSY No scripts in execution right now.")
        self.run.kill(is_eval=is_eval)
