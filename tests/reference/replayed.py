"""Recorded calls made again: a lab with the recordings' data, and replies in the form they were recorded in."""

from __future__ import annotations

from typing import Any

from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED, NO_REPLY
from reference.recorded import load, to_json

__all__ = ["loaded_lab", "reply_of"]


def loaded_lab(version: str = "7.0") -> Lab:
    """A lab with the recordings' data, which were made on a server that did not allow DEBUG."""
    lab = Lab(record=False, version=version)
    lab.engine.enable_debug = False
    session = lab.session()
    for call in load("errors")["fixture"]:
        session.call(*call)
    session.close()
    return lab


def reply_of(lab: Lab, call: list[str], protocol: int = 2) -> Any:
    """The reply to a call, as recorded; what waits longer than a second has none."""
    session = lab.session(protocol=protocol)
    try:
        reply = session.call(*[word.encode("utf-8") for word in call])
    except ReplyError as error:
        reply = error
    if reply is BLOCKED:
        lab.advance(1.0)
        reply = session.outbox.popleft() if session.outbox else BLOCKED
    if reply is BLOCKED:
        return {"timeout": True}
    if reply is NO_REPLY:
        reply = session.outbox.popleft() if session.outbox else NO_REPLY
        if reply is NO_REPLY:
            return {"none": True}
    return to_json(reply, session.protocol)
