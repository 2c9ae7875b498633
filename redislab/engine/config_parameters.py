"""Every configuration parameter of Redis 7.0.15, declared once.

CONFIG GET, SET and REWRITE, reading redis.conf, completion of parameter names and help are derived from these lines. A
parameter is declared in an area, a part of redislab. Where that part is not built, or means nothing in one Python
process, the parameter is kept and shown as Redis does, and `Parameter.effect` says that it does nothing. Who builds an
area adds it to BUILT.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.engine import dataset
from redislab.engine.config_kinds import (
    BOOL,
    INT_MAX,
    LONG_MAX,
    SDS,
    UNSIGNED_LONG_MAX,
    ConfigError,
    Kind,
    choice,
    choices,
    forced_string,
    integer,
    memory,
    memory_or_percent,
    octal,
    refusing_yes,
    string,
)
from redislab.engine.config_special import (
    ADDRESSES,
    BUFFER_LIMITS,
    BUFFER_LIMITS_DEFAULT,
    EVENTS,
    OOM_SCORES,
    PERCENTILES,
    REPLICA_OF,
    SAVE_POINTS,
    check_file_name,
    check_host_name,
    check_shutdown,
    check_title,
)

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["BUILT", "BY_NAME", "DEFAULTS", "NAMES", "PARAMETERS", "Parameter", "limit", "of"]

BUILT = {"acl", "data", "memory", "observers", "scripting", "streams", "tracking"}
"""The areas whose parameters have an effect."""

IN_A_SERVER = "redislab keeps this value; it has an effect only in a server (redislab serve)"
EFFECTS = {
    "process": "redislab keeps this value, but it has no effect here: redislab is one Python process",
    "persistence": IN_A_SERVER,
    "server": IN_A_SERVER,
    "tls": IN_A_SERVER,
}
NO_EFFECT = "redislab keeps this value, but it has no effect here"

MOST_DATABASES = 16384
"""Each takes some memory, also while it is empty."""

Apply = Callable[["Engine", Any], None]


class Parameter:
    """One parameter.

    `apply` is told the engine and the new value, and may refuse it with ConfigError. `live` says whether CONFIG SET may
    change it, `protected` that only an enable-… setting lets it. `machine` marks values that belong to the machine and
    its files, `secret` passwords. A `hidden` one is shown only when asked for by its whole name. `least` is what CONFIG
    SET makes of anything below, while a file may say less.
    """

    __slots__ = (
        "alias", "apply", "area", "default", "help", "hidden", "kind", "least", "live", "machine", "name", "protected",
        "secret",
    )  # fmt: skip

    def __init__(
        self, name: str, kind: Kind, default: Any, help: str, apply: Apply | None = None, *, alias: str = "",
        live: bool = True, protected: bool = False, machine: bool = False, secret: bool = False, hidden: bool = False,
        least: int | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help
        self.apply = apply
        self.alias = alias
        self.live = live
        self.protected = protected
        self.machine = machine
        self.secret = secret
        self.hidden = hidden
        self.least = least
        self.area = "data"

    @property
    def effect(self) -> str:
        """Why the parameter has no effect in a lab, to be read after its name and a colon; empty if it has one."""
        return "" if self.area in BUILT else EFFECTS.get(self.area, NO_EFFECT)


def of(area: str, *parameters: Parameter) -> tuple[Parameter, ...]:
    """Put parameters into an area."""
    for parameter in parameters:
        parameter.area = area
    return parameters


# -- what changes with a parameter ---------------------------------------------------------------------------


def limit(attribute: str) -> Apply:
    """What a parameter does that is one of the limits of encodings."""

    def apply(engine: Engine, value: Any) -> None:
        setattr(engine.limits, attribute, value)

    return apply


def _attribute(name: str) -> Apply:
    def apply(engine: Engine, value: Any) -> None:
        setattr(engine, name, value)

    return apply


def _apply_latency_threshold(engine: Engine, milliseconds: int) -> None:
    if engine.observers is not None:
        engine.observers.latency.set_threshold(milliseconds)
        engine.observers.refresh_alarm()


def _apply_tracking_of_times(engine: Engine, wanted: bool) -> None:
    if engine.observers is not None:
        engine.observers.track(wanted)


def _apply_percentiles(engine: Engine, percentiles: tuple[float, ...]) -> None:
    if engine.observers is not None:
        engine.observers.percentiles = percentiles


def _apply_slow_threshold(engine: Engine, microseconds: int) -> None:
    if engine.observers is not None:
        engine.observers.slow_log.set_threshold(microseconds)
        engine.observers.refresh_alarm()


def _apply_slow_length(engine: Engine, length: int) -> None:
    if engine.observers is not None:
        engine.observers.slow_log.length = length


def _apply_events(engine: Engine, flags: int) -> None:
    engine.notify_flags = flags
    engine.refresh_alert()


def _apply_policy(engine: Engine, policy: str) -> None:
    engine.lfu = policy.endswith("-lfu")
    engine.refresh_alert()


def _apply_password(engine: Engine, password: str) -> None:
    engine.acl.set_default_password(password.encode("utf-8", "surrogateescape"))


def _apply_channels(engine: Engine, channels: str) -> None:
    engine.acl.all_channels = channels == "allchannels"


def _apply_log_length(engine: Engine, length: int) -> None:
    engine.acl.log.max_length = length


def _apply_databases(engine: Engine, count: int) -> None:
    if count > MOST_DATABASES:
        raise ConfigError(f"redislab has {MOST_DATABASES} databases at most")
    dataset.set_databases(engine, count)


def _apply_debug(engine: Engine, who: str) -> None:
    engine.enable_debug = who != "no"


def _tls_port(engine: Engine, port: int) -> None:
    if not engine.host.speaks_tls:
        _no_tls(engine, port)


def _no_tls(engine: Engine, value: Any) -> None:
    """Only a server speaks TLS, and with its clients only."""
    if value:
        raise ConfigError("Unable to update TLS configuration. Check server logs.")


# -- the parameters ------------------------------------------------------------------------------------------

P = Parameter
LONG, SIGNED, COUNT, PORT = integer(0, LONG_MAX), integer(-(1 << 31), INT_MAX), integer(0, INT_MAX), integer(0, 65535)
POSITIVE, SIZE, TEXT, WHO = integer(1, INT_MAX), memory(0, LONG_MAX), string(), choice("no", "yes", "local")
PERCENT = integer(0, 1000)
SHUTDOWN = choices("default", "save", "nosave", "now", "force", check=check_shutdown)
POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random",
    "noeviction",
)  # fmt: skip
NO_DEFRAG = (
    "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the"
    " one shipped by default with the Redis source distribution"
)

# fmt: off
_DATA = of("data",
    P("databases", POSITIVE, 16, "number of databases", _apply_databases, live=False),
    P("enable-debug-command", WHO, "no", "who may use DEBUG", _apply_debug, live=False),
    P("enable-protected-configs", WHO, "no", "who may set dir and dbfilename at run time", live=False),
    P("hash-max-listpack-entries", LONG, 512, "fields a hash may have as a listpack",
      limit("hash_max_listpack_entries"), alias="hash-max-ziplist-entries"),
    P("hash-max-listpack-value", SIZE, 64, "bytes of a field or value in a listpack",
      limit("hash_max_listpack_value"), alias="hash-max-ziplist-value"),
    P("hll-sparse-max-bytes", SIZE, 3000, "bytes of a HyperLogLog before it becomes dense",
      limit("hll_sparse_max_bytes")),
    P("lfu-decay-time", COUNT, 1, "minutes after which an LFU counter loses one", _attribute("lfu_decay_time")),
    P("lfu-log-factor", COUNT, 10, "how slowly an LFU counter grows", _attribute("lfu_log_factor")),
    P("list-compress-depth", COUNT, 0, "list nodes at each end that stay uncompressed", limit("list_compress_depth")),
    P("list-max-listpack-size", SIGNED, -2, "elements, or size class, of a node", limit("list_max_listpack_size"),
      alias="list-max-ziplist-size"),
    P("maxmemory-policy", choice(*POLICIES), "noeviction", "which keys go when memory is full", _apply_policy),
    P("notify-keyspace-events", EVENTS, 0, "classes of keyspace events to publish", _apply_events),
    P("proto-max-bulk-len", memory(1 << 20, LONG_MAX), 512 << 20, "bytes of the longest string",
      limit("proto_max_bulk_len")),
    P("requirepass", SDS, "", "password of the default user", _apply_password, secret=True),
    P("set-max-intset-entries", LONG, 512, "integers a set may hold as an intset", limit("set_max_intset_entries")),
    P("zset-max-listpack-entries", LONG, 128, "members a sorted set may have as a listpack",
      limit("zset_max_listpack_entries"), alias="zset-max-ziplist-entries"),
    P("zset-max-listpack-value", SIZE, 64, "bytes of a member in a listpack", limit("zset_max_listpack_value"),
      alias="zset-max-ziplist-value"),
)

_STREAMS = of("streams",
    P("stream-node-max-bytes", SIZE, 4096, "bytes of a stream's node before another begins; 0: no limit",
      limit("stream_node_max_bytes")),
    P("stream-node-max-entries", LONG, 100, "entries of a stream's node before another begins; 0: no limit",
      limit("stream_node_max_entries")),
)

_MEMORY = of("memory",
    P("maxmemory", memory(0, UNSIGNED_LONG_MAX), 0, "bytes of data before keys are evicted; 0: no limit"),
    P("maxmemory-eviction-tenacity", integer(0, 100), 10, "how long one round of evicting may take; 100: to the end"),
    P("maxmemory-samples", POSITIVE, 5, "keys looked at to find one to evict"),
)

_ACL = of("acl",
    P("acl-pubsub-default", choice("allchannels", "resetchannels"), "resetchannels",
      "channels a new user may use", _apply_channels),
    P("aclfile", string(null=False), "", "file with the users, instead of `user` lines", live=False, machine=True),
    P("acllog-max-len", LONG, 128, "entries that ACL LOG keeps", _apply_log_length),
)

_OBSERVED = of("observers",
    P("latency-monitor-threshold", LONG, 0, "ms from which an event is noted for LATENCY; 0: none are",
      _apply_latency_threshold),
    P("latency-tracking", BOOL, True, "whether times are counted for each command", _apply_tracking_of_times),
    P("latency-tracking-info-percentiles", PERCENTILES, (50.0, 99.0, 99.9), "percentiles that INFO shows",
      _apply_percentiles),
    P("slowlog-log-slower-than", integer(-1, LONG_MAX), 10000, "µs from which a command is slow; -1: none is",
      _apply_slow_threshold),
    P("slowlog-max-len", LONG, 128, "entries that SLOWLOG keeps", _apply_slow_length),
)

_SCRIPTS = of("scripting",
    P("busy-reply-threshold", LONG, 5000, "ms after which a running script makes others hear BUSY",
      alias="lua-time-limit"),
)

_TRACKING = of("tracking",
    P("tracking-table-max-keys", LONG, 1000000, "keys remembered for client-side caching; 0: no limit"),
)

_FILES = of("persistence",
    P("aof-load-truncated", BOOL, True, "whether to start from an append-only file whose end is cut off"),
    P("aof-timestamp-enabled", BOOL, False, "whether times are noted in the append-only file"),
    P("aof-use-rdb-preamble", BOOL, True, "whether a rewritten append-only file begins as a snapshot"),
    P("appenddirname", string(check_file_name("appenddirname", "dirname"), null=False), "appendonlydir",
      "folder of the append-only files", live=False, machine=True),
    P("appendfilename", string(check_file_name("appendfilename"), null=False), "appendonly.aof",
      "how the names of append-only files begin", live=False, machine=True),
    P("appendfsync", choice("everysec", "always", "no"), "everysec", "when the append-only file is put on the disk"),
    P("appendonly", BOOL, False, "whether every write is appended to a file"),
    P("auto-aof-rewrite-min-size", SIZE, 64 << 20, "bytes before the append-only file is rewritten by itself"),
    P("auto-aof-rewrite-percentage", COUNT, 100, "growth in percent at which it is rewritten; 0: never"),
    P("dbfilename", string(check_file_name("dbfilename", empty=True), null=False), "dump.rdb",
      "name of the snapshot's file", protected=True, machine=True),
    P("dir", forced_string(), "/", "folder in which all files are", protected=True, machine=True),
    P("no-appendfsync-on-rewrite", BOOL, False, "whether a rewrite holds off putting writes on the disk"),
    P("rdbchecksum", BOOL, True, "whether snapshots end with a checksum", live=False),
    P("rdbcompression", BOOL, True, "whether long strings are compressed in snapshots"),
    P("sanitize-dump-payload", choice("no", "yes", "clients"), "no", "whether what RESTORE gets is looked through"),
    P("save", SAVE_POINTS, ((3600, 1), (300, 100), (60, 10000)),
      "pairs of seconds and changes after which a snapshot is made"),
    P("stop-writes-on-bgsave-error", BOOL, True, "whether writes are refused after a snapshot failed"),
)

_REPLICATION = of("replication",
    P("masterauth", SDS, "", "password for the master", secret=True),
    P("masteruser", TEXT, "", "user name for the master", secret=True),
    P("min-replicas-max-lag", COUNT, 10, "seconds after which a silent replica no longer counts",
      alias="min-slaves-max-lag"),
    P("min-replicas-to-write", COUNT, 0, "replicas without which writes are refused", alias="min-slaves-to-write"),
    P("propagation-error-behavior", choice("ignore", "panic", "panic-on-replicas"), "ignore",
      "what follows when a command of the master fails here"),
    P("rdb-del-sync-files", BOOL, False, "whether snapshots made for replicas are removed"),
    P("repl-backlog-size", memory(1, LONG_MAX), 1 << 20, "bytes kept for replicas that return", least=16 << 10),
    P("repl-backlog-ttl", LONG, 3600, "seconds that these are kept without any replica; 0: for ever"),
    P("repl-disable-tcp-nodelay", BOOL, False, "whether writes are gathered before they go to replicas"),
    P("repl-diskless-load", choice("disabled", "on-empty-db", "swapdb"), "disabled",
      "whether a replica loads a snapshot straight from the link"),
    P("repl-diskless-sync", BOOL, True, "whether snapshots go to replicas without a file"),
    P("repl-diskless-sync-delay", COUNT, 5, "seconds to wait for more replicas before"),
    P("repl-diskless-sync-max-replicas", COUNT, 0, "replicas that end this wait; 0: no number does"),
    P("repl-ping-replica-period", POSITIVE, 10, "seconds between pings to replicas", alias="repl-ping-slave-period"),
    P("repl-timeout", POSITIVE, 60, "seconds of silence after which a link is given up"),
    P("replica-announce-ip", TEXT, "", "address that a replica tells its master", alias="slave-announce-ip"),
    P("replica-announce-port", PORT, 0, "port that a replica tells its master", alias="slave-announce-port"),
    P("replica-announced", BOOL, True, "whether Sentinel tells of this replica"),
    P("replica-ignore-disk-write-errors", BOOL, False, "whether a replica goes on when it cannot write to its disk"),
    P("replica-ignore-maxmemory", BOOL, True, "whether a replica leaves evicting to its master",
      alias="slave-ignore-maxmemory"),
    P("replica-lazy-flush", BOOL, False, "whether a replica empties itself in the background",
      alias="slave-lazy-flush"),
    P("replica-priority", COUNT, 100, "rank when Sentinel chooses a master, low first; 0: never",
      alias="slave-priority"),
    P("replica-read-only", BOOL, True, "whether a replica refuses writes of clients", alias="slave-read-only"),
    P("replica-serve-stale-data", BOOL, True, "whether a replica cut off from its master answers",
      alias="slave-serve-stale-data"),
    P("replicaof", REPLICA_OF, (), "host and port of the master", alias="slaveof", live=False, machine=True),
)

_CLUSTER = of("cluster",
    P("cluster-allow-pubsubshard-when-down", BOOL, True, "whether shard channels work in a cluster that is down"),
    P("cluster-allow-reads-when-down", BOOL, False, "whether a node reads in a cluster that is down"),
    P("cluster-allow-replica-migration", BOOL, True, "whether replicas move to masters without any"),
    P("cluster-announce-bus-port", PORT, 0, "bus port told to other nodes"),
    P("cluster-announce-hostname", string(check_host_name), "", "host name told to clients"),
    P("cluster-announce-ip", TEXT, "", "address told to other nodes"),
    P("cluster-announce-port", PORT, 0, "port told to other nodes"),
    P("cluster-announce-tls-port", PORT, 0, "TLS port told to other nodes"),
    P("cluster-config-file", string(null=False), "nodes.conf", "file in which a node keeps the cluster",
      live=False, machine=True),
    P("cluster-enabled", BOOL, False, "whether this is a node of a cluster", live=False),
    P("cluster-link-sendbuf-limit", memory(0, UNSIGNED_LONG_MAX), 0, "bytes waiting on a link before it is dropped"),
    P("cluster-migration-barrier", COUNT, 1, "replicas a master keeps before one may move away"),
    P("cluster-node-timeout", LONG, 15000, "ms of silence after which a node counts as failing"),
    P("cluster-port", PORT, 0, "bus port; 0: the port plus 10000", live=False, machine=True),
    P("cluster-preferred-endpoint-type", choice("ip", "hostname", "unknown-endpoint"), "ip",
      "what redirections name a node by"),
    P("cluster-replica-no-failover", BOOL, False, "whether this replica never takes over by itself",
      alias="cluster-slave-no-failover"),
    P("cluster-replica-validity-factor", COUNT, 10, "how old a replica's data may be for a failover; 0: any age",
      alias="cluster-slave-validity-factor"),
    P("cluster-require-full-coverage", BOOL, True, "whether a slot without a node brings the cluster down"),
)

_SERVER = of("server",
    P("bind", ADDRESSES, ("*", "-::*"), "addresses to listen on", machine=True),
    P("client-output-buffer-limit", BUFFER_LIMITS, BUFFER_LIMITS_DEFAULT,
      "class, hard limit, soft limit and its seconds, after which a client that does not read is closed"),
    P("client-query-buffer-limit", memory(1 << 20, LONG_MAX), 1 << 30, "bytes of a request before a client is closed"),
    P("logfile", string(null=False), "", "file for the log; none: standard output", live=False, machine=True),
    P("loglevel", choice("debug", "verbose", "notice", "warning"), "notice", "what is worth a line in the log"),
    P("maxclients", integer(1, (1 << 32) - 1), 10000, "clients at a time"),
    P("maxmemory-clients", memory_or_percent(), 0, "bytes, or percent of maxmemory, for all clients; 0: no limit"),
    P("pidfile", TEXT, "", "file with the number of the process", live=False, machine=True),
    P("port", PORT, 6379, "TCP port; 0: none", machine=True),
    P("protected-mode", BOOL, True, "whether a server without a password refuses clients of other machines"),
    P("shutdown-on-sigint", SHUTDOWN, (), "how to end at Ctrl-C"),
    P("shutdown-on-sigterm", SHUTDOWN, (), "how to end at SIGTERM"),
    P("shutdown-timeout", COUNT, 10, "seconds to wait for replicas before the end"),
    P("tcp-keepalive", COUNT, 300, "seconds between signs of life on a silent link; 0: none"),
    P("timeout", COUNT, 0, "seconds after which an idle client is closed; 0: never"),
    P("unixsocket", TEXT, "", "path of a Unix socket to listen on", live=False, machine=True),
    P("unixsocketperm", octal(0o777), 0, "permissions of that socket", live=False, machine=True),
)

_TLS = of("tls",
    P("tls-auth-clients", choice("no", "yes", "optional"), "yes", "whether clients need a certificate"),
    P("tls-ca-cert-dir", TEXT, "", "folder with trusted certificates", machine=True),
    P("tls-ca-cert-file", TEXT, "", "file with trusted certificates", machine=True),
    P("tls-cert-file", TEXT, "", "certificate of the server", machine=True),
    P("tls-ciphers", TEXT, "", "ciphers up to TLS 1.2"),
    P("tls-ciphersuites", TEXT, "", "ciphers of TLS 1.3"),
    P("tls-client-cert-file", TEXT, "", "certificate for links that the server opens", machine=True),
    P("tls-client-key-file", TEXT, "", "key for links that the server opens", machine=True),
    P("tls-client-key-file-pass", TEXT, "", "password of that key", secret=True),
    P("tls-cluster", BOOL, False, "whether nodes of a cluster talk TLS", _no_tls),
    P("tls-dh-params-file", TEXT, "", "Diffie-Hellman parameters", machine=True),
    P("tls-key-file", TEXT, "", "key of the server", machine=True),
    P("tls-key-file-pass", TEXT, "", "password of that key", secret=True),
    P("tls-port", PORT, 0, "port for TLS; 0: none", _tls_port, machine=True),
    P("tls-prefer-server-ciphers", BOOL, False, "whether the server chooses the cipher"),
    P("tls-protocols", TEXT, "", "versions of TLS"),
    P("tls-replication", BOOL, False, "whether replicas talk TLS", _no_tls),
    P("tls-session-cache-size", COUNT, 20480, "TLS sessions kept; 0: no limit"),
    P("tls-session-cache-timeout", COUNT, 300, "seconds for which they are kept"),
    P("tls-session-caching", BOOL, True, "whether TLS sessions are kept"),
)

_PROCESS = of("process",
    P("active-defrag-cycle-max", integer(1, 99), 25, "most CPU for defragmentation, in percent"),
    P("active-defrag-cycle-min", integer(1, 99), 1, "least CPU for defragmentation, in percent"),
    P("active-defrag-ignore-bytes", memory(1, LONG_MAX), 100 << 20, "wasted bytes that are put up with"),
    P("active-defrag-max-scan-fields", integer(1, LONG_MAX), 1000, "fields of one key gone through at a time"),
    P("active-defrag-threshold-lower", PERCENT, 10, "fragmentation in percent that begins it"),
    P("active-defrag-threshold-upper", PERCENT, 100, "fragmentation in percent that needs most effort"),
    P("active-expire-effort", integer(1, 10), 1, "how hard expired keys are looked for"),
    P("activedefrag", refusing_yes(NO_DEFRAG), False, "whether memory is defragmented while the server runs"),
    P("activerehashing", BOOL, True, "whether hash tables grow a little every 100 ms"),
    P("always-show-logo", BOOL, False, "whether the logo is shown also without a terminal", live=False),
    P("aof-disable-auto-gc", BOOL, False, "whether old append-only files stay"),
    P("aof-rewrite-incremental-fsync", BOOL, True, "whether a rewrite goes to the disk bit by bit"),
    P("aof_rewrite_cpulist", TEXT, "", "processors for rewriting the append-only file", live=False),
    P("bgsave_cpulist", TEXT, "", "processors for saving in the background", live=False),
    P("bind-source-addr", TEXT, "", "address that links to others start from", machine=True),
    P("bio_cpulist", TEXT, "", "processors for background work", live=False),
    P("crash-log-enabled", BOOL, True, "whether a crash is reported in the log"),
    P("crash-memcheck-enabled", BOOL, True, "whether memory is tested after a crash"),
    P("daemonize", BOOL, False, "whether to go into the background", live=False),
    P("disable-thp", BOOL, True, "whether huge pages are switched off for the process", live=False),
    P("dynamic-hz", BOOL, True, "whether hz rises with the number of clients"),
    P("enable-module-command", WHO, "no", "who may use MODULE", live=False),
    P("hz", integer(0, INT_MAX, least=1, most=500), 10, "rounds of background work a second"),
    P("ignore-warnings", string(null=False), "", "warnings at the start that are no obstacle"),
    P("io-threads", integer(1, 128), 1, "threads that read and write", live=False),
    P("io-threads-do-reads", BOOL, False, "whether they read, too", live=False),
    P("jemalloc-bg-thread", BOOL, True, "whether memory is given back in the background"),
    P("lazyfree-lazy-eviction", BOOL, False, "whether evicted values are freed in the background"),
    P("lazyfree-lazy-expire", BOOL, False, "whether expired values are freed in the background"),
    P("lazyfree-lazy-server-del", BOOL, False, "whether replaced values are freed in the background"),
    P("lazyfree-lazy-user-del", BOOL, False, "whether DEL frees in the background, as UNLINK does"),
    P("lazyfree-lazy-user-flush", BOOL, False, "whether FLUSHALL and FLUSHDB free in the background"),
    P("oom-score-adj", choice("no", "yes", "relative", "absolute", relative="yes"), "no",
      "whether to tell Linux what to kill first when memory runs out"),
    P("oom-score-adj-values", OOM_SCORES, (0, 200, 800), "scores of master, replica and saving child"),
    P("proc-title-template", string(check_title, null=False), "{title} {listen-addr} {server-mode}",
      "how the process is called in lists"),
    P("rdb-save-incremental-fsync", BOOL, True, "whether a snapshot goes to the disk bit by bit"),
    P("server_cpulist", TEXT, "", "processors for the server", live=False),
    P("set-proc-title", BOOL, True, "whether the process gives itself a title", live=False),
    P("socket-mark-id", integer(0, (1 << 32) - 1), 0, "mark of the sockets", live=False),
    P("supervised", choice("upstart", "systemd", "auto", "no"), "no", "who watches over the process", live=False),
    P("syslog-enabled", BOOL, False, "whether the log goes to the system's", live=False),
    P("syslog-facility", choice("user", *(f"local{number}" for number in range(8))), "local0",
      "facility in the system's log", live=False),
    P("syslog-ident", string(null=False), "redis", "name in the system's log", live=False),
    P("tcp-backlog", COUNT, 511, "connections that may wait to be accepted", live=False),
    P("key-load-delay", SIGNED, 0, "µs to wait for each key loaded, for tests", hidden=True),
    P("loading-process-events-interval-bytes", integer(1024, INT_MAX), 2 << 20,
      "bytes loaded between looks at clients", hidden=True),
    P("rdb-key-save-delay", SIGNED, 0, "µs to wait for each key saved, for tests", hidden=True),
    P("use-exit-on-panic", BOOL, False, "whether a panic exits without a dump, for tests", hidden=True),
    P("watchdog-period", integer(0, INT_MAX, least=200, zero=True), 0,
      "ms after which a stuck server reports itself; 0: never", hidden=True),
)
# fmt: on

PARAMETERS = (
    *_DATA, *_STREAMS, *_MEMORY, *_ACL, *_OBSERVED, *_SCRIPTS, *_TRACKING, *_FILES, *_REPLICATION, *_CLUSTER,
    *_SERVER, *_TLS, *_PROCESS,
)  # fmt: skip
BY_NAME = {name: each for each in PARAMETERS for name in (each.name, each.alias) if name}
"""Parameters by name and by alias."""
NAMES = tuple(sorted(name for name, each in BY_NAME.items() if not each.hidden))
"""The names that patterns find, in order."""
DEFAULTS = {each.name: each.default for each in PARAMETERS}
