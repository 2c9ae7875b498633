"""How the shell ends when the system asks it to: SIGTERM, and SIGHUP when its terminal is closed.

Both end it the ordinary way, so that the sandbox is saved. What was told to ignore a signal (nohup) still ignores it.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

__all__ = ["ASKED_TO_END", "end_when_asked", "finish_undisturbed", "silence_lost_terminal"]

ASKED_TO_END = tuple(
    number
    for name in ("SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None and signal.getsignal(number) is signal.SIG_DFL
)
"""The signals that end the shell; Windows has no SIGHUP."""

TERMINALS = tuple(stream for stream in (1, 2) if os.isatty(stream))


def end_when_asked() -> None:
    """From here on these signals raise SystemExit, with the code that a shell gives to a process they ended."""

    def end(number: int, frame: FrameType | None) -> None:
        finish_undisturbed()
        silence_lost_terminal(number)
        raise SystemExit(128 + number)

    for number in ASKED_TO_END:
        signal.signal(number, end)


def silence_lost_terminal(number: int) -> None:
    """After SIGHUP nobody reads what is still written to the terminal, and writing there would be an error."""
    if number == getattr(signal, "SIGHUP", None):
        for stream in TERMINALS:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


def finish_undisturbed() -> None:
    """It is ending already: nothing may interrupt the saving."""
    for number in ASKED_TO_END:
        signal.signal(number, signal.SIG_IGN)
