"""What a server offers to its engine: its process and sockets, its files, its log, and its end."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from redislab.engine.host import Host, HostError
from redislab.persist.keeper import CannotLoad, Keeper
from redislab.server.buffers import buffers_of, largest_input, largest_output

if TYPE_CHECKING:
    from redislab.engine.debugger import Debugger
    from redislab.engine.session import Session
    from redislab.resp.types import Reply
    from redislab.server.server import Server

__all__ = ["ServerHost"]


class ServerHost(Host):
    """The host of one server's engine."""

    speaks_tls = True
    references = staticmethod(sys.getrefcount)

    def __init__(self, server: Server, keeper: Keeper, config_file: str = "") -> None:
        self.server = server
        self.keeper = keeper
        self.config_file = config_file
        self.process_id = os.getpid()
        self.executable = sys.executable
        self.os = system()
        self.multiplexing = "epoll" if hasattr(select, "epoll") else "select"
        self.total_memory = total_memory()
        self.acl_file = server.setting("aclfile")

    def put_off(self, call: Callable[[], None]) -> None:
        """After the commands of this round, and what is sent at its end."""
        self.server.loop.call_soon(call)

    # -- what INFO tells -------------------------------------------------------------------------------------

    @property
    def port(self) -> int:  # type: ignore[override]
        return int(self.server.setting("port"))

    @property
    def bytes_received(self) -> int:  # type: ignore[override]
        return self.server.received_bytes

    @property
    def bytes_sent(self) -> int:  # type: ignore[override]
        return self.server.sent_bytes

    @property
    def reads(self) -> int:  # type: ignore[override]
        return self.server.reads

    @property
    def writes(self) -> int:  # type: ignore[override]
        return self.server.writes

    @property
    def largest_input(self) -> int:  # type: ignore[override]
        return largest_input(self.server.connections)

    @property
    def largest_output(self) -> int:  # type: ignore[override]
        return largest_output(self.server.connections)

    @property
    def rejected_connections(self) -> int:  # type: ignore[override]
        return self.server.refused

    @property
    def evicted_clients(self) -> int:  # type: ignore[override]
        return self.server.evicted

    def resident_memory(self) -> int:
        try:
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def processor_times(self) -> tuple[float, float, float, float]:
        times = os.times()
        return times.system, times.user, times.children_system, times.children_user

    def buffers_of(self, client: Session) -> Mapping[str, int | str]:
        connection = self.server.by_id.get(client.id)
        return buffers_of(connection) if connection is not None else {}

    def client_size(self, client: Session) -> int:
        """Bytes that a client takes, as CLIENT LIST tells it."""
        return int(self.buffers_of(client).get("tot-mem", 0))

    def reset_statistics(self) -> None:
        server = self.server
        self.keeper.forks = self.keeper.fork_us = 0
        server.received_bytes = server.sent_bytes = server.reads = server.writes = server.refused = server.evicted = 0

    def persistence_fields(self) -> dict[str, int | str]:
        return self.keeper.fields()

    def log(self, level: str, text: str) -> None:
        self.server.log(level, text)

    # -- files -----------------------------------------------------------------------------------------------

    def read_config_file(self) -> str | None:
        if not self.config_file:
            return super().read_config_file()
        try:
            with open(self.config_file, encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise HostError(f"Rewriting config file: {error.strerror}") from None

    def write_config_file(self, text: str) -> None:
        if not self.config_file:
            super().write_config_file(text)
        write(self.config_file, text.encode("utf-8", "surrogateescape"), "Rewriting config file: ")

    def read_acl_file(self) -> bytes:
        try:
            with open(self.acl_file, "rb") as file:
                return file.read()
        except OSError as error:
            raise HostError(str(error.strerror)) from None

    def write_acl_file(self, text: bytes) -> None:
        write(self.acl_file, text, "")

    # -- data ------------------------------------------------------------------------------------------------

    @property
    def saving(self) -> bool:  # type: ignore[override]
        return self.keeper.child is not None

    @property
    def last_save(self) -> int:  # type: ignore[override]
        return int(self.keeper.last_save)

    def save(self) -> None:
        self.keeper.save()

    def save_beside(self, *, later: bool) -> bool:
        if later:
            self.keeper.scheduled = True
            return False
        self.keeper.save_beside()
        return True

    @property
    def rewriting(self) -> bool:  # type: ignore[override]
        return self.keeper.aof is not None and self.keeper.aof.child is not None

    def rewrite_beside(self, *, later: bool) -> bool:
        if later:
            self.keeper.rewrite_scheduled = True
            return False
        self.keeper.rewrite_beside()
        return True

    def emptied(self) -> None:
        self.keeper.emptied()

    def delay_appends(self, seconds: float) -> None:
        if self.keeper.aof is not None:
            self.keeper.aof.flush_delay = seconds

    def reload_aof(self) -> None:
        try:
            self.keeper.reload_aof()
        except CannotLoad as error:
            self.log("warning", str(error))
            raise HostError("Error trying to load the AOF files, check server logs.") from None

    def reload(self, *, save: bool, flush: bool, merge: bool) -> None:
        if save:
            self.keeper.save()
        try:
            self.keeper.reload(flush=flush, merge=merge)
        except CannotLoad as error:
            self.log("warning", str(error))
            raise HostError("Error trying to load the RDB dump") from None

    def stand_still(self, milliseconds: int) -> bool:
        time.sleep(milliseconds / 1000)
        return True

    def send_rdb(self, client: Session, *, data: bool, functions: bool) -> None:
        """At once and from memory, where Redis forks: nobody else is served until the file is put together."""
        from redislab.persist.rdb import content_of
        from redislab.rdb.write_file import rdb_pieces

        connection = self.server.by_id[client.id]
        content = content_of(self.server.engine)
        if not data:
            content.databases = []
        if not functions:
            content.libraries = []
        file = b"".join(rdb_pieces(content))
        self.log("notice", f"Replica {client.address} asks for synchronization")
        connection.out += b"$%d\r\n" % len(file), file
        self.log("notice", f"RDB transfer completed, rdb only replica ({client.address}) is disconnected")

    # -- the debugger of scripts -----------------------------------------------------------------------------

    def is_answering(self, client: Session) -> bool:
        connection = self.server.by_id.get(client.id)
        return connection is not None and bool(connection.out or connection.transport.get_write_buffer_size())

    def check_debugger(self, client: Session, *, synchronous: bool) -> None:
        connection = self.server.by_id.get(client.id)
        if connection is None:
            super().check_debugger(client, synchronous=synchronous)
        elif connection.descriptor < 0 or not hasattr(select, "poll"):
            raise HostError("redislab debugs scripts over plain connections only, on a system that has poll")
        elif not synchronous and not hasattr(os, "fork"):
            raise HostError("redislab has no fork on this system: scripts can be debugged with SCRIPT DEBUG SYNC only")

    def debug(self, client: Session, debugger: Debugger, run: Callable[[Session], Reply]) -> Reply:
        connection = self.server.by_id.get(client.id)
        if connection is None:
            return super().debug(client, debugger, run)
        if self.server.debugging is None:
            from redislab.server.debugging import Debugging

            self.server.debugging = Debugging(self.server)
        return self.server.debugging.debug(connection, debugger, run)

    # -- the end ---------------------------------------------------------------------------------------------

    def shutdown(self, *, save: bool | None, now: bool, force: bool) -> None:
        self.server.shut_down(save=save, force=force)


def write(path: str, data: bytes, heading: str) -> None:
    """Replace a file as a whole. Raises HostError with a heading before the reason."""
    from redislab.persist.rdb import replaced

    try:
        with replaced(path, f"{path}.{os.getpid()}.tmp") as file:
            file.write(data)
    except OSError as error:
        raise HostError(heading + str(error.strerror)) from None


def system() -> str:
    """System, release and machine. Python's module `platform` would take longer than all else that is asked here."""
    if hasattr(os, "uname"):
        known = os.uname()
        return f"{known.sysname} {known.release} {known.machine}"
    import platform

    return f"{platform.system()} {platform.release()} {platform.machine()}"


def total_memory() -> int:
    """Bytes of memory of the machine; 0 where that is not told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0
