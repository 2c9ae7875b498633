"""What the world outside offers to an engine: files, the process, whoever can end it.

The engine does no I/O. Where a command needs some (CONFIG REWRITE, SHUTDOWN, a script that runs for too long), it asks
its host. This one, of an engine without an edge, has nothing to offer: an edge sets its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from redislab.engine.clock import stopwatch_ns

if TYPE_CHECKING:
    from redislab.engine.debugger import Debugger
    from redislab.engine.session import Session
    from redislab.resp.types import Reply

__all__ = ["Host", "HostError"]


class HostError(Exception):
    """Something that the host cannot do; the text says what, without a leading ERR."""


class Host:
    """A host with nothing around it."""

    config_file = ""
    """The absolute path of the configuration file; empty where there is none."""
    acl_file = ""
    """The path of the file with the users (`aclfile`); empty where there is none."""
    process_id = 0
    executable = ""
    supervised = "no"
    """Who watches over the process: systemd, upstart or no."""
    port = 0
    """The TCP port that an edge listens on; 0 where there is none."""
    os = ""
    """System, release and machine, as `uname` has them; empty where an edge does not say."""
    multiplexing = ""
    """How an edge waits for its sockets, as INFO names it: epoll, kqueue, select; empty where it has none."""
    total_memory = 0
    """Bytes of memory of the machine; 0 where an edge does not say."""
    bytes_received = 0
    bytes_sent = 0
    reads = 0
    """How often something was read from a client."""
    writes = 0
    rejected_connections = 0
    evicted_clients = 0
    largest_input = 0
    largest_output = 0
    """Bytes of the largest buffers that a client had of late."""
    saving = False
    """Data is being saved beside the work of the engine."""
    rewriting = False
    """The append only file is being rewritten."""
    last_save = 0
    """When data was last saved, in s since 1970; 0 for never."""
    speaks_tls = False
    """Whether clients may connect over TLS."""
    stopwatch = staticmethod(stopwatch_ns)
    """Nanoseconds of a clock that only runs forward, to measure how long a script runs."""
    references: Callable[[object], int] | None = None
    """Counts who refers to an object, where an edge ticks: then what is large is freed some at a time (`freeing`)."""
    put_off: Callable[[Callable[[], None]], None] | None = None
    """Has something called when all is executed that has come from clients; where there is none, a command ends it."""
    while_busy: Callable[[], None] | None = None
    """Called every now and then while a script runs for longer than busy-reply-threshold."""

    def resident_memory(self) -> int:
        """Bytes of memory that the process takes from the machine; 0 where an edge does not say."""
        return 0

    def processor_times(self) -> tuple[float, float, float, float]:
        """Seconds of the processor: in the system and in the process, and the same of ended child processes."""
        return 0.0, 0.0, 0.0, 0.0

    def buffers_of(self, client: Session) -> Mapping[str, int | str]:
        """Fields of CLIENT LIST about a client's buffers; one within this process has none."""
        return {}

    def reset_statistics(self) -> None:
        """Set the counters above back to zero: CONFIG RESETSTAT."""

    def log(self, level: str, text: str) -> None:
        """Write a line to the log: `level` is debug, verbose, notice or warning."""

    def read_config_file(self) -> str | None:
        """The text of the configuration file; None where there is no such file any more. Raises HostError."""
        raise HostError("The server is running without a config file")

    def write_config_file(self, text: str) -> None:
        """Replace the configuration file, whole or not at all. Raises HostError."""
        raise HostError("The server is running without a config file")

    def read_acl_file(self) -> bytes:
        """The content of the file with the users. Raises HostError with the system's reason."""
        raise HostError("No such file or directory")

    def write_acl_file(self, text: bytes) -> None:
        """Replace the file with the users, whole or not at all. Raises HostError."""
        raise HostError("No such file or directory")

    def save(self) -> None:
        """Write all data to the disk. Raises HostError."""
        raise HostError("redislab keeps this data in memory only: there is nothing to save it to")

    def save_beside(self, *, later: bool) -> bool:
        """Begin to write all data beside the work of the engine; False if it has to wait. Raises HostError."""
        raise HostError("redislab keeps this data in memory only: there is nothing to save it to")

    def rewrite_beside(self, *, later: bool) -> bool:
        """Begin to rewrite the append only file; False if that has to wait. Raises HostError."""
        raise HostError("redislab keeps this data in memory only: there is no append only file")

    def persistence_fields(self) -> dict[str, int | str]:
        """Fields of INFO about saving and forks that are not what a server has that never saved."""
        return {}

    def stand_still(self, milliseconds: int) -> bool:
        """DEBUG SLEEP: serve nobody for so long. False where only the client who asked for it is to wait."""
        return False

    def check_debugger(self, client: Session, *, synchronous: bool) -> None:
        """Whether a client may debug its next script. Raises HostError."""
        raise HostError("redislab debugs scripts over a connection only: there is no Lua debugger here")

    def debug(self, client: Session, debugger: Debugger, run: Callable[[Session], Reply]) -> Reply:
        """Let a client debug the script that `run` runs for it, with `debugger.talk`; its reply. Raises HostError."""
        raise HostError("redislab debugs scripts over a connection only: there is no Lua debugger here")

    def is_answering(self, client: Session) -> bool:
        """Whether replies are waiting to be sent to a client."""
        return False

    def send_rdb(self, client: Session, *, data: bool, functions: bool) -> None:
        """Send an RDB file to a client, as a master feeds a replica at the beginning. Raises HostError."""
        raise HostError("redislab does not support feeding a replica yet, though Redis 7.0 has it")

    def reload(self, *, save: bool, flush: bool, merge: bool) -> None:
        """DEBUG RELOAD: save the data, forget it and load it again. Raises HostError."""
        raise HostError("redislab keeps this data in memory only: there is nothing to load it from")

    def reload_aof(self) -> None:
        """DEBUG LOADAOF: forget the data and load it from the append only file. Raises HostError."""
        raise HostError("redislab keeps this data in memory only: there is no append only file")

    def emptied(self) -> None:
        """All data is gone at once: FLUSHALL."""

    def delay_appends(self, seconds: float) -> None:
        """DEBUG AOF-FLUSH-SLEEP: hold up every write to the append only file."""

    def shutdown(self, *, save: bool | None, now: bool, force: bool) -> None:
        """End the server: `save` None means as configured. Returns if it will end; raises HostError if it cannot."""
        raise HostError("redislab has no server to shut down here: leave with QUIT or Ctrl-D")
