"""Appending to the append only file: effects are gathered, written before a reply goes out, and put on the disk.

When they reach the disk is a matter of appendfsync: at once, within a second, or when the system likes. What cannot be
written is kept and tried again; a part that was written is cut off. Which file is appended to, `aof` decides.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from redislab.engine.propagation import ANY
from redislab.persist.aof_files import AofFiles
from redislab.persist.child import Child
from redislab.persist.manifest import File

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.engine.propagation import Effect

__all__ = ["AppendedFile"]

SYNC_SECONDS = 1.0
LOG_SECONDS = 30.0


class AppendedFile(AofFiles):
    """The file that is appended to. `failing` is why nothing could be written last; empty if it could."""

    def __init__(self, engine: Engine, log: Callable[[str, str], None]) -> None:
        super().__init__(engine, log)
        self.buffer: list[bytes] = []
        self.database = -1
        self.stamp = 0
        self.descriptor = -1
        self.size = 0
        """Bytes of the file that is appended to, up to the last command that is whole."""
        self.total = 0
        """Bytes of all files."""
        self.unsynced = False
        self.synced_at = 0.0
        self.syncing: threading.Thread | None = None
        self.failing = ""
        self.failing_sync = ""
        """Why what was written could not be put on the disk; empty if it could."""
        self.told_at = 0.0
        self.child: Child | None = None
        """The process that rewrites."""
        self.flush_delay = 0.0
        """Seconds that every write is held up: DEBUG AOF-FLUSH-SLEEP."""

    @property
    def problem(self) -> str:
        """Why changes do not reach the disk; empty if they do."""
        return self.failing or self.failing_sync

    # -- the file --------------------------------------------------------------------------------------------

    def open(self, file: File, *, new: bool = False) -> None:
        """Append to this file from now on; what stands in a new one already counts for nothing. Raises OSError."""
        self.append_to(self.opened(self.path(file), new=new))

    def opened(self, path: str, *, new: bool) -> int:
        """Raises OSError."""
        try:
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if new else 0), 0o644)
        except OSError as error:
            name = os.path.basename(path)
            self.log("warning", f"Can't open the append-only file {name}: {error.strerror}")
            raise

    def append_to(self, descriptor: int) -> None:
        """Take leave of the present file, once it is on the disk."""
        self.wait_for_sync()
        if self.descriptor >= 0:
            with suppress(OSError):
                os.fsync(self.descriptor)
            os.close(self.descriptor)
        self.descriptor, self.size = descriptor, os.fstat(descriptor).st_size
        self.database = -1

    # -- what is appended ------------------------------------------------------------------------------------

    def take(self, effects: list[Effect]) -> None:
        """Gather effects: the sink of the engine."""
        buffer = self.buffer
        if self.engine.config["aof-timestamp-enabled"] and self.stamp < (now := self.engine.now // 1000):
            self.stamp = now
            buffer.append(b"#TS:%d\r\n" % now)
        for database, argv in effects:
            if database not in (self.database, ANY):
                self.database = database
                number = b"%d" % database
                buffer.append(b"*2\r\n$6\r\nSELECT\r\n$%d\r\n%b\r\n" % (len(number), number))
            buffer.append(b"*%d\r\n" % len(argv))
            buffer += [b"$%d\r\n%b\r\n" % (len(word), word) for word in argv]

    def flush(self) -> None:
        """Write what was gathered. If that fails it is kept and tried again, and writes are refused until then."""
        if not self.buffer or self.descriptor < 0:
            return
        if self.flush_delay:
            time.sleep(self.flush_delay)
        data = b"".join(self.buffer)
        always = self.engine.config["appendfsync"] == "always"
        try:
            self.write(data)
            if always:
                os.fsync(self.descriptor)
        except OSError as error:
            self.fail(error, always)
            return
        self.buffer.clear()
        self.size += len(data)
        self.total += len(data)
        self.unsynced = not always
        if self.failing:
            self.failing = ""
            self.log("warning", "AOF write error looks solved, Redis can write again.")

    def write(self, data: bytes) -> None:
        """Write all of it, or nothing. Raises OSError."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except OSError:
            if len(view) < len(data):
                self.take_back(data, len(data) - len(view))
            raise

    def take_back(self, data: bytes, written: int) -> None:
        """Cut off a part that was written; where that fails, only the rest is to be written later."""
        if self.is_to_be_told():
            self.log(
                "warning", f"Short write while writing to the AOF file: (nwritten={written}, expected={len(data)})"
            )
        try:
            os.ftruncate(self.descriptor, self.size)
        except OSError as error:
            self.log(
                "warning",
                "Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next"
                f" time it starts.  ftruncate: {error.strerror}",
            )
            self.size += written
            self.buffer[:] = [data[written:]]

    def fail(self, error: OSError, always: bool) -> None:
        """Note that nothing could be written; where every write was promised to be on the disk, that is the end."""
        self.failing = str(error.strerror)
        if self.is_to_be_told():
            self.log("warning", f"Error writing to the AOF file: {error.strerror}")
        if always:
            self.log(
                "warning",
                "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
            )
            os._exit(1)

    def is_to_be_told(self) -> bool:
        """Whether the log hears of a failure: not of each, where every write fails."""
        now = time.monotonic()
        if self.told_at and now - self.told_at < LOG_SECONDS:
            return False
        self.told_at = now
        return True

    def sync_if_due(self) -> None:
        """Let the system put on the disk what was written in the last second, beside the work."""
        if not self.unsynced or self.engine.config["appendfsync"] != "everysec":
            return
        if self.engine.config["no-appendfsync-on-rewrite"] and self.child is not None:
            return
        now = time.monotonic()
        if now - self.synced_at < SYNC_SECONDS or (self.syncing is not None and self.syncing.is_alive()):
            return
        self.synced_at, self.unsynced = now, False
        self.syncing = threading.Thread(target=self.sync, args=(self.descriptor,), daemon=True)
        self.syncing.start()

    def sync(self, descriptor: int) -> None:
        """Put a file on the disk, in a thread of its own: where that fails, writes are refused until it works."""
        try:
            os.fsync(descriptor)
        except OSError as error:
            self.failing_sync, self.unsynced = str(error.strerror), True
            self.log("warning", f"Fail to fsync the AOF file: {error.strerror}")
        else:
            self.failing_sync = ""

    def wait_for_sync(self) -> None:
        if self.syncing is not None:
            self.syncing.join()
