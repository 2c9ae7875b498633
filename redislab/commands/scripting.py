"""EVAL, EVALSHA and their read-only kin."""

from __future__ import annotations

from functools import partial

from redislab.commands.shapes import Any_
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply

GROUP = "scripting"


def _key_count(word: bytes, words: tuple[bytes, ...]) -> int:
    """The number of keys among the words that follow it."""
    count = integer(word)
    if count > len(words):
        raise ReplyError(errors.TOO_MANY_KEYS)
    if count < 0:
        raise ReplyError(errors.KEYS_NEGATIVE)
    return count


@command(
    "EVAL script numkeys:int [key]... [arg]...",
    since="2.6.0",
    complexity="Depends on the script that is executed.",
    flags="noscript stale skip_monitor no_mandatory_keys",
    keys="RW access update # what becomes of the keys depends on the script",
    reply=Any_("what the script returns"),
)
def eval_(session: Session, script: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a Lua script: nobody else's command runs in between.

    The keys are in KEYS and the other arguments in ARGV, both counted from 1. redis.call runs a command and ends the
    script with its error, redis.pcall returns the error as a table. Numbers that a script returns lose what follows
    the point, false and nil become a null, and a table ends at its first nil.

    > EVAL "return {KEYS[1], ARGV[1], 3.99}" 1 tea green
    1) "tea"
    2) "green"
    3) (integer) 3
    > EVAL "redis.call('INCRBY', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])" 1 cups 2
    "2"
    > EVAL "return redis.call('LPUSH', KEYS[1], 'milk')" 1 cups
    (error) WRONGTYPE Operation against a key holding the wrong kind of value script: \
831fe4b0a38a68f1b7112ca44c2eb592832a2f7f, on @user_script:1.
    """
    return _eval(session, script, numkeys, words, False)


@command(
    "EVAL_RO script numkeys:int [key]... [arg]...",
    since="7.0.0",
    complexity="Depends on the script that is executed.",
    flags="readonly noscript stale skip_monitor no_mandatory_keys",
    keys="RO access # what is read of the keys depends on the script",
    reply=Any_("what the script returns"),
)
def eval_ro(session: Session, script: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a Lua script that must not write: see EVAL.

    > SET tea green
    OK
    > EVAL_RO "return redis.call('GET', KEYS[1])" 1 tea
    "green"
    """
    return _eval(session, script, numkeys, words, True)


def _eval(session: Session, body: bytes, numkeys: bytes, words: tuple[bytes, ...], read_only: bool) -> Reply:
    if session.debugging is not None:
        return session.debugging.eval(session, body, partial(_key_count, numkeys, words), words, read_only)
    scripts = session.engine.scripts
    count = _key_count(numkeys, words)
    script = scripts.by_body.get(body) or scripts.load(body)
    machine = scripts.machine or scripts.started()
    return machine.eval(session, script, words, count, read_only)


@command(
    "EVALSHA sha1 numkeys:int [key]... [arg]...",
    since="2.6.0",
    complexity="Depends on the script that is executed.",
    flags="noscript stale skip_monitor no_mandatory_keys",
    keys="RW access update",
    reply=Any_("what the script returns"),
)
def evalsha(session: Session, sha1: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a script that the server has seen before, named by its SHA1: see EVAL.

    EVAL and SCRIPT LOAD let the server know a script. It forgets all at a restart and at SCRIPT FLUSH.

    > SCRIPT LOAD "return 'tea for ' .. ARGV[1]"
    "c5ceb1bc0eb3dde371cae5229fad652f68278318"
    > EVALSHA c5ceb1bc0eb3dde371cae5229fad652f68278318 0 two
    "tea for two"
    > EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    (error) NOSCRIPT No matching script. Please use EVAL.
    """
    return _eval_cached(session, sha1, numkeys, words, read_only=False)


@command(
    "EVALSHA_RO sha1 numkeys:int [key]... [arg]...",
    since="7.0.0",
    complexity="Depends on the script that is executed.",
    flags="readonly noscript stale skip_monitor no_mandatory_keys",
    keys="RO access",
    reply=Any_("what the script returns"),
)
def evalsha_ro(session: Session, sha1: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a cached script that must not write: see EVALSHA.

    > SCRIPT LOAD "return redis.call('DEL', KEYS[1])"
    "b0d697da25b13e49157b2c214a4033546aba2104"
    > EVALSHA_RO b0d697da25b13e49157b2c214a4033546aba2104 1 tea
    (error) ERR Write commands are not allowed from read-only scripts. script: \
b0d697da25b13e49157b2c214a4033546aba2104, on @user_script:1.
    """
    return _eval_cached(session, sha1, numkeys, words, read_only=True)


def _eval_cached(session: Session, sha1: bytes, numkeys: bytes, words: tuple[bytes, ...], read_only: bool) -> Reply:
    scripts = session.engine.scripts
    if len(sha1) != 40:
        raise ReplyError(errors.NO_SCRIPT)
    if session.debugging is not None:
        raise ReplyError("ERR Please use EVAL instead of EVALSHA for debugging")
    count = _key_count(numkeys, words)
    script = scripts.find(sha1)
    machine = scripts.machine or scripts.started()
    return machine.eval(session, script, words, count, read_only)
