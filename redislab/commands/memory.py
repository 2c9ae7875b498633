"""MEMORY: what keys take, and where a server's memory goes. The figures are those of a model (engine/memory.py)."""

from __future__ import annotations

from collections.abc import Iterator

from redislab.commands.shapes import Array, Integer, Map, Null, Ok, OneOf, Status, Text
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.arguments import integer
from redislab.engine.engine import Engine
from redislab.engine.errors import syntax_error
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Verbatim
from redislab.values.numbers import single

GROUP = "server"

DEFAULT_SAMPLES = 5
ENOUGH_TO_JUDGE = 5 << 20
HIGH_PEAK = 1.5
EMPTY = (
    "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these "
    "conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to "
    "our programming as soon as I finished rebooting.\n"
)
HEALTHY = (
    "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
)
ILL = "Sam, I detected a few issues in this Redis instance memory implants:\n\n"
PEAK = (
    " * Peak memory: In the past this instance used more than 150% the memory that is currently using. The allocator "
    "is normally not able to release memory after a peak, so you can expect to see a big fragmentation ratio, however "
    "this is actually harmless and is only due to the memory peak, and if the Redis instance Resident Set Size (RSS) "
    "is currently bigger than expected, the memory will be used as soon as you fill the Redis instance with more data. "
    "If the memory peak was only occasional and you want to try to reclaim memory, please try the MEMORY PURGE "
    "command, otherwise the only other option is to shutdown and restart the instance.\n\n"
)
CARE = "I'm here to keep you safe, Sam. I want to help you.\n"
NO_ALLOCATOR = (
    "redislab has no jemalloc, so there are no statistics of it: its data lie in the memory of a Python process. The "
    "figures of MEMORY USAGE, MEMORY STATS and INFO memory are those of a model of Redis 7.0 with jemalloc.\n"
)

container("MEMORY", group="server", since="4.0.0", complexity="Depends on subcommand.")


@command(
    "MEMORY DOCTOR",
    since="4.0.0",
    complexity="O(1)",
    tips=["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    parent="MEMORY",
    reply=Text("a report"),
)
def memory_doctor(session: Session) -> Reply:
    """Look for something wrong with the memory, and report it in words.

    With less than 5 MB in use there is nothing to judge yet. The only illness that can be found here is a peak far
    above what is used now: the model knows no fragmentation, and clients have no buffers worth the name.

    > MEMORY DOCTOR
    Hi Sam, this instance is empty or is using very little memory, …
    """
    memory = session.engine.memory
    used = memory.used()
    if used < ENOUGH_TO_JUDGE:
        return Verbatim(EMPTY.encode())
    if memory.peak / used <= HIGH_PEAK:
        return Verbatim(HEALTHY.encode())
    return Verbatim((ILL + PEAK + CARE).encode())


@command(
    "MEMORY HELP",
    since="4.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="MEMORY",
    reply=Array("", Status()),
)
def memory_help(session: Session) -> Reply:
    """Show what MEMORY can do.

    > MEMORY HELP
     1) MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "memory")


@command(
    "MEMORY MALLOC-STATS",
    since="4.0.0",
    complexity="Depends on how much memory is allocated, could be slow",
    tips=["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    parent="MEMORY",
    reply=Text("the allocator's own report"),
)
def memory_malloc_stats(session: Session) -> Reply:
    """Show the report of the memory allocator.

    A real server passes on pages of figures from jemalloc. There is none here, and the reply says so.

    > MEMORY MALLOC-STATS
    redislab has no jemalloc, …
    """
    return Verbatim(NO_ALLOCATOR.encode())


@command(
    "MEMORY PURGE",
    since="4.0.0",
    complexity="Depends on how much memory is allocated, could be slow",
    tips=["request_policy:all_shards", "response_policy:all_succeeded"],
    parent="MEMORY",
    reply=Ok(),
)
def memory_purge(session: Session) -> Reply:
    """Ask the memory allocator to give back what it keeps in store.

    There is nothing to give back here, so this changes nothing.

    > MEMORY PURGE
    OK
    """
    return OK


@command(
    "MEMORY STATS",
    since="4.0.0",
    complexity="O(1)",
    tips=["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    parent="MEMORY",
    reply=Map("names and figures, in bytes unless the name says otherwise"),
)
def memory_stats(session: Session) -> Reply:
    """Tell where the memory goes: server, clients, hash tables, data.

    total.allocated is what INFO calls used_memory; overhead.total is the part of it that is no data: the server itself,
    clients, hash tables; dataset.bytes is the rest. All come from a model of a real server. It knows no replicas, no
    append-only file and no fragmentation: their figures are 0, and the ratios 1.

    > MEMORY STATS
     1) "peak.allocated"
    …
    """
    engine = session.engine
    return dict([*_totals(engine), *_databases(engine), *_shares(engine), *_allocator(engine)])


Figures = Iterator[tuple[bytes, Reply]]


def _totals(engine: Engine) -> Figures:
    memory = engine.memory
    used = memory.used()
    yield b"peak.allocated", memory.peak
    yield b"total.allocated", used
    yield b"startup.allocated", memory.startup
    for name in (b"replication.backlog", b"clients.slaves"):
        yield name, 0
    yield b"clients.normal", memory.clients()
    for name in (b"cluster.links", b"aof.buffer", b"lua.caches"):
        yield name, 0
    yield b"functions.caches", memory.function_caches


def _databases(engine: Engine) -> Figures:
    for index, (main, expires) in engine.memory.table_overheads().items():
        yield b"db.%d" % index, {
            b"overhead.hashtable.main": main,
            b"overhead.hashtable.expires": expires,
            b"overhead.hashtable.slot-to-keys": 0,
        }


def _shares(engine: Engine) -> Figures:
    memory = engine.memory
    used, dataset = memory.used(), memory.dataset()
    keys = sum(len(db.values) for db in engine.databases)
    net = used - memory.startup
    yield b"overhead.total", memory.overhead()
    yield b"keys.count", keys
    yield b"keys.bytes-per-key", net // keys if keys else 0
    yield b"dataset.bytes", dataset
    yield b"dataset.percentage", single(dataset * 100 / net)
    yield b"peak.percentage", single(used * 100 / memory.peak)


def _allocator(engine: Engine) -> Figures:
    used = engine.memory.used()
    for name in (b"allocator.allocated", b"allocator.active", b"allocator.resident"):
        yield name, used
    for name in (b"allocator-fragmentation", b"allocator-rss", b"rss-overhead"):
        yield name + b".ratio", 1.0
        yield name + b".bytes", 0
    yield b"fragmentation", 1.0
    yield b"fragmentation.bytes", 0


@command(
    "MEMORY USAGE key [SAMPLES count:int]",
    since="4.0.0",
    complexity="O(N) where N is the number of samples.",
    flags="readonly",
    keys="RO",
    parent="MEMORY",
    reply=OneOf(Integer("bytes"), Null("the key does not exist")),
)
def memory_usage(session: Session, key: bytes, *options: bytes) -> Reply:
    """Tell how many bytes a key takes with its value.

    Of a large collection only some elements are looked at (5, or SAMPLES; 0 for all), the rest is taken to be alike.
    The figure is what a real Redis 7.0 would tell: the key, its entry in the hash table, and the value's structures,
    rounded up as its allocator does. A few bytes of data cost more than fifty.

    > SET tea green
    OK
    > MEMORY USAGE tea
    (integer) 64
    """
    samples = _samples(options)
    value = session.db.values.get(key)
    if value is None:
        return None
    return session.engine.memory.usage(key, value, samples)


def _samples(options: tuple[bytes, ...]) -> int:
    """How many elements to look at; 0 for all."""
    samples = DEFAULT_SAMPLES
    for place in range(0, len(options), 2):
        if options[place].upper() != b"SAMPLES" or place + 1 == len(options):
            raise syntax_error()
        samples = integer(options[place + 1])
        if samples < 0:
            raise syntax_error()
    return samples
