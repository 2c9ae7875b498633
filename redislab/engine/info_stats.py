"""INFO's sections that count: stats, commandstats, errorstats, latencystats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["commandstats", "errorstats", "latencystats", "percentile_name", "stats"]

Fields = Iterator[tuple[str, object]]


def stats(engine: Engine) -> Fields:
    """# Stats"""
    host, pubsub, observers = engine.host, engine.pubsub, engine.observers
    saving = host.persistence_fields()
    rates = observers.rates if observers is not None else None
    yield "total_connections_received", engine.next_id - 1 - (observers.connections_before if observers else 0)
    yield "total_commands_processed", observers.calls if observers is not None else 0
    yield "instantaneous_ops_per_sec", int(rates.rate("commands")) if rates else 0
    yield "total_net_input_bytes", host.bytes_received
    yield "total_net_output_bytes", host.bytes_sent
    yield "total_net_repl_input_bytes", 0
    yield "total_net_repl_output_bytes", 0
    yield "instantaneous_input_kbps", f"{rates.rate('input') / 1024 if rates else 0:.2f}"
    yield "instantaneous_output_kbps", f"{rates.rate('output') / 1024 if rates else 0:.2f}"
    yield "instantaneous_input_repl_kbps", "0.00"
    yield "instantaneous_output_repl_kbps", "0.00"
    yield "rejected_connections", host.rejected_connections
    yield "sync_full", 0
    yield "sync_partial_ok", 0
    yield "sync_partial_err", 0
    yield "expired_keys", engine.expired_keys
    # The deadlines of all keys are known here, so no key is due for longer than until the next tick.
    yield "expired_stale_perc", "0.00"
    yield "expired_time_cap_reached_count", 0
    yield "expire_cycle_cpu_milliseconds", (observers.expiry_ns if observers is not None else 0) // 1_000_000
    yield "evicted_keys", engine.memory.evicted_keys
    yield "evicted_clients", host.evicted_clients
    yield "total_eviction_exceeded_time", 0
    yield "current_eviction_exceeded_time", 0
    yield "keyspace_hits", engine.hits
    yield "keyspace_misses", engine.misses
    yield "pubsub_channels", len(pubsub.channels)
    yield "pubsub_patterns", len(pubsub.patterns)
    yield "pubsubshard_channels", len(pubsub.shard_channels)
    yield "latest_fork_usec", saving.get("latest_fork_usec", 0)
    yield "total_forks", saving.get("total_forks", 0)
    yield "migrate_cached_sockets", 0
    yield "slave_expires_tracked_keys", 0
    yield "tracking_total_keys", len(engine.tracking.readers)
    yield "tracking_total_items", engine.tracking.items
    yield "tracking_total_prefixes", len(engine.tracking.prefixes)
    yield "unexpected_error_replies", 0
    yield "total_error_replies", sum(observers.errors.values()) if observers is not None else 0
    yield "dump_payload_sanitizations", 0
    yield "total_reads_processed", host.reads
    yield "total_writes_processed", host.writes
    yield "io_threaded_reads_processed", 0
    yield "io_threaded_writes_processed", 0


def commandstats(engine: Engine) -> Fields:
    """# Commandstats: times in µs."""
    if engine.observers is None:
        return
    for command, tally in engine.observers.counted():
        mean = tally.time_ns / 1000 / tally.calls if tally.calls else 0.0
        yield (
            f"cmdstat_{command.name}",
            f"calls={tally.calls},usec={tally.time_ns // 1000},usec_per_call={mean:.2f},"
            f"rejected_calls={tally.rejected},failed_calls={tally.failed}",
        )


def errorstats(engine: Engine) -> Fields:
    """# Errorstats: sorted by the errors' first words."""
    if engine.observers is not None:
        for code, count in sorted(engine.observers.errors.items()):
            yield f"errorstat_{_safe(code)}", f"count={count}"


def latencystats(engine: Engine) -> Fields:
    """# Latencystats: percentiles of the times of each command, in µs."""
    observers = engine.observers
    if observers is None:
        return
    wanted = observers.percentiles
    for command, tally in observers.counted():
        if tally.histogram.total:
            found = tally.histogram.percentiles(wanted)
            pairs = zip(map(percentile_name, wanted), found, strict=True)
            text = ",".join(f"{name}={value / 1000:.3f}" for name, value in pairs)
            yield f"latency_percentiles_usec_{command.name}", text


def percentile_name(percent: float) -> str:
    """p50, p99.9: six digits behind the point at most, none that is not needed."""
    return "p" + f"{percent:f}".rstrip("0").rstrip(".")


def _safe(code: bytes) -> str:
    """An error's code without what would break the format of INFO."""
    return code.decode("utf-8", "surrogateescape").translate(_UNSAFE)


_UNSAFE = str.maketrans("#:\n\r", "____")
