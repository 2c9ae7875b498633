"""MODULE, for a server without modules: those are machine code, which an engine in Python cannot load."""

from __future__ import annotations

from redislab.commands.shapes import Array, Ok, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.errors import ReplyError
from redislab.engine.protected import check_allowed
from redislab.engine.session import Session
from redislab.resp.types import Reply

GROUP = "server"

container("MODULE", group="server", since="4.0.0", complexity="Depends on subcommand.")


def _refuse_loading(session: Session) -> Reply:
    check_allowed(session, "module|load")
    raise ReplyError("ERR redislab does not load modules: they are made for the Redis server itself")


@command(
    "MODULE LIST",
    since="4.0.0",
    complexity="O(N) where N is the number of loaded modules.",
    flags="admin noscript",
    tips=["nondeterministic_output_order"],
    parent="MODULE",
    reply=Array("a map for each module"),
)
def module_list(session: Session) -> Reply:
    """List the modules that are loaded.

    > MODULE LIST
    (empty array)
    """
    return []


@command(
    "MODULE LOAD path [arg]...",
    since="4.0.0",
    complexity="O(1)",
    flags="admin noscript no_async_loading",
    parent="MODULE",
    reply=Ok(),
)
def module_load(session: Session, *words: bytes) -> Reply:
    """Load a module from a file, where enable-module-command allows it.

    > MODULE LOAD /opt/search.so
    (error) ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from \
a local connection, otherwise you need to set this option in the configuration file, and then restart the server.
    """
    return _refuse_loading(session)


@command(
    "MODULE LOADEX path configs=[CONFIG name value]...* args=[ARGS {arg}]...",
    since="7.0.0",
    complexity="O(1)",
    flags="admin noscript no_async_loading",
    parent="MODULE",
    reply=Ok(),
)
def module_loadex(session: Session, *words: bytes) -> Reply:
    """Load a module from a file, with parameters of its configuration.

    > MODULE LOADEX /opt/search.so CONFIG search.limit 10
    (error) ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from \
a local connection, otherwise you need to set this option in the configuration file, and then restart the server.
    """
    return _refuse_loading(session)


@command(
    "MODULE UNLOAD name",
    since="4.0.0",
    complexity="O(1)",
    flags="admin noscript no_async_loading",
    parent="MODULE",
    reply=Ok(),
)
def module_unload(session: Session, name: bytes) -> Reply:
    """Unload a module.

    > MODULE UNLOAD search
    (error) ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from \
a local connection, otherwise you need to set this option in the configuration file, and then restart the server.
    """
    check_allowed(session, "module|unload")
    raise ReplyError("ERR Error unloading module: no such module with that name")


@command(
    "MODULE HELP",
    since="5.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="MODULE",
    reply=Array("", Status()),
)
def module_help(session: Session) -> Reply:
    """Show what MODULE can do.

    > MODULE HELP
     1) MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "module")
