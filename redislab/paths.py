"""Where redislab keeps what it writes: the sandbox, the history, progress.

Everything lives in one folder of the user's, or below `REDISLAB_HOME` when that is set. Folders are made when they are
first needed, readable by their owner alone. Nothing here reads or writes a file.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_folder", "history_file", "private_folder", "progress_folder", "sandbox_file"]


def data_folder() -> Path:
    """`$REDISLAB_HOME`, or the user's data folder as the system has it (`$XDG_DATA_HOME/redislab` on Linux)."""
    home = os.environ.get("REDISLAB_HOME")
    if home:
        return Path(home).expanduser()
    from platformdirs import user_data_path

    return user_data_path("redislab", appauthor=False)


def private_folder(folder: Path) -> Path:
    """Make a folder (0700) if it is not there, and return it. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sandbox_file() -> Path:
    """The data of the sandbox that the shell and `exec` work on."""
    return data_folder() / "sandbox.redislab"


def history_file() -> Path:
    """The lines typed in the shell; its owner alone may read it (0600)."""
    return data_folder() / "history"


def progress_folder() -> Path:
    """Progress in lessons."""
    return data_folder() / "progress"
