"""The first line of a script that says how to treat it: `#!lua flags=no-writes,allow-stale`."""

from __future__ import annotations

from redislab.engine.errors import ReplyError, shown
from redislab.resp.words import split

__all__ = ["FLAGS", "script_flags"]

FLAGS = frozenset(("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"))


def script_flags(body: bytes) -> tuple[frozenset[str] | None, bytes]:
    """The flags of a script, None for one without a shebang, and its code. Raises ReplyError."""
    if not body.startswith(b"#!"):
        return None, body
    line, newline, rest = body.partition(b"\n")
    if not newline:
        raise ReplyError("ERR Invalid script shebang")
    try:
        engine, *options = split(line.decode("latin-1"), "latin-1")
    except ValueError:
        raise ReplyError("ERR Invalid engine in script shebang") from None
    if engine != b"#!lua":
        raise ReplyError(f"ERR Unexpected engine in script shebang: {shown(engine)}")
    flags: set[str] = set()
    for option in options:
        if not option.startswith(b"flags="):
            raise ReplyError(f"ERR Unknown lua shebang option: {shown(option)}")
        for flag in option[6:].split(b",") if option[6:] else []:
            if flag.decode("latin-1") not in FLAGS:
                raise ReplyError(f"ERR Unexpected flag in script shebang: {shown(flag)}")
            flags.add(flag.decode())
    # The line break stays, so that errors name the lines of the whole script.
    return frozenset(flags), newline + rest
