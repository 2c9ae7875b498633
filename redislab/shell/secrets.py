"""Which lines hold a password: those never go to the disk, neither into the history nor into a saved session.

Owns the list. A line counts when it looks like one of these commands, also misspelt in case or quotes, behind a
client's name or a repeat count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from redislab.resp.words import tokens

__all__ = ["holds_secret", "line_holds_secret"]

LEAD = re.compile(r"\s*(?:@\S+\s+)?(?:[+-]?\d+\s+)?")
SECRET_PARAMETERS = ("requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass")


def holds_secret(words: Sequence[bytes]) -> bool:
    """Whether a command has a password among its words."""
    lower = [word.decode("latin-1").lower() for word in words]
    name, rest = (lower[0], lower[1:]) if lower else ("", [])
    match name:
        case "auth":
            return bool(rest)
        case "hello":
            return "auth" in rest
        case "acl":
            return rest[:1] == ["setuser"]
        case "config":
            return rest[:1] == ["set"] and any(word in SECRET_PARAMETERS for word in rest[1:])
        case "migrate":
            return "auth" in rest or "auth2" in rest
    return False


def line_holds_secret(text: str) -> bool:
    """The same for what was typed: one line, or several."""
    return any(
        holds_secret([token.value for token in tokens(LEAD.sub("", line, count=1))]) for line in text.split("\n")
    )
