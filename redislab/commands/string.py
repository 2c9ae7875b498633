"""Strings: GET, SET and their kin."""

from __future__ import annotations

from redislab.commands.shapes import Bulk, Null, OneOf
from redislab.commands.spec import command
from redislab.engine.session import Session
from redislab.resp.types import Reply
from redislab.values.string import String

GROUP = "string"


@command(
    "GET key",
    since="1.0.0",
    complexity="O(1)",
    flags="readonly fast",
    keys="RO access",
    reply=OneOf(Bulk("the value"), Null("the key does not exist")),
)
def get(session: Session, key: bytes) -> Reply:
    """Read a string.

    > SET tea green
    OK
    > GET tea
    "green"
    > GET coffee
    (nil)
    """
    value = session.db.view(key, String)
    return None if value is None else value.get()
