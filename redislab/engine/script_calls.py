"""What scripts call: redis.call and redis.pcall on the engine's commands, and the other functions of `redis`.

`redis.call` looks a command up, checks what Redis checks for scripts (words, number of arguments, whether scripts may
call it, permissions, writes in a read-only script) and hands it to `Engine.call_inner`. An error leaves here as an
exception of Python's; the sandbox makes Lua's table of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.lua_convert import lua_integer, to_lua
from redislab.engine.lua_runtime import OutOfMemory, Sandbox
from redislab.engine.pausing import MAY_REPLICATE
from redislab.engine.session import Session
from redislab.engine.version import DEFAULT
from redislab.resp.encode import error_bytes

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.script_run import Run

__all__ = ["Calls", "Refusal"]

WORDS_NEEDED = b"ERR Please specify at least one argument for this redis lib call"
WORDS_ONLY = b"ERR Lua redis lib command arguments must be strings or integers"
ROOM = 8192
"""Bytes that a small result or an error may take in the interpreter."""
LEVELS = ("debug", "verbose", "notice", "warning")


_REPEATED = frozenset(("xread", "xreadgroup"))
OUT_OF_MEMORY = errors.OUT_OF_MEMORY.encode()


class ScriptSession(Session):
    """Stands for the client in what a script calls."""

    __slots__ = ("words",)
    script = True
    words: Sequence[bytes]
    """The call, for the few commands whose errors repeat how they were written."""


class Refusal(Exception):
    """An error of a function of `redis`. `counted`: it is in the statistics already, as errors of commands are."""

    def __init__(self, text: bytes, counted: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.counted = counted


def word(value: Any) -> bytes:
    """An argument of redis.call as a command gets it. Raises Refusal."""
    if value.__class__ is bytes:
        return bytes(value)
    if value.__class__ is bool or not isinstance(value, int | float):
        raise Refusal(WORDS_ONLY)
    if value != value:
        return b"-nan"
    # Minus zero comes as text (see `keep_signs` in the prelude).
    return b"%.17g" % value


def as_words(values: Sequence[Any]) -> tuple[tuple[bytes, ...], Refusal | None]:
    """The arguments of redis.call as a command gets them, or the error that refuses them.

    An error is not raised from here, and forgets where it was: what it remembers of the calls that it went through
    would keep the tables among their arguments, and a table handed over by a coroutine that then ends must be gone
    before the coroutine is: lupa gives it back to the coroutine's own state. Whoever raises the error must not keep it
    in a variable either, or only the garbage collector would find them.
    """
    try:
        return tuple(map(word, values)), None
    except Refusal as error:
        return (), error.with_traceback(None)


class Calls:
    """The functions of `redis` for the scripts of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.session = ScriptSession(engine, 0, 2, "")
        self.session.may_block = False
        self.run: Run
        self.known: dict[bytes, tuple[Command, int, bool]] = {}
        """Commands that scripts may call, by name as written: with their number of words, and whether they write."""
        self.sandbox: Sandbox
        self.checked = False
        """Calls must be checked: for permissions, for memory, for what may be written."""

    def begin(self, run: Run, sandbox: Sandbox) -> None:
        """Prepare for a run: the database and the user are those of its caller."""
        self.run, self.sandbox = run, sandbox
        session, caller = self.session, run.caller
        session.db = caller.db
        session.protocol = 2
        session.user = caller.user
        # What concerns all sessions is rare: `check` finds out whether it concerns scripts.
        self.checked = run.read_only or self.engine.strict or not caller.user.powerful

    def constants(self) -> dict[str, Any]:
        """The fields of `redis` that are no functions."""
        major, minor, patch = map(int, self.engine.redis_version.split("."))
        return {
            "LOG_DEBUG": 0, "LOG_VERBOSE": 1, "LOG_NOTICE": 2, "LOG_WARNING": 3,
            "REPL_NONE": 0, "REPL_AOF": 1, "REPL_SLAVE": 2, "REPL_REPLICA": 2, "REPL_ALL": 3,
            "REDIS_VERSION": self.engine.redis_version.encode(),
            "REDIS_VERSION_NUM": major << 16 | minor << 8 | patch,
        }  # fmt: skip

    def api(self) -> dict[str, Callable[..., Any]]:
        """The functions that Python provides."""
        return {
            "call": self.call,
            "pcall": self.pcall,
            "sha1hex": self.within_room(self.sha1hex),
            "log": self.within_room(self.log),
            "setresp": self.within_room(self.setresp),
            "set_repl": self.within_room(self.set_repl),
            "acl_check_cmd": self.within_room(self.acl_check_cmd),
        }

    def within_room(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, called only while the interpreter has room for a small result."""

        def call(*words: Any) -> Any:
            self.sandbox.reserve(ROOM)
            try:
                return function(*words)
            except Exception as error:
                problem = error.with_traceback(None)
                self.refused(problem)
            words = ()  # see `as_words`
            try:
                raise problem
            finally:
                del problem

        return call

    # -- errors ----------------------------------------------------------------------------------------------

    def refused(self, problem: Exception) -> None:
        """One of the functions fails: for who debugs the script."""

    def explain(self, problem: BaseException) -> tuple[bytes | None, Any]:
        """The text of an exception, and whether it is counted; no text for one that no script may catch."""
        self.sandbox.make_room()
        if isinstance(problem, Refusal):
            return problem.text, problem.counted
        if isinstance(problem, ReplyError):
            return error_bytes(problem), True
        if isinstance(problem, OutOfMemory | MemoryError):
            return b"ERR not enough memory", False
        if self.engine.scripts.run is not None:
            self.run.failure = problem
        return None, b"ERR internal error"

    def refusal(self, text: bytes, command: Command | None) -> Refusal:
        """The error for a command that is not called; None for one that is not known. It counts as refused."""
        observers = self.engine.observers
        if observers is not None:
            observers.rejected(command, ReplyError(text.decode()))
        return Refusal(text, True)

    # -- commands --------------------------------------------------------------------------------------------

    def call(self, *words: Any) -> Any:
        """redis.call."""
        sandbox, engine = self.sandbox, self.engine
        if sandbox.used() + ROOM > sandbox.memory:
            sandbox.reserve(ROOM)
        run = engine.scripts.run
        if run is None:
            raise Refusal(b"ERR redis.call/pcall can only be called inside a script invocation")
        for value in words:
            if value.__class__ is not bytes:
                value = None
                words, problem = as_words(words)
                if problem is not None:
                    try:
                        raise problem
                    finally:
                        problem = None
                break
        try:
            command, count, writes = self.known[words[0]]
        except (KeyError, IndexError):
            command, count, writes = self.look_up(words)
        if len(words) != count and (count > 0 or len(words) < -count):
            raise self.refusal(b"ERR Wrong number of args calling Redis command from script", command)
        if self.checked:
            self.check(command, words, writes)
        if writes:
            run.wrote = True
        session = self.session
        try:
            if run.silent:
                reply = self._call_untold(session, command, words)
            else:
                reply = engine.call_inner(session, command, words)
        finally:
            if run.keys and "readonly" in command.flags:
                engine.tracking.remember_keys(run.caller, run.keys)
        kind = reply.__class__
        if kind is int or (kind is bytes and len(reply) < 4096):
            return reply
        if engine.version > DEFAULT:
            reply = engine.written(reply)
        return to_lua(sandbox, reply, session.protocol)

    def check(self, command: Command, words: Sequence[bytes], writes: bool) -> None:
        """Raise Refusal for a call that the user, the script, the disk or the memory does not allow."""
        run, engine = self.run, self.engine
        self.check_permission(command, words, note=True)
        if run.read_only and (writes or command.name in MAY_REPLICATE):
            raise self.refusal(b"ERR Write commands are not allowed from read-only scripts.", command)
        if writes and not run.wrote and engine.write_refusal:
            raise self.refusal(engine.write_refusal.encode(), command)
        if not run.allow_oom and not run.wrote and engine.memory.refuses(command):
            raise self.refusal(OUT_OF_MEMORY, command)

    def _call_untold(self, session: Session, command: Command, words: Sequence[bytes]) -> Any:
        """Call a command after redis.set_repl(redis.REPL_NONE): neither replicas nor the AOF hear of it."""
        propagation = self.engine.propagation
        if propagation is None:
            return self.engine.call_inner(session, command, words)
        propagation.silent = True
        try:
            return self.engine.call_inner(session, command, words)
        finally:
            propagation.silent = False

    def pcall(self, *words: Any) -> Any:
        """redis.pcall: an error is returned."""
        try:
            return self.call(*words)
        except Refusal as error:
            return self.sandbox.parts["failure"](error.text, error.counted)
        except ReplyError as failure:
            return self.sandbox.parts["failure"](error_bytes(failure), True)

    def look_up(self, words: Sequence[bytes]) -> tuple[Command, int, bool]:
        """The command of a call that is not known yet. Raises Refusal."""
        if not words:
            raise Refusal(WORDS_NEEDED)
        name = words[0].decode("latin-1").lower()
        command = self.engine.commands.get(name)
        if command is not None and command.subcommands and len(words) > 1:
            command = command.subcommands.get(words[1].decode("latin-1").lower())
        if command is None:
            raise self.refusal(b"ERR Unknown Redis command called from script", None)
        arity = command.arity
        if len(words) != arity and (arity > 0 or len(words) < -arity):
            raise self.refusal(b"ERR Wrong number of args calling Redis command from script", command)
        forbidden = "noscript" in command.flags
        if forbidden and not self.engine.switches.scripts_may_all:
            raise self.refusal(b"ERR This Redis command is not allowed from script", command)
        found = command, arity, "write" in command.flags
        if command.name in _REPEATED:
            self.session.words = words
        elif not command.parent and not command.subcommands and not forbidden and len(self.known) < 4096:
            self.known[words[0]] = found
        return found

    def check_permission(self, command: Command, words: Sequence[bytes], *, note: bool) -> None:
        """Raise Refusal if the caller's user may not do this, and note it in ACL LOG."""
        session, acl = self.session, self.engine.acl
        if session.user.powerful:
            return
        if note:  # as a call of the client that runs the script
            refusal = acl.check(self.run.caller, command, words, "lua")
        else:
            refusal = acl.find_refusal(session.user, command, words)
        if refusal is not None:
            text = refusal.script_text.encode()
            raise self.refusal(text, command) if note else Refusal(text, True)

    def acl_check_cmd(self, *words: Any) -> bool:
        """redis.acl_check_cmd: whether the caller's user may do this."""
        if not words:
            raise Refusal(WORDS_NEEDED)
        argv = tuple(map(word, words))
        name = argv[0].decode("latin-1").lower()
        command = self.engine.commands.get(name)
        if command is not None and command.subcommands and len(argv) > 1:
            command = command.subcommands.get(argv[1].decode("latin-1").lower())
        if command is None:
            raise Refusal(b"ERR Invalid command passed to redis.acl_check_cmd()")
        try:
            self.check_permission(command, argv, note=False)
        except Refusal:
            return False
        return True

    # -- the rest --------------------------------------------------------------------------------------------

    def sha1hex(self, *words: Any) -> bytes:
        """redis.sha1hex."""
        if len(words) != 1:
            raise Refusal(b"ERR wrong number of arguments")
        value = words[0]
        if value.__class__ is bool or not isinstance(value, bytes | int | float):
            value = b""
        elif not isinstance(value, bytes):
            value = b"%.14g" % value
        return sha1(value).hexdigest().encode()

    def log(self, *words: Any) -> tuple[Any, ...]:
        """redis.log."""
        if len(words) < 2:
            raise Refusal(b"ERR redis.log() requires two arguments or more.")
        number = self.number(words[0])
        if number is None:
            raise Refusal(b"ERR First argument must be a number (log level).")
        level = lua_integer(number)
        if not 0 <= level <= 3:
            raise Refusal(b"ERR Invalid debug level.")
        texts = [
            word(value) for value in words[1:] if isinstance(value, bytes | int | float) and not isinstance(value, bool)
        ]
        self.engine.host.log(LEVELS[level], b" ".join(texts).decode("utf-8", "surrogateescape"))
        return ()

    def setresp(self, *words: Any) -> tuple[Any, ...]:
        """redis.setresp."""
        if len(words) != 1:
            raise Refusal(b"ERR redis.setresp() requires one argument.")
        protocol = lua_integer(self.number(words[0]) or 0)
        if protocol not in (2, 3):
            raise Refusal(b"ERR RESP version must be 2 or 3.")
        self.session.protocol = protocol
        return ()

    def set_repl(self, *words: Any) -> tuple[Any, ...]:
        """redis.set_repl: which of AOF and replicas get the script's writes. There is no telling them apart here."""
        if len(words) != 1:
            raise Refusal(b"ERR redis.set_repl() requires two arguments.")
        flags = lua_integer(self.number(words[0]) or 0)
        if flags & ~3:
            raise Refusal(b"ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
        self.run.silent = not flags
        return ()

    def number(self, value: Any) -> float | None:
        """A number, or the one that Lua takes a text for."""
        if value.__class__ is bytes:
            found: float | None = self.sandbox.parts["number"](value)
            return found
        return value if value.__class__ is int or value.__class__ is float else None
