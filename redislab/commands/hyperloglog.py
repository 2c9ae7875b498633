"""HyperLogLog: PFADD, PFCOUNT, PFMERGE, and the two commands that look inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from redislab.commands.shapes import Array, Bulk, Integer, Ok, OneOf, Status
from redislab.commands.spec import command
from redislab.engine import notify
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple
from redislab.values import hyperloglog
from redislab.values.hyperloglog import CorruptSketch, add_all, is_sketch
from redislab.values.string import String

GROUP = "hyperloglog"

NOT_A_SKETCH = "WRONGTYPE Key is not a valid HyperLogLog string value."
CORRUPT = "INVALIDOBJ Corrupted HLL object detected"

SILENT = 0
"""The class of an event that nobody can subscribe to: only WATCH and undo learn of the change."""


def sketch_to_edit(session: Session, key: bytes) -> tuple[bytearray, bool]:
    """A key's sketch, to be changed in place, and whether it is new. Raises an error if the key holds none."""
    db = session.db
    value = db.edit(key, String)
    data = value.data
    if is_sketch(data):
        return data if data.__class__ is bytearray else value.editable(), False
    if data or key in db.values:
        raise ReplyError(NOT_A_SKETCH)
    value.data = hyperloglog.new_sketch()
    return value.editable(), True


def check(data: bytes | bytearray) -> None:
    if not is_sketch(data):
        raise ReplyError(NOT_A_SKETCH)


def sketches_to_read(session: Session, keys: tuple[bytes, ...]) -> Iterator[bytes | bytearray]:
    """The sketches of those keys that exist, one after the other: the first bad one decides what error there is."""
    for key in keys:
        value = session.db.view(key, String)
        if value is not None:
            check(value.data)
            yield value.data


@command(
    "PFADD key [element]...",
    since="2.8.9",
    complexity="O(1) to add every element.",
    flags="write denyoom fast",
    keys="RW insert",
    reply=Integer("1 if the key is new or the estimate may have changed, else 0"),
)
def pfadd(session: Session, key: bytes, *elements: bytes) -> Reply:
    """Count elements in a HyperLogLog: a sketch that tells how many different ones it has seen, but not which.

    It takes 12 KB at most, however many there were, and is off by 0.8 % or so. Without an element it makes an empty
    sketch where there is none.

    > PFADD visitors alice bob
    (integer) 1
    > PFADD visitors alice
    (integer) 0
    > PFCOUNT visitors
    (integer) 2
    """
    sketch, new = sketch_to_edit(session, key)
    try:
        updated = add_all(sketch, elements, session.engine.limits.hll_sparse_max_bytes)
    except CorruptSketch:
        raise ReplyError(CORRUPT) from None
    if new:
        updated += 1
    if not updated:
        return 0
    hyperloglog.invalidate(sketch)
    session.db.touched(key, "pfadd", notify.STRING)
    session.engine.dirty += updated - 1
    return 1


@command(
    "PFCOUNT key...",
    since="2.8.9",
    complexity="O(1) for a single key, with a small average constant; O(N) for N keys, with a much larger one",
    flags="readonly",
    keys="RW access # may change how the key is kept inside, which replicas are told",
    reply=Integer("the estimate; 0 if no key exists"),
)
def pfcount(session: Session, key: bytes, *keys: bytes) -> Reply:
    """Estimate how many different elements were added; with several keys, to any of them.

    For one key the estimate is kept within its string until the next change, so that counting again is free: the
    command may write, though it only reads.

    > PFADD monday alice bob
    (integer) 1
    > PFADD tuesday bob carol
    (integer) 1
    > PFCOUNT monday
    (integer) 2
    > PFCOUNT monday tuesday
    (integer) 3
    """
    try:
        if keys:
            return hyperloglog.count_union(sketches_to_read(session, (key, *keys)))
        return count_one(session, key)
    except CorruptSketch:
        raise ReplyError(CORRUPT) from None


def count_one(session: Session, key: bytes) -> int:
    """The estimate for one key, from its string if it is up to date there, else kept there."""
    if session.db.view(key, String) is None:
        return 0
    sketch, _ = sketch_to_edit(session, key)
    estimate = hyperloglog.cached_count(sketch)
    if estimate is None:
        estimate = hyperloglog.count(sketch)
        hyperloglog.store_count(sketch, estimate)
        session.db.touched(key, "pfcount", SILENT)
    return estimate


@command(
    "PFMERGE destkey:key sourcekey:key...",
    since="2.8.9",
    complexity="O(N) to merge N HyperLogLogs, but with high constant times.",
    flags="write denyoom",
    keys="RW access insert; RO access",
    arity=-2,
    reply=Ok(),
)
def pfmerge(session: Session, destkey: bytes, *sourcekeys: bytes) -> Reply:
    """Add everything that some sketches have seen to another one.

    The destination keeps what it has seen itself. Missing keys count as empty.

    > PFADD monday alice bob
    (integer) 1
    > PFADD tuesday bob carol
    (integer) 1
    > PFMERGE week monday tuesday
    OK
    > PFCOUNT week
    (integer) 3
    """
    try:
        sources = []
        for source in sketches_to_read(session, (destkey, *sourcekeys)):
            hyperloglog.registers(source)  # corrupt ones are told before the next key is looked at
            sources.append(source)
        known = session.db.view_any(destkey, touch=False) is not None
        sketch = bytearray(sources[0]) if known else hyperloglog.new_sketch()
        hyperloglog.merge(sketch, sources, session.limits.hll_sparse_max_bytes)
    except CorruptSketch:
        raise ReplyError(CORRUPT) from None
    session.db.put(destkey, String.raw(sketch), keep_ttl=True)
    session.db.touched(destkey, "pfadd", notify.STRING)
    return OK


@command(
    "PFDEBUG subcommand key",
    since="2.8.9",
    complexity="N/A",
    flags="write denyoom admin",
    keys="RW access",
    doc_flags=["syscmd"],
    reply=OneOf(
        Array("GETREG: all 16384 registers", Integer()),
        Bulk("DECODE: the runs of a sparse sketch"),
        Status("ENCODING: sparse or dense"),
        Integer("TODENSE: 1 if the sketch was sparse"),
    ),
)
def pfdebug(session: Session, subcommand: bytes, key: bytes) -> Reply:
    """Look inside a HyperLogLog.

    ENCODING tells whether it is kept as runs (sparse) or register by register (dense). DECODE prints the runs: z and Z
    are so many zeros, v:2,1 is the value 2 once. TODENSE makes it dense, and so does GETREG, which answers all
    registers.

    > PFADD visitors alice
    (integer) 1
    > PFDEBUG ENCODING visitors
    sparse
    > PFDEBUG DECODE visitors
    "Z:1341 v:6,1 Z:15042"
    > PFDEBUG TODENSE visitors
    (integer) 1
    > PFDEBUG DECODE visitors
    (error) ERR HLL encoding is not sparse
    """
    if session.db.view_any(key) is None:
        raise ReplyError("ERR The specified key does not exist")
    sketch, _ = sketch_to_edit(session, key)
    name = subcommand.partition(b"\0")[0].upper()
    if name not in LOOKS:
        raise ReplyError(f"ERR Unknown PFDEBUG subcommand '{shown(subcommand)}'")
    return LOOKS[name](session, sketch)


def all_registers(session: Session, sketch: bytearray) -> list[int]:
    make_dense(session, sketch)
    return list(hyperloglog.registers(sketch))


def decode(session: Session, sketch: bytearray) -> bytes:
    if hyperloglog.is_dense(sketch):
        raise ReplyError("ERR HLL encoding is not sparse")
    return hyperloglog.describe(sketch).encode()


def encoding(session: Session, sketch: bytearray) -> Simple:
    return Simple("dense" if hyperloglog.is_dense(sketch) else "sparse")


def make_dense(session: Session, sketch: bytearray) -> int:
    """1 if that was needed. A change of the form alone: the server tells neither WATCH nor subscribers."""
    try:
        changed = hyperloglog.to_dense(sketch)
    except CorruptSketch:
        raise ReplyError(CORRUPT) from None
    session.engine.dirty += changed
    return int(changed)


LOOKS: dict[bytes, Callable[[Session, bytearray], Reply]] = {
    b"GETREG": all_registers,
    b"DECODE": decode,
    b"ENCODING": encoding,
    b"TODENSE": make_dense,
}


@command(
    "PFSELFTEST",
    since="2.8.9",
    complexity="N/A",
    flags="admin",
    doc_flags=["syscmd"],
    reply=Ok("registers and estimates are as they should be"),
)
def pfselftest(session: Session) -> Reply:
    """Let the HyperLogLog code test itself.

    > PFSELFTEST
    OK
    """
    fault = hyperloglog.self_test(lambda: session.engine.random.getrandbits(6))
    if fault is not None:
        raise ReplyError(f"TESTFAILED {fault}")
    return OK
