"""The end of starting up: from here on garbage is collected again. The command line puts it off; see cli.py."""

from __future__ import annotations

import gc

__all__ = ["started"]


def started() -> None:
    """Everything that stays is read in: leave it out of every collection to come."""
    gc.freeze()
    gc.enable()
