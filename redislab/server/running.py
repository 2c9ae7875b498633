"""How a server starts and ends: its settings, the data it loads, the sockets, the signals, and the lines in the log.

`serve` runs until SIGTERM, SIGINT or SHUTDOWN. Nothing is accepted before everything is loaded, and then the log says
so in the words of redis-server, for which supervisors and test harnesses wait.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from random import Random

from redislab.commands.table import table_of
from redislab.engine import acl_file
from redislab.engine.clock import SystemClock
from redislab.engine.config import Config, ConfigError
from redislab.engine.config_file import ConfigFileError, apply_directives, directives, fatal, options_text
from redislab.engine.engine import Engine
from redislab.engine.host import Host
from redislab.engine.version import DEFAULT, Version
from redislab.persist.keeper import CannotLoad
from redislab.resp.types import ReplyError
from redislab.server.limits import NotEnoughFiles, fit_open_files, watch_limits
from redislab.server.listening import CannotListen
from redislab.server.log import Log
from redislab.server.loop import Loop
from redislab.server.server import Server
from redislab.server.signals import heed_signals

__all__ = ["configured", "serve"]

LATER = ("redislab.persist.rdb", "redislab.persist.aof_files", "redislab.persist.aof", "traceback")
"""Modules beside those of commands that a server may need at a time when they can no longer be read."""
NO_FILE = "Fatal error, can't open config file"
NOT_DONE = {
    "daemonize": "redislab stays in the foreground: leave daemonize out and start it with a supervisor",
    "replicaof": "redislab does not replicate another server: leave replicaof out",
    "cluster-enabled": "redislab is no node of a cluster: leave cluster-enabled out",
    "syslog-enabled": "redislab does not write to the system's log: leave syslog-enabled out, and see logfile",
}
"""Parameters that ask for what a server would seem to do if they were passed over, each with what is said."""
NO_SENTINEL = "redislab is no Sentinel: leave --sentinel out"
LOGO = """
     __   redislab, with the semantics of Redis {version}
  __/  \\__
 /  \\__/  \\    Running in standalone mode
 \\__/  \\__/    Port: {port}
 /  \\__/  \\    PID: {process}
 \\__/  \\__/
    \\__/

"""


class Starting(Host):
    """What an engine that reads its configuration may count on: it is going to be a server."""

    speaks_tls = True


class DiskFiles:
    """Configuration files that others include."""

    def read(self, path: str) -> str:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def matching(self, pattern: str) -> Sequence[str]:
        from glob import glob

        return sorted(glob(pattern))


def enter_folder(config: Config, path: str) -> None:
    """Make a folder that of the process, at once: files included later are looked for there. Raises ConfigError."""
    try:
        os.chdir(path)
    except OSError as error:
        raise ConfigError(str(error.strerror)) from None
    config.values["dir"] = os.getcwd()


def configured(words: Sequence[str], version: Version = DEFAULT) -> tuple[Engine, str]:
    """An engine with the settings of redis-server's words, and the path of its configuration file.

    The first word may be a file; `-`, as the first or last of the others, reads more from the standard input; options
    follow. Raises ConfigFileError.
    """
    rest = list(words)
    path = text = ""
    if "--sentinel" in rest:
        raise ConfigFileError(NO_SENTINEL)
    if rest and not rest[0].startswith("-"):
        path = os.path.abspath(rest.pop(0))
        try:
            text = DiskFiles().read(path)
        except OSError as error:
            raise ConfigFileError(f"{NO_FILE} '{path}': {error.strerror}") from None
    if "-" in rest[-1:] or (not path and "-" in rest[:1]):
        rest.pop(0 if rest[-1] != "-" else -1)
        text += "\n" + sys.stdin.read()
    if rest:
        text += "\n" + options_text(rest)
    engine = Engine(table_of(version), SystemClock(), Random(), version=version)
    engine.follow_clock()
    config = engine.config
    engine.host = Starting()
    config.start_with("dir", os.getcwd())
    config.on_change("dir", partial(enter_folder, config))
    config.start_with("enable-debug-command", "no")
    apply_directives(engine, directives(text, DiskFiles()))
    check_start(config)
    return engine, path


def check_start(config: Config) -> None:
    """What no single setting tells, and what redislab would have to be somebody else for. Raises ConfigFileError."""
    for name, reason in NOT_DONE.items():
        if config[name]:
            raise ConfigFileError(reason)
    if config["logfile"]:
        try:
            open(config["logfile"], "a", encoding="utf-8").close()
        except OSError as error:
            raise fatal(f"Can't open the log file: {error.strerror}") from None


def serve(words: Sequence[str], version: Version = DEFAULT) -> int:
    """Run a server with redis-server's words until it is asked to end; returns the exit code."""
    try:
        engine, path = configured(words, version)
    except ConfigFileError as error:
        if str(error).startswith(NO_FILE):
            Log()("warning", str(error))
        else:
            print(f"\n{error}", file=sys.stderr)
        return 1
    config = engine.config
    log = Log(config["logfile"], config["loglevel"])
    config.on_change("loglevel", lambda level: setattr(log, "level", level))
    supervisor = supervised(config["supervised"], log)
    announce(log, engine.redis_version, bool(words))
    server = Server(engine, log, path)
    server.host.supervised = supervisor
    server.run_on(Loop(server.plain, lambda error: server.internal_error([b"(loop)"], error)))
    return run(server)


def supervised(mode: str, log: Log) -> str:
    """Who watches over the process, after it was told of the start."""
    if mode == "no":
        return mode
    from redislab.server.supervising import begin

    return begin(mode, log)


def tell_supervisor(server: Server, *lines: str) -> None:
    """Tell systemd, if it watches over the process, how things are."""
    if server.host.supervised == "systemd":
        from redislab.server.supervising import notify

        for line in lines:
            notify(line + "\n", server.log)


def announce(log: Log, version: str, configured: bool) -> None:
    """The lines with which every start begins."""
    log("warning", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
    log(
        "warning",
        f"Redis version={version}, bits=64, commit=00000000, modified=0, pid={os.getpid()}, just started",
    )
    if configured:
        log("warning", "Configuration loaded")
    else:
        log(
            "warning",
            "Warning: no config file specified, using the default config. In order to specify a config file use"
            " redislab serve /path/to/redis.conf",
        )
    log.role = "M"


def show_logo(server: Server) -> None:
    """How and where the server runs, for people and for programs that look for ` PID: `."""
    log, port = server.log, server.setting("port")
    log("notice", f"Running mode=standalone, port={port}.")
    if log.tells("notice") and (not log.path or server.setting("always-show-logo")):
        port = port or server.setting("tls-port")
        log.raw(LOGO.format(version=server.engine.redis_version, port=port, process=os.getpid()))


def run(server: Server) -> int:
    """Listen, load, serve until the end, and leave in order."""
    log = server.log
    heed_signals(server)
    try:
        prepare(server)
        for problem in server.engine.acl.problems:
            log("warning", problem)
        if server.engine.acl.problems:
            return 1
        if server.engine.host.acl_file:
            acl_file.load(server.engine.acl)
        server.keeper.load()
    except ReplyError as error:
        log("warning", "Aborting Redis startup because of ACL errors: " + error.text.removeprefix("ERR "))
        return 1
    except (CannotListen, CannotLoad, NotEnoughFiles) as error:
        log("warning", str(error))
        return 1
    server.loaded = True
    server.cron()
    server.listening.let_in()
    if server.setting("port") or server.setting("tls-port"):
        log("notice", "Ready to accept connections")
    if server.setting("unixsocket"):
        log("notice", f"The server is now ready to accept connections at {server.setting('unixsocket')}")
    tell_supervisor(server, "STATUS=Ready to accept connections", "READY=1")
    server.loop.call_soon(read_in, server, readings(server.engine))
    server.serve()
    tell_supervisor(server, "STOPPING=1")
    leave(server)
    server.say_goodbye()
    return 0


def read_in(server: Server, steps: Iterator[None]) -> None:
    """Take a step in each round, so that requests are answered between them."""
    if next(steps, steps) is not steps:
        server.loop.call_soon(read_in, server, steps)


def readings(engine: Engine) -> Iterator[None]:
    """Import what no start needs, step by step, so that no later call has to wait for it, or finds it gone.

    Then the start is over, and garbage is collected again: the command line puts that off.
    """
    for name in engine.commands:
        engine.commands.get(name)
        yield
    for module in LATER:
        import_module(module)
        yield
    gc.freeze()
    gc.enable()


def prepare(server: Server) -> None:
    """Open the listeners, and tell of it. Raises CannotListen or NotEnoughFiles."""
    fit_open_files(server)
    watch_limits(server)
    server.log("notice", "monotonic clock: POSIX clock_gettime")
    server.listening.open_all()
    write_pid_file(server)
    show_logo(server)
    warn_of_backlog(server)
    server.log("warning", "Server initialized")


def leave(server: Server) -> None:
    """Close the listeners and the connections, after what is still to be sent."""
    server.listening.close_all()
    for connection in list(server.connections):
        connection.finish()
    if server.cron_handle is not None:
        server.cron_handle.cancel()
    for task in server.arriving:
        task.cancel()
    server.loop.stop()
    server.loop.run_forever()  # one more round
    server.loop.close()


def write_pid_file(server: Server) -> None:
    """Write the process id where the settings ask for it. That this fails is no reason to stop."""
    server.pid_file = str(server.setting("pidfile"))
    if server.pid_file:
        with suppress(OSError), open(server.pid_file, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")


def warn_of_backlog(server: Server) -> None:
    """Tell if the system lets fewer clients wait to be accepted than tcp-backlog asks for."""
    wanted, path = server.setting("tcp-backlog"), "/proc/sys/net/core/somaxconn"
    with suppress(OSError, ValueError), open(path, "rb") as file:
        most = int(file.read())
        if most < wanted:
            server.log(
                "warning",
                f"WARNING: The TCP backlog setting of {wanted} cannot be enforced because {path} is set to the lower"
                f" value of {most}.",
            )
