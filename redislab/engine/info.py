"""INFO: the report on an engine, in sections of `field:value` lines.

A section is a function from the engine to its fields, in Redis' order; a field's value is its text. Here they are
listed, chosen by their names and written out. The sections themselves are in info_server, info_memory and info_stats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from redislab.engine import info_memory, info_server, info_stats

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["SECTIONS", "Fields", "fields", "report"]

Fields = Iterable[tuple[str, object]]

SECTIONS: dict[str, Callable[[Engine], Fields]] = {
    "server": info_server.server,
    "clients": info_server.clients,
    "memory": info_memory.memory,
    "persistence": info_server.persistence,
    "stats": info_stats.stats,
    "replication": info_server.replication,
    "cpu": info_server.cpu,
    "modules": info_server.modules,
    "commandstats": info_stats.commandstats,
    "errorstats": info_stats.errorstats,
    "latencystats": info_stats.latencystats,
    "cluster": info_server.cluster,
    "keyspace": info_server.keyspace,
}
"""In the order in which they are shown, whatever the order they are asked for in."""

TITLES = {"cpu": "CPU"}
NOT_BY_DEFAULT = frozenset(("commandstats", "latencystats"))
DEFAULT = frozenset(SECTIONS) - NOT_BY_DEFAULT
GROUPS = {"default": DEFAULT, "all": frozenset(SECTIONS), "everything": frozenset(SECTIONS)}


def report(engine: Engine, names: Sequence[str]) -> str:
    """The sections with these names (`default` without any) as one text; unknown names have none."""
    chosen: set[str] = set()
    for name in names or ("default",):
        chosen |= GROUPS.get(name.lower(), {name.lower()})
    return "\r\n".join(_section(engine, name) for name in SECTIONS if name in chosen)


def _section(engine: Engine, name: str) -> str:
    lines = [f"# {TITLES.get(name, name.capitalize())}\r\n"]
    lines += [f"{field}:{value}\r\n" for field, value in SECTIONS[name](engine)]
    return "".join(lines)


def fields(engine: Engine, section: str) -> dict[str, str]:
    """One section's fields and their texts."""
    return {name: str(value) for name, value in SECTIONS[section](engine)}
