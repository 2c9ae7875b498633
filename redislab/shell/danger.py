"""Which commands deserve a question first, sized by the data they would hit.

Owns the rules; it asks nothing itself. A rule looks at the keyspace without touching it and says in one sentence what
would happen, or nothing where so little is at stake that a question would only be in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redislab.lab import Lab, Session

__all__ = ["MANY", "warning"]

MANY = 100
"""Keys or elements from which on it is worth a question."""

Rule = Callable[[Lab, Session, Sequence[bytes], int], str | None]


def flushes_all(lab: Lab, session: Session, argv: Sequence[bytes], many: int) -> str | None:
    sizes = [len(db.values) for db in lab.engine.databases if db.values]
    where = "the database" if len(sizes) == 1 else f"{len(sizes)} databases"
    return f"FLUSHALL deletes all {sum(sizes):,} keys of {where}" if sum(sizes) >= many else None


def flushes_one(lab: Lab, session: Session, argv: Sequence[bytes], many: int) -> str | None:
    size = len(session.db.values)
    return f"FLUSHDB deletes all {size:,} keys of database {session.db_index}" if size >= many else None


def lists_keys(lab: Lab, session: Session, argv: Sequence[bytes], many: int) -> str | None:
    size = len(session.db.values)
    if size < many * 10:
        return None
    return f"KEYS looks at all {size:,} keys, and a real server serves nobody meanwhile (SCAN goes in small steps)"


def reads_whole(lab: Lab, session: Session, argv: Sequence[bytes], many: int) -> str | None:
    value: Any = session.db.values.get(argv[1]) if len(argv) > 1 else None
    size = len(value) if hasattr(value, "__len__") else 0
    if size < many * 10:
        return None
    return f"{argv[0].decode().upper()} prints all {size:,} elements of this {value.type}"


def stops(lab: Lab, session: Session, argv: Sequence[bytes], many: int) -> str | None:
    return "SHUTDOWN ends redislab"


RULES: dict[bytes, Rule] = {
    b"FLUSHALL": flushes_all,
    b"FLUSHDB": flushes_one,
    b"KEYS": lists_keys,
    b"HGETALL": reads_whole,
    b"SMEMBERS": reads_whole,
    b"SHUTDOWN": stops,
}


def warning(lab: Lab, session: Session, argv: Sequence[bytes], many: int = MANY) -> str | None:
    """What this command would do, in a sentence without its full stop, or None if it may go on unasked."""
    rule = RULES.get(argv[0].upper())
    if rule is None or session.in_multi or argv[0].lower().decode("latin-1") not in lab.commands:
        return None
    return rule(lab, session, argv, many)
