"""The text redis-cli 7.0.15 prints for a reply: formatted, raw, CSV and JSON, byte for byte.

What is printed depends on the protocol, because the reply does: `as_seen` reduces a reply to what a client of
that protocol receives, and everything else works on that. Every text ends as redis-cli ends it, with a line
break. Colours, tables and explanations are not here; nothing is written to a terminal.

Three things redis-cli cannot print have a text all the same: a big number in RESP3, a double that is not
a number, and, in JSON, an error, which is `{"error": "..."}` because redis-cli's `error:"..."` is not JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redislab.resp.encode import error_bytes, format_double, line_bytes
from redislab.resp.seen import as_seen
from redislab.resp.types import (
    BigNumber,
    Bulks,
    LongDouble,
    Map,
    Members,
    Push,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)
from redislab.resp.words import quote

__all__ = ["FORMS", "as_seen", "csv", "formatted", "json_text", "printed", "prints_raw", "pushed", "quoted_json", "raw"]


def printed(reply: Reply, protocol: int, form: str = "formatted", argv: Sequence[bytes] = ()) -> bytes:
    """The text of the reply to `argv` in one of FORMS; what `prints_raw` names comes as it is in all of them."""
    if argv and prints_raw(argv):
        return raw(reply, protocol, end=b"")
    return FORMS[form](reply, protocol)


def formatted(reply: Reply, protocol: int) -> bytes:
    """The text for people, `--no-raw`: `(integer) 1`, `"quoted"`, numbered items."""
    out: list[bytes] = []
    write_formatted(as_seen(reply, protocol), b"", out)
    return b"".join(out)


def raw(reply: Reply, protocol: int, *, delimiter: bytes = b"\n", end: bytes = b"\n") -> bytes:
    """The bare values, `--raw`; `delimiter` goes between items (`-d`) and `end` after the reply (`-D`)."""
    return raw_text(as_seen(reply, protocol), delimiter) + end


def csv(reply: Reply, protocol: int) -> bytes:
    """One line of comma-separated values, `--csv`; what is nested is written flat."""
    return csv_text(as_seen(reply, protocol)) + b"\n"


def json_text(reply: Reply, protocol: int) -> bytes:
    """One line of JSON, `--json`. Strings go out byte by byte, so what is not UTF-8 stays so; infinity is `inf`."""
    return json_value(as_seen(reply, protocol), json_string) + b"\n"


def quoted_json(reply: Reply, protocol: int) -> bytes:
    """As `json_text` with strings in their quoted form, `--quoted-json`.

    As in redis-cli 7.0.15 a string with a double quote in it is not valid JSON.
    """
    return json_value(as_seen(reply, protocol), json_quoted_string) + b"\n"


def pushed(message: Push, protocol: int, form: str = "formatted") -> bytes:
    """The text of a message that was not asked for; an invalidation has a line of its own when formatted."""
    seen = as_seen(message, protocol)
    if form == "formatted" and is_invalidation(seen):
        return b"-> invalidate: " + b", ".join(b"'%b'" % key for key in seen[1]) + b"\n"
    return FORMS[form](message, protocol)


def is_invalidation(message: Any) -> bool:
    return isinstance(message, Push) and len(message) == 2 and message[0] == b"invalidate" and type(message[1]) is list


FORMS: dict[str, Callable[[Reply, int], bytes]] = {
    "formatted": formatted,
    "raw": raw,
    "csv": csv,
    "json": json_text,
    "quoted-json": quoted_json,
}


# --- which commands print raw

RAW_COMMANDS = {b"info", b"lolwut"}
RAW_SUBCOMMANDS = {
    (b"client", b"info"): range(2, 1 << 30),
    (b"client", b"list"): range(2, 1 << 30),
    (b"cluster", b"info"): range(2, 3),
    (b"cluster", b"nodes"): range(2, 3),
    (b"debug", b"client-eviction"): range(2, 1 << 30),
    (b"debug", b"htstats"): range(2, 1 << 30),
    (b"debug", b"htstats-key"): range(2, 1 << 30),
    (b"latency", b"doctor"): range(2, 3),
    (b"latency", b"graph"): range(3, 4),
    (b"memory", b"doctor"): range(2, 1 << 30),
    (b"memory", b"malloc-stats"): range(2, 1 << 30),
    (b"proxy", b"info"): range(2, 1 << 30),
}
"""Command and subcommand -> the numbers of words with which redis-cli prints the reply raw."""


def prints_raw(argv: Sequence[bytes]) -> bool:
    """Whether redis-cli prints the reply to this command without quotes and without a line break after it."""
    name = argv[0].lower()
    if name in RAW_COMMANDS:
        return True
    return len(argv) > 1 and len(argv) in RAW_SUBCOMMANDS.get((name, argv[1].lower()), ())


# --- the forms, on what is seen


def number_text(number: Any) -> bytes:
    if isinstance(number, LongDouble):
        return number.text
    return format_double(number) if isinstance(number, float) else b"%d" % number


FORMATTED_LEAVES: dict[type, Callable[[Any], bytes]] = {
    bytes: lambda text: quote(text).encode(),
    int: lambda number: b"(integer) %d" % number,
    Simple: line_bytes,
    ReplyError: lambda error: b"(error) " + error_bytes(error),
    type(None): lambda null: b"(nil)",
    bool: lambda truth: b"(true)" if truth else b"(false)",
    float: lambda number: b"(double) " + number_text(number),
    LongDouble: lambda number: b"(double) " + number_text(number),
    BigNumber: lambda number: b"(big number) %b" % number.text,
    Verbatim: bytes,
}
AGGREGATES: dict[type, tuple[bytes, bytes]] = {
    list: (b")", b"(empty array)\n"),
    Bulks: (b")", b"(empty array)\n"),
    Members: (b"~", b"(empty set)\n"),
    Map: (b"#", b"(empty hash)\n"),
    Push: (b")", b"(empty push)\n"),
}
"""What stands after an item's number, and the text when there are no items."""


def write_formatted(item: Any, prefix: bytes, out: list[bytes]) -> None:
    aggregate = AGGREGATES.get(type(item))
    if aggregate is None:
        out += (leaf_of(FORMATTED_LEAVES, item), b"\n")
    elif not item:
        out.append(aggregate[1])
    else:
        write_numbered(item, aggregate[0], prefix, out)


def write_numbered(items: Any, mark: bytes, prefix: bytes, out: list[bytes]) -> None:
    """Write items under one another. The caller has written the prefix of the first line."""
    width = len(str(len(items)))
    inner = prefix + b" " * (width + 2)
    for index, item in enumerate(items, 1):
        out.append(b"%b%*d%b " % (prefix if index > 1 else b"", width, index, mark))
        if mark == b"#":
            write_formatted(item[0], inner, out)
            out[-1] = out[-1].removesuffix(b"\n")
            out.append(b" => \n" + inner if takes_lines(item[1]) else b" => ")
            item = item[1]
        write_formatted(item, inner, out)


def takes_lines(item: Any) -> bool:
    """Whether a value of a map starts on a line of its own: it has two items or more, at whatever depth."""
    while type(item) in AGGREGATES and item:
        if len(item) > 1:
            return True
        item = item[0][1] if type(item) is Map else item[0]
    return False


def leaf_of(leaves: dict[type, Callable[[Any], bytes]], item: Any) -> bytes:
    """The text of an item that has no items of its own. Raises TypeError for what is no reply."""
    for kind in type(item).__mro__[:-1]:
        if kind in leaves:
            return leaves[kind](item)
    raise TypeError(f"not a reply: {type(item).__name__}")


RAW_LEAVES: dict[type, Callable[[Any], bytes]] = {
    bytes: bytes,
    int: number_text,
    float: number_text,
    Simple: line_bytes,
    ReplyError: lambda error: error_bytes(error) + b"\n",
    type(None): lambda null: b"",
    bool: lambda truth: b"(true)" if truth else b"(false)",
}


def raw_text(item: Any, delimiter: bytes) -> bytes:
    if type(item) is Map:
        return delimiter.join(raw_text(key, delimiter) + b" " + raw_text(value, delimiter) for key, value in item)
    if type(item) in AGGREGATES:
        return delimiter.join(raw_text(part, delimiter) for part in item)
    return leaf_of(RAW_LEAVES, item)


CSV_LEAVES: dict[type, Callable[[Any], bytes]] = {
    bytes: lambda text: quote(text).encode(),
    int: number_text,
    float: number_text,
    Simple: lambda status: quote(line_bytes(status)).encode(),
    ReplyError: lambda error: b"ERROR," + quote(error_bytes(error)).encode(),
    type(None): lambda null: b"NULL",
    bool: lambda truth: b"true" if truth else b"false",
}


def csv_text(item: Any) -> bytes:
    if type(item) is Map:
        return b",".join(csv_text(part) for pair in item for part in pair)
    if type(item) in AGGREGATES:
        return b",".join(map(csv_text, item))
    return leaf_of(CSV_LEAVES, item)


JSON_ESCAPES = str.maketrans(
    {code: f"\\u{code:04x}" for code in range(32)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\f": "\\f", "\r": "\\r", "\t": "\\t", "\b": "\\b"}
)


def json_string(text: bytes) -> bytes:
    return b'"' + text.decode("latin-1").translate(JSON_ESCAPES).encode("latin-1") + b'"'


def json_quoted_string(text: bytes) -> bytes:
    return quote(text).replace("\\", "\\\\").encode()


def json_value(item: Any, string: Callable[[bytes], bytes]) -> bytes:
    if type(item) is Map:
        return b"{" + b",".join(json_key(key, string) + b":" + json_value(value, string) for key, value in item) + b"}"
    if type(item) in AGGREGATES:
        return b"[" + b",".join(json_value(part, string) for part in item) + b"]"
    if isinstance(item, bytes):
        return string(item)
    if isinstance(item, Simple):
        return string(line_bytes(item))
    if isinstance(item, ReplyError):
        return b'{"error": ' + string(error_bytes(item)) + b"}"
    return leaf_of(JSON_LEAVES, item)


JSON_LEAVES: dict[type, Callable[[Any], bytes]] = {
    int: number_text,
    float: number_text,
    type(None): lambda null: b"null",
    bool: lambda truth: b"true" if truth else b"false",
}


def json_key(key: Any, string: Callable[[bytes], bytes]) -> bytes:
    """A key as a string; what is not a string is its JSON between quotes."""
    if isinstance(key, ReplyError):
        return string(error_bytes(key))
    text = json_value(key, string)
    return text if text.startswith(b'"') else b'"' + text + b'"'
