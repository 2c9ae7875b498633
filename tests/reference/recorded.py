"""The facts recorded from redis-server 7.0.15, and replies in the form they are recorded in.

Bulk strings are strings, integers numbers, null is null, arrays are lists; anything else is tagged:
`{"simple": …}`, `{"error": …}`, `{"double": …}`, `{"map": [[k, v], …]}`, `{"nullarray": true}`. `{"kind": …}`
stands for a reply that differs from run to run.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from redislab.resp.encode import encode, format_double, line_bytes
from redislab.resp.replies import ReplyReader
from redislab.resp.types import BigNumber, LongDouble, Map, Members, NullArray, Push, ReplyError, Simple, Verbatim

FOLDER = Path(__file__).parent
# Probed for their kind only: what they answer differs between servers and moments.
ORDERLESS = "nondeterministic_output_order"


@cache
def load(name: str) -> Any:
    """One of the recordings: commands, errors, encodings."""
    return json.loads((FOLDER / f"{name}-7.0.15.json").read_text())


def text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def to_json(reply: Any, protocol: int) -> Any:
    """A reply as the recordings have it, seen by a client of that protocol."""
    reader = ReplyReader()
    reader.feed(encode(reply, protocol))
    return tagged(reader.next())


def tagged(seen: Any) -> Any:
    if isinstance(seen, NullArray):
        return {"nullarray": True}
    if isinstance(seen, ReplyError):
        return {"error": text(line_bytes(seen.text))}
    if isinstance(seen, Simple):
        return {"simple": str(seen)}
    if isinstance(seen, Verbatim):
        return {"verbatim": text(bytes(seen))}
    if isinstance(seen, BigNumber):
        return {"bignum": str(int(seen))}
    if isinstance(seen, LongDouble):
        return {"double": seen.text.decode()}
    if isinstance(seen, float):
        return {"double": format_double(seen).decode()}
    if isinstance(seen, bytes):
        return text(seen)
    if isinstance(seen, dict | Map):
        pairs = seen.items() if isinstance(seen, dict) else seen
        return {"map": [[tagged(key), tagged(value)] for key, value in pairs]}
    if isinstance(seen, Members):
        return {"set": [tagged(item) for item in seen]}
    if isinstance(seen, Push):
        return {"push": [tagged(item) for item in seen]}
    if isinstance(seen, list | tuple):
        return [tagged(item) for item in seen]
    return seen


def shape(value: Any) -> Any:
    """What kind of reply it is, with the values gone."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, str):
        return "bulk"
    if isinstance(value, list):
        kinds = sorted({json.dumps(shape(item)) for item in value})
        return ["array", [json.loads(kind) for kind in kinds] if value else "empty"]
    tag, content = next(iter(value.items()))
    return {"error": content} if tag == "error" else tag


def ordered(value: Any) -> Any:
    """The same with every list sorted, for replies without an order."""
    if isinstance(value, list):
        return sorted((ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: ordered(item) for key, item in value.items()}
    return value


def masked(value: Any) -> Any:
    """The same with times replaced by a word."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return "<time>" if 1.5e9 < value < 4e9 or 1.5e12 < value < 4e12 else value
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    return re.sub(r"\b1[5-9]\d{11}(-\d+)?\b", "<time id>", value) if isinstance(value, str) else value


def comparable(value: Any, recorded: Any, tips: list[str]) -> Any:
    """Our reply in the form in which the recorded one was kept."""
    if isinstance(recorded, dict) and "kind" in recorded:
        kind = recorded["kind"]
        return {"kind": kind if kind == "array" and isinstance(value, list) else shape(value)}
    if isinstance(value, dict) and "error" in value:
        return value
    return ordered(value) if ORDERLESS in tips else masked(value)
