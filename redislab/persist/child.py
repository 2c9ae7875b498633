"""A copy of the process that writes a file while the process itself goes on.

The system copies the memory of a process only where one of the two changes it (fork), so the copy sees the data as it
was at that moment, at the price of a short pause. Where there is no fork, the work is done at once.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable

__all__ = ["Child"]


class Child:
    """Work that was begun beside this process. `seconds` is how long it took, or has taken so far."""

    def __init__(self, work: Callable[[], None], leftovers: Callable[[int], list[str]] = lambda process_id: []) -> None:
        self.work = work
        self.leftovers = leftovers
        """The paths of what is left of the work of a process that did not end well."""
        self.begun = time.monotonic()
        self.process_id = 0
        self.fork_us = 0
        self.ended = 0.0
        self.problem: str | None = None

    def start(self) -> None:
        """Begin. Raises OSError where no process can be made."""
        if not hasattr(os, "fork"):
            self._work_here()
            return
        # What the collector writes into objects would make the system copy them. They stay frozen: values refer to
        # nothing that refers to them, so they go without it, and to look through a million of them takes long.
        gc.freeze()
        before = time.perf_counter()
        process_id = os.fork()
        if process_id == 0:
            self._be_the_child()
        self.process_id = process_id
        self.fork_us = round((time.perf_counter() - before) * 1e6)

    def _work_here(self) -> None:
        try:
            self.work()
        except OSError as error:
            self.problem = str(error.strerror or error)
        self.ended = time.monotonic()

    def _be_the_child(self) -> None:
        """Do the work and end, without a word to whatever else the process was doing."""
        code = 1
        try:
            gc.disable()
            self.work()
            code = 0
        except OSError:
            pass  # The work has told of it, and the exit code does.
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)

    def is_over(self) -> bool:
        """Whether the work has ended, well or not."""
        if self.ended:
            return True
        try:
            process_id, status = os.waitpid(self.process_id, os.WNOHANG)
        except ChildProcessError:
            process_id, status = self.process_id, 1 << 8
        if not process_id:
            return False
        self.ended = time.monotonic()
        if status:
            code = os.waitstatus_to_exitcode(status)
            self.problem = f"terminated by signal {-code}" if code < 0 else "error"
            self.tidy()
        return True

    def kill(self) -> None:
        """End the work."""
        if self.process_id and not self.ended:
            os.kill(self.process_id, 9)
            os.waitpid(self.process_id, 0)
            self.ended = time.monotonic()
            self.problem = "terminated by signal 9"
            self.tidy()

    def tidy(self) -> None:
        """Delete what unfinished work has left."""
        for path in self.leftovers(self.process_id):
            with contextlib.suppress(OSError):
                os.unlink(path)

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.begun
