"""DEBUG's words about data on the disk: RELOAD, LOADAOF."""

from __future__ import annotations

from redislab.commands.debug_table import ANY_NUMBER, subcommand
from redislab.engine.errors import ReplyError
from redislab.engine.host import HostError
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply


@subcommand("RELOAD [MERGE] [NOFLUSH] [NOSAVE]", 0, ANY_NUMBER)
def reload(session: Session, *options: bytes) -> Reply:
    """Save the data, forget it and load it again.

    With NOSAVE the file is loaded as it is; NOFLUSH forgets nothing first, and MERGE lets what is loaded win over what
    is there.
    """
    given = {option.upper() for option in options}
    if not given <= {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
        raise ReplyError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    try:
        session.engine.host.reload(
            save=b"NOSAVE" not in given, flush=b"NOFLUSH" not in given, merge=b"MERGE" in given
        )
    except HostError as error:
        raise ReplyError(f"ERR {error}".rstrip()) from None
    return OK


@subcommand("AOF-FLUSH-SLEEP microsec", 1)
def aof_flush_sleep(session: Session, microseconds: bytes) -> Reply:
    """Hold up every write to the append only file by so many microseconds; what is no number counts as 0."""
    digits = microseconds.lstrip()
    session.engine.host.delay_appends(int(digits) / 1e6 if digits.isdigit() else 0)
    return OK


@subcommand("LOADAOF", 0)
def loadaof(session: Session) -> Reply:
    """Forget the data and load the append only file."""
    try:
        session.engine.host.reload_aof()
    except HostError as error:
        raise ReplyError(f"ERR {error}".rstrip()) from None
    return OK
