"""The configuration parameters that later versions of Redis added, and those that they took away.

Declared as in config_parameters and imported only by an engine of such a version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.engine.config_kinds import BOOL, INT_MAX, LONG_MAX, ConfigError, choice, integer, memory, string
from redislab.engine.config_parameters import BY_NAME, DEFAULTS, Parameter, limit, of
from redislab.engine.config_special import EVENTS_82
from redislab.engine.version import Version

if TYPE_CHECKING:
    from redislab.engine.config import Config

__all__ = ["extend"]


def _check_locale(name: str) -> None:
    if name not in ("", "C", "POSIX"):
        raise ConfigError("Invalid locale name")


P = Parameter
LONG, COUNT = integer(0, LONG_MAX), integer(1, INT_MAX)

# fmt: off
_ADDED: dict[Version, tuple[Parameter, ...]] = {
    (7, 2): (
        *of("data",
            P("set-max-listpack-entries", LONG, 128, "members a set may hold as a listpack",
              limit("set_max_listpack_entries")),
            P("set-max-listpack-value", LONG, 64, "bytes of the longest of them", limit("set_max_listpack_value"))),
        *of("cluster",
            P("cluster-announce-human-nodename", string(null=False), "", "a name for people, told to other nodes")),
        *of("process",
            P("loglevel", choice("debug", "verbose", "notice", "warning", "nothing"), "notice",
              "what is worth a line in the log"),
            P("locale-collate", string(_check_locale, null=False), "", "the order of letters for SORT")),
    ),
    (7, 4): of("process",
        *(P(name, string(null=False), "", f"processors, formerly {name.replace('-cpulist', '_cpulist')}", live=False)
          for name in ("aof-rewrite-cpulist", "bgsave-cpulist", "bio-cpulist", "server-cpulist")),
        P("hide-user-data-from-log", BOOL, False, "whether the log leaves out what users stored"),
        P("max-new-connections-per-cycle", integer(1, 1000), 10, "connections accepted at once"),
        P("max-new-tls-connections-per-cycle", integer(1, 1000), 1, "connections with TLS accepted at once"),
    ),
    (8, 2): of("process",
        P("cluster-compatibility-sample-ratio", integer(0, 100), 0, "% of commands checked for what a cluster refuses"),
        P("cluster-slot-stats-enabled", BOOL, False, "whether a cluster counts for each slot"),
        P("replica-full-sync-buffer-limit", memory(0, (1 << 63) - 1), 0, "what a replica may buffer while it loads"),
        P("vset-force-single-threaded-execution", BOOL, False, "whether vector sets do without threads"),
    ),
}
# fmt: on
_REMOVED = {(7, 2): ("aof-disable-auto-gc",), (8, 2): ("io-threads-do-reads",)}


def extend(config: Config, version: Version) -> None:
    """Give a configuration the parameters of a later version."""
    config.parameters = dict(BY_NAME)
    for since, parameters in _ADDED.items():
        if since <= version:
            for each in parameters:
                config.parameters[each.name] = each
                config.values[each.name] = each.default
    for since, names in _REMOVED.items():
        if since <= version:
            for name in names:
                del config.parameters[name]
    if version >= (8, 2):
        events = config.parameters["notify-keyspace-events"]
        config.parameters[events.name] = Parameter(events.name, EVENTS_82, events.default, events.help, events.apply)
    config.all_names = tuple(sorted(name for name, each in config.parameters.items() if not each.hidden))
    assert DEFAULTS.keys() <= config.values.keys()
