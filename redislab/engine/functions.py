"""The libraries of functions that FUNCTION LOAD keeps: which there are, and what their names lead to.

A catalogue is never changed in place. Whoever changes it makes another one and hands it to `Functions.replace`, so
that undo only has to exchange two of them. Nothing here knows Lua: `function_runtime` compiles a library and calls a
function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from redislab.engine.errors import ReplyError, shown
from redislab.engine.library_code import Head, check_name, read_head

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["FLAGS", "Catalogue", "Function", "Functions", "FunctionsEntry", "Library", "functions_of"]

FLAGS = ("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys")
"""In the order in which FUNCTION LIST tells them."""


class Function:
    """A function by its name. `callback` is the Lua function."""

    __slots__ = ("callback", "description", "flags", "name")

    def __init__(
        self, name: bytes, callback: Any, description: bytes | None = None, flags: frozenset[str] = frozenset()
    ) -> None:
        self.name, self.callback = name, callback
        self.description, self.flags = description, flags


class Library:
    """A library as it was loaded. `functions` are by name, in the order in which they were registered."""

    __slots__ = ("code", "compiled", "functions", "name")

    def __init__(self, name: bytes, code: bytes, compiled: bool = True) -> None:
        self.name, self.code = name, code
        self.functions: dict[bytes, Function] = {}
        self.compiled = compiled
        """Whether the callbacks are of the engine that holds it: a copy is compiled when it is first called."""

    def copy(self) -> Library:
        """The same library for another engine."""
        library = Library(self.name, self.code, compiled=False)
        for each in self.functions.values():
            library.functions[each.name] = Function(each.name, None, each.description, each.flags)
        return library


Compile = Callable[[Library, bytes], None]
"""Runs the code of a library, which registers its functions. Raises ReplyError."""


class Catalogue:
    """Libraries by name, and functions by name in lower case."""

    def __init__(self, libraries: Iterable[Library] = ()) -> None:
        self.libraries: dict[bytes, Library] = {}
        self.functions: dict[bytes, tuple[Library, Function]] = {}
        for library in libraries:
            self.link(library)

    def copy(self) -> Catalogue:
        return Catalogue(self.libraries.values())

    def link(self, library: Library) -> None:
        self.libraries[library.name] = library
        for function in library.functions.values():
            self.functions.setdefault(function.name.lower(), (library, function))

    def unlink(self, library: Library) -> None:
        del self.libraries[library.name]
        for function in library.functions.values():
            found = self.functions.get(function.name.lower())
            if found is not None and found[0] is library:
                del self.functions[function.name.lower()]

    def create(self, code: bytes, compile: Compile, *, replace: bool) -> Library:
        """Add a library from its code. Raises ReplyError; what the catalogue holds then, is not to be used."""
        head = read_head(code)
        check_name(head.name)
        self._check_engine(head)
        old = self.libraries.get(head.name)
        if old is not None:
            if not replace:
                raise ReplyError(f"ERR Library '{shown(head.name)}' already exists")
            self.unlink(old)
        library = Library(head.name, code)
        compile(library, head.body)
        if not library.functions:
            raise ReplyError("ERR No functions registered")
        self.check_functions(library)
        self.link(library)
        return library

    def _check_engine(self, head: Head) -> None:
        if head.engine.lower() != b"lua":
            raise ReplyError(f"ERR Engine '{shown(head.engine)}' not found")

    def check_functions(self, library: Library) -> None:
        """Raises ReplyError if another library has a function of that name."""
        for function in library.functions.values():
            if function.name.lower() in self.functions:
                raise ReplyError(f"ERR Function {shown(function.name)} already exists")

    def join(self, others: Catalogue, *, replace: bool) -> None:
        """Add all libraries of another catalogue. Raises ReplyError, as `create` does."""
        for library in others.libraries.values():
            old = self.libraries.get(library.name)
            if old is not None:
                if not replace:
                    raise ReplyError(f"ERR Library {shown(library.name)} already exists")
                self.unlink(old)
        for library in others.libraries.values():
            self.check_functions(library)
        for library in others.libraries.values():
            self.link(library)


class FunctionsEntry:
    """All libraries, as they were before a command changed any."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def swap(self, engine: Engine) -> None:
        functions = functions_of(engine)
        functions.catalogue, self.catalogue = self.catalogue, functions.catalogue

    def weight(self) -> int:
        return 100 * len(self.catalogue.libraries)


class Functions:
    """What one engine keeps of functions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.catalogue = Catalogue()
        self.runtime: Any = None
        """The Lua state of all libraries, made when the first one is compiled."""

    @property
    def libraries(self) -> dict[bytes, Library]:
        """Libraries by name. Not to be changed."""
        return self.catalogue.libraries

    @property
    def functions(self) -> dict[bytes, tuple[Library, Function]]:
        """Functions by name in lower case, each with its library. Not to be changed."""
        return self.catalogue.functions

    def compile(self, library: Library, body: bytes) -> None:
        """Run the code of a library. Raises ReplyError."""
        if self.runtime is None:
            from redislab.engine.function_runtime import FunctionRuntime

            self.runtime = FunctionRuntime(self.engine)
        self.runtime.compile(library, body)

    def replace(self, catalogue: Catalogue) -> None:
        """Let another catalogue take the place of the present one: a change that can be undone."""
        engine = self.engine
        engine.dirty += 1
        engine.unsettled = True
        if engine.changes is not None and (catalogue.libraries or self.catalogue.libraries):
            engine.changes.entries.append(FunctionsEntry(self.catalogue))
        self.catalogue = catalogue

    def load(self, code: bytes, *, replace: bool) -> bytes:
        """Add a library and return its name. Raises ReplyError, and then nothing is changed."""
        catalogue = self.catalogue.copy()
        library = catalogue.create(code, self.compile, replace=replace)
        self.replace(catalogue)
        return library.name

    def load_saved(self, code: bytes) -> None:
        """Add a library that was saved, without a step: what is loaded at the start is no change. Raises ReplyError."""
        catalogue = self.catalogue.copy()
        catalogue.create(code, self.compile, replace=True)
        self.catalogue = catalogue

    def delete(self, name: bytes) -> None:
        """Remove a library. Raises ReplyError if there is none of that name."""
        library = self.catalogue.libraries.get(name)
        if library is None:
            raise ReplyError("ERR Library not found")
        catalogue = self.catalogue.copy()
        catalogue.unlink(library)
        self.replace(catalogue)

    def find(self, name: bytes) -> Function | None:
        """A function ready to be called, whatever the case of its letters."""
        found = self.catalogue.functions.get(name.lower())
        if found is None:
            return None
        library, function = found
        if not library.compiled:
            self._recompile(library)
        return function

    def _recompile(self, library: Library) -> None:
        """Give the functions of a copied library the callbacks of this engine."""
        fresh = Library(library.name, library.code)
        self.compile(fresh, read_head(library.code).body)
        for name, function in library.functions.items():
            function.callback = fresh.functions[name].callback
        library.compiled = True

    def load_copy(self, other: Functions) -> None:
        """Take over copies of another engine's libraries."""
        self.catalogue = Catalogue(library.copy() for library in other.catalogue.libraries.values())


def functions_of(engine: Engine) -> Functions:
    """The functions of an engine, which has none to begin with."""
    if engine.functions is None:
        engine.functions = Functions(engine)
    return engine.functions
