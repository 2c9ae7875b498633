"""Keeps the data of an engine on the disk: loads it at the start, saves it when it is due or asked for, and tells how
it went.

An edge owns one, calls `cron` ten times a second and `close` at the end. `log` takes a level and a text, in the words
of Redis. While saving fails, writes are refused (MISCONF), unless stop-writes-on-bgsave-error says otherwise.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from redislab.engine.host import HostError
from redislab.persist.child import Child
from redislab.persist.rdb import load_rdb, write_rdb
from redislab.rdb.strings import RdbError

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

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
        self.loaded_keys = self.expired_keys = 0
        self.fork_us = 0

    @property
    def path(self) -> str:
        """The RDB file."""
        config = self.engine.config
        return os.path.join(str(config["dir"]), str(config["dbfilename"]))

    # -- loading ---------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Load what is there. Raises CannotLoad."""
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
        try:
            found = load_rdb(self.engine, data, merge=merge)
        except RdbError as error:
            raise CannotLoad(f"{error}. The file {self.path} was left as it is.") from None
        version = found.facts.get(b"redis-ver")
        if version is not None:
            self.log("notice", f"Loading RDB produced by version {version.decode('latin-1')}")
        created = found.facts.get(b"ctime", b"")
        if created.isdigit():
            self.log("notice", f"RDB age {max(0, self.engine.now // 1000 - int(created))} seconds")
        self.loaded_keys, self.expired_keys = found.keys, found.expired
        self.saved_dirty = self.engine.dirty
        self.log("notice", f"Done loading RDB, keys loaded: {found.keys}, keys expired: {found.expired}.")

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
        self.saves += 1
        dirty = self.engine.dirty
        try:
            write_rdb(self.engine, self.path)
        except OSError as error:
            self.log("warning", f"Failed opening the temp RDB file for saving: {error.strerror}")
            self.note(False)
            raise HostError("") from None
        self.log("notice", "DB saved on disk")
        self.saved_dirty = dirty
        self.note(True)

    def save_beside(self) -> None:
        """Begin to save, in a copy of the process. Raises HostError."""
        self.saves += 1
        self.child_dirty, self.last_try = self.engine.dirty, time.time()
        self.child = Child(lambda: self.work_of_child())
        try:
            self.child.start()
        except OSError as error:
            self.child = None
            self.log("warning", f"Can't save in background: fork: {error.strerror}")
            self.note(False)
            raise HostError("") from None
        self.fork_us = self.child.fork_us
        self.log("notice", f"Background saving started by pid {self.child.process_id}")

    def work_of_child(self) -> None:
        write_rdb(self.engine, self.path)

    def note(self, good: bool) -> None:
        """How saving went, and whether writes are to be refused."""
        self.last_failed = not good
        if good:
            self.last_save = time.time()
        self.refresh_refusal()

    def refresh_refusal(self) -> None:
        """Refuse writes while saving is asked for and fails."""
        config = self.engine.config
        refuse = self.last_failed and config["stop-writes-on-bgsave-error"] and config["save"]
        self.engine.refuse_writes(MISCONF_RDB if refuse else "")

    # -- time ------------------------------------------------------------------------------------------------

    def cron(self) -> None:
        """See whether a save has ended, and whether one is due."""
        if self.child is not None:
            if self.child.is_over():
                self.end_of_child(self.child)
            return
        if self.scheduled or self.is_due():
            self.scheduled = False
            try:
                self.save_beside()
            except HostError:
                return

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

    def close(self, *, save: bool | None) -> None:
        """Save for the last time: `save` None means if there are save points. Raises HostError."""
        if self.child is not None:
            self.log("warning", "There is a child saving an .rdb. Killing it!")
            self.child.kill()
            self.child = None
        if save if save is not None else self.engine.config["save"]:
            self.log("notice", "Saving the final RDB snapshot before exiting.")
            self.save()

    # -- what INFO tells -------------------------------------------------------------------------------------

    def fields(self) -> dict[str, int | str]:
        """Fields of INFO persistence."""
        running = self.child is not None
        return {
            "rdb_changes_since_last_save": self.engine.dirty - self.saved_dirty,
            "rdb_bgsave_in_progress": int(running),
            "rdb_last_save_time": int(self.last_save),
            "rdb_last_bgsave_status": "err" if self.last_failed else "ok",
            "rdb_last_bgsave_time_sec": self.last_seconds,
            "rdb_current_bgsave_time_sec": round(self.child.seconds) if self.child is not None else -1,
            "rdb_saves": self.saves,
            "rdb_last_load_keys_expired": self.expired_keys,
            "rdb_last_load_keys_loaded": self.loaded_keys,
        }
