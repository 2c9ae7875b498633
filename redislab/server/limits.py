"""How many clients a server can have: maxclients and what the system allows in open files."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from redislab.engine.config import ConfigError

if TYPE_CHECKING:
    from redislab.server.server import Server

__all__ = ["NotEnoughFiles", "fit_open_files", "watch_limits"]

RESERVED = 32
"""Files beside those of clients."""


class NotEnoughFiles(Exception):
    """The system allows too few open files to have any clients."""


def fit_open_files(server: Server) -> None:
    """Have the system allow as many files as maxclients needs, or lower maxclients. Raises NotEnoughFiles."""
    clients = server.setting("maxclients")
    wanted = clients + RESERVED
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before == resource.RLIM_INFINITY or before >= wanted:
        return
    allowed, problem = raised(before, most, wanted)
    if allowed >= wanted:
        server.log(
            "notice", f"Increased maximum number of open files to {wanted} (it was originally set to {before})."
        )
        return
    if allowed <= RESERVED:
        raise NotEnoughFiles(
            f"Your current 'ulimit -n' of {before} is not enough for the server to start. Please increase your open "
            f"file limit to at least {wanted}. Exiting."
        )
    fewer = allowed - RESERVED
    server.engine.config.values["maxclients"] = fewer
    for text in (
        f"You requested maxclients of {clients} requiring at least {wanted} max file descriptors.",
        f"Server can't set maximum open files to {wanted} because of OS error: {problem}.",
        f"Current maximum open files is {allowed}. maxclients has been reduced to {fewer} to compensate for low "
        "ulimit. If you need higher maxclients increase 'ulimit -n'.",
    ):
        server.log("warning", text)


def raised(before: int, most: int, wanted: int) -> tuple[int, str]:
    """Raise the limit as far as it goes: how many files may be open then, and why not more."""
    problem = ""
    for limit, hard in ((wanted, max(wanted, most)), (most, most)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (OSError, ValueError, OverflowError) as error:
            problem = problem or str(getattr(error, "strerror", None) or os.strerror(1))
        else:
            return limit, problem
    return before, problem


def watch_limits(server: Server) -> None:
    """Let CONFIG SET maxclients be refused where the system allows fewer."""

    def changed(wanted: int) -> None:
        fit_open_files(server)
        if server.setting("maxclients") != wanted:
            raise ConfigError(
                "The operating system is not able to handle the specified number of clients, try with "
                f"{server.setting('maxclients')}"
            )

    server.engine.config.on_change("maxclients", changed)
