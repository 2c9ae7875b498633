"""The history of typed lines on disk: readable by its owner alone, and without passwords.

Owns which lines are kept. A line with a password can be called back while the shell runs, and is never written.
The first prompt waits for this module, so it does without pathlib.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from prompt_toolkit.history import FileHistory

from redislab.paths import private_folder

__all__ = ["ShellHistory"]

LARGEST = 4 << 20
"""Bytes; of a longer file the last part is kept."""


class ShellHistory(FileHistory):
    """Lines in a file of their owner's. Where the file cannot be used there is a history all the same, in memory."""

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.file = os.fspath(file)
        super().__init__(self.file)
        with contextlib.suppress(OSError):
            private_folder(os.path.dirname(self.file))
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            facts = os.stat(self.file)
            if facts.st_mode & 0o077:
                os.chmod(self.file, 0o600)
            if facts.st_size > LARGEST:
                self._shorten()

    def _shorten(self) -> None:
        with open(self.file, "rb") as whole:
            whole.seek(-LARGEST // 2, os.SEEK_END)
            data = whole.read()
        aside = f"{self.file}.{os.getpid()}.tmp"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(data[data.find(b"\n#") + 1 :])
        os.replace(aside, self.file)

    def load_history_strings(self) -> Iterable[str]:
        try:
            yield from super().load_history_strings()
        except OSError:
            return

    def store_string(self, string: str) -> None:
        from redislab.shell.secrets import line_holds_secret

        if line_holds_secret(string):
            return
        with contextlib.suppress(OSError):
            super().store_string(string)
