"""The core compiled with mypyc answers as the plain one: every command's examples, in two versions, undone at the end.

Compiling takes minutes, so this runs with REDISLAB_COMPILE=1 only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.lab import Session
from redislab.resp.encode import encode
from redislab.resp.replies import ReplyReader
from redislab.resp.requests import RequestReader
from redislab.resp.types import Marker
from redislab.resp.words import split

ROOT = Path(__file__).parent.parent
VERSIONS = ("7.0", "8.2")


def written(reply: Any) -> str:
    """A reply as both protocols have it, and as a client reads it."""
    if isinstance(reply, Marker):
        return repr(reply)
    reader = ReplyReader()
    reader.feed(encode(reply, 3))
    return f"{encode(reply, 2)!r} {encode(reply, 3)!r} {reader.next()!r}"


def answered(session: Session, line: str) -> list[str]:
    """What comes back for a line that goes through the bytes of a request, the outbox included."""
    words = split(line)
    request = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
    (argv,) = RequestReader().take(request)
    try:
        reply = session.call(*argv)
    except ReplyError as error:
        reply = error
    return [written(reply), *(written(session.outbox.popleft()) for _ in range(len(session.outbox)))]


def all_answers() -> Iterator[str]:
    for version in VERSIONS:
        for name, command in sorted(Lab(version=version).commands.items()):
            for one in [command, *command.subcommands.values()]:
                lab = Lab(clock="manual", seed=1, version=version)
                session = lab.session()
                for example in one.examples:
                    told = answered(session, example.line)
                    # An ellipsis stands for what differs from run to run.
                    yield f"{version} {name}: {example.line}: {told if '…' not in example.output else '…'}"
                for step in reversed(lab.steps):
                    lab.undo()
                    yield f"undone {step.label}"
                yield from (written(lab.session().run(line)) for line in ("DBSIZE", "DEBUG DIGEST"))


def answers_of(folder: Path) -> tuple[str, list[str]]:
    """The suffix of the engine's file, and all answers, of the package in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    words = [sys.executable, "-P", __file__]
    done = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    suffix, *lines = done.stdout.splitlines()
    return suffix, lines


@pytest.mark.skipif(os.environ.get("REDISLAB_COMPILE") != "1", reason="takes minutes: chosen with REDISLAB_COMPILE=1")
def test_the_compiled_core_answers_as_the_plain_one(tmp_path: Path) -> None:
    pytest.importorskip("mypyc")
    words = [sys.executable, str(ROOT / "benchmarks" / "compiled.py"), "--only-compile", "--optimise", "0"]
    subprocess.run([*words, "--keep", str(tmp_path)], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    (one, plain), (other, compiled) = answers_of(ROOT), answers_of(tmp_path)
    assert one == ".py" != other
    assert len(plain) > 1000
    assert compiled == plain


if __name__ == "__main__":
    from redislab.engine import engine

    print(Path(engine.__file__).suffix)
    for line in all_answers():
        print(line)
