"""The folder of an append only file: its manifest, and the loading of what the manifest names.

What cannot be loaded is left as it is, and the reason is told in the words of Redis. The one thing that is ever cut off
is a command, or a transaction, that is not whole at the very end, and only where aof-load-truncated allows it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from redislab.persist.aof_load import BadAof, Truncated, UnfinishedTransaction, play_aof
from redislab.persist.manifest import BASE, BadManifest, File, Manifest
from redislab.persist.rdb import Loaded, replaced

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["AofFiles", "CannotAppend"]


class CannotAppend(Exception):
    """What is there cannot be read, or nothing can be written; the text says why."""


class AofFiles:
    """The files of one engine. `loaded` is what their RDB part held."""

    def __init__(self, engine: Engine, log: Callable[[str, str], None]) -> None:
        self.engine = engine
        self.log = log
        config = engine.config
        self.folder_name = str(config["appenddirname"])
        self.folder = os.path.join(str(config["dir"]), self.folder_name)
        self.stem = str(config["appendfilename"])
        self.manifest = Manifest(self.stem)
        self.loaded = Loaded()

    @property
    def manifest_path(self) -> str:
        return os.path.join(self.folder, f"{self.stem}.manifest")

    def path(self, file: File) -> str:
        return os.path.join(self.folder, file.name)

    def make_folder(self) -> None:
        """Raises OSError, also where the folder that it belongs in is gone."""
        if os.path.isdir(self.folder):
            return
        try:
            os.mkdir(self.folder)
        except OSError as error:
            self.log(
                "warning", f"Can't open or create append-only dir {self.folder_name}: {error.strerror}"
            )
            raise

    def files(self) -> list[File]:
        """The base and what was appended since, in order."""
        return ([self.manifest.base] if self.manifest.base else []) + self.manifest.increments

    def measured(self) -> int:
        """Bytes of all the files."""
        return sum(os.path.getsize(self.path(file)) for file in self.files())

    # -- the manifest ----------------------------------------------------------------------------------------

    def read_manifest(self) -> None:
        """Raises OSError and BadManifest."""
        with open(self.manifest_path, encoding="utf-8", errors="surrogateescape", newline="\n") as source:
            self.manifest = Manifest.parse(self.stem, source.read())

    def write_manifest(self, manifest: Manifest) -> None:
        """Put the manifest in its place. Raises OSError."""
        aside = f"temp-{self.stem}.manifest"
        try:
            with replaced(self.manifest_path, os.path.join(self.folder, aside)) as file:
                file.write(manifest.text().encode("utf-8", "surrogateescape"))
        except OSError as error:
            self.log(
                "warning", f"Error trying to write the temporary AOF manifest file {aside}: {error.strerror}"
            )
            raise

    def adopt_old_file(self) -> None:
        """Take the single file of a version before 7.0 as the base of a new folder. Raises OSError."""
        old = os.path.join(os.path.dirname(self.folder), self.stem)
        if os.path.exists(self.manifest_path) or not os.path.isfile(old):
            return
        self.make_folder()
        self.manifest = Manifest(self.stem, File(self.stem, 1, BASE), base_sequence=1)
        # The manifest first: with the two in the other order, a crash in between would leave a file nobody knows.
        self.write_manifest(self.manifest)
        os.rename(old, os.path.join(self.folder, self.stem))
        self.log(
            "notice",
            f"Successfully migrated an old-style AOF file ({self.stem}) into the AOF directory ({self.folder_name}).",
        )

    def finish_adoption(self) -> None:
        """End what a crash interrupted in `adopt_old_file`, between its two steps. Raises OSError."""
        base, old = self.manifest.base, os.path.join(os.path.dirname(self.folder), self.stem)
        if base is not None and base.name == self.stem and not os.path.exists(self.path(base)) and os.path.isfile(old):
            os.rename(old, self.path(base))

    def delete_history(self) -> None:
        """Delete the files that a rewrite has made superfluous."""
        if not self.manifest.history or self.engine.config["aof-disable-auto-gc"]:
            return
        for file in self.manifest.history:
            self.log("notice", f"Removing the history file {file.name} in the background")
            with suppress(OSError):
                os.unlink(self.path(file))
        self.manifest.history = []
        with suppress(OSError):
            self.write_manifest(self.manifest)

    # -- loading ---------------------------------------------------------------------------------------------

    def load(self) -> bool:
        """Play what is there; False if there is nothing. Raises CannotAppend."""
        try:
            self.adopt_old_file()
            self.read_manifest()
            self.finish_adoption()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise CannotAppend(
                f"Fatal error: can't open the AOF manifest file {self.stem}.manifest for reading: {error.strerror}"
            ) from None
        except BadManifest as error:
            *place, reason = str(error).splitlines()
            for line in ("*** FATAL AOF MANIFEST FILE ERROR ***", *place):
                self.log("warning", line)
            raise CannotAppend(reason) from None
        files = self.files()
        self.check_files(files)
        for number, file in enumerate(files, 1):
            self.load_file(file, last=number == len(files))
        return bool(files)

    def check_files(self, files: list[File]) -> None:
        """Raises CannotAppend where one is not there."""
        for file in files:
            try:
                os.stat(self.path(file))
            except OSError as error:
                raise CannotAppend(
                    f"Unable to obtain the AOF file {file.name} length. stat: {error.strerror}"
                ) from None

    def load_file(self, file: File, *, last: bool) -> None:
        """Play one file. Raises CannotAppend."""
        begun = time.perf_counter()
        try:
            with open(self.path(file), "rb") as source:
                data = source.read()
        except OSError as error:
            raise CannotAppend(
                f"Fatal error: can't open the append log file {file.name} for reading: {error.strerror}"
            ) from None
        if data.startswith(b"REDIS"):
            what = "preamble from AOF file" if file.name == self.stem else "base file on AOF loading"
            self.log("notice", f"Reading RDB {what}...")
        try:
            found = play_aof(self.engine, data, self.log)
        except Truncated as error:
            self.cut(file, error, last=last)
        except BadAof as error:
            self.engine.loading = False
            raise CannotAppend(error.told(file.name)) from None
        else:
            if found is not None:
                self.loaded = found
        if data:
            kind = "base" if file.kind == BASE else "incr"
            self.log("notice", f"DB loaded from {kind} file {file.name}: {time.perf_counter() - begun:.3f} seconds")

    def cut(self, file: File, error: Truncated, *, last: bool) -> None:
        """Cut off what is not whole at the end of the last file, if that is allowed. Raises CannotAppend."""
        if isinstance(error, UnfinishedTransaction):
            self.log("warning", f"Revert incomplete MULTI/EXEC transaction in AOF file {file.name}")
        if not self.engine.config["aof-load-truncated"]:
            raise CannotAppend(
                f"Unexpected end of file reading the append only file {file.name}. You can: 1) Make a backup of your"
                " AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the"
                " 'aof-load-truncated' configuration option to yes and restart the server."
            )
        self.log("warning", f"!!! Warning: short read while loading the AOF file {file.name}!!!")
        if not last:
            raise CannotAppend("Fatal error: the truncated file is not the last file")
        self.log("warning", f"!!! Truncating the AOF {file.name} at offset {error.whole} !!!")
        try:
            os.truncate(self.path(file), error.whole)
        except OSError as problem:
            raise CannotAppend(f"Error truncating the AOF file {file.name}: {problem.strerror}") from None
        self.log("warning", f"AOF {file.name} loaded anyway because aof-load-truncated is enabled")
