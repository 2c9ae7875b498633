"""The append only file: every change is appended as a command, and now and then all is told anew, and shorter.

It is a folder of files (manifest.py): a base, in the form of RDB or as commands, and what was appended since
(aof_append.py). A rewrite begins a new file to append to, writes a new base in a copy of the process, and then lets the
manifest name the two; the files before are deleted after that, so there is no moment at which a crash would lose
anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from redislab.persist.aof_append import AppendedFile
from redislab.persist.aof_base import write_aof_base
from redislab.persist.child import Child
from redislab.persist.rdb import IN_A_CHILD

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["AppendOnlyFile"]


class AppendOnlyFile(AppendedFile):
    """The append only file of one engine."""

    def __init__(self, engine: Engine, log: Callable[[str, str], None]) -> None:
        super().__init__(engine, log)
        self.base_size = 0
        """Bytes of all files after the last rewrite."""
        self.since = 0
        """The number of the file that was begun with the rewrite that is running."""
        self.rewrites = self.failures = 0
        self.last_failed = False
        self.last_seconds = -1
        self.enabled = False
        """Changes are to be kept; without that there is only a rewrite that was asked for."""
        self.waiting = False
        """It was switched on, and nothing counts before the first rewrite has made a base."""
        self.temporary = ""
        """The path of what the present rewrite writes, or the last one wrote."""

    # -- beginning and ending --------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to append, at the end of the last file or of a new one. Raises OSError."""
        self.make_folder()
        for name in os.listdir(self.folder):
            if name.startswith("temp-"):  # of a process that was ended in the middle of a rewrite
                os.unlink(os.path.join(self.folder, name))
        fresh = self.manifest.base is None and not self.manifest.increments
        self.base_size = self.size_of_base()
        if fresh:
            base = self.manifest.next_base(rdb=self.engine.config["aof-use-rdb-preamble"])
            self.log("notice", f"Creating AOF base file {base.name} on server start")
            write_aof_base(self.engine, self.path(base))
            self.manifest = self.manifest.with_base(base, 1)
        if not self.manifest.increments:
            increment = self.manifest.next_increment()
            self.log("notice", f"Creating AOF incr file {increment.name} on server start")
            self.manifest = self.manifest.with_increment(increment)
            self.open(increment, new=True)
            self.write_manifest(self.manifest)
        else:
            last = self.manifest.increments[-1]
            self.log("notice", f"Opening AOF incr file {last.name} on server start")
            self.open(last)
        self.total = 0 if fresh else self.measured()  # A base that was empty at the start is not counted, as in Redis.
        self.delete_history()
        self.enabled = True
        self.engine.propagate_to(self.take)

    def size_of_base(self) -> int:
        """Bytes of the base, 0 where there is none."""
        base = self.manifest.base
        return os.path.getsize(self.path(base)) if base is not None else 0

    def switch_on(self) -> None:
        """Begin to append while the engine runs; `rewrite` must follow, now or later. Raises OSError, BadManifest."""
        with suppress(FileNotFoundError):
            self.read_manifest()
        self.enabled = self.waiting = True

    def stop(self) -> None:
        """Write what is left and append no more."""
        if self.descriptor >= 0:
            self.engine.stop_propagating_to(self.take)
        if self.waiting:
            with suppress(OSError):
                os.unlink(self.aside)
        self.enabled = self.waiting = False
        self.kill_rewrite()
        self.flush()
        self.wait_for_sync()
        if self.descriptor >= 0:
            with suppress(OSError):
                os.fsync(self.descriptor)
            os.close(self.descriptor)
            self.descriptor = -1

    # -- rewriting -------------------------------------------------------------------------------------------

    def kill_rewrite(self) -> None:
        """End a rewrite that is running; what is appended goes on to count."""
        if self.child is not None:
            self.log("notice", f"Killing running AOF rewrite child: {self.child.process_id}")
            self.child.kill()
            self.child = None

    def rewrite(self) -> None:
        """Begin to tell everything anew. Raises OSError, of which the log has been told."""
        self.flush()
        self.make_folder()
        if self.waiting:
            self.begin_aside()
        elif self.enabled:
            self.begin_next()
        # What is not appended to any more is told anew as well.
        self.since = self.manifest.increment_sequence + (self.waiting or not self.enabled)
        child = Child(
            lambda: self.write_base(self.temporary_of(os.getpid())),
            lambda process_id: [self.temporary_of(process_id), os.path.join(self.folder, f"temp-{process_id}.rdb")],
        )
        try:
            child.start()
        except OSError as error:
            self.log("warning", f"Can't rewrite append only file in background: fork: {error.strerror}")
            raise
        self.child = child
        self.temporary = self.temporary_of(child.process_id or os.getpid())
        self.rewrites += 1
        self.log("notice", f"Background append only file rewriting started by pid {child.process_id}")

    def write_base(self, aside: str) -> None:
        """The work of a rewrite: everything, told anew in a file. Raises OSError, of which the log has been told."""
        try:
            write_aof_base(self.engine, aside, effort=IN_A_CHILD)
        except OSError as error:
            self.log("warning", f"Write error writing append only file on disk: {error.strerror}")
            raise
        self.log("notice", f"Successfully created the temporary AOF base file {os.path.basename(aside)}")

    def begin_next(self) -> None:
        """Go on in another file, of which the manifest knows before anything is in it. Raises OSError."""
        increment = self.manifest.next_increment()
        self.log("notice", f"Creating AOF incr file {increment.name} on background rewrite")
        descriptor = self.opened(self.path(increment), new=True)
        manifest = self.manifest.with_increment(increment)
        try:
            self.write_manifest(manifest)
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(self.path(increment))
            raise
        self.append_to(descriptor)
        self.manifest = manifest

    def begin_aside(self) -> None:
        """Append to a file that counts only with the base that is being written. Raises OSError."""
        self.log("notice", f"Creating AOF incr file temp-{self.stem}.incr on background rewrite")
        descriptor = self.opened(self.aside, new=True)
        self.buffer.clear()
        if self.descriptor < 0:
            self.engine.propagate_to(self.take)
        self.append_to(descriptor)

    def temporary_of(self, process_id: int) -> str:
        """The path of what that process writes until it is done."""
        return os.path.join(self.folder, f"temp-rewriteaof-bg-{process_id}.aof")

    @property
    def aside(self) -> str:
        return os.path.join(self.folder, f"temp-{self.stem}.incr")

    def finish_rewrite(self) -> None:
        """See whether the rewrite has ended, and let its result count."""
        child = self.child
        if child is None or not child.is_over():
            return
        self.child = None
        self.last_seconds = round(child.seconds)
        self.last_failed = child.problem is not None
        if child.problem is not None:
            self.failures += 1
            problem = child.problem if child.problem.startswith("terminated") else f"terminated with {child.problem}"
            self.log("warning", f"Background AOF rewrite {problem}")
            return
        self.log("notice", "Background AOF rewrite terminated with success")
        self.failures = 0
        try:
            self.accept_base()
        except OSError as error:
            self.last_failed = True
            self.log("warning", f"Error trying to finish the AOF rewrite: {error.strerror}")
            return
        self.log("notice", "Background AOF rewrite finished successfully")

    def accept_base(self) -> None:
        """Let the new base take the place of what came before it. Raises OSError."""
        base = self.manifest.next_base(rdb=self.written_as_rdb())
        os.rename(self.temporary, self.path(base))
        self.log(
            "notice",
            f"Successfully renamed the temporary AOF base file {os.path.basename(self.temporary)} into {base.name}",
        )
        manifest = self.manifest.with_base(base, self.since)
        if self.waiting:
            increment = self.manifest.next_increment()
            os.rename(self.aside, self.path(increment))
            self.log(
                "notice",
                f"Successfully renamed the temporary AOF incr file temp-{self.stem}.incr into {increment.name}",
            )
            manifest = manifest.with_increment(increment)
        self.write_manifest(manifest)
        self.manifest, self.waiting = manifest, False
        self.total = self.base_size = self.measured()
        self.delete_history()

    def written_as_rdb(self) -> bool:
        """What the new base is; the parameter may have been changed while it was written."""
        with open(self.temporary, "rb") as file:
            return file.read(5) == b"REDIS"

    def is_rewrite_due(self) -> bool:
        """Whether the files have grown so much that it is time."""
        if not self.enabled or self.waiting:
            return False
        percentage = self.engine.config["auto-aof-rewrite-percentage"]
        if not percentage or self.total <= self.engine.config["auto-aof-rewrite-min-size"]:
            return False
        base = self.base_size or 1
        return (self.total * 100 // base) - 100 >= int(percentage)

    # -- what INFO tells -------------------------------------------------------------------------------------

    def fields(self) -> dict[str, int | str]:
        """Fields of INFO persistence."""
        found: dict[str, int | str] = {
            "aof_enabled": int(self.enabled),
            "aof_rewrite_in_progress": int(self.child is not None),
            "aof_last_rewrite_time_sec": self.last_seconds,
            "aof_current_rewrite_time_sec": round(self.child.seconds) if self.child is not None else -1,
            "aof_last_bgrewrite_status": "err" if self.last_failed else "ok",
            "aof_rewrites": self.rewrites,
            "aof_rewrites_consecutive_failures": self.failures,
            "aof_last_write_status": "err" if self.problem else "ok",
        }
        if self.enabled:
            found |= {
                "aof_current_size": self.total,
                "aof_base_size": self.base_size,
                "aof_pending_rewrite": 0,
                "aof_buffer_length": sum(map(len, self.buffer)),
                "aof_pending_bio_fsync": int(self.syncing is not None and self.syncing.is_alive()),
                "aof_delayed_fsync": 0,
            }
        return found
