"""The history of typed lines on disk: readable by its owner alone, and without passwords.

Owns which lines are kept. A line with a password can be called back while the shell runs, and is never written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory

from redislab.paths import private_folder
from redislab.shell.secrets import line_holds_secret

__all__ = ["ShellHistory"]

LARGEST = 4 << 20
"""Bytes; of a longer file the last part is kept."""


class ShellHistory(FileHistory):
    """Lines in a file of their owner's. Where the file cannot be used there is a history all the same, in memory."""

    def __init__(self, file: str | Path) -> None:
        super().__init__(str(file))
        self.file = file = Path(file)
        with contextlib.suppress(OSError):
            private_folder(file.parent)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
            if file.stat().st_size > LARGEST:
                self._shorten()

    def _shorten(self) -> None:
        data = self.file.read_bytes()[-LARGEST // 2 :]
        whole = data[data.find(b"\n#") + 1 :]
        aside = self.file.with_name(f"{self.file.name}.{os.getpid()}.tmp")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(whole)
        os.replace(aside, self.file)

    def load_history_strings(self) -> Iterable[str]:
        try:
            yield from super().load_history_strings()
        except OSError:
            return

    def store_string(self, string: str) -> None:
        if line_holds_secret(string):
            return
        with contextlib.suppress(OSError):
            super().store_string(string)
