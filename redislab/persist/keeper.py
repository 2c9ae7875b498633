"""Keeps the data of an engine on the disk: loads it at the start, saves it when it is due or asked for, and tells how
it went.

An edge owns one, calls `cron` ten times a second and `close` at the end. `log` takes a level and a text, in the words
of Redis. While saving fails, writes are refused (MISCONF), unless stop-writes-on-bgsave-error says otherwise.

The forms of files are imported where they are needed first: a start that finds no data reads and writes none.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from redislab.engine.config import ConfigError
from redislab.engine.host import HostError

if TYPE_CHECKING:
    from redislab.engine.engine import Engine
    from redislab.persist.aof import AppendOnlyFile
    from redislab.persist.child import Child

__all__ = ["CannotLoad", "Keeper"]

RETRY_SECONDS = 5
MISCONF_RDB = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may"
    " modify the data set are disabled, because this instance is configured to report errors during writes if RDB"
    " snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB"
    " error."
)


class CannotLoad(Exception):
    """The data on the disk cannot be loaded; the text says why. Nothing on the disk was touched."""


class Keeper:
    """The files of one engine."""

    def __init__(self, engine: Engine, log: Callable[[str, str], None]) -> None:
        self.engine = engine
        self.log = log
        self.child: Child | None = None
        self.scheduled = False
        self.saved_dirty = 0
        """`engine.dirty` when data was last saved."""
        self.child_dirty = 0
        self.last_save = time.time()
        self.last_try = 0.0
        self.last_failed = False
        self.last_seconds = -1
        self.saves = 0
        self.loaded = False
        self.loaded_keys = self.expired_keys = 0
        self.fork_us = self.forks = 0
        self.aof: AppendOnlyFile | None = None
        self.rewrite_scheduled = self.rewrite_failed = False
        engine.config.on_change("appendonly", self.appendonly_changed)
        engine.config.on_change("stop-writes-on-bgsave-error", lambda _: self.refresh_refusal())
        engine.config.on_change("save", lambda _: self.refresh_refusal())

    @property
    def path(self) -> str:
        """The RDB file."""
        config = self.engine.config
        return os.path.join(str(config["dir"]), str(config["dbfilename"]))

    # -- loading ---------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Load what is there, from the append only file if there is to be one, and begin to keep. Raises CannotLoad."""
        if self.engine.config["appendonly"]:
            self.load_aof()
        else:
            self.load_file()
            self.saved_dirty = self.engine.dirty  # What an append only file tells counts as changes.
        gc.freeze()  # What was loaded stays for long: it need not be looked through again and again.
        self.loaded = True

    def load_aof(self) -> None:
        from redislab.persist.aof import AppendOnlyFile
        from redislab.persist.aof_files import CannotAppend

        begun = time.perf_counter()
        self.aof = AppendOnlyFile(self.engine, self.log)
        try:
            if self.aof.load():
                seconds = time.perf_counter() - begun
                self.log("notice", f"DB loaded from append only file: {seconds:.3f} seconds")
            self.loaded_keys, self.expired_keys = self.aof.loaded.keys, self.aof.loaded.expired
            self.aof.start()
        except CannotAppend as error:
            raise CannotLoad(str(error)) from None
        except OSError as error:
            raise CannotLoad(f"Fatal error opening the append only file: {error.strerror}. Exiting.") from None

    def load_file(self) -> None:
        """Load the RDB file, if there is one. Raises CannotLoad."""
        if not self.engine.config["dbfilename"]:
            return  # No file has that name.
        begun = time.perf_counter()
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise CannotLoad(f"Fatal error loading the DB: {error.strerror}. Exiting.") from None
        self.take_in(data)
        self.log("notice", f"DB loaded from disk: {time.perf_counter() - begun:.3f} seconds")

    def take_in(self, data: bytes, *, merge: bool = False) -> None:
        """Load the bytes of an RDB file. Raises CannotLoad."""
        from redislab.persist.rdb import load_rdb, refusal
        from redislab.rdb.strings import RdbError

        try:
            found = load_rdb(self.engine, data, merge=merge)
        except RdbError as error:
            raise CannotLoad(f"{refusal(error).removesuffix('.')}. The file {self.path} was left as it is.") from None
        self.loaded_keys, self.expired_keys = found.keys, found.expired
        for level, line in found.lines(self.engine.now // 1000):
            self.log(level, line)

    def reload_aof(self) -> None:
        """Forget the data and play the append only file: DEBUG LOADAOF. Raises CannotLoad.

        Where none is kept the data stays: Redis ends itself then, and what it held is lost.
        """
        if not self.engine.config["appendonly"]:
            raise CannotLoad("There is no append only file to load: appendonly is no")
        if self.aof is not None:
            self.aof.stop()
        for db in self.engine.databases:
            db.clear()
        self.load_aof()

    def reload(self, *, flush: bool, merge: bool) -> None:
        """Load the RDB file into an engine that has data: DEBUG RELOAD. Raises CannotLoad."""
        if flush:
            for db in self.engine.databases:
                db.clear()
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise CannotLoad(f"the RDB file cannot be read: {error.strerror}") from None
        self.take_in(data, merge=merge)

    # -- saving ----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save everything now. Raises HostError."""
        if self.child is not None:
            raise HostError("Background save already in progress")
        from redislab.persist.rdb import write_rdb

        self.saves += 1
        dirty = self.engine.dirty
        try:
            write_rdb(self.engine, self.path)
        except OSError as error:
            self.tell(error)
            raise HostError("") from None
        self.log("notice", "DB saved on disk")
        self.saved_dirty = dirty
        self.note(True)

    def save_beside(self) -> None:
        """Begin to save, in a copy of the process. Raises HostError."""
        from redislab.persist.child import Child

        self.saves += 1
        self.child_dirty, self.last_try = self.engine.dirty, time.time()
        folder = os.path.dirname(self.path)
        self.child = Child(self.work_of_child, lambda process_id: [os.path.join(folder, f"temp-{process_id}.rdb")])
        try:
            self.child.start()
        except OSError as error:
            self.child = None
            self.log("warning", f"Can't save in background: fork: {error.strerror}")
            self.note(False)
            raise HostError("") from None
        self.note_fork(self.child)
        self.log("notice", f"Background saving started by pid {self.child.process_id}")

    def emptied(self) -> None:
        """After FLUSHALL: a save that is running would save what is gone, and with save points the file is emptied."""
        if self.child is not None:
            self.child.kill()
            self.child = None
        if self.engine.config["save"]:
            with suppress(HostError):
                self.save()

    def note_fork(self, child: Child | None) -> None:
        """Count that a copy of the process was made, for INFO."""
        if child is not None and child.process_id:
            self.forks += 1
            self.fork_us = child.fork_us

    def work_of_child(self) -> None:
        from redislab.persist.rdb import IN_A_CHILD, write_rdb

        try:
            write_rdb(self.engine, self.path, effort=IN_A_CHILD)
        except OSError as error:
            self.tell(error)
            raise
        self.log("notice", "DB saved on disk")

    def tell(self, error: OSError) -> None:
        """Say in the log why saving failed: the file could not be made, not be written, or not take its place."""
        name, folder = os.path.basename(str(error.filename)), os.path.dirname(self.path)
        if error.filename2 is not None:
            final = os.path.basename(error.filename2)
            text = f"Error moving temp DB file {name} on the final destination {final} (in server root dir {folder})"
        elif error.filename is not None:
            text = f"Failed opening the temp RDB file {name} (in server root dir {folder}) for saving"
        else:
            text = "Write error saving DB on disk(rdbSaveRio)"
        self.log("warning", f"{text}: {error.strerror}")

    def note(self, good: bool) -> None:
        """How saving went, and whether writes are to be refused."""
        self.last_failed = not good
        if good:
            self.last_save = time.time()
        self.refresh_refusal()

    def refresh_refusal(self) -> None:
        """Refuse writes while saving is asked for and fails."""
        config = self.engine.config
        refusal = MISCONF_RDB if self.last_failed and config["stop-writes-on-bgsave-error"] and config["save"] else ""
        if self.aof is not None and self.aof.enabled and self.aof.problem and not refusal:
            refusal = f"MISCONF Errors writing to the AOF file: {self.aof.problem}"
        self.engine.refuse_writes(refusal)

    # -- time ------------------------------------------------------------------------------------------------

    def cron(self) -> None:
        """See whether a save or a rewrite has ended, and whether one is due."""
        if self.aof is not None:
            self.cron_of_aof(self.aof)
        if self.child is not None:
            if self.child.is_over():
                self.end_of_child(self.child)
        elif self.aof is not None and self.aof.child is not None:
            return
        elif self.rewrite_scheduled or (self.aof is not None and self.aof.is_rewrite_due()):
            self.rewrite_scheduled = False
            with suppress(HostError):
                self.rewrite_beside()
        elif self.scheduled or self.is_due():
            self.scheduled = False
            try:
                self.save_beside()
            except HostError:
                return

    def cron_of_aof(self, aof: AppendOnlyFile) -> None:
        self.flush()
        aof.sync_if_due()
        if aof.failing_sync:
            self.refresh_refusal()
        aof.finish_rewrite()
        if aof.waiting and aof.child is None:
            self.rewrite_scheduled = True

    def flush(self) -> None:
        """Write what was appended. To be called before a reply goes out."""
        aof = self.aof
        if aof is not None and aof.buffer:
            problem = aof.problem
            aof.flush()
            if aof.problem != problem:
                self.refresh_refusal()

    def rewrite_beside(self) -> None:
        """Begin to rewrite the append only file, or to write one though none is kept. Raises HostError."""
        from redislab.persist.aof import AppendOnlyFile
        from redislab.persist.manifest import BadManifest

        aof = self.aof or AppendOnlyFile(self.engine, self.log)
        try:
            if self.aof is None:
                with suppress(FileNotFoundError):
                    aof.read_manifest()
            aof.rewrite()
        except (OSError, BadManifest) as error:
            self.rewrite_failed = True
            if isinstance(error, BadManifest):
                self.log("warning", f"Can't rewrite append only file in background: {error}")
            raise HostError("Can't execute an AOF background rewriting. Please check the server logs for more"
                            " information.") from None  # fmt: skip
        self.note_fork(aof.child)
        self.rewrite_failed = False
        self.aof = aof

    def appendonly_changed(self, wanted: bool) -> None:
        """CONFIG SET appendonly: begin to append, with what is there as the base, or end it. Raises ConfigError."""
        if not self.loaded or wanted == (self.aof is not None and self.aof.enabled):
            return
        if self.aof is not None:
            self.aof.stop()
            self.aof = None
            self.refresh_refusal()
        if not wanted:
            return
        from redislab.persist.aof import AppendOnlyFile
        from redislab.persist.manifest import BadManifest

        aof = AppendOnlyFile(self.engine, self.log)
        try:
            aof.switch_on()
            if self.child is None:
                aof.rewrite()
        except (OSError, BadManifest) as error:
            aof.stop()
            if isinstance(error, BadManifest):
                self.log("warning", str(error))
            self.log(
                "warning",
                "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above"
                " logs for more info about the error.",
            )
            raise ConfigError("Unable to turn on AOF. Check server logs.") from None
        self.note_fork(aof.child)
        self.aof = aof

    def end_of_child(self, child: Child) -> None:
        self.child = None
        self.last_seconds = round(child.seconds)
        if child.problem is None:
            self.log("notice", "Background saving terminated with success")
            self.saved_dirty = self.child_dirty
            self.note(True)
        else:
            self.log("warning", f"Background saving {child.problem}")
            self.note(False)

    def is_due(self) -> bool:
        """Whether a save point says that it is time; after a failure not at once again."""
        changes = self.engine.dirty - self.saved_dirty
        if not changes:
            return False
        now = time.time()
        passed = now - self.last_save
        for seconds, least in self.engine.config["save"]:
            if changes >= least and passed > seconds and (not self.last_failed or now - self.last_try > RETRY_SECONDS):
                self.log("notice", f"{least} changes in {seconds} seconds. Saving...")
                return True
        return False

    # -- the end ---------------------------------------------------------------------------------------------

    def close(self, *, save: bool | None, force: bool = False) -> None:
        """Save for the last time: `save` None means if there are save points. Raises HostError.

        While the first base of an append only file is being written, only `force` ends the server: nothing else has
        the data yet.
        """
        if self.child is not None:
            self.log("warning", "There is a child saving an .rdb. Killing it!")
            self.child.kill()
            self.child = None
        if self.aof is not None and self.aof.child is not None:
            if self.aof.waiting and force:
                self.log("warning", "Writing initial AOF. Exit anyway.")
            elif self.aof.waiting:
                self.log("warning", "Writing initial AOF, can't exit.")
                raise HostError("Errors trying to SHUTDOWN. Check logs.")
            self.log("warning", "There is a child rewriting the AOF. Killing it!")
            self.aof.kill_rewrite()
        if self.aof is not None and self.aof.enabled:
            self.log("notice", "Calling fsync() on the AOF file.")
            self.aof.flush()
        if save if save is not None else self.engine.config["save"]:
            self.log("notice", "Saving the final RDB snapshot before exiting.")
            self.save_at_last(force=force)

    def save_at_last(self, *, force: bool) -> None:
        """Save, and tell what follows if that fails. Raises HostError, unless the end is forced."""
        try:
            self.save()
        except HostError:
            self.log("warning", "Error trying to save the DB" + (". Exit anyway." if force else ", can't exit."))
            if not force:
                raise

    def end(self) -> None:
        """Let go of the files."""
        if self.aof is not None:
            self.aof.stop()
            self.aof = None

    # -- what INFO tells -------------------------------------------------------------------------------------

    def fields(self) -> dict[str, int | str]:
        """Fields of INFO about saving."""
        running = self.child is not None
        aof = self.aof.fields() if self.aof is not None else {}
        if self.rewrite_failed:
            aof["aof_last_bgrewrite_status"] = "err"
        return {
            "aof_rewrite_scheduled": int(self.rewrite_scheduled),
            **aof,
            "rdb_changes_since_last_save": self.engine.dirty - self.saved_dirty,
            "rdb_bgsave_in_progress": int(running),
            "rdb_last_save_time": int(self.last_save),
            "rdb_last_bgsave_status": "err" if self.last_failed else "ok",
            "rdb_last_bgsave_time_sec": self.last_seconds,
            "rdb_current_bgsave_time_sec": round(self.child.seconds) if self.child is not None else -1,
            "rdb_saves": self.saves,
            "rdb_last_load_keys_expired": self.expired_keys,
            "rdb_last_load_keys_loaded": self.loaded_keys,
            "latest_fork_usec": self.fork_us,
            "total_forks": self.forks,
        }
