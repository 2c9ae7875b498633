"""Disks that take nothing: folders without permission, file systems that are full or read-only, no fork.

On redislab's server and on the real one: the same errors, the same fields of INFO, the same lines in the log.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers import OURS, Died, Running, real, running

MISCONF = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."
CANNOT_REWRITE = "ERR Can't execute an AOF background rewriting. Please check the server logs for more information."
CANNOT_TURN_ON = (
    "ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs."
)
NOT_ENABLED = (
    "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for more"
    " info about the error."
)
CANNOT_EXIT = "ERR Errors trying to SHUTDOWN. Check logs."
WITHOUT_FORK = """
import errno, os, sys
from redislab.cli import main

fork = os.fork

def refused():
    if os.path.exists("no-fork"):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()

os.fork = refused
sys.exit(main(["serve", *sys.argv[1:]]))
"""
Program = Sequence[str]


@pytest.fixture(params=["redislab", "redis"])
def program(request: pytest.FixtureRequest) -> Program:
    return OURS if request.param == "redislab" else real()


def subject_to_permissions(program: Program) -> Program:
    """The words that start a server to which permissions of files apply: root passes over them otherwise."""
    if os.geteuid() != 0:
        return program
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("no setpriv on PATH, and permissions mean nothing to root")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search,-fowner", *program]


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own in memory. Skips the test where none may be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def told(server: Running, *expected: str) -> None:
    """Check that the log has these lines, in this order and among others, whoever wrote them: M or C."""
    lines = iter(re.sub(r"temp-\d+", "temp-N", line) for line in server.log().splitlines())
    for text in expected:
        assert any(re.match(r"\d+:[MC] .* [*#] ", line) and line.endswith(text) for line in lines), (text, server.log())


def persistence(server: Running) -> dict[str, str]:
    """The fields of INFO that tell how saving went."""
    names = (
        "rdb_last_bgsave_status", "rdb_saves", "aof_enabled", "aof_last_bgrewrite_status", "aof_rewrites",
        "aof_rewrites_consecutive_failures", "aof_last_write_status",
    )  # fmt: skip
    found = server.info()
    return {name: found[name] for name in names}


GOOD = {
    "rdb_last_bgsave_status": "ok", "rdb_saves": "0", "aof_enabled": "0", "aof_last_bgrewrite_status": "ok",
    "aof_rewrites": "0", "aof_rewrites_consecutive_failures": "0", "aof_last_write_status": "ok",
}  # fmt: skip


def refuse_everything(server: Running, folder: Path, reason: str) -> None:
    """All that would write to a folder that takes nothing, for the reason that is given."""
    assert str(server("SAVE")) == "ERR"
    assert persistence(server) == GOOD | {"rdb_saves": "1"}
    assert str(server("BGSAVE")) == "Background saving started"
    server.settle()
    failed = GOOD | {"rdb_saves": "2", "rdb_last_bgsave_status": "err"}
    assert persistence(server) == failed
    assert str(server("BGREWRITEAOF")) == CANNOT_REWRITE
    failed["aof_last_bgrewrite_status"] = "err"
    assert persistence(server) == failed
    assert str(server("CONFIG", "SET", "appendonly", "yes")) == CANNOT_TURN_ON
    assert server("CONFIG", "GET", "appendonly")[1] == b"no"
    assert persistence(server) == failed
    assert str(server("SET", "a", 2)) == "OK"  # nobody asked for saving
    server("CONFIG", "SET", "save", "3600 1")
    assert str(server("SET", "a", 3)).startswith(MISCONF)
    assert server("GET", "a") == b"2"
    assert [str(server("SHUTDOWN")), str(server("SHUTDOWN", "SAVE"))] == [CANNOT_EXIT] * 2
    server("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
    assert str(server("FLUSHALL")) == "OK"
    cannot_open = f"Failed opening the temp RDB file temp-N.rdb (in server root dir {folder}) for saving: {reason}"
    cannot_make = f"Can't open or create append-only dir appendonlydir: {reason}"
    told(server, cannot_open, "Background saving error", cannot_make, cannot_make, NOT_ENABLED,
         "Saving the final RDB snapshot before exiting.", cannot_open, "Error trying to save the DB, can't exit.",
         "Errors trying to shut down the server. Check the logs for more information.", cannot_open)  # fmt: skip
    told(server, cannot_open, cannot_open)
    child = next(line for line in server.log().splitlines() if ":C " in line and "temp-" in line)
    assert not child.startswith(f"{server.process.pid}:")


def test_a_folder_without_permission(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(subject_to_permissions(program), folder) as server:
        server("SET", "a", 1)
        folder.chmod(0o555)
        refuse_everything(server, folder, "Permission denied")
        folder.chmod(0o755)
        assert str(server("BGSAVE")) == "Background saving started"
        server.settle()
        assert persistence(server)["rdb_last_bgsave_status"] == "ok"
        assert str(server("SHUTDOWN", "NOSAVE")) == "(connection closed)"
        assert server.end() == 0


def test_a_read_only_file_system(program: Program, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        folder = disk / "data"
        folder.mkdir()
        with running(program, tmp_path / "server", "--dir", str(folder)) as server:
            server("SET", "a", 1)
            remount(disk, "ro")
            refuse_everything(server, folder, "Read-only file system")
            server("CONFIG", "SET", "save", "")


@pytest.mark.parametrize("option", ["--appendonly", "--dbfilename"])
def test_no_start_where_the_data_is_out_of_reach(program: Program, tmp_path: Path, option: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "server.log").touch()
    if option == "--appendonly":
        folder.chmod(0o555)
        options, said = ("--appendonly", "yes"), "Can't open or create append-only dir appendonlydir: Permission denied"
    else:
        (folder / "data.rdb").write_bytes(b"REDIS0010")
        (folder / "data.rdb").chmod(0)
        options, said = ("--dbfilename", "data.rdb"), "Fatal error loading the DB: Permission denied. Exiting."
    with pytest.raises(Died) as end:
        Running(subject_to_permissions(program), folder, *options)
    folder.chmod(0o755)
    assert end.value.code == 1
    assert said in str(end.value)
    assert "Traceback" not in str(end.value)


def test_a_full_disk(program: Program, tmp_path: Path) -> None:
    """What was answered is kept, and written when there is room again."""
    full = "MISCONF Errors writing to the AOF file: No space left on device"
    with mounted(tmp_path / "disk", "-o", "size=400k") as disk:
        folder = disk / "data"
        folder.mkdir()
        options = ("--dir", str(folder), "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")
        with running(program, tmp_path / "server", *options) as server:
            replies = [str(server("SET", f"k{number}", os.urandom(10_000))) for number in range(60)]
            written = replies.index(full)
            assert replies == ["OK"] * written + [full] * (60 - written)
            failed = GOOD | {"aof_enabled": "1", "aof_last_write_status": "err"}
            assert persistence(server) == failed
            assert str(server("BGSAVE")) == "Background saving started"
            server.settle()
            assert str(server("BGREWRITEAOF")) == CANNOT_REWRITE
            failed |= {"rdb_saves": "1", "rdb_last_bgsave_status": "err", "aof_last_bgrewrite_status": "err"}
            assert persistence(server) == failed
            assert [str(server("PING")), str(server("DEL", "k0"))] == [full] * 2
            assert len(server("GET", "k0")) == 10_000
            remount(disk, "size=4m")
            server.wait_for(lambda: persistence(server)["aof_last_write_status"] == "ok")
            assert str(server("SET", "after", 1)) == "OK"
            assert str(server("BGREWRITEAOF")) == "Background append only file rewriting started"
            server.settle()
            assert persistence(server) == failed | {
                "aof_last_bgrewrite_status": "ok", "aof_rewrites": "1", "aof_last_write_status": "ok",
            }  # fmt: skip
            told(
                server, "Write error saving DB on disk(rdbSaveRio): No space left on device",
                "Error trying to write the temporary AOF manifest file temp-appendonly.aof.manifest: No space left on"
                " device", "AOF write error looks solved, Redis can write again.",
                "Background AOF rewrite finished successfully",
            )  # fmt: skip
            digest = str(server("DEBUG", "DIGEST"))
            server.kill()
        with running(program, tmp_path / "again", *options) as server:
            assert str(server("DEBUG", "DIGEST")) == digest
            assert server("DBSIZE") == written + 1


def test_no_other_process_can_be_made(tmp_path: Path) -> None:
    """As where a user has as many processes as allowed: the words are those of rdb.c and aof.c."""
    reason = "Resource temporarily unavailable"
    with running([sys.executable, "-c", WITHOUT_FORK], tmp_path) as server:
        server("SET", "a", 1)
        (tmp_path / "no-fork").touch()
        assert str(server("BGSAVE")) == "ERR"
        assert str(server("BGREWRITEAOF")) == CANNOT_REWRITE
        failed = GOOD | {"rdb_saves": "1", "rdb_last_bgsave_status": "err", "aof_last_bgrewrite_status": "err"}
        assert persistence(server) == failed
        assert str(server("CONFIG", "SET", "appendonly", "yes")) == CANNOT_TURN_ON
        assert persistence(server) == failed
        server("CONFIG", "SET", "save", "3600 1")
        assert str(server("SET", "a", 2)).startswith(MISCONF)
        assert server.info("stats")["total_forks"] == "0"
        assert str(server("SAVE")) == "OK"  # which needs no other process
        assert str(server("SET", "a", 2)) == "OK"
        no_rewrite = f"Can't rewrite append only file in background: fork: {reason}"
        told(server, f"Can't save in background: fork: {reason}", no_rewrite, NOT_ENABLED, "DB saved on disk")
        (tmp_path / "no-fork").unlink()
        assert str(server("CONFIG", "SET", "appendonly", "yes")) == "OK"
        server.settle()
        assert persistence(server)["aof_enabled"] == "1"
        server("SET", "b", 1)
        digest = str(server("DEBUG", "DIGEST"))
        server.kill()
    with running(OURS, tmp_path, "--appendonly", "yes") as server:
        assert str(server("DEBUG", "DIGEST")) == digest
