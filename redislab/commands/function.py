"""FUNCTION: libraries of functions that stay with the data, loaded, listed and removed."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Map, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.errors import ReplyError, shown, subcommand_syntax
from redislab.engine.functions import FLAGS, Catalogue, Function, Library, functions_of
from redislab.engine.script_run import Run
from redislab.engine.session import Session
from redislab.resp.types import OK, Members, Reply, Simple
from redislab.values.glob import compile as compile_pattern

GROUP = "scripting"

container("FUNCTION", group="scripting", since="7.0.0", complexity="Depends on subcommand.", acl="-scripting")


@command(
    "FUNCTION DELETE library-name",
    since="7.0.0",
    complexity="O(1)",
    flags="write noscript",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    parent="FUNCTION",
    reply=Ok(),
)
def function_delete(session: Session, name: bytes) -> Reply:
    """Remove a library with all its functions.

    > FUNCTION LOAD "#!lua name=shop\\nredis.register_function('greet', function() return 'hello' end)"
    "shop"
    > FUNCTION DELETE shop
    OK
    > FCALL greet 0
    (error) ERR Function not found
    """
    functions_of(session.engine).delete(name)
    return OK


@command(
    "FUNCTION FLUSH async=[ASYNC | SYNC]",
    since="7.0.0",
    complexity="O(N) where N is the number of functions deleted",
    flags="write noscript",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    parent="FUNCTION",
    takes_name=True,
    reply=Ok(),
)
def function_flush(session: Session, subcommand: bytes, *mode: bytes) -> Reply:
    """Remove all libraries.

    > FUNCTION FLUSH
    OK
    > FUNCTION LIST
    (empty array)
    """
    if len(mode) > 1:
        raise subcommand_syntax("FUNCTION", subcommand)
    if mode and mode[0].upper() not in (b"SYNC", b"ASYNC"):
        raise ReplyError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    functions_of(session.engine).replace(Catalogue())
    return OK


@command(
    "FUNCTION KILL",
    since="7.0.0",
    complexity="O(1)",
    flags="noscript allow_busy",
    tips=["request_policy:all_shards", "response_policy:one_succeeded"],
    parent="FUNCTION",
    reply=Ok(),
)
def function_kill(session: Session) -> Reply:
    """End the function that is running, if it has not written yet.

    Only of use while a function runs for so long that others are answered with BUSY.

    > FUNCTION KILL
    (error) NOTBUSY No scripts in execution right now.
    """
    session.engine.scripts.kill(is_eval=False)
    return OK


@command(
    "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]",
    since="7.0.0",
    complexity="O(N) where N is the number of functions",
    flags="noscript",
    tips=["nondeterministic_output_order"],
    parent="FUNCTION",
    reply=Array("the libraries", Map("name, engine and functions of one, and its code if asked for")),
)
def function_list(session: Session, *options: bytes) -> Reply:
    """Tell which libraries there are, and what functions they have.

    LIBRARYNAME takes a pattern, as KEYS does, but whatever the case of letters. WITHCODE adds the code of each.

    > FUNCTION LOAD "#!lua name=shop\\nredis.register_function('greet', function() return 'hello' end)"
    "shop"
    > FUNCTION LIST
    1) 1) "library_name"
       2) "shop"
       3) "engine"
       4) "LUA"
       5) "functions"
       6) 1) 1) "name"
             2) "greet"
             3) "description"
             4) (nil)
             5) "flags"
             6) (empty array)
    """
    pattern, with_code = _list_options(options)
    libraries = list(functions_of(session.engine).catalogue.libraries.values())
    if pattern is not None:
        matches = compile_pattern(pattern, nocase=True)
        libraries = [library for library in libraries if matches(library.name)]
    return [_described(library, with_code) for library in libraries]


def _list_options(options: tuple[bytes, ...]) -> tuple[bytes | None, bool]:
    """The pattern, if one is given, and whether the code is wanted."""
    pattern, with_code = None, False
    words = iter(options)
    for word in words:
        upper = word.upper()
        if upper == b"WITHCODE" and not with_code:
            with_code = True
        elif upper == b"LIBRARYNAME" and pattern is None:
            pattern = next(words, None)
            if pattern is None:
                raise ReplyError("ERR library name argument was not given")
        else:
            raise ReplyError(f"ERR Unknown argument {shown(word)}")
    return pattern, with_code


def _described(library: Library, with_code: bool) -> Reply:
    functions = [_function(function) for function in library.functions.values()]
    reply = {b"library_name": library.name, b"engine": b"LUA", b"functions": functions}
    return {**reply, b"library_code": library.code} if with_code else reply


def _function(function: Function) -> Reply:
    flags = Members(Simple(flag) for flag in FLAGS if flag in function.flags)
    return {b"name": function.name, b"description": function.description, b"flags": flags}


@command(
    "FUNCTION LOAD [REPLACE] function-code",
    since="7.0.0",
    complexity="O(1) (considering compilation time is redundant)",
    flags="write denyoom noscript",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    parent="FUNCTION",
    reply=Bulk("the name of the library"),
)
def function_load(session: Session, *words: bytes) -> Reply:
    """Keep a library of functions, written in Lua.

    The code begins with a line `#!lua name=...`. It runs once, now, to register functions with
    redis.register_function, and can do nothing else: redis.call belongs into the functions. FCALL runs them later.
    A library of that name must not be there yet, unless REPLACE is given.

    > FUNCTION LOAD "#!lua name=shop\\nredis.register_function('greet', function(keys, args) return args[1] end)"
    "shop"
    > FCALL greet 0 Ada
    "Ada"
    """
    for word in words[:-1]:
        if word.upper() != b"REPLACE":
            raise ReplyError(f"ERR Unknown option given: {shown(word)}")
    return functions_of(session.engine).load(words[-1], replace=len(words) > 1)


@command(
    "FUNCTION HELP",
    since="7.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="FUNCTION",
    reply=Array("lines of text", Status()),
)
def function_help(session: Session) -> Reply:
    """List the subcommands of FUNCTION.

    > FUNCTION HELP
     1) FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "function")


@command(
    "FUNCTION STATS",
    since="7.0.0",
    complexity="O(1)",
    flags="noscript allow_busy",
    tips=["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    parent="FUNCTION",
    reply=Map("the function that runs, and how many libraries and functions there are"),
)
def function_stats(session: Session) -> Reply:
    """Tell which function is running, if one is, and how many there are.

    > FUNCTION STATS
    1) "running_script"
    2) (nil)
    3) "engines"
    4) 1) "LUA"
       2) 1) "libraries_count"
          2) (integer) 0
          3) "functions_count"
          4) (integer) 0
    """
    engine = session.engine
    run = engine.scripts.run
    if run is not None and run.is_eval:
        raise ReplyError(run.busy_error)
    libraries = functions_of(engine).libraries
    functions = sum(len(library.functions) for library in libraries.values())
    counts = {b"libraries_count": len(libraries), b"functions_count": functions}
    return {b"running_script": _running(run, engine.host.stopwatch()), b"engines": {b"LUA": counts}}


def _running(run: Run | None, now_ns: int) -> Reply:
    """The function that runs, which only those can ask for who are let in because it runs for so long."""
    if run is None:
        return None
    command = list(getattr(run, "argv", ()))
    return {b"name": run.name.encode(), b"command": command, b"duration_ms": (now_ns - run.started) // 1_000_000}
