"""INFO's sections about the server and its surroundings: server, clients, persistence, replication, cpu, keyspace.

What an engine alone cannot know (the process, its machine, its connections) it asks its host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from redislab.engine.pausing import POSTPONED
from redislab.values.divided import Divided, Table

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["clients", "cluster", "cpu", "keyspace", "modules", "persistence", "replication", "server", "setting"]

Fields = Iterator[tuple[str, object]]

DAY = 86400
_OF_AN_AOF = frozenset((
    "aof_current_size", "aof_base_size", "aof_pending_rewrite", "aof_buffer_length", "aof_pending_bio_fsync",
    "aof_delayed_fsync",
))  # fmt: skip
AOF_FIELDS = (
    "aof_current_size", "aof_base_size", "aof_pending_rewrite", "aof_buffer_length", "aof_pending_bio_fsync",
    "aof_delayed_fsync",
)  # fmt: skip
"""What comes at the end while there is an append only file."""
NO_REPLICATION_ID = "0" * 40


def setting(engine: Engine, name: str, default: Any) -> Any:
    """The value of a parameter, or `default` where this engine has no such parameter."""
    return engine.config.values.get(name, default)


def server(engine: Engine) -> Fields:
    """# Server"""
    host = engine.host
    uptime = (engine.now_ns - engine.started_ns) // 1_000_000_000
    hz = setting(engine, "hz", 10)
    yield "redis_version", engine.redis_version
    yield "redis_git_sha1", "00000000"
    yield "redis_git_dirty", 0
    yield "redis_mode", "cluster" if setting(engine, "cluster-enabled", False) is True else "standalone"
    yield "os", host.os
    yield "arch_bits", 64
    yield "monotonic_clock", "POSIX clock_gettime"
    yield "multiplexing_api", host.multiplexing
    yield "process_id", host.process_id
    yield "process_supervised", host.supervised
    yield "run_id", _run_id(engine)
    yield "tcp_port", host.port
    yield "server_time_usec", engine.now_ns // 1000
    yield "uptime_in_seconds", uptime
    yield "uptime_in_days", uptime // DAY
    yield "hz", hz
    yield "configured_hz", hz
    yield "lru_clock", engine.now_ns // 1_000_000_000 & 0xFFFFFF
    yield "executable", host.executable
    yield "config_file", host.config_file
    yield "io_threads_active", 0


def _run_id(engine: Engine) -> str:
    """Another number than the replication's, and as repeatable as that one under a seed."""
    from hashlib import sha1

    return sha1(engine.replication_id.encode()).hexdigest()


def clients(engine: Engine) -> Fields:
    """# Clients"""
    waits = [session.wait for session in engine.sessions.values() if session.wait is not None]
    # Neither DEBUG SLEEP, which has no kind, nor a command that a pause puts off blocks its client in Redis.
    waits = [wait for wait in waits if wait.kind not in ("", POSTPONED)]
    yield "connected_clients", len(engine.sessions)
    yield "cluster_connections", 0
    yield "maxclients", setting(engine, "maxclients", 10000)
    yield "client_recent_max_input_buffer", engine.host.largest_input
    yield "client_recent_max_output_buffer", engine.host.largest_output
    yield "blocked_clients", len(waits)
    yield "tracking_clients", engine.tracking.clients
    yield "clients_in_timeout_table", sum(wait.deadline > 0 for wait in waits)


def persistence(engine: Engine) -> Fields:
    """# Persistence: what a server says that has saved nothing yet, but for what the host knows better."""
    known = engine.host.persistence_fields()
    for name, value in (*_persistence(engine), *_append_only_file(known)):
        yield name, known.get(name, value)


def _append_only_file(known: Mapping[str, int | str]) -> Fields:
    """The fields that are there only while there is an append only file."""
    yield from ((name, value) for name, value in known.items() if name in _OF_AN_AOF)


def _persistence(engine: Engine) -> Fields:
    yield "loading", int(engine.loading)
    yield "async_loading", 0
    yield "current_cow_peak", 0
    yield "current_cow_size", 0
    yield "current_cow_size_age", 0
    yield "current_fork_perc", "0.00"
    yield "current_save_keys_processed", 0
    yield "current_save_keys_total", 0
    yield "rdb_changes_since_last_save", engine.dirty
    yield "rdb_bgsave_in_progress", 0
    yield "rdb_last_save_time", engine.started_ns // 1_000_000_000
    yield "rdb_last_bgsave_status", "ok"
    yield "rdb_last_bgsave_time_sec", -1
    yield "rdb_current_bgsave_time_sec", -1
    yield "rdb_saves", 0
    yield "rdb_last_cow_size", 0
    yield "rdb_last_load_keys_expired", 0
    yield "rdb_last_load_keys_loaded", 0
    yield "aof_enabled", 0
    yield "aof_rewrite_in_progress", 0
    yield "aof_rewrite_scheduled", 0
    yield "aof_last_rewrite_time_sec", -1
    yield "aof_current_rewrite_time_sec", -1
    yield "aof_last_bgrewrite_status", "ok"
    yield "aof_rewrites", 0
    yield "aof_rewrites_consecutive_failures", 0
    yield "aof_last_write_status", "ok"
    yield "aof_last_cow_size", 0
    yield "module_fork_in_progress", 0
    yield "module_fork_last_cow_size", 0


def replication(engine: Engine) -> Fields:
    """# Replication: a master without replicas."""
    yield "role", "master"
    yield "connected_slaves", 0
    yield "master_failover_state", "no-failover"
    yield "master_replid", engine.replication_id
    yield "master_replid2", NO_REPLICATION_ID
    yield "master_repl_offset", 0
    yield "second_repl_offset", -1
    yield "repl_backlog_active", 0
    yield "repl_backlog_size", setting(engine, "repl-backlog-size", 1 << 20)
    yield "repl_backlog_first_byte_offset", 0
    yield "repl_backlog_histlen", 0


def cpu(engine: Engine) -> Fields:
    """# CPU: one thread does everything here, so the main thread's times are the process's."""
    system, user, child_system, child_user = engine.host.processor_times()
    yield "used_cpu_sys", f"{system:.6f}"
    yield "used_cpu_user", f"{user:.6f}"
    yield "used_cpu_sys_children", f"{child_system:.6f}"
    yield "used_cpu_user_children", f"{child_user:.6f}"
    yield "used_cpu_sys_main_thread", f"{system:.6f}"
    yield "used_cpu_user_main_thread", f"{user:.6f}"


def modules(engine: Engine) -> Fields:
    """# Modules: there are none, ever."""
    yield from ()


def cluster(engine: Engine) -> Fields:
    """# Cluster"""
    yield "cluster_enabled", int(setting(engine, "cluster-enabled", False) is True)


def keyspace(engine: Engine) -> Fields:
    """# Keyspace: a line for each database that has keys.

    avg_ttl is in ms. Redis keeps an estimate of it from the keys its expire cycle happens to meet; this is the mean,
    and the mean of a part where there are very many.
    """
    now = engine.now
    for db in engine.databases:
        if db.values:
            expires = db.expires
            average = max(0, _mean(expires) - now) if expires else 0
            yield f"db{db.index}", f"keys={len(db.values)},expires={len(expires)},avg_ttl={average}"


def _mean(expires: Table[int]) -> int:
    """The mean of some moments. Of very many a part is looked at."""
    moments: Iterable[int] = expires.values()
    if isinstance(expires, Divided):
        moments = (expires.old or max(expires.parts, key=len)).values()
    known = list(moments)
    return sum(known) // len(known)
