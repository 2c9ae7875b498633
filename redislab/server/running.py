"""How a server starts and ends: its settings, the data it loads, the sockets, the signals, and the lines in the log.

`serve` runs until SIGTERM, SIGINT or SHUTDOWN. Nothing is accepted before everything is loaded, and then the log says
so in the words of redis-server, for which supervisors and test harnesses wait.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from glob import glob
from random import Random

from redislab.commands.table import TABLE
from redislab.engine import acl_file
from redislab.engine.clock import SystemClock
from redislab.engine.config import Config, ConfigError
from redislab.engine.config_file import ConfigFileError, apply_directives, directives, options_text
from redislab.engine.engine import Engine
from redislab.engine.host import HostError
from redislab.engine.version import REDIS_VERSION
from redislab.persist.keeper import CannotLoad
from redislab.resp.types import ReplyError
from redislab.server.connection import Connection
from redislab.server.log import Log
from redislab.server.server import Server

__all__ = ["configured", "serve"]

LOGO = """
     __   redislab, with the semantics of Redis {version}
  __/  \\__
 /  \\__/  \\    Running in standalone mode
 \\__/  \\__/    Port: {port}
 /  \\__/  \\    PID: {process}
 \\__/  \\__/
    \\__/

"""


class DiskFiles:
    """Configuration files that others include."""

    def read(self, path: str) -> str:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def matching(self, pattern: str) -> Sequence[str]:
        return sorted(glob(pattern))


def enter_folder(config: Config, path: str) -> None:
    """Make a folder that of the process, at once: files included later are looked for there. Raises ConfigError."""
    try:
        os.chdir(path)
    except OSError as error:
        raise ConfigError(str(error.strerror)) from None
    config.values["dir"] = os.getcwd()


def configured(words: Sequence[str]) -> tuple[Engine, str]:
    """An engine with the settings of redis-server's words, and the path of its configuration file.

    The first word may be a file; `-` reads one more from the standard input; options follow. Raises ConfigFileError.
    """
    rest = list(words)
    path = text = ""
    if rest and not rest[0].startswith("-"):
        path = os.path.abspath(rest.pop(0))
        try:
            text = DiskFiles().read(path)
        except OSError as error:
            raise ConfigFileError(f"Fatal error, can't open config file '{path}': {error.strerror}") from None
    if rest and rest[-1] == "-":
        rest.pop()
        text += "\n" + sys.stdin.read()
    if rest:
        text += "\n" + options_text(rest)
    engine = Engine(TABLE, SystemClock(), Random())
    engine.follow_clock()
    config = engine.config
    config.start_with("dir", os.getcwd())
    config.on_change("dir", partial(enter_folder, config))
    config.start_with("enable-debug-command", "no")
    apply_directives(engine, directives(text, DiskFiles()))
    if config["daemonize"]:
        raise ConfigFileError("redislab stays in the foreground: leave daemonize out and start it with a supervisor")
    return engine, path


def serve(words: Sequence[str]) -> int:
    """Run a server with redis-server's words until it is asked to end; returns the exit code."""
    try:
        engine, path = configured(words)
    except ConfigFileError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    config = engine.config
    log = Log(config["logfile"], config["loglevel"])
    config.on_change("loglevel", lambda level: setattr(log, "level", level))
    announce(engine, log, path)
    return asyncio.run(run(Server(engine, log, path)))


def announce(engine: Engine, log: Log, path: str) -> None:
    """The first lines of the log."""
    log("warning", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
    log(
        "warning",
        f"Redis version={REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid={os.getpid()}, just started",
    )
    if path:
        log("warning", "Configuration loaded")
    else:
        log(
            "warning",
            "Warning: no config file specified, using the default config. In order to specify a config file use"
            " redislab serve /path/to/redis.conf",
        )
    log.role = "M"
    port = engine.config["port"]
    log("notice", f"Running mode=standalone, port={port}.")
    log.raw(LOGO.format(version=REDIS_VERSION, port=port, process=os.getpid()))


async def run(server: Server) -> int:
    """Load, listen, wait for the end, and leave in order."""
    server.loop = asyncio.get_running_loop()
    server.stopping = asyncio.Event()
    log = server.log
    try:
        listeners = server.listeners = await listen(server)
        if server.engine.host.acl_file:
            acl_file.load(server.engine.acl)
        server.keeper.load()
    except ReplyError as error:
        log("warning", "Aborting Redis startup because of ACL errors: " + error.text.removeprefix("ERR "))
        return 1
    except CannotLoad as error:
        log("warning", str(error))
        return 1
    except OSError as error:
        log("warning", f"Failed listening: {error.strerror or error}, aborting.")
        return 1
    heed_signals(server)
    log("warning", "Server initialized")
    pid_file = write_pid_file(server)
    server.cron()
    for listener in listeners:
        await listener.start_serving()
    log("notice", "Ready to accept connections")
    await server.stopping.wait()
    await leave(server, listeners)
    server.keeper.end()
    for path in (pid_file, server.setting("unixsocket")):
        if path:
            log("notice", f"Removing the {'pid' if path == pid_file else 'unix socket'} file.")
            with suppress(OSError):
                os.unlink(path)
    log("warning", "Redis is now ready to exit, bye bye...")
    return 0


async def leave(server: Server, listeners: list[asyncio.Server]) -> None:
    """Close the listeners and the connections, after what is still to be sent."""
    for listener in listeners:
        listener.close()
    for connection in list(server.connections):
        connection.finish()
    if server.cron_handle is not None:
        server.cron_handle.cancel()
    await asyncio.sleep(0)


async def listen(server: Server) -> list[asyncio.Server]:
    """Open the listeners that the settings ask for; they accept nothing yet. Raises OSError."""
    loop, port, backlog = server.loop, server.setting("port"), server.setting("tcp-backlog")
    found: list[asyncio.Server] = []
    for host in server.setting("bind") if port else ():
        address = {"*": "0.0.0.0", "::*": "::"}.get(host.lstrip("-"), host.lstrip("-"))
        try:
            found.append(
                await loop.create_server(
                    lambda: Connection(server), address, port, backlog=backlog, start_serving=False
                )
            )
        except OSError:
            if not host.startswith("-"):
                raise
    path = server.setting("unixsocket")
    if path:
        with suppress(FileNotFoundError):
            os.unlink(path)
        found.append(
            await loop.create_unix_server(
                lambda: Connection(server, "unix"), path, backlog=backlog, start_serving=False
            )
        )
        if server.setting("unixsocketperm"):
            os.chmod(path, server.setting("unixsocketperm"))
    return found


def write_pid_file(server: Server) -> str:
    """Write the process id where the settings ask for it; returns the path, or nothing if there is none."""
    path = str(server.setting("pidfile"))
    if path:
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
        except OSError as error:
            server.log("warning", f"Failed to write PID file: {error.strerror}")
            return ""
    return path


def heed_signals(server: Server) -> None:
    """End in order on SIGTERM and SIGINT, saving as configured; where that fails the server goes on."""

    def ask(name: str) -> None:
        server.log("warning", f"Received {name} scheduling shutdown...")
        try:
            server.shut_down(save=None)
        except HostError:
            server.log("warning", f"{name} received but errors trying to shut down the server, check the logs")

    for name in ("SIGTERM", "SIGINT"):
        server.loop.add_signal_handler(getattr(signal, name), ask, name)
