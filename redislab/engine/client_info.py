"""The line that describes a client, in CLIENT LIST and ACL LOG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.version import DEFAULT, Version

if TYPE_CHECKING:
    from redislab.engine.session import Session

__all__ = ["describe_client", "is_local"]


def is_local(client: Session) -> bool:
    """Whether a client came through a Unix socket: its address is the socket's path, and it has no port."""
    return client.address.endswith(":0") and (client.descriptor >= 0 or client.address.startswith("/"))


def _flags(client: Session) -> str:
    tracked = client.tracking
    flags = (
        ("O", client.monitoring),
        ("P", client.subscriptions),
        ("x", client.in_multi),
        ("b", client.blocked),
        ("t", tracked is not None),
        ("R", tracked is not None and tracked.broken),
        ("B", tracked is not None and tracked.broadcast),
        ("d", client.spoiled),
        ("c", client.closing),
        ("U", is_local(client)),
        ("e", client.no_evict),
        ("T", client.no_touch),
    )
    return "".join(letter for letter, holds in flags if holds) or "N"


def _newer(client: Session, fields: dict[str, object], version: Version) -> dict[str, object]:
    """The fields as a later version has them."""
    if version >= (7, 4):
        names = list(fields)
        place = names.index("multi") + 1
        items = list(fields.items())
        fields = dict([*items[:place], ("watch", len(client.watched)), *items[place:]])
    fields |= {name.decode(): text.decode("ascii", "replace") for name, text in client.library.items()}
    if version >= (8, 2):
        fields |= {"io-thread": 0, "tot-net-in": 0, "tot-net-out": 0, "tot-cmds": 0}
    return fields


def describe_client(client: Session, present: Sequence[bytes] = ()) -> bytes:
    """The line of CLIENT LIST. What a client inside this process does not have (buffers, a socket) counts 0 or -1.

    `present` is the command that is being executed for this client: of one with buffers it is in them still.
    """
    now = client.engine.now
    fields: dict[str, object] = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.descriptor,
        "name": client.name.decode("ascii", "replace"),
        "age": (now - client.created_ms) // 1000,
        "idle": max(0, now - client.last_used_ns // 1_000_000) // 1000,
        "flags": _flags(client),
        "db": client.db.index,
        "sub": len(client.channels),
        "psub": len(client.patterns),
        "ssub": len(client.shard_channels),
        "multi": -1 if client.queue is None else len(client.queue),
        "qbuf": 0,
        "qbuf-free": 0,
        "argv-mem": 0,
        "multi-mem": 0 if client.queue is None else sum(len(word) for _, argv in client.queue for word in argv),
        "rbs": 0,
        "rbp": 0,
        "obl": 0,
        "oll": len(client.outbox),
        "omem": 0,
        "tot-mem": 0,
        "events": "r",
        "cmd": client.last_command.name if client.last_command is not None else "NULL",
        "user": client.user.name.decode("utf-8", "surrogateescape"),
        "redir": -1 if client.tracking is None else client.tracking.redirect,
        "resp": client.protocol,
    }
    if (version := client.engine.version) != DEFAULT:
        fields = _newer(client, fields, version)
    buffers = dict(client.engine.host.buffers_of(client))
    if buffers and present:
        arguments = sum(map(len, present))
        request = arguments + sum(len(str(len(word))) + 5 for word in present) + len(str(len(present))) + 3
        for name, more in (("qbuf", request), ("qbuf-free", -request), ("argv-mem", arguments), ("tot-mem", arguments)):
            buffers[name] = max(0, int(buffers[name]) + more)
    fields.update(buffers)
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode("utf-8", "surrogateescape") + b"\n"
