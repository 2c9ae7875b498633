"""One run of a script or function: who asked for it, how long it has run, and whether it is to end.

Redis leaves a long script alone until somebody sends SCRIPT KILL; others get BUSY meanwhile. An engine within one
process has nobody who could send that, so there a script ends by itself after `engine.script_seconds`. What it has
written until then stays: Redis never takes back what a script did. It is one step, which undo takes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.errors import ReplyError

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["BUSY_FUNCTION", "BUSY_SCRIPT", "Run"]

BUSY_SCRIPT = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
BUSY_FUNCTION = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
UNKILLABLE = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script "
    "termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)


class Run:
    """A script that runs. `name` is its SHA1, or a function's name."""

    # A run is made for each script, and its calls read all of this.
    __slots__ = (
        "allow_oom", "caller", "failure", "is_eval", "keys", "killed", "name", "read_only", "silent", "started",
        "timed_out", "wrote",
    )  # fmt: skip

    def __init__(
        self, caller: Session, name: str, read_only: bool = False, is_eval: bool = True, allow_oom: bool = False
    ) -> None:
        self.caller = caller
        self.name = name
        self.read_only = read_only
        self.is_eval = is_eval
        self.allow_oom = allow_oom
        self.started = 0
        self.wrote = self.killed = self.silent = self.timed_out = False
        """A command that writes was called; it is to end; nobody, neither replicas nor the append only file, is told
        of its writes; and it runs for longer than busy-reply-threshold, and others are answered BUSY."""
        self.failure: BaseException | None = None
        """An exception of Python's that is no reply: it ends the script and goes on to whoever runs the engine."""
        self.keys: Sequence[bytes] = ()
        """The keys it was given, if its client tracks keys: all of them count as read when it reads anything."""

    @property
    def busy_error(self) -> str:
        """What others are answered while it has run for too long."""
        return BUSY_SCRIPT if self.is_eval else BUSY_FUNCTION

    def kill(self, *, is_eval: bool) -> None:
        """Ask it to end. Raises ReplyError if it has written, or is of the other kind."""
        if self.wrote:
            raise ReplyError(UNKILLABLE)
        if is_eval != self.is_eval:
            raise ReplyError(self.busy_error)
        self.killed = True

    def tick(self, engine: Engine) -> bytes | None:
        """Called now and then by the interpreter: the text of the error to end with, or None to go on."""
        elapsed_ms = (engine.host.stopwatch() - self.started) // 1_000_000
        host = engine.host
        if host.while_busy is None:
            return self._over(engine.script_seconds) if elapsed_ms > engine.script_seconds * 1000 else None
        threshold = engine.config.values.get("busy-reply-threshold", 5000)
        if threshold <= 0 or elapsed_ms < threshold:
            return None
        if not self.timed_out:
            self.timed_out = True
            command = "SCRIPT KILL" if self.is_eval else "FUNCTION KILL"
            host.log(
                "warning",
                f"Slow script detected: still in execution after {elapsed_ms} milliseconds. "
                f"You can try killing the script using the {command} command. Script name is: {self.name}.",
            )
            engine.refresh_guards()
        self._let_others_in(engine)
        return b"ERR Script killed by user with SCRIPT KILL..." if self.killed else None

    @staticmethod
    def _over(seconds: float) -> bytes:
        return (
            f"ERR redislab stopped the script after {seconds:g} seconds, because nobody here could send SCRIPT KILL. "
            "What it wrote stays, as one step; give it more time with script_seconds."
        ).encode()

    @staticmethod
    def _let_others_in(engine: Engine) -> None:
        """Let the edge answer other clients. Their commands have an instant of their own; the script keeps its own."""
        now_ns, unsettled = engine.now_ns, engine.unsettled
        engine.unsettled = False
        assert engine.host.while_busy is not None
        try:
            engine.host.while_busy()
        finally:
            engine.now_ns, engine.unsettled = now_ns, unsettled
