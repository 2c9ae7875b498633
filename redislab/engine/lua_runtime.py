"""One Lua interpreter with its sandbox, kept within bounds: memory, instructions, and nothing of Python's.

`lupa` is imported when the first script runs. Strings are bytes on both sides. Memory is bounded by the interpreter's
own allocator; because a failure to allocate while Python hands something over would end the process, room is made
*before* that (`reserve`), and there is a margin between the bound that scripts feel and the hard one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redislab.engine.lua_bytecode import TooManyParameters, settled
from redislab.engine.lua_patterns import SOURCE as PATTERNS
from redislab.engine.lua_prelude import SOURCE

__all__ = ["OutOfMemory", "Sandbox"]

MEMORY = 256 << 20
MARGIN = 8 << 20
HUNGRY = MEMORY // 2
LIBRARIES = 2 << 20
"""More than loading cjson and its like takes."""
ITEMS_AT_ONCE = 1000
"""Lua's stack takes some thousands of values; longer lists are handed over in parts."""


class OutOfMemory(Exception):
    """The script has no memory left for what it asked for."""


WRAPPED = frozenset(
    b"pcall xpcall rawget rawset next pairs getmetatable setmetatable loadstring load collectgarbage create resume wrap"
    b" find match gmatch gfind gsub rep dump insert sort foreach random randomseed error_reply status_reply encode"
    b" decode pack unpack tobit tohex bnot band bor bxor lshift rshift arshift rol ror bswap size new unpack_one"
    b" unpack_limit encode_sparse_array encode_max_depth decode_max_depth encode_number_precision encode_keep_buffer"
    b" encode_invalid_numbers decode_invalid_numbers __index log call sha1hex".split()
)
"""The names of functions that are written in Lua here and in C there."""


def _refuse(*_: Any) -> Any:
    raise AttributeError("not for scripts")


class Sandbox:
    """An interpreter whose scripts see Redis' globals and nothing else.

    `api` are the functions of `redis` that Python provides, `constants` its other fields. `explain` makes text and flag
    of a Python exception that a script meets; `tick` is asked every 100,000 instructions and returns the text of an
    error to end the script with, or None. `watch` is Lua code that makes a hook for each line in its place, with the
    functions of Python's that it calls: the debugger.
    """

    def __init__(
        self,
        api: Mapping[str, Callable[..., Any]],
        constants: Mapping[str, Any],
        explain: Callable[[BaseException], Any],
        tick: Callable[[], bytes | None],
        watch: tuple[bytes, Mapping[bytes, Callable[..., Any]]] | None = None,
    ) -> None:
        from lupa.lua51 import LuaRuntime  # type: ignore[import-not-found,unused-ignore]

        self.lua = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            max_memory=MEMORY + MARGIN,
            attribute_handlers=(_refuse, _refuse),
        )
        self.signed = False
        """There was a script that may have a minus zero: from then on words of commands are looked at for it."""
        self.memory = MEMORY
        """The bound that scripts feel, in bytes: whoever would use more has to `reserve` it."""
        self.used: Callable[[], int] = self.lua.get_memory_used
        self.hungry = HUNGRY
        """Whoever has run a script calls `tidy` if more than this is in use."""
        functions: dict[bytes, Callable[..., Any]] = {
            b"explain": explain,
            b"tick": tick,
            b"install": self._install,
            b"settled": self._settled,
            b"unnested": self._unnested,
            b"make_room": self.make_room,
        }
        host = self.lua.table_from({
            b"functions": self.lua.table_from(functions),
            b"api": self.lua.table_from({name.encode(): function for name, function in api.items()}),
            b"constants": self.lua.table_from({name.encode(): value for name, value in constants.items()}),
        })
        host[b"patterns"] = PATTERNS
        if watch is not None:
            host[b"watching"], host[b"watcher"] = watch[0], self.lua.table_from(watch[1])
        load = self.lua.eval(b"function(source, name, ...) return assert(loadstring(source, name))(...) end")
        self.parts: dict[str, Callable[..., Any]] = {
            name.decode(): part for name, part in load(SOURCE, b"=[redis]", host).items()
        }
        self.run: Callable[..., Any] = self.parts["run"]
        """Run a compiled function with a number of keys, the keys, and the other arguments."""
        self.run_with: Callable[..., Any] = self.parts["run_with"]
        """The same with two lists, for many keys and arguments."""
        self.opened, self.pack = self.parts["opened"], self.parts["pack"]

    def _install(self) -> None:
        from redislab.engine.lua_libraries import install

        self.reserve(LIBRARIES)
        install(self.lua)

    def _settled(self, dumped: bytes) -> Any:
        """Byte code as scripts may run it; None and a text for what they may not run."""
        self.reserve(4 * len(dumped))
        try:
            code, signed = settled(dumped, WRAPPED)
        except TooManyParameters as error:
            return None, str(error).encode()
        if signed and not self.signed:
            self.signed = True
            self.parts["keep_signs"]()
        return code

    def _unnested(self, code: bytes) -> bytes:
        """A script that was refused for its brackets, with others."""
        from redislab.engine.lua_brackets import unnested

        self.reserve(4 * len(code))
        return unnested(code)

    def compile(self, code: bytes, name: bytes) -> Any:
        """A function of the code. Raises ValueError with Lua's text for code that is none."""
        self.reserve(4 * len(code))
        found = self.parts["compile"](code, name)
        if isinstance(found, tuple):
            raise ValueError(found[1].decode("utf-8", "surrogateescape"))
        return found

    def list_of(self, items: Sequence[Any]) -> Any:
        """A Lua table of items that are Lua's already, or bytes and numbers. Callers have reserved the room."""
        table = self.pack(*items[:ITEMS_AT_ONCE])
        for start in range(ITEMS_AT_ONCE, len(items), ITEMS_AT_ONCE):
            self.parts["extend"](table, start, *items[start : start + ITEMS_AT_ONCE])
        return table

    def items_of(self, table: Any, length: int) -> list[Any]:
        """The first items of a Lua table."""
        part = self.parts["part"]
        items: list[Any] = []
        for start in range(0, length, ITEMS_AT_ONCE):
            items += part(table, start + 1, min(start + ITEMS_AT_ONCE, length))[1:]
        return items

    def reserve(self, size: int) -> None:
        """Make sure that so many bytes can be handed to Lua. Raises OutOfMemory."""
        if self.used() + size <= self.memory:
            return
        if self.hungry:  # once in a script: it takes its time
            self.lua.gccollect()
        if self.used() + size > self.memory:
            self.make_room()
            raise OutOfMemory

    def make_room(self) -> None:
        """Let Lua have a little more until `tidy`, because even an error that is handed over needs some."""
        if self.used() + 8192 > self.memory:
            self.hungry = 0
            self.lua.set_max_memory(MEMORY + 2 * MARGIN)

    def close(self) -> None:
        """Let go of the interpreter, which is not to be used any more.

        Lua holds functions of Python's and they hold Lua: else only the garbage collector would find that, and late.
        """
        self.lua = None
        self.parts = {}
        self.used = self.run = self.run_with = self.opened = self.pack = _refuse

    def tidy(self) -> None:
        """Collect what a hungry script left behind."""
        self.lua.gccollect()
        self.lua.set_max_memory(MEMORY + MARGIN)
        self.hungry = HUNGRY
