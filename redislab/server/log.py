"""The server's log, in the form of Redis: `PID:M 23 Nov 2026 10:00:00.123 * text`."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

__all__ = ["LEVELS", "Log"]

LEVELS = {"debug": ".", "verbose": "-", "notice": "*", "warning": "#"}
"""Levels from the most talkative, each with its mark."""
NOTHING = "nothing"
"""A level, since 7.2, that no line has."""


class Log:
    """Writes lines at or above a level to a file, or to stdout where `path` is empty."""

    def __init__(self, path: str = "", level: str = "notice") -> None:
        self.path = path
        self.level = level
        self.role = "C"
        """C while starting, M as a master; a copy of the process that saves is C, too."""
        self.process_id = os.getpid()

    def __call__(self, level: str, text: str) -> None:
        """Write a line, if `level` is not below the configured one. That it cannot be written is no reason to stop."""
        if self.tells(level):
            now, process_id = time.time(), os.getpid()
            role = self.role if process_id == self.process_id else "C"
            moment = time.strftime("%d %b %Y %H:%M:%S", time.localtime(now))
            self.write(f"{process_id}:{role} {moment}.{int(now * 1000) % 1000:03d} {LEVELS[level]} {text}\n")

    def tells(self, level: str) -> bool:
        """Whether lines of a level are written."""
        names = list(LEVELS)
        return self.level != NOTHING and names.index(level) >= names.index(self.level)

    def raw(self, text: str) -> None:
        """Write text as it is."""
        if self.level != NOTHING:
            self.write(text)

    def write(self, text: str) -> None:
        try:
            if not self.path:
                self.put(sys.stdout, text)
                return
            with open(self.path, "a", encoding="utf-8", errors="replace") as file:
                self.put(file, text)
        except (OSError, ValueError):
            pass

    def put(self, file: TextIO, text: str) -> None:
        file.write(text)
        file.flush()
