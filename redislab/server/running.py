"""How a server starts and ends: the engine, its settings, the sockets, the signals, and the lines in the log.

`serve` runs until SIGTERM, SIGINT or SHUTDOWN. Nothing is accepted before everything is ready, and what is ready says so
in the words of redis-server, for which supervisors and test harnesses wait.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from random import Random

from redislab.commands.table import TABLE
from redislab.engine.clock import SystemClock
from redislab.engine.engine import Engine
from redislab.engine.version import REDIS_VERSION
from redislab.server.connection import Connection
from redislab.server.log import Log
from redislab.server.server import Server

__all__ = ["serve"]


def serve(engine: Engine, log: Log) -> int:
    """Run a server of this engine until it is asked to end; returns the exit code."""
    return asyncio.run(run(Server(engine, log)))


async def run(server: Server) -> int:
    """Listen, wait for the end, and leave in order."""
    server.loop = asyncio.get_running_loop()
    server.stopping = asyncio.Event()
    try:
        listeners = await listen(server)
    except OSError as error:
        server.log("warning", f"Failed listening on port {server.setting('port', 6379)} (TCP), aborting: {error}")
        return 1
    heed_signals(server)
    server.log("warning", "Server initialized")
    server.cron()
    server.log("notice", "Ready to accept connections")
    await server.stopping.wait()
    for listener in listeners:
        listener.close()
    for connection in list(server.connections):
        connection.send()
        connection.transport.close()
    if server.cron_handle is not None:
        server.cron_handle.cancel()
    await asyncio.sleep(0)
    server.log("warning", "Redis is now ready to exit, bye bye...")
    return 0


async def listen(server: Server) -> list[asyncio.AbstractServer]:
    """Open the listeners that the settings ask for. Raises OSError."""
    loop = server.loop
    found: list[asyncio.AbstractServer] = []
    port = server.setting("port", 6379)
    if port:
        for host in server.setting("bind", ["127.0.0.1", "::1"]):
            optional = host.startswith("-")
            address = {"*": "0.0.0.0", "::*": "::"}.get(host.lstrip("-"), host.lstrip("-"))
            try:
                found.append(
                    await loop.create_server(
                        lambda: Connection(server), address, port, backlog=server.setting("tcp-backlog", 511)
                    )
                )
            except OSError:
                if not optional and not (address == "::1" and found):
                    raise
    path = server.setting("unixsocket", "")
    if path:
        with suppress(FileNotFoundError):
            os.unlink(path)
        found.append(await loop.create_unix_server(lambda: Connection(server, "unix"), path))
    return found


def heed_signals(server: Server) -> None:
    """End in order on SIGTERM and SIGINT."""

    def ask(name: str) -> None:
        server.log("warning", f"Received {name} scheduling shutdown...")
        server.log("warning", "User requested shutdown...")
        server.stopping.set()

    for name in ("SIGTERM", "SIGINT"):
        server.loop.add_signal_handler(getattr(signal, name), ask, name)


def announce_start(engine: Engine, log: Log, port: int) -> None:
    """The first lines of the log, in redis-server's words."""
    log("warning", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
    log("warning", f"Redis version={REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid={os.getpid()}, just started")
    log.role = "M"
    log("notice", f"Running mode=standalone, port={port}.")
    log.raw(f"\n redislab, with the semantics of Redis {REDIS_VERSION}\n Port: {port}\n PID: {os.getpid()}\n\n")


def main(words: list[str]) -> int:
    """A server on the port of `--port N`, until the settings can be given whole."""
    port = int(words[words.index("--port") + 1])
    engine = Engine(TABLE, SystemClock(), Random())
    engine.follow_clock()
    engine.config.values["port"] = port
    engine.config.values.setdefault("bind", ["127.0.0.1"])
    log = Log()
    announce_start(engine, log, port)
    return serve(engine, log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
