"""FCALL and FCALL_RO: running a function of a library that FUNCTION LOAD keeps."""

from __future__ import annotations

from redislab.commands.shapes import Any_
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.functions import functions_of
from redislab.engine.session import Session
from redislab.resp.types import Reply

GROUP = "scripting"


@command(
    "FCALL function numkeys:int [key]... [arg]...",
    since="7.0.0",
    complexity="Depends on the function that is executed.",
    flags="noscript stale skip_monitor no_mandatory_keys",
    keys="RW access update # what becomes of the keys depends on the script",
    takes_name=True,
    reply=Any_("what the function returns"),
)
def fcall(session: Session, *argv: bytes) -> Reply:
    """Call a function of a library: nobody else's command runs in between.

    The function gets two tables, its keys and its other arguments, counted from 1. What it returns becomes the reply,
    as with EVAL.

    > FUNCTION LOAD "#!lua name=shop\\nredis.register_function('sell', function(keys, args) \
return redis.call('DECRBY', keys[1], args[1]) end)"
    "shop"
    > SET apples 10
    OK
    > FCALL sell 1 apples 3
    (integer) 7
    """
    return _call(session, argv, read_only=False)


@command(
    "FCALL_RO function numkeys:int [key]... [arg]...",
    since="7.0.0",
    complexity="Depends on the function that is executed.",
    flags="readonly noscript stale skip_monitor no_mandatory_keys",
    keys="RO access # what is read of the keys depends on the script",
    takes_name=True,
    reply=Any_("what the function returns"),
)
def fcall_ro(session: Session, *argv: bytes) -> Reply:
    """Call a function that does not write: it must have been registered with the flag no-writes.

    > FUNCTION LOAD "#!lua name=shop\\nredis.register_function{function_name='price', \
callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}"
    "shop"
    > FCALL_RO price 1 apples
    (nil)
    """
    return _call(session, argv, read_only=True)


def _call(session: Session, argv: tuple[bytes, ...], *, read_only: bool) -> Reply:
    engine = session.engine
    functions = functions_of(engine)
    function = functions.find(argv[1])
    if function is None:
        raise ReplyError("ERR Function not found")
    if engine.memory.limit and engine.memory.out_of_memory and function.flags.isdisjoint(("no-writes", "allow-oom")):
        raise ReplyError(errors.OUT_OF_MEMORY)
    if engine.write_refusal and "no-writes" not in function.flags:
        raise ReplyError(engine.write_refusal)
    count = integer(argv[2], "ERR Bad number of keys provided")
    if count > len(argv) - 3:
        raise ReplyError(errors.TOO_MANY_KEYS)
    if count < 0:
        raise ReplyError(errors.KEYS_NEGATIVE)
    if read_only and "no-writes" not in function.flags:
        raise ReplyError("ERR Can not execute a script with write flag using *_ro command.")
    return functions.runtime.call(session, function, argv, count, read_only)
