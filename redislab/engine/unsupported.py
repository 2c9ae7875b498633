"""Commands and subcommands of Redis 7.0.15 that this engine does not have yet.

Asked for one of them it says so, instead of Redis' "unknown command", which would teach that Redis lacks it. A command
that gets built leaves this list; a test holds the list against the real server's.
"""

from __future__ import annotations

__all__ = ["UNSUPPORTED", "unsupported"]

_NAMES = """

"""
UNSUPPORTED = frozenset(_NAMES.split())


def unsupported(name: str) -> str | None:
    """The error text for a command of Redis (`function`, `client|tracking`) that is not built, or None."""
    if name not in UNSUPPORTED:
        return None
    return f"ERR redislab does not support {name.replace('|', ' ').upper()} yet, though Redis 7.0 has it"
