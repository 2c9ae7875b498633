"""Commands and subcommands of Redis that this engine does not have yet, by the version that brought them.

Asked for one of them it says so, instead of Redis' "unknown command", which would teach that Redis lacks it. A command
that gets built leaves this list; a test holds the list against the real servers'.
"""

from __future__ import annotations

from redislab.engine.version import DEFAULT, Version, number_of

__all__ = ["UNSUPPORTED", "unsupported"]

_NAMES: dict[Version, str] = {
    (7, 0): "",
    (7, 2): "",
    (7, 4): "",
    (8, 2): "vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrem vsetattr vsim",
}
UNSUPPORTED = {name: version for version, names in _NAMES.items() for name in names.split()}


def unsupported(name: str, version: Version = DEFAULT) -> str | None:
    """The error text for a command of Redis (`function`, `client|tracking`) that is not built, or None."""
    since = UNSUPPORTED.get(name)
    if since is None or since > version:
        return None
    shown = name.replace("|", " ").upper()
    return f"ERR redislab does not support {shown} yet, though Redis {number_of(version)} has it"
