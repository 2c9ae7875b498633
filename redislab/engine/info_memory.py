"""INFO's section about memory: the figures of the engine's memory model, and what the process really takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redislab.engine.info_server import setting

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["human", "memory"]

Fields = Iterator[tuple[str, object]]

UNITS = "KMGTPE"


def human(size: int) -> str:
    """Bytes as people read them: 512B, 1.66M."""
    if size < 1024:
        return f"{size}B"
    unit = min((size.bit_length() - 1) // 10, len(UNITS))
    return f"{size / 1024**unit:.2f}{UNITS[unit - 1]}"


def memory(engine: Engine) -> Fields:
    """# Memory: sizes in bytes. `used_memory` is the model's; the resident set is the Python process, as it is."""
    model = engine.memory
    used = model.used()
    peak, startup, dataset = max(model.peak, used), model.startup, model.dataset()
    resident = engine.host.resident_memory()
    yield from _sized("used_memory", used)
    yield from _sized("used_memory_rss", resident)
    yield from _sized("used_memory_peak", peak)
    yield "used_memory_peak_perc", _percent(used, peak)
    yield "used_memory_overhead", model.overhead()
    yield "used_memory_startup", startup
    yield "used_memory_dataset", dataset
    yield "used_memory_dataset_perc", _percent(dataset, used - startup)
    yield from _sized("total_system_memory", engine.host.total_memory)
    yield from _scripts(engine)
    yield from _sized("maxmemory", setting(engine, "maxmemory", 0))
    yield "maxmemory_policy", setting(engine, "maxmemory-policy", "noeviction")
    yield "mem_fragmentation_ratio", f"{resident / used if used else 0:.2f}"
    yield "mem_fragmentation_bytes", resident - used if resident else 0
    yield "mem_not_counted_for_evict", 0
    yield "mem_replication_backlog", 0
    yield "mem_total_replication_buffers", 0
    yield "mem_clients_slaves", 0
    yield "mem_clients_normal", model.clients()
    yield "mem_cluster_links", 0
    yield "mem_aof_buffer", 0
    yield "mem_allocator", "pymalloc"
    yield "active_defrag_running", 0
    yield "lazyfree_pending_objects", engine.freeing.pending
    yield "lazyfreed_objects", engine.freeing.freed


def _scripts(engine: Engine) -> Fields:
    """What scripts and functions take; their interpreter's memory is part of the process and not known apart."""
    scripts, functions = engine.scripts.cached.values(), engine.functions
    texts = sum(len(script.body) for script in scripts)
    libraries = engine.memory.function_caches
    yield "used_memory_lua", 0
    yield "used_memory_vm_eval", 0
    yield "used_memory_lua_human", human(0)
    yield "used_memory_scripts_eval", texts
    yield "number_of_cached_scripts", len(scripts)
    yield "number_of_functions", len(functions.functions) if functions is not None else 0
    yield "number_of_libraries", len(functions.libraries) if functions is not None else 0
    yield "used_memory_vm_functions", 0
    yield from _sized("used_memory_vm_total", 0)
    yield "used_memory_functions", libraries
    yield from _sized("used_memory_scripts", texts + libraries)


def _sized(name: str, size: int) -> Fields:
    yield name, size
    yield f"{name}_human", human(size)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole > 0 else 0:.2f}%"
