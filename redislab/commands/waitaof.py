"""WAITAOF, since Redis 7.2: waiting until what was written is on the disk. Imported only by later versions."""

from __future__ import annotations

from redislab.commands.replication import client_timeout
from redislab.commands.shapes import Array, Integer
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer_in, long_in
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.numbers import INT64_MAX

GROUP = "generic"


@command(
    "WAITAOF numlocal:int numreplicas:int timeout:int",
    since="7.2.0",
    complexity="O(1)",
    flags="blocking",
    acl="connection -keyspace",
    tips=["request_policy:all_shards", "response_policy:agg_min"],
    reply=Array("whether the own append only file has the writes, and how many replicas' files have them", Integer()),
)
def waitaof(session: Session, local: bytes, replicas: bytes, timeout: bytes) -> Reply:
    """Wait until the writes of this client are on the disk, here and on so many replicas, or for so many milliseconds.

    > WAITAOF 0 0 100
    1) (integer) 0
    2) (integer) 0
    """
    wanted_here = long_in(local, 0, 1)
    wanted = integer_in(replicas, 0, INT64_MAX, errors.NOT_POSITIVE)
    milliseconds = client_timeout(timeout, session.engine)
    written = int(session.engine.config["appendonly"])
    if wanted_here and not written:
        raise ReplyError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    reply = [written, 0]
    return reply if not wanted else session.block((), milliseconds, lambda key: None, reply, kind="wait")
