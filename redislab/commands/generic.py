"""Keys as such, whatever they hold: DEL, EXISTS, TYPE, KEYS, RENAME, COPY, MOVE and their kin.

Times to live are in expire.py, SCAN in scan.py, OBJECT in object.py, SORT in sort.py.
"""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Null, Ok, OneOf, Status
from redislab.commands.spec import command
from redislab.engine import errors, notify
from redislab.engine.arguments import small_integer
from redislab.engine.errors import ReplyError
from redislab.engine.keyspace import Database
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple
from redislab.values.base import Value
from redislab.values.glob import compile as compile_pattern
from redislab.values.string import String

GROUP = "generic"



# -- removing ------------------------------------------------------------------------------------------------


@command(
    "DEL key...",
    since="1.0.0",
    complexity="O(N) where N is the number of keys, plus O(M) for each key with M elements.",
    flags="write",
    keys="RM delete",
    tips=["request_policy:multi_shard", "response_policy:agg_sum"],
    reply=Integer("how many of the keys there were"),
)
def del_(session: Session, *keys: bytes) -> Reply:
    """Delete keys, whatever they hold.

    A key that does not exist is ignored; the reply counts those that did.

    > MSET tea green coffee black
    OK
    > DEL tea coffee milk
    (integer) 2
    """
    return _delete(session.db, keys, lazily=session.engine.freeing.lazy_delete)


def _delete(db: Database, keys: tuple[bytes, ...], *, lazily: bool) -> int:
    removed = 0
    for key in keys:
        if db.remove(key, lazily=lazily):
            db.touched(key, "del", notify.GENERIC)
            removed += 1
    return removed


@command(
    "UNLINK key...",
    since="4.0.0",
    complexity="O(1) for each key; the memory is given back later.",
    flags="write fast",
    keys="RM delete",
    tips=["request_policy:multi_shard", "response_policy:agg_sum"],
    reply=Integer("how many of the keys there were"),
)
def unlink(session: Session, *keys: bytes) -> Reply:
    """Delete keys like DEL; a server frees their memory in the background.

    The keys are gone at once either way. UNLINK only keeps a large value from holding up other clients.

    > RPUSH queue a b c
    (integer) 3
    > UNLINK queue
    (integer) 1
    > EXISTS queue
    (integer) 0
    """
    return _delete(session.db, keys, lazily=True)


# -- asking --------------------------------------------------------------------------------------------------


@command(
    "EXISTS key...",
    since="1.0.0",
    complexity="O(N) where N is the number of keys.",
    flags="readonly fast",
    keys="RO",
    tips=["request_policy:multi_shard", "response_policy:agg_sum"],
    history={"3.0.3": "Takes several keys."},
    reply=Integer("how many of the keys exist"),
)
def exists(session: Session, *keys: bytes) -> Reply:
    """Count how many of the keys exist.

    A key that is named twice counts twice.

    > SET tea green
    OK
    > EXISTS tea coffee
    (integer) 1
    > EXISTS tea tea
    (integer) 2
    """
    db = session.db
    return sum([db.view_any(key, touch=False, announce=True) is not None for key in keys])


@command(
    "TOUCH key...",
    since="3.2.1",
    complexity="O(N) where N is the number of keys.",
    flags="readonly fast",
    keys="RO",
    tips=["request_policy:multi_shard", "response_policy:agg_sum"],
    reply=Integer("how many of the keys exist"),
)
def touch(session: Session, *keys: bytes) -> Reply:
    """Mark keys as just used, without reading them.

    Matters to OBJECT IDLETIME and to the choice of keys to evict.

    > SET tea green
    OK
    > TOUCH tea coffee
    (integer) 1
    """
    db = session.db
    return sum([db.view_any(key, announce=True) is not None for key in keys])


@command(
    "TYPE key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO",
    reply=Status("string, list, set, zset, hash, stream, or none if there is no such key"),
)
def type_(session: Session, key: bytes) -> Reply:
    """Tell the type of the value of a key.

    Bitmaps and HyperLogLogs are strings, geo indexes are sorted sets.

    > LPUSH queue job
    (integer) 1
    > TYPE queue
    list
    > TYPE nothing
    none
    """
    value = session.db.view_any(key, touch=False, announce=True)
    return Simple("none" if value is None else value.type)


@command(
    "KEYS pattern:pattern",
    since="1.0.0",
    complexity="O(N) where N is the number of keys in the database.",
    flags="readonly",
    acl="dangerous",
    tips=["request_policy:all_shards", "nondeterministic_output_order"],
    reply=Array("the keys that match, in no particular order", Bulk()),
)
def keys(session: Session, pattern: bytes) -> Reply:
    """List all keys that match a pattern.

    In the pattern `?` stands for one character, `*` for any number, `[ab]` and `[a-z]` for one of several, `\\` takes
    the next one as it is. KEYS looks at every key and lets no other client in meanwhile: use SCAN on a busy server.

    > MSET user:1 ann user:2 bob order:1 tea
    OK
    > KEYS order:*
    1) "order:1"
    > KEYS user:[3-9]
    (empty array)
    """
    db = session.db
    matching = list(db.values) if pattern == b"*" else list(filter(compile_pattern(pattern), db.values))
    return [key for key in matching if not db.is_due(key)] if db.expires else matching


@command(
    "RANDOMKEY",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly",
    tips=["request_policy:all_shards", "nondeterministic_output"],
    reply=OneOf(Bulk("a key"), Null("the database is empty")),
)
def randomkey(session: Session) -> Reply:
    """Pick any key of the database.

    > RANDOMKEY
    (nil)
    > SET only one
    OK
    > RANDOMKEY
    "only"
    """
    db = session.db
    while db.values:
        key = db.index_of_keys().pick(session.engine.random)
        if db.exists(key):
            return key
    return None


# -- moving --------------------------------------------------------------------------------------------------


def _independent(session: Session, value: Value) -> Value:
    """A value that may stand under another key: undo keeps the old key's value as it is, so it gets one of its own."""
    return value if session.engine.changes is None else value.copy()


def _place(db: Database, key: bytes, value: Value, expires: int | None, used: int | None = None) -> None:
    """Make this the value of a key in place of what is there, silently."""
    db.remove(key)
    db.put(key, value)
    if used is not None:
        value.used = used
    if expires is not None:
        db.expire_at(key, expires)


def _rename(session: Session, key: bytes, newkey: bytes, *, if_absent: bool) -> bool:
    db = session.db
    value = db.view_any(key)
    if value is None:
        raise ReplyError(errors.NO_SUCH_KEY)
    if key == newkey:
        return not if_absent
    expires = db.expiry(key)
    if if_absent and db.exists(newkey):
        return False
    db.remove(key, lazily=False)
    before = db.view_any(newkey, touch=False)
    _place(db, newkey, _independent(session, value), expires, value.used)
    db.touched(key, "rename_from", notify.GENERIC)
    db.touched(newkey, "rename_to", notify.GENERIC)
    if before is not None:
        db.overwritten(newkey, before)
    session.engine.dirty -= 1  # It is one change, though two keys are told of it.
    return True


@command(
    "RENAME key newkey:key",
    since="1.0.0",
    complexity="O(1), plus the cost of deleting what newkey held.",
    flags="write",
    keys="RW access delete; OW update",
    reply=Ok(),
)
def rename(session: Session, key: bytes, newkey: bytes) -> Reply:
    """Give a key another name.

    What the new name held before is lost. The time to live goes along.

    > SET draft hello
    OK
    > RENAME draft letter
    OK
    > GET letter
    "hello"
    > RENAME draft letter
    (error) ERR no such key
    """
    _rename(session, key, newkey, if_absent=False)
    return OK


@command(
    "RENAMENX key newkey:key",
    since="1.0.0",
    complexity="O(1)",
    flags="write fast",
    keys="RW access delete; OW insert",
    history={"3.2.0": "The same name twice is no error any more."},
    reply=Integer("1 if it was renamed, 0 if the new name is taken"),
)
def renamenx(session: Session, key: bytes, newkey: bytes) -> Reply:
    """Give a key another name, unless that name is taken.

    > MSET draft hello letter dear
    OK
    > RENAMENX draft letter
    (integer) 0
    > RENAMENX draft note
    (integer) 1
    """
    return int(_rename(session, key, newkey, if_absent=True))


def _database(session: Session, word: bytes) -> Database:
    """The database of a number, as a word. Raises ReplyError."""
    index = small_integer(word)
    if not 0 <= index < len(session.engine.databases):
        raise ReplyError(errors.DATABASE_OUT_OF_RANGE)
    return session.engine.databases[index]


@command(
    "COPY source:key destination:key [DB destination-db:int] [REPLACE]",
    since="6.2.0",
    complexity="O(N) where N is the number of elements; O(1) for a string.",
    flags="write denyoom",
    keys="RO access; OW update",
    reply=Integer("1 if it was copied, 0 if not"),
)
def copy(session: Session, source: bytes, destination: bytes, *options: bytes) -> Reply:
    """Copy a value, with its time to live, to another key.

    Nothing happens, and the reply is 0, if the source does not exist, or if the destination does and REPLACE is not
    given. DB names the database of the destination.

    > SET draft hello
    OK
    > COPY draft letter
    (integer) 1
    > COPY draft letter
    (integer) 0
    > COPY draft letter REPLACE
    (integer) 1
    """
    target, replace = _copy_options(session, options)
    db = session.db
    if target is db and source == destination:
        raise ReplyError(errors.SAME_OBJECT)
    value = db.view_any(source, announce=True)
    if value is None:
        return 0
    expires = db.expiry(source)
    if target.exists(destination) and not replace:
        return 0
    twin = value.copy()
    twin.rebuilt()
    if isinstance(twin, String):
        # Its own bytes: a copied small integer is no longer the one that all keys share (OBJECT REFCOUNT).
        twin.own()
    before = target.view_any(destination, touch=False)
    _place(target, destination, twin, expires)
    target.touched(destination, "copy_to", notify.GENERIC)
    if before is not None:
        target.overwritten(destination, before)
    return 1


def _copy_options(session: Session, options: tuple[bytes, ...]) -> tuple[Database, bool]:
    target, replace = session.db, False
    words = iter(options)
    for option in words:
        name = option.upper()
        if name == b"REPLACE":
            replace = True
        elif name == b"DB" and (number := next(words, None)) is not None:
            target = _database(session, number)
        else:
            raise ReplyError(errors.SYNTAX)
    return target, replace


@command(
    "MOVE key db:int",
    since="1.0.0",
    complexity="O(1)",
    flags="write fast",
    keys="RW access update",
    reply=Integer("1 if it was moved, 0 if not"),
)
def move(session: Session, key: bytes, number: bytes) -> Reply:
    """Move a key to another database.

    Nothing happens, and the reply is 0, if the key does not exist here or exists there already.

    > SET tea green
    OK
    > MOVE tea 1
    (integer) 1
    > EXISTS tea
    (integer) 0
    """
    db, target = session.db, _database(session, number)
    if target is db:
        raise ReplyError(errors.SAME_OBJECT)
    value = db.view_any(key)
    if value is None or target.exists(key):
        return 0
    expires = db.expiry(key)
    db.remove(key, lazily=False)
    _place(target, key, _independent(session, value), expires, value.used)
    db.touched(key, "move_from", notify.GENERIC)
    target.touched(key, "move_to", notify.GENERIC)
    session.engine.dirty -= 1  # It is one change, though two keys are told of it.
    return 1
