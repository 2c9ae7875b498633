"""Full disks, folders that are gone, children that are killed: errors as in Redis, and nothing half or lost."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from redislab.resp.types import ReplyError
from servers import OURS, Died, Running, needed, real, running

MISCONF = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may"
    " modify the data set are disabled, because this instance is configured to report errors during writes if RDB"
    " snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB"
    " error."
)
BIG = b"x" * 10_000
APPENDING = ("--appendonly", "yes")


def no_file_above(size: int) -> Callable[[], None]:
    """For a process whose files must not grow beyond a size: to it the disk is full."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return prepare


def texts(replies: list[object]) -> list[str]:
    return [str(reply) for reply in replies]


def fill(server: Running, count: int = 20) -> None:
    for number in range(count):
        assert str(server("SET", f"key:{number}", os.urandom(5_000) * 2)) == "OK"


def test_full_disk_while_saving(tmp_path: Path) -> None:
    with running(OURS, tmp_path, prepare=no_file_above(100_000)) as server:
        server("SET", "a", 1)
        assert str(server("SAVE")) == "OK"
        before = (tmp_path / "dump.rdb").read_bytes()
        fill(server)
        assert str(server("SAVE")) == "ERR"
        assert server.info()["rdb_last_bgsave_status"] == "ok"
        assert str(server("BGSAVE")) == "Background saving started"
        server.settle()
        assert server.info()["rdb_last_bgsave_status"] == "err"
        assert (tmp_path / "dump.rdb").read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.rdb", "server.log"]
        assert "Write error saving DB on disk(rdbSaveRio): File too large" in server.log()


def test_misconf_after_a_failed_save(tmp_path: Path) -> None:
    with running(OURS, tmp_path, prepare=no_file_above(100_000)) as server:
        fill(server)
        server("BGSAVE")
        server.settle()
        assert str(server("SET", "a", 1)) == "OK"  # nobody asked for saving
        server("CONFIG", "SET", "save", "3600 1")
        for words in (["SET", "a", 1], ["DEL", "a"], ["FLUSHALL"], ["PING"]):
            assert str(server(*words)) == MISCONF
        assert server("GET", "a") == b"1"
        writes = "return redis.call('SET', 'a', '2')"
        assert str(server("EVAL", writes, 0)).startswith(MISCONF + " script: ")
        assert str(server("EVAL", "#!lua\nreturn redis.call('GET', 'a')", 0)) == MISCONF
        assert server("EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'a')", 0) == b"1"
        assert server("EVAL", "return redis.call('GET', 'a')", 0) == b"1"
        assert texts(server.client.many([[b"MULTI"], [b"SET", b"a", b"2"], [b"EXEC"]])) == [
            "OK", MISCONF, "EXECABORT Transaction discarded because of previous errors.",
        ]  # fmt: skip
        assert str(server("SHUTDOWN")) == "ERR Errors trying to SHUTDOWN. Check logs."
        server("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        assert str(server("SET", "a", 2)) == "OK"
        for number in range(20):
            server("DEL", f"key:{number}")
        server("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
        assert str(server("SET", "a", 3)) == MISCONF
        assert str(server("SAVE")) == "OK"
        assert str(server("SET", "a", 3)) == "OK"


def test_full_disk_while_appending_with_everysec(tmp_path: Path) -> None:
    """What was answered stays in memory and is written when there is room; a part that was written is cut off."""
    full = "MISCONF Errors writing to the AOF file: File too large"
    with running(OURS, tmp_path, *APPENDING, prepare=no_file_above(100_000)) as server:
        replies = [str(server("SET", f"key:{number}", BIG)) for number in range(20)]
        assert replies == ["OK"] * 10 + [full] * 10
        assert server("GET", "key:9") == BIG
        assert str(server("PING")) == full
        assert server.info()["aof_last_write_status"] == "err"
        assert "Short write while writing to the AOF file" in server.log()
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        server.wait_for(lambda: server.info()["aof_last_write_status"] == "ok")
        assert str(server("SET", "after", 1)) == "OK"
        server.kill()
    with running(OURS, tmp_path, *APPENDING) as server:
        assert server("DBSIZE") == 11
        assert "Truncating" not in server.log()


def test_full_disk_while_appending_with_always(tmp_path: Path) -> None:
    """The promise cannot be kept: the server ends, and everything that was acknowledged is there."""
    options = (*APPENDING, "--appendfsync", "always")
    server = Running(OURS, tmp_path, *options, prepare=no_file_above(100_000))
    acknowledged = 0
    while str(server("SET", f"key:{acknowledged}", BIG)) == "OK":
        acknowledged += 1
    assert server.end() == 1
    assert "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting..." in server.log()
    with running(OURS, tmp_path, *options) as server:
        assert server("DBSIZE") == acknowledged > 5
        assert "Truncating" not in server.log()


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with running(OURS, tmp_path, "--enable-protected-configs", "yes") as server:
        server("SET", "a", 1)
        gone = tmp_path / "gone"
        gone.mkdir()
        assert str(server("CONFIG", "SET", "dir", str(gone))) == "OK"
        gone.rmdir()
        assert str(server("SAVE")) == "ERR"
        assert str(server("CONFIG", "SET", "appendonly", "yes")) == (
            "ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server"
            " logs."
        )
        assert server("CONFIG", "GET", "appendonly")[1] == b"no"
        assert str(server("DEBUG", "RELOAD")) == "ERR"
        assert server("GET", "a") == b"1"
        assert "Failed opening the temp RDB file" in server.log()
        server("CONFIG", "SET", "dir", str(tmp_path))
        assert str(server("SAVE")) == "OK"


def test_a_rewrite_that_is_killed(tmp_path: Path) -> None:
    """Nothing is lost, and the next rewrite makes up for it."""
    with running(OURS, tmp_path, *APPENDING) as server:
        server.client.many([[b"SET", b"key:%d" % i, BIG] for i in range(3000)])
        for number in range(3):
            server("SET", "number", number)
            assert str(server("BGREWRITEAOF")) == "Background append only file rewriting started"
            for child in children(server.process.pid):
                os.kill(child, signal.SIGKILL)
            server("SET", "later", number)
            server.settle()
        failed = server.info()
        assert (failed["aof_last_bgrewrite_status"], failed["aof_rewrites_consecutive_failures"]) == ("err", "3")
        digest = str(server("DEBUG", "DIGEST"))
        server.kill()
    assert not list((tmp_path / "appendonlydir").glob("temp-*"))
    with running(OURS, tmp_path, *APPENDING) as server:
        assert str(server("DEBUG", "DIGEST")) == digest
        server("BGREWRITEAOF")
        server.settle()
        assert server.info()["aof_last_bgrewrite_status"] == "ok"
        names = sorted(path.name for path in (tmp_path / "appendonlydir").iterdir())
        assert names == ["appendonly.aof.2.base.rdb", "appendonly.aof.5.incr.aof", "appendonly.aof.manifest"]


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in found]


def test_switched_on_and_off_while_running(tmp_path: Path) -> None:
    """What was there and what came after are both in the file, also after a rewrite that nobody kept."""
    with running(OURS, tmp_path) as server:
        server("SET", "before", 1)
        server("BGREWRITEAOF")
        server.settle()
        for number in range(3):
            server("SET", "between", number)
            assert str(server("CONFIG", "SET", "appendonly", "yes")) == "OK"
            server("RPUSH", "log", number)
            server.settle()
            server.wait_for(lambda: "waiting" not in server.info() and server.info()["aof_enabled"] == "1")
            server("RPUSH", "log", f"later {number}")
            if number < 2:
                assert str(server("CONFIG", "SET", "appendonly", "no")) == "OK"
        digest = str(server("DEBUG", "DIGEST"))
        server.kill()
    check = needed("redis-check-aof")
    manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
    subprocess.run([check, str(manifest)], check=True, capture_output=True)
    for program in (OURS, [str(shutil.which("redis-server"))]):
        with running(program, tmp_path, *APPENDING) as server:
            assert str(server("DEBUG", "DIGEST")) == digest


def test_damaged_data_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0010\xfe\0\x10\x01a\x03abc\xff" + b"\0" * 8)
    with pytest.raises(Died) as refusal:
        Running(OURS, tmp_path)
    assert refusal.value.code == 1
    assert "Traceback" not in str(refusal.value)
    assert "a listpack is not whole" in str(refusal.value)
    assert (tmp_path / "dump.rdb").stat().st_size == 27


@pytest.mark.parametrize("which", ["redislab", "redis"])
def test_reloading_what_is_not_there(which: str, tmp_path: Path) -> None:
    with running(OURS if which == "redislab" else real(), tmp_path) as server:
        server("SET", "k", "v")
        assert str(server("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")) == "ERR Error trying to load the RDB dump"
        assert server("GET", "k") == b"v"


def test_without_an_append_only_file_the_data_stays(tmp_path: Path) -> None:
    with running(OURS, tmp_path) as server:
        server("SET", "k", "v")
        assert str(server("DEBUG", "LOADAOF")) == "ERR Error trying to load the AOF files, check server logs."
        assert server("GET", "k") == b"v"
        assert "There is no append only file to load: appendonly is no" in server.log()


def test_shutdown_saves_as_asked(tmp_path: Path) -> None:
    for number, (words, points, saved) in enumerate([
        (["SHUTDOWN"], "", False), (["SHUTDOWN"], "3600 1", True), (["SHUTDOWN", "SAVE"], "", True),
        (["SHUTDOWN", "NOSAVE"], "3600 1", False), (["SHUTDOWN", "NOW"], "3600 1", True),
    ]):  # fmt: skip
        folder = tmp_path / str(number)
        with running(OURS, folder) as server:
            server("CONFIG", "SET", "save", points)
            server("SET", "a", 1)
            assert isinstance(server(*words), ReplyError)  # the connection is closed
            assert server.end() == 0
        assert (folder / "dump.rdb").exists() == saved, words


def test_save_points_and_flushall(tmp_path: Path) -> None:
    with running(OURS, tmp_path) as server:
        server("CONFIG", "SET", "save", "1 3")
        saved = server("LASTSAVE")
        server("SADD", "a", 1, 2, 3)
        assert server.info()["rdb_changes_since_last_save"] == "3"
        server.wait_for(lambda: server.info()["rdb_changes_since_last_save"] == "0")
        assert server("LASTSAVE") > saved
        assert "3 changes in 1 seconds. Saving..." in server.log()
        size = (tmp_path / "dump.rdb").stat().st_size
        server("FLUSHALL")
        assert (tmp_path / "dump.rdb").stat().st_size < size


def test_evicted_keys_stay_away(tmp_path: Path) -> None:
    """What was thrown out of a full memory does not come back from the append only file."""
    with running(OURS, tmp_path, *APPENDING) as server:
        server("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        used = int(server.info("memory")["used_memory"])
        server("CONFIG", "SET", "maxmemory", used + 100_000)
        for number in range(60):
            assert str(server("SET", f"key:{number}", BIG[:5000])) == "OK"
        server("CONFIG", "SET", "maxmemory", 0)
        left = server("DBSIZE")
        assert 0 < left < 60
        digest = str(server("DEBUG", "DIGEST"))
        server.kill()
    with running(OURS, tmp_path, *APPENDING) as server:
        assert str(server("DEBUG", "DIGEST")) == digest
