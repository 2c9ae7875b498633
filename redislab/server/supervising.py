"""What a supervisor of the process is told: systemd by its socket (sd_notify), upstart by a stop.

Imported only where `supervised` asks for it. A supervisor that cannot be reached is no reason not to start.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

__all__ = ["begin", "notify"]

Log = Callable[[str, str], None]


def begin(mode: str, log: Log) -> str:
    """Tell the supervisor that the start has begun; returns who supervises, as INFO names it: "no" if nobody does."""
    if mode == "auto":
        mode = "upstart" if "UPSTART_JOB" in os.environ else "systemd" if "NOTIFY_SOCKET" in os.environ else "no"
    if mode == "systemd" and notify("STATUS=Redis is loading...\n", log):
        log(
            "notice",
            "Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec"
            " in your service unit.",
        )
        return mode
    return "upstart" if mode == "upstart" and stop_for_upstart(log) else "no"


def notify(text: str, log: Log) -> bool:
    """Send systemd a line; False, and a word in the log, if it cannot be sent."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        log("warning", "systemd supervision error: NOTIFY_SOCKET not found!")
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connected:
            connected.connect("\0" + path[1:] if path.startswith("@") else path)
            connected.send(text.encode())
    except OSError as error:
        log("warning", f"systemd supervision error: sd_notify: {-(error.errno or 0)}")
        return False
    return True


def stop_for_upstart(log: Log) -> bool:
    """Stop until upstart has seen that the process is ready, and lets it go on."""
    if "UPSTART_JOB" not in os.environ:
        log("warning", "upstart supervision requested, but UPSTART_JOB not found!")
        return False
    log("notice", "Supervised by upstart, will stop to signal readiness.")
    os.kill(os.getpid(), signal.SIGSTOP)
    del os.environ["UPSTART_JOB"]
    return True
