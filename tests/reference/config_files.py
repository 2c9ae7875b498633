"""Configuration files and command lines, and what a real redis-server 7.0.15 makes of them.

`python tests/reference/config_files.py` records config-files-7.0.15.json beside this file: for each bad configuration
what the server prints before it gives up, for each good one its parameters and the file after CONFIG REWRITE. `{dir}`
stands for the folder that the server runs in.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

HERE = Path(__file__).parent
RECORDING = HERE / "config-files-7.0.15.json"
INCLUDED = {"one.conf": "timeout 11\nhz 12\n", "d/a.conf": "timeout 1\nhz 2\n", "d/b.conf": "timeout 3\n",
            "bad.conf": "\n\nfoo bar\n", "outer.conf": "include one.conf\ntimeout 4\n"}  # fmt: skip

BAD = [
    "foo bar", "timeout 5\n  foo   bar  ", "timeout 5 6", "timeout", "timeout x", "TIMEOUT x", "save 1", "save 1 2 3",
    'save "1 2" 3', 'foo "bar', "hz x\nfoo 'bar", "include nosuch.conf", "include nosuch*.conf\ntimeout y", "include",
    "include a b", "include bad.conf", "include d/*.conf\nhz y", "rename-command foo bar", "rename-command get set",
    "rename-command get", "rename-command GET G\nrename-command get x", "user", "loadmodule", "foo.bar",
    "sentinel x y", "sentinel\ntimeout z", "replicaof a b", "replicaof a 1\ncluster-enabled yes", "replicaof a",
    "replicaof no one\ntimeout z", "slaveof a b c", 'replicaof "a b c"', "replicaof a 65536", "replicaof a -1",
    "databases 0", "appendfilename a/b", 'appenddirname ""', 'appendfilename ""', "appenddirname a/b",
    r"appendfilename a\b", "unixsocketperm 888", "unixsocketperm 7777", "unixsocketperm 778", "unixsocketperm x",
    "client-output-buffer-limit normal", 'client-output-buffer-limit "normal 0 0 0"\ntimeout w',
    "list-max-ziplist-entries 5\ntimeout w", "list-max-ziplist-entries", "lua-replicate-commands yes\ntimeout w",
    "aof_rewrite_cpulist 1 2", "io-threads 200", "io-threads 0", "port", "port 65536", "maxmemory 256mb 5",
    "watchdog-period 5\ntimeout w", "notify-keyspace-events K E", "notify-keyspace-events", "oom-score-adj-values 1 2",
    "requirepass a b", "supervised foo", "enable-debug-command maybe", "shutdown-on-sigint save nosave",
    "shutdown-on-sigint save foo", "loglevel", "dbfilename a/b", "activedefrag yes", "maxclients 0",
    'timeout 5\n"foo" bar', r"\x66oo", "'tim' 5", "syslog-facility foo", "latency-tracking-info-percentiles 5 x",
    "module x", "cluster-announce-hostname _", "dir", "tcp-backlog -1", "socket-mark-id 4294967296", "cluster-port x",
    "dir /nosuch\ntimeout x", "daemonize maybe", "always-show-logo 1", "disable-thp on", "rdbchecksum y",
    "set-proc-title Yes\nfoo",
    "syslog-enabled 5", "cluster-enabled foo", "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "# x\n\n\n\nhz",
    "proc-title-template {x}", "enable-module-command 1", "enable-protected-configs x", "\tfoo\t", "'timeout' x",
    '"time\\x6fut" x', "caf\u00e9 1",
]  # fmt: skip

BAD_OPTIONS = [
    ["--foo", "bar"], ["--timeout"], ["--timeout", "x", "--foo"], ["--timeout x"], ["--port", "1", "2"],
    ["--save", "60", "--foo"], ["--save", "1 2 3"], ["--timeout", "--port", "0"], ["--requirepass"],
    ["--maxmemory", "a b"], ["--maxmemory", 'a"b'], ["--save", "--hz", "x"],
    ["--save", "", "--hz"],
    ["--client-output-buffer-limit", "normal", "1", "2"], ["--Foo"], ["--timeout", "5", "--hz", "caf\u00e9"],
]  # fmt: skip

# Files, options beside them, what clients say then. The port is 0 and the socket s, so that many can run.
class Good(NamedTuple):
    """A configuration that works; `password` is the one it asks for."""

    text: str = ""
    options: Sequence[str] = ()
    lines: Sequence[str] = ()
    password: str | None = None


_TEXTS = """aclfile aof_rewrite_cpulist bgsave_cpulist bind-source-addr bio_cpulist cluster-announce-hostname
    cluster-announce-ip cluster-config-file dbfilename ignore-warnings logfile masterauth masteruser pidfile
    replica-announce-ip requirepass server_cpulist syslog-ident tls-ca-cert-dir tls-cert-file tls-ciphers tls-protocols
    tls-key-file-pass unixsocket notify-keyspace-events bind save"""
TEXTS = _TEXTS.split()

GOOD = [
    Good("", [], []),
    Good("".join(f'{name} ""\n' for name in TEXTS)),
    Good("# mine\ntimeout 5\n\n\nsave 1 1\n", [], ["CONFIG REWRITE"]),
    Good("", [], ["CONFIG REWRITE", "CONFIG SET hz 20", "CONFIG REWRITE"]),
    Good("user alice on nopass ~x +get\n", [], []),
    Good("user alice off\nuser default on +@all ~* >x\nuser bob on\n", [], ["ACL DELUSER alice"], "x"),
    Good("dir d\ninclude a.conf\n", [], ["CONFIG SET hz 3"]),
    Good("# only a comment\n\n\n\n# and another\n", [], ["CONFIG SET hz 20"]),
    Good("save 60 1\nsave 5 2\n", [], []),
    Good("save 60 1\nsave 5 2\n# mine\nsave 7 7\n", [], ["CONFIG SET save '9 9'"]),
    Good('save ""\n', [], []),
    Good('save 60 1\nsave ""\nsave 3 3\n', [], []),
    Good("save\n", [], []),
    Good('save "60 1 3 4"\n', ["--save", "5", "6"], []),
    Good("maxmemory 256mb\nappendonly no\nmaxmemory-policy allkeys-lru\n", [], ["CONFIG SET maxmemory 3gb"]),
    Good("maxmemory 100mb\n# keep me\nmaxmemory 200mb\n", [], []),
    Good("timeout 5\nslave-priority 3\nreplica-priority 4\n", [], []),
    Good("slave-priority 3\n", [], ["CONFIG SET slave-priority 100"]),
    Good("lua-time-limit 7\nhash-max-ziplist-entries 9\n", [], ["CONFIG SET hash-max-listpack-entries 10"]),
    Good("requirepass foo\\bar\nmasterauth 'a b'\nlogfile \"\"\n", [], [], "foo\\bar"),
    Good('requirepass "a\\x41\\n\\"b"\n', [], [], 'aA\n"b'),
    Good("include one.conf\nhz 30\n", [], ["CONFIG SET timeout 77"]),
    Good("include d/*.conf\n", [], []),
    Good("include outer.conf\n", [], []),
    Good("bind 127.0.0.1\nbind 127.0.0.1 ::1\n", [], ["CONFIG SET bind '127.0.0.1'"]),
    Good("bind\n", [], []),
    Good("bind * -::*\n", [], []),
    Good("client-output-buffer-limit replica 1gb 512mb 30\n", [],
         ["CONFIG SET client-output-buffer-limit 'pubsub 1 2 3'"]),
    Good("client-output-buffer-limit normal 0 0 0\nclient-output-buffer-limit slave 1 2 3\n", [], []),
    Good("notify-keyspace-events KEA\n", [], ["CONFIG SET notify-keyspace-events ''"]),
    Good("", [], ["CONFIG SET notify-keyspace-events Kg$"]),
    Good("latency-tracking-info-percentiles 1 2.50 99.999\n", [], []),
    Good('latency-tracking-info-percentiles ""\n', [], []),
    Good("oom-score-adj-values 1 2 3\nshutdown-on-sigterm save force\nunixsocketperm 700\n", [], []),
    Good("maxmemory-clients 5%\n", [], []),
    Good("maxmemory-clients 2kb\nrepl-backlog-size 1\nhz 900\nwatchdog-period 0\n", [], []),
    Good("databases 3\nenable-debug-command local\nenable-protected-configs yes\n", [],
         ["CONFIG SET dbfilename x.rdb"]),
    Good('dbfilename ""\n', [], []),
    Good("rename-command GET FETCH\nrename-command CONFIG \"\"\n", [], []),
    Good("rename-command GET FETCH\n", [], ["CONFIG SET maxmemory 1025"]),
    Good("# x\ntimeout 5\n", [], ["CONFIG SET timeout 0"]),
    Good("timeout 5\ntimeout 6\n\n\n\n\ntimeout 7\n\n", [], []),
    Good("list-max-ziplist-entries 5\ntimeout 5\n", [], []),
    Good("   timeout    5   \n\tHZ\t20\n", [], []),
    Good("timeout 5", [], ["CONFIG SET hz 20"]),
    Good("timeout 5\r\n# dos\r\n", [], []),
    Good("# Generated by CONFIG REWRITE\nhz 20\n", [], ["CONFIG SET timeout 9"]),
    Good("hz 20\n# Generated by CONFIG REWRITE\ntimeout 3\n# after\n", [],
         ["CONFIG SET timeout 0", "CONFIG SET maxmemory 9kb"]),
    Good("hz 10\n", ["--hz", "20", "--timeout 3", "--requirepass", "--x y", "--save"], [], "--x y"),
    Good("", ["--save", "60", "1", "--shutdown-on-sigint", "nosave", "force", "--maxmemory", "5mb"], []),
    Good("", ["--save", "60 1 5 2"], []),
    Good("", ["--save", "--timeout", "5"], []),
    Good("", ["--maxmemory-policy", "allkeys-LFU", "--proc-title-template", "a {port}"], []),
    Good("cluster-announce-hostname a.b\ntls-cert-file x\nacllog-max-len 5\nio-threads 2\ntcp-backlog 5\n", [], []),
    Good("cluster-enabled yes\n", [], []),
    Good("syslog-ident ''\nappendfilename x.aof\naof_rewrite_cpulist 0\n", [], []),
    Good("masteruser alice\n", [], ["CONFIG SET masteruser ''"]),
    Good("latency-tracking no\ntracking-table-max-keys 5\nslowlog-log-slower-than -1\n", [], []),
]  # fmt: skip


def laid_out(folder: Path) -> None:
    """Put the files that others include into a folder."""
    for name, text in INCLUDED.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def run_bad(folder: Path, text: str | None, options: Sequence[str] = ()) -> str:
    """What redis-server says of a configuration that it cannot use; "" if it starts."""
    command = ["redis-server"]
    if text is not None:
        (folder / "my.conf").write_text(text, newline="")
        command.append("my.conf")
    process = subprocess.Popen(
        [*command, *options], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, err = process.communicate(timeout=0.7)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""
    if not err and "# Fatal error" in out:
        return "Fatal error" + out.partition("Fatal error")[2].rstrip("\n")
    return err.strip("\n")


EXTRA = ["--port", "0", "--unixsocket", "{dir}/s"]


def run_good(folder: Path, good: Good) -> dict[str, Any]:
    """The parameters of a server with this configuration, and its file after the lines and CONFIG REWRITE."""
    import redis

    (folder / "my.conf").write_text(good.text, newline="")
    (folder / "s").unlink(missing_ok=True)
    command = ["redis-server", "my.conf", *good.options, *(word.replace("{dir}", str(folder)) for word in EXTRA)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            if (folder / "s").exists():
                break
            time.sleep(0.01)
        client = redis.Redis(unix_socket_path=str(folder / "s"), password=good.password, protocol=2)
        client.response_callbacks.clear()
        found = {"parameters": asked(client), "replies": [said(client, line) for line in good.lines]}
        found["rewrite"] = said(client, "CONFIG REWRITE")
        found["file"] = (folder / "my.conf").read_text()
        return json.loads(json.dumps(found).replace(str(folder), "{dir}"))
    finally:
        server.kill()  # some of these would refuse to end
        server.communicate()


def asked(client: Any) -> dict[str, str]:
    """All parameters; none where there is no CONFIG any more."""
    import redis

    try:
        words = client.execute_command("CONFIG", "GET", "*")
    except redis.ResponseError:
        return {}
    texts = [word.decode() for word in words]
    return dict(sorted(zip(texts[::2], texts[1::2], strict=True)))


def said(client: Any, line: str) -> str:
    import shlex

    import redis

    try:
        reply = client.execute_command(*shlex.split(line))
        return reply.decode() if isinstance(reply, bytes) else str(reply)
    except redis.ResponseError as error:
        return f"(error) {error}"


def run_all(folder: Path) -> dict[str, Any]:
    """What a real server makes of everything here. Of parameters those of an empty file are left out."""
    laid_out(folder)
    good = [run_good(folder, each) for each in GOOD]
    plain = good[0]["parameters"]
    for each in good[1:]:
        each["parameters"] = {name: text for name, text in each["parameters"].items() if plain[name] != text}
    return {
        "bad": [run_bad(folder, text) for text in BAD],
        "bad_options": [run_bad(folder, None, options) for options in BAD_OPTIONS],
        "good": good,
    }


def main() -> None:
    with TemporaryDirectory() as folder:
        RECORDING.write_text(json.dumps(run_all(Path(folder)), indent=1) + "\n")


if __name__ == "__main__":
    main()
