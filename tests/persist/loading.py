"""Folders with whole, cut and damaged files, and what a real server made of each: `python tests/persist/loading.py`
records that anew into loading-7.0.15.json."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from redislab.lab import Lab
from redislab.persist.rdb import content_of
from redislab.rdb.write_file import rdb_pieces

__all__ = ["CASES", "RECORDED", "lay_out", "log_lines"]

RECORDED = Path(__file__).parent / "loading-7.0.15.json"
APPENDING, PLAIN = ["--appendonly", "yes"], ["--appendonly", "no"]
NOT_TRUNCATED = [*APPENDING, "--aof-load-truncated", "no"]


def call(*words: str) -> bytes:
    """A command as an append only file has it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words)


def base_file() -> bytes:
    lab = Lab(clock="manual")
    lab.session().run("SET base 1")
    content = content_of(lab.engine)
    content.facts = {}
    return b"".join(rdb_pieces(content))


RDB = base_file()
SELECT, A, B = call("SELECT", "0"), call("SET", "a", "1"), call("SET", "b", "2")
MULTI, EXEC = call("MULTI"), call("EXEC")
BASE_LINE = "file appendonly.aof.1.base.rdb seq 1 type b\n"
FIRST_LINE = "file appendonly.aof.1.incr.aof seq 1 type i\n"
SECOND_LINE = "file appendonly.aof.2.incr.aof seq 2 type i\n"
MANIFEST = BASE_LINE + FIRST_LINE


def folder(
    manifest: str = MANIFEST, base: bytes | None = RDB, first: bytes | None = SELECT + A, second: bytes | None = None,
    *, options: list[str] = APPENDING, **more: bytes,
) -> tuple[dict[str, bytes], list[str]]:  # fmt: skip
    """The files of a case and the options of its server."""
    files = {
        "manifest": manifest.encode(), "1.base.rdb": base, "1.incr.aof": first, "2.incr.aof": second,
    }  # fmt: skip
    found = {f"appendonlydir/appendonly.aof.{name}": data for name, data in files.items() if data is not None}
    return found | {name.replace("_", "."): data for name, data in more.items()}, options


def rdb_file(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    return {"dump.rdb": data}, PLAIN


def old_file(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    return {"appendonly.aof": data}, APPENDING


def keys_of(*keys: bytes, database: bytes = b"\0") -> bytes:
    """An RDB file without a checksum."""
    return b"REDIS0010\xfe" + database + b"".join(keys) + b"\xff" + b"\0" * 8


def aux(name: bytes, value: bytes) -> bytes:
    """A fact about an RDB file, in it."""
    return b"\xfa%c%b%c%b" % (len(name), name, len(value), value)


TELLING = RDB[:9] + aux(b"redis-ver", b"7.0.1") + aux(b"used-mem", b"1234567") + aux(b"aof-base", b"1") + RDB[9:-8]
TELLING += b"\0" * 8

CASES: dict[str, tuple[dict[str, bytes], list[str]]] = {
    "plain": folder(),
    "transaction": folder(first=SELECT + MULTI + A + B + EXEC),
    "truncated": folder(first=SELECT + A + B[:-3]),
    "truncated word": folder(first=SELECT + A + b"*3\r\n$3\r\nSE"),
    "truncated count": folder(first=SELECT + A + b"*3"),
    "truncated, not allowed": folder(first=SELECT + A + B[:-3], options=NOT_TRUNCATED),
    "open transaction": folder(first=SELECT + A + MULTI + A + B),
    "open transaction, not allowed": folder(first=SELECT + A + MULTI + A + B, options=NOT_TRUNCATED),
    "cut transaction": folder(first=SELECT + A + MULTI + A + B[:-4]),
    "rubbish": folder(first=SELECT + A + b"xx" + B),
    "zeros": folder(first=SELECT + A + b"\0\0\0\0\0\0"),
    "count is no number": folder(first=SELECT + b"*x\r\n" + B),
    "count is zero": folder(first=SELECT + b"*0\r\n" + B),
    "word without an end": folder(first=SELECT + b"*1\r\n$4\r\nPINGxx" + B),
    "unknown command": folder(first=SELECT + call("NOPE", "x") + B),
    "wrong number of arguments": folder(first=SELECT + call("GET") + B),
    "command with an error": folder(first=SELECT + A + call("LPUSH", "a", "x") + B),
    "truncated, not the last": folder(MANIFEST + SECOND_LINE, first=SELECT + A + B[:-3], second=SELECT + B),
    "truncated, the last": folder(MANIFEST + SECOND_LINE, second=SELECT + B[:-3]),
    "no second file": folder(MANIFEST + SECOND_LINE),
    "no base": folder(base=None),
    "no file to append to": folder(first=None),
    "base is cut": folder(base=RDB[:-12]),
    "base of an unknown type": folder(base=RDB[:-18] + b"\xf0" + RDB[-17:]),
    "base with a wrong checksum": folder(base=RDB[:-1] + bytes((RDB[-1] ^ 1,))),
    "base that tells of itself": folder(base=TELLING),
    "base is empty": folder(base=b""),
    "file is empty": folder(first=b""),
    "all are empty": folder(base=b"", first=b""),
    "manifest is empty": folder(""),
    "manifest with an empty line": folder(MANIFEST + "\n"),
    "manifest without a last line break": folder(MANIFEST[:-1]),
    "manifest with a comment": folder("# x\n" + MANIFEST),
    "manifest is rubbish": folder("x\n"),
    "manifest with a short line": folder(MANIFEST + "file x\n"),
    "manifest with an unknown type": folder(MANIFEST.replace("type i", "type z")),
    "manifest with a wrong number": folder(MANIFEST.replace("seq 1 type i", "seq x type i")),
    "manifest with the number zero": folder(MANIFEST.replace("seq 1 type i", "seq 0 type i")),
    "manifest with a path": folder(MANIFEST.replace("file appendonly.aof.1.i", "file a/appendonly.aof.1.i")),
    "manifest with two bases": folder(MANIFEST + BASE_LINE),
    "manifest out of order": folder(MANIFEST + SECOND_LINE.replace("seq 2", "seq 1")),
    "manifest with a quote": folder(MANIFEST + 'file "x seq 2 type i\n'),
    "manifest with history": folder(MANIFEST + "file old.aof seq 1 type h\n"),
    "manifest with more words": folder(MANIFEST.replace("type i", "type i more x")),
    "manifest in another order": folder(FIRST_LINE + BASE_LINE),
    "manifest with a base only": folder(BASE_LINE),
    "timestamps": folder(first=b"#TS:1700000000\r\n" + SELECT + A + b"#hello\r\n" + B),
    "cut timestamp": folder(first=SELECT + A + b"#TS:17"),
    "old file": old_file(SELECT + A),
    "old file with a preamble": old_file(RDB + SELECT + A),
    "old file is cut": old_file(SELECT + A + B[:-2]),
    "old file is rubbish": old_file(b"hello\r\n" + SELECT + A),
    "old file and a folder": folder(appendonly_aof=SELECT + B),
    "RDB file that is not asked for": ({"dump.rdb": RDB}, APPENDING),
    "RDB": rdb_file(RDB),
    "RDB that tells of itself": rdb_file(TELLING),
    "RDB is cut": rdb_file(RDB[:-12]),
    "RDB is empty": rdb_file(b""),
    "RDB with a wrong checksum": rdb_file(RDB[:-1] + bytes((RDB[-1] ^ 1,))),
    "RDB is something else": rdb_file(b"hello" + RDB),
    "RDB of a later version": rdb_file(b"REDIS0099" + RDB[9:]),
    "RDB with an unknown type": rdb_file(keys_of(b"\x30\x01a\x01b")),
    "RDB with a damaged value": rdb_file(keys_of(b"\x10\x01a\x03abc")),
    "RDB with a key twice": rdb_file(keys_of(b"\0\x01a\x01b", b"\0\x01a\x01b")),
    "RDB with too many databases": rdb_file(keys_of(b"\0\x01a\x01b", database=b"\x30")),
    "RDB with an empty key": rdb_file(keys_of(b"\x12\x01a\0", b"\0\x01b\x01c")),
}
LINE = re.compile(r"\d+:\w \d+ \w+ \d+ [\d:.]+ . ?(.*)")
OTHER = re.compile(
    r"oO0|Redis version|Configuration|Running mode|POSIX|Server init|Ready|no config|overcommit|Increased|Warning: no|"
    r"signal|shutdown|bye|Calling fsync|WARNING|RDB age|TCP backlog|exclusive|"
    r"^$|---|FATAL AOF MANIFEST"
)
"""Lines that have nothing to do with loading."""


def lay_out(name: str, place: Path) -> list[str]:
    """Write the files of a case; returns the options of its server."""
    files, options = CASES[name]
    for path, data in files.items():
        (place / path).parent.mkdir(exist_ok=True, parents=True)
        (place / path).write_bytes(data)
    return options


def log_lines(lines: list[str], place: Path) -> list[str]:
    """What a log says about loading, without what is different each time."""
    about = [line.replace(str(place), "DIR") for line in lines if not OTHER.search(line)]
    return [re.sub(r"[\d.]+ seconds", "N seconds", line) for line in about]


def observe(name: str, place: Path) -> dict[str, Any]:
    """What the real server does with a case."""
    from servers import Died, real, running

    options = lay_out(name, place)
    try:
        with running(real(), place, *options) as server:
            keys = [key.decode() for key in sorted(server("KEYS", "*"))]
            info = server.info()
            numbers = [int(info[field]) for field in ("rdb_changes_since_last_save", "rdb_last_load_keys_loaded")]
            numbers += [int(info[field]) for field in ("aof_current_size", "aof_base_size") if field in info]
    except Died:
        keys, numbers = None, []
    log = (place / "server.log").read_text(errors="replace").splitlines()
    lines = [found[1] for line in log if (found := LINE.match(line))]
    crash = [at for at, line in enumerate(lines) if "crashed" in line or "Software Failure" in line]
    lines = lines[: crash[0]] if crash else lines
    return {"keys": keys, "numbers": numbers, "log": log_lines(lines, place)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as top:
        found = {}
        for number, case in enumerate(CASES):
            spot = Path(top) / str(number)
            spot.mkdir()
            found[case] = observe(case, spot)
    RECORDED.write_text(json.dumps(found, indent=1) + "\n")
