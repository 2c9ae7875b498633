"""JSON with one member a line. Its words stay as they were written: no number is read and written again."""

from __future__ import annotations

import re

from redislab.shell.theme import Line

__all__ = ["json_lines", "laid_out"]

LONGEST_JSON = 200_000
JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


def json_lines(text: bytes) -> list[Line]:
    """A string that holds a JSON object or array, over several lines; nothing if it does not, or if it is huge."""
    if text[:1] not in (b"{", b"[") or not 2 < len(text) <= LONGEST_JSON:
        return []
    import json

    try:
        decoded = text.decode()
        json.loads(decoded)
    except (ValueError, RecursionError):
        return []
    return [[("", line)] for line in laid_out(decoded)] + [
        [("dim", f"(a string of {len(text):,} bytes, laid out as JSON)")]
    ]


def laid_out(text: str) -> list[str]:
    """JSON with one member a line. Its words stay as they are: no number is read and written again."""
    lines, line, depth = [], "", 0
    tokens = JSON_TOKEN.findall(text)
    for place, token in enumerate(tokens):
        follows = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in "]}":
            if tokens[place - 1] not in "[{":
                depth -= 1
                lines.append(line)
                line = "  " * depth
            line += token
        elif token in "[{" and follows not in "]}":
            depth += 1
            lines.append(line + token)
            line = "  " * depth
        elif token == ",":
            lines.append(line + token)
            line = "  " * depth
        else:
            line += ": " if token == ":" else UNSAFE_IN_JSON.sub(escaped_json, token)
    return [*lines, line]


UNSAFE_IN_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escaped_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
