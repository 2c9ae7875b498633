"""Recorded calls on an engine of a later version, in the form in which they were recorded."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from redislab import Lab, ReplyError
from redislab.resp.types import BLOCKED, NO_REPLY
from reference.recorded import FOLDER, load, to_json

__all__ = ["DIFFERING", "VERSIONS", "loaded_lab", "other_versions", "reply_of"]

VERSIONS = {"7.2": "7.2.4", "7.4": "7.4.1", "8.2": "8.2.3"}

DIFFERING: dict[str, str] = json.loads(Path(__file__).with_name("differing.json").read_text())
"""What still differs from the recordings, each with its reason: `version call` or `* call`."""


@cache
def other_versions() -> Any:
    """How later versions were recorded to differ from 7.0.15."""
    return json.loads((FOLDER / "other-versions.json").read_text())


def loaded_lab(version: str) -> Lab:
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
