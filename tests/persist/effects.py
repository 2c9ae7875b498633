"""Random commands that end up in an append only file, and the reading of such files.

Nothing here depends on chance beyond the seed, on a hash table's order or on the moment, but for times, which are
compared with some patience.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

__all__ = ["appended", "blocking", "random_call", "same_effects"]

Command = list[bytes]
FAR = b"4102444800"
CODE = b"#!lua name=%b\nredis.register_function('%b', function(keys, args) return redis.call(unpack(args)) end)"
TEMPLATES = """
SET K V | SET K V EXAT FAR | SET K V PXAT FAR000 NX | SET K V GET | SET K V XX GET KEEPTTL | set K V nx get
SET K V EX 1000 | SET K V PX 100000 | SETEX K 500 V | PSETEX K 90000 V | SET K V XX | SETNX K V | MSET K V K V
MSETNX K V K V | GETSET K V | GETDEL K | GETEX K EXAT FAR | GETEX K PERSIST | GETEX K EXAT 1 | GETEX K EX 100
GETEX K | GETEX K PX 5000 | EXPIREAT K FAR NX | PEXPIREAT K FAR000 | EXPIREAT K 5 | EXPIRE K -1 | PERSIST K
EXPIRE K 100 | PEXPIRE K 90000 GT | EXPIRE K 50 LT | EXPIRE K 70 XX | INCR K | DECRBY K 3 | INCRBYFLOAT K 1.5
INCRBYFLOAT K 3.0e3 | HINCRBYFLOAT K f 2 | HINCRBY K f 3 | HSET K f V g V | HMSET K f V | HSETNX K f V | HDEL K f nope
HDEL K f g | SADD K m1 m2 m3 | SADD K 1 2 | SREM K m1 nope | SPOP K 10 | SPOP K 100 | SMOVE K K m1 | SPOP K 0
SINTERSTORE K K K | SUNIONSTORE K K K | SDIFFSTORE K K K | LPUSH K V V | RPUSH K V | LPUSHX K V | LPOP K | RPOP K 2
LPOP K 0 | LREM K 0 1 | LSET K 0 V | LTRIM K 0 1 | LTRIM K 1 0 | LINSERT K BEFORE 1 V | LMOVE K K LEFT RIGHT
RPOPLPUSH K K | LMPOP 2 K K LEFT COUNT 2 | BLMPOP 0.001 2 K K RIGHT | BLPOP K K 0.001 | BRPOP K 0.001
BRPOPLPUSH K K 0.001 | BLMOVE K K LEFT RIGHT 0.001 | ZADD K 1 m 2 n | ZADD K INCR 1 m | ZADD K NX CH 4 m
ZADD K XX GT 9 m | ZINCRBY K 2 m | ZREM K m nope | BZPOPMIN K K 0.001 | BZPOPMAX K 0.001 | ZMPOP 1 K MAX COUNT 5
ZMPOP 2 K K MIN | BZMPOP 0.001 1 K MIN | ZPOPMIN K | ZPOPMAX K 3 | ZREMRANGEBYRANK K 0 0 | ZREMRANGEBYSCORE K 1 2
ZREMRANGEBYLEX K - + | ZRANGESTORE K K 0 -1 | ZUNIONSTORE K 2 K K | ZINTERSTORE K 1 K WEIGHTS 2 | ZDIFFSTORE K 2 K K
APPEND K V | SETRANGE K 3 x | SETRANGE K 0 x | BITFIELD K SET u8 0 77 | BITFIELD K GET u8 0 | BITFIELD_RO K GET u8 0
BITFIELD K INCRBY u4 0 1 OVERFLOW FAIL INCRBY u4 0 15 | SETBIT K 7 1 | BITOP AND K K | BITOP NOT K K
PFADD K V | PFADD K a b c | PFCOUNT K | PFCOUNT K K | PFMERGE K K | PFDEBUG TODENSE K
RENAME K K | RENAMENX K K | COPY K K REPLACE | COPY K K DB 1 | COPY K K DB 1 REPLACE | MOVE K 1 | DEL K K | UNLINK K
SORT K ALPHA STORE K | SORT K BY nosort STORE K | GEOADD K 13 37 p 14 38 q | GEORADIUS K 13 37 900 km STORE K
GEORADIUS K 13 37 900 km STOREDIST K | GEORADIUSBYMEMBER K p 900 km STORE K
GEOSEARCHSTORE K K FROMLONLAT 13 37 BYRADIUS 10 km | GEOSEARCHSTORE K K FROMMEMBER p BYRADIUS 900 km STOREDIST
SELECT 0 | SELECT 0 | SELECT 1 | SWAPDB 0 1 | SWAPDB 0 0 | PUBLISH c m | SPUBLISH c m | FLUSHDB | FLUSHALL ASYNC
XADD K N-* f V | XADD K N-1 f V | XADD K * f V | XADD K MAXLEN ~ 3 N f V | XADD K NOMKSTREAM MAXLEN 3 N f V
XADD K MINID ~ 5 LIMIT 10 N f v | XADD K MINID = 9 N f v | XTRIM K MAXLEN ~ 2 | XTRIM K MAXLEN 2 | XTRIM K MINID 3
XDEL K 1-1 | XDEL K N-1 N-1 | XSETID K 99999-0 | XSETID K 99999-7 ENTRIESADDED 70 MAXDELETEDID 3-0
XGROUP CREATE K g $ MKSTREAM | XGROUP CREATE K g 0 ENTRIESREAD 2 | XGROUP CREATE K h 0 | XGROUP CREATECONSUMER K g zoe
XGROUP SETID K g 0 | XGROUP SETID K g $ ENTRIESREAD 3 | XGROUP DESTROY K g | XGROUP DELCONSUMER K g alice
XREADGROUP GROUP g alice COUNT 2 STREAMS K > | XREADGROUP GROUP g bob NOACK COUNT 2 STREAMS K >
XREADGROUP GROUP g bob STREAMS K 0 | XREADGROUP GROUP h eve STREAMS K > | XREADGROUP GROUP g alice STREAMS K K > >
XREADGROUP GROUP g alice BLOCK 1 STREAMS K > | XACK K g 1-0 2-0 | XACK K g N-0 N-1 | XPENDING K g
XAUTOCLAIM K g bob 0 0 | XAUTOCLAIM K g bob 0 0 COUNT 1 JUSTID | XAUTOCLAIM K g new 0 0 COUNT 2
XCLAIM K g bob 0 1-0 2-0 TIME 1000 FORCE | XCLAIM K g bob 0 N-1 N-0 FORCE | XCLAIM K g ann 0 N-1 IDLE 500 RETRYCOUNT 7
XCLAIM K g bob 0 N-1 JUSTID | XCLAIM K g new 0 N-1 LASTID 500-0
RESTORE K 0 DUMP REPLACE | RESTORE K 90000 DUMP REPLACE | RESTORE K FAR000 DUMP REPLACE ABSTTL | RESTORE K 0 DUMP
RESTORE K 1 DUMP ABSTTL REPLACE | RESTORE K 0 DUMP REPLACE IDLETIME 100 | TOUCH K | OBJECT ENCODING K | EXISTS K
FUNCTION DELETE one | FUNCTION DELETE two | FUNCTION FLUSH | FCALL one 1 K SET K V | FCALL two 0 PING
FCALL one 1 K EXPIRE K 100 | FCALL one 0 RPUSH a 1 2 3
MULTI | EXEC | EXEC | DISCARD | WATCH K | PING | SCRIPT LOAD S | SCRIPT FLUSH | CONFIG SET maxmemory-samples 5
"""
SCRIPTS = [
    b"redis.call('SET',KEYS[1],'1') return redis.call('INCR',KEYS[1])",
    b"return redis.call('GET',KEYS[1])",
    b"redis.call('SELECT',1) redis.call('SET',KEYS[1],'q') redis.call('SELECT',0) return redis.call('SET',KEYS[1],'q')",
    b"redis.call('SELECT',1) return redis.call('SET',KEYS[1],'one')",
    b"redis.call('EXPIRE',KEYS[1],100) redis.call('GETEX',KEYS[1],'EX',50) return 1",
    b"redis.call('SADD',KEYS[1],'a') return redis.call('SPOP',KEYS[1],9)",
    b"redis.pcall('LPUSH',KEYS[1],'a','b') redis.pcall('BLPOP',KEYS[1],0) return 1",
    b"redis.call('SET',KEYS[1],'x') return redis.call('INCR',KEYS[1])",
    b"redis.set_repl(redis.REPL_NONE) redis.call('TOUCH',KEYS[1]) redis.set_repl(redis.REPL_ALL) return 1",
    b"for i=1,3 do redis.pcall('RPUSH',KEYS[1],i) end return redis.pcall('DEL',KEYS[1])",
]
DUMPED = [
    b"\0\5green\n\0)\x84\xce\x1dz\xc5\x96/",
    b"\x0b\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x02\x00\n\x00N\xf0\x15\x1c{\xdb\x8c\xe9",
]
KEYS, VALUES = [b"a", b"b", b"c", b"d"], [b"x", b"1", b"10", b"2.5", b"hello", b""]
CALLS = [call.split() for line in TEMPLATES.strip().splitlines() for call in line.split(" | ")]
BLOCKING = [
    call.split()
    for call in (
        "BLPOP K K 0", "BRPOP K 0", "BLMOVE K K LEFT RIGHT 0", "BRPOPLPUSH K K 0", "BLMPOP 0 2 K K LEFT COUNT 2",
        "BZPOPMIN K 0", "BZPOPMAX K K 0", "BZMPOP 0 1 K MIN COUNT 3", "XREAD BLOCK 0 STREAMS K $",
        "XREADGROUP GROUP g eve BLOCK 0 STREAMS K >",
    )
]  # fmt: skip
FUTURE = re.compile(rb"(\d{13})(-\d+)?")
PATIENCE_MS = 30_000


def filled(call: list[str], random: Random) -> Command:
    """A template with keys, values and numbers."""
    choices = {"K": KEYS, "V": VALUES, "S": SCRIPTS, "DUMP": DUMPED}
    return [
        random.choice(choices[word])
        if word in choices
        else word.encode().replace(b"N", b"%d" % random.randrange(1, 1000), 1)
        if word[0] == "N" and word not in ("NX", "NOT", "NOACK", "NOMKSTREAM")
        else word.encode().replace(b"FAR", FAR)
        for word in call
    ]


def random_call(random: Random) -> Command:
    """One command."""
    kind = random.random()
    if kind < 0.06:
        return [b"EVAL", random.choice(SCRIPTS), b"1", random.choice(KEYS)]
    if kind < 0.08:
        name = random.choice([b"one", b"two"])
        return [b"FUNCTION", b"LOAD", b"REPLACE", CODE % (name, name)]
    call = random.choice(CALLS)
    if call[0].startswith("FLUSH") and random.random() < 0.8:
        return [b"PING"]
    return filled(call, random)


def blocking(random: Random) -> Command:
    """A command that waits, if there is nothing for it."""
    return filled(random.choice(BLOCKING), random)


def appended(folder: Path) -> list[Command]:
    """The commands of the newest file of a folder that is appended to. Raises ValueError if the last is not whole."""
    newest = sorted((folder / "appendonlydir").glob("*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))[-1]
    data, at = newest.read_bytes(), 0
    found = []
    while at < len(data):
        end = data.index(b"\r\n", at)
        count, at = int(data[at + 1 : end]), end + 2
        argv = []
        for _ in range(count):
            end = data.index(b"\r\n", at)
            size = int(data[at + 1 : end])
            argv.append(data[end + 2 : end + 2 + size])
            at = end + 4 + size
        found.append(argv)
    if at > len(data):
        raise ValueError("the last command is not whole")
    return found


def same_effects(one: Command, other: Command) -> bool:
    """Whether two commands are the same, but for moments that are near each other."""
    return len(one) == len(other) and all(map(same_word, one, other))


def same_word(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    first, second = FUTURE.fullmatch(one), FUTURE.fullmatch(other)
    if not first or not second:
        return False
    return bool(first[2]) == bool(second[2]) and abs(int(first[1]) - int(second[1])) < PATIENCE_MS
