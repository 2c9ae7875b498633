"""Where redislab keeps what it writes: the sandbox, the history, progress.

Everything lives in one folder of the user's, or below `REDISLAB_HOME` when that is set. Folders are made when they are
first needed, readable by their owner alone. Nothing here reads or writes a file. Single commands come by here too, so
pathlib and platformdirs are loaded only where they are needed: together they would take as long as the command.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["data_folder", "history_file", "home", "private_folder", "progress_folder", "sandbox_file"]


def home() -> str:
    """`$REDISLAB_HOME`, or the user's data folder as the system has it (`$XDG_DATA_HOME/redislab` on Linux)."""
    chosen = os.environ.get("REDISLAB_HOME")
    if chosen:
        return os.path.expanduser(chosen)
    if sys.platform == "linux":  # what platformdirs says, without loading it; a test holds them together
        shared = os.environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")
        return os.path.join(shared, "redislab")
    from platformdirs import user_data_dir

    return user_data_dir("redislab", appauthor=False)


def data_folder() -> Path:
    """The folder of `home`."""
    from pathlib import Path

    return Path(home())


def private_folder(folder: str | Path) -> None:
    """Make a folder (0700) if it is not there. Raises OSError."""
    os.makedirs(folder, mode=0o700, exist_ok=True)


def sandbox_file(version: str = "7.0") -> str:
    """The data of the sandbox that the shell and `exec` work on.

    Each version of Redis has its own: what a later one stores, an earlier one could not hold.
    """
    return os.path.join(home(), "sandbox.redislab" if version == "7.0" else f"sandbox-{version}.redislab")


def history_file() -> str:
    """The lines typed in the shell; its owner alone may read it (0600)."""
    return os.path.join(home(), "history")


def progress_folder() -> Path:
    """Progress in lessons."""
    return data_folder() / "progress"
