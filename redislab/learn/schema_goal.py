"""The shape of a goal: what must be true of the data when a step is solved.

A goal is a list of checks that must all hold. Every check looks at the state of the database through a second
client, at the replies the learner got, or at the commands the learner sent; none compares the text that was typed
with a text of the author's. This module holds shapes only: `check.py` judges, `load.py` reads.

One check is a mapping with exactly one of the words of `Check` that make a claim (`key`, `absent`, `exists`,
`unchanged`, `changes_only`, `keys`, `same`, `reply`, `answer`, `published`, `pending`, `config`, `clients`, `used`,
`not_used`, `max_commands`, `max_writes`, `all`, `any`, `not`), and beside it what that claim needs.

Text and numbers: the value 60 of a key may be written 60 or "60", Redis keeps text in either case. Write a number
with leading zeros, a plus sign or trailing zeros (`007`, `1.50`) as you want it compared; it stays text. `yes`, `no`,
`on`, `off`, dates and times are plain text here, not booleans or dates.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, field

__all__ = [
    "Check",
    "ClientState",
    "KeyState",
    "Pending",
    "Published",
    "Range",
    "ReplyIs",
    "Scalar",
    "Shape",
]

Scalar = str | int | float
"""A text or number as Redis keeps it: compared as text, byte for byte, except for scores and reply numbers."""

Range = Annotated[list[float | None], Meta(min_length=2, max_length=2)]
"""[least, most], both included; null for no limit on that side: `[1, 60]`, `[0, null]`."""


class Shape(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all shapes share: fields by name only, an unknown field is an error."""


class KeyState(Shape, kw_only=True):
    """What one key must be like (under `is`). Leave out what does not matter. A `key` check without `absent` or
    `type: none` also fails when the key does not exist.

    - key: cart
      is: {type: hash, value: {apples: 3, pears: 1}, ttl: none}
    - key: board
      is: {value: [bob, ann], scores: {ann: [90, 100]}}
    """

    type: Literal["string", "list", "set", "zset", "hash", "stream", "none"] | None = None
    """As TYPE answers. HyperLogLogs and bitmaps are strings, geo sets are zsets. `none`: the key must not exist."""

    value: Scalar | list[Any] | dict[str, Any] | None = None
    """The whole value. By type: string: the text. list: the elements from head to tail. set: the members, in any
    order. hash: {field: value}, all of them. zset: [members from lowest to highest] or {member: score}. stream: the
    entries from oldest to newest, each {field: value}, or {id: ID, fields: {field: value}} where the id matters."""

    unordered: bool = False
    """With `value` for a list, zset or stream: the order does not matter, how often an element occurs does."""

    contains: Scalar | list[Any] | dict[str, Any] | None = None
    """Part of the value. string: a piece of text. list, set, zset: elements that must be there. hash: the fields
    [name, …] or {field: value}. zset: {member: score}. stream: entries, as in `value`."""

    lacks: Scalar | list[Any] | None = None
    """Elements, members or field names that must not be there; for a string a piece of text that must not occur."""

    length: int | Range | None = None
    """STRLEN, LLEN, SCARD, HLEN, ZCARD or XLEN: a number, or [least, most]."""

    between: Range | None = None
    """A string read as a number lies in this range."""

    json: Any = None
    """A string that holds JSON equal to this. The order of members and white space do not matter."""

    scores: dict[str, float | Range] | None = None
    """Of a zset: {member: score} or {member: [least, most]}; other members may be there."""

    positions: dict[str, Annotated[list[float], Meta(min_length=2, max_length=2)]] | None = None
    """Of a geo set: {member: [longitude, latitude]}, within 0.0001 degrees (about 10 m)."""

    bits: dict[str, Literal[0, 1]] | None = None
    """Of a bitmap: {offset: 0 or 1}."""

    bit_count: int | Range | None = None
    """BITCOUNT of the whole string."""

    cardinality: int | Range | None = None
    """PFCOUNT of a HyperLogLog. Give a range, the count is an estimate."""

    groups: list[str] | None = None
    """Names of all consumer groups of a stream, in any order."""

    ttl: Range | Literal["none", "some"] | None = None
    """Seconds left: [least, most]; `none`: the key stays for ever; `some`: it has a time to live, whatever it is."""

    encoding: str | list[str] | None = None
    """As OBJECT ENCODING answers, or one of several. On a server of another version encodings may differ."""


class ReplyIs(Shape, kw_only=True):
    """What a reply to the learner must be. It is about the learner's last command, or with `of` the last command of
    that name. Give one or more of the other words.

    - reply: {of: LLEN, equals: 3}
    - reply: {error: WRONGTYPE}
    - reply: {of: HGETALL, same_as: HGETALL user:1}
    """

    of: str | None = None
    """A command's name, with its subcommand if it has one: GET, `CONFIG GET`."""

    equals: Any = UNSET
    """The reply itself. An integer reply is a number (3), a bulk or status a text ("3", OK), nil null, an array a list.
    Members of sets are compared in any order if `unordered` is true. A map is a mapping."""

    error: str | None = None
    """The reply is an error with this code (WRONGTYPE) or, if there is a blank in it, with exactly this text."""

    kind: Literal["integer", "text", "status", "nil", "array", "error", "double"] | None = None
    """What sort of reply it is: text is a bulk string, status a line such as OK."""

    length: int | Range | None = None
    """The number of elements of an array, or of bytes of a text."""

    between: Range | None = None
    """An integer, double, or text that is a number, in this range."""

    contains: Scalar | list[Any] | None = None
    """A piece of a text, or elements of an array."""

    same_as: str | None = None
    """A command whose reply, asked for now by another client, must be the same. Nothing is stored in the lesson."""

    unordered: bool = False
    """Arrays are compared without regard to order."""


class Published(Shape, kw_only=True):
    """A message that was published since the step began.

    - published: {channel: news, message: hello}
    """

    channel: str
    message: Scalar | None = None
    """The whole message; left out, any message will do."""

    times: int | Range | None = None
    """How often; left out, once or more."""


class Pending(Shape, kw_only=True):
    """What XPENDING says of a consumer group.

    - pending: {key: orders, group: workers, consumer: ann, count: 2}
    """

    key: str
    group: str
    consumer: str | None = None
    count: int | Range | None = None
    ids: list[str] | None = None
    """The ids of exactly the entries that are pending, oldest first."""


class ClientState(Shape, kw_only=True):
    """What CLIENT LIST says of one client. The learner's own client is called `main`.

    - clients: {bob: {blocked: true}, main: {db: 2}}
    """

    connected: bool = True
    db: int | None = None
    blocked: bool | None = None
    in_multi: bool | None = None
    queued: int | None = None
    """Commands waiting in MULTI."""
    channels: int | None = None
    """Channels subscribed to (patterns are not counted)."""
    patterns: int | None = None
    protocol: Literal[2, 3] | None = None
    """The protocol spoken, since HELLO."""


class Check(Shape, kw_only=True):
    """One claim. Exactly one of the claims below, and `db` and `say` beside it where they are of use."""

    key: str | None = None
    """A key whose state is described by `is`."""
    is_: KeyState | None = field(default=None, name="is")
    """With `key` only. Without it the key just has to exist."""

    absent: str | list[str] | None = None
    """A key or keys that must not exist."""
    exists: str | list[str] | None = None
    """A key or keys that must exist."""
    unchanged: str | list[str] | None = None
    """A key or keys with the type, value and kind of expiry they had when the step began (the TTL may run on)."""
    changes_only: list[str] | None = None
    """Every key but these is as it was when the step began. `[]`: nothing may have changed."""
    keys: list[str] | None = None
    """The database holds exactly these keys."""
    same: Annotated[list[str], Meta(min_length=2, max_length=2)] | None = None
    """Two commands that must give the same reply now; a number equals its text: `[GET total, LLEN orders]`."""
    unordered: bool = False
    """With `same` only: compare arrays without regard to order."""

    reply: ReplyIs | None = None
    """What the learner was answered."""
    answer: str | None = None
    """In `mistakes` of predict, choose, fill, order and match: the learner's answer is this one (judged as an answer,
    so `(integer) 3` and `3` are one). Choose: the numbers of the options as they stand in the file, `2` or `1 3`."""
    published: Published | None = None
    pending: Pending | None = None
    config: dict[str, Scalar] | None = None
    """{parameter: value} as CONFIG GET answers, so `maxmemory: 104857600`, not `100mb`."""
    clients: dict[str, ClientState] | None = None
    """{client's name: state}."""

    used: str | list[str] | None = None
    """Commands the learner must have sent, each at least once and without an error: `EXPIRE`, `CONFIG SET`. Words after
    the name are options that must be among the arguments: `SET NX`, `ZADD GT CH`."""
    not_used: str | list[str] | None = None
    """Commands the learner must not have used, in the same form; one that failed does not count."""
    max_commands: int | None = None
    """At most so many commands, reads and errors too, since the step began or was reset."""
    max_writes: int | None = None
    """At most so many commands that write (flag `write`, and EVAL, FCALL and the like). Looking is free, and so are
    commands that failed."""

    all_: list[Check] | None = field(default=None, name="all")
    any_: list[Check] | None = field(default=None, name="any")
    not_: Check | None = field(default=None, name="not")

    db: int | None = None
    """The database meant by a claim about keys; 0 unless told."""
    say: str | None = None
    """A sentence in place of the one made up when this check fails. Rarely needed."""
