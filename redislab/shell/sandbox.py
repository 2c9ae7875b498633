"""The sandbox: the data that the shell and `exec` find again the next time.

Owns the file, its lock, and when it is written: aside, flushed to the disk, and put in place of the old one in one
move. The first process holds the lock for as long as it lives; another one works on a copy in memory and says so. A
file that cannot be read is kept under another name, never overwritten.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import IO, TYPE_CHECKING, Any

from redislab.paths import private_folder, sandbox_file

if TYPE_CHECKING:
    from redislab.lab import Lab

__all__ = ["LEAVE_AGAIN", "Sandbox", "unsaved"]

LEAVE_AGAIN = "Make room and leave again, or write your commands elsewhere with :save FILE; leaving now loses changes"

NOT_KEPT = "what you do now is not kept. REDISLAB_HOME can name another folder"

BRIEF_WAIT_S = 2.0
"""How long a single command waits for another single command to finish."""

MOMENT_S = 0.1

LEAST_PAUSE_S = 1.0
DUTY = 20
"""Between two saves lie at least one second and twenty times what the last one took: 5 % of the time at most."""


class Sandbox:
    """A lab with the file behind it. `messages` is what the person should be told, in order.

    `brief` is for a process that runs one command and ends: it waits a moment for others of its kind.
    """

    def __init__(self, lab: Lab, *, memory: bool = False, brief: bool = False, file: str = "") -> None:
        self.lab = lab
        with contextlib.suppress(OSError):  # the folder one stands in may have been deleted
            lab.engine.config.start_with("dir", os.getcwd())
        self.brief = brief
        self.messages: list[str] = []
        self.file: str | None = None if memory else file or sandbox_file(lab.version)
        self.lock: IO[str] | None = None
        self.saved: Any = None
        self.pause_until = 0.0
        self.failing = False
        """Whether the last attempt to save failed."""

    @property
    def kept(self) -> bool:
        """Whether changes will be there the next time."""
        return self.lock is not None

    # -- opening ---------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Take the lock if nobody has it, and load the data. What goes wrong is told in `messages`."""
        if self.file is None:
            return
        try:
            private_folder(os.path.dirname(self.file))
            self.lock = self._take_lock()
        except OSError as error:
            self.messages.append(f"nothing can be written to the sandbox ({reason(error)}): {NOT_KEPT}")
        try:
            data = content(self.file)
        except OSError as error:
            self.messages.append(f"the sandbox cannot be read ({reason(error)}): {NOT_KEPT}")
            self._let_go()
            return
        if data is not None:
            self._load(data)
        self.saved = self._stamp()

    def _load(self, data: bytes) -> None:
        from redislab.persist.sandbox_form import BadSandbox, load

        assert self.file is not None
        try:
            load(self.lab, data)
        except BadSandbox as error:
            if not self.kept:
                self.messages.append(f"the sandbox {self.file} cannot be read: {error}")
                return
            aside = f"{self.file}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
            try:
                os.replace(self.file, aside)
            except OSError as problem:
                self.messages.append(
                    f"the sandbox cannot be read: {error}. It cannot be put aside ({reason(problem)}): {NOT_KEPT}"
                )
                self._let_go()
                return
            self.messages.append(
                f"the sandbox cannot be read: {error}. It is kept as {aside}; you begin with an empty one"
            )

    def _take_lock(self) -> IO[str] | None:
        """The lock's open file, or None if another process has it."""
        assert self.file is not None
        descriptor = os.open(f"{os.path.splitext(self.file)[0]}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        lock = os.fdopen(descriptor, "r+", encoding="utf-8")
        begun = time.monotonic()
        while not try_lock(lock):
            lock.seek(0)
            holder, _, how = lock.read(100).partition(" ")
            # A holder writes its name after it got the lock: for a moment the name of the one before may stand there.
            patience = MOMENT_S if how == "shell" or not self.brief else BRIEF_WAIT_S
            if time.monotonic() - begun > patience:
                lock.close()
                self.messages.append(
                    f"another redislab (process {holder or '?'}) has the sandbox open: this one works on a copy in"
                    " memory, and what you change is not kept"
                )
                return None
            time.sleep(0.02)
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()} {'brief' if self.brief else 'shell'}")
        lock.flush()
        return lock

    # -- saving ----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the data if it changed since it was written. Raises OSError."""
        stamp = self._stamp()
        if not self.kept or stamp == self.saved:
            return
        from redislab.persist.sandbox_form import dump

        assert self.file is not None
        begun = time.monotonic()
        try:
            write_whole(self.file, dump(self.lab))
            self.saved, self.failing = stamp, False
        finally:
            now = time.monotonic()
            self.pause_until = now + max(LEAST_PAUSE_S, DUTY * (now - begun))

    def save_when_idle(self) -> str:
        """As `save`, but not too often; to be called a few times a second. Returns what to tell: a failure, once."""
        if not self.kept or time.monotonic() < self.pause_until:
            return ""
        try:
            self.save()
        except OSError as error:
            known, self.failing = self.failing, True
            return "" if known else f"{unsaved(error)}; it is tried again"
        return ""

    def close(self) -> None:
        """Save and let the lock go. Raises OSError."""
        try:
            self.save()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        lock, self.lock = self.lock, None
        if lock is not None:
            with contextlib.suppress(OSError), lock:
                lock.seek(0)
                lock.truncate()

    def _stamp(self) -> Any:
        """Something that is different after every change: a write, a setting, an undo."""
        engine = self.lab.engine
        changes = engine.changes
        place = (changes.count, len(changes.undone)) if changes is not None else ()
        return engine.dirty, engine.expired_keys, place, tuple(engine.config.values.values())


def reason(error: OSError) -> str:
    """What is wrong with a file or folder, in words."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{error.filename} is no folder"
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def unsaved(error: OSError) -> str:
    """What to say when saving failed."""
    return f"the sandbox could not be saved ({reason(error)}): what was there before is whole"


def content(file: str) -> bytes | None:
    """What is in a file; None if there is none. Raises OSError."""
    try:
        with open(file, "rb") as source:
            return source.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_whole(file: str, data: bytes) -> None:
    """Put a new content in place of the old one, so that a crash leaves the one or the other. Raises OSError."""
    aside = f"{file}.{os.getpid()}.tmp"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(aside, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(os.path.dirname(file), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


if sys.platform == "win32":

    def try_lock(lock: IO[str]) -> bool:
        """Lock a byte far behind the text, which stays readable. It goes with the process."""
        import msvcrt

        lock.seek(1000)
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def try_lock(lock: IO[str]) -> bool:
        """Lock the file for this process. It goes with the process."""
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
