"""Commands that a configuration file must allow before anybody may use them: DEBUG, and loading modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.resp.types import ReplyError

if TYPE_CHECKING:
    from redislab.engine.session import Session

__all__ = ["PARAMETERS", "check_allowed"]

PARAMETERS = {
    "debug": "enable-debug-command",
    "module|load": "enable-module-command",
    "module|loadex": "enable-module-command",
    "module|unload": "enable-module-command",
}
"""The parameter that allows each of them: to everybody, to clients on the same machine, or to nobody."""


def check_allowed(session: Session, name: str) -> None:
    """Raise ReplyError for a command that this client may not use. Other commands are allowed."""
    parameter = PARAMETERS.get(name)
    engine = session.engine
    if parameter is None:
        return
    if not engine.config.allows(parameter, session.address) or (name == "debug" and not engine.enable_debug):
        error = ReplyError(
            f"ERR {name.partition('|')[0].upper()} command not allowed. If the {parameter} option is set to \"local\","
            " you can run it from a local connection, otherwise you need to set this option in the configuration file,"
            " and then restart the server."
        )
        error.rejected = True
        raise error
