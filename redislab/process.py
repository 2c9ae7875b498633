"""What the process and its machine are, for INFO: a host that looks around when it is asked.

Edges build on it, so the engine itself stays without I/O. Nothing is looked up before somebody wants to know.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.engine.host import Host

if TYPE_CHECKING:
    from redislab.engine.debugger import Debugger
    from redislab.engine.session import Session
    from redislab.resp.types import Reply

__all__ = ["ProcessHost"]


class ProcessHost(Host):
    """A host that knows its process. Figures that this system does not tell are 0."""

    debugging: tuple[Any, Any, Any] | None = None
    """Who debugs scripts: how to ask for a command, how to show lines, and how to copy the engine."""

    def check_debugger(self, client: Session, *, synchronous: bool) -> None:
        if self.debugging is None:
            super().check_debugger(client, synchronous=synchronous)

    def debug(self, client: Session, debugger: Debugger, run: Callable[[Session], Reply]) -> Reply:
        if self.debugging is None:
            return super().debug(client, debugger, run)
        from redislab.engine.debugger_at_hand import debug_at_hand

        return debug_at_hand(client, debugger, run, *self.debugging)

    @property
    def process_id(self) -> int:  # type: ignore[override]
        return os.getpid()

    @property
    def executable(self) -> str:  # type: ignore[override]
        return sys.executable

    @property
    def os(self) -> str:  # type: ignore[override]
        from platform import uname

        known = uname()
        return f"{known.system} {known.release} {known.machine}"

    @property
    def total_memory(self) -> int:  # type: ignore[override]
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (OSError, ValueError, AttributeError):
            return 0

    def resident_memory(self) -> int:
        """Bytes of memory that the process takes from the machine now."""
        try:
            with open("/proc/self/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, AttributeError):
            return 0

    def processor_times(self) -> tuple[float, float, float, float]:
        """Seconds of the processor: in the system and in the process, and the same of ended child processes."""
        try:
            from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
        except ImportError:
            times = os.times()
            return times.system, times.user, times.children_system, times.children_user
        own, children = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
        return own.ru_stime, own.ru_utime, children.ru_stime, children.ru_utime
